"""Who is at his window, who covers for whom, and how officers differ: whole small logs, each with its calculation by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_log import sums, value
from strategies import calendar, counter, prepared, scenario, second, shown, task, told

from simulation.draws import Citizens
from simulation.engines.attendance import Presence
from simulation.engines.process import simulate
from simulation.log import EventLog
from simulation.measures import CATALOGUE, measure
from simulation.plan import compile_plan
from simulation.scenario import Scenario
from simulation.seating import threshold

PUNCTUAL = {"late": "0", "late_by": {"constant": "10 min"}, "gap": "0", "gap_lasts": {"constant": "20 min"}}
LATE = {**PUNCTUAL, "late": "1"}
GAP = {**PUNCTUAL, "gap": "1"}
AWAY = {"starts": "1", "lasts_wd": {"discrete": {"1": "1"}}}


def lucky(small: Scenario, times: str, luck: float = 0.5) -> EventLog:
    """The log of citizens of need `n`, where every uniform of an officer is `luck`: a gap begins halfway through an interval."""
    plan, draws = prepared(small)
    seconds = np.array([second(t) for t in times.split(",")], dtype=np.int64)
    n = len(seconds)
    draws.citizens = (Citizens(seconds // 86_400, np.arange(n), seconds, np.zeros(n, dtype=bool), np.ones(n, dtype=np.int64)),)
    draws.of_duty = lambda purpose, person, begins: np.full(plan.days, luck)  # type: ignore[method-assign]
    draws.of_officer = lambda purpose, person: luck  # type: ignore[method-assign]
    return simulate(plan, draws).validate()


def hall(attendance: dict[str, Any], **fields: Any) -> Scenario:
    return scenario(site={"attendance": attendance}, **fields)


def duty(log: EventLog, post: str = "W1") -> list[str]:
    rows = log.duty[log.duty["post"] == post]
    return [f"{shown(r['from'])} {shown(r['to'])} {r['state']} {r['people']}" for r in rows.to_dict("records")]


def called(log: EventLog) -> list[str]:
    return [shown(t) for t in log.events.loc[log.events["kind"] == "service", "start"]]


def test_a_window_that_opens_late_serves_from_then_on() -> None:
    """Nobody is there before 9:10 and before 13:10; 20 of 420 minutes are unmanned, and the hall pays for all of them."""
    log = lucky(hall(LATE), "9:00, 9:00, 13:05")
    assert told(log, "service") == [
        "0 | service | serve | 9:00 | 9:10 | 9:20 | W1 | done",
        "1 | service | serve | 9:00 | 9:20 | 9:30 | W1 | done",
        "2 | service | serve | 13:05 | 13:10 | 13:20 | W1 | done",
    ]
    assert duty(log) == ["9:00 9:10 unmanned 1", "9:10 12:00 open 1", "13:00 13:10 unmanned 1", "13:10 17:00 open 1"]
    found = measure(log, [CATALOGUE[m] for m in ("window_manned_share", "utilisation", "paid_hours")])
    rows = found[found["group"] == "all"].set_index("measure")
    assert rows.loc["window_manned_share", ["total", "n"]].tolist() == [400 * 60, 420 * 60]
    assert rows.loc["utilisation", ["total", "n"]].tolist() == [30 * 60, 420 * 60]
    assert rows.loc["paid_hours", "total"] == 7


def test_who_serves_when_his_gap_begins_finishes_first_and_is_back_when_it_ends() -> None:
    """The gap is 10:30 to 10:50. Case 0 is served from 10:25 to 10:35; case 1, there at 10:30, waits until 10:50. The afternoon's gap,
    15:00 to 15:20, is not seen by case 2, who is served from 14:55 for half an hour, nor by case 3 behind him.
    """
    log = lucky(hall(GAP), "10:25, 10:30")
    assert told(log, "service") == [
        "0 | service | serve | 10:25 | 10:25 | 10:35 | W1 | done",
        "1 | service | serve | 10:30 | 10:50 | 11:00 | W1 | done",
    ]
    assert duty(log)[:3] == ["9:00 10:30 open 1", "10:30 10:50 unmanned 1", "10:50 12:00 open 1"]
    log = lucky(hall(GAP, route={"serve": counter("a", "30 min")}), "14:55, 15:00")
    assert told(log, "service") == [
        "0 | service | serve | 14:55 | 14:55 | 15:25 | W1 | done",
        "1 | service | serve | 15:00 | 15:25 | 15:55 | W1 | done",
    ]


def test_a_gap_at_one_window_leaves_the_other_to_serve() -> None:
    """Both windows are away from 10:30 to 10:50 but for W2's earlier start: its interval from 8:00 to 12:00 has its middle at 10:00."""
    log = lucky(hall(GAP, windows={"W1": "a", "W2": "a"}, shifts={"W2": "8:00-12:00"}), "10:00, 10:31, 10:31")
    assert told(log, "service") == [
        "0 | service | serve | 10:00 | 10:00 | 10:10 | W1 | done",
        "1 | service | serve | 10:31 | 10:31 | 10:41 | W2 | done",
        "2 | service | serve | 10:31 | 10:41 | 10:51 | W2 | done",
    ]


