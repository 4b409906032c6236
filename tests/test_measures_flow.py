"""Measures of flow, burden, cost, and the three-part test of an item, on small logs worked out by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_log import at, case, groups, small_log, sums, task, ticket, value, waits
from strategies import counter, prepared, run, scenario, scenarios
from strategies import task as step_of

from simulation.engines import simulate
from simulation.log import Burden, EventLog
from simulation.measures import CATALOGUE, case_clocks, causes, measure, supported
from simulation.measures import view as views
from simulation.scenario import Scenario

HOURS = 3600


def carried(one: int, ready: int, leaves: int | None, arrives: int | None) -> dict[str, Any]:
    """A file carried."""
    outcome = "open" if arrives is None else "done"
    return {"case": one, "kind": "transfer", "entered": ready, "start": leaves, "end": arrives, "outcome": outcome}


# --- hand-overs and waiting for others ---------------------------------------------------------------------------


def files() -> EventLog:
    """Office hours 9-12 and 13-17.

    case 1   one department after the other. Carried: ready 9:20, leaves 11:00 (100 min); ready 15:00, leaves 11:00 the next day (4 h):
             5 h 40 min. Hops: two runs, and from planning back to market, next door: 3. Steps touch and do not overlap: nobody waits.
    case 2   market, planning and fire at once, from Wednesday 10:00. Ready 9:00, leaves 9:30: 30 min. Hops: a run, market to planning,
             planning to fire, fire to market: 4. Market is done at 11:00, planning (two steps) at 16:00, fire at 11:00 on Thursday:
             market waits 1 + 4 + 2 h, planning 1 + 2 h, fire none: 10 h.
    case 3   decided at the counter: none of it. It is sent for by a run that has not left: ready 16:00, 17:00 is the end: 1 h.
    case 4   open: not counted.
    """
    market, planning, fire = ({"department": d, "queue": d} for d in ("market", "planning", "fire"))
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:00"), at(0, "9:20")),
        carried(1, at(0, "9:20"), at(0, "11:00"), at(0, "11:30")),
        task(1, at(0, "11:30"), at(0, "14:00"), at(0, "15:00"), **market),
        carried(1, at(0, "15:00"), at(1, "11:00"), at(1, "11:30")),
        task(1, at(1, "11:30"), at(1, "13:30"), at(1, "14:30"), **planning),
        task(1, at(1, "14:30"), at(1, "15:00"), at(1, "15:30"), **market),
        carried(2, at(2, "9:00"), at(2, "9:30"), at(2, "10:00")),
        task(2, at(2, "10:00"), at(2, "10:00"), at(2, "11:00"), **market),
        task(2, at(2, "10:00"), at(2, "13:00"), at(2, "15:00"), **planning),
        task(2, at(2, "10:00"), at(3, "10:00"), at(3, "11:00"), **fire),
        task(2, at(2, "15:00"), at(2, "15:30"), at(2, "16:00"), **planning),
        task(2, at(3, "11:00"), at(3, "11:00"), at(3, "11:30"), **market),
        carried(3, at(4, "16:00"), None, None),
        carried(4, at(4, "9:00"), at(4, "11:00"), at(4, "11:30")),
    ]
    cases = [
        case(1, at(0, "9:20"), at(1, "15:30")),
        case(2, at(2, "9:00"), at(3, "11:30"), **{"class": "joint"}),
        case(3, at(4, "16:00"), at(4, "16:00"), **{"class": "instant"}),
        case(4, at(4, "9:00")),
    ]
    return small_log(events, cases, horizon=at(4, "17:00"))


@pytest.mark.parametrize(("name", "expected"), [("hops", (7, 3)), ("transfer_wait", (17 / 3 + 0.5 + 1, 3)), ("join_wait", (10, 3))])
def test_hand_overs_and_waits_as_counted_by_hand(name: str, expected: tuple[float, float]) -> None:
    assert sums(files(), name) == pytest.approx(expected)


def test_only_the_joint_case_waits_for_the_slowest() -> None:
    found = groups(files(), "join_wait")
    assert (found["class:joint"], found["class:committed"], found["class:instant"]) == (10, 0, 0)


def test_a_task_that_begins_when_the_file_arrives_follows_the_run() -> None:
    """Market, a run, planning in the second in which the run arrives: the run is the hop, not the change of department as well."""
    events = [
        task(1, at(0, "9:00"), at(0, "9:00"), at(0, "10:00")),
        carried(1, at(0, "10:00"), at(0, "10:00"), at(0, "10:30")),
        task(1, at(0, "10:30"), at(0, "10:30"), at(0, "11:00"), department="planning"),
    ]
    log = small_log(events, [case(1, at(0, "9:00"), at(0, "11:00"))], horizon=at(1, "17:00"))
    assert sums(log, "hops") == (1, 1)


def test_a_meeting_is_a_hand_over_to_who_convenes_it() -> None:
    """Market reviews, planning convenes three, fire decides: two hops. In a log that does not say who convenes, one."""
    for convenes, expected in (("planning", 2), (None, 1)):
        events = [
            task(1, at(0, "9:00"), at(0, "9:00"), at(0, "10:00")),
            task(1, at(0, "10:00"), at(0, "14:00"), at(0, "14:30"), kind="meeting", people=3, department=convenes),
            task(1, at(0, "14:30"), at(0, "14:30"), at(0, "15:00"), department="fire"),
        ]
        assert sums(small_log(events, [case(1, at(0, "9:00"), at(0, "15:00"))], horizon=at(1, "17:00")), "hops") == (expected, 1)


def test_a_case_that_is_decided_at_a_table_was_handed_to_who_convenes() -> None:
    """Pool p of department d reviews; q of department e convenes and the meeting decides: one hop."""
    table = {"pools": ["q", "p"], "at": "14:00", "quorum": "2", "capacity": "5", "work": {"m": {"constant": "10 min"}}}
    route = {"serve": counter("a"), "review": step_of("p"), "meet": {"kind": "meeting", **table, "decides": True}}
    pools = {"p": {"people": {"p": "1"}}, "q": {"people": {"q": "1"}, "department": "e"}}
    departments = {name: {"title": {"en": "X", "zh": "某"}} for name in ("d", "e")}
    log = run(scenario(route=route, pools=pools, centre={"departments": departments}), n="9:00")
    assert log.events.loc[log.events["kind"] == "meeting", "department"].astype(str).tolist() == ["e"]
    assert sums(log, "hops") == (1, 1)


def test_the_days_of_all_promised_cases_by_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases 1 and 2 of `files`, both led by market, in hours and minutes of the office. In batches of one case it is the same.

    case 1   9:20 to 15:30 of the next day, 12:10: runs 9:20-11:30 and 15:00-11:30, 2:10 + 4:30; waiting 11:30-14:00 and 14:30-15:00,
             1:30 + 0:30; at work 14:00-15:00 and 15:00-15:30, 1:30; in another department 11:30-14:30, 2:00
    case 2   9:00 to 11:30 of the next day, 9:30: a run until 10:00, 1:00; at work 10:00-11:00 and 11:00-11:30, 1:30; in other
             departments 11:00-11:00, 7:00
    """
    expected = {"transfer": 6 + 2 / 3 + 1, "working": 1.5 + 1.5, "other_department": 2 + 7, "waiting": 2}
    for batch in (4000, 1):
        monkeypatch.setattr(causes, "BATCH", batch)
        rows = measure(files(), [CATALOGUE["days_by_cause"]])
        found = dict(zip(rows["group"].str.removeprefix("cause:"), rows["total"] / HOURS, strict=True))
        assert {cause: hours for cause, hours in found.items() if hours} == pytest.approx(expected)
        assert (rows["n"] / HOURS).tolist() == pytest.approx([sum(expected.values())] * len(rows))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20), st.integers(1, 20)), max_size=15))
