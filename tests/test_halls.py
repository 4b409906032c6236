"""Several halls: which one a citizen goes to, what he may do there, and that rules alone can tell two equal halls apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import DAY, branched, counter, prepared, run, scenario, scenarios, task, told

from simulation.engines.process import simulate
from simulation.plan import compile_plan
from simulation.scenario import Scenario
from simulation.site import Rules
from simulation.transition import joined
from simulation.units import Share

TOWN = {"town": ("1", "10 min", "30 min")}
"""Everybody lives 10 minutes from the hall and 30 from the branch."""
NORTH = {"north": ("1", "40 min", "5 min")}
"""Everybody lives 40 minutes from the hall and 5 from the branch."""
DECIDED = {"serve": counter("a", decides=True)}


def places(log: Any) -> list[str]:
    """Where each case was served, in order of its first service."""
    rows = log.events[log.events["kind"] == "service"].astype(object)
    return rows.sort_values("case").groupby("case")["site"].first().tolist()


@pytest.mark.parametrize(("zones", "site"), [(TOWN, "hall"), (NORTH, "branch"), (None, "hall")])
def test_everybody_goes_to_the_nearest_hall_and_to_the_first_of_two_as_near(zones: Any, site: str) -> None:
    small = branched(scenario(route=DECIDED), {"B1": "a"}, zones)
    assert places(run(small, n="9:00, 9:00, 9:05")) == [site] * 3


def test_a_longer_posted_queue_sends_to_the_farther_hall() -> None:
    """One window each, 10 minutes a service, a minute of posted wait weighs as one of travel. The hall is 10 minutes away, the branch 30.

    9:00  0 waits at neither: hall 10 < branch 30.  Called at once.
    9:01  nobody waits (case 0 is served): hall.    9:02  one waits: 10 + 10 = 20 < 30, hall.
    9:03  two wait: 10 + 20 = 30, as far as the branch: the hall, which stands first.
    9:04  three wait: 10 + 30 = 40 > 30: the branch, at once.
    9:20:01  the hall called case 2 at 9:20, so only case 3 waits: 10 + 10 = 20 < 30, hall.
    """
    small = branched(scenario(route=DECIDED), {"B1": "a"}, TOWN, weight="1")
    assert told(run(small, n="9:00, 9:01, 9:02, 9:03, 9:04, 9:20:01"), "service") == [
        "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
        "1 | service | serve | 9:01 | 9:10 | 9:20 | W1 | done",
        "2 | service | serve | 9:02 | 9:20 | 9:30 | W1 | done",
        "3 | service | serve | 9:03 | 9:30 | 9:40 | W1 | done",
        "4 | service | serve | 9:04 | 9:04 | 9:14 | B1 | done",
        "5 | service | serve | 9:20:01 | 9:40 | 9:50 | W1 | done",
    ]


def test_the_board_shows_the_second_before() -> None:
    """Five come in one second: the board shows nobody, all go to the hall. A second later four wait: 10 + 40 > 30, the branch.

    At 9:10 case 1 is called in this very second; the board still shows four waiting, and 9:10 goes to the branch as well. A second
    later three wait, 10 + 30 = 40 > 30, at the branch one, 30 + 10 = 40: as far, the hall.
    """
    small = branched(scenario(route=DECIDED), {"B1": "a"}, TOWN, weight="1")
    log = run(small, n="9:00, 9:00, 9:00, 9:00, 9:00, 9:00:01, 9:10, 9:10:01")
    assert places(log) == [*["hall"] * 5, "branch", "branch", "hall"]


def test_more_windows_halve_the_posted_wait() -> None:
    """Three wait at a hall of two windows: 3 x 10 / 2 = 15 minutes, 10 + 15 = 25 < 30. With one window: 10 + 50 > 30."""
    came = dict(n="9:00, 9:00, 9:00, 9:00, 9:00, 9:00:01")
    two = branched(scenario(route=DECIDED, windows={"W1": "a", "W2": "a"}), {"B1": "a"}, TOWN, weight="1")
    one = branched(scenario(route=DECIDED), {"B1": "a"}, TOWN, weight="1")
    assert places(run(two, **came))[-1] == "hall"
    assert places(run(one, **came))[-1] == "branch"


def test_before_a_window_is_manned_the_board_reckons_with_one() -> None:
    """The hall's window opens at 10:00; two wait from 9:00: 10 + 20 = 30 is as far as the branch, three are farther."""
    small = branched(scenario(route=DECIDED, shifts={"W1": "10:00-17:00"}), {"B1": "a"}, TOWN, weight="1")
    assert places(run(small, n="9:00, 9:00, 9:01, 9:02")) == ["hall", "hall", "hall", "branch"]


