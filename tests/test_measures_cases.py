"""Measures of cases on small logs worked out by hand: trips, lead time, limits, causes, and what is cut off."""

from typing import Any

import pytest
from small_log import at, case, groups, notice, small_log, stop, sums, task, ticket, value, waits

from simulation.log import EventLog
from simulation.measures import CATALOGUE, path, supported

# --- visits ------------------------------------------------------------------------------------------------------


def visitors() -> EventLog:
    """Eight cases filed at a window, in seven occurrences of a Need with a measured case (the consultation and the old case apart).

    case 1   Monday told what is missing, Wednesday complete and granted on the spot: 2 trips
    case 2   granted on the spot: 1 trip
    case 3   left the queue on Monday, filed on Tuesday, granted on Wednesday, collected on Thursday: 3 trips
    case 4+5 two files of one ticket of an agent, granted and denied on the spot: 1 trip each, one occurrence
    case 6   at the wrong window, then told what is missing, still open: 1 trip
    case 7   online, told what is missing, still open: no trip
    case 8   consultation, one trip that is not counted
    case 9+10  life event handled item by item, Monday and Tuesday, each its visit 1: 1 trip each, 2 for the occurrence
    case 11  received before the epoch, collected on Monday
    """
    m = {k: at(0, k) for k in ("9:00", "9:05", "9:20", "9:30", "10:00", "10:30", "11:00")}
    two = {"need": "agency", "number": 4}
    life = {"need": "newborn", "number": 1}
    events = [
        ticket(1, m["9:00"], m["9:00"], m["9:05"], outcome="supplement"),
        notice(1, m["9:05"]),
        ticket(1, at(2, "9:00"), at(2, "9:00"), at(2, "9:20"), visit=2),
        ticket(2, m["9:00"], m["9:05"], m["9:20"], post="w2"),
        waits(3, m["9:00"], m["9:30"], "left"),
        ticket(3, at(1, "9:00"), at(1, "9:00"), at(1, "9:20"), visit=2),
        ticket(3, at(3, "9:00"), at(3, "9:00"), at(3, "9:05"), visit=3),
        ticket(4, m["9:00"], m["9:20"], m["9:30"]),
        ticket(5, None, m["9:30"], m["10:00"], outcome="denied"),
        ticket(6, m["9:00"], m["9:00"], m["9:05"], post="w3", outcome="not_accepted", reason="wrong_window"),
        ticket(6, m["9:05"], m["10:00"], m["10:30"], post="w3", outcome="supplement"),
        notice(7, m["10:30"]),
        ticket(8, m["9:00"], m["9:00"], m["9:05"], post="w4"),
        ticket(9, m["9:00"], m["9:05"], m["9:20"], post="w5"),
        ticket(10, at(1, "9:00"), at(1, "9:05"), at(1, "9:20"), post="w5"),
        ticket(11, m["11:00"], m["11:00"], at(0, "11:05"), visit=3),
    ]
    cases = [
        case(1, m["9:05"], at(2, "9:20"), complete=at(2, "9:20"), accepted=at(2, "9:20")),
        case(2, m["9:20"], m["9:20"], group="elderly"),
        case(3, at(1, "9:20"), at(2, "15:00")),
        case(4, m["9:30"], m["9:30"], **two),
        case(5, m["10:00"], m["10:00"], outcome="denied", **two),
        case(6, m["10:30"], complete=None, accepted=None),
        case(7, m["10:00"], complete=None, accepted=None, channel="online"),
        case(8, m["9:05"], outcome="done", **{"class": "consultation"}),
        case(9, m["9:20"], m["9:20"], **life),
        case(10, at(1, "9:20"), at(1, "9:20"), **life),
        case(11, at(-5, "9:00"), at(-1, "9:00")),
    ]
    return small_log(events, cases, horizon=at(4, "17:00"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trips", (2 + 1 + 3 + 1 + 1 + 1 + 1 + 1, 8)),
        ("trips_per_need", (2 + 1 + 3 + 1 + 1 + 0 + 2, 7)),
        ("on_the_spot_share", (5, 8)),  # 2, 4, 5, 9, 10: case 1 was decided in the visit after the one in which it was filed
        ("incomplete_first", (2, 8)),  # 1 and 6
        ("bounces_per_visit", (1, 12)),  # 6, of the comings of 1-4, 6, 8-11: case 5 has no ticket of its own
        ("first_contact_share", (10, 11)),  # the same but 6, of the same but the queue that case 3 left
        ("supplement_rate", (3, 9)),  # 1, 6, 7
        ("denied_share", (1, 7)),  # 5, of 1-5, 9, 10
    ],
)  # fmt: skip
def test_visits_as_counted_by_hand(name: str, expected: tuple[float, float]) -> None:
    assert sums(visitors(), name) == expected


