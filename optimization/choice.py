"""Choice: which reforms to begin when, at the most gain within money, people, authority and calendar; proved.

Time is in periods. A reform begun in period t is in effect from period t + lead on, to the end. The gain of a period is that of the reforms
in effect in it: the effects of singles and pairs of `bundles`. Money is in whole yuan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from optimization.bundles import Bundle, Effect, Floats, Ties
from optimization.solvers import Answer, Program, SolverFailed, Status, minimise

Begins = Mapping[int, int]
Terms = dict[int, float]
STEPS = 6
"""Ceilings of the cost that the front is taken at, for each time and each risk."""


@dataclass(frozen=True)
class Candidate:
    """A reform: periods from its beginning to its effect, yuan once and a year, people busy meanwhile, who decides, days of lead."""

    name: str
    lead: int
    once: int
    yearly: int
    people: int = 0
    authority: str = "centre"
    days: float = 0.0


@dataclass(frozen=True)
class Instance:
    """Candidates, what hangs together, what there is. `year` : a period in years; None where nothing limits."""

    candidates: tuple[Candidate, ...]
    ties: Ties
    effects: tuple[Effect, ...]
    periods: int
    year: float
    budget: int | None = None
    once_a_period: int | None = None
    people: int | None = None
    ask: tuple[str, ...] = ("centre",)
    must: frozenset[int] = frozenset()
    least: int | None = None

    def of_a_period(self, gains: Floats) -> Floats:
        """Return effects (effects,) in whole yuan a period, from yuan a year."""
        return np.rint(gains * self.year)

    def cost(self, i: int, begins: int) -> int:
        """Return what reform i costs to the end of the calendar when begun in a period."""
        c = self.candidates[i]
        return c.once + round(c.yearly * max(0, self.periods - begins - c.lead) * self.year)


@dataclass(frozen=True)
class Chosen:
    """A choice with its proof.

    Attributes
    ----------
    begins : period of each chosen reform's beginning; None when there is no choice.
    gain, bound : over the calendar by the model, yuan; no choice gains more than `bound`.
    cost : over the calendar, yuan; the least at that gain.
    answer : of the solver, with the clash when there is no choice; asked : its program.
    """

    begins: Begins | None
    gain: int | None
    bound: int | None
    cost: int | None
    status: Status
    answer: Answer
    asked: Program

    @property
    def bundle(self) -> Bundle:
        """The reforms chosen."""
        return frozenset(self.begins or ())


def in_effect(instance: Instance, begins: Begins, period: int) -> Bundle:
    """Return the reforms in effect in a period."""
    return frozenset(i for i, t in begins.items() if t + instance.candidates[i].lead <= period)


def gain_of(instance: Instance, begins: Begins, gains: Floats) -> int:
    """Return the gain over the calendar in whole yuan; `gains` (effects,) yuan a year."""
    each = instance.of_a_period(gains)
    there = [in_effect(instance, begins, p) for p in range(instance.periods)]
    return int(sum(g for now in there for e, g in zip(instance.effects, each, strict=True) if {*e} <= now))


def cost_of(instance: Instance, begins: Begins) -> int:
    """Return what a choice costs over the calendar, whole yuan."""
    return sum(instance.cost(i, t) for i, t in begins.items())


def ready_of(instance: Instance, begins: Begins) -> int:
    """Return the periods until the last chosen reform is in effect."""
    return max((t + instance.candidates[i].lead for i, t in begins.items()), default=0)


def breaches(instance: Instance, begins: Begins, normal: Floats | None = None) -> list[str]:
    """Say what a choice breaks, worked out from the definitions alone; `normal` (effects,) are the gains that are to reach the least."""
    c, wrong = instance.candidates, []
    for i, t in begins.items():
        wrong += [f"{c[i].name}: not in effect before the end"] if t + c[i].lead >= instance.periods else []
        wrong += [f"{c[i].name}: {c[i].authority} may not be asked"] if c[i].authority not in instance.ask else []
        for k in instance.ties.needs.get(i, ()):
            wrong += [f"{c[i].name} needs {c[k].name}"] if k not in begins or begins[k] + c[k].lead > t else []
    wrong += ["two exclude each other"] if not instance.ties.together(begins) else []
    wrong += [f"{c[i].name} is wanted" for i in instance.must if i not in begins]
    if instance.budget is not None and cost_of(instance, begins) > instance.budget:
        wrong.append("over budget")
    if instance.least is not None and normal is not None and gain_of(instance, begins, normal) < instance.least:
        wrong.append("too little gain")
    for p in range(instance.periods):
        busy = sum(c[i].people for i, t in begins.items() if t <= p < t + c[i].lead)
        wrong += ["too few people"] if instance.people is not None and busy > instance.people else []
        once = sum(max(0, c[i].once) for i, t in begins.items() if t == p)
        wrong += ["too much begun at once"] if instance.once_a_period is not None and once > instance.once_a_period else []
    return wrong


class Model:
    """The program of an instance: x[i][t] = 1 where reform i begins in period t, one z for each pair and period in effect.

    `normal` (effects,) are the gains that are to reach the instance's least, whatever else is asked of the choice.
    """

    def __init__(self, instance: Instance, normal: Floats) -> None:
        self.instance, self.normal, self.program = instance, normal, Program(logical=True)
        n, last = instance.periods, [instance.periods - 1 - c.lead for c in instance.candidates]
        self.x = [[self.program.variable(top=1, whole=True) for _ in range(max(0, k) + 1)] for k in last]
        for i, k in enumerate(last):
            self.program.row(self.chosen(i), upper=1)
            if k < 0:
                words = f"{instance.candidates[i].name} takes {instance.candidates[i].lead} periods, the calendar has {n}"
                self.program.row(self.chosen(i), upper=0, rule=words)
        self.z: dict[tuple[Effect, int], int] = {}
        for e in instance.effects:
            for p in range(n) if len(e) == 2 else ():
                z = self.z[e, p] = self.program.variable(top=1, whole=True)
                one, two = self.effective(e[0], p), self.effective(e[1], p)
                self.program.row(_sum((1, {z: 1}), (-1, one)), upper=0)
                self.program.row(_sum((1, {z: 1}), (-1, two)), upper=0)
                self.program.row(_sum((1, one), (1, two), (-1, {z: 1})), upper=1)
        self._rules()
        if instance.least is not None:
            words = f"a gain of at least {instance.least:,} CNY over the calendar, by the model"
            self.program.row(self.gain(normal), lower=instance.least, rule=words)

    def chosen(self, i: int) -> Terms:
        """Whether reform i is chosen."""
        return {v: 1.0 for v in self.x[i]}

    def effective(self, i: int, period: int) -> Terms:
        """Whether reform i is in effect in a period."""
        return {v: 1.0 for t, v in enumerate(self.x[i]) if t + self.instance.candidates[i].lead <= period}

    def gain(self, gains: Floats) -> Terms:
        """The gain over the calendar."""
        it = self.instance
        each = [(float(g), e, p) for e, g in zip(it.effects, it.of_a_period(gains), strict=True) for p in range(it.periods)]
        return _sum(*((g, self.effective(e[0], p) if len(e) == 1 else {self.z[e, p]: 1.0}) for g, e, p in each))

    def cost(self) -> Terms:
        """The cost over the calendar."""
        return {v: float(self.instance.cost(i, t)) for i, row in enumerate(self.x) for t, v in enumerate(row)}

    def _rules(self) -> None:
        it, c, program = self.instance, self.instance.candidates, self.program
        for i, reform in enumerate(c):
            if reform.authority not in it.ask:
                program.row(self.chosen(i), upper=0, rule=f"{reform.name} is decided by {reform.authority}, who may not be asked")
            for k in sorted(it.ties.needs.get(i, ())):
                for t in range(len(self.x[i])):
                    begun = {v: 1.0 for v in self.x[i][: t + 1]}
                    program.row(_sum((1, begun), (-1, self.effective(k, t))), upper=0, rule=f"{reform.name} needs {c[k].name}")
        for i, k in sorted(map(sorted, it.ties.excludes)):
            program.row(_sum((1, self.chosen(i)), (1, self.chosen(k))), upper=1, rule=f"{c[i].name} and {c[k].name} exclude each other")
        for i in sorted(it.must):
            program.row(self.chosen(i), lower=1, rule=f"{c[i].name} is wanted")
        if it.budget is not None:
            program.row(self.cost(), upper=it.budget, rule=f"costs of at most {it.budget:,} CNY over the calendar")
        for p in range(it.periods):
            if it.people is not None:
                busy = [(float(c[i].people), {v: 1.0}) for i, row in enumerate(self.x) for t, v in enumerate(row) if t <= p < t + c[i].lead]
                program.row(_sum(*busy), upper=it.people, rule=f"at most {it.people} people introduce reforms at one time")
            if it.once_a_period is not None:
                starting = [(float(max(0, c[i].once)), {row[p]: 1.0}) for i, row in enumerate(self.x) if p < len(row)]
                program.row(_sum(*starting), upper=it.once_a_period, rule=f"one-off costs of at most {it.once_a_period:,} CNY in a period")

    def most(self, gains: Floats, seed: int = 1) -> Chosen:
        """Return the choice of most gain, and among those of equal gain the cheapest.

        Raises
        ------
        SolverFailed : as in `minimise`, and where the independent checker rejects the choice.
        """
        told = self.gain(gains)
        asked = self._asking(told, -1)
        answer = minimise(asked, seed)
        if answer.values is None:
            return Chosen(None, None, None, None, "infeasible", answer, asked)
        reached = round(-(answer.objective or 0.0))
        cheap = replace(self.program, rows=[*self.program.rows, (float(reached), told, np.inf, "")])
        second = minimise(self._asking(self.cost(), 1, cheap), seed, start=answer.values)
        begins = self.read(second)
        if wrong := breaches(self.instance, begins, self.normal):
            raise SolverFailed("the checker rejects the choice: " + "; ".join(wrong))
        if gain_of(self.instance, begins, gains) < reached:
            raise SolverFailed("the checker counts another gain than the solver")
        bound = None if answer.bound is None else int(np.floor(-answer.bound + 1e-6))
        return Chosen(begins, reached, bound, cost_of(self.instance, begins), answer.status, answer, asked)

    def least_regret(self, gains: Mapping[str, Floats], best: Mapping[str, int], seed: int = 1) -> tuple[Begins, int, Status]:
        """Return the choice whose largest regret over the scenarios is least: min R with gain_s(x) + R >= best_s for every s."""
        terms = {name: self.gain(told) for name, told in gains.items()}
        top = max(best[name] + sum(abs(f) for f in told.values()) for name, told in terms.items())
        regret = self.program.variable(1, top=top, whole=True)
        for name, told in terms.items():
            self.program.row(_sum((1, told), (1, {regret: 1})), lower=best[name])
        answer = minimise(self.program, seed)
        begins = self.read(answer)
        if wrong := breaches(self.instance, begins, self.normal):
            raise SolverFailed("the checker rejects the choice: " + "; ".join(wrong))
        return begins, round(answer.objective or 0.0), answer.status

    def without(self, bundle: Bundle) -> None:
        """Forbid exactly this bundle."""
        parts = [(-1.0 if i in bundle else 1.0, self.chosen(i)) for i in range(len(self.x))]
        self.program.row(_sum(*parts), lower=1 - len(bundle))

    def read(self, answer: Answer) -> dict[int, int]:
        """Return the beginnings."""
        assert answer.values is not None
        return {i: t for i, row in enumerate(self.x) for t, v in enumerate(row) if answer.values[v] > 0.5}

    def _asking(self, terms: Terms, sign: int, program: Program | None = None) -> Program:
        costs = [0.0] * len(self.program.costs)
        for v, factor in terms.items():
            costs[v] = sign * factor
        program = program or self.program
        return replace(program, costs=costs, rows=[*program.rows])


def _sum(*parts: tuple[float, Terms]) -> Terms:
    found: Terms = {}
    for factor, terms in parts:
        for v, f in terms.items():
            found[v] = found.get(v, 0.0) + factor * f
    return found


def best_choices(instance: Instance, gains: Floats, k: int, seed: int = 1, normal: Floats | None = None) -> list[Chosen]:
    """Return the k best choices of different bundles, best first; one that is infeasible when there is none.

    The instance's least is asked of the gain by `normal`; of that by `gains` where it is left out.
    """
    model, found = Model(instance, gains if normal is None else normal), []
    for _ in range(k):
        chosen = model.most(gains, seed)
        if chosen.begins is None:
            break
        found.append(chosen)
        model.without(chosen.bundle)
    return found or [chosen]


@dataclass(frozen=True)
class Robust:
    """The choice of least largest regret, beside that of normal weeks: what each loses in each scenario against the best there, yuan."""

    begins: Begins
    status: Status
    largest: int
    regrets: Mapping[str, tuple[int, int]]
    """By scenario: of the choice of normal weeks, of the robust one."""


def _bests(instance: Instance, gains: Mapping[str, Floats], normal: str, seed: int) -> dict[str, int]:
    """Return the most gain in each scenario among the choices that keep the requirements, of which one is the least gain in normal weeks.

    Nothing where no choice keeps them.
    """
    found = {name: best_choices(instance, told, 1, seed, gains[normal])[0].gain for name, told in gains.items()}
    return {name: gain for name, gain in found.items() if gain is not None}


def robust(instance: Instance, gains: Mapping[str, Floats], normal: str, expected: Begins, seed: int = 1) -> Robust:
    """Return the robust choice over scenarios by name, `normal` weeks among them, of those that keep the requirements.

    Raises
    ------
    SolverFailed : no choice keeps them.
    """
    best = _bests(instance, gains, normal, seed)
    if not best:
        raise SolverFailed("asked for a robust choice, but no choice keeps the requirements")
    begins, largest, status = Model(instance, gains[normal]).least_regret(gains, best, seed)
    lost = {n: (best[n] - gain_of(instance, expected, g), best[n] - gain_of(instance, begins, g)) for n, g in gains.items()}
    return Robust(begins, status, largest, lost)


@dataclass(frozen=True)
class FrontPoint:
    """A choice that no other found is as good as in all four and better in one: gain (bound), cost, periods to effect, regret."""

    begins: Begins
    gain: int
    bound: int | None
    cost: int
    ready: int
    regret: int | None


def front(instance: Instance, gains: Mapping[str, Floats], normal: str, seed: int = 1) -> tuple[FrontPoint, ...]:
    """Return the front of gain, cost, time to effect and largest regret under stress, by epsilon-constraint.

    Each time to effect, `STEPS` ceilings of cost between the dearest choice and nothing, and, where there are stresses, with and without
    the least regret that can be had: at each the most gain, proved. Nothing where no choice keeps the requirements.
    """
    best = _bests(instance, gains, normal, seed)
    if not best:
        return ()
    levels: list[int | None] = [None]
    if len(gains) > 1:
        levels.append(Model(instance, gains[normal]).least_regret(gains, best, seed)[1])
    found: dict[tuple[tuple[int, int], ...], FrontPoint] = {}
    for level in levels:
        for ready in range(instance.periods):
            ceiling, step = instance.budget, 0
            while step <= STEPS:
                model = Model(replace(instance, budget=ceiling), gains[normal])
                late = {v: 1.0 for i, row in enumerate(model.x) for t, v in enumerate(row) if t + instance.candidates[i].lead > ready}
                model.program.row(late, upper=0)
                if level is not None:
                    for name, told in gains.items():
                        model.program.row(model.gain(told), lower=best[name] - level)
                chosen = model.most(gains[normal], seed)
                if chosen.begins is None or chosen.gain is None or chosen.cost is None:
                    break
                begins = chosen.begins
                regret = max(best[n] - gain_of(instance, begins, g) for n, g in gains.items()) if len(gains) > 1 else None
                point = FrontPoint(begins, chosen.gain, chosen.bound, chosen.cost, ready_of(instance, begins), regret)
                found.setdefault(tuple(sorted(begins.items())), point)
                if step == 0:
                    dearest = chosen.cost
                step += 1
                ceiling = min(chosen.cost - 1, round(dearest * (1 - step / STEPS)))
                if chosen.cost <= 0 or ceiling < 0:
                    break
    points = [*found.values()]
    kept = [p for p in points if not any(_dominates(q, p) for q in points)]
    return tuple(sorted(kept, key=lambda p: (p.cost, p.ready, -p.gain)))


def _dominates(a: FrontPoint, b: FrontPoint) -> bool:
    one, two = ((-p.gain, p.cost, p.ready, p.regret or 0) for p in (a, b))
    return one != two and all(x <= y for x, y in zip(one, two, strict=True))


__all__ = [
    "Candidate", "Chosen", "FrontPoint", "Instance", "Model", "Robust", "best_choices", "breaches", "cost_of", "front", "gain_of",
    "in_effect", "ready_of", "robust",
]  # fmt: skip
