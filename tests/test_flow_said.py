"""What an answer about routes says besides its figures: the question answered, the promise old and new, the model wrong about today."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from optimization.flow import DAYS, FlowSolution, optimize_flow
from optimization.flow_problem import FlowProblem
from optimization.problem import load_problem
from optimization.solution import Verified
from simulation import verbs
from simulation.scenario import Scenario
from workbench.findings import of_flow
from workbench.flow import print_flow
from workbench.flow_picture import before_and_after, sooner
from workbench.flow_said import answered, off_today, outside, promised, promises


@cache
def tiny() -> Scenario:
    return verbs.load("tiny")


@cache
def asked() -> FlowProblem:
    return load_problem("tiny-flow", FlowProblem, tiny())


@pytest.fixture(scope="module")
def solution(tmp_path_factory: pytest.TempPathFactory) -> FlowSolution:
    return optimize_flow(tiny(), asked(), verbs.Settings(store=tmp_path_factory.mktemp("said"), workers=1, days=3, replications=4))


def row(measure: str, group: str, low: float, high: float, verdict: str = "met", baseline: float = 1.0) -> Verified:
    middle = (low + high) / 2
    unit = {"wait_mean": "s", "walk_away_share": "share"}.get(measure, "wd")
    return Verified(measure, group, unit, None, baseline + middle, None, None, 4, verdict, baseline, middle, low, high)  # type: ignore[arg-type]


FASTER = row(DAYS, "item:trade-licence", -0.9, -0.6)


@pytest.mark.parametrize(
    ("rows", "en", "zh"),
    [
        ((FASTER, row("wait_mean", "all", -60.0, 60.0)), "As proposed, yes: ", "按本方案，可以："),
        ((FASTER, row("wait_mean", "all", 600.0, 900.0), row("walk_away_share", "all", 0.05, 0.08)),
         "only if longer waits and more who give up in the whole centre are accepted: the objective does not count them",
         "仅当可以接受全中心等候延长、弃号增加时才可以：目标值未计入这些代价"),
        ((row(DAYS, "item:trade-licence", -0.2, 0.3, "undecided"),), "As proposed, no: no item is surely decided sooner.",
         "没有事项确定加快"),
        ((FASTER, row("wait_mean", "all", 0.5, 2.0)), "As proposed, yes: ", "按本方案，可以："),
    ],
)  # fmt: skip
def test_the_question_is_answered_and_the_price_that_the_objective_leaves_out_is_named(
    solution: FlowSolution, rows: tuple[Verified, ...], en: str, zh: str
) -> None:
    found = replace(solution, verified=rows)
    said = answered(found, asked(), "en")
    assert said.startswith("Does the window decide trade licences itself? ") and en in said
    assert zh in answered(found, asked(), "zh") and said in of_flow(found, asked(), tiny())


def test_what_is_promised_is_told_old_and_new_and_against_which_promise_cases_are_held(
    solution: FlowSolution, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `check --redline` has it: 5 to 0 working days, filed online 1, where today the item's own 5 holds online too."""
    first, held = promises(solution, tiny(), "en")
    assert "case class committed -> on the spot, promised limit 5 -> 0 working days, filed online 5 -> 1 working days" in first
    assert "today's cases against today's promise and the proposal's against its own" in held
    assert "办件类型 承诺件 → 即办件，承诺时限 5 → 0个工作日，网上申请 5 → 1个工作日" in next(promises(solution, tiny(), "zh"))
    print_flow(solution, asked(), tiny(), as_json=False, language="en")
    assert first in capsys.readouterr().out
    assert not [*promises(replace(solution, reform=None), tiny(), "en")]


def test_the_pictures_of_routes_have_the_promise_and_name_the_time_until_papers_are_there(solution: FlowSolution) -> None:
    assert solution.reform is not None
    figure = before_and_after(tiny(), verbs.apply(tiny(), solution.reform), ["trade-licence"], "en")
    titles = [" ".join(axis.get_title(loc="left").split()) for axis in figure.axes]
    assert titles[0].endswith("promised: 5 working days") and titles[1].endswith("promised: 0 working days, online 1")
    assert any("until missing papers are brought" in text.get_text() for legend in figure.legends for text in legend.get_texts())
    for axis in figure.axes:
        assert min(patch.get_x() for patch in axis.patches) == 0, "no time before the window is left without a box"
    assert promised(tiny().centre.items["trade-licence"], True) == "承诺：5个工作日"


def test_where_the_model_lies_outside_the_interval_it_says_how_wrong_it_is_about_today(solution: FlowSolution) -> None:
    """The model's change is that of its two figures; today 1.0 simulated is `1.0 - model` off; inside the interval nothing is said."""
    chosen = solution.routes[0]
    change = chosen.taken.wd - chosen.today.wd
    far, near = (replace(row(DAYS, "item:trade-licence", change + a, change + b), gap=-0.02) for a, b in ((0.2, 0.4), (-0.1, 0.1)))
    assert off_today(solution, far) == pytest.approx((chosen.today.wd, change, 1.0 - chosen.today.wd))
    (said,) = outside(replace(solution, verified=(far,)), tiny(), "en")
    assert f"off by {1.0 - chosen.today.wd:+.2f} for today ({chosen.today.wd:.2f}, simulated 1.00) and by -0.02 for the proposal" in said
    assert not [*outside(replace(solution, verified=(near,)), tiny(), "zh")]
    small = sooner(replace(solution, verified=(far,)), tiny(), "en").texts
    assert any("Decide by the simulated figure" in " ".join(text.get_text().split()) for text in small)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("by the model, without an interval: working days of applicants", "min in all", "simulated less model: today")),
     ("zh", ("模型数值，无区间", "合计分钟", "仿真减模型: 现状"))],
)  # fmt: skip
def test_what_is_saved_says_its_units_whose_it_is_and_that_it_has_no_interval(
    solution: FlowSolution, language: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    print_flow(solution, asked(), tiny(), as_json=False, language=language)
    said = capsys.readouterr().out
    assert all(one in said for one in words)
