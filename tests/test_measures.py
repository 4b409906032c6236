"""Measures of tickets and windows on small logs worked out by hand, and what every measure owes its reader."""

from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_log import at, case, groups, small_log, sums, task, ticket, value, waits

from simulation.errors import LogRefused
from simulation.log import EventLog
from simulation.measures import CATALOGUE, Unsupported, measure, supported
from simulation.measures.survival import encode, km_quantile

ALL = list(CATALOGUE.values())


def hall() -> EventLog:
    """One Monday until 17:00. Waits at the first queue, by hand:

    case 1  a  9:00 called  9:10 (10 min)           comes again to collect at 15:00, called 15:10 (10 min)
    case 2  a  9:05 called  9:20 (15 min)
    case 3  a  9:10 called  9:30 (20 min)           then b 9:40 called 10:15 (35 min, a later counter)
    case 4  b 10:00 left   10:20                    called at w2 when gone: 10:20 to 10:21
    case 5  a 11:50 sent home 12:00
    case 6  b 16:00 still waiting at 17:00
    case 7  a 14:00 called 14:00 (0 min)            a consultation
    """
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:10"), at(0, "9:20")),
        ticket(1, at(0, "15:00"), at(0, "15:10"), at(0, "15:12"), visit=2),
        ticket(2, at(0, "9:05"), at(0, "9:20"), at(0, "9:30")),
        ticket(3, at(0, "9:10"), at(0, "9:30"), at(0, "9:40")),
        ticket(3, at(0, "9:40"), at(0, "10:15"), at(0, "10:20"), queue="b", post="w2"),
        waits(4, at(0, "10:00"), at(0, "10:20"), "left", queue="b"),
        ticket(4, None, at(0, "10:20"), at(0, "10:21"), queue="b", post="w2", outcome="no_show"),
        waits(5, at(0, "11:50"), at(0, "12:00"), "interrupted"),
        waits(6, at(0, "16:00"), None, "open", queue="b"),
        ticket(7, at(0, "14:00"), at(0, "14:00"), at(0, "14:05")),
    ]
    cases = [
        case(1, at(0, "9:20"), at(0, "9:20"), item="permit"),
        case(2, at(0, "9:30"), group="elderly"),
        case(3, at(0, "9:40")),
        case(4, outcome="withdrawn"),
        case(5),
        case(6),
        case(7, at(0, "14:05"), **{"class": "consultation"}, purpose="consultation", outcome="done"),
    ]
    return small_log(events, cases, horizon=at(0, "17:00"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # First queue: 0, 10, 10, 15, 20 min. Any queue: those and 35 min.
        ("wait_mean", 660), ("wait_median", 600), ("wait_p90", 1200), ("wait_over_15", 1 / 5), ("wait_over_30", 0),
        ("wait_mean_all", 900), ("wait_median_all", 600), ("wait_p90_all", 2100), ("wait_over_15_all", 2 / 6), ("wait_over_30_all", 1 / 6),
        # 9 tickets; the fate of one is unknown.
        ("tickets_per_day", 9), ("walk_away_share", 1 / 8), ("sent_home_share", 1 / 8), ("consultation_share", 1 / 9),
        ("collection_share", 1 / 9),
    ],
)  # fmt: skip
def test_tickets_of_a_small_hall_as_counted_by_hand(name: str, expected: float) -> None:
    assert value(hall(), name) == pytest.approx(expected)


def test_waits_are_told_by_queue_item_group_window_and_half_hour() -> None:
    """Permit: case 1, twice 10 min. Elderly: case 2, 15 min. From 9:00 to 9:30: 10, 15, 20. Queue b has no first ticket that was served."""
    found = groups(hall(), "wait_mean")
    assert found["item:permit"] == 600
    assert found["group:elderly"] == 900
    assert found["half_hour:09:00"] == 900
    assert found["queue:a"] == found["window:w1"] == 660
    assert "queue:b" not in found
    assert groups(hall(), "wait_p90")["group:elderly"] == 900


def test_the_peak_is_the_worst_queue_and_half_hour() -> None:
    """a from 9:00: (10 + 15 + 20) / 3 = 15 min; a from 14:00: 0; a from 15:00: 10."""
    assert sums(hall(), "wait_peak") == sums(hall(), "wait_peak", "queue:a") == (2700, 3)