def test_neither_the_guide_desk_nor_a_wrong_window_looks_at_the_papers() -> None:
    """Monday: the guide desk, a wrong window, a queue that was left. Tuesday: the papers are incomplete, at the first contact."""
    events = [
        ticket(1, None, at(0, "9:00"), at(0, "9:02"), step="guide"),
        ticket(1, at(0, "9:02"), at(0, "9:05"), at(0, "9:06"), post="w2", outcome="not_accepted", reason="wrong_window"),
        waits(1, at(0, "9:06"), at(0, "9:30"), "left"),
        ticket(1, at(1, "9:00"), at(1, "9:00"), at(1, "9:10"), visit=2, outcome="supplement"),
    ]
    log = small_log(events, [case(1, at(1, "9:10"), complete=None, accepted=None)], horizon=at(1, "17:00"))
    assert sums(log, "incomplete_first") == (1, 1)
    assert sums(log, "bounces_per_visit") == (1, 2)
    assert sums(log, "first_contact_share") == (1, 2)


def test_whoever_is_driven_away_makes_no_measure_of_trips_better() -> None:
    """Two citizens come twice each. When the second gives up after one trip, his trip is left and weighs on the first: 3 for one, not 2.

    Who gives up after the papers were received counts likewise; who came before the window counts not at all.
    """

    def log(**fate: Any) -> EventLog:
        stays = [ticket(1, at(0, "9:00"), at(0, "9:00"), at(0, "9:05")), ticket(1, at(1, "9:00"), at(1, "9:00"), at(1, "9:05"), visit=2)]
        first = waits(2, at(0, "9:00"), at(0, "9:30"), "left")
        again = ticket(2, at(1, "9:05"), at(1, "9:05"), at(1, "9:10"), visit=2)
        old = ticket(3, at(0, "9:00"), at(0, "9:05"), at(0, "9:10"), post="w2")
        cases = [
            case(1, at(0, "9:05"), at(1, "9:05"), arrived=at(0, "9:00")),
            {**case(2, at(1, "9:10"), at(1, "9:10"), arrived=at(0, "9:00")), **fate},
            case(3, at(0, "9:10"), at(0, "9:10"), arrived=at(-3, "9:00")),
        ]  # fmt: skip
        gone = fate and fate["received"] is None
        return small_log([*stays, first, old, *([] if gone else [again])], cases, horizon=at(4, "17:00"))

    never: dict[str, Any] = {"decided": None, "complete": None, "accepted": None, "outcome": "withdrawn"}
    for name in ("trips", "trips_per_need"):
        assert sums(log(), name) == (4, 2)
        assert sums(log(**never, received=None), name) == (3, 1)
        assert sums(log(**never, received=at(1, "9:10")), name) == (4, 1)


def test_trips_are_told_by_group_and_need() -> None:
    assert groups(visitors(), "trips")["group:elderly"] == 1
    assert groups(visitors(), "trips_per_need")["need:newborn"] == 2
    assert groups(visitors(), "trips_per_need")["need:agency"] == 1


