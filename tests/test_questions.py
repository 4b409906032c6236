"""Files name what lies beside them; a reform's file is a question by itself: the comparison with its baseline."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimization.portfolio_problem import PortfolioProblem
from optimization.problem import load_problem
from simulation.errors import FileRefused
from simulation.files import beside
from simulation.questions import HEADLINE, load_question
from simulation.verbs import compare, load, load_experiment, load_reform
from workbench.cli import app
from workbench.solutions import write_reform

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A planner's folder `mine` with a hall, a reform of it, an experiment and a problem; work goes on in the folder above it."""
    mine = tmp_path / "mine"
    mine.mkdir()

    def copied(kind: str, name: str, to: str, *changes: tuple[str, str]) -> None:
        text = (SCENARIOS / kind / f"{name}.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, (name, old)
            text = text.replace(old, new)
        (mine / to).write_text(text, encoding="utf-8")

    copied("baselines", "tiny", "my-hall.yaml")
    copied("reforms", "tiny-one-time-notice", "my-reform.yaml", ("name: tiny-one-time-notice", "name: my-reform"),
           ("baseline: tiny", "baseline: my-hall.yaml"))  # fmt: skip
    copied("experiments", "tiny-questions", "my-experiment.yaml", ("baseline: tiny", "baseline: my-hall.yaml"),
           ("reforms: [tiny-one-time-notice]", "reforms: [my-reform.yaml]"),
           ("reform: tiny-one-time-notice", "reform: my-reform"))  # fmt: skip
    copied("problems", "tiny-portfolio", "my-portfolio.yaml", ("tiny-one-time-notice", "my-reform.yaml"))
    monkeypatch.chdir(tmp_path)
    return mine


def test_an_experiment_finds_scenario_and_reform_beside_it_from_any_folder(folder: Path) -> None:
    found = load_experiment("mine/my-experiment.yaml")
    assert (found.baseline, found.reforms, found.names) == ("mine/my-hall.yaml", ("mine/my-reform.yaml",), ("my-reform",))
    checked = CliRunner().invoke(app, ["check", *map(str, sorted(folder.glob("my-*.yaml")))])
    assert checked.exit_code == 0, checked.output


def test_a_problem_finds_reforms_beside_it_wherever_it_names_them(folder: Path) -> None:
    """`people` names a reform as a key; stems of the library stay stems."""
    found = load_problem("mine/my-portfolio.yaml", PortfolioProblem, load("tiny"))
    assert found.reforms == ("mine/my-reform.yaml", "tiny-delegate", "tiny-one-window")
    assert set(found.people) == set(found.reforms)


def test_what_lies_beside_a_file_goes_before_the_working_folder_and_that_before_nothing(folder: Path) -> None:
    """One reform is in both folders, the other in the working folder only, the third in none: it is refused by its name as written."""
    Path("my-reform.yaml").write_text("kind: reform\n", encoding="utf-8")
    Path("other.yaml").write_text((folder / "my-reform.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    told = {"reforms": ["my-reform.yaml", "other.yaml", "third.yaml", "tiny-delegate"], "people": {"my-reform.yaml": "1"}}
    assert beside(folder / "x.yaml", told) == {
        "reforms": [str(folder / "my-reform.yaml"), "other.yaml", "third.yaml", "tiny-delegate"],
        "people": {str(folder / "my-reform.yaml"): "1"},
    }
    with pytest.raises(FileRefused, match=r"third\.yaml"):
        load_reform("third.yaml")


def test_a_reform_file_is_compared_with_its_baseline_in_one_command(folder: Path) -> None:
    asked = load_question("mine/my-reform.yaml")
    assert (asked.baseline, asked.names) == ("mine/my-hall.yaml", ("my-reform",))
    assert [(h.reform, h.measure) for h in asked.headline] == [("my-reform", measure) for measure in HEADLINE]
    words = ["compare", "mine/my-reform.yaml", "--replications", "2", "--days", "2", "--workers", "1", "--store", "store"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0 and "my-reform" in found.output, found.output
    assert load_question("mine/my-experiment.yaml") == load_experiment("mine/my-experiment.yaml"), "experiments stay what they are"


def test_the_question_of_a_reform_gives_what_an_experiment_of_it_gives(folder: Path) -> None:
    from simulation.verbs import Settings

    told = Settings(replications=2, days=2, store=Path("store"), workers=1)
    rows = [compare(load_question(f"mine/{name}.yaml"), told).row("my-reform", "trips") for name in ("my-reform", "my-experiment")]
    assert [row["difference"] for row in rows] == [rows[0]["difference"]] * 2 and rows[0]["difference"] != 0


def test_the_reform_of_an_optimiser_names_its_scenario_from_its_own_folder(folder: Path) -> None:
    reform = load_reform("mine/my-reform.yaml")
    path = write_reform(reform, Path("out"), "mine/my-hall.yaml")
    assert load_reform(path).baseline == "out/../mine/my-hall.yaml" and load(load_reform(path).baseline).name == "tiny"
    assert load_reform(write_reform(reform, Path("out"), "tiny")).baseline == "tiny"