def test_a_half_hour_with_less_than_a_ticket_a_day_is_no_peak() -> None:
    """Over two working dates, 20 minutes waited by a single ticket at 11:00 count less than two of 5 minutes at 9:00."""
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:05"), at(0, "9:10")),
        ticket(2, at(1, "9:00"), at(1, "9:05"), at(1, "9:10")),
        ticket(3, at(1, "11:00"), at(1, "11:20"), at(1, "11:30")),
    ]
    log = small_log(events, [case(1), case(2), case(3)], horizon=at(1, "17:00"))
    assert sums(log, "wait_peak") == (600, 2)


def test_queue_length_is_time_waited_over_time() -> None:
    """Minutes waited: 10 + 10 + 15 + 20 + 35 + 20 (left) + 10 (sent home) + 60 (until the cut-off) + 0 = 180, of 7 office hours.
    From 9:00 to 9:30 it is 10 + 15 + 20 of 30; of the 35 minutes from 9:40 on, 20 fall before 10:00."""
    assert sums(hall(), "queue_length") == (180 * 60, 7 * 3600)
    found = groups(hall(), "queue_length")
    assert found["half_hour:09:00"] == 1.5
    assert found["half_hour:09:30"] == pytest.approx(20 / 30)
    assert found["half_hour:16:00"] == 1
    assert found["queue:b"] == pytest.approx((35 + 20 + 60) / 420)


def test_a_ticket_belongs_to_the_window_in_which_it_was_taken() -> None:
    """From 9:05 to 9:10, the latter not included: only case 2, which is called later."""
    assert sums(hall(), "wait_mean", window=(at(0, "9:05"), at(0, "9:10"))) == (900, 1)


def test_further_files_of_a_ticket_and_the_guide_desk_are_no_tickets() -> None:
    """One ticket with two files after a word at the guide desk: one wait of 5 minutes, two trips in all (one of each file's case)."""
    events = [
        ticket(1, None, at(0, "8:55"), at(0, "8:57"), step="guide", post="desk"),
        ticket(1, at(0, "9:00"), at(0, "9:05"), at(0, "9:15")),
        ticket(2, None, at(0, "9:15"), at(0, "9:20")),
    ]
    log = small_log(events, [case(1, at(0, "9:15")), case(2, at(0, "9:20"))], horizon=at(0, "17:00"))
    assert sums(log, "wait_mean") == (300, 1)
    assert sums(log, "tickets_per_day") == (1, 1)
    assert sums(log, "trips") == (2, 2)


def counters() -> EventLog:
    """Monday. w1 is open 9:00-12:00 and serves 10:00-10:30 and 11:50-12:20: 40 minutes within, 20 over. w2 is open 9:00-12:00 and serves
    nobody. A pool of three works 9:00-11:00; one officer is absent 9:00-12:00."""
    events = [
        ticket(1, at(0, "10:00"), at(0, "10:00"), at(0, "10:30")),
        ticket(2, at(0, "11:50"), at(0, "11:50"), at(0, "12:20")),
    ]
    duty = [
        ("w1", at(0, "9:00"), at(0, "12:00"), "open", 1),
        ("w2", at(0, "9:00"), at(0, "12:00"), "open", 1),
        ("pool:reviewers", at(0, "9:00"), at(0, "11:00"), "working", 3),
        ("officer-7", at(0, "9:00"), at(0, "12:00"), "absent", 1),
    ]
    posts: dict[str, Any] = {
        "w1": {"site": "main", "department": "market"}, "w2": {"site": "main", "department": "tax"},
        "pool:reviewers": {"department": "market"},
    }  # fmt: skip
    return small_log(events, [case(1), case(2)], duty, horizon=at(1, "0:00"), posts=posts)


@pytest.mark.parametrize(
    ("name", "group", "expected"),
    [
        ("utilisation", "all", 40 / 360), ("utilisation", "window:w1", 40 / 180), ("utilisation", "window:w2", 0),
        ("utilisation", "department:market", 40 / 180), ("utilisation", "site:main", 40 / 360),
        ("busy_hours", "all", 1), ("overtime_hours", "all", 1 / 3), ("overtime_hours", "department:market", 1 / 3),
        # 3 + 3 at the windows, 3 x 2 in the pool, 3 absent on pay, and the overtime.
        ("paid_hours", "all", 15 + 1 / 3), ("paid_hours", "department:market", 9 + 1 / 3), ("paid_hours", "department:tax", 3),
    ],
)  # fmt: skip
def test_capacity_of_two_windows_as_counted_by_hand(name: str, group: str, expected: float) -> None:
    assert value(counters(), name, group) == pytest.approx(expected)


