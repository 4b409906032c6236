"""Problem files: one of another kind and one that no scenario has are refused with what to do instead."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimization.formed import formed, told
from optimization.merging_problem import MergingProblem
from optimization.problem import MODELS, default_problem, load_problem, model_of
from optimization.promised import LimitsProblem
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


def told_of(stem: str, folder: Path, *lines: tuple[str, str]) -> list[tuple[str, str, str]]:
    """What `load_problem` refuses of a shipped problem with other lines: place, what was found, rule and remedy."""
    text = (SHIPPED / f"{stem}.yaml").read_text(encoding="utf-8")
    for old, new in lines:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "asked.yaml"
    path.write_text(text, encoding="utf-8")
    scenario, _, kind = stem.rpartition("-")
    with pytest.raises(FileRefused) as refused:
        load_problem(path, model_of(f"{kind}_problem"), load(scenario))
    return [(p.where.partition(": ")[2], p.found, f"{p.rule}; {p.remedy}") for p in refused.value.problems]


@pytest.mark.parametrize(
    ("stem", "lines", "places"),
    [
        (
            "tiny-limits", (("share: 0.9", "share: most"), ("replications: 40", "replications: 1"), ("[tiny-surge]", "[tiny-serge]"),
                            ("heads: [1]", "heads: [0]\nitems: [trade-licens]")),
            ["share", "replications", "stresses[0]", "heads[0]", "items[0]"],
        ),
        (
            "tiny-portfolio", (("unit: 40 CNY (20..80)", "unit: 40"), ("measure: lead_wd", "measure: leed_wd"),
                               ("best: 3", "best: 0\nmust: [tiny-two-windows]"), ("[tiny-surge]", "[tiny-serge]")),
            ["worth[0].unit", "worth[1].measure", "stresses[0]", "best", "must[0]"],
        ),
        (
            "tiny-staffing", (("{wait: 30 min, queue: each}", "{waiting: 30 min, queue: houshold}\n  - {wait: 1, queue: tax}"),
                              ("replications: 4", "replications: 1")),
            ["targets[0].waiting", "targets[0].queue", "targets[1].wait", "targets[1].queue", "search.replications"],
        ),
        (
            "tiny-flow", (("price: 5 min (0..20)", "price: 5"), ("reform: tiny-one-time-notice", "reform: tiny-one-time-notise"),
                          ("top: 2", "top: 0"), ("items:\n", "items:\n  trade-licens:\n    denies: {look: 2}\n"
                           "    moves: {m: {title: {en: a, zh: b}, article: {en: a, zh: b}, reform: tiny-delegat}}\n")),
            ["top", "items.trade-licens", "items.trade-licens.denies.look", "items.trade-licens.moves.m.reform",
             "items.trade-licence.moves.window.price", "items.trade-licence.moves.checked.reform"],
        ),
        (
            "district-hall-merging", (("proposals: 3", "proposals: three"), ("  finance: {en", "  finanse: {en"), ("span: 3", "span: 0"),
                                      ("[emergency, economy]", "[emergency, ecology]")),
            ["alone.finanse", "apart[0].bodies[1]", "span", "proposals"],
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_what_does_not_fit_the_scenario_is_told_beside_what_is_not_well_formed(
    stem: str, lines: tuple[tuple[str, str], ...], places: list[str], tmp_path: Path
) -> None:  # fmt: skip
    found = told_of(stem, tmp_path, *lines)
    assert [place for place, _, _ in found] == places, found


def test_no_check_takes_a_default_for_what_was_written_in_another_way(tmp_path: Path) -> None:
    """25 replications show nine in ten with the confidence of 90 % that was meant, and not with the 95 % of the default, which need 29."""
    fewer = ("replications: 40", "replications: 25")
    for other, place in (("confidenc: 0.9", "confidenc"), ("confidence: high", "confidence")):
        assert [p for p, _, _ in told_of("tiny-limits", tmp_path, ("confidence: 0.95", other), fewer)] == [place]
    (found,) = told_of("tiny-limits", tmp_path, fewer)
    assert found[0] == "replications" and "29 show 0.9 of one item" in found[2]


def test_what_is_not_well_formed_is_absent_and_stops_only_the_check_that_asks_for_it() -> None:
    there = formed(LimitsProblem, {"share": "most", "items": ["a"], "confidenc": "0.9"})
    assert there.items == ("a",) and there.worlds == 0
    for name in ("share", "confidence", "title"):
        with pytest.raises(AttributeError):
            getattr(there, name)
    assert [*told([iter([1]), (float(there.share) for _ in "a"), iter([2])])] == [1, 2]


def test_an_unknown_baseline_is_told_beside_what_is_not_well_formed(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", str(written(tmp_path, baseline="tinny", share="most"))])
    assert done.exit_code == 2 and "did you mean `tiny`?" in done.stderr and ": share" in done.stderr


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
