"""The working days of a place: what the state has published, and counting by it.

Which weekends are worked and which weekdays are off comes from a yearly notice, so it is data (`scenarios/calendars`), never a
formula. A hall that opens on a Saturday does not make it a working day. Outside the dates it covers a calendar answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from simulation.errors import Breaches, Broken, CalendarYearNotPublished, InputRefused, Problem
from simulation.files import find, load_model
from simulation.units import Day

DAY = 86_400

Ints = NDArray[np.int64]


class CalendarYear(BaseModel):
    """What one yearly notice says: its number and date, the dates off, the weekend dates worked in exchange (make-up days, 调休)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    notice: str
    dated: Day
    off: tuple[Day, ...]
    make_up: tuple[Day, ...]


class CalendarFile(BaseModel):
    """The published years of one place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["calendar"]
    years: dict[str, CalendarYear]

    @model_validator(mode="after")
    def _each_date_says_something(self) -> CalendarFile:
        """A date stands under its own year, once; a make-up day is a weekend (a working Monday needs no notice)."""
        broken = []
        for name, year in self.years.items():
            for key, days in (("off", year.off), ("make_up", year.make_up)):
                for i, day in enumerate(days):
                    at = ("years", name, key, i)
                    if f"{day.year:04}" != name:
                        broken.append(Broken("a date stands under its own year", f"move it to {day.year}", at, day))
                    if day in days[:i] or (key == "make_up" and day in year.off):
                        broken.append(Broken("a date is named once", "delete one of the two", at, day))
                    if key == "make_up" and day.weekday() < 5:
                        broken.append(Broken("a make-up day is a Saturday or a Sunday", "check it against the notice", at, day))
        if broken:
            raise Breaches(broken)
        return self


def published(name: str | Path) -> CalendarFile:
    """Read a calendar file, named by path or by stem (`cn`); raises `FileRefused`."""
    return load_model(find(name, "calendars"), CalendarFile)


@dataclass(frozen=True, eq=False)
class Calendar:
    """Working days from `first` to `last`, counted in day indices: days since `epoch`, negative before it.

    Every method takes whole numbers or int arrays alike and gives back the same shape as int64 (bool for questions). A day that is
    not covered raises `InputRefused` with its date.

    Attributes
    ----------
    epoch : day 0; second 0 is its local midnight
    first : first date covered
    working : bool[n], true for the working days of the n dates from `first` on
    off : bool[n], true for the dates that a notice gives off
    assumed : years that nobody has published yet and that were taken as Monday to Friday; every report prints them
    """

    epoch: Day
    first: Day
    working: NDArray[np.bool_]
    off: NDArray[np.bool_]
    assumed: tuple[int, ...] = ()

    @classmethod
    def load(
        cls, published: CalendarFile, first: Day, last: Day, assume: Iterable[int] = (), epoch: Day | None = None
    ) -> Calendar:
        """The days from `first` to `last`, both covered; `epoch` is `first` unless given.

        Raises
        ------
        CalendarYearNotPublished
            A year of the span is neither published nor in `assume`. A year that is both counts as published.
        """
        years = range(first.year, last.year + 1)
        missing = [year for year in years if str(year) not in published.years]
        allowed = {int(year) for year in assume}
        known = ", ".join(sorted(published.years)) or "none"
        problems = [
            Problem(f"calendar year {year}", f"no working days; published: {known}", "working days follow a yearly notice, never a formula",
                    f"add the notice's dates to the calendar file, or assume Monday to Friday: assume_years: [{year}]")
            for year in missing
            if year not in allowed
        ]  # fmt: skip
        if problems:
            raise CalendarYearNotPublished(problems)
        notices = [published.years[str(year)] for year in years if year not in missing]
        off = {day for year in notices for day in year.off}
        make_up = {day for year in notices for day in year.make_up}
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        return cls(
            epoch or first,
            first,
            np.array([day in make_up or (day.weekday() < 5 and day not in off) for day in days], dtype=bool),
            np.array([day in off for day in days], dtype=bool),
            tuple(missing),
        )

    @classmethod
    def listed(cls, working: Iterable[Day], first: Day, last: Day, epoch: Day | None = None) -> Calendar:
        """The calendar of a log that carries its own list of working dates; which other dates a notice gave off is unknown there."""
        dates = set(working)
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        return cls(epoch or first, first, np.array([day in dates for day in days], dtype=bool), np.zeros(len(days), dtype=bool))

    @property
    def last(self) -> Day:
        """Last date covered."""
        return self.first + timedelta(days=len(self.working) - 1)

    @cached_property
    def _start(self) -> int:
        return (self.first - self.epoch).days

    @cached_property
    def _count(self) -> Ints:
        """`_count[k]` = working dates among the first k covered."""
        return np.concatenate(([0], np.cumsum(self.working))).astype(np.int64)

    @cached_property
    def _worked(self) -> Ints:
        return np.flatnonzero(self.working).astype(np.int64) + self._start

    def working_dates(self) -> tuple[Day, ...]:
        """Every working date covered, in order."""
        return tuple(self.date(int(day)) for day in self._worked)

    def date(self, day: int) -> Day:
        """The date of a day index; covered or not."""
        return self.epoch + timedelta(days=int(day))

    def day(self, date: Day) -> int:
        """The day index of a date; covered or not."""
        return (date - self.epoch).days

    def is_working(self, day: ArrayLike) -> NDArray[np.bool_]:
        """Whether the day is a working day."""
        answer: NDArray[np.bool_] = self.working[self._covered(day) - self._start]
        return answer

    def is_holiday(self, day: ArrayLike) -> NDArray[np.bool_]:
        """Whether a notice gives the day off; an ordinary weekend is no holiday."""
        answer: NDArray[np.bool_] = self.off[self._covered(day) - self._start]
        return answer

    def wd(self, x: ArrayLike, y: ArrayLike) -> Ints:
        """Working dates in (x, y]: the day of the event is not counted (Civil Code Art. 201). 0 where x >= y.

        `x` may be the eve of the first date covered.
        """
        until_x = self._count[self._covered(x, before=1) - self._start + 1]
        until_y = self._count[self._covered(y, before=1) - self._start + 1]
        answer: Ints = np.maximum(until_y - until_x, 0)
        return answer

    def add_wd(self, day: ArrayLike, n: ArrayLike) -> Ints:
        """The n-th working day after `day`; the day itself, worked or not, where n is 0."""
        days, steps = np.broadcast_arrays(self._covered(day, before=1), np.asarray(n, dtype=np.int64))
        if np.any(steps < 0):
            raise ValueError("add_wd counts forward: n is 0 or more")
        rank = self._count[days - self._start + 1] + steps
        beyond = (steps > 0) & (rank > len(self._worked))
        if np.any(beyond):
            n_first, day_first = int(steps[beyond].flat[0]), int(days[beyond].flat[0])
            raise self._refusal(f"working day {n_first} after {self.date(day_first)}, which is later than {self.last}")
        if not len(self._worked):
            return days + 0
        return np.where(steps == 0, days, self._worked[np.clip(rank - 1, 0, len(self._worked) - 1)])[()]

    def next_working(self, day: ArrayLike) -> Ints:
        """The first working day not before `day`."""
        days = self._covered(day)
        rank = self._count[days - self._start]
        if np.any(rank >= len(self._worked)):
            raise self._refusal(f"the next working day from {self.date(int(np.max(days)))}, which is later than {self.last}")
        answer: Ints = self._worked[rank]
        return answer

    def add_wd_seconds(self, t: ArrayLike, n: ArrayLike) -> Ints:
        """The same time of day `n` working days later; `t` in seconds since the epoch's midnight."""
        seconds = np.asarray(t, dtype=np.int64)
        return self.add_wd(seconds // DAY, n) * DAY + seconds % DAY

    def _covered(self, day: ArrayLike, before: int = 0) -> Ints:
        """The days as int64, each covered, or at most `before` days before the first."""
        days = np.asarray(day)
        if days.dtype.kind not in "iu" and days.size:
            raise TypeError(f"a day index is a whole number, not {days.dtype}")
        days = days.astype(np.int64)
        outside = (days < self._start - before) | (days >= self._start + len(self.working))
        if np.any(outside):
            raise self._refusal(self._name(int(days[outside].flat[0])))
        return days

    def _name(self, day: int) -> str:
        try:
            return f"{self.date(day)} (day {day})"
        except OverflowError:
            return f"day {day}"

    def _refusal(self, found: str) -> InputRefused:
        rule = "outside the dates it covers a calendar has no working days"
        return InputRefused(Problem(f"calendar {self.first} to {self.last}", found, rule, "cover more dates, or end the run earlier"))