def test_openings_of_tidal_windows_are_counted_and_paid_once() -> None:
    """T1 opens at 9:30 and at 10:30 on Monday and at 9:30 on Tuesday: three openings in two days. w1 never stands by. T1's person is in
    his pool, and counted there, while T1 stands by: on Monday 3 h at w1, 3 h at T1 and in the pool together; on Tuesday 3 h and 3 h.
    """
    duty = [("w1", at(0, "9:00"), at(0, "12:00"), "open", 1), ("w1", at(1, "9:00"), at(1, "12:00"), "open", 1)]
    turns = [
        (0, "9:00", "9:30", "standby"), (0, "9:30", "10:00", "open"), (0, "10:00", "10:30", "standby"), (0, "10:30", "12:00", "open"),
        (1, "9:00", "9:30", "standby"), (1, "9:30", "12:00", "open"),
    ]  # fmt: skip
    for day, a, b, state in turns:
        duty.append(("T1", at(day, a), at(day, b), state, int(state == "open")))
        duty.append(("pool:p", at(day, a), at(day, b), "working", int(state == "standby")))
    posts = {"w1": {"site": "main"}, "T1": {"site": "main"}}
    log = small_log([ticket(1, at(0, "9:00"), at(0, "9:00"), at(0, "9:10"))], [case(1)], duty, horizon=at(2, "0:00"), posts=posts)
    assert groups(log, "tidal_openings") == {"all": 1.5, "window:T1": 1.5, "site:main": 1.5}
    assert value(log, "paid_hours") == pytest.approx(6)
    assert value(log, "utilisation", "site:main") == pytest.approx((10 / 60) / (6 + 4.5))
    assert sums(log, "window_manned_share") == (6 * 3600, 6 * 3600), "w1 alone"


def test_the_opening_of_a_tidal_window_moves_no_share_of_manned_time() -> None:
    """w1 is left for one of three hours; T1 stands by for three, or opens for two of them: two thirds either way."""
    posts = {"w1": {"site": "main"}, "T1": {"site": "main"}}
    w1 = [("w1", at(0, "9:00"), at(0, "11:00"), "open", 1), ("w1", at(0, "11:00"), at(0, "12:00"), "unmanned", 1)]
    calm, busy = (
        small_log([], [case(1)], [*w1, ("T1", at(0, "9:00"), at(0, end), "standby", 1), *opened], horizon=at(1, "0:00"), posts=posts)
        for end, opened in (("12:00", []), ("10:00", [("T1", at(0, "10:00"), at(0, "12:00"), "open", 1)]))
    )
    expected = {"all": 2 / 3, "window:w1": 2 / 3, "site:main": 2 / 3}
    assert groups(calm, "window_manned_share") == groups(busy, "window_manned_share") == pytest.approx(expected)


def test_contacts_are_counted_face_to_face_and_decisions_by_two_are_told() -> None:
    """Case 1 asks at the guide desk, is served, collects: two contacts; two people looked before the decision. Case 2 came online: none;
    one looked. Case 3 is asked for papers, is called when he has gone, is served: two; the second person came after its decision.
    """
    events = [
        ticket(1, None, at(0, "9:00"), at(0, "9:02"), step="guide"), ticket(1, at(0, "9:02"), at(0, "9:02"), at(0, "9:10")),
        task(1, at(0, "9:10"), at(0, "9:30"), at(0, "10:00"), people=2), ticket(1, at(1, "9:00"), at(1, "9:00"), at(1, "9:05"), visit=2),
        task(2, at(0, "9:00"), at(0, "10:00"), at(0, "10:30"), people=1),
        ticket(3, at(0, "9:10"), at(0, "9:10"), at(0, "9:20"), outcome="supplement"),
        ticket(3, None, at(1, "9:10"), at(1, "9:11"), outcome="no_show"), ticket(3, at(1, "9:20"), at(1, "9:20"), at(1, "9:30")),
        task(3, at(1, "9:30"), at(1, "10:00"), at(1, "10:30"), people=2),
    ]  # fmt: skip
    cases = [
        case(1, at(0, "9:00"), at(0, "10:00")), case(2, at(0, "9:00"), at(0, "10:30"), channel="online"),
        case(3, at(0, "9:10"), at(1, "10:00")),
    ]  # fmt: skip
    log = small_log(events, cases, horizon=at(2, "0:00"))
    assert sums(log, "contacts_per_case") == (4, 3)
    assert value(log, "contacts_per_case", "channel:online") == 0
    assert sums(log, "two_person_share") == (1, 3)


