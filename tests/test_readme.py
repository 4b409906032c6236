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


def test_every_kind_of_edit_is_listed_for_planners() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    kinds = [ref.get("properties", {}).get("kind", {}).get("const") for ref in Reform.model_json_schema()["$defs"].values()]
    steps = {"counter", "task", "transfer", "suspension"}
    assert [k for k in kinds if k and k not in steps and f"`{k}`" not in text] == []
