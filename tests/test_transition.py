"""A transition is the baseline until the switch and the reform after it; what was begun is finished by its old route, by who is there."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from strategies import DAY, calendar, counter, prepared, scenario, scenarios, second, task, told

from simulation.draws import Citizens, make_draws
from simulation.engines import simulate
from simulation.experiment import Experiment, calendar_for
from simulation.log import EventLog
from simulation.plan import Plan, compile_plan
from simulation.reforms import apply
from simulation.scenario import Horizon, Scenario
from simulation.transition import compile_stages, compile_transition, joined
from simulation.units import WorkingDays
from simulation.verbs import Settings, compare, load, load_experiment, load_reform

SHORT = Horizon(warm_up_wd=WorkingDays(2), window_wd=WorkingDays(2), run_out_wd=WorkingDays(2))


def switched(before: Scenario, after: Scenario, day: int, **arrivals: str) -> EventLog:
    """The log of citizens who come exactly when `arrivals` says, under `before` until `day` and under `after` from then on."""
    one, two = (compile_plan(s, calendar(s.start.isoformat())) for s in (before, after))
    plan = joined(one, two, day)
    draws, streams = make_draws(plan, 1, 0), []
    for k, name in enumerate(plan.needs):
        late = k >= len(one.needs)
        moments = (second(t) for t in arrivals.get(name, "").split(",") if t.strip())
        times = np.array(sorted(t for t in moments if (t >= day * DAY) == late), dtype=np.int64)
        n = len(times)
        streams.append(Citizens(times // DAY, np.arange(n), times, np.zeros(n, dtype=bool), np.ones(n, dtype=np.int64)))
    draws.citizens = (*streams, *draws.citizens[len(streams) :])
    return simulate(plan, draws).validate()


def test_a_merged_pool_takes_over_files_and_people_at_work() -> None:
    """Review takes 90 minutes. Case 0 begins at 16:10, works 50 minutes that day and 40 the next. Case 1 waits overnight: the merged
    pool q has a second person, so it begins at 9:00 and not at 9:40. Case 2 finds both busy until 9:40.
    """
    route = {"serve": counter("a"), "review": task("p", "90 min", decides=True)}
    before = scenario(route=route, pools={"p": {"people": {"p": "1"}}}, days=2)
    merged = {"serve": counter("a"), "review": task("q", "90 min", decides=True)}
    after = scenario(route=merged, pools={"q": {"people": {"p": "1", "r": "1"}}}, days=2)
    log = switched(before, after, 1, n="16:00, 16:05, 1 9:00")
    assert told(log, "task") == [
        "0 | task | review | 16:10 | 16:10 | 1 9:40 | p | done",
        "1 | task | review | 16:20 | 1 9:00 | 1 10:30 | p | done",
        "2 | task | review | 1 9:10 | 1 9:40 | 1 11:10 | q | done",
    ]


def test_a_pool_that_nobody_takes_over_finishes_its_files() -> None:
    """After the switch the window decides: case 0's review goes on in the abolished pool, 40 minutes of it the next day."""
    route = {"serve": counter("a"), "review": task("p", "90 min", decides=True)}
    before = scenario(route=route, pools={"p": {"people": {"p": "1"}}}, days=2)
    after = scenario(route={"serve": counter("a", decides=True)}, days=2)
    log = switched(before, after, 1, n="16:00, 1 9:00")
    assert told(log, "task", "decision") == [
        "0 | task | review | 16:10 | 16:10 | 1 9:40 | p | done",
        "0 | decision | - | 1 9:40 | 1 9:40 | 1 9:40 | - | done",
        "1 | decision | - | 1 9:10 | 1 9:10 | 1 9:10 | - | done",
    ]


def test_who_comes_again_after_the_switch_takes_the_ticket_of_the_new_queue() -> None:
    """Papers are incomplete at the first contact and complete at the second, a day later: queue a is gone by then, g serves the Need."""
    answers = {"complete": {"none": "0", "list": "0", "checked": "0"}}
    before = scenario(route={"serve": counter("a", decides=True)}, responses=answers, days=3)
    after = scenario(route={"serve": counter("g", decides=True)}, windows={"G1": "g"}, responses=answers, days=3)
    log = switched(before, after, 1, n="9:00")
    rows = log.events[log.events["kind"] == "service"].astype(object)
    assert rows[["queue", "post", "outcome"]].to_numpy().tolist() == [["a", "W1", "supplement"], ["g", "G1", "done"]]


