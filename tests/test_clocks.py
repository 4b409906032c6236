"""The clocks of a case: hand-computed corners, and a day-by-day walk as the reference.

Dates of the hand calculations: January 2025 has the make-up Sunday 26, and 28 January to 4 February off. March 2025 has no holiday; its
Mondays are 3, 10, 17, 24 and 31.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import log
from simulation.calendar import DAY, Calendar, published
from simulation.clocks import (
    MISSING,
    ClockRules,
    Suspensions,
    breach,
    chargeable_wd,
    due_day,
    due_second,
    issue_breach,
    late,
    legal_acceptance,
    legal_limit_wd,
    notice_late,
    suspended_wd,
)

RULES = ClockRules()
CALENDAR = Calendar.load(published("cn"), date(2024, 1, 1), date(2026, 12, 31), epoch=date(2025, 3, 3))
NONE = Suspensions.none()
Stop = tuple[str, str, str, bool]


def at(text: str) -> int:
    """Second of `03-04` or `03-04 16:30` of 2025; 10:00 where no time is given."""
    day, _, clock = text.partition(" ")
    hour, minute = (clock or "10:00").split(":")
    return CALENDAR.day(date.fromisoformat(f"2025-{day}")) * DAY + int(hour) * 3600 + int(minute) * 60


def stops(*rows: Stop) -> Suspensions:
    """Suspensions of one case: start, end (empty: open), reason, noticed."""
    return Suspensions.make(
        [0] * len(rows), [at(r[0]) for r in rows], [at(r[1]) if r[1] else MISSING for r in rows], [r[2] for r in rows], [r[3] for r in rows]
    )


def due(accepted: str, limit: int, suspensions: Suspensions = NONE) -> str:
    return CALENDAR.date(int(due_day(CALENDAR, at(accepted), limit, suspensions)[0])).strftime("%m-%d")


def used(accepted: str, until: str, suspensions: Suspensions = NONE) -> int:
    return int(chargeable_wd(CALENDAR, at(accepted), at(until), suspensions)[0])


# --- acceptance (R13) --------------------------------------------------------------------------------------------


def acceptance(received: str, complete: str, noticed: str, cut_off: str = "12-01") -> int:
    moments = [at(text) if text else MISSING for text in (received, complete, noticed)]
    return int(legal_acceptance(CALENDAR, *moments, at(cut_off), RULES)[0])


def test_papers_complete_at_receipt_are_accepted_at_receipt() -> None:
    assert acceptance("03-03", "03-03", "") == at("03-03")
    assert acceptance("03-03", "03-03", "03-20") == at("03-03")
    assert acceptance("03-03 10:00", "03-03 09:00", "03-03 10:00") == at("03-03 10:00")


def test_time_to_complete_papers_after_a_notice_in_time_is_not_charged() -> None:
    """Received Monday 3, told Thursday 6 (third working day), complete Thursday 20: the law counts from the 20th."""
    assert acceptance("03-03", "03-20", "03-06") == at("03-20")


def test_completion_before_the_notice_still_counts_from_completion() -> None:
    """Received Monday 3, complete Tuesday 4, the notice goes out on Wednesday 5 all the same, within 5 working days."""
    assert acceptance("03-03", "03-04", "03-05") == at("03-04")


def test_a_notice_on_the_fifth_working_day_is_in_time_and_one_on_the_sixth_is_not() -> None:
    """Received Monday 3; working days 4, 5, 6, 7 and 10: the fifth is Monday 10, the sixth Tuesday 11."""
    assert acceptance("03-03", "03-20", "03-10 23:59") == at("03-20")
    assert acceptance("03-03", "03-20", "03-11 00:00") == at("03-03")


def test_a_notice_on_the_weekend_after_the_fifth_working_day_is_late() -> None:
    """Received Friday 7; the fifth working day is Friday 14; Saturday 15 is past it, though no sixth working day has begun."""
    assert acceptance("03-07", "03-25", "03-15") == at("03-07")


def test_the_five_days_of_a_notice_run_through_a_make_up_sunday() -> None:
    """Received Monday 20 January: 21, 22, 23, 24 and Sunday 26. Told on Monday 27, which would be the fifth from Monday to Friday."""
    assert acceptance("01-20", "02-20", "01-26") == at("02-20")
    assert acceptance("01-20", "02-20", "01-27") == at("01-20")


def test_papers_nobody_called_incomplete_are_deemed_accepted_from_receipt() -> None:
    assert acceptance("03-03", "", "") == at("03-03")
    assert acceptance("03-03", "03-05", "") == at("03-03")


def test_acceptance_is_unknown_while_it_can_still_go_either_way() -> None:
    """Cut-off on the fifth working day: a notice can still come. At 24:00 of it the case is deemed accepted."""
    assert acceptance("03-03", "", "", cut_off="03-10 23:59") == MISSING
    assert acceptance("03-03", "", "", cut_off="03-11 00:00") == at("03-03")
    assert acceptance("03-03", "", "03-05", cut_off="03-31") == MISSING
    assert acceptance("", "", "") == MISSING


def test_a_late_notice_is_told_from_one_that_was_not_needed() -> None:
    received, complete = [at("03-03")] * 4, [at("03-03"), at("03-20"), at("03-20"), MISSING]
    noticed = [MISSING, at("03-05"), at("03-11"), MISSING]
    assert notice_late(CALENDAR, received, complete, noticed, at("12-01"), RULES).tolist() == [False, False, True, True]


# --- which reason stops which clock (R24) ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "noticed", "legal", "promise"),
    [
        ("hearing", True, True, True),
        ("expert_review", False, False, False),
        ("publicity", True, False, True),
        ("site_survey", False, False, True),
        ("lunch", True, False, False),
    ],
)
def test_a_reason_stops_the_clocks_whose_list_has_it_and_a_statutory_one_only_with_notice(
    reason: str, noticed: bool, legal: bool, promise: bool
) -> None:
    one = stops(("03-05", "03-07", reason, noticed))
    assert len(one.legal(RULES).case) == legal
    assert len(one.promise(RULES).case) == promise


def test_the_lists_of_reasons_are_data() -> None:
    """Where the promise knows only publicity, a hearing stops the legal clock alone."""
    rules = ClockRules(legal=frozenset({"hearing"}), promise=frozenset({"publicity"}))
    both = stops(("03-05", "03-07", "hearing", True), ("03-10", "03-12", "publicity", False))
    assert both.legal(rules).reason.tolist() == ["hearing"]
    assert both.promise(rules).reason.tolist() == ["publicity"]


# --- suspended and chargeable days -------------------------------------------------------------------------------


def test_the_days_of_acceptance_and_of_suspension_are_not_counted_but_those_of_decision_and_resumption_are() -> None:
    """Accepted Monday 3, suspended Wednesday 5 to Friday 7, decided Tuesday 11.

    In (3, 11]: 4, 5, 6, 7, 10, 11. Suspended (5, 7]: 6, 7. Charged: 4, 5, 10, 11.
    """
    one = stops(("03-05", "03-07", "hearing", True))
    assert suspended_wd(CALENDAR, at("03-03"), at("03-11"), one).tolist() == [2]
    assert used("03-03", "03-11", one) == 4


def test_a_suspension_across_a_make_up_weekend_takes_out_the_worked_sunday() -> None:
    """Accepted Monday 20 January, limit 5: 21, 22, 23, 24, Sunday 26 worked.

    A hearing from Friday 24 to Monday 27 takes out Sunday 26 and Monday 27 (two days; one from Monday to Friday). The fifth charged day
    is then Wednesday 5 February, the first after the Spring Festival.
    """
    one = stops(("01-24", "01-27", "hearing", True))
    assert due("01-20", 5) == "01-26"
    assert suspended_wd(CALENDAR, at("01-20"), at("02-10"), one).tolist() == [2]
    assert due("01-20", 5, one) == "02-05"


def test_overlapping_suspensions_count_once() -> None:
    """Accepted Monday 3, limit 10: due Monday 17. Hearing (5, 12]: 6, 7, 10, 11, 12; testing (10, 14]: 11, 12, 13, 14.

    Together 6, 7, 10, 11, 12, 13, 14: seven, not nine. Due seven working days after the 17th: Wednesday 26.
    """
    both = stops(("03-05", "03-12", "hearing", True), ("03-10", "03-14", "testing", True))
    assert due("03-03", 10) == "03-17"
    assert suspended_wd(CALENDAR, at("03-03"), at("03-31"), both).tolist() == [7]
    assert due("03-03", 10, both) == "03-26"


def test_a_suspension_inside_another_changes_nothing() -> None:
    outer = ("03-05", "03-14", "hearing", True)
    assert due("03-03", 10, stops(outer, ("03-06", "03-07", "testing", True))) == due("03-03", 10, stops(outer))


def test_a_suspension_that_ends_on_its_first_day_takes_out_nothing() -> None:
    assert due("03-03", 5, stops(("03-05 09:00", "03-05 17:00", "hearing", True))) == due("03-03", 5)


def test_a_suspension_begun_before_acceptance_stops_nothing() -> None:
    """Begun Monday 3, accepted Tuesday 4: none; begun on the day of acceptance, though hours before the stamp: (4, 7] is 5, 6, 7."""
    assert suspended_wd(CALENDAR, at("03-04"), at("03-14"), stops(("03-03", "03-07", "hearing", True))).tolist() == [0]
    assert suspended_wd(CALENDAR, at("03-04 15:00"), at("03-14"), stops(("03-04 09:00", "03-07", "hearing", True))).tolist() == [3]


def test_a_suspension_open_at_the_cut_off_lasts_to_the_cut_off() -> None:
    """Accepted Monday 3, hearing since Wednesday 5, cut-off Friday 14: charged 4, 5; suspended 6, 7, 10, 11, 12, 13, 14."""
    one = stops(("03-05", "", "hearing", True))
    with pytest.raises(ValueError, match="open"):
        used("03-03", "03-14", one)
    known = one.until(at("03-14"))
    assert used("03-03", "03-14", known) == 2
    assert suspended_wd(CALENDAR, at("03-03"), at("03-14"), known).tolist() == [7]


def test_what_lies_after_the_cut_off_is_not_known_at_the_cut_off() -> None:
    """A hearing from Wednesday 5 to Friday 14 is, on Monday 10, one from the 5th to the 10th."""
    known = stops(("03-05", "03-14", "hearing", True)).until(at("03-10"))
    assert suspended_wd(CALENDAR, at("03-03"), at("03-31"), known).tolist() == [3]


def test_the_suspension_of_one_case_does_not_run_on_into_the_next() -> None:
    """Two cases accepted on Friday 21 February with limit 0; both stops begin on Saturday 22, too late, the first ends long after."""
    start, ends = at("02-22"), [at("03-14"), at("02-26")]
    two = Suspensions.make([0, 1], [start, start], ends, ["hearing"] * 2, [True] * 2)
    assert due_day(CALENDAR, [at("02-21")] * 2, 0, two).tolist() == [at("02-21") // DAY] * 2


def test_days_are_counted_across_the_epoch() -> None:
    """Accepted Thursday 27 February, day -4: 28 February, 3 and 4 March are charged."""
    assert used("02-27", "03-04") == 3


# --- due day, due second, breach ---------------------------------------------------------------------------------


def test_a_suspension_begun_on_the_due_day_moves_it_and_one_begun_the_day_after_revives_nothing() -> None:
    """Accepted Monday 3, limit 4: due Friday 7. Suspended from Friday 7 to Wednesday 12: (7, 12] is 10, 11, 12, due Wednesday 12.

    Suspended from Saturday 8, with the limit gone at 24:00 of the 7th, the due day stays.
    """
    assert due("03-03", 4) == "03-07"
    assert due("03-03", 4, stops(("03-07", "03-12", "hearing", True))) == "03-12"
    assert due("03-03", 4, stops(("03-08", "03-12", "hearing", True))) == "03-07"


def test_a_suspension_begun_after_the_due_day_does_not_make_room_for_another() -> None:
    """As above: Saturday 8 to Tuesday 11 comes too late, and so does Tuesday 11 to Thursday 13."""
    assert due("03-03", 4, stops(("03-08", "03-11", "hearing", True), ("03-11", "03-13", "testing", True))) == "03-07"


def test_a_suspension_handed_over_to_another_on_a_weekend_goes_on() -> None:
    """Friday 7 (the due day) to Saturday 8, then Saturday 8 to Tuesday 11, is one from the 7th to the 11th: 10, 11."""
    assert due("03-03", 4, stops(("03-07", "03-08", "hearing", True), ("03-08", "03-11", "testing", True))) == "03-11"


def test_a_limit_of_no_days_ends_with_the_day_of_acceptance_also_on_a_saturday() -> None:
    assert due("03-03", 0) == "03-03"
    assert due("03-08", 0) == "03-08"
    decided = [at("03-08 11:00"), at("03-09 11:00"), at("03-10 11:00")]
    assert breach(CALENDAR, at("03-08"), decided, 0, NONE).tolist() == [False, True, True]


def test_a_stop_on_a_saturday_of_acceptance_comes_before_the_limit_of_no_days_ends() -> None:
    """Accepted and suspended on Saturday 8, until Wednesday 12: 10, 11 and 12 are taken out."""
    assert due("03-08", 0, stops(("03-08", "03-12", "hearing", True))) == "03-12"


def test_a_case_accepted_on_a_saturday_of_an_open_hall_counts_from_the_monday() -> None:
    """The hall's Saturday is no working day: day 1 is Monday 10, day 5 Friday 14."""
    assert due("03-08", 5) == "03-14"


