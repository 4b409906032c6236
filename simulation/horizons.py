"""Which days a run covers: its calendar, and another measured window where one is asked for."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from simulation.calendar import Calendar, published
from simulation.errors import Broken, PlanRefused, Problem
from simulation.scenario import Horizon, Scenario

BACK, AHEAD = 400, 400
"""Calendar days covered before and after the horizon: ages of the backlog, limits that run out after the end."""


def calendar_for(scenario: Scenario, horizon: Horizon) -> Calendar:
    """Return the calendar of `scenario` with epoch at its start, wide enough for `horizon` and for the ages of its backlog.

    Raises
    ------
    CalendarYearNotPublished
        A year within the horizon is neither published nor assumed. Years before and after it fall back on Monday to Friday, marked
        as assumed, because no measured day lies in them.
    """
    notices = published(scenario.calendar)
    wd = int(horizon.warm_up_wd + horizon.window_wd + horizon.run_out_wd)
    length = timedelta(days=wd * 7 // 5 + 40)
    if date.max - scenario.start < length + timedelta(days=AHEAD):
        raise PlanRefused(Problem("horizon", f"{wd} working days from {scenario.start}", "a run ends before the year 10000", "shorten it"))
    last = scenario.start + length
    inside = range(scenario.start.year, last.year + 1)
    edges = [y for y in range(scenario.start.year - 2, last.year + 3) if y not in inside and str(y) not in notices.years]
    assume = [*map(int, scenario.assume_years), *edges]
    return Calendar.load(notices, scenario.start - timedelta(days=BACK), last + timedelta(days=AHEAD), assume, epoch=scenario.start)


def days_digest(calendar: Calendar) -> str:
    """Return a digest of the working days, for the names of runs."""
    return hashlib.sha256(calendar.first.isoformat().encode() + calendar.working.tobytes()).hexdigest()


def with_days(horizon: Horizon, days: int) -> Horizon:
    """Return `horizon` with another measured window."""
    try:
        return horizon.model_copy(update={"window_wd": type(horizon.window_wd)(days)})
    except Broken as broken:
        raise PlanRefused(Problem("--days", str(days), broken.rule, broken.remedy)) from None


def until(horizon: Horizon, scenario: Scenario, first: date | None, last: date | None) -> tuple[Scenario, Horizon]:
    """Return scenario and horizon so that the measured window runs from `first` to `last`, both included.

    The start moves so that the same warm-up ends before `first`.

    Raises
    ------
    PlanRefused
        No working day lies between the two.
    """
    begins = scenario.start if first is None else first
    reach = horizon if last is None else with_days(horizon, max(int(horizon.window_wd), (last - begins).days))
    calendar = calendar_for(scenario.model_copy(update={"start": begins}), reach)
    start_day = calendar.day(first) if first is not None else int(calendar.add_wd(-1, int(horizon.warm_up_wd) + 1))
    begin = calendar.date(_back(calendar, start_day, int(horizon.warm_up_wd)))
    length = int(horizon.window_wd) if last is None else _window(calendar, start_day, last)
    return scenario.model_copy(update={"start": begin}), with_days(horizon, length)


def _window(calendar: Calendar, start_day: int, last: date) -> int:
    begins = calendar.date(start_day)
    length = int(calendar.wd(start_day - 1, calendar.day(last))) if last >= begins else 0
    if length < 1:
        rule = f"the measured window begins on {begins} and holds a working day"
        raise PlanRefused(Problem("--until", str(last), rule, "name a later date, or an earlier one with --from"))
    return length


def _back(calendar: Calendar, day: int, wd: int) -> int:
    while wd > 0:
        day -= 1
        wd -= int(calendar.is_working(day))
    return day