def test_each_moment_goes_to_the_first_cause_that_claims_it(claims: list[tuple[int, int, int]]) -> None:
    """Key, first place and length of each claim; place by place."""
    key, first, length = np.array(claims, dtype=np.int64).reshape(-1, 3).T
    expected = [min((k for k, a, n in claims if a <= place < a + n), default=causes.NOTHING) for place in range(45)]
    assert causes._least(key, first, first + length, 45).tolist() == expected


@settings(max_examples=5, deadline=None)
@given(scenarios())
def test_cases_measured_some_at_a_time_give_what_all_at_once_give(one: Scenario) -> None:
    log = simulate(*prepared(one), engine="process")
    able = supported(log, CATALOGUE.values())[0]
    whole = measure(log, able)
    with pytest.MonkeyPatch.context() as patched:
        for module, name in ((causes, "BATCH"), (case_clocks, "PIECE"), (views, "PIECE")):
            patched.setattr(module, name, 7)
        parts = measure(log, able)
    pd.testing.assert_frame_equal(whole.drop(columns="values"), parts.drop(columns="values"), check_exact=True)
    tallies = [(a, b) for a, b in zip(whole["values"], parts["values"], strict=True) if a is not None]
    assert tallies and all(a.same(b) for a, b in tallies)


def test_what_one_measure_finds_does_not_depend_on_those_measured_with_it() -> None:
    together = measure(files(), able := supported(files(), CATALOGUE.values())[0])
    apart = pd.concat([measure(files(), [one]) for one in able], ignore_index=True)
    pd.testing.assert_frame_equal(together.drop(columns="values"), apart.drop(columns="values"), check_exact=True)