def test_a_ticket_to_collect_is_one_of_a_coming_begun_after_the_decision() -> None:
    """Case 3 on Thursday and case 11 on Monday, of 13 tickets."""
    assert sums(visitors(), "collection_share") == (2, 13)


# --- lead time ---------------------------------------------------------------------------------------------------


def files() -> EventLog:
    """Received on Monday, day 0, at 9:30; Wednesday, day 2, is off; the log ends with Thursday, day 10.

    case 1  instant, decided on day 3: days 1, 3 are charged: 2
    case 2  told at once, complete on day 1, decided on day 4: from day 1 on, days 3, 4: 2; gross 1, 3, 4: 3; applicant's 1
    case 3  incomplete but never told: deemed accepted on day 0 although complete on day 9; decided on day 10: 1, 3, 4, 7-10: 7
    case 4  online, expert review from day 1 to day 4, publicity from day 4 to day 7, decided on day 7: of 1, 3, 4, 7 the review takes 3, 4
            from both clocks and publicity 7 from the promise: 2 by law, 1 by promise
    case 5  received on day 3, open: 4, 7, 8, 9, 10: more than 5
    case 6  withdrawn on day 4: 1, 3, 4: more than 3
    """
    t = "9:30"
    events = [
        notice(2, at(0, t)),
        stop(4, at(1, "9:00"), at(4, "9:00")),
        stop(4, at(4, "9:00"), at(7, "9:00"), "publicity"),
        task(6, at(4, "9:00"), at(4, "9:00"), at(4, "9:10")),
    ]
    cases = [
        case(1, at(0, t), at(3, t), **{"class": "instant"}),
        case(2, at(0, t), at(4, t), complete=at(1, t), accepted=at(1, t)),
        case(3, at(0, t), at(10, t), complete=at(9, t), accepted=at(9, t)),
        case(4, at(0, t), at(7, t), channel="online", promise_wd=1),
        case(5, at(3, t)),
        case(6, at(0, t), outcome="withdrawn"),
    ]
    return small_log(events, cases, horizon=at(10, "23:59:59"), off=[2])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lead_wd", (2 + 2 + 7 + 2 + 5, 5)),
        ("lead_wd_window", (2 + 7 + 5, 3)),
        ("lead_gross_wd", (2 + 3 + 7 + 4 + 5, 5)),
        ("lead_days", (3 + 4 + 10 + 7 + 7 + (86_399 - 34_200) / 86_400, 5)),
        ("suspended_wd", (2, 4)),
        ("applicant_wd", (1, 4)),
        ("open_cases", (1, 1)),
    ],
)  # fmt: skip
def test_lead_times_as_counted_by_hand(name: str, expected: tuple[float, float]) -> None:
    assert sums(files(), name) == pytest.approx(expected)


@pytest.mark.parametrize("held", ["works", "suspended", "papers missing"])
@pytest.mark.parametrize("name", ["lead_wd", "lead_wd_window", "lead_gross_wd", "lead_days"])
def test_a_long_case_that_is_decided_sooner_never_raises_the_mean(name: str, held: str) -> None:
    """A short case of one day, and a long one that is decided after the log ends, with day 11, or on day 10. Its clock runs all the time,
    or stands from day 1 to day 9, or its papers come on day 9: a mean over decided cases alone would be 1 and then more, or the same."""
    t = "9:30"

    def mean(end: int | None) -> float | None:
        incomplete = held == "papers missing"
        ready: dict[str, Any] = {"complete": at(9, t) if end else None, "accepted": at(9, t) if end else None} if incomplete else {}
        events = [stop(2, at(1, t), at(9, t) if end else None)] if held == "suspended" else []
        told = [notice(2, at(0, t))] if incomplete else []
        cases = [case(1, at(0, t), at(1, t)), case(2, at(0, t), end and at(end, t), **ready)]
        return value(small_log([*events, *told], cases, horizon=at(11, "17:00")), name)

    late, soon = mean(None), mean(10)
    assert late is not None and soon is not None and soon < late


