"""What a reform costs and how long it takes is stated once, in its file: approval flow and portfolio say the same of it."""

from pathlib import Path
from typing import Any

import pytest
from test_flow import TITLE, joint, move, problem

from optimization.flow import optimize_flow
from optimization.flow_problem import FlowProblem
from optimization.outlay import cost_together, highest
from optimization.portfolio import as_reform, instance_of
from optimization.portfolio_problem import PortfolioProblem
from optimization.problem import load_problem
from simulation import verbs
from simulation.files import dump, find, load_model
from simulation.reforms import Reform
from simulation.units import Duration

SHARED = {"kind": "rework_route", "items": {"x": {"share_data": {"look-f": "0.5 (0.3..0.7)"}}}}


def written(folder: Path, **more: Any) -> str:
    """A reform of the small hall that spares a check half its work by shared data; return its path."""
    told = {"kind": "reform", "name": "shared-data", "title": TITLE, "baseline": "small", "authority": "city", "edits": [SHARED], **more}
    path = folder / "shared-data.yaml"
    path.write_text(dump(Reform.model_validate(told)), encoding="utf-8")
    return str(path)


def test_costs_are_added_with_their_ranges_and_the_highest_decides(tmp_path: Path) -> None:
    """5 and 20 (10..40) are 25 (15..45) at once; nothing and 5 a year are 5, without a range."""
    one, other = (load_model(find(written(tmp_path, cost=cost), "reforms"), Reform) for cost in (
        {"once": "5 kCNY"}, {"once": "20 kCNY (10..40)", "yearly": "5 kCNY"},
    ))  # fmt: skip
    cost = cost_together([one, other])
    assert (float(cost.once), cost.once.low, cost.once.high) == (25_000, 15_000, 45_000)
    assert (float(cost.yearly), cost.yearly.low) == (5_000, None)
    assert float(cost_together([]).once) == 0
    assert highest(["district", "centre", "city", "department"]) == "city"


def test_flow_and_portfolio_say_the_same_cost_and_lead_time_of_the_same_reforms(tmp_path: Path) -> None:
    """The window decides (10 days, 5,000 yuan) and checked guides (at once, no cost): flow makes both, a portfolio begins both."""
    tiny = verbs.load("tiny")
    settings = verbs.Settings(store=tmp_path / "store", workers=1, days=1, replications=2)
    found = optimize_flow(tiny, load_problem("tiny-flow", FlowProblem, tiny), settings)
    assert found.reform is not None and found.routes[0].taken.moves == ("window", "checked")
    asked = load_problem("tiny-portfolio", PortfolioProblem, tiny)
    instance, reforms = instance_of(asked)
    assert [r.name for r in reforms[:2]] == ["tiny-one-time-notice", "tiny-delegate"]
    both = as_reform(tiny, asked, reforms, instance, {0: 0, 1: 0})
    assert (found.reform.cost, found.reform.lead_time, found.reform.authority) == (both.cost, both.lead_time, both.authority)
    assert (float(both.cost.once), both.lead_time, both.authority) == (5_000, Duration(10 * 86_400), "department")
    path = tmp_path / "flow.yaml"
    path.write_text(dump(found.reform), encoding="utf-8")
    read, _ = instance_of(asked.model_copy(update={"reforms": (str(path),), "people": {}}))
    candidate = read.candidates[0]
    assert (candidate.lead, candidate.once, candidate.yearly, candidate.authority) == (1, 5_000, 0, "department")
    assert any("each whole" in english and "The window decides" in english for english, _ in found.remarks)


@pytest.mark.parametrize(
    ("lead", "days", "once", "who"), [("30 d", 120, 7_000, "city"), ("200 d", 200, 7_000, "city"), ("", 120, 0, "district")]
)
def test_what_no_reform_states_takes_the_time_of_the_problem(lead: str, days: int, once: int, who: str, tmp_path: Path) -> None:
    """An early denial, of no reform, takes 120 days, and a move that names a reform that reform's time: ready when both are."""
    named = {"edits": [], "reform": written(tmp_path, lead_time=lead, cost={"once": "7 kCNY"})} if lead else {}
    asked = {"moves": {"data": {**move(SHARED, "0 min"), **named}}, "denies": {"look-e": "0.5 (0.4..0.6)"}}
    settings = verbs.Settings(store=tmp_path, workers=1)
    found = optimize_flow(joint(), problem(asked, lead_time="120 d", day="0 min", top="1"), settings)
    assert found.reform is not None and found.routes[0].taken.moves == ("data",)
    told = (float(found.reform.lead_time) / 86_400, float(found.reform.cost.once), found.reform.authority)
    assert told == (days, once, who)
    assert [english for english, _ in found.remarks if "ready in 120 days" in english]
    assert any("each whole" in english for english, _ in found.remarks) == bool(lead)


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ({"reform": "tiny-delegat"}, "did you mean `tiny-delegate`"),
        ({"reform": "tiny-one-time-notice"}, "write under `edits` what of `tiny-one-time-notice` is about `trade-licence`"),
    ],
)
def test_a_reform_that_is_not_there_or_does_more_is_refused_at_the_move(moves: dict[str, Any], words: str) -> None:
    text = {"kind": "flow_problem", "name": "q", "title": TITLE, "question": TITLE, "baseline": "tiny"}
    told = {**text, "items": {"trade-licence": {"moves": {"m": {"title": TITLE, "article": TITLE, **moves}}}}}
    [(loc, flaw)] = FlowProblem.model_validate(told).flaws(verbs.load("tiny"))
    assert loc == ("items", "trade-licence", "moves", "m", "reform") and words in flaw.remedy


def test_a_move_without_edits_and_without_a_reform_is_refused() -> None:
    with pytest.raises(ValueError, match="a move has edits, or names a reform that has them"):
        problem({"moves": {"m": {"title": TITLE, "article": TITLE}}})