@pytest.mark.parametrize(
    ("round_", "back"), [("10:20", "10:50"), ("10:30", "10:32"), ("10:40", "10:42"), ("10:49", "10:50"), ("10:50", "10:50")]
)
def test_a_round_shortens_a_gap_that_it_sees(round_: str, back: str) -> None:
    """The gap is 10:30 to 10:50; whoever is found missing is back two minutes after the round, and never later than by himself."""
    log = lucky(hall({**GAP, "patrol": [round_], "returns": "2 min"}), "10:30")
    assert called(log) == [back]
    assert duty(log)[1] == f"10:30 {back} unmanned 1"


def test_a_round_finds_the_late_and_only_the_first_round_counts() -> None:
    log = lucky(hall({**LATE, "patrol": ["9:03", "9:05"], "returns": "1 min"}), "9:00")
    assert called(log) == ["9:04"]


def test_who_is_missing_at_closing_does_not_come_back_for_the_overrun() -> None:
    """At luck 0.99 the gap begins at 16:57:36; a ticket of 16:58 waits in vain although the hall would call it until 17:40."""
    late = scenario(site={"attendance": GAP, "overrun": "40 min"})
    assert told(lucky(late, "16:58", luck=0.99)) == ["0 | queue | serve | 16:58 | - | 17:40 | a | interrupted"]
    assert told(lucky(scenario(site={"overrun": "40 min"}), "16:58"), "service")[0].endswith("16:58 | 17:08 | W1 | done")


def test_an_outage_cuts_a_post_and_not_the_interval_of_its_person() -> None:
    """Late until 9:10 by the interval from 9:00, with the system down until 9:05: no second lateness begins with the second piece."""
    outage = {"department": "d", "first": "2023-03-06", "last": "2023-03-06", "hours": "9:00-9:05"}
    assert duty(lucky(hall(LATE, world={"outages": [outage]}), "9:00"))[:2] == ["9:05 9:10 unmanned 1", "9:10 12:00 open 1"]