def test_the_due_second_is_midnight_after_the_due_day_and_is_late() -> None:
    """Accepted Monday 3, day 0, limit 5: due Monday 10, day 7; 24:00 of it begins day 8."""
    last = due_second(due_day(CALENDAR, at("03-03"), 5, NONE))
    assert last.tolist() == [8 * DAY]
    assert late([8 * DAY - 1, 8 * DAY], last).tolist() == [False, True]
    assert breach(CALENDAR, at("03-03"), [8 * DAY - 1, 8 * DAY], 5, NONE).tolist() == [False, True]


def test_a_decision_on_the_weekend_after_the_due_day_is_late() -> None:
    """Due Friday 7; on Saturday 8 still 4 days are charged, but the limit has ended."""
    assert used("03-03", "03-08") == 4
    assert breach(CALENDAR, at("03-03"), at("03-08"), 4, NONE).tolist() == [True]


def test_publicity_saves_the_promise_but_not_the_legal_limit() -> None:
    """Accepted Monday 3, publicity (5, 12], decided Friday 14: 9 working days by the law's count, 4 by the promise's."""
    one = stops(("03-05", "03-12", "publicity", False))
    assert used("03-03", "03-14", one.legal(RULES)) == 9
    assert used("03-03", "03-14", one.promise(RULES)) == 4
    assert breach(CALENDAR, at("03-03"), at("03-14"), 8, one.legal(RULES)).tolist() == [True]
    assert breach(CALENDAR, at("03-03"), at("03-14"), 4, one.promise(RULES)).tolist() == [False]


