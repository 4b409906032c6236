"""Nothing moves unnoticed: each golden is made anew and compared with the file, line for line."""

from difflib import unified_diff

import pytest
from goldens import FOLDER, GOLDENS


@pytest.mark.parametrize("name", GOLDENS)
def test_the_golden_is_what_the_code_says_today(name: str) -> None:
    known, found = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines(), GOLDENS[name]().splitlines()
    moved = list(unified_diff(known, found, "golden", "today", n=0, lineterm=""))
    assert not moved, "\n".join([*moved[:30], "meant? `make goldens`, and a line under Numbers moved in CHANGELOG.md"])


def test_every_golden_has_its_maker() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(GOLDENS)