def test_capacity_counts_seconds_inside_the_window_only() -> None:
    """From 10:15 to 11:15: 15 minutes of service, 60 open, half a person-hour for each open window and 45 minutes x 3 in the pool."""
    window = (at(0, "10:15"), at(0, "11:15"))
    assert sums(counters(), "utilisation", "window:w1", window) == (15 * 60, 3600)
    assert sums(counters(), "paid_hours", "all", window)[0] == pytest.approx(1 + 1 + 3 * 0.75 + 1)


def test_a_service_that_goes_on_at_the_cut_off_counts_until_then() -> None:
    """Called at 9:00, unfinished at 9:20."""
    events = [ticket(1, at(0, "9:00"), at(0, "9:00"), None, outcome="open")]
    log = small_log(events, [case(1)], [("w1", at(0, "9:00"), at(0, "12:00"), "open", 1)], horizon=at(0, "9:20"))
    assert sums(log, "utilisation") == (1200, 1200)


def test_an_empty_call_keeps_the_window_busy() -> None:
    """w2 in the small hall: 5 minutes of service and one of nobody coming."""
    assert groups(hall(), "busy_hours")["window:w2"] == pytest.approx(6 / 60)


def test_a_log_that_ends_at_midnight_has_seen_one_day() -> None:
    assert sums(counters(), "tickets_per_day") == (2, 1)


# --- properties --------------------------------------------------------------------------------------------------

STAY = st.tuples(st.integers(0, 2 * 86400), st.integers(0, 5000), st.booleans())


def random_log(stays: list[tuple[int, int, bool]]) -> EventLog:
    """Tickets of Monday and Tuesday, each served at a window of its own or left, all over by Wednesday."""
    events = [
        ticket(k, t, t + w, t + w + 60, post=f"w{k}", queue=f"q{k % 3}") if served else waits(k, t, t + w, "left", queue=f"q{k % 3}")
        for k, (t, w, served) in enumerate(stays)
    ]
    return small_log(events, [case(k) for k in range(len(stays))], horizon=at(3, "0:00"))


@settings(max_examples=40, deadline=None)
@given(st.lists(STAY, min_size=1, max_size=25))
def test_littles_law_is_exact_on_a_closed_interval(stays: list[tuple[int, int, bool]]) -> None:
    """The integral of the number waiting, swept over its changes, is the sum of the waits; by queue and by half hour too."""
    log = random_log(stays)
    changes = sorted([(t, 1) for t, _, _ in stays] + [(t + w, -1) for t, w, _ in stays])
    number, area = 0, 0
    for (t, step), (following, _) in pairwise(changes):
        number += step
        area += number * (following - t)
    rows = measure(log, [CATALOGUE["queue_length"]])
    assert rows["total"].iloc[0] == area == sum(w for _, w, _ in stays)
    for dimension in ("half_hour:", "queue:"):
        assert rows[rows["group"].str.startswith(dimension)]["total"].sum() == area
    if all(served for _, _, served in stays):
        assert sums(log, "wait_mean_all") == (area, len(stays))


@settings(max_examples=30, deadline=None)
@given(st.lists(STAY, min_size=1, max_size=20), st.integers(1, 2 * 86400))
def test_two_windows_side_by_side_hold_what_one_holds(stays: list[tuple[int, int, bool]], cut: int) -> None:
    log = random_log(stays)
    for name in ("wait_mean", "wait_mean_all", "walk_away_share"):
        parts = [sums(log, name, window=w) for w in ((0, cut), (cut, at(3, "0:00")))]
        assert tuple(map(sum, zip(*parts, strict=True))) == sums(log, name, window=(0, at(3, "0:00")))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.sampled_from([0.1, 0.5, 0.9]))
