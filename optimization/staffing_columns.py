"""Columns: the master with one variable for each staffing that a section may have, so that its relaxation is tight.

What a section's staffing does to each requirement is known beforehand, as far as trials say anything: by the assumptions of `master` its
excess is at least that of every trial that has nowhere fewer people in the section. So the cuts of `master`, with their many `b`, become
numbers, and sections meet only in the requirements they share, in people and in the budget: a knapsack with a choice in each section
(Sinha and Zoltners 1979, Operations Research 27, 503-515). The same staffings cost the same in both programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimization.cover import Cover
from optimization.solvers import Program

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST = 5_000
"""Staffings of one section at most; where there are more, none is listed."""


@dataclass(frozen=True)
class Columns:
    """All staffings of a section, apart from the number of people there are: N of them.

    Attributes
    ----------
    seats : (group, kind of window) of the section.
    people : (N, seats, S); `duty` (N, seats, T') by distinct hours; `heads` (N, G).
    short : people in the shifts of each step of `Cover.shorter` (N, G, steps), which are paid beyond them.
    cost, paid : points, and hours, a week (N,), without what is paid beyond the windows: that is the whole group's.
    """

    seats: tuple[tuple[int, int], ...]
    people: Ints
    duty: Ints
    heads: Ints
    short: Ints
    cost: Floats
    paid: Floats


def listed(instance: Cover, covers: Ints, seats: Sequence[tuple[int, int]], most: Sequence[int], must: Sequence[tuple[frozenset[int], Ints]]
           ) -> Columns | None:  # fmt: skip
    """Return every staffing of a section within its windows that has somebody where it must; None where they are more than `MOST`.

    Parameters
    ----------
    covers : whether a shift covers a distinct hour (S, T').
    most : people at most, by seat.
    must : seats by number, of which one must have somebody, and in which hours (T',); in any hour at all where none is named.
    """
    shifts, found = range(len(covers)), []
    cells = [(k, s) for k in range(len(seats)) for s in shifts]
    for numbers in _within(instance, covers, seats, most, cells):
        people = np.zeros((len(seats), len(covers)), dtype=np.int64)
        for (k, s), n in zip(cells, numbers, strict=True):
            people[k, s] = n
        duty = people @ covers
        if all((duty[sorted(some)].sum(axis=0)[hours > 0] > 0).all() and people[sorted(some)].any() for some, hours in must):
            found.append((people, duty))
        if len(found) > MOST:
            return None
    if not found:
        return None
    people, duty = (np.array(of) for of in zip(*found, strict=True))
    heads = np.zeros((len(people), len(instance.sizes)), dtype=np.int64)
    short = np.zeros((len(people), len(instance.sizes), len(instance.shorter)), dtype=np.int64)
    anew = np.zeros(len(people))
    for k, (g, w) in enumerate(seats):
        heads[:, g] += people[:, k].sum(axis=1)
        for i, (_, those) in enumerate(instance.shorter):
            short[:, g, i] += people[:, k, sorted(those)].sum(axis=1)
        anew += np.maximum(people[:, k] - instance.today[g, :, w], 0).sum(axis=1)
    paid = people.sum(axis=1) @ instance.paid
    return Columns(tuple(seats), people, duty, heads, short, paid + instance.change * anew, paid)


def _within(
    instance: Cover, covers: Ints, seats: Sequence[tuple[int, int]], most: Sequence[int], cells: list[tuple[int, int]]
) -> Iterator[tuple[int, ...]]:
    """Yield numbers of people by cell (seat, shift) that windows hold."""
    kinds = sorted({w for _, w in seats})
    left = np.array([[int(instance.windows[w])] * covers.shape[1] for w in kinds])

    def fill(at: int, numbers: tuple[int, ...], left: Ints) -> Iterator[tuple[int, ...]]:
        if at == len(cells):
            yield numbers
            return
        k, s = cells[at]
        row = kinds.index(seats[k][1])
        for n in range(most[k] + 1):
            after = left.copy()
            after[row] -= n * covers[s]
            if (after < 0).any():
                break
            yield from fill(at + 1, (*numbers, n), after)

    yield from fill(0, (), left)


def floors(columns: Columns, trials: Sequence[tuple[Ints, Floats]], low: Floats) -> Floats:
    """Return what every staffing of a section adds to each requirement at least (N, J).

    Parameters
    ----------
    trials : duty (seats, T') and excess (J,) of the section in each.
    low : excess of nobody waiting (J,).
    """
    found = np.repeat(low[None], len(columns.people), axis=0)
    for duty, excess in trials:
        below = (columns.duty <= duty).all(axis=(1, 2))
        found[below] = np.maximum(found[below], excess)
    return found


def chosen(columns: Columns, some: Ints) -> Columns:
    """Return some of the staffings."""
    who = (columns.people[some], columns.duty[some], columns.heads[some], columns.short[some])
    return Columns(columns.seats, *who, columns.cost[some], columns.paid[some])


def undominated(columns: Columns, floor: Floats) -> Ints:
    """Return the numbers of those for which no other is as good in cost, paid hours, heads, short days, floors, and better or earlier."""
    table = np.column_stack([columns.cost, columns.paid, columns.heads, columns.short.reshape(len(floor), -1), floor])
    kept: list[int] = []
    for n in np.lexsort((table.sum(axis=1), columns.cost)).tolist():
        if not any((table[m] <= table[n]).all() for m in kept):
            kept.append(n)
    return np.array(sorted(kept), dtype=np.int64)


def column_program(
    instance: Cover, sections: Sequence[tuple[Columns, Floats]], upper: Floats, budget: float | None, forbidden: Sequence[Sequence[Ints]]
) -> tuple[Program, list[list[int]], dict[tuple[int, int], int]]:  # fmt: skip
    """Return the program, its variables of staffings by section, and of people moved by (from, to).

    One staffing in each section; sum of floors <= `upper` for each requirement (J,); no group has more people than there are, moved ones
    counted where they go; whose day becomes shorter is paid the whole day (`whole_days`); paid hours within the budget; of each of
    `forbidden` (numbers of staffings, by section) one at least.
    """
    program, groups = Program(), range(len(instance.sizes))
    picks = [[program.variable(float(cost), 1.0, whole=True) for cost in columns.cost] for columns, _ in sections]
    pairs = [(g, h) for g in groups for h in groups if instance.may_move(g, h)]
    moved = {(g, h): program.variable(instance.training, float(instance.sizes[g]), whole=True) for g, h in pairs}

    def over(values: Sequence[Floats] | Sequence[Ints]) -> dict[int, float]:
        return {v: float(x) for some, row in zip(picks, values, strict=True) for v, x in zip(some, row, strict=True) if x}

    for some in picks:
        program.row(dict.fromkeys(some, 1.0), 1.0, 1.0)
    for j, most in enumerate(upper.tolist()):
        terms = over([floor[:, j] for _, floor in sections])
        size = max((abs(x) for x in terms.values()), default=0.0)  # rows of seconds and of shares, alike to the solver's tolerance
        if size:
            program.row({v: x / size for v, x in terms.items()}, upper=most / size)
    for g in groups:
        leaving = {v: 1.0 for (a, _), v in moved.items() if a == g}
        arriving = {v: -1.0 for (_, b), v in moved.items() if b == g}
        program.row({**over([columns.heads[:, g] for columns, _ in sections]), **leaving, **arriving}, upper=float(instance.sizes[g]))
        if leaving:
            program.row(leaving, upper=float(instance.sizes[g]))
    beyond: dict[int, float] = {}
    for i, (price, shifts) in enumerate(instance.shorter):
        for g in groups:
            if terms := over([-columns.short[:, g, i] for columns, _ in sections]):
                v = program.variable(price)
                beyond[v] = price
                program.row({v: 1.0, **terms}, lower=-float(instance.today[g, sorted(shifts)].sum()))
    if budget is not None:
        program.row(over([columns.paid for columns, _ in sections]) | beyond, upper=budget)
    for above in forbidden:
        program.row({some[n]: 1.0 for some, those in zip(picks, above, strict=True) for n in those.tolist()}, lower=1.0)
    return program, picks, moved


__all__ = ["Columns", "chosen", "column_program", "floors", "listed", "undominated"]