def test_a_person_is_late_on_the_same_days_whoever_sits_beside_him() -> None:
    """Keyed by person, date and interval: more windows, another horizon or longer hours move no lateness and no gap."""
    half = {**PUNCTUAL, "late": "0.5", "gap": "0.5"}

    def missing(small: Scenario) -> list[Any]:
        plan, draws = prepared(small)
        presence = Presence(plan, draws)
        mine = [k for k, p in enumerate(presence.posts) if plan.persons[p["person"]] == "of-W1"]
        return [(presence.posts[k]["opens"] // 86_400, presence.manned[k]) for k in mine]

    alone = missing(hall(half, days=10))
    assert 5 < sum(len(spans) > 1 or spans[0][1] - spans[0][0] not in (10_800, 14_400) for _, spans in alone) < 20
    assert missing(hall(half, windows={"W0": "a", "W1": "a"}, days=10)) == alone
    assert missing(hall(half, days=12))[: len(alone)] == alone
    lunch = missing(hall(half, days=10, shifts={"W1": "9:00-12:00 12:00-13:00 13:00-17:00"}))
    assert len(lunch) == len(alone) + 10 and all(interval in lunch for interval in alone)


# --- cover -------------------------------------------------------------------------------------------------------


def covered(heads: int, cover: str, **fields: Any) -> Scenario:
    """A counter whose person is absent, and two officers who review for half an hour each."""
    route = {"serve": counter("a"), "review": task("o", "30 min", decides=True)}
    site = {"cover": cover, "cover_pace": "1.2"}
    return scenario(route=route, pools={"o": {"people": {"o": str(heads)}}}, site=site, **{"staff": {"absence": AWAY}, **fields})


def test_cover_opens_the_window_and_takes_a_head_so_that_a_file_waits() -> None:
    """The officer who sits in takes 12 minutes instead of 10; of the two reviewers one is left, so that case 1 waits from 9:24 to 9:42."""
    log = lucky(covered(2, "department"), "9:00, 9:00")
    assert told(log, "service", "task") == [
        "0 | service | serve | 9:00 | 9:00 | 9:12 | W1 | done",
        "0 | task | review | 9:12 | 9:12 | 9:42 | o | done",
        "1 | service | serve | 9:00 | 9:12 | 9:24 | W1 | done",
        "1 | task | review | 9:24 | 9:42 | 10:12 | o | done",
    ]
    assert duty(log)[:2] == ["9:00 12:00 away 1", "9:00 12:00 open 1"] and duty(log, "pool:o")[0] == "9:00 12:00 working 1"


def test_who_is_absent_is_paid_whether_or_not_somebody_sits_in() -> None:
    """One at a window and two officers, 7 hours each at 100 CNY (of 1743 in a year): 21 hours and 2100 CNY, whoever is absent.

    A window whose person is absent is manned as long as somebody sits in.
    """
    pay: dict[str, Any] = {"centre": {"pay": {"centre": "174300 CNY", "posted": "174300 CNY", "contracted": "174300 CNY"}}}
    route = {"serve": counter("a"), "review": task("o", "30 min", decides=True)}
    sick = scenario(route=route, pools={"o": {"people": {"o": "2"}, "absence": AWAY}}, **pay)
    nobody: dict[str, Any] = {"staff": {}}
    centres = [sick, *(covered(2, cover, **pay, **more) for cover, more in (("none", nobody), ("none", {}), ("department", {})))]
    logs = [lucky(small, "9:00") for small in centres]
    assert [sums(log, "paid_hours") for log in logs] == [(21, 1)] * 4
    assert [sums(log, "centre_cost") for log in logs] == [pytest.approx((2100, 1))] * 4
    assert [value(log, "window_manned_share") for log in logs] == [1, 1, 0, 1]


def test_nobody_covers_out_of_a_pool_of_one_or_where_there_is_no_cover() -> None:
    """Today's hall: an absent person's window stays shut, and the ticket is sent home at noon and has nobody to come back to."""
    for small in (covered(1, "department"), covered(2, "none")):
        log = lucky(small, "9:00")
        assert log.events["outcome"].tolist() == ["interrupted"]
        assert duty(log)[0] == "9:00 12:00 absent 1"


def test_who_is_present_needs_no_cover() -> None:
    log = lucky(covered(2, "department", staff={}), "9:00, 9:00")
    assert duty(log, "pool:o")[0] == "9:00 12:00 working 2"
    assert told(log, "task")[1] == "1 | task | review | 9:20 | 9:20 | 9:50 | o | done"


def test_cover_goes_round_in_the_order_of_the_staff_list() -> None:
    """Two windows without their people and two officers: the first of the list is covered, and one officer stays."""
    log = lucky(covered(2, "department", windows={"W1": "a", "W2": "a"}), "9:00")
    found = [row for w in ("W1", "W2", "pool:o") for row in duty(log, w) if row.startswith("9:00")]
    assert found == ["9:00 12:00 away 1", "9:00 12:00 open 1", "9:00 12:00 absent 1", "9:00 12:00 working 1"]


# --- discretion --------------------------------------------------------------------------------------------------


def test_an_officer_has_a_factor_of_his_own() -> None:
    """The median of a lognormal law with mean 1 and coefficient of variation 0.75 is 1 / sqrt(1 + 0.75**2) = 0.8: the median officer
    takes 12:30 for 10 minutes.
    """
    log = lucky(scenario(site={"discretion": {"spread": "0.75", "unlisted": "0"}}), "9:00")
    assert told(log, "service") == ["0 | service | serve | 9:00 | 9:00 | 9:12:30 | W1 | done"]


def test_an_unlisted_paper_costs_another_trip_although_the_papers_are_complete() -> None:
    """Asked for at each of two visits, each half the work of ten minutes; then the visits are used up. Nobody asks in a consultation."""
    discretion = {"discretion": {"spread": "0", "unlisted": "1"}}
    plain = scenario(site=discretion, item={"max_visits": "2"}, days=2)
    strict = plain.model_copy(update={"centre": plain.centre.model_copy(update={"incomplete_touch": 0.5})})
    log = lucky(strict, "9:00")
    assert told(log, "service")[0] == "0 | service | serve | 9:00 | 9:00 | 9:05 | W1 | supplement"
    rows = log.events[log.events["kind"] == "service"]
    assert (rows["outcome"].tolist(), rows["reason"].tolist()) == (["supplement"] * 2, ["unlisted_paper"] * 2)
    assert log.cases["outcome"].tolist() == ["withdrawn"]
    asked = scenario(site=discretion, item={"case_class": "consultation"})
    assert told(lucky(asked, "9:00"), "service") == ["0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done"]


def test_papers_that_are_incomplete_are_not_asked_for_twice() -> None:
    """Incomplete papers end the contact for their own reason, and the unlisted paper is not looked for."""
    responses = {"complete": {"none": "0", "list": "0", "checked": "0"}}
    small = scenario(site={"discretion": {"spread": "0", "unlisted": "1"}}, responses=responses)
    rows = lucky(small, "9:00").events
    assert rows.loc[rows["kind"] == "service", "reason"].isna().all()


def test_a_standard_narrows_the_spread_and_leaves_everybody_his_place() -> None:
    """60 officers: speeds have mean 1 and factors the stated spread within sampling error; a fifth of the spread keeps their order."""
    windows = {f"W{k}": "a" for k in range(60)}

    def officers(spread: str, unlisted: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        site = {"discretion": {"spread": spread, "unlisted": unlisted, "unlisted_spread": "0.8"}}
        plan, draws = prepared(scenario(windows=windows, site=site))
        posts = Presence(plan, draws).posts
        return np.array([p["pace"] for p in posts[:60]]), np.array([p["unlisted"] for p in posts[:60]])

    wide, strict = officers("0.25", "0.05")
    narrow, mild = officers("0.05", "0.01")
    assert abs((1000 / wide).mean() - 1) < 0.1 and abs(wide.std() - 250) < 75
    assert abs(narrow.std() - 50) < 15
    assert (np.sign(np.subtract.outer(wide, wide)) * np.sign(np.subtract.outer(narrow, narrow)) >= 0).all()
    assert np.allclose(mild, strict / 5, atol=1)
    assert abs(strict.mean() / threshold(0.05) - 1) < 0.35


def test_whoever_sits_in_is_an_average_officer() -> None:
    site = {"cover": "department", "discretion": {"spread": "0.75", "unlisted": "0.1", "unlisted_spread": "0.75"}}
    small = scenario(
        route={"serve": counter("a"), "review": task("o", decides=True)}, pools={"o": {"people": {"o": "2"}}}, site=site,
        staff={"absence": AWAY},
    )  # fmt: skip
    plan = compile_plan(small, calendar())
    _, draws = prepared(small)
    posts = Presence(plan, draws).posts
    assert {(p["pace"], p["unlisted"]) for p in posts} == {(1000, threshold(0.1))}