def test_a_result_must_be_handed_over_within_ten_working_days() -> None:
    """Decided Monday 3: the tenth working day is Monday 17."""
    handed_over = [at("03-17 17:00"), at("03-18 09:00"), MISSING]
    assert issue_breach(CALENDAR, at("03-03"), handed_over, RULES).tolist() == [False, True, False]


def test_legal_limits_follow_the_class_unless_a_special_law_prevails() -> None:
    classes = ["committed", "joint", "committed", "joint", "committed", "upward", "consultation"]
    special = [MISSING, MISSING, MISSING, MISSING, 30, MISSING, MISSING]
    extended = [False, False, True, True, False, False, True]
    assert legal_limit_wd(classes, special, extended, RULES).tolist() == [20, 45, 30, 60, 30, 20, MISSING]


def test_what_has_not_happened_stays_missing_and_breaches_nothing() -> None:
    accepted, until, limit = [MISSING, at("03-03"), at("03-03")], [at("03-31"), MISSING, at("03-31")], [5, 5, MISSING]
    one = Suspensions.make([0, 1], [at("03-04")] * 2, [at("03-06")] * 2, ["hearing"] * 2, [True] * 2)
    assert due_day(CALENDAR, accepted, limit, one).tolist() == [MISSING, int(due_day(CALENDAR, at("03-03"), 7, NONE)[0]), MISSING]
    assert chargeable_wd(CALENDAR, accepted, until, one).tolist() == [MISSING, MISSING, 20]
    assert due_second([MISSING, 0]).tolist() == [MISSING, DAY]
    assert not breach(CALENDAR, accepted, until, limit, one).any()