def test_who_withdraws_or_is_refused_has_no_decision_to_wait_for() -> None:
    t = "9:30"
    cases = [
        case(1, at(0, t), at(1, t), outcome="denied"), case(2, at(0, t), outcome="withdrawn"),
        case(3, at(0, t), at(4, t), outcome="not_accepted"), case(4, at(0, t), outcome="not_accepted"),
    ]  # fmt: skip
    assert sums(small_log([], cases, horizon=at(11, "17:00")), "lead_wd") == (1, 1)


def test_quantiles_of_lead_time_count_open_and_withdrawn_cases_as_longer_than_so_far() -> None:
    """2, 2, 2, 3+, 5+, 7: at 2 three of six end, half are left; at 7 the last one ends."""
    assert value(files(), "lead_median") == 2
    assert value(files(), "lead_p90") == 7
    days, cases = CATALOGUE["lead_p90"].rows(view_of(files())).values[0]  # type: ignore[index]
    assert (days.tolist(), cases.tolist()) == ([~5, ~3, 2, 7], [1, 1, 3, 1])


def view_of(log: EventLog):  # type: ignore[no-untyped-def]
    from simulation.measures import View

    return View(log)


def test_a_quantile_beyond_the_last_end_is_not_reached() -> None:
    """Of four cases one ended after 1 day, three are open after 4: a quarter is known to have ended, not a half."""
    cases = [case(1, at(0, "9:00"), at(1, "9:00")), *(case(k, at(0, "9:00")) for k in (2, 3, 4))]
    log = small_log([], cases, horizon=at(4, "17:00"))
    assert value(log, "lead_p90") is None
    assert value(log, "lead_median") is None


def test_a_suspension_on_the_promise_list_only_stops_only_the_promise() -> None:
    """Case 4 took 2 days by law and 1 by promise, which is what was promised."""
    found = groups(files(), "late_promise")
    assert found["channel:online"] == 0
    strict = small_log(*parts(files()), horizon=at(10, "23:59:59"), off=[2], clocks={"promise": ("expert_review",)})
    assert groups(strict, "late_promise")["channel:online"] == 1


def parts(log: EventLog):  # type: ignore[no-untyped-def]
    """Events and cases of a log as rows again."""
    plain = [table.astype(object).where(table.notna(), None).to_dict("records") for table in (log.events, log.cases)]
    return plain[0], plain[1]


def test_open_cases_are_those_at_the_end_of_the_window() -> None:
    """At the end of day 3 only case 1 has ended; case 6 is withdrawn the day after."""
    assert sums(files(), "open_cases", window=(0, at(4, "0:00"))) == (5, 1)


def test_touch_share_counts_the_accepting_service_and_the_pools_own_hours() -> None:
    """Service 9:10-9:30, accepted at its end; review 10:00-10:30 in a pool that pauses 10:10-10:20: 20 + 20 minutes. From 9:10 to the
    decision at 15:10 there are 5 office hours. The hand-over after it and an empty call before are no touch. Without duty: 20 + 30."""
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:10"), at(0, "9:30")),
        ticket(1, None, at(0, "9:00"), at(0, "9:01"), post="w2", outcome="no_show"),
        task(1, at(0, "9:30"), at(0, "10:00"), at(0, "10:30")),
        ticket(1, at(0, "16:00"), at(0, "16:00"), at(0, "16:30"), visit=2),
    ]
    duty = [("pool:reviewers", at(0, a), at(0, b), "working", 2) for a, b in (("9:00", "10:10"), ("10:20", "11:00"))]
    cases = [case(1, at(0, "9:30"), at(0, "15:10"))]
    assert sums(small_log(events, cases, duty, horizon=at(0, "17:00")), "touch_share") == (40 * 60, 5 * 3600)
    assert sums(small_log(events, cases, horizon=at(0, "17:00")), "touch_share") == (50 * 60, 5 * 3600)


