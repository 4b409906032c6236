"""What a staffing changes: windows that are staffed more or fewer hours, when, and who moves, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from optimization.duty_roster import Sitting, kinds_of, seats, windows_open
from optimization.levels import HALF_HOUR, PERIODS
from simulation.plan import Plan

DAYS_A_WEEK = {"working day": 5, "Saturday": 1}
"""How often a kind of day comes in a week."""


@dataclass(frozen=True)
class Span:
    """Hours of a kind of day in which the number of windows with somebody is another: seconds since midnight, today and then."""

    day: str
    begins: int
    ends: int
    today: int
    proposed: int


@dataclass(frozen=True)
class Move:
    """Somebody for whom something changes; `window`, `shift` today and `to_window`, `to_shift` then, the last two empty for who goes back
    to his employer. `trained` for queues that he does not serve today."""

    person: str
    employer: str
    window: str
    shift: str
    to_window: str
    to_shift: str
    trained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changed:
    """Windows of a kind and what changes at them.

    Attributes
    ----------
    site, department, queues : where and whose they are, and what they call.
    spans : when more or fewer of them have somebody.
    windows : those with other hours a week: name, today, then.
    moves : of people who sit there today; of those who come, where they sit nowhere today.
    """

    site: str
    department: str
    queues: tuple[str, ...]
    spans: tuple[Span, ...]
    windows: tuple[tuple[str, float, float], ...]
    moves: tuple[Move, ...]

    @property
    def hours(self) -> float:
        """Return by how many window hours a week it changes."""
        return sum(then - today for _, today, then in self.windows)


def changes(before: Plan, after: Plan) -> tuple[Changed, ...]:
    """Return the kinds of windows at which something changes between two plans of one hall, those with most hours first."""
    plans = before, after
    kinds = {**kinds_of(after), **kinds_of(before)}
    windows = {**after.scenario.centre.windows, **before.scenario.centre.windows}
    sat = [seats(plan) for plan in plans]
    by_kind: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        by_kind.setdefault(kind, []).append(name)
    moves = list(_moves(before, after, sat))
    found = []
    for names in by_kind.values():
        one = windows[names[0]]
        hours = [{name: sum(_hours(mine, name) for mine in those.values()) for name in names} for those in sat]
        other = tuple((n, hours[0][n], hours[1][n]) for n in names if abs(hours[0][n] - hours[1][n]) > 1e-9)
        mine = tuple(move for move in moves if (move.window or move.to_window) in names)
        spans = tuple(_spans(names, sat))
        if other or mine or spans:
            found.append(Changed(one.site, one.department, tuple(one.queues), spans, other, mine))
    return tuple(sorted(found, key=lambda c: (-abs(c.hours), c.department, c.site, c.queues)))


Sat = Mapping[str, tuple[tuple[Sitting, ...], tuple[Sitting, ...]]]


def _hours(mine: tuple[tuple[Sitting, ...], ...], window: str) -> float:
    """Return the hours a week that somebody sits at a window."""
    days = zip(mine, DAYS_A_WEEK.values(), strict=True)
    return sum(times * sum(ends - begins for at, begins, ends in day if at == window) for day, times in days) / 3600


def _spans(names: list[str], sat: Sequence[Sat]) -> Iterable[Span]:
    """Return when another number of these windows has somebody."""
    at = dict.fromkeys(names, 0)
    for d, day in enumerate(DAYS_A_WEEK):
        today, then = (windows_open((s for mine in those.values() for s in mine[d]), at)[0] for those in sat)
        for (a, b), halves in groupby(range(PERIODS), lambda t: (int(today[t]), int(then[t]))):  # noqa: B023 - used at once
            those = list(halves)
            if a != b:
                yield Span(day, those[0] * HALF_HOUR, (those[-1] + 1) * HALF_HOUR, a, b)


def _moves(before: Plan, after: Plan, sat: Sequence[Sat]) -> Iterable[Move]:
    now, then = (plan.scenario.centre.staff for plan in (before, after))
    for name, person in {**then, **now}.items():
        places = [{s[0]: None for day in those.get(name, ((), ())) for s in day} for those in sat]
        if not any(places):
            continue
        first, last = now.get(name), then.get(name)
        window, to_window = ("/".join(place) for place in places)
        shift, to_shift = ("" if one is None else one.shift for one in (first, last))
        trained = () if first is None or last is None else tuple(sorted({*last.skills} - {*first.skills}))
        if (window, shift) != (to_window, to_shift) or trained:
            yield Move(name, person.employer, window, shift, to_window, to_shift, trained)


__all__ = ["Changed", "Move", "Span", "changes"]
