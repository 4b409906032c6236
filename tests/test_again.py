"""What `optimize` says was verified, `compare` shows again: the very figures, by the command that the answer names."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulation import verbs
from simulation.files import dump, find
from simulation.reforms import set_path
from workbench.cli import app


def asked(kind: str, folder: Path) -> list[str]:
    """What is typed after `optimize KIND`: tiny halls, few days, few replications; of merging one proposal for the district hall."""
    if kind == "merging":
        text = find("district-hall-merging", "problems").read_text(encoding="utf-8").partition("alternatives:")[0]
        few = folder / "few.yaml"
        few.write_text(text.replace("proposals: 3", "proposals: 1").replace("cap: 20", "cap: 10"), encoding="utf-8")
        return ["district-hall", "--problem", str(few), "--days", "1", "--replications", "2"]
    if kind == "staffing":  # two people at the licence windows over lunch, of whom one is paid for nothing
        hall = folder / "hall.yaml"
        hall.write_text(dump(set_path(verbs.load("tiny"), "centre.staff.anna.shift", "lunch")), encoding="utf-8")
        return [str(hall), "--days", "2", "--replications", "2"]
    return ["tiny", *{"limits": [], "flow": ["--replications", "3", "--from", "2025-04-07"], "portfolio": ["--replications", "3"]}[kind]]


@pytest.mark.parametrize("kind", ["staffing", "limits", "merging", "flow", "portfolio"])
def test_compare_shows_again_what_was_verified(kind: str, tmp_path: Path) -> None:
    run, common = CliRunner(), ["--json", "--workers", "1", "--store", str(tmp_path / "store")]
    done = run.invoke(app, ["optimize", kind, *asked(kind, tmp_path), "--out", str(tmp_path), *common])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    command = shlex.split(answer["again"])
    assert command[:2] == ["onewindow", "compare"] and Path(command[2]).is_file()
    assert run.invoke(app, ["check", command[2]]).exit_code == 0
    again = run.invoke(app, [*command[1:], *common, "--fresh"])
    assert again.exit_code == 0, again.output
    rows = {(r["scenario"], r["measure"], r["group"]): r for r in json.loads(again.stdout)["rows"]}
    seen = 0
    for row in answer["verified"]:
        other = rows.get((answer["reform"]["name"], row["measure"], row["group"]))
        if other is not None:
            seen += 1
            assert other["value"] == pytest.approx(row["value"], rel=1e-12)
            assert other["difference"] == pytest.approx(row["difference"], rel=1e-9)
    assert seen >= 1 and seen >= len(answer["verified"]) - 2


def test_what_counts_from_the_first_replication_on_is_refused_beside_another_first(tmp_path: Path) -> None:
    text = find("tiny-questions", "experiments").read_text(encoding="utf-8")
    assert "\nreplications:" in text
    path = tmp_path / "late.yaml"
    path.write_text(re.sub(r"(?m)^replications:.*$", "replications: {first: 1000000, pilot: 2, cap: 2}", text), encoding="utf-8")
    for option in (["--worlds", "30"], ["--groups"], ["--extend", "2"]):
        done = CliRunner().invoke(app, ["compare", str(path), "--store", str(tmp_path / "s"), *option])
        assert done.exit_code == 2 and f"{option[0]}: replications are counted from 0 on" in done.stderr, done.output
