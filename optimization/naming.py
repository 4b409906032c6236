"""Names for a roster: who of each group works which shift on which day of several weeks, within rest and hours, duties shared evenly.

Groups are apart from each other. Each is named in turn by the cheapest matching of people to the duties of the day, which evens out what
each has had so far; where that ends in a breach or in a spread that counting does not force, an exact program names the group anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from optimization.rosters import Rostered, Rostering
from optimization.solvers import Program, SolverFailed, minimise
from simulation.errors import Infeasible, InputRefused, Problem

Ints = NDArray[np.int64]
Cell = tuple[int, int]
"""Kind of window, shift."""
Duties = Mapping[str, NDArray[np.bool_]]
IN_A_ROW = 6
"""Days in a row at most: one day off in seven (Labour Law of the PRC, article 38)."""
NEVER = 1e6
LEFT = 1e3
"""Price of an hour of duty that nobody takes, in days of spread."""


@dataclass(frozen=True)
class Named:
    """A roster with names; N people, days of all weeks one after the other.

    Attributes
    ----------
    people : names (N,).
    home, group : the group each belongs to, and the one he works in (N,).
    window, shift : kind of window and shift of each person (N, weeks, D); -1 on days off.
    spread : by duty, the largest number that anybody of a group has less the smallest (G,).
    proved : whether no naming of the group has a smaller sum of spreads (G,).
    """

    people: tuple[str, ...]
    home: Ints
    group: Ints
    window: Ints
    shift: Ints
    spread: Mapping[str, Ints]
    proved: NDArray[np.bool_]


@dataclass
class _Crew:
    """One group while it is named: its people (n,), what there is to do by turn, and what each has had."""

    problem: Rostering
    g: int
    n: int
    turns: list[tuple[int, int | None, list[Cell]]]
    duties: Duties
    nearest: bool = False
    steady: bool = False
    names: list[list[Cell | None]] = field(default_factory=list)

    def amount(self, duty: str, cell: Cell, day: int | None) -> float:
        """Return how often a duty is done in a turn."""
        rows = self.duties[duty][cell[1]]
        return float(rows @ self.problem.weights) if day is None else float(rows[day])


def duties(problem: Rostering, late: int | None = None, weekend: Sequence[int] = ()) -> dict[str, NDArray[np.bool_]]:
    """Return what is to be shared evenly, as shifts by days (P, D): `days`, `noon`, `late`, `weekend`.

    Parameters
    ----------
    late : half hour from which on duty counts as late; None: not counted.
    weekend : days that count as weekend.
    """
    on, worked = problem.patterns.on, problem.patterns.worked
    found = {"days": worked}
    if problem.noon:
        found["noon"] = np.asarray(on[:, :, list(problem.noon)].any(axis=2))
    if late is not None:
        found["late"] = np.asarray(on[:, :, late:].any(axis=2))
    if weekend:
        found["weekend"] = worked & np.isin(np.arange(worked.shape[1]), list(weekend))
    return found


def name_people(
    problem: Rostering, weeks: Sequence[Rostered], shared: Duties, seed: int = 1, limit: float = 20.0,
    *, nearest: bool = False, steady: bool = False,
) -> Named:  # fmt: skip
    """Name the people of grouped rosters of consecutive weeks.

    Parameters
    ----------
    weeks : answers to `problem`, or to problems with other levels and the same people, shifts and windows.
    shared : duties to share evenly, each (P, D); see `duties`.
    limit : seconds of the exact program of one group; units of work where `steady`.
    nearest : where a group's weeks cannot be divided, leave the fewest paid hours to nobody rather than refuse; `misfits` then says so.
    steady : the same names each time on one machine, slower.

    Raises
    ------
    InputRefused : weeks in which other numbers of people work in other groups.
    Infeasible : a group's week cannot be divided among single people within days, hours and rest.
    """
    if any((week.moved != weeks[0].moved).any() for week in weeks):
        rule = "people work in the same group in all weeks of a roster"
        raise InputRefused(Problem("weeks", "different numbers of people moved", rule, "roster the weeks as one, or fix who is moved"))
    home, group = _posted(problem, weeks[0].moved)
    count, days = len(home), len(problem.day_names)
    window, shift = (np.full((count, len(weeks), days), -1, dtype=np.int64) for _ in range(2))
    spread = {duty: np.zeros(len(problem.groups), dtype=np.int64) for duty in shared}
    proved = np.ones(len(problem.groups), dtype=bool)
    for g in range(len(problem.groups)):
        mine = np.flatnonzero(group == g)
        crew = _Crew(problem, g, len(mine), _turns(problem, weeks, g), shared, nearest, steady)
        proved[g] = _divide(crew, seed, limit)
        for duty in shared:
            spread[duty][g] = _spread(crew, duty)
        for (week, day, _), row in zip(crew.turns, crew.names, strict=True):
            for i, cell in zip(mine, row, strict=True):
                if cell is not None:
                    for d in np.flatnonzero(problem.patterns.worked[cell[1]]) if day is None else [day]:
                        window[i, week, d], shift[i, week, d] = cell
    return Named(_called(problem, home), home, group, window, shift, spread, proved)


def misfits(problem: Rostering, weeks: Sequence[Rostered], named: Named) -> list[str]:
    """Return everything in which a named roster is not the grouped one, or breaks days, hours or rest of a person; NumPy alone."""
    wrong = []
    for g in range(len(problem.groups)):
        mine = named.group == g
        for k, week in enumerate(weeks):
            made = np.zeros_like(week.people[g])
            for i, d in np.argwhere(mine[:, None] & (named.shift[:, k] >= 0)):
                made[named.window[i, k, d], d, named.shift[i, k, d]] += 1
            if (made != week.people[g]).any():
                wrong.append(f"{problem.groups[g].name}, week {k + 1}: not the people of the grouped roster")
    left = np.array([group.size for group in problem.groups]) - np.bincount(named.home, minlength=len(problem.groups))
    if left.any() or (_moves(problem, named) != weeks[0].moved).any():
        wrong.append("people are named who are not there, or moved otherwise")
    rest, begins, ends = problem.rest, problem.patterns.begins, problem.patterns.ends
    for i, name in enumerate(named.people):
        terms = problem.contract(int(named.group[i]))
        at: dict[int, tuple[int, int]] = {}
        for k in range(len(weeks)):
            row = [(int(d), int(named.shift[i, k, d])) for d in np.flatnonzero(named.shift[i, k] >= 0)]
            if "weekly_rest" in problem.rules and sum(problem.weights[d] for d, _ in row) > terms.weekly_days + 1e-9:
                wrong.append(f"{name}, week {k + 1}: more days than his contract says")
            hours = sum(problem.weights[d] * problem.patterns.paid[p, d] for d, p in row)
            if "weekly_hours" in problem.rules and hours > terms.weekly_hours + 1e-9:
                wrong.append(f"{name}, week {k + 1}: more hours than his contract says")
            at.update({7 * k + d: (d, p) for d, p in row})
        for day, (d, p) in at.items() if problem.daily else ():
            if "daily_rest" in problem.rules and day + 1 in at:
                e, q = at[day + 1]
                if 24 + (begins[q, e] - ends[p, d]) / 2 < rest:
                    wrong.append(f"{name}, day {day}: fewer than {rest:g} hours until the next duty")
            if "weekly_rest" in problem.rules and all(day + j in at for j in range(IN_A_ROW + 1)):
                wrong.append(f"{name}, day {day}: more than {IN_A_ROW} days in a row")
    return wrong


def _moves(problem: Rostering, named: Named) -> Ints:
    found = np.zeros((len(problem.groups),) * 2, dtype=np.int64)
    np.add.at(found, (named.home, named.group), named.home != named.group)
    return found


def _posted(problem: Rostering, moved: Ints) -> tuple[Ints, Ints]:
    """Return home and workplace of everybody; the last of a group are those who go elsewhere."""
    home, group = [], []
    for g, row in enumerate(problem.groups):
        elsewhere = [h for h in range(len(problem.groups)) for _ in range(int(moved[g, h]))]
        home += [g] * row.size
        group += [g] * (row.size - len(elsewhere)) + elsewhere
    return np.array(home, dtype=np.int64), np.array(group, dtype=np.int64)


def _called(problem: Rostering, home: Ints) -> tuple[str, ...]:
    numbers = [int((home[:i] == g).sum()) for i, g in enumerate(home)]
    rows = [problem.groups[g] for g in home]
    return tuple(row.members[k] if row.members else f"{row.name} {k + 1}" for row, k in zip(rows, numbers, strict=True))


def _turns(problem: Rostering, weeks: Sequence[Rostered], g: int) -> list[tuple[int, int | None, list[Cell]]]:
    """Return what a group has to do: (week, day, a cell for each person at work); day None where a shift is worked all week."""
    found: list[tuple[int, int | None, list[Cell]]] = []
    for k, week in enumerate(weeks):
        days = range(len(problem.day_names)) if problem.daily else (None,)
        for d in days:
            table = week.people[g].max(axis=1) if d is None else week.people[g][:, d]
            found.append((k, d, [(int(w), int(p)) for w, p in np.argwhere(table) for _ in range(int(table[w, p]))]))
    return found


def _divide(crew: _Crew, seed: int, limit: float) -> bool:
    """Name a group; say whether no naming has a smaller sum of spreads."""
    whole = _match(crew)
    if whole and all(_spread(crew, duty) <= _forced(crew, duty) for duty in crew.duties):
        return True
    try:
        return _exact(crew, seed, limit, crew.names if whole else None)
    except Infeasible:
        if not crew.nearest:
            raise
        return _exact(crew, seed, limit, None, left=True)


def _forced(crew: _Crew, duty: str) -> int:
    """Return the spread that counting forces: none where a duty can be divided by the people, else one of the lumps it comes in."""
    lump, total = _lumps(crew, duty)
    return lump if crew.n > 0 and total % (lump * crew.n) else 0


def _lumps(crew: _Crew, duty: str) -> tuple[int, int]:
    """Return the largest number by which every amount of a duty can be divided (a week's turn has five days, say), and the sum of all."""
    amounts = [round(crew.amount(duty, cell, d)) for _, d, cells in crew.turns for cell in cells]
    return max(1, gcd(*amounts)), sum(amounts)


def _spread(crew: _Crew, duty: str) -> int:
    had = np.zeros(crew.n)
    for (_, d, _), row in zip(crew.turns, crew.names, strict=True):
        had += [0.0 if cell is None else crew.amount(duty, cell, d) for cell in row]
    return int(had.max() - had.min()) if crew.n else 0


def _match(crew: _Crew) -> bool:
    """Name a group turn by turn at the least sum of squares of what each has had; say whether no rule was broken."""
    crew.names, whole = [], True
    had = {duty: np.zeros(crew.n) for duty in crew.duties}
    for week, d, cells in crew.turns:
        price = np.zeros((crew.n, crew.n))
        for j, cell in enumerate(cells[: crew.n]):
            for duty, counts in had.items():
                price[:, j] += crew.amount(duty, cell, d) * (2 * counts + 1)
            price[:, j] += [NEVER * (not _may(crew, i, week, d, cell)) for i in range(crew.n)]
        rows, columns = linear_sum_assignment(price)
        whole = whole and len(cells) <= crew.n and bool(price[rows, columns].sum() < NEVER)
        row = [cells[j] if j < len(cells) else None for j in columns]
        for duty, counts in had.items():
            counts += [0.0 if cell is None else crew.amount(duty, cell, d) for cell in row]
        crew.names.append(row)
    return whole


def _may(crew: _Crew, i: int, week: int, d: int | None, cell: Cell) -> bool:
    """Say whether a person may work this after what he has worked: days and hours of his week, rest, days in a row."""
    if d is None:
        return True
    problem, terms = crew.problem, crew.problem.contract(crew.g)
    past = []
    for (k, e, _), row in zip(crew.turns, crew.names, strict=False):
        if e is not None and (had := row[i]) is not None:
            past.append((7 * k + e, k, had[1], e))
    paid = problem.patterns.paid
    this = [(p, e) for _, k, p, e in past if k == week]
    worked = {day for day, *_ in past}
    today = 7 * week + d
    gaps = [24 + (problem.patterns.begins[cell[1], d] - problem.patterns.ends[p, e]) / 2 for day, _, p, e in past if day == today - 1]
    return (
        ("weekly_rest" not in problem.rules or len(this) + 1 <= terms.weekly_days)
        and ("weekly_hours" not in problem.rules or sum(paid[p, e] for p, e in this) + paid[cell[1], d] <= terms.weekly_hours + 1e-9)
        and ("daily_rest" not in problem.rules or all(gap >= problem.rest for gap in gaps))
        and ("weekly_rest" not in problem.rules or not all(today - j in worked for j in range(1, IN_A_ROW + 1)))
    )


def _exact(crew: _Crew, seed: int, limit: float, before: list[list[Cell | None]] | None, left: bool = False) -> bool:
    """Name a group by the program of the least sum of spreads; say whether it is proved.

    x[i,s,c] = 1 where person i works cell c in turn s; sum over i = how often c is asked for, sum over c <= 1; days, hours, rest and
    days in a row for each person; low[duty] <= had[i] <= high[duty], and high - low is what it costs. With `left` a cell may go to nobody
    at a price above all spreads.
    """
    program, terms = Program(), crew.problem.contract(crew.g)
    at: dict[tuple[int, int, Cell], int] = {}
    for s, (_, day, cells) in enumerate(crew.turns):
        for cell in sorted(set(cells)):
            for i in range(crew.n):
                at[i, s, cell] = program.variable(0.0, 1.0, whole=True)
            n = float(cells.count(cell))
            nobody = {program.variable(LEFT * _hours(crew, cell, day), n, whole=True): 1.0} if left else {}
            program.row({**{at[i, s, cell]: 1.0 for i in range(crew.n)}, **nobody}, n, n)
    name = crew.problem.groups[crew.g].name
    for i in range(crew.n):
        _person(crew, program, {(s, cell): v for (j, s, cell), v in at.items() if j == i}, terms.weekly_days, terms.weekly_hours)
    for duty in crew.duties:
        lump, total = _lumps(crew, duty)
        share = total // (lump * crew.n) * lump
        most, fewest = program.variable(1.0), program.variable(-1.0, float(share))
        program.row({most: 1.0}, lower=float(share + lump * (total % (lump * crew.n) > 0)))
        for i in range(crew.n):
            had = {v: x for (j, s, c), v in at.items() if j == i and (x := crew.amount(duty, c, crew.turns[s][1]))}
            program.row({**had, most: -1.0}, upper=0.0)
            program.row({**had, fewest: -1.0}, lower=0.0)
    try:
        found = minimise(program, seed, limit, reproducible=crew.steady, explain=False)
    except SolverFailed:
        if before is None:
            raise
        return False
    if found.values is None or found.objective is None:
        told = [f"{terms.weekly_days:g} days and {terms.weekly_hours:g} hours a week for each person"]
        told.append(f"{crew.problem.rest:g} hours between two duties")
        raise Infeasible(f"the week of {name} ({crew.n} people) cannot be divided among single people", told)
    if before is not None and found.objective >= sum(_spread(crew, duty) for duty in crew.duties) - 1e-6:
        crew.names = before
    else:
        crew.names = [[None] * crew.n for _ in crew.turns]
        for (i, s, cell), v in at.items():
            if found.values[v] > 0.5:
                crew.names[s][i] = cell
    return found.gap is not None and found.gap <= 1e-6


def _hours(crew: _Crew, cell: Cell, day: int | None) -> float:
    """Return the paid hours of a turn."""
    paid = crew.problem.patterns.paid[cell[1]]
    return float(paid @ crew.problem.weights) if day is None else float(paid[day])


def _person(crew: _Crew, program: Program, at: dict[tuple[int, Cell], int], most_days: float, most_hours: float) -> None:
    """Write the rows of one person: one cell a turn, days and hours of each week, rest, days in a row."""
    problem = crew.problem
    begins, ends = problem.patterns.begins, problem.patterns.ends
    by_turn: dict[int, dict[int, float]] = {}
    for (s, _), v in at.items():
        by_turn.setdefault(s, {})[v] = 1.0
    for terms in by_turn.values():
        program.row(terms, upper=1.0)
    if not problem.daily:
        return
    day = [7 * week + (d or 0) for week, d, _ in crew.turns]
    for week in sorted({w for w, _, _ in crew.turns}):
        mine = {(s, c): v for (s, c), v in at.items() if crew.turns[s][0] == week}
        if mine and "weekly_rest" in problem.rules:
            program.row(dict.fromkeys(mine.values(), 1.0), upper=most_days)
        if mine and "weekly_hours" in problem.rules:
            paid = {v: float(problem.patterns.paid[c[1], crew.turns[s][1] or 0]) for (s, c), v in mine.items()}
            program.row(paid, upper=most_hours)
    for s, today in enumerate(day):
        row = [t for t, e in enumerate(day) if today <= e <= today + IN_A_ROW]
        if "weekly_rest" in problem.rules and len(row) > IN_A_ROW:
            program.row({v: 1.0 for t in row for v in by_turn.get(t, {})}, upper=float(IN_A_ROW))
        after = [t for t, e in enumerate(day) if e == today + 1]
        if "daily_rest" not in problem.rules or not after:
            continue
        d, e = crew.turns[s][1] or 0, crew.turns[after[0]][1] or 0
        for end in sorted({int(ends[c[1], d]) for t, c in at if t == s}):
            early = {v: 1.0 for (t, c), v in at.items() if t == after[0] and 24 + (begins[c[1], e] - end) / 2 < problem.rest}
            if early:
                program.row({**early, **{v: 1.0 for (t, c), v in at.items() if t == s and ends[c[1], d] >= end}}, upper=1.0)