def test_kaplan_and_meier_is_the_plain_quantile_where_nothing_is_cut_off(times: list[int], q: float) -> None:
    whole = np.array(times)
    assert km_quantile(encode(whole, np.ones(len(times), dtype=bool)), q) == np.sort(whole)[int(np.ceil(q * len(times) - 1e-9)) - 1]


def test_kaplan_and_meier_on_the_leukaemia_data() -> None:
    """6-mercaptopurine arm of Freireich (1963) as in Cox and Oakes (1984), table 1.1: median 23 weeks; the curve ends at 0.448, so that
    the 60th percentile is not reached."""
    ended, cut = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    values = encode(np.array(ended + cut), np.array([True] * len(ended) + [False] * len(cut)))
    assert km_quantile(values, 0.5) == 23
    assert km_quantile(values, 0.6) is None


# --- what every measure owes -------------------------------------------------------------------------------------


def test_every_measure_says_how_it_is_to_be_read() -> None:
    for name, one in CATALOGUE.items():
        assert name == one.name
        assert all((one.unit, one.formula, one.censoring, one.reference, one.needs)), name
        assert one.kind in {"mean", "share", "ratio", "rate", "count"} or one.kind.startswith(("quantile(0.", "km_quantile(0.")), name
        assert one.direction in {"lower", "higher", "none"}, name


def test_every_measure_can_travel_to_another_process_by_the_name_of_its_function() -> None:
    for one in ALL:
        assert getattr(import_module(one.rows.__module__), one.rows.__qualname__) is one.rows, one.name


def test_every_measure_of_an_empty_hall_is_without_a_case() -> None:
    """Nobody came: no value but stocks and rates, which are 0, and what the roster alone says; no error."""
    log = small_log([], [], [("w1", at(0, "9:00"), at(0, "17:00"), "open", 1)], horizon=at(0, "17:00"))
    rows = measure(log, ALL)
    for name, total, n, values in zip(rows["measure"], rows["total"], rows["n"], rows["values"], strict=True):
        assert CATALOGUE[name].value(total, n, values) in (None, 0.0) or name in ("paid_hours", "centre_cost", "window_manned_share"), name


def test_shares_lie_between_none_and_all() -> None:
    rows = measure(hall(), [m for m in ALL if m.kind == "share"])
    assert ((rows["total"] >= 0) & (rows["total"] <= rows["n"])).all()


def test_a_missing_column_is_named_and_the_other_measures_are_not_lost() -> None:
    log = hall()
    less = EventLog(log.events.drop(columns="entered"), log.cases.drop(columns=["complete", "accepted"]), log.duty, log.meta)
    with pytest.raises(LogRefused, match=r"events\.entered"):
        measure(less, [CATALOGUE["wait_mean"]])
    able, unable = supported(less, ALL)
    assert Unsupported("wait_mean", "events.entered") in unable
    assert Unsupported("lead_wd", "cases.complete") in unable
    assert Unsupported("utilisation", "duty.from") in unable
    assert len(able) + len(unable) == len(ALL)
    assert {"lead_days", "trips", "open_cases"} <= {m.name for m in able}
    measure(less, able)


def test_one_of_two_columns_is_enough() -> None:
    log = hall()
    stamped = EventLog(log.events, log.cases.drop(columns="complete"), log.duty, log.meta)
    assert CATALOGUE["lead_wd"] in supported(stamped, ALL)[0]


def test_the_wait_of_who_leaves_is_borne_by_who_is_served() -> None:
    """Called after 10 minutes; left after 30; sent home after 20; still waiting for 60 when the log ends: 120 minutes for one served."""
    nine = at(0, "9:00")
    events = [
        ticket(1, nine, at(0, "9:10"), at(0, "9:20")),
        *(waits(k, nine, at(0, f"9:{m}"), outcome) for k, m, outcome in ((2, "30", "left"), (3, "20", "interrupted"))),
        waits(4, nine, None, "open"),
    ]
    log = small_log(events, [case(k, nine) for k in (1, 2, 3, 4)], horizon=at(0, "10:00"))
    assert sums(log, "wait_borne") == (120 * 60, 1)
    assert sums(log, "wait_mean") == (600, 1)