def test_hours_of_the_new_order_hold_for_old_cases() -> None:
    """Until the switch the hall serves at lunch, afterwards it does not: the day-1 visit at noon waits until 13:00."""
    before = scenario(shifts={"W1": "9:00-17:00"}, days=2)
    after = scenario(shifts={"W1": "9:00-12:00 13:00-17:00"}, days=2)
    log = switched(before, after, 1, n="12:30, 1 12:30")
    assert told(log, "service") == [
        "0 | service | serve | 12:30 | 12:30 | 12:40 | W1 | done",
        "1 | service | serve | 1 12:30 | 1 13:00 | 1 13:10 | W1 | done",
    ]


def test_a_tidal_window_opens_by_the_threshold_of_its_time_and_its_person_leaves_the_pool_of_its_time() -> None:
    """Day 0: two wait at 9:02, more than one: T opens at 9:02:01 and calls 1; pool p has two heads, one of them at T. Day 1: two are not
    more than two; pool q has taken both over.
    """
    names, plain = {"W1": "a", "T": "a"}, {"serve": counter("a")}

    def hall(pool: str, above: str) -> Scenario:
        route, pools = {**plain, "do": task(pool)}, {pool: {"people": {"p": "1"}}}
        return scenario(route=route, windows=names, pools=pools, tides={"T": (above, "0")}, homes={"T": pool}, days=2)

    before, after = hall("p", "1"), hall("q", "2")
    log = switched(before, after, 1, n="9:00, 9:01, 9:02, 1 9:00, 1 9:01, 1 9:02")
    assert [line.split(" | ")[6] for line in told(log, "service")] == ["W1", "T", "W1", "W1", "W1", "W1"]
    working = log.duty[log.duty["state"] == "working"].sort_values("from")
    assert working["people"].tolist() == [2, 1, 2, 2, 2, 2]
    assert [str(post) for post in working["post"]] == ["pool:p"] * 4 + ["pool:q"] * 2


