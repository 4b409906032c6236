"""What the README tells a planner to do works, word for word."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulation.reforms import Reform
from workbench.cli import app

ROOT = Path(__file__).parents[1]


def call(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_readmes_reform_passes_check_and_is_compared_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```yaml\n(kind: reform.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    Path("my-reform.yaml").write_text(block, encoding="utf-8")
    assert "1 edit of tiny" in call("check", "my-reform.yaml")
    shortest = (ROOT / "scenarios" / "experiments" / "tiny-questions.yaml").read_text(encoding="utf-8")
    mine = shortest.replace("[tiny-one-time-notice]", "[my-reform.yaml]").replace("reform: tiny-one-time-notice", "reform: my-reform")
    Path("my-experiment.yaml").write_text(mine, encoding="utf-8")
    told = ["--days", "2", "--replications", "2", "--workers", "1", "--store", str(tmp_path / "store")]
    assert "Guides checked line by line" in call("compare", "my-experiment.yaml", *told)
    document = call("compare", "my-experiment.yaml", *told, "--json")
    assert '"scenario": "my-reform"' in document and ".yaml" not in document


def test_the_readmes_problem_passes_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```yaml\n(kind: staffing_problem.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    Path("my-staffing.yaml").write_text(block, encoding="utf-8")
    assert "asked of tiny" in call("check", "my-staffing.yaml")
    assert all("#" in line for line in block.splitlines() if line.split(":")[0] not in ("schema", "question")), "each key is explained"


def test_every_kind_of_edit_is_listed_for_planners() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    kinds = [ref.get("properties", {}).get("kind", {}).get("const") for ref in Reform.model_json_schema()["$defs"].values()]
    steps = {"counter", "task", "transfer", "suspension"}
    assert [k for k in kinds if k and k not in steps and f"`{k}`" not in text] == []


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("{kind: change_limits, promise_wd: {trade-licence: 25}}", "is not beyond the law"),
        ("{kind: change_windows, close: [W3]}", "a queue is accepted by at least one window"),
        ("{kind: change_windows, queues: {W1: [household]}}", "not poolable"),
    ],
)
def test_what_no_centre_may_be_made_into_stops_a_comparison(edit: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    head = "kind: reform\nschema: 1\nname: bad\ntitle: {en: B, zh: 坏}\nbaseline: tiny\nauthority: centre\nedits:\n"
    Path("bad.yaml").write_text(f"{head}  - {edit}\n", encoding="utf-8")
    mine = (ROOT / "scenarios" / "experiments" / "tiny-questions.yaml").read_text(encoding="utf-8")
    Path("ex.yaml").write_text(mine.replace("tiny-one-time-notice", "bad").replace("[bad]", "[bad.yaml]"), encoding="utf-8")
    done = CliRunner().invoke(app, ["compare", "ex.yaml", "--days", "1", "--replications", "2", "--workers", "1"])
    assert done.exit_code == 2 and told in done.output


def test_readme_makefile_and_package_name_the_same_pythons() -> None:
    lowest, beyond = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[0]
    last = int(beyond) - 1
    assert f"python3 (3.{lowest}–3.{last})" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python 3.{lowest} to 3.{last};" in (ROOT / "Makefile").read_text(encoding="utf-8")