def test_missing_is_the_same_number_in_clocks_and_logs() -> None:
    assert log.MISSING == MISSING


# --- properties --------------------------------------------------------------------------------------------------

worlds = st.lists(st.booleans(), min_size=30, max_size=30).map(lambda head: [*head, *([True] * 5 + [False] * 2) * 25])
spells = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 15)).map(lambda s: (s[0], s[0] + s[1])), max_size=5)


def of_days(worked: Sequence[bool]) -> Calendar:
    return Calendar(date(2025, 3, 3), date(2025, 3, 3), np.array(worked), np.zeros(len(worked), dtype=bool))


def of_spells(days: Iterable[tuple[int, int]]) -> Suspensions:
    days = list(days)
    n = len(days)
    return Suspensions.make([0] * n, [s * DAY + 30_000 for s, _ in days], [e * DAY + 50_000 for _, e in days], ["hearing"] * n, [True] * n)


def walk(worked: Sequence[bool], accepted: int, limit: int, days: Iterable[tuple[int, int]]) -> int:
    """The due day, date by date: charge each worked date not suspended; once the limit is used up, it ends with the first day that has no
    suspension running over its midnight; the due day is the last worked date by then, or the day of acceptance."""
    valid = [(s, e) for s, e in days if s >= accepted]
    day, charged, last = accepted, 0, accepted
    while charged < limit or any(s <= day < e for s, e in valid):
        day += 1
        if worked[day]:
            last = day
            charged += not any(s < day <= e for s, e in valid)
    return last