@pytest.mark.parametrize(
    ("zones", "stands", "post"), [(TOWN, "hall", "K1"), (NORTH, "hall", "B1"), (TOWN, "branch", "W1"), (NORTH, "branch", "K1")]
)
def test_a_machine_is_taken_where_the_hall_one_goes_to_has_it(zones: Any, stands: str, post: str) -> None:
    """Everybody would take the machine; who goes to the hall without it is served by an officer, and nobody goes to another for it."""
    items = {"x": {"route": DECIDED, "self_service": {"queue": "kiosk"}}}
    small = branched(scenario(items=items, machines={"K1": "kiosk"}, responses={"self_service": "1"}), {"B1": "a"}, zones)
    centre, there = small.centre, {"site": stands}
    queues = {**centre.queues, "kiosk": centre.queues["kiosk"].model_copy(update=there)}
    windows = {**centre.windows, "K1": centre.windows["K1"].model_copy(update=there)}
    log = run(small.model_copy(update={"centre": centre.model_copy(update={"queues": queues, "windows": windows})}), n="9:00")
    assert told(log, "service") == [f"0 | service | serve | 9:00 | 9:00 | 9:10 | {post} | done"]


def test_an_item_is_offered_where_all_its_counters_are() -> None:
    """Item x needs a and b; the branch near by has a alone. Item y needs a: its citizens go to the branch."""
    items = {"x": {"route": {"accept": counter("a"), "pay": counter("b", decides=True)}}, "y": {"route": DECIDED}}
    plain = scenario(items=items, windows={"W1": "a", "W2": "b"}, needs={"n": {}, "m": {"items": ["y"]}})
    assert places(run(branched(plain, {"B1": "a"}, NORTH), n="9:00", m="9:00")) == ["hall", "branch"]
    assert places(run(branched(plain, {"B1": "a b"}, NORTH), n="9:00", m="9:00")) == ["branch", "branch"]
    assert places(run(branched(plain, {"B1": "a b"}, NORTH, site={"items": ["x"]}), n="9:00", m="9:00")) == ["branch", "hall"]


def test_a_hall_that_is_shut_is_nobodys_choice() -> None:
    """The branch closes at noon, and its tickets stop at 11:30."""
    hours = {"working": ["9:00-12:00"], "stop_tickets_at": "11:30"}
    small = branched(scenario(route=DECIDED), {"B1": "a"}, NORTH, site=hours, shifts={"B1": "9:00-12:00"})
    assert places(run(small, n="9:00, 11:29:59, 11:30, 13:00")) == ["branch", "branch", "hall", "hall"]


def test_one_visit_is_in_one_hall_and_the_result_is_collected_there() -> None:
    """Accepted at the branch, paid there, reviewed in the department, collected there the next day."""
    route = {"accept": counter("a"), "pay": counter("b"), "review": task("p", decides=True)}
    item = {"delivery": {"queue": "b", "collect": "1", "touch": {"constant": "5 min"}}}
    plain = scenario(route=route, item=item, pools={"p": {"people": {"p": "1"}}}, windows={"W1": "a", "W2": "b"}, days=3)
    log = run(branched(plain, {"B1": "a", "B2": "b"}, NORTH), n="9:00")
    tickets = log.events[log.events["kind"] == "service"].astype(object)
    assert tickets[["visit", "queue", "post", "site"]].to_numpy().tolist() == [
        [1, "a-branch", "B1", "branch"], [1, "b-branch", "B2", "branch"], [2, "b-branch", "B2", "branch"],
    ]  # fmt: skip


def test_a_result_that_the_branch_does_not_hand_out_is_collected_in_the_hall() -> None:
    route = {"accept": counter("a"), "review": task("p", decides=True)}
    item = {"delivery": {"queue": "b", "collect": "1", "touch": {"constant": "5 min"}}}
    plain = scenario(route=route, item=item, pools={"p": {"people": {"p": "1"}}}, windows={"W1": "a", "W2": "b"}, days=3)
    log = run(branched(plain, {"B1": "a"}, NORTH), n="9:00")
    assert log.events[log.events["kind"] == "service"]["post"].astype(str).tolist() == ["B1", "W2"]


