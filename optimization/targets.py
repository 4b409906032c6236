"""Targets: what the planner asks of waiting, by queue, half hour and day; each is a measure of the log, and an excess that adds up.

A target holds where total - limit x n <= 0 over its tickets. That excess is a sum over queues, so it says how much each queue gives to or
takes from a target of the whole hall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from simulation.calendar import DAY, Calendar
from simulation.clocks import MISSING
from simulation.errors import Broken
from simulation.frozen import Sourced
from simulation.measures import Measure, Rows, View
from simulation.measures.view import HALF_HOURS
from simulation.shifts import Days
from simulation.units import Duration, Share, TimeOfDay

Floats = NDArray[np.float64]
EACH = "each"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Target(Sourced):
    """One of: a wait; a share of tickets served within some minutes; a share of walk-aways. For all tickets, or by a scope.

    Who left is not served within any time.
    """

    wait: Duration | None = None
    """At most: what all waited, who left or was sent home too, for each ticket called (the measure `wait_borne`). Of the mean wait of those
    called alone it could be lowered by letting people go."""
    served: Share | None = None
    """At least this share of first tickets is called `within`."""
    within: Duration | None = None
    walk_away: Share | None = None
    """At most, over all tickets (the measure `walk_away_share`)."""
    queue: str | None = None
    """A queue, or `each`; the target is of the whole hall when left out."""
    half_hour: str | None = None
    """When the ticket is taken: a half hour by its beginning, or `each`."""
    day: str | None = None
    """mon to sun, or `each`."""

    @model_validator(mode="after")
    def _one_thing(self) -> Target:
        asked = [name for name in ("wait", "served", "walk_away") if getattr(self, name) is not None]
        if len(asked) != 1:
            rule = "a target asks one thing: wait, served (with within) or walk_away"
            raise Broken(rule, "split it", found=", ".join(asked) or "none")
        if (self.served is None) != (self.within is None):
            raise Broken("a share served has its time, and only that: `served: 0.9, within: 30 min`", "write both", at=("within",))
        if self.served is not None and self.served in (0, 1):
            rule = "a share served lies between 0 and 1: chance meets neither"
            raise Broken(rule, "say 0.95 or so", at=("served",), found=str(self.served))
        if self.half_hour not in (None, EACH) and self._clock() not in HALF_HOURS:
            rule = "a half hour is named by its beginning, as 9:30, or `each`"
            raise Broken(rule, "mend it", at=("half_hour",), found=str(self.half_hour))
        if self.day not in (None, EACH, *WEEK):
            raise Broken(f"a day is one of {', '.join(WEEK)} or `each`", "mend it", at=("day",), found=str(self.day))
        return self

    def _clock(self) -> str:
        try:
            return f"{int(TimeOfDay.parse(str(self.half_hour))) // 3600:02}:{int(TimeOfDay.parse(str(self.half_hour))) % 3600 // 60:02}"
        except Broken:
            return str(self.half_hour)

    @property
    def limit(self) -> float:
        """What the measure may be at most: seconds, or a share; of `served` the share not served in time."""
        if self.wait is not None:
            return float(self.wait)
        return 1 - float(self.served) if self.served is not None else float(self.walk_away or 0)

    @property
    def measure(self) -> str:
        """The name of the measure: that of the catalogue where it is the same."""
        plain = "wait_borne" if self.wait is not None else "walk_away_share"
        if self.within is not None:
            plain = f"not_served_within_{float(self.within) / 60:g}_min"
        scope = [name if value == EACH else f"{name}:{value}" for name in ("queue", "half_hour", "day") if (value := getattr(self, name))]
        return " ".join([plain, *(f"by {s}" if s in ("queue", "half_hour", "day") else f"at {s}" for s in scope)])

    @property
    def words(self) -> str:
        """The target in words."""
        if self.wait is not None:
            asked = f"wait at most {self.limit / 60:g} min"
        elif self.within is not None:
            asked = f"{100 * float(self.served or 0):g} % served within {float(self.within) / 60:g} min"
        else:
            asked = f"at most {100 * self.limit:g} % walk away"
        scope = [("each " if value == EACH else "") + (name if value == EACH else value) for name, value in self._scope()]
        return f"{asked}{', ' if scope else ''}{', '.join(scope).replace('_', ' ')}"

    def _scope(self) -> list[tuple[str, str]]:
        return [(name, value) for name in ("queue", "half_hour", "day") if (value := getattr(self, name)) is not None]

    def sums(self, view: View, queues: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
        """Return total and n of the measure, and tickets taken, by queue x half hour x day, an axis of length 1 where the target does not
        tell them apart. Of a wait n are those called, so that a queue which calls nobody has a total and no n.

        Parameters
        ----------
        view : a log prepared for measuring.
        queues : names along the first axis (Q,); tickets of other queues are left out.
        """
        taken = view.ticket & view.within(view.event("entered"))
        known = taken & ~(view.is_("events", "kind", "queue") & view.is_("events", "outcome", "open"))
        if self.wait is not None:
            start, end = view.event("start"), view.event("end")
            until = np.where(start != MISSING, start, np.where(end != MISSING, end, view.cutoff))
            chosen, counts = taken & view.first_ticket, view.served
            values = (until - view.event("entered")).astype(np.float64)
        elif self.within is not None:
            chosen = counts = known & view.first_ticket
            values = (~(view.served & (view.wait <= float(self.within)))).astype(np.float64)
        else:
            chosen = counts = known
            values = view.is_("events", "outcome", "left").astype(np.float64)
        found = view.dimension("events", "queue")
        assert found is not None
        place = np.array([queues.index(q) if q in queues else -1 for q in found[1]] + [-1], dtype=np.int64)
        queue, entered = place[found[0]], view.event("entered")
        half, weekday = entered % DAY // 1800, (view.meta.epoch.weekday() + entered // DAY) % 7
        for axis, value in ((half, None if self.half_hour in (None, EACH) else HALF_HOURS.index(self._clock())),
                            (weekday, None if self.day in (None, EACH) else WEEK.index(str(self.day)))):  # fmt: skip
            chosen = chosen if value is None else chosen & (axis == value)
        if self.queue not in (None, EACH):
            chosen = chosen & (queue == queues.index(str(self.queue)))
        at = np.flatnonzero(chosen & (queue >= 0))
        shape = (len(queues), 48 if self.half_hour == EACH else 1, 7 if self.day == EACH else 1)
        halves = half[at] if shape[1] > 1 else np.zeros(len(at), dtype=np.int64)
        days = weekday[at] if shape[2] > 1 else np.zeros(len(at), dtype=np.int64)
        cell = np.ravel_multi_index((queue[at], halves, days), shape)
        size = int(np.prod(shape))
        weights = values[at], counts[at], np.ones(len(at))
        total, n, tickets = (np.bincount(cell, of, size).astype(np.float64).reshape(shape) for of in weights)
        return total, n, tickets

    def cells(self, queues: tuple[str, ...]) -> list[str]:
        """Return the groups of the measure, in the order of the flattened sums; of one queue for all where the target is of the hall."""
        names = [[f"queue:{q}" for q in queues] if self.queue is not None else [""]]
        names.append([f"half_hour:{h}" for h in HALF_HOURS] if self.half_hour == EACH else [""])
        names.append([f"day:{d}" for d in WEEK] if self.day == EACH else [""])
        return [" ".join(filter(None, (q, h, d))) or "all" for q in names[0] for h in names[1] for d in names[2]]

    def occasions(self, calendar: Calendar, window: tuple[int, int], queues: tuple[str, ...]) -> Floats:
        """Return on how many dates of a window each cell comes (cells,): its weekday's working dates, Saturdays that are no holiday
        with them; all working dates where days are not told apart. One at least.

        Parameters
        ----------
        window : seconds since the calendar's epoch, half-open.
        """
        first, last = window[0] // DAY, -(-window[1] // DAY)
        days = Days.of(calendar, last)
        comes = np.bincount(days.weekday[first:last], (days.working | days.saturday)[first:last], 7)
        if self.day is None:
            comes = np.array([days.working[first:last].sum()])
        elif self.day != EACH:
            comes = comes[WEEK.index(self.day)][None]
        found: Floats = np.tile(np.maximum(comes, 1).astype(np.float64), len(self.cells(queues)) // len(comes))
        return found


@dataclass(frozen=True)
class TargetRows:
    """The rows of a target as a measure; `queues` of the centre. With `tickets` those taken in each cell, each date it comes, in
    place of the measure."""

    target: Target
    queues: tuple[str, ...]
    tickets: bool = False

    def __call__(self, view: View) -> Rows:
        """Return totals and counts of the cells in which a ticket was taken, whether anybody was called or not."""
        total, n, tickets = self.target.sums(view, self.queues)
        if self.target.queue is None:
            total, n, tickets = total.sum(axis=0), n.sum(axis=0), tickets.sum(axis=0)
        some = np.flatnonzero(tickets.ravel() > 0)
        if self.tickets:
            total, n = tickets, self.target.occasions(view.calendar, (view.since, view.until), self.queues).reshape(tickets.shape)
        names = self.target.cells(self.queues)
        return Rows([names[k] for k in some], total.ravel()[some].tolist(), n.ravel()[some].tolist())


def measure_of(target: Target, queues: tuple[str, ...]) -> Measure:
    """Return the measure that a target is judged by."""
    mean = target.wait is not None
    needs = ("events.entered", "events.kind", "events.start", "events.end", "events.visit", "events.outcome", "events.queue")
    return Measure(
        target.measure, "s" if mean else "share", "lower", "ratio" if mean else "share", needs, target.words,
        "tickets still waiting at the cut-off: their wait counts until then; of shares they are left out", "design of this project",
        TargetRows(target, queues),
    )  # fmt: skip


def tickets_of(target: Target, queues: tuple[str, ...]) -> Measure:
    """Return the tickets taken in each cell of a target, each date that the cell comes: a working day, or its day of the week."""
    needs = ("events.entered", "events.kind", "events.start", "events.end", "events.visit", "events.outcome", "events.queue")
    return Measure(
        f"tickets of {target.measure}", "tickets per day", "none", "rate", needs, f"tickets taken: {target.words}",
        "tickets count when they are taken", "design of this project", TargetRows(target, queues, tickets=True),
    )  # fmt: skip


__all__ = ["EACH", "WEEK", "Target", "TargetRows", "measure_of", "tickets_of"]