@given(worlds, st.integers(0, 40), st.integers(0, 25), spells)
def test_the_due_day_is_the_one_found_by_walking_date_by_date(
    worked: list[bool], accepted: int, limit: int, days: list[tuple[int, int]]
) -> None:
    calendar = of_days(worked)
    assert due_day(calendar, accepted * DAY + 36_000, limit, of_spells(days)).tolist() == [walk(worked, accepted, limit, days)]


@given(worlds, st.integers(0, 40), st.integers(0, 60), spells)
def test_charged_and_suspended_dates_are_those_of_the_sets(
    worked: list[bool], accepted: int, until: int, days: list[tuple[int, int]]
) -> None:
    dates = {d for d in range(accepted + 1, until + 1) if worked[d]}
    stopped = {d for s, e in days if s >= accepted for d in range(s + 1, e + 1)}
    a, u = accepted * DAY, until * DAY + 7
    assert suspended_wd(of_days(worked), a, u, of_spells(days)).tolist() == [len(dates & stopped)]
    assert chargeable_wd(of_days(worked), a, u, of_spells(days)).tolist() == [len(dates - stopped)]


@given(worlds, st.integers(0, 40), st.integers(0, 25), spells, st.data())
def test_suspending_d_working_days_moves_the_due_day_exactly_d(
    worked: list[bool], accepted: int, limit: int, days: list[tuple[int, int]], data: st.DataObject
) -> None:
    """One more suspension, begun from acceptance to the due day, which overlaps none."""
    calendar = of_days(worked)
    before = int(due_day(calendar, accepted * DAY, limit, of_spells(days))[0])
    start = data.draw(st.integers(accepted, before))
    end = start + data.draw(st.integers(0, 15))
    if any(s < end and start < e for s, e in days):
        return
    after = int(due_day(calendar, accepted * DAY, limit, of_spells([*days, (start, end)]))[0])
    assert after >= before
    if all(s <= before for s, _ in days):  # one that was too late before may be in time now, and move it further
        assert calendar.wd(before, after) == calendar.wd(start, end)


@given(worlds, st.integers(0, 40), st.integers(0, 25), spells, st.integers(0, 60))
def test_a_holiday_never_brings_a_due_date_forward_suspensions_or_not(
    worked: list[bool], accepted: int, limit: int, days: list[tuple[int, int]], holiday: int
) -> None:
    rested = [w and d != holiday for d, w in enumerate(worked)]
    a = accepted * DAY
    assert due_day(of_days(rested), a, limit, of_spells(days))[0] >= due_day(of_days(worked), a, limit, of_spells(days))[0]


@given(worlds, st.integers(0, 40), st.integers(0, 25), spells, st.integers(0, 60))
def test_on_a_chargeable_date_breach_and_too_many_charged_days_are_the_same(
    worked: list[bool], accepted: int, limit: int, days: list[tuple[int, int]], until: int
) -> None:
    if until <= accepted or not worked[until] or any(s >= accepted and s < until <= e for s, e in days):
        return
    calendar, one = of_days(worked), of_spells(days)
    over = chargeable_wd(calendar, accepted * DAY, until * DAY, one) > limit
    assert breach(calendar, accepted * DAY, until * DAY, limit, one).tolist() == over.tolist()


@given(worlds, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 25), spells), min_size=1, max_size=6), st.data())
def test_many_cases_at_once_in_any_order_are_counted_as_one_by_one(
    worked: list[bool], cases: list[tuple[int, int, list[tuple[int, int]]]], data: st.DataObject
) -> None:
    calendar = of_days(worked)
    rows = data.draw(st.permutations([(case, s, e) for case, (_, _, days) in enumerate(cases) for s, e in days]))
    together = Suspensions.make(
        [r[0] for r in rows], [r[1] * DAY for r in rows], [r[2] * DAY for r in rows], ["hearing"] * len(rows), [True] * len(rows)
    )
    accepted, limits = [a * DAY for a, _, _ in cases], [n for _, n, _ in cases]
    alone = [int(due_day(calendar, a * DAY, n, of_spells(days))[0]) for a, n, days in cases]
    assert due_day(calendar, accepted, limits, together).tolist() == alone
    single = [int(suspended_wd(calendar, a * DAY, 60 * DAY, of_spells(days))[0]) for a, _, days in cases]
    assert suspended_wd(calendar, accepted, 60 * DAY, together).tolist() == single