def test_who_was_told_what_is_missing_chooses_anew_and_an_accepted_file_keeps_its_hall() -> None:
    """One window each, 10 minutes a service; hall 10, branch 30 minutes away; papers are incomplete at the first coming only. On Monday
    the board at the hall shows four waiting: case 4 goes to the branch. On Tuesday, with nobody waiting, it goes to the hall, and there
    the result is collected on Wednesday, however long the queue.
    """
    answers = {"complete": {"none": "0", "list": "0", "checked": "0"}}
    route = {"accept": counter("a"), "review": task("p", decides=True)}
    item = {"delivery": {"queue": "a", "collect": "1", "touch": {"constant": "5 min"}}}
    plain = scenario(route=route, item=item, pools={"p": {"people": {"p": "1"}}}, responses=answers, days=5)
    log = run(branched(plain, {"B1": "a"}, TOWN, weight="1"), n="9:00, 9:01, 9:02, 9:03, 9:04")
    tickets = log.events[log.events["kind"] == "service"]
    assert tickets[tickets["case"] == 4]["site"].astype(str).tolist() == ["branch", "hall", "hall"]


def test_who_is_misrouted_is_so_in_the_hall_where_he_is() -> None:
    """Everybody is misrouted once: at the branch to the branch's other queue, never to the hall's."""
    plain = scenario(route=DECIDED, windows={"W1": "a", "W2": "b"}, responses={"misrouted": {"desk": "1", "none": "1"}})
    log = run(branched(plain, {"B1": "a", "B2": "b"}, NORTH), n="9:00")
    assert told(log, "service") == [
        "0 | service | referral | 9:00 | 9:00 | 9:02 | B2 | not_accepted",
        "0 | service | serve | 9:02 | 9:02 | 9:12 | B1 | done",
    ]


def test_files_leave_by_the_runs_of_the_hall_that_accepted_them() -> None:
    """The hall sends a file at 11:30, the branch at 16:30."""
    route = {"accept": counter("a"), "inward": {"kind": "transfer"}, "review": task("p", decides=True)}
    site = {"transfers": [{"leaves": "11:30", "arrives": "13:30"}]}
    plain = scenario(route=route, site=site, pools={"p": {"people": {"p": "1"}}}, days=2)
    late = {"transfers": [{"leaves": "16:30", "arrives": "9:05"}]}
    for zones, moments in ((TOWN, "9:10 | 11:30 | 13:30"), (NORTH, "9:10 | 16:30 | 1 9:05")):
        log = run(branched(plain, {"B1": "a"}, zones, site=late), n="9:00")
        assert told(log, "transfer") == [f"0 | transfer | inward | {moments} | - | done"]


def test_a_special_skill_is_asked_for_in_every_hall() -> None:
    """Step `seal` at queue a needs the skill `sealing`; nobody at the branch has it, so the item is not offered there."""
    plain = scenario(items={"x": {"route": {"seal": counter("a", skill="sealing", decides=True)}}}, staff={"skills": ["a", "sealing"]})
    assert places(run(branched(plain, {"B1": "a"}, NORTH), n="9:00")) == ["hall"]


def test_zones_are_written_down_and_change_nothing_in_one_hall() -> None:
    plain = scenario(route=DECIDED, days=2)
    zones = branched(plain, {"B1": "a"}, {"near": ("0.25", "1 min", "60 min"), "far": ("0.75", "20 min", "90 min")}).world
    lived = plain.model_copy(update={"world": zones})
    came = dict(n=", ".join(f"{9 + k // 60}:{k % 60:02}" for k in range(120)))
    log, before = run(lived, **came), run(plain, **came)
    assert log.meta.travel == {"near": {"hall": 60, "branch": 3600}, "far": {"hall": 1200, "branch": 5400}}
    assert 0.6 < (log.cases["zone"] == "far").mean() < 0.9
    assert "zone" not in before.cases
    assert log.events.equals(before.events)
    assert log.cases.drop(columns="zone").equals(before.cases)


def test_a_need_may_come_from_one_zone() -> None:
    plain = scenario(route=DECIDED, needs={"n": {}, "m": {}})
    small = branched(plain, {"B1": "a"}, {"town": ("0.5", "1 min", "60 min"), "north": ("0.5", "60 min", "1 min")})
    only = small.world.needs["m"].model_copy(update={"zones": {"north": Share(1)}})
    world = small.world.model_copy(update={"zones": small.world.zones, "needs": {**small.world.needs, "m": only}})
    log = run(small.model_copy(update={"world": world}), m=", ".join(f"9:{k:02}" for k in range(20)))
    assert set(log.cases["zone"]) == {"north"}
    assert set(places(log)) == {"branch"}


# --- one version of the rules, or two ----------------------------------------------------------------------------