# --- limits ------------------------------------------------------------------------------------------------------


def promised() -> EventLog:
    """Promise 3 working days, law 5, received on Monday, day 0; the log ends with Thursday, day 10.

    case 1  decided on day 3, in time            case 5  received on day 8, decided on day 9, not due yet
    case 2  decided on day 4, late               case 6  expert review since day 2, open: 2 days charged
    case 3  open: late by promise and by law     case 7  withdrawn: never judged
    case 4  received on day 8, open              case 8  done, nobody knows when
    case 9  complete on day 6, never told what was missing, decided on day 7: deemed accepted on day 0, so 1-4 and 7 are charged: 5
    """
    t = "9:30"
    cases = [
        case(1, at(0, t), at(3, t)), case(2, at(0, t), at(4, t)), case(3, at(0, t)), case(4, at(8, t)), case(5, at(8, t), at(9, t)),
        case(6, at(0, t)), case(7, at(0, t), outcome="withdrawn"), case(8, at(0, t), outcome="done"),
        case(9, at(0, t), at(7, t), complete=at(6, t), accepted=at(6, t)),
    ]  # fmt: skip
    for one in cases:
        one |= {"promise_wd": 3, "legal_wd": 5}
    return small_log([stop(6, at(2, "9:00"), None)], cases, horizon=at(10, "23:59:59"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("on_time_promise", (1, 4)), ("late_promise", (3, 4)),  # due: 1, 2, 3, 9
        ("on_time_promise_worst", (2, 8)), ("on_time_promise_best", (5, 8)),  # in time: 1, 5; undecidable: 4, 6, 8
        ("on_time_legal", (3, 4)), ("late_legal", (1, 4)),  # late: 3
        ("on_time_legal_worst", (4, 8)), ("on_time_legal_best", (7, 8)),  # in time: 1, 2, 5, 9
        ("on_time_reported", (2, 4)), ("late_reported", (2, 4)), ("late_by_date", (2, 4)),  # finished: 1, 2, 5, 9
        ("early_share", (1, 4)),  # 5
    ],
)  # fmt: skip
def test_limits_as_judged_by_hand(name: str, expected: tuple[float, float]) -> None:
    assert sums(promised(), name) == expected


@pytest.mark.parametrize(
    ("clock", "passed"), [((3, "23:59:59"), 0), ((4, "0:00"), 0), ((4, "0:00:01"), 1)], ids=["due day", "midnight", "day after"]
)
def test_an_open_case_is_late_as_soon_as_its_due_day_is_over(clock: tuple[int, str], passed: int) -> None:
    """3 working days from Monday end with Thursday, day 3; a log that ends at midnight has seen nothing of Friday."""
    log = small_log([], [case(1, at(0, "9:30"), promise_wd=3)], horizon=at(*clock))
    assert sums(log, "late_promise") == (passed, passed)
    assert sums(log, "on_time_promise_best") == (1 - passed, 1)
    assert sums(log, "on_time_promise_worst") == (0, 1)


@pytest.mark.parametrize(("end", "late"), [((2, "17:00"), 1), ((3, "9:00"), 0), (None, 0)])
def test_a_suspension_moves_the_limit_while_it_lasts(end: tuple[int, str] | None, late: int) -> None:
    """Suspended from day 1; 3 working days promised. Until day 2: day 2 is out, 1, 3, 4 are charged, and Monday, day 7, is the 4th: late.
    Until day 3: 1, 4, 7, just in time. Open at the cut-off: 1 alone."""
    stops = [stop(1, at(1, "9:30"), end and at(*end))]
    log = small_log(stops, [case(1, at(0, "9:30"), promise_wd=3)], horizon=at(7, "17:00"))
    assert sums(log, "late_promise") == (late, late)


