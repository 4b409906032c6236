"""Shift cover: how many people of each group sit at which windows in which shift, at the least paid hours; and an independent checker.

A person of two skills serves one ticket class at a time, so cover is a flow (Bodur and Luedtke 2017, Management Science 63), not a count.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimization.rules import Cell, Variables, add_rules, pairs
from optimization.solvers import TOLERANCE, Answer, Program, minimise, prices
from optimization.whole_days import Steps, paid_hours

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cover:
    """An instance; G groups, S shifts, W kinds of windows, K ticket classes, T periods of a week.

    Attributes
    ----------
    sizes, names : people of each group (G,), and what it is called.
    body : employer and contract of each group; people move only within it, but for pairs of groups that are `permitted`.
    covers, paid : whether a shift covers a period (S, T); paid hours a week of one person in it (S,).
    windows, window_names : number of windows of each kind (W,).
    serves : classes that a person of group g serves at a window of kind w, by (g, w); pairs left out may not sit there.
    required, hours : people asked for (K, T); hours a week that a period stands for (T,).
    today : people of a group in a shift at a kind of window now (G, S, W).
    missing, training, change : prices in hours: an hour a person is missing, a person trained (a week's share), a person placed anew.
    shorter : what people whose day becomes shorter are paid beyond it (`whole_days.steps`); nothing where hours at windows alone count.
    """

    sizes: Ints
    names: tuple[str, ...]
    body: tuple[tuple[str, str], ...]
    covers: NDArray[np.bool_]
    paid: Floats
    windows: Ints
    window_names: tuple[str, ...]
    serves: dict[tuple[int, int], frozenset[int]]
    required: Ints
    hours: Floats
    today: Ints
    missing: float
    training: float
    change: float
    permitted: frozenset[tuple[int, int]] = frozenset()
    shorter: Steps = ()

    def may_move(self, g: int, h: int) -> bool:
        """Say whether people of group g may be trained for group h: of one employer and contract, or with a permission."""
        return g != h and (self.body[g] == self.body[h] or (g, h) in self.permitted)


@dataclass(frozen=True)
class Covered:
    """An answer: `people` (G, S, W), `moved` (G, G) from group to group, `flow` by (group, window kind, class, period), `unmet` (K, T)."""

    people: Ints
    moved: Ints
    flow: dict[Cell, float]
    unmet: Floats


def cover(
    instance: Cover, seed: int = 1, without: Collection[str] = (), *, steady: bool = False
) -> tuple[Covered | None, Answer, dict[str, float]]:  # fmt: skip
    """Return the cheapest cover, the solver's answer with its bound, and the prices of head counts and windows.

    Parameters
    ----------
    without : names of rules that do not hold (`optimization.rules`).
    steady : the same answer each time on one machine.

    Raises
    ------
    UnknownRule : `without` names a rule that there is not.
    SolverFailed : as `minimise`.
    """
    program, v = cover_program(instance, without)
    answer = minimise(program, seed, reproducible=steady)
    if answer.values is None:
        return None, answer, {}
    x, groups = answer.values, len(instance.sizes)
    found = Covered(np.zeros_like(instance.today), np.zeros((groups, groups), dtype=np.int64), {}, np.zeros(instance.required.shape))
    for c, i in v.people.items():
        found.people[c] = round(float(x[i]))
    for m, i in v.moved.items():
        found.moved[m] = round(float(x[i]))
    for k, i in v.unmet.items():
        found.unmet[k] = max(0.0, float(x[i]))
    found.flow.update({f: float(x[i]) for f, i in v.flow.items() if x[i] > TOLERANCE})
    return found, answer, prices(program)


def cover_program(instance: Cover, without: Collection[str] = ()) -> tuple[Program, Variables]:
    """Return the program of a cover without the named rules, and what its variables stand for."""
    program = Program()
    groups, shifts, kinds = instance.today.shape
    seats = [(g, s, w) for g in range(groups) for s in range(shifts) for w in range(kinds) if instance.serves.get((g, w))]
    people = {c: program.variable(float(instance.paid[c[1]]), top=float(instance.sizes.sum()), whole=True) for c in seats}
    moved = {(g, h): program.variable(instance.training, float(instance.sizes[g]), whole=True) for g, h in pairs(instance, without)}
    asked = [(k, t) for k, t in zip(*(map(int, axis) for axis in np.nonzero(instance.required)), strict=True)]
    cells = [(g, w, k, t) for (g, w), classes in instance.serves.items() for k, t in asked if k in classes]
    flow = {c: program.variable() for c in cells}
    unmet = {(k, t): program.variable(instance.missing * float(instance.hours[t])) for k, t in asked}
    anew = {c: program.variable(instance.change) for c in seats}
    variables = Variables(people, moved, flow, unmet, anew)
    add_rules(program, instance, variables, without)
    return program, variables


def value(instance: Cover, found: Covered) -> float:
    """Return the objective of an answer, from its numbers alone."""
    paid = paid_hours(instance, found.people)
    short = float((found.unmet @ instance.hours).sum())
    anew = float(np.maximum(found.people - instance.today, 0).sum())
    return paid + instance.missing * short + instance.training * float(found.moved.sum()) + instance.change * anew


def breaches(instance: Cover, found: Covered, objective: float | None = None) -> list[str]:
    """Return every rule that an answer breaks, worked out in NumPy without the program or the solver."""
    wrong = []
    if (found.people < 0).any() or (found.moved < 0).any():
        wrong.append("a head count is negative")
    left = instance.sizes - found.moved.sum(axis=1) + found.moved.sum(axis=0)
    over = np.nonzero((found.people.sum(axis=(1, 2)) > left) | (found.moved.sum(axis=1) > instance.sizes))[0]
    wrong += [f"{instance.names[g]}: more people than there are" for g in over]
    for g, h in np.argwhere(found.moved > 0):
        if not instance.may_move(int(g), int(h)):
            wrong.append(f"{instance.names[g]} to {instance.names[h]}: people move within employer and contract only")
    for g, w in np.argwhere(found.people.sum(axis=1) > 0):
        if not instance.serves.get((int(g), int(w))):
            wrong.append(f"{instance.names[g]}: may not sit at {instance.window_names[w]}")
    on_duty = np.einsum("gsw,st->gwt", found.people, instance.covers.astype(np.int64))
    full = np.argwhere(on_duty.sum(axis=0) > instance.windows[:, None])
    wrong += [f"{instance.window_names[w]}, period {t}: more people than windows" for w, t in full]
    busy, given = np.zeros(on_duty.shape), np.zeros(instance.required.shape)
    for (g, w, k, t), amount in found.flow.items():
        if k not in instance.serves.get((g, w), frozenset()):
            wrong.append(f"{instance.names[g]}: serves class {k} without the skill or the window")
        if amount < -TOLERANCE:
            wrong.append(f"{instance.names[g]}: a negative flow")
        busy[g, w, t] += amount
        given[k, t] += amount
    twice = np.argwhere(busy > on_duty + 1e-5)
    wrong += [f"{instance.names[a]} at {instance.window_names[b]}, period {c}: one person counted twice" for a, b, c in twice]
    short = np.argwhere(given + found.unmet < instance.required - 1e-5)
    wrong += [f"class {a}, period {b}: fewer people than asked for, and not said" for a, b in short]
    if objective is not None and abs(value(instance, found) - objective) > 1e-4 * max(1.0, abs(objective)):
        wrong.append(f"the objective is {value(instance, found):.6g}, not {objective:.6g}")
    return wrong
