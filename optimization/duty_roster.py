"""Duty roster: the named roster of a staffed hall for some weeks, in which equal people take each other's duties in turn.

A *duty* is what one person of the scenario does in a week: a shift at windows. People are equal when the scenario says the same of them
but for shift and window: employer, contract, skills, pace, training, absence. Whichever of them sits there, the simulation draws the same
law, so a roster that only exchanges equals is the staffing that was simulated in every week; `differences` holds it to that, counting
people at windows from the finished lines alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimization.levels import HALF_HOUR, PERIODS
from optimization.naming import Named, duties, misfits, name_people
from optimization.rosters import Contract, Group, Rostered, Rostering
from optimization.shifts import Patterns
from optimization.solvers import SolverFailed
from optimization.staffing_problem import Rota
from simulation.plan import Plan
from simulation.seating import seated
from simulation.shifts import DAY, Days
from simulation.units import Interval

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
SATURDAY = 5
NOON = (23, 28)
"""Half hours of the day, 11:30 to 14:00, in which a break makes those who stay do lunch duty."""
Sitting = tuple[str, int, int]
"""Window, from, to; seconds since midnight."""


@dataclass(frozen=True)
class Line:
    """A stretch of duty of one person on one day; `window` is empty where he has none; seconds since midnight."""

    person: str
    week: int
    day: str
    shift: str
    window: str
    begins: int
    ends: int


@dataclass(frozen=True)
class Difference:
    """A window of one day and week where the roster has not whom the simulation had: people asked for, and there."""

    week: int
    day: str
    window: str
    begins: int
    ends: int
    asked: int
    there: int


@dataclass(frozen=True)
class DutyRoster:
    """A roster and what it was made from.

    Attributes
    ----------
    problem, weeks, named : people by group, kind of window, day and shift; what is asked in a week; who does it.
    lines : in the order of weeks, days and people.
    differences : from the staffing that was simulated; empty where it is the same in every week.
    turn : whether people change duties by week or by day.
    why : shifts that no person may work every week, in words; the reason for differences.
    """

    problem: Rostering
    weeks: tuple[Rostered, ...]
    named: Named
    lines: tuple[Line, ...]
    differences: tuple[Difference, ...]
    turn: str
    why: tuple[str, ...]

    @property
    def alone(self) -> int:
        """People with nobody equal to exchange duties with."""
        return sum(group.size == 1 for group in self.problem.groups)

    @property
    def spread(self) -> dict[str, tuple[int, bool]]:
        """By duty (days, noon, weekend) the largest spread in a group of two or more, and whether it is proved that none is smaller."""
        some = [g for g, group in enumerate(self.problem.groups) if group.size > 1]
        return {
            duty: (int(by[some].max(initial=0)), bool(self.named.proved[[g for g in some if by[g] == by[some].max(initial=0)]].all()))
            for duty, by in self.named.spread.items()
        }


def duty_roster(plan: Plan, rota: Rota, seed: int = 1, steady: bool = False) -> DutyRoster:
    """Name a roster of `rota.weeks` weeks for everybody at the windows of a plan's scenario.

    Parameters
    ----------
    steady : the same roster each time on one machine.

    Raises
    ------
    SolverFailed : no division of a group's duties was found in time, or the checker rejects it.
    """
    sittings = seats(plan)
    problem, week, who = _problem(plan, rota, sittings)
    why = () if problem.daily else tuple(_too_long(problem, week, rota))
    problem = replace(problem, daily=True) if why else problem
    weeks = (week,) * int(rota.weeks)
    shared = duties(problem, weekend=(SATURDAY,))
    named = name_people(problem, weeks, shared, seed, 10.0, nearest=True, steady=steady)
    lines = tuple(_lines(plan, problem, named, who, sittings))
    found = tuple(differences(lines, sittings, int(rota.weeks)))
    if wrong := [*clashes(lines), *(w for w in misfits(problem, weeks, named) if not (found and "grouped roster" in w))]:
        raise SolverFailed("the checker rejects the roster: " + "; ".join(wrong[:5]))
    return DutyRoster(problem, weeks, named, lines, found, "day" if problem.daily else "week", why)


def seats(plan: Plan) -> dict[str, tuple[tuple[Sitting, ...], tuple[Sitting, ...]]]:
    """Return who sits where on a working day and on an open Saturday, by person, as the Plan seats him; machines are left out."""
    centre = plan.scenario.centre
    days = Days(np.array([True, False]), np.array([False, True]), np.array([0, SATURDAY]))
    rows, _ = seated(plan.scenario, [*plan.windows], plan.classes, days, 2, {name: [] for name in centre.departments}, 0)
    found: dict[str, tuple[list[Sitting], list[Sitting]]] = {name: ([], []) for name in centre.staff}
    for row in rows:
        if (person := int(row["person"])) < len(centre.staff):
            sitting = plan.windows[int(row["window"])], int(row["opens"]) % DAY, int(row["opens"]) % DAY + int(row["closes"] - row["opens"])
            found[plan.persons[person]][int(row["opens"]) // DAY].append(sitting)
    return {name: (tuple(sorted(work, key=_begins)), tuple(sorted(saturday, key=_begins))) for name, (work, saturday) in found.items()}


def windows_open(sittings: Iterable[Sitting], kinds: Mapping[str, int]) -> NDArray[np.int64]:
    """Return how many windows of each kind somebody sits at for all of a half hour (W, PERIODS); `kinds` by window."""
    found: NDArray[np.int64] = np.zeros((max(kinds.values(), default=-1) + 1, PERIODS), dtype=np.int64)
    for window, begins, ends in sittings:
        if window in kinds:
            found[kinds[window], -(-begins // HALF_HOUR) : ends // HALF_HOUR] += 1
    return found


def differences(lines: Iterable[Line], sittings: Mapping[str, Sequence[Sequence[Sitting]]], weeks: int) -> list[Difference]:
    """Return where the lines have not exactly the people at the windows that the simulated scenario has."""
    there = Counter((line.week, line.day, line.window, line.begins, line.ends) for line in lines if line.window)
    asked = Counter(
        (week + 1, day, *sitting)
        for week in range(weeks)
        for d, day in enumerate(DAYS)
        for mine in sittings.values()
        for sitting in mine[d == SATURDAY]
    )
    cells = sorted((asked - there) + (there - asked), key=lambda c: (c[0], DAYS.index(c[1]), c[3], c[2]))
    return [Difference(*cell, asked[cell], there[cell]) for cell in cells]


def clashes(lines: Iterable[Line]) -> list[str]:
    """Return people at two windows at once, and windows with two people at once, from the lines alone."""
    found = []
    for words in ("twice at once", "two people at once"):
        by: dict[tuple[str, int, str], list[Line]] = {}
        for line in lines:
            if name := line.person if words == "twice at once" else line.window:
                by.setdefault((name, line.week, line.day), []).append(line)
        for (who, week, day), mine in by.items():
            mine.sort(key=lambda line: line.begins)
            if any(a.ends > b.begins for a, b in pairwise(mine)):
                found.append(f"{who}, week {week}, {day}: {words}")
    return found


def _problem(
    plan: Plan, rota: Rota, sittings: Mapping[str, Sequence[Sequence[Sitting]]]
) -> tuple[Rostering, Rostered, dict[tuple[int, int, int], list[str]]]:  # fmt: skip
    """Return the roster's problem, what a week of it asks for, and whose duty each is: names by (group, kind of window, shift)."""
    centre = plan.scenario.centre
    kinds = kinds_of(plan)
    names = [*dict.fromkeys(kinds.values()), "no window"]
    used = [*dict.fromkeys(person.shift for person in centre.staff.values())]
    on, paid = np.zeros((len(used), len(DAYS), PERIODS), dtype=bool), np.zeros((len(used), len(DAYS)))
    for p, shift in enumerate(used):
        for d in range(len(DAYS)):
            for span in _hours(plan, shift, d):
                on[p, d, span.start // HALF_HOUR : -(-span.end // HALF_HOUR)] = True
                paid[p, d] += (span.end - span.start) / 3600
    hours = np.flatnonzero(on.any(axis=(0, 1)))
    first, last = (int(hours[0]), int(hours[-1])) if len(hours) else (0, 0)
    groups: dict[str, list[str]] = {}
    who: dict[tuple[int, int, int], list[str]] = {}
    cells: dict[str, tuple[int, int]] = {}
    for name, person in centre.staff.items():
        seat = next((window for mine in sittings[name] for window, _, _ in mine), person.window)
        row = None if seat is None else centre.windows[seat]
        fixed = seat if row is not None and (row.tide is not None or person.pool is not None) else None
        same = person.model_copy(update={"shift": "", "window": None, "source": None, "skills": tuple(sorted(person.skills))})
        groups.setdefault(f"{same!r} {None if row is None else row.site} {fixed}", []).append(name)
        cells[name] = names.index("no window" if seat is None else kinds[seat]), used.index(person.shift)
    people = np.zeros((len(groups), len(names), len(DAYS), len(used)), dtype=np.int64)
    for g, members in enumerate(groups.values()):
        for name in members:
            w, p = cells[name]
            who.setdefault((g, w, p), []).append(name)
            people[g, w, :, p] += on[p].any(axis=1)
    on = on[:, :, first : last + 1]
    duty = np.einsum("gwdp,pdt->gwdt", people, on.astype(np.int64))
    rows = [centre.staff[members[0]] for members in groups.values()]
    terms = Contract(float(rota.weekly_hours), float(rota.weekly_days))
    problem = Rostering(
        groups=tuple(
            Group(f"{r.employer}, {r.contract}, {'+'.join(r.skills)}", r.employer, r.contract, len(m), tuple(m))
            for r, m in zip(rows, groups.values(), strict=True)
        ),
        contracts={r.contract: terms for r in rows},
        patterns=Patterns(tuple(used), on, paid, first * HALF_HOUR),
        windows=np.array([sum(k == name for k in kinds.values()) for name in names], dtype=np.int64),
        window_names=tuple(names),
        serves={(g, w): frozenset({w}) for g, w, _ in who},
        required=duty.sum(axis=0).swapaxes(0, 1),
        queue_names=tuple(names), day_names=DAYS, daily=rota.turn == "day", noon=_noon(on, first), rest=float(rota.rest) / 3600,
    )  # fmt: skip
    flow = {(int(g), int(w), int(d), int(w), int(t)): float(duty[g, w, d, t]) for g, w, d, t in np.argwhere(duty)}
    still = np.zeros((len(groups),) * 2, dtype=np.int64)
    return problem, Rostered("proved", None, None, None, "", people, still, flow, np.zeros(problem.required.shape)), who


def kinds_of(plan: Plan) -> dict[str, str]:
    """Return the kind of each window with people, in words: department and queues, the hall where there are several; tidal ones apart."""
    centre = plan.scenario.centre
    found = {}
    for name, window in centre.windows.items():
        if window.machine_shift is None:
            hall, tidal = [window.site] if len(centre.sites) > 1 else [], ["tidal"] if window.tide else []
            found[name] = ", ".join([window.department, *hall, "+".join(sorted(window.queues)), *tidal])
    return found


def _noon(on: NDArray[np.bool_], first: int) -> tuple[int, ...]:
    """Return the half hours around noon in which some shift has its break."""
    begun, still = np.logical_or.accumulate(on, axis=2), np.logical_or.accumulate(on[:, :, ::-1], axis=2)[:, :, ::-1]
    away = (begun & still & ~on).any(axis=(0, 1))
    return tuple(int(t) for t in np.flatnonzero(away) if NOON[0] <= t + first < NOON[1])


def _too_long(problem: Rostering, week: Rostered, rota: Rota) -> Iterable[str]:
    """Say which shifts are more than one person may work in a week."""
    for p, name in enumerate(problem.patterns.names):
        days, hours = int(problem.patterns.worked[p].sum()), float(problem.patterns.paid[p].sum())
        if week.people[:, :, :, p].any() and (days > rota.weekly_days or hours > float(rota.weekly_hours) + 1e-9):
            yield f"{name}: {days} days, {hours:g} h"


def _hours(plan: Plan, shift: str, day: int) -> Sequence[Interval]:
    row = plan.scenario.centre.shifts[shift]
    return row.saturday if day == SATURDAY else row.working


def _lines(
    plan: Plan, problem: Rostering, named: Named, who: Mapping[tuple[int, int, int], list[str]],
    sittings: Mapping[str, Sequence[Sequence[Sitting]]],
) -> Iterable[Line]:  # fmt: skip
    """Give everybody the windows of one duty of his cell: the one he did last, his own, else the first that is left."""
    last = {name: name for name in named.people}
    for k, d in np.ndindex(named.shift.shape[1:]):
        cells: dict[tuple[int, int, int], list[int]] = {}
        for i in np.flatnonzero(named.shift[:, k, d] >= 0).tolist():
            cells.setdefault((int(named.group[i]), int(named.window[i, k, d]), int(named.shift[i, k, d])), []).append(i)
        for cell, people in cells.items():
            free = list(who[cell])
            for i in sorted(people, key=lambda i: (last[named.people[i]] not in who[cell], named.people[i] not in who[cell])):
                name = named.people[i]
                duty = next((one for one in (last[name], name, *free) if one in free), None)
                assert duty is not None, "more people than duties"
                free.remove(duty)
                last[name] = duty
        for i in np.flatnonzero(named.shift[:, k, d] >= 0).tolist():
            name, shift = named.people[i], problem.patterns.names[named.shift[i, k, d]]
            seat = sittings[last[name]][d == SATURDAY]
            idle = [("", span.start, span.end) for span in _hours(plan, shift, d)]
            for window, begins, ends in seat or idle:
                yield Line(name, k + 1, DAYS[d], shift, window, begins, ends)


def _begins(sitting: Sitting) -> tuple[int, str]:
    return sitting[1], sitting[0]


def time_of(second: int) -> str:
    """Return a clock time.

    >>> time_of(13 * 3600 + 900)
    '13:15'
    """
    return f"{second // 3600}:{second % 3600 // 60:02d}"


__all__ = [
    "DAYS", "SATURDAY", "Difference", "DutyRoster", "Line", "clashes", "differences", "duty_roster", "kinds_of", "seats", "time_of",
    "windows_open",
]  # fmt: skip
