import sys; sys.path.insert(0,"tests")
from pathlib import Path
import goldens
new=goldens.scenarios().splitlines(); old=Path("tests/goldens/scenarios.txt").read_text().splitlines()
import difflib
for l in difflib.unified_diff(old,new,lineterm="",n=0): print(l)
print("redlines")
for l in difflib.unified_diff(Path("tests/goldens/redlines.txt").read_text().splitlines(), goldens.redlines().splitlines(), lineterm="",n=0):
    if l.startswith("-"): print(l)
print("done")
