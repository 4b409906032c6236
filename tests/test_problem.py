"""Problem files: one of another kind and one that no scenario has are refused with what to do instead."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimization.merging_problem import MergingProblem
from optimization.problem import MODELS, default_problem, load_problem, model_of
from optimization.solution import Solution
from optimization.staffing_problem import StaffingProblem, problem_for
from simulation.errors import FileRefused
from simulation.files import find, load_model
from simulation.reforms import set_path
from simulation.verbs import Settings, load
from workbench.cli import app
from workbench.optimize import Answer, propose

SHIPPED = Path(__file__).parents[1] / "scenarios" / "problems"


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_problem_of_another_kind_is_sent_to_its_own_command(kind: str, path: Path) -> None:
    due, own = kind.removesuffix("_problem"), path.stem.rpartition("-")[2]
    scenario = load(path.stem.rpartition("-")[0])
    if due == own:
        assert load_problem(path, model_of(kind), scenario).name == path.stem
        return
    with pytest.raises(FileRefused) as refused:
        load_problem(path, model_of(kind), scenario)
    [problem] = refused.value.problems
    assert problem.rule == f"this is a {own} problem; a {due} problem is due here" and problem.where.endswith(": kind")
    assert problem.remedy.startswith(f"use `onewindow optimize {own} ")


def test_where_no_problem_comes_with_a_scenario_one_to_copy_is_named() -> None:
    done = CliRunner().invoke(app, ["optimize", "merging", "tiny"])
    assert done.exit_code == 2 and "no merging problem comes with `tiny`" in done.stderr
    assert "problems/district-hall-merging.yaml" in done.stderr and "--problem" in done.stderr
    with pytest.raises(FileRefused, match="no merging problem comes with `my-hall`"):
        load_problem(default_problem("halls/my-hall.yaml", "merging_problem"), MergingProblem, load("tiny"))
    assert problem_for("my-hall", load("tiny")).name == "tiny-staffing", "staffing asks what is usual without a file"


def test_a_name_mistyped_is_answered_by_the_nearest() -> None:
    with pytest.raises(FileRefused, match="did you mean `district-hall-merging`"):
        load_problem("district-hall-mergin", MergingProblem, load("tiny"))


def written(folder: Path, **lines: str) -> Path:
    """The small problem of limits with other lines."""
    text = (SHIPPED / "tiny-limits.yaml").read_text(encoding="utf-8")
    for key, value in lines.items():
        text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
    path = folder / "asked.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_check_tells_everything_that_is_wrong_at_once_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, worlds="1", replications="10001", stressed="1", heads="[0]", stresses="[tiny-serge, tiny-surge]")
    told = CliRunner().invoke(app, ["check", str(path)]).stderr
    lines = path.read_text(encoding="utf-8").splitlines()
    for key in ("worlds", "replications", "stressed", "heads[0]", "stresses[0]"):
        number = 1 + next(k for k, line in enumerate(lines) if line.startswith(f"{key.partition('[')[0]}:"))
        assert f"asked.yaml:{number}: {key}\n" in told, told
    assert "did you mean `tiny-surge`?" in told and "blocks of 10,000" in told and told.count("  remedy  ") == 5


def test_a_problem_of_another_hall_or_of_none_is_refused_at_its_baseline(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["optimize", "limits", "district-hall", "--problem", "tiny-limits"])
    assert done.exit_code == 2 and "a problem is asked of its own baseline; `district-hall` is given" in done.stderr
    done = CliRunner().invoke(app, ["check", str(written(tmp_path, baseline="tinny"))])
    assert done.exit_code == 2 and "asked.yaml:7: baseline" in done.stderr and "did you mean `tiny`?" in done.stderr


def test_replications_typed_are_bound_by_the_same_rule() -> None:
    done = CliRunner().invoke(app, ["optimize", "limits", "tiny", "--replications", "10001"])
    assert done.exit_code == 2 and "blocks of 10,000" in done.stderr


def test_what_is_refused_in_a_list_is_told_alone_and_a_name_without_its_languages_names_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = find("tiny-staffing", "problems").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^title:.*$", "title: Staffing of my hall", text)
    path.write_text(text.replace("- {wait: 30 min, queue: each}", "- {waiting: 30 min}"), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        load_model(path, StaffingProblem)
    assert [(p.where.partition(": ")[2], p.remedy) for p in refused.value.problems] == [
        ("title", "write {en: ..., zh: ...}"), ("targets[0].waiting", "did you mean `wait`?"),
    ]  # fmt: skip
    path.write_text(re.sub(r"(?ms)^targets:\n.*?\n(?=\w)", "targets: []\n", text), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        load_model(path, StaffingProblem)
    assert ("1 or more are due here", "add what is missing") in [(p.rule, p.remedy) for p in refused.value.problems]


@pytest.mark.parametrize("kind", sorted(kind.removesuffix("_problem") for kind in MODELS))
@pytest.mark.parametrize(("n", "words"), [("1", "an interval needs two replications"), ("10001", "come in blocks of 10,000")])
def test_replications_that_give_no_interval_or_no_fresh_block_are_refused_by_the_option(kind: str, n: str, words: str) -> None:
    done = CliRunner().invoke(app, ["optimize", kind, "tiny", "--replications", n])
    assert done.exit_code == 2 and words in done.stderr
    assert done.stderr.startswith("--replications") and "Traceback" not in done.output


@pytest.mark.parametrize("steady", [False, True])
def test_an_answer_of_no_single_program_has_seconds_and_the_digest_of_its_question(
    steady: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same question the same digest, another day or another number in the scenario another; only a steady answer has no seconds."""
    found = Solution("heuristic", 1.0, None, None, "by hand", 1, None)

    def told(settings: Settings, rate: str = "") -> dict[str, Any]:
        scenario = load("tiny") if not rate else set_path(load("tiny"), "world.needs.start-trade.rate", rate)
        monkeypatch.setattr("simulation.verbs.load", lambda _: scenario)
        answer = Answer(found, found.document(), lambda: None, steady=steady)
        propose("limits", lambda *_: answer, "tiny", None, settings, True, None, "en")
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said

    plain, same, days, busier = told(Settings()), told(Settings()), told(Settings(days=3)), told(Settings(), "33 per day")
    assert (plain["seconds"] is None) == steady and (steady or 0 <= plain["seconds"] < 5)
    assert plain["digest"] == same["digest"] and len({one["digest"] for one in (plain, days, busier)}) == 3
    assert re.fullmatch("[0-9a-f]{64}", plain["digest"])
