"""The rules of a roster, one function each: its docstring is the inequality and where it comes from. All can be switched off by name.

y[g,w,d,p] people of group g at windows of kind w on day d in shift p; a[p,d,t] = 1 while p is on duty; n[g] people who work in group g;
m[g,h] people of g who work in h; f[g,w,d,k,t] people who serve queue k; u[d,k,t] people missing; R[d,k,t] people asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from optimization.solvers import Program

if TYPE_CHECKING:
    from optimization.rosters import Rostering

Terms = dict[int, float]


@dataclass
class Model:
    """A program and what its variables mean; who builds on it adds rows to `program` before it is solved."""

    problem: Rostering
    program: Program = field(default_factory=Program)
    people: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    moved: dict[tuple[int, int], int] = field(default_factory=dict)
    flow: dict[tuple[int, int, int, int, int], int] = field(default_factory=dict)
    unmet: dict[tuple[int, int, int], int] = field(default_factory=dict)
    cells: dict[tuple[int, int], list[tuple[int, int, int]]] = field(default_factory=dict)
    """(g, d) -> (w, p, variable) of everybody who works that day."""

    def on_duty(self, g: int, d: int, t: int, w: int | None = None) -> Terms:
        """Return the people of g on duty on day d in half hour t, at windows of kind w or at all."""
        on = self.problem.patterns.on
        return {v: 1.0 for kind, p, v in self.cells.get((g, d), ()) if on[p, d, t] and (w is None or w == kind)}

    def most(self, g: int) -> int:
        """Return how many people can work in g at most."""
        return self.problem.groups[g].size + sum(self.problem.groups[a].size for a, b in self.moved if b == g)

    def strength(self, g: int, factor: float = 1.0) -> Terms:
        """Return factor * (n[g] - size[g]): who came less who left."""
        terms = {v: -factor for (a, _), v in self.moved.items() if a == g}
        return {**terms, **{v: factor for (_, b), v in self.moved.items() if b == g}}


def build(problem: Rostering) -> Model:
    """Return the program of a roster: variables, and the rows of every rule that is switched on."""
    model = Model(problem)
    _variables(model)
    demand(model)
    for name, rule in RULES.items():
        if name in problem.rules or name == "one_queue":
            rule(model)
    return model


def _variables(model: Model) -> None:
    problem, program = model.problem, model.program
    worked, weights = problem.patterns.worked, problem.weights
    top = 1.0 + sum(group.size for group in problem.groups)  # never reached, so that what binds is a requirement
    groups = range(len(problem.groups))
    for g in groups:
        for h in groups:
            if problem.groups[g].size and problem.may_move(g, h):
                model.moved[g, h] = program.variable(problem.training, float(problem.groups[g].size), whole=True)
    for (g, w), queues in sorted(problem.serves.items()):
        terms = problem.contract(g)
        if not queues or not model.most(g) or not problem.windows[w]:
            continue
        for p in range(len(problem.patterns)) if terms.shifts is None else sorted(terms.shifts):
            price = weights * problem.patterns.paid[p] * terms.hour
            days = [int(d) for d in np.nonzero(worked[p])[0]]
            week = None if problem.daily or not days else program.variable(float(price.sum()), top, whole=True)
            for d in days:
                v = program.variable(float(price[d]), top, whole=True) if week is None else week
                model.people[g, w, d, p] = v
                model.cells.setdefault((g, d), []).append((w, p, v))


def demand(model: Model) -> None:
    """sum over g, w of f[g,w,d,k,t] + u[d,k,t] >= R[d,k,t]; u costs its price, and is 0 where nobody may be missing.

    Flows of whole people between whole levels are whole at no cost; said so, the solver sees that costs come in steps and rounds its bound.
    """
    problem, program = model.problem, model.program
    weights, price = problem.weights, problem.shortage
    by_queue: dict[tuple[int, int, int], Terms] = {}
    asked = [(int(d), int(k), int(t)) for d, k, t in np.argwhere(problem.required > 0)]
    seated = {(g, w, d) for g, w, d, _ in model.people}
    on = problem.patterns.on
    present = {(g, w, d): np.zeros(on.shape[2], dtype=bool) for g, w, d in seated}
    for g, w, d, p in model.people:
        present[g, w, d] |= on[p, d]
    for d, k, t in asked:
        by_queue[d, k, t] = {}
        for (g, w), queues in problem.serves.items():
            if k in queues and (g, w, d) in seated and present[g, w, d][t]:
                v = model.flow[g, w, d, k, t] = program.variable(whole=True)
                by_queue[d, k, t][v] = 1.0
    for (d, k, t), terms in by_queue.items():
        if isfinite(price[d, k, t]):
            model.unmet[d, k, t] = program.variable(float(price[d, k, t] * weights[d]), float(problem.required[d, k, t]), whole=True)
            terms[model.unmet[d, k, t]] = 1.0
        rule = f"people asked for: {problem.queue_names[k]}, {problem.day_names[d]}"
        program.row(terms, lower=float(problem.required[d, k, t]), rule=rule)


def one_queue(model: Model) -> None:
    """sum over k of f[g,w,d,k,t] <= sum over p of a[p,d,t] y[g,w,d,p]: a person serves one queue at a time (Bodur, Luedtke 2017).

    Switched off, f[g,w,d,k,t] alone is held: everybody counts for each queue he could serve, which no person can do.
    """
    by_seat: dict[tuple[int, int, int, int], list[int]] = {}
    for (g, w, d, _, t), v in model.flow.items():
        by_seat.setdefault((g, w, d, t), []).append(v)
    for (g, w, d, t), flows in by_seat.items():
        there = {v: -1.0 for v in model.on_duty(g, d, t, w)}
        for some in [flows] if "one_queue" in model.problem.rules else [[v] for v in flows]:
            model.program.row({**dict.fromkeys(some, 1.0), **there}, upper=0.0)


def head_count(model: Model) -> None:
    """sum over w, p of y[g,w,d,p] <= n[g]; over a whole week where everybody has one shift for the week."""
    problem = model.problem
    for g, group in enumerate(problem.groups):
        sets = [_once(v for _, _, v in model.cells.get((g, d), ())) for d in range(len(problem.day_names))]
        for terms in sets if problem.daily else [{v: 1.0 for some in sets for v in some}]:
            if terms:
                model.program.row({**terms, **model.strength(g, -1.0)}, upper=float(group.size), rule=f"people: {group.name}")


def movement(model: Model) -> None:
    """sum over h of m[g,h] <= size[g]; m[g,h] only within employer and contract, or where a Reform with `authority` permits it."""
    for g, group in enumerate(model.problem.groups):
        if leaving := {v: 1.0 for (a, _), v in model.moved.items() if a == g}:
            model.program.row(leaving, upper=float(group.size), rule=f"people to be moved: {group.name}")


def seats(model: Model) -> None:
    """sum over g, p of a[p,d,t] y[g,w,d,p] <= windows[w]: everybody on duty sits at a window of his own."""
    problem = model.problem
    by_seat: dict[tuple[int, int, int], Terms] = {}
    for (_, w, d, p), v in model.people.items():
        for t in np.nonzero(problem.patterns.on[p, d])[0]:
            by_seat.setdefault((w, d, int(t)), {})[v] = 1.0
    able = [sum(model.most(g) for g in range(len(problem.groups)) if problem.serves.get((g, w))) for w in range(len(problem.windows))]
    for (w, _, _), terms in by_seat.items():
        if able[w] > problem.windows[w] or "head_count" not in problem.rules:
            model.program.row(terms, upper=float(problem.windows[w]), rule=f"windows: {problem.window_names[w]}")


def weekly_rest(model: Model) -> None:
    """sum over d, w, p of y[g,w,d,p] <= days[contract] * n[g]: nobody works more days a week than his contract says.

    Labour Law of the PRC, article 38: at least one day off a week. Enough for single people too: whoever has worked the fewest days
    comes next, so that no two of a group differ by more than one day.
    """
    _weekly(model, "days a week", lambda g, d, p: 1.0, lambda g: model.problem.contract(g).weekly_days)


def weekly_hours(model: Model) -> None:
    """sum over d, w, p of paid[p,d] y[g,w,d,p] <= hours[contract] * n[g]; for single people it is held when they are named."""
    paid = model.problem.patterns.paid
    _weekly(model, "hours a week", lambda g, d, p: float(paid[p, d]), lambda g: model.problem.contract(g).weekly_hours)


def _weekly(model: Model, words: str, amount: Callable[[int, int, int], float], most: Callable[[int], float]) -> None:
    problem, weights = model.problem, model.problem.weights
    days = range(len(problem.day_names))
    for g, group in enumerate(problem.groups):
        if not problem.daily:
            alone: dict[int, float] = {}
            for d in days:
                for _, p, v in model.cells.get((g, d), ()):
                    alone[v] = alone.get(v, 0.0) + weights[d] * amount(g, d, p)
            model.program.row({v: 1.0 for v, x in alone.items() if x > most(g) + 1e-9}, upper=0.0, rule=f"{words}: {group.name}")
            continue
        terms = {v: amount(g, d, p) for d in days for _, p, v in model.cells.get((g, d), ())}
        busiest = sum(max((amount(g, d, p) for _, p, _ in model.cells.get((g, d), ())), default=0.0) for d in days)
        if "head_count" not in problem.rules or busiest > most(g) + 1e-9:  # else a person cannot reach it
            left = model.strength(g, -most(g))
            model.program.row({**terms, **left}, upper=most(g) * group.size, rule=f"{words}: {group.name}")


def daily_rest(model: Model) -> None:
    """For each e: people on d who end at e or later + people on d+1 who begin before e + rest - 24 h <= n[g].

    By Hall's theorem these are all that two days ask for. Directive 2003/88/EC, article 3 (11 hours); PRC law sets no daily rest.
    """
    problem = model.problem
    begins, ends, pause = problem.patterns.begins, problem.patterns.ends, round(problem.rest * 2) - 48
    if not problem.daily:
        return
    for g, group in enumerate(problem.groups):
        for d in range(len(problem.day_names) - 1):
            today, tomorrow = model.cells.get((g, d), []), model.cells.get((g, d + 1), [])
            for e in sorted({int(ends[p, d]) for _, p, _ in today}):
                early = {v: 1.0 for _, p, v in tomorrow if begins[p, d + 1] < e + pause}
                if early:
                    late = {v: 1.0 for _, p, v in today if ends[p, d] >= e}
                    rule = f"hours between two duties: {group.name}"
                    model.program.row({**late, **early, **model.strength(g, -1.0)}, upper=float(group.size), rule=rule)


def lunch_duty(model: Model) -> None:
    """sum over g, w, p of a[p,d,t] y[g,w,d,p] >= noon_people for t at noon, on days on which anybody is asked for then."""
    problem = model.problem
    for d, day in enumerate(problem.day_names):
        for t in problem.noon if problem.noon_people else ():
            if problem.required[d, :, t].any():
                terms = _once(v for g in range(len(problem.groups)) for v in model.on_duty(g, d, t))
                model.program.row(terms, lower=float(problem.noon_people), rule=f"lunch duty: {day}")


def _once(variables: Iterable[int]) -> Terms:
    return dict.fromkeys(variables, 1.0)


RULES: dict[str, Callable[[Model], None]] = {
    "one_queue": one_queue, "head_count": head_count, "movement": movement, "seats": seats, "weekly_rest": weekly_rest,
    "weekly_hours": weekly_hours, "daily_rest": daily_rest, "lunch_duty": lunch_duty,
}  # fmt: skip
"""By the name that switches them."""
