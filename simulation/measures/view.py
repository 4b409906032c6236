"""A log prepared for measuring: plain arrays, the measured population, and sums by group. Nothing of it is kept after measuring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.log import EventLog, seconds
from simulation.measures.case_clocks import PIECE, CaseClocks
from simulation.measures.survival import Tally

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.integer[Any]]
"""Numbers of names in a list, in as few bits as the log has them; -1 where there is none."""
Found = TypeVar("Found")
HALF_HOUR = 1800
COMMITTED = ("committed", "joint", "upward")
"""Classes of cases that are promised by a date (承诺件, 联办件, 上报件)."""
CASE_DIMENSIONS = ("item", "department", "group", "channel", "class")
TICKET_DIMENSIONS = ("queue", "item", "department", "site", "group", "class", "half_hour")
QUANTILE_DIMENSIONS = ("queue", "item", "group")


@dataclass
class Rows:
    """Tidy rows of one measure: for each group its total and n, or the tally of its values."""

    groups: list[str]
    total: list[float]
    n: list[float]
    values: list[Tally] | None = None


class View:
    """A log as arrays, in a window; second `MISSING` is no second."""

    def __init__(self, log: EventLog, window: tuple[int, int] | None = None) -> None:
        self.log, self.meta = log, log.meta
        # A log that ends at midnight has seen nothing of the day that begins there.
        self.cutoff = log.meta.horizon - int(log.meta.horizon % DAY == 0)
        self.since, self.until = window or log.meta.window or (0, self.cutoff + 1)
        self.calendar = log.meta.calendar()
        self._dimensions: dict[tuple[str, str], tuple[Codes, list[str]] | None] = {}
        self._found: dict[Callable[[View], Any], Any] = {}

    def once(self, function: Callable[[View], Found]) -> Found:
        """What a function finds in this view: worked out when first asked for, for all measures that rest on it."""
        if function not in self._found:
            self._found[function] = function(self)
        return cast(Found, self._found[function])

    @cached_property
    def working_days(self) -> int:
        """Working dates in the window: what a number a day is divided by."""
        return int(self.calendar.wd(self.since // DAY - 1, (self.until - 1) // DAY))

    def within(self, t: Ints) -> Bools:
        """Which seconds lie in the window."""
        return (t >= self.since) & (t < self.until)

    # --- columns -------------------------------------------------------------------------------------------------

    def event(self, column: str) -> Ints:
        """A number of `events`, `MISSING` where it is missing or the log has no such column."""
        return self._column("events", column)

    def case(self, column: str) -> Ints:
        """A number of `cases`, likewise."""
        return self._column("cases", column)

    def _column(self, table: str, column: str) -> Ints:
        frame: pd.DataFrame = getattr(self.log, table)
        if column not in frame:
            return np.broadcast_to(np.int64(MISSING), len(frame))
        if isinstance(frame[column].dtype, np.dtype):
            return seconds(frame[column])
        # A column that may have gaps takes long to read.
        key = f"_{table}_{column}"
        if key not in self.__dict__:
            self.__dict__[key] = seconds(frame[column])
        return cast(Ints, self.__dict__[key])

    def is_(self, table: str, column: str, *names: str, rows: Ints | slice = slice(None)) -> Bools:
        """Which rows, of those asked for, have one of these names in a text column; none where the log has no such column."""
        frame: pd.DataFrame = getattr(self.log, table)
        if column not in frame:
            return np.zeros(len(frame), dtype=bool)[rows]
        codes = frame[column].cat.codes.to_numpy()[rows]
        found = np.zeros(len(codes), dtype=bool)
        for code, name in enumerate(frame[column].cat.categories):
            if name in names:
                found |= codes == code
        return found

    @cached_property
    def case_row(self) -> Ints:
        """Row in `cases` of each event."""
        ids, events = seconds(self.log.cases["case"]), seconds(self.log.events["case"])
        if len(ids) and np.array_equal(ids, np.arange(ids[0], ids[0] + len(ids))):
            consecutive: Ints = events - ids[0]
            return consecutive
        order = np.argsort(ids, kind="stable")
        return order[np.searchsorted(ids, events, sorter=order)]

    @cached_property
    def clocks(self) -> CaseClocks:
        """The legal and the promised clock of every case."""
        return CaseClocks(self)

    def spread(self, rows: NDArray[Any], size: int) -> Bools:
        """True at the rows named."""
        out = np.zeros(size, dtype=bool)
        out[rows] = True
        return out

    # --- tickets and visits --------------------------------------------------------------------------------------

    @cached_property
    def at_counter(self) -> Bools:
        """Rows of a citizen who has come: services and queues."""
        return self.is_("events", "kind", "service", "queue")

    @cached_property
    def in_person(self) -> Bools:
        """Rows of a citizen who has come to a hall, or to a department that takes his papers in itself."""
        itself = self.is_("events", "kind", "task") & self.is_("events", "reason", "sent_on")
        return self.at_counter | itself

    @cached_property
    def ticket(self) -> Bools:
        """Tickets taken: services and queues with the second at which the ticket was taken."""
        taken: Bools = self.at_counter & (self.event("entered") != MISSING)
        return taken

    @cached_property
    def _comings(self) -> tuple[Codes, Ints]:
        """Number of the coming of each event, from 0 on in the order of case and visit; and the case of each coming."""
        key = self.case_row << 16
        key += np.maximum(self.event("visit"), 0)
        order = np.argsort(key, kind="stable")
        key = key[order]
        new = np.append(True, key[1:] != key[:-1])[: len(key)]
        number = np.empty(len(key), dtype=np.int32)
        number[order] = np.cumsum(new, dtype=np.int32) - 1
        return number, key[new] >> 16

    @property
    def coming(self) -> Codes:
        """One number for each (case, visit), by event."""
        return self._comings[0]

    @property
    def coming_case(self) -> Ints:
        """Row in `cases` of each coming."""
        return self._comings[1]

    @cached_property
    def first_ticket(self) -> Bools:
        """The first ticket of each coming: that taken first, and of several the row that stands first."""
        rows = np.flatnonzero(self.ticket)
        entered, coming = self.event("entered")[rows], self.coming[rows]
        began = np.full(len(self.coming_case), np.iinfo(np.int64).max)
        np.minimum.at(began, coming, entered)
        first = np.full(len(began), len(self.ticket))
        earliest = entered == began[coming]
        np.minimum.at(first, coming[earliest], rows[earliest])
        return self.spread(first[first < len(self.ticket)], len(self.ticket))

    @cached_property
    def served(self) -> Bools:
        """Tickets taken in the window whose turn came."""
        called: Bools = self.is_("events", "kind", "service") & (self.event("start") != MISSING)
        return self.ticket & called & self.within(self.event("entered"))

    @property
    def wait(self) -> Ints:
        """From taking the ticket to being called; sense only where `served`."""
        return self.event("start") - self.event("entered")

    @cached_property
    def at_machine(self) -> Bools:
        """Rows at a window that is a machine, where the log says which are."""
        machine = self.is_("duty", "state", "machine")
        if not machine.any() or "post" not in self.log.events:
            return np.zeros(len(self.log.events), dtype=bool)
        names = {str(name) for name in self.log.duty["post"].astype(object)[machine]}
        return self.is_("events", "post", *names)

    # --- cases ---------------------------------------------------------------------------------------------------

    @cached_property
    def received(self) -> Bools:
        """The measured cases: applications (no consultation) received in the window."""
        return self.within(self.case("received")) & ~self.consultation

    @cached_property
    def came(self) -> Bools:
        """Applications whose owner came in the window, filed or not: arrived, or received where the log knows no arrival."""
        arrived = self.case("arrived")
        return self.within(np.where(arrived == MISSING, self.case("received"), arrived)) & ~self.consultation

    @cached_property
    def given_up(self) -> Bools:
        """Cases withdrawn, before they were received or after."""
        return self.is_("cases", "outcome", "withdrawn")

    @cached_property
    def consultation(self) -> Bools:
        """Cases that only ask."""
        return self.is_("cases", "class", "consultation") | self.is_("cases", "purpose", "consultation")

    @cached_property
    def filed(self) -> Bools:
        """Measured cases filed at a window."""
        return self.received & self.is_("cases", "channel", "counter")

    @cached_property
    def committed(self) -> Bools:
        """Cases of a class that is promised by a date."""
        return self.is_("cases", "class", *COMMITTED)

    @cached_property
    def withdrawn(self) -> Ints:
        """The last second heard of a case that ended without a decision, else `MISSING`."""
        last = np.full(len(self.log.cases), MISSING)
        np.maximum.at(last, self.case_row, np.maximum(np.maximum(self.event("end"), self.event("start")), self.event("entered")))
        last = np.maximum(last, self.case("received"))
        gone = self.is_("cases", "outcome", "withdrawn", "not_accepted") & (self.case("decided") == MISSING)
        return np.where(gone, last, MISSING)

    @property
    def ended(self) -> Ints:
        """The second of decision, or of the last thing heard of a case that ended without one; `MISSING` while it is open."""
        return np.maximum(self.case("decided"), self.withdrawn)

    @cached_property
    def event_department(self) -> Codes:
        """Code of the department that an event itself names (a task's, or who convenes a meeting), -1 where it names none."""
        found = self._categories("events", "department")
        return np.full(len(self.log.events), -1, dtype=np.int64) if found is None else found[0]

    @cached_property
    def hops(self) -> Ints:
        """Hand-overs of each file: transfers that left, and tasks begun in another department than the task begun before, nothing carried
        between. Parallel tasks go in the order in which they begin; from a counter to a department is a hop only where the file is carried.
        A meeting is one task of who convenes it, however many sit there: they look at one file.
        """
        start, end = self.event("start"), self.event("end")
        carried: Bools = self.is_("events", "kind", "transfer")
        table = self.is_("events", "kind", "meeting") & (self.event_department >= 0)
        at = np.flatnonzero((carried | table | self.is_("events", "kind", "task")) & (start != MISSING))
        moment = np.where(carried & (end != MISSING), end, start)[at]
        order = at[np.lexsort((at, ~carried[at], moment, self.case_row[at]))]
        department = np.where(carried, -1, self.event_department)[order]
        case, moved = self.case_row[order], carried[order].copy()
        known = (department[1:] >= 0) & (department[:-1] >= 0)
        moved[1:] |= (case[1:] == case[:-1]) & known & (department[1:] != department[:-1])
        return np.bincount(case[moved], minlength=len(self.log.cases)).astype(np.int64)

    # --- groups --------------------------------------------------------------------------------------------------

    def dimension(self, table: str, name: str) -> tuple[Codes, list[str]] | None:
        """Code of each row (-1: none) and the members' names; None where the log cannot tell."""
        if (table, name) not in self._dimensions:
            self._dimensions[table, name] = self._find_dimension(table, name)
        return self._dimensions[table, name]

    def _find_dimension(self, table: str, name: str) -> tuple[Codes, list[str]] | None:
        if table == "cases":
            if name == "department" and "department" not in self.log.cases:
                return self._through("cases", "item", self.meta.items)
            return self._categories("cases", name)
        if name == "half_hour":
            cell = self.event("entered") % DAY // HALF_HOUR
            return np.where(self.event("entered") == MISSING, -1, cell).astype(np.int8), HALF_HOURS
        if name in ("queue", "site"):
            return self._categories("events", name)
        if name == "window":
            return self._categories("events", "post")
        if (found := self.dimension("cases", name)) is None:
            return None
        return found[0][self.case_row], found[1]

    def _categories(self, table: str, column: str) -> tuple[Codes, list[str]] | None:
        frame: pd.DataFrame = getattr(self.log, table)
        if column not in frame:
            return None
        return frame[column].cat.codes.to_numpy(), [str(c) for c in frame[column].cat.categories]

    def _through(self, table: str, column: str, where: dict[str, str]) -> tuple[Codes, list[str]] | None:
        """The members that a text column leads to by a table of `meta`."""
        found = self._categories(table, column)
        if found is None or not where:
            return None
        names = sorted(set(where.values()))
        recode = np.array([names.index(where[c]) if c in where else -1 for c in found[1]] + [-1], dtype=np.min_scalar_type(-len(names) - 1))
        return recode[found[0]], names

    def sums(self, table: str, chosen: Bools, total: NDArray[Any], n: NDArray[Any] | None, dimensions: Iterable[str]) -> Rows:
        """Totals and counts of the chosen rows, over all and by group. `total`, `n` (default 1) are columns of the table."""
        at = np.flatnonzero(chosen)
        top = total[at].astype(np.float64)
        bottom = None if n is None else n[at].astype(np.float64)
        rows = Rows(["all"], [float(top.sum())], [float(len(at)) if bottom is None else float(bottom.sum())])
        for name in dimensions:
            if (found := self.dimension(table, name)) is None:
                continue
            codes, members = found[0][at] + np.int64(1), found[1]
            tops, bottoms = (np.bincount(codes, weights, len(members) + 1)[1:] for weights in (top, bottom))
            some = np.flatnonzero(bottoms)
            rows.groups += [f"{name}:{members[k]}" for k in some]
            rows.total += tops[some].tolist()
            rows.n += bottoms[some].astype(np.float64).tolist()
        return rows

    def samples(self, table: str, chosen: Bools, values: Ints, dimensions: Iterable[str]) -> Rows:
        """The tally of the values of the chosen rows, over all and by group."""
        at = np.flatnonzero(chosen)
        mine = values[at]
        rows = Rows(["all"], [np.nan], [0.0], [Tally.of(mine)])
        assert rows.values is not None
        least, span = (int(mine.min()), int(mine.max()) - int(mine.min()) + 1) if len(mine) else (0, 1)
        for name in dimensions:
            if (found := self.dimension(table, name)) is None:
                continue
            # Group and value as one number.
            pairs, counts = np.unique(found[0][at] * np.int64(span) + (mine - least), return_counts=True)
            starts = np.searchsorted(pairs, np.arange(len(found[1]) + 1) * span)
            for k in np.flatnonzero(np.diff(starts)).tolist():
                here = slice(starts[k], starts[k + 1])
                rows.groups.append(f"{name}:{found[1][k]}")
                rows.values.append(Tally.made(pairs[here] - k * span + least, counts[here]))
        rows.total, rows.n = [np.nan] * len(rows.groups), [0.0] * len(rows.groups)
        return rows


def pieces(rows: Ints) -> Iterator[Ints]:
    """Rows some at a time, so that what is made of them stays small."""
    for k in range(0, len(rows), PIECE):
        yield rows[k : k + PIECE]


HALF_HOURS = [f"{k // 2:02}:{k % 2 * 30:02}" for k in range(48)]