def test_the_days_of_all_promised_cases_by_department() -> None:
    """Market 3 h of work and 2 h of waiting, planning 2 h of case 1 and what it holds of case 2, fire the rest of the 7 h."""
    found = groups(files(), "days_by_department")
    hours = {name: share * (7 + 2 / 3 + 3 + 9 + 2) for name, share in found.items() if share is not None}
    assert hours["department:market"] == pytest.approx(5)
    assert hours["department:planning"] + hours["department:fire"] == pytest.approx(9)


def test_limits_compressed_and_achieved() -> None:
    """Promised 5 of 20 and 3 of 20: a cut of 32 in 40. Charged 2 and 6 days: 32 in 40 again; the third promises nothing, is open."""
    cases = [
        case(1, at(0, "9:00"), at(2, "9:00")),
        case(2, at(0, "9:00"), at(8, "9:00"), promise_wd=3),
        case(3, at(0, "9:00"), promise_wd=None),
    ]
    log = small_log([], cases, horizon=at(9, "17:00"))
    assert sums(log, "limits_compressed") == (32, 40)
    assert sums(log, "speed_up") == (32, 40)


def test_who_is_slower_than_the_law_has_a_negative_speed_up() -> None:
    log = small_log([], [case(1, at(0, "9:00"), at(8, "9:00"), legal_wd=3)], horizon=at(9, "17:00"))
    assert value(log, "speed_up") == -1


# --- what it costs -----------------------------------------------------------------------------------------------


