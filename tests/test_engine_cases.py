"""Papers, clocks and offers of single cases: whole small logs, each with its calculation by hand."""

from __future__ import annotations

import pytest
from strategies import counter, prepared, run, scenario, second, task, told

from simulation.centre import Clocks
from simulation.engines.process import simulate
from simulation.measures import View
from simulation.scenario import Scenario
from simulation.world import Outage

NEVER_COMPLETE = {"complete": {"none": "0", "list": "0", "checked": "0"}}


def test_the_log_carries_the_reasons_that_stop_the_clocks_of_its_centre() -> None:
    """Publicity of a day stops the promise by default, and nothing in a centre that says so."""
    route = {"serve": counter("a"), "publicity": {"kind": "suspension", "reason": "publicity", "lasts_wd": {"discrete": {"1": "1"}}}}
    plain = scenario(route={**route, "sign": task("o", decides=True)}, pools={"o": {"people": {"o": "1"}}}, days=3)
    strict = plain.model_copy(update={"centre": plain.centre.model_copy(update={"clocks": Clocks(promise=())})})
    assert "publicity" in run(plain, n="9:00").meta.clocks.promise
    assert run(strict, n="9:00").meta.clocks.promise == ()


def life(**guides: str) -> Scenario:
    """A life event of items x and y, one after the other at one counter; papers are complete where the guide is `checked`."""
    items = {name: {"route": {"serve": counter("a", decides=True)}, "guide": guides[name]} for name in ("x", "y")}
    answers = {"complete": {"none": "0", "list": "0.5", "checked": "1"}}
    return scenario(items=items, needs={"n": {"items": ["x", "y"], "rate": "60 per day"}}, responses=answers, windows=WINDOWS, days=4)


WINDOWS = {f"W{k}": "a" for k in range(6)}


def test_each_item_of_a_life_event_is_met_with_the_papers_its_own_guide_asks_for() -> None:
    for x, y in (("checked", "none"), ("none", "checked")):
        log = run(life(x=x, y=y), n="9:00, 9:30")
        asked = log.events[log.events["outcome"] == "supplement"].merge(log.cases[["case", "item"]], on="case")
        assert set(asked["item"].astype(str)) == {"x" if x == "none" else "y"}


def test_items_of_a_life_event_have_luck_of_their_own() -> None:
    """Half of the papers are complete, item by item: of about 200 pairs not nearly all agree."""
    plan, draws = prepared(life(x="list", y="list"))
    log = simulate(plan, draws)
    asked = log.events[log.events["kind"] == "notice"]["case"]
    pairs = log.cases.assign(asked=log.cases["case"].isin(asked)).pivot_table(index="number", columns="item", values="asked", observed=True)
    pairs = pairs.dropna()
    assert len(pairs) > 100
    assert 0.35 < (pairs["x"] == pairs["y"]).mean() < 0.65


def test_papers_filed_online_are_complete_when_they_came_and_not_when_somebody_looked() -> None:
    """Filed at 9:00, looked at from 9:00 to 9:10: complete at 9:00. Filed at 9:05 but incomplete: complete when they came again."""
    online = {"pool": "o"}
    route = {"serve": counter("a", decides=True)}
    pools = {"o": {"people": {"o": "1"}}}
    log = run(scenario(route=route, pools=pools, item={"online": online}, days=3), online=True, n="9:00")
    assert log.cases.loc[0, ["received", "complete", "accepted"]].tolist() == [second("9:00"), second("9:00"), second("9:10")]
    log = run(scenario(route=route, pools=pools, item={"online": online}, responses=NEVER_COMPLETE, days=3), online=True, n="9:05")
    case, again = log.cases.iloc[0], log.events[log.events["kind"] == "task"].iloc[-1]
    assert case["received"] == second("9:05")
    assert case["complete"] == again["entered"] < case["accepted"] == again["end"]


def test_a_case_filed_online_may_have_a_promise_of_its_own() -> None:
    item = {"online": {"pool": "o", "promise_wd": "1"}, "promise_wd": "0"}
    small = scenario(route={"serve": counter("a", decides=True)}, pools={"o": {"people": {"o": "1"}}}, item=item)
    assert run(small, online=True, n="9:00").cases["promise_wd"].tolist() == [1]
    assert run(small, n="9:00").cases["promise_wd"].tolist() == [0]


@pytest.mark.parametrize(("noticed", "charged"), [("true", 1), ("false", 2)])
def test_a_stop_that_nobody_was_told_of_stops_no_clock(noticed: str, charged: int) -> None:
    """Experts look from Monday 9:10 to Tuesday 9:10, the officer decides on Wednesday at the earliest: Monday to Wednesday is two working
    days; Tuesday is suspended if the applicant was told.
    """
    experts = {"kind": "suspension", "reason": "expert_review", "lasts_wd": {"discrete": {"1": "1"}}, "noticed": noticed}
    decide = {**task("o", decides=True), "delay_wd": {"discrete": {"1": "1"}}}
    small = scenario(route={"serve": counter("a"), "experts": experts, "decide": decide}, pools={"o": {"people": {"o": "1"}}}, days=4)
    log = run(small, n="9:00")
    assert log.cases["decided"].tolist() == [second("2 9:20")]
    assert View(log).clocks.legal_wd.tolist() == [charged]


def test_an_outage_stops_the_queues_of_its_department_only() -> None:
    """Window W1 serves a of department d and b of department e; e is down from 9:00 to 10:00, whichever queue stands first."""
    for order in ("a b", "b a"):
        route = {name: {"route": {"serve": counter(name, decides=True)}} for name in ("a", "b")}
        needs = {name: {"items": [name]} for name in ("a", "b")}
        outage = {"department": "e", "first": "2023-03-06", "last": "2023-03-06", "hours": "9:00-10:00"}
        plain = scenario(items=route, needs=needs, windows={"W1": order})
        centre = plain.centre
        departments = {**centre.departments, "e": centre.departments["d"]}
        queues = {**centre.queues, "b": centre.queues["b"].model_copy(update={"department": "e"})}
        world = plain.world.model_copy(update={"outages": (Outage.model_validate(outage),)})
        down = plain.model_copy(
            update={"centre": centre.model_copy(update={"departments": departments, "queues": queues}), "world": world}
        )
        assert told(run(down, a="9:00", b="9:00"), "service") == [
            "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
            "1 | service | serve | 9:00 | 10:00 | 10:10 | W1 | done",
        ]