def test_a_case_refused_acceptance_has_no_limit() -> None:
    log = small_log([], [case(1, at(0, "9:30"), at(4, "9:30"), outcome="not_accepted", promise_wd=1)], horizon=at(7, "17:00"))
    assert sums(log, "late_promise") == (0, 0)


def stamped() -> EventLog:
    """A log with its own deadlines, all at noon of day 1 but the last, on day 9; it ends on day 4 at 17:00.

    case 1 ended in the very second: in time   case 2 one second later: late by stamp, not by date   case 7 withdrawn: never judged
    case 3 ended on day 2: late by both        case 4 open: late      case 5 ended in time, not due yet      case 6 open, not due yet
    """
    noon, far = at(1, "12:00"), at(9, "12:00")
    ends = [(noon, noon), (noon, noon + 1), (noon, at(2, "9:00")), (noon, None), (far, at(3, "9:00")), (far, None)]
    cases = [case(k, at(0, "9:00"), end, deadline=limit) for k, (limit, end) in enumerate(ends, 1)]
    cases.append(case(7, at(0, "9:00"), deadline=noon, outcome="withdrawn"))
    return small_log([], cases, horizon=at(4, "17:00"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("late_promise", (3, 4)), ("on_time_promise", (1, 4)), ("on_time_promise_worst", (2, 6)), ("on_time_promise_best", (3, 6)),
        ("late_reported", (2, 4)), ("on_time_reported", (2, 4)), ("late_by_date", (1, 4)), ("early_share", (1, 4)),
    ],
)  # fmt: skip
def test_a_log_with_deadlines_is_judged_by_their_stamps(name: str, expected: tuple[float, float]) -> None:
    assert sums(stamped(), name) == expected


def test_a_deadline_that_nobody_has_is_no_column() -> None:
    log = small_log([], [case(1, at(0, "9:00"), deadline=None)], horizon=at(4, "17:00"))
    bare = EventLog(log.events, log.cases.drop(columns="promise_wd"), log.duty, log.meta)
    assert dict(supported(bare, [CATALOGUE["late_promise"]])[1]) == {"late_promise": "cases.deadline"}


# --- causes ------------------------------------------------------------------------------------------------------


def late_case() -> EventLog:
    """Received on Monday 9:00, complete on Tuesday 9:20, decided on Wednesday 9:00 against a promise of 0 days: 840 office minutes.

    Monday   9:00 nothing logged (an empty call is nothing)   9:30 carried
            10:00 waits for the market's reviewer   11:00 worked on (and a copy carried)
            11:30 at the tax department until 14:00 (90 office minutes)   14:00 lies idle   15:00 worked on   15:10 at the leader's desk
            16:00 expert review   16:30 the applicant is asked until Tuesday 9:20 (50)
    Tuesday  9:20 nothing logged (10)   9:30 worked on   9:40 nothing logged (380). Case 2, in time, counts nowhere.
    """
    events = [
        ticket(1, None, at(0, "9:05"), at(0, "9:06"), outcome="no_show"),
        {"case": 1, "kind": "transfer", "entered": at(0, "9:30"), "start": at(0, "9:45"), "end": at(0, "10:00"), "outcome": "done"},
        {"case": 1, "kind": "transfer", "entered": at(0, "11:00"), "start": at(0, "11:00"), "end": at(0, "11:30"), "outcome": "done"},
        task(1, at(0, "10:00"), at(0, "11:00"), at(0, "11:30")),
        task(1, at(0, "11:30"), at(0, "12:30"), at(0, "14:00"), department="tax"),
        task(1, at(0, "14:00"), at(0, "15:00"), at(0, "15:10"), reason="stall"),
        task(1, at(0, "15:10"), at(0, "15:50"), at(0, "16:00"), department="bureau", reason="leader"),
        stop(1, at(0, "16:00"), at(0, "16:30")),
        notice(1, at(0, "16:30")),
        task(1, at(1, "9:30"), at(1, "9:30"), at(1, "9:40")),
        task(2, at(0, "9:00"), at(0, "9:30"), at(0, "16:00")),
    ]
    cases = [
        case(1, at(0, "9:00"), at(2, "9:00"), complete=at(1, "9:20"), accepted=at(1, "9:20"), promise_wd=0),
        case(2, at(0, "9:00"), at(0, "16:00"), promise_wd=0),
    ]
    return small_log(events, cases, horizon=at(4, "17:00"))