def errands() -> EventLog:
    """A round trip takes an hour and 8 CNY; an hour is worth 60 CNY to a firm and 30 to others.

    occurrence 1   a firm, case 1: 9:00-9:40 told what is missing, Wednesday 9:00-9:30: 70 min and two trips: 3 h 10 min, 190 + 16 CNY
    occurrence 2   cases 2 and 3, two files of one ticket 10:00-10:45: 45 min and a trip: 1 h 45 min, 52.50 + 8 CNY
    occurrence 3   online: nothing
    occurrence 4   leaves after 20 min (the empty call is not his time), comes the next day for 10 min: 2 h 30 min, 75 + 16 CNY
    """
    citizen = {"group": "citizen"}
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:30"), at(0, "9:40"), outcome="supplement"),
        ticket(1, at(2, "9:00"), at(2, "9:10"), at(2, "9:30"), visit=2),
        ticket(2, at(0, "10:00"), at(0, "10:20"), at(0, "10:30")),
        ticket(3, None, at(0, "10:30"), at(0, "10:45")),
        waits(5, at(0, "11:00"), at(0, "11:20"), "left"),
        ticket(5, None, at(0, "11:20"), at(0, "11:21"), outcome="no_show"),
        ticket(5, at(1, "10:00"), at(1, "10:00"), at(1, "10:10"), visit=2),
    ]
    cases = [
        case(1, at(0, "9:40"), at(2, "9:30")),
        case(2, at(0, "10:30"), number=2, **citizen),
        case(3, at(0, "10:45"), number=2, **citizen),
        case(4, at(0, "10:00"), channel="online", **citizen),
        case(5, at(1, "10:10"), **citizen),
    ]
    return small_log(events, cases, horizon=at(4, "17:00"))


@pytest.mark.parametrize(
    ("name", "group", "expected"),
    [
        ("burden_hours", "all", (19 / 6 + 1.75 + 2.5, 4)), ("burden_hours", "group:firm", (19 / 6, 1)),
        ("burden_money", "all", (206 + 60.5 + 91, 4)), ("burden_money", "group:citizen", (60.5 + 91, 3)),
        ("burden_money", "channel:online", (0, 1)),
    ],
)  # fmt: skip
def test_the_burden_of_errands_as_counted_by_hand(name: str, group: str, expected: tuple[float, float]) -> None:
    assert sums(errands(), name, group) == pytest.approx(expected)


def test_the_hours_of_whoever_gives_up_weigh_on_the_rest() -> None:
    """Each comes on Monday, 20 minutes and a round trip of an hour: 80 minutes. The second leaves and is never seen again: 160 for one."""
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:10"), at(0, "9:20")), waits(2, at(0, "9:00"), at(0, "9:20"), "left"),
    ]  # fmt: skip
    gone = case(2, arrived=at(0, "9:00"), outcome="withdrawn", zone="far")
    log = small_log(
        events, [case(1, at(0, "9:20"), at(0, "9:20"), arrived=at(0, "9:00"), zone="far"), gone], horizon=at(4, "17:00"),
        travel={"far": {"main": 1800}},
    )  # fmt: skip
    assert sums(log, "burden_hours") == pytest.approx((160 / 60, 1))
    assert sums(log, "burden_money") == pytest.approx((160 + 16, 1))
    assert sums(log, "travel_per_need") == pytest.approx((2, 1))


def test_what_people_on_duty_cost() -> None:
    """Monday. Window w1 at 50 CNY an hour, 7 h on duty and 30 min beyond; two officers at 100 CNY an hour for 3 h: 375 + 600 CNY.

    Nobody knows what w2 costs. Three cases are decided, one of them a consultation, which is none: 487.50 a case.
    """
    duty = [
        ("w1", at(0, "9:00"), at(0, "12:00"), "open", 1),
        ("w1", at(0, "13:00"), at(0, "17:00"), "open", 1),
        ("w2", at(0, "9:00"), at(0, "12:00"), "open", 1),
        ("pool:office", at(0, "9:00"), at(0, "12:00"), "working", 2),
    ]
    late = ticket(1, at(0, "16:00"), at(0, "16:50"), at(0, "17:30"))
    cases = [case(k, at(0, "10:00"), at(0, "11:00"), **{"class": c}) for k, c in enumerate(("instant", "committed", "consultation"))]
    log = small_log([late], cases, duty, horizon=at(0, "18:00"))
    assert sums(log, "centre_cost") == pytest.approx((975, 1))
    assert sums(log, "cost_per_case") == pytest.approx((975, 2))