def equal_halls(rules: dict[str, str] | None = None) -> Scenario:
    """Two halls with the same windows, each near to half of the citizens; the branch may work by an older version."""
    answers = {"complete": {"none": "0.5", "list": "0.8", "checked": "0.9"}, "complete_again": {"piecemeal": "0.5", "one_time": "0.9"}}
    plain = scenario(route=DECIDED, windows={"W1": "a", "W2": "a"}, responses=answers, needs={"n": {"rate": "80 per day"}}, days=8)
    zones = {"town": ("0.5", "5 min", "40 min"), "north": ("0.5", "40 min", "5 min")}
    return branched(plain, {"B1": "a", "B2": "a"}, zones, site={"rules": rules} if rules else {})


def differences(small: Scenario, n: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Branch less hall, by replication: share of first contacts told what is missing, and mean wait in seconds."""
    missing, waits = [], []
    for replication in range(n):
        plan, draws = prepared(small, seed=2, replication=replication)
        events = simulate(plan, draws).events
        tickets = events[(events["kind"] == "service") & (events["visit"] == 1) & events["end"].notna()]
        told_ = (tickets["outcome"] == "supplement").groupby(tickets["site"].astype(str)).mean()
        wait = (tickets["start"] - tickets["entered"]).astype(float).groupby(tickets["site"].astype(str)).mean()
        missing.append(told_["branch"] - told_["hall"])
        waits.append(wait["branch"] - wait["hall"])
    return np.array(missing), np.array(waits)


def interval(x: np.ndarray) -> tuple[float, float]:
    """Student's 95 % interval of the mean."""
    from scipy.stats import t

    half = float(t.ppf(0.975, len(x) - 1)) * x.std(ddof=1) / len(x) ** 0.5
    return float(x.mean() - half), float(x.mean() + half)


def test_one_version_of_the_rules_leaves_no_difference_between_equal_halls_and_an_older_one_does() -> None:
    """Papers are complete for 80 % under the list in both halls, or for 50 % where there is no guide: 30 points apart."""
    missing, waits = map(interval, differences(equal_halls()))
    assert missing[0] < 0 < missing[1]
    assert missing[1] - missing[0] < 0.1
    assert waits[0] < 0 < waits[1]
    assert interval(differences(equal_halls({"guide": "none"}))[0])[0] > 0.2


def test_the_citizen_keeps_his_luck_under_the_other_version() -> None:
    """Whoever is complete without a guide is complete with the list: in the same hall the older version only adds to those told."""
    told_ = []
    for rules in (None, {"guide": "none"}):
        plan, draws = prepared(equal_halls(rules))
        log = simulate(plan, draws)
        early = log.events["entered"] < 7 * DAY  # the last day is cut off, for some before and for some after the counter
        first = log.events[(log.events["outcome"] == "supplement") & (log.events["visit"] == 1) & early].merge(log.cases, on="case")
        told_.append(set(zip(first["number"], first["site"].astype(str), strict=True)))
    now, older = ({number for number, site in t if site == "branch"} for t in told_)
    assert now < older
    assert {n for n, site in told_[0] if site == "hall"} == {n for n, site in told_[1] if site == "hall"}


def test_rules_of_a_hall_hold_for_the_notice_too() -> None:
    small = equal_halls()
    older = small.centre.sites["branch"].model_copy(update={"rules": Rules(notice="piecemeal")})
    centre = small.centre.model_copy(update={"sites": {**small.centre.sites, "branch": older}})
    plan, _ = prepared(small.model_copy(update={"centre": centre}))
    assert (plan.halls.rules[1] >> 16).tolist() == [[[int(0.8 * 65536)]], [[32768]]]


def test_an_old_case_meets_the_version_its_own_order_had_in_that_hall() -> None:
    """Until day 1 the branch works without a guide, afterwards by the list: in the joined plan, cases of before keep their chance."""
    old, new = equal_halls({"guide": "none"}), equal_halls()
    one, two = (compile_plan(s, prepared(new)[0].calendar) for s in (old, new))
    both = joined(one, two, 1)
    assert both.halls.rules[3][0, 0, 0] == one.halls.rules[1][0, 0, 0] == 1 << 31
    assert both.halls.rules[3][0, 1, 1] == two.complete[0, 0, 0]


@settings(max_examples=15, deadline=None)
@given(scenarios())
def test_every_ticket_of_a_visit_is_in_one_hall(small: Scenario) -> None:
    """But for results that a branch does not hand out, which `scenarios` hand out everywhere or not at all."""
    plan, draws = prepared(small)
    log = simulate(plan, draws).validate()
    tickets = log.events[log.events["kind"].isin(["service", "queue"]) & log.events["site"].notna()]
    assert (tickets.groupby(["case", "visit"])["site"].nunique() <= 1).all()