def test_the_days_of_a_late_case_by_cause() -> None:
    minutes = {
        "stopped": 30, "working": 30 + 10 + 10, "leader": 50, "other_department": 90, "stall": 60, "waiting": 60, "transfer": 30,
        "applicant": 50, "unlogged": 30 + 10 + 380,
    }  # fmt: skip
    assert sum(minutes.values()) == 840
    assert {g: sums(late_case(), "late_days_by_cause", g) for g in groups(late_case(), "late_days_by_cause")} == {
        f"cause:{name}": (60 * n, 840 * 60) for name, n in minutes.items()
    }


def test_the_days_of_a_late_case_by_department() -> None:
    """The market's reviewers 60 + 30 + 60 + 10 + 10, tax 90, the leader 50."""
    found = groups(late_case(), "late_days_by_department")
    assert found == {f"department:{name}": pytest.approx(n / 840) for name, n in (("market", 170), ("tax", 90), ("bureau", 50))}


def test_the_path_of_a_case_has_no_gap_and_no_overlap() -> None:
    found = path(late_case(), [1])
    assert found["cause"].tolist() == [
        "unlogged", "transfer", "waiting", "working", "other_department", "stall", "working", "leader", "stopped", "applicant",
        "unlogged", "working", "unlogged",
    ]  # fmt: skip
    assert found["start"].iloc[0] == at(0, "9:00")
    assert found["end"].iloc[-1] == at(2, "9:00")
    assert (found["end"].to_numpy()[:-1] == found["start"].to_numpy()[1:]).all()
    assert set(path(late_case())["case"]) == {1, 2}


def test_papers_asked_for_after_completion_are_the_applicants_until_the_next_row() -> None:
    """Asked on Monday 10:00, complete long before; the next task begins at 11:00: 60 minutes."""
    events = [notice(1, at(0, "10:00")), task(1, at(0, "11:00"), at(0, "11:00"), at(0, "11:30"))]
    found = path(small_log(events, [case(1, at(0, "9:00"), at(0, "11:30"))], horizon=at(0, "17:00")))
    assert found["cause"].tolist() == ["unlogged", "applicant", "working"]


def test_an_open_late_case_counts_until_the_cut_off() -> None:
    """Waiting from Monday 9:00 to Tuesday 12:00, promised for Monday: 420 + 180 minutes."""
    row = {**task(1, at(0, "9:00"), at(0, "9:00"), at(0, "9:00")), "start": None, "end": None, "outcome": "open"}
    log = small_log([row], [case(1, at(0, "9:00"), promise_wd=0)], horizon=at(1, "12:00"))
    assert sums(log, "late_days_by_cause", "cause:waiting") == (600 * 60, 600 * 60)


def test_an_errand_ends_with_the_result_in_hand() -> None:
    """Monday is day 0. Decided on day 1, in hand on day 3: 3. Denied on day 2: 2. Decided on day 1, on its way when the log ends, with
    Friday: 4. Withdrawn: left out."""
    t = "9:30"
    cases = [
        case(1, at(0, t), at(1, t), delivered=at(3, t)), case(2, at(0, t), at(2, t), outcome="denied"), case(3, at(0, t), at(1, t)),
        case(4, at(0, t), outcome="withdrawn"),
    ]  # fmt: skip
    assert sums(small_log([], cases, horizon=at(4, "17:00")), "result_wd") == (3 + 2 + 4, 3)