def test_without_prices_no_measure_of_money() -> None:
    """They are left out by name; the others stay."""
    log = small_log([], [], horizon=at(0, "17:00"), burden=None, pay={})
    wanted = [CATALOGUE[name] for name in ("burden_hours", "burden_money", "hops")]
    able, unable = supported(log, wanted)
    assert [m.name for m in able] == ["hops"]
    assert [tuple(u) for u in unable] == [("burden_hours", "meta.burden"), ("burden_money", "meta.burden")]


def test_a_run_carries_the_prices_of_its_scenario() -> None:
    """Two people share W1, of the centre in the morning (3 h) and posted in the afternoon (4 h): (3 x 70 + 4 x 140) / 7 = 110 kCNY."""
    small = scenario(
        windows={"W1": "a", "W2": "a"},
        shifts={"W1": "9:00-12:00", "W2": "13:00-17:00"},
        pools={"office": {"people": {"o": "1"}, "hall_share": "0.5"}},
        centre={"pay": {"centre": "70 kCNY", "posted": "140 kCNY", "contracted": "60 kCNY"}},
        world={"burden": {"trip": "90 min", "fare": "8 CNY", "hour": "30 CNY", "hour_of": {"people": "40 CNY"}}},
    )
    people = {
        "of-W1": small.centre.staff["of-W1"].model_copy(update={"contract": "centre"}),
        "of-W2": small.centre.staff["of-W2"].model_copy(update={"window": "W1"}),
    }
    priced = small.model_copy(update={"centre": small.centre.model_copy(update={"staff": people})})
    unpriced = priced.model_copy(
        update={
            "centre": priced.centre.model_copy(update={"pay": None}),
            "world": priced.world.model_copy(update={"burden": None}),
        }
    )
    log, free = run(priced, n="9:00"), run(unpriced, n="9:00")
    assert log.meta.pay == pytest.approx({"W1": 110_000, "pool:office": 140_000})
    assert log.meta.burden == Burden(trip=5400, fare=8, hour=30, hour_of={"people": 40})
    assert (free.meta.pay, free.meta.burden) == ({}, None)
    assert log.digest() == free.digest(), "what it costs changes nothing of what happens"


# --- the three-part test of an item ------------------------------------------------------------------------------


def items() -> EventLog:
    """Items with 20 cases each, received on Monday of the second week and decided the next day unless said otherwise.

    good       passes
    edge       19 of 20 within the promise of 5 days: 95 per cent, passes
    slow       18 of 20: not prompt
    padded     promises 25 days where the law allows 20: not lawful
    piling     10 more came on the last Friday and are open: stock 0 then 10, and 2 standard deviations are 6.3: not smooth
    asked      2 of 20 told twice what is missing, 10 per cent: not smooth
    travelled  five runs each: not smooth
    rare       2 cases: passes
    young      one, received on the last day and open: undecided, and so not prompt
    """
    events: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []

    def add(item: str, number: int, day: int = 7, decided: int | None = 8, **more: Any) -> list[int]:
        first = len(cases)
        end = None if decided is None else at(decided, "10:00")
        cases.extend(case(first + k, at(day, "9:00"), end, item=item, **more) for k in range(number))
        return list(range(first, first + number))

    add("good", 20)
    add("edge", 19)
    add("edge", 1, decided=15)
    add("slow", 18)
    add("slow", 2, decided=15)
    add("padded", 20, promise_wd=25)
    add("piling", 20)
    add("piling", 10, day=18, decided=None)
    add("asked", 18)
    for k in add("asked", 2):
        for visit in (1, 2):
            t = at(6 + visit, "9:00") + k * 60
            events.append(ticket(k, t, t, t + 60, visit=visit, post=f"w{k}", outcome="supplement"))
    for k in add("travelled", 20):
        events += [carried(k, at(7, "10:00"), at(7, f"{10 + hop}:00"), at(7, f"{10 + hop}:30")) for hop in range(5)]
    add("rare", 2)
    add("young", 1, day=18, decided=None)
    return small_log(events, cases, horizon=at(18, "17:00"), window=(at(7, "0:00"), at(18, "17:00")))


