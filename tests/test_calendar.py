"""Working days: held against the notices, against an independent package and against published counts."""

import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.calendar import DAY, Calendar, CalendarFile, published
from simulation.errors import CalendarYearNotPublished, FileRefused, InputRefused
from simulation.files import dump

CASES = Path(os.environ.get("ONEWINDOW_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "theory" / "calendar_cases.json"
FIRST, LAST, EPOCH = date(2021, 1, 1), date(2026, 12, 31), date(2023, 1, 2)
CN = published("cn")
CALENDAR = Calendar.load(CN, FIRST, LAST, epoch=EPOCH)

DUE = [
    ("2025-01-20", 5, "2025-01-26"),
    ("2025-01-26", 1, "2025-01-27"),
    ("2025-04-03", 3, "2025-04-09"),
    ("2025-09-26", 20, "2025-10-30"),
    ("2025-09-30", 1, "2025-10-09"),
    ("2024-02-02", 10, "2024-02-21"),
    ("2024-09-27", 20, "2024-10-30"),
    ("2025-05-30", 5, "2025-06-09"),
]
COUNTED = [("2025-01-01", "2025-12-31", 248), ("2025-01-20", "2025-02-14", 15)]


def day(text: str) -> int:
    return CALENDAR.day(date.fromisoformat(text))


def of_weeks(pattern: list[bool]) -> Calendar:
    """A calendar whose first date is the epoch and whose last three dates are worked, so that most counts end inside it."""
    return Calendar(EPOCH, EPOCH, np.array([*pattern, True, True, True]), np.zeros(len(pattern) + 3, dtype=bool))


weeks = st.lists(st.booleans(), min_size=1, max_size=40).map(of_weeks)
days = st.integers(CALENDAR.day(FIRST), CALENDAR.day(LAST))


# --- facts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("received", "n", "due"), DUE)
def test_the_nth_working_day_after_receipt_is_the_published_one(received: str, n: int, due: str) -> None:
    assert CALENDAR.date(int(CALENDAR.add_wd(day(received), n))).isoformat() == due


@pytest.mark.parametrize(("a", "b", "counted"), COUNTED)
def test_working_days_between_two_dates_are_the_published_count(a: str, b: str, counted: int) -> None:
    assert CALENDAR.wd(day(a), day(b)) == counted


@pytest.mark.skipif(not CASES.exists(), reason="the shared data are not here")
def test_every_published_case_holds() -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    added = cases["add_working_days"]
    got = CALENDAR.add_wd([day(c["received"]) for c in added], [c["working_days"] for c in added])
    assert got.tolist() == [day(c["due"]) for c in added]
    between = cases["count_working_days"]
    counted = CALENDAR.wd([day(c["a"]) for c in between], [day(c["b"]) for c in between])
    assert counted.tolist() == [c["working_days_excl_a_incl_b"] for c in between]
    for year in (2024, 2025):
        assert CALENDAR.wd(day(f"{year - 1}-12-31"), day(f"{year}-12-31")) == cases[f"working_days_{year}"]
        notice = CN.years[str(year)]
        assert {d.isoformat() for d in notice.off} == {d for d in cases["holidays"] if d.startswith(str(year))}
        assert {d.isoformat() for d in notice.make_up} == {d for d in cases["makeup_workdays"] if d.startswith(str(year))}


def test_the_notices_agree_with_an_independent_package_on_every_day() -> None:
    dates = [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
    differ = [d.isoformat() for d in dates if bool(CALENDAR.is_working(CALENDAR.day(d))) != chinese_calendar.is_workday(d)]
    assert not differ


@pytest.mark.parametrize("year", sorted(CN.years))
def test_each_year_names_its_own_notice_of_the_year_before(year: str) -> None:
    notice = CN.years[year]
    before = int(year) - 1
    assert notice.notice.startswith(f"国办发明电〔{before}〕")
    assert notice.dated.year == before


def test_a_make_up_weekend_is_worked_and_the_weekend_beside_it_is_not() -> None:
    """28 and 29 January 2023 (Saturday, Sunday) were worked for the Spring Festival; 4 and 5 February were not."""
    assert CALENDAR.is_working([day("2023-01-28"), day("2023-01-29")]).all()
    assert not CALENDAR.is_working([day("2023-02-04"), day("2023-02-05")]).any()
    assert CALENDAR.add_wd(day("2023-01-27"), 2) == day("2023-01-29")


def test_a_holiday_is_what_a_notice_gives_off_and_no_plain_weekend() -> None:
    asked = [day("2023-10-01"), day("2023-10-02"), day("2023-10-07"), day("2023-10-14")]
    assert CALENDAR.is_holiday(asked).tolist() == [True, True, False, False]


# --- counting ----------------------------------------------------------------------------------------------------


@given(weeks, st.data())
def test_working_days_in_a_half_open_interval_are_those_that_one_counts(calendar: Calendar, data: st.DataObject) -> None:
    x = data.draw(st.integers(-1, len(calendar.working) - 1))
    y = data.draw(st.integers(-1, len(calendar.working) - 1))
    assert calendar.wd(x, y) == sum(bool(calendar.working[d]) for d in range(x + 1, y + 1))


@given(days, st.integers(1, 60))
def test_adding_working_days_and_counting_them_are_inverse(start: int, n: int) -> None:
    if CALENDAR.wd(start, CALENDAR.day(LAST)) < n:
        return
    end = int(CALENDAR.add_wd(start, n))
    assert CALENDAR.wd(start, end) == n
    assert CALENDAR.is_working(end)
    assert CALENDAR.wd(start, end - 1) == n - 1


@given(days)
def test_adding_no_working_day_is_the_day_itself_worked_or_not(start: int) -> None:
    assert CALENDAR.add_wd(start, 0) == start


@given(st.integers(CALENDAR.day(FIRST), CALENDAR.day(LAST) - 20))
def test_the_next_working_day_is_the_first_not_before(start: int) -> None:
    assert CALENDAR.next_working(start) == next(d for d in range(start, start + 20) if CALENDAR.is_working(d))


@given(weeks, st.data())
def test_a_holiday_never_brings_a_due_date_forward(calendar: Calendar, data: st.DataObject) -> None:
    start = data.draw(st.integers(-1, len(calendar.working) - 4))
    holiday = data.draw(st.integers(0, len(calendar.working) - 4))
    fewer = calendar.working.copy()
    fewer[holiday] = False
    rested = Calendar(EPOCH, EPOCH, fewer, calendar.off)
    n = data.draw(st.integers(0, max(0, int(rested.wd(start, len(fewer) - 1)))))
    assert rested.add_wd(start, n) >= calendar.add_wd(start, n)


def test_arrays_are_counted_as_their_elements_are() -> None:
    starts, ns = np.arange(-500, 500, 7), np.arange(143) % 23
    assert CALENDAR.add_wd(starts, ns).tolist() == [int(CALENDAR.add_wd(int(s), int(n))) for s, n in zip(starts, ns, strict=True)]
    assert CALENDAR.wd(starts, 100).tolist() == [int(CALENDAR.wd(int(s), 100)) for s in starts]


def test_the_clock_time_is_kept_when_working_days_are_added_also_before_the_epoch() -> None:
    """Friday 2022-12-30 10:00 is day -3 of the epoch Monday 2023-01-02, a holiday; the next working day is Tuesday the 3rd, day 1."""
    assert CALENDAR.add_wd_seconds(-3 * DAY + 36_000, 1) == DAY + 36_000
    assert CALENDAR.add_wd_seconds([-3 * DAY + 36_000, 36_000], [0, 2]).tolist() == [-3 * DAY + 36_000, 2 * DAY + 36_000]


def test_a_calendar_listed_by_a_log_counts_like_the_one_it_came_from() -> None:
    listed = Calendar.listed(CALENDAR.working_dates(), FIRST, LAST, EPOCH)
    assert (listed.working == CALENDAR.working).all()
    assert listed.add_wd(0, 100) == CALENDAR.add_wd(0, 100)


# --- refusals ----------------------------------------------------------------------------------------------------

ASKED: list[Callable[[int], object]] = [
    CALENDAR.is_working,
    CALENDAR.is_holiday,
    CALENDAR.next_working,
    lambda d: CALENDAR.wd(d, 0),
    lambda d: CALENDAR.wd(0, d),
    lambda d: CALENDAR.add_wd([0, d], 3),
    lambda d: CALENDAR.add_wd_seconds(d * DAY, 1),
]


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("text", ["2020-12-30", "2027-01-01"])
def test_a_day_outside_the_calendar_is_refused_with_its_date(ask: Callable[[int], object], text: str) -> None:
    with pytest.raises(InputRefused, match=text):
        ask(day(text))


def test_a_due_day_beyond_the_calendar_is_refused_with_the_date_it_counts_from() -> None:
    with pytest.raises(InputRefused, match="working day 20 after 2026-12-30"):
        CALENDAR.add_wd([0, day("2026-12-30")], 20)
    with pytest.raises(InputRefused, match="2026-10-01"):
        Calendar.load(CN, date(2026, 9, 1), date(2026, 10, 5)).next_working(30)


def test_counting_backwards_and_days_that_are_no_whole_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add_wd(0, -1)
    with pytest.raises(TypeError, match="whole number"):
        CALENDAR.is_working(0.5)


def test_an_unpublished_year_is_refused_and_every_one_is_named() -> None:
    with pytest.raises(CalendarYearNotPublished) as refused:
        Calendar.load(CN, date(2026, 6, 1), date(2029, 1, 1), assume=(2028,))
    assert [problem.where for problem in refused.value.problems] == ["calendar year 2027", "calendar year 2029"]
    assert "assume_years: [2027]" in str(refused.value)


def test_an_assumed_year_is_monday_to_friday_and_the_calendar_says_that_it_is_assumed() -> None:
    calendar = Calendar.load(CN, date(2026, 12, 1), date(2027, 12, 31), assume=(2026, 2027, 2030))
    assert calendar.assumed == (2027,)
    newyear = calendar.day(date(2027, 1, 1))
    worked = calendar.is_working(np.arange(newyear, newyear + 365))
    assert worked.tolist() == [(date(2027, 1, 1) + timedelta(days=i)).weekday() < 5 for i in range(365)]
    assert CALENDAR.assumed == ()


HEAD = "kind: calendar\nschema: 1\nyears:\n  2023:\n    notice: n\n    dated: 2022-12-08\n"


@pytest.mark.parametrize(
    ("off", "make_up", "words"),
    [
        ("[2024-01-01]", "[]", "under its own year"),
        ("[2023-01-02, 2023-01-02]", "[]", "named once"),
        ("[2023-01-28]", "[2023-01-28]", "named once"),
        ("[]", "[2023-01-30]", "Saturday or a Sunday"),
        ("[2023-02-29]", "[]", "date of the calendar"),
        ("[1672617600]", "[]", "year-month-day"),
    ],
)
def test_a_calendar_file_that_cannot_be_a_notice_is_refused(tmp_path: Path, off: str, make_up: str, words: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(f"{HEAD}    off: {off}\n    make_up: {make_up}\n", encoding="utf-8")
    with pytest.raises(FileRefused, match=words):
        published(path)


def test_a_calendar_file_written_back_reads_equal(tmp_path: Path) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(dump(CN), encoding="utf-8")
    assert published(path) == CN
    assert isinstance(CN, CalendarFile)