@settings(max_examples=25, deadline=None)
@given(scenarios())
def test_a_switch_to_the_same_centre_changes_nothing(small: Scenario) -> None:
    plan, draws = prepared(small)
    same = joined(plan, plan, max(1, plan.days // 2))
    assert simulate(same, make_draws(same, 1, 0)).validate().digest() == simulate(plan, draws).digest()


@settings(max_examples=15, deadline=None)
@given(scenarios())
def test_two_switches_to_the_same_centre_change_nothing(small: Scenario) -> None:
    """A pilot of what there is, rolled out: also where a day has both switches."""
    plan, draws = prepared(small)
    stages = [(0, small), (max(1, plan.days // 3), small), (max(1, 2 * plan.days // 3), small)]
    same = compile_stages(stages, plan.calendar)
    assert simulate(same, make_draws(same, 1, 0)).validate().digest() == simulate(plan, draws).digest()


def test_a_pilot_that_is_stopped_hands_its_files_back() -> None:
    """Review takes 90 minutes. Case 0 is under way when pool q, of two, takes over on day 1, and is finished there at 9:40. Cases 1 and 2
    come on day 1 at 16:00 and 16:05: both are begun in q, 50 and 45 minutes of them that day. On day 2 pool p, of one person, has them
    back: they go on from 9:00 to 9:40 and 9:45. Case 3, come on day 1 at 16:20, waited in q; p begins it when p's one person is free.
    """
    route = {"serve": counter("a"), "review": task("p", "90 min", decides=True)}
    before = scenario(route=route, pools={"p": {"people": {"p": "1"}}}, windows={"W1": "a", "W2": "a"}, days=3)
    merged = {"serve": counter("a"), "review": task("q", "90 min", decides=True)}
    pilot = scenario(route=merged, pools={"q": {"people": {"p": "1", "r": "1"}}}, windows={"W1": "a", "W2": "a"}, days=3)
    plan = compile_stages([(0, before), (1, pilot), (2, before)], calendar())
    log = at_times(plan, ("0 16:00",), ("1 16:00", "1 16:05", "1 16:20"), ("2 14:00",))
    assert told(log, "task") == [
        "0 | task | review | 16:10 | 16:10 | 1 9:40 | p | done",
        "1 | task | review | 1 16:10 | 1 16:10 | 2 9:40 | q | done",
        "2 | task | review | 1 16:15 | 1 16:15 | 2 9:45 | q | done",
        "3 | task | review | 1 16:30 | 2 9:45 | 2 11:15 | q | done",
        "4 | task | review | 2 14:10 | 2 14:10 | 2 15:40 | p | done",
    ]


def at_times(plan: Plan, *stages: tuple[str, ...]) -> EventLog:
    """The log of citizens of the one need who come at the times of each stage."""
    draws, streams = make_draws(plan, 1, 0), []
    for moments in stages:
        times = np.array([second(t) for t in moments], dtype=np.int64)
        n = len(times)
        streams.append(Citizens(times // DAY, np.arange(n), times, np.zeros(n, dtype=bool), np.ones(n, dtype=np.int64)))
    draws.citizens = (*streams, *draws.citizens[len(streams) :])
    return simulate(plan, draws).validate()


@settings(max_examples=15, deadline=None)
@given(scenarios())
def test_a_switch_on_the_first_day_is_the_second_centre(small: Scenario) -> None:
    """Cases already under way belong to the first, so there are none here; what differs is how busy the one window is."""
    small = small.model_copy(update={"world": small.world.model_copy(update={"backlog": ()})})
    faster = small.model_copy(
        update={"centre": small.centre.model_copy(update={"staff": {
            n: s.model_copy(update={"pace": type(s.pace)(0.5)}) for n, s in small.centre.staff.items()}})}
    )  # fmt: skip
    (one, _), (two, draws) = prepared(small), prepared(faster)
    plan = joined(one, two, 0)
    assert simulate(plan, make_draws(plan, 1, 0)).digest() == simulate(two, draws).digest()


def until(log: EventLog, t: int) -> pd.DataFrame:
    """The events that ended before second `t`."""
    rows = log.events.astype(object)
    return rows[rows["end"].notna() & (rows["end"] < t)].reset_index(drop=True)


def arrivals(plan: Plan) -> list[tuple[str, int, int, int]]:
    """Need, day, number and second of everybody who comes."""
    people = zip(plan.needs, make_draws(plan, 1, 0).citizens, strict=False)
    return sorted((need, *row) for need, c in people for row in zip(c.day.tolist(), c.number.tolist(), c.arrives.tolist(), strict=True))


@pytest.mark.parametrize("name", ["tiny-one-window", "tiny-delegate", "one-window-with-delegation", "merge-departments", "life-events"])
def test_before_the_switch_a_reform_changes_nothing_and_after_it_nobody_is_lost(name: str) -> None:
    reform = load_reform(name)
    before = load(reform.baseline).model_copy(update={"horizon": SHORT})
    after, days = apply(before, reform), calendar_for(before, SHORT)
    plan, plain = compile_transition(before, after, days), compile_plan(before, days)
    log, today = (simulate(p, make_draws(p, 1, 0)).validate() for p in (plan, plain))
    pd.testing.assert_frame_equal(until(log, plan.window[0]), until(today, plan.window[0]))
    assert not until(log, plan.end).equals(until(today, plan.end))
    came, whole = arrivals(plan), arrivals(plain)
    assert came == whole
    assert set(log.cases["need"].astype(str)) <= set(plain.needs)


def test_training_fades_from_the_switch_on() -> None:
    training = {"start": "2", "fades_over": "1 d"}
    plain = scenario(days=6)
    slow = scenario(days=6, staff={"training": training})
    one, two = (compile_plan(s, calendar(), since=4 * DAY) for s in (plain, slow))
    pace = {int(p["opens"]) // DAY: int(p["pace"]) for p in joined(one, two, 4).posts if p["opens"] % DAY == 9 * 3600}
    assert pace[0] == 1000
    assert pace[4] == round(1000 * (1 + np.exp(-9 * 3600 / DAY)))
    assert pace[7] == round(1000 * (1 + np.exp(-(3 * DAY + 9 * 3600) / DAY)))


def transition(view: str) -> Experiment:
    return load_experiment("tiny-questions").model_copy(update={"view": view, "reforms": ("tiny-delegate",), "headline": ()})


def test_an_experiment_may_ask_for_the_transition(tmp_path: Path) -> None:
    """The baseline is the same in both views; the reform differs, for cases from before the switch still go the old way."""
    told_ = Settings(replications=3, days=3, store=tmp_path, workers=1)
    steady, transit = (compare(transition(view), told_) for view in ("steady", "transition"))

    def value(result: Any, scenario: str) -> float:
        return float(result.row(scenario, "lead_wd")["value"])

    assert value(steady, "tiny") == value(transit, "tiny")
    assert value(steady, "tiny-delegate") != value(transit, "tiny-delegate")
    assert transit.provenance["view"] == "transition"
    assert len(list(tmp_path.rglob("*.parquet"))) == 9