def test_an_item_passes_when_it_is_lawful_prompt_and_smooth() -> None:
    log = items()
    failing = {
        name: sorted(g.removeprefix("item:") for g, x in groups(log, name).items() if x == 0)
        for name in ("items_lawful", "items_prompt", "items_smooth", "items_passing")
    }
    assert failing["items_lawful"] == ["padded"]
    assert failing["items_prompt"] == ["slow", "young"]
    assert failing["items_smooth"] == ["asked", "piling", "travelled"]
    assert failing["items_passing"] == ["asked", "padded", "piling", "slow", "travelled", "young"]
    assert sums(log, "items_passing") == (3, 9)
    assert sums(log, "items_tested") == (8, 9)
    assert value(log, "items_tested", "item:young") == 0


def test_who_makes_a_case_wait_outside_takes_no_item_out_of_the_test() -> None:
    """Two items with one case each, that of `y` received and granted, or still in the queue, or given up: two items all the same."""
    t = at(0, "9:00")
    waiting = {"received": None, "complete": None, "accepted": None, "decided": None, "item": "y", "arrived": t}
    for fate, passing in (
        ({"received": t, "complete": t, "accepted": t, "decided": t}, 2),
        ({"outcome": "open"}, 1),
        ({"outcome": "withdrawn"}, 1),
    ):
        cases = [case(1, t, t, item="x", arrived=t), {**case(2, t, t), **waiting, **fate}]
        assert sums(small_log([], cases, horizon=at(7, "17:00")), "items_passing") == (passing, 2)


def test_an_item_is_not_prompt_while_too_many_of_its_cases_may_still_be_late() -> None:
    """18 decided after a day, 2 open on their fifth day: the curve ends at 90 per cent, the promise is not shown to be kept."""
    cases = [case(k, at(0, "9:00"), at(1, "9:00") if k < 18 else None) for k in range(20)]
    log = small_log([], cases, horizon=at(7, "17:00"))
    assert (value(log, "items_prompt"), value(log, "items_tested")) == (0, 0)
    assert (value(later := small_log([], cases, horizon=at(8, "17:00")), "items_prompt"), value(later, "items_tested")) == (0, 1)


def test_a_case_filed_online_is_held_against_its_own_promise() -> None:
    """10 at the counter with 2 days and 10 online with 5: all take 3 days, so that half of the promises are broken; with 3 none is."""

    def log(counter: int) -> EventLog:
        cases = [case(k, at(0, "9:00"), at(3, "9:00"), promise_wd=counter if k < 10 else 5) for k in range(20)]
        return small_log([], cases, horizon=at(11, "17:00"))

    assert (value(log(2), "items_prompt"), value(log(3), "items_prompt")) == (0, 1)


# --- on what the engine writes -----------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(scenarios())
def test_measures_of_flow_on_random_centres(small: Scenario) -> None:
    """Causes and departments share out the same hours; nobody waits less than nothing; an item passes in all parts or not at all."""
    log = simulate(*prepared(small))
    able, unable = supported(log, CATALOGUE.values())
    stated = {"meta.burden": small.world.burden is not None, "meta.pay": small.centre.pay is not None}
    assert {column for _, column in unable if column.startswith("meta.")} == {column for column, known in stated.items() if not known}
    rows = measure(log, able).set_index(["measure", "group"])
    causes_of = rows.loc["days_by_cause"]
    assert causes_of["total"].sum() == pytest.approx(causes_of["n"].iloc[0])
    if "days_by_department" in rows.index.get_level_values(0):
        assert rows.loc["days_by_department"]["total"].sum() <= causes_of["n"].iloc[0] + 1e-6
    for name in ("hops", "transfer_wait", "join_wait"):
        assert (rows.loc[name]["total"] >= 0).all()
    parts = [rows.loc[name]["total"] for name in ("items_lawful", "items_prompt", "items_smooth")]
    assert all((rows.loc["items_passing"]["total"] <= part).all() for part in parts)
