"""Reform portfolio: which reforms to begin when, what each pair does to the other, who brought how much, and what simulation says.

A designed experiment on common draws gives the gain of singles and pairs (`bundles`); the gateway chooses and sequences (`choice`); the
best bundles are compared in simulation, and the first of them is simulated on fresh seeds with all its parts, from which each reform's
share follows. Within a bundle edits follow each other in the order of the problem file: they do not commute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from optimization.bundles import (
    SHARED,
    Band,
    Bundle,
    Floats,
    Share,
    Ties,
    band,
    design,
    effects_of,
    fitted,
    predicted,
    shares,
    subsets,
)
from optimization.choice import Begins, Candidate, Chosen, FrontPoint, Instance, Robust, best_choices, cost_of, front, in_effect, robust
from optimization.flow import HARMS
from optimization.outlay import cost_together, highest
from optimization.portfolio_problem import PortfolioProblem
from optimization.solution import Rule, Solution, Verified, verdict
from optimization.solvers import Status, prices, savings
from simulation.errors import InputRefused, Problem
from simulation.experiment import FRESH, Variant
from simulation.reforms import Reform, Stress, apply
from simulation.result import make_result
from simulation.scenario import Horizon, Scenario, seasoned
from simulation.units import Duration, Price
from simulation.verbs import Settings, load_reform, load_stress, measures_named, moved_to, rows_of

if TYPE_CHECKING:
    import pandas as pd

PLAIN = Settings()
NORMAL = "none"
YEAR = 365 * 86_400
Values = dict[Bundle, Floats]


@dataclass(frozen=True)
class Tried:
    """One of the best choices: by the model, and simulated on the replications of the experiment. Gains in yuan over the calendar."""

    chosen: Chosen
    reforms: tuple[str, ...]
    simulated: Band


@dataclass(frozen=True)
class Repriced:
    """What the model would choose if one price lay at an end of its range, all others as stated.

    Attributes
    ----------
    price : yuan a unit of `measure`, in the measure's own unit.
    reforms : chosen then; None where no choice keeps the requirements.
    same : whether that is what the model chooses at the prices stated.
    """

    measure: str
    group: str
    price: float
    reforms: tuple[str, ...] | None
    same: bool


@dataclass(frozen=True)
class Portfolio:
    """The answer.

    Attributes
    ----------
    solution : of the choice that simulation put first; objective and bound are its gain over the calendar by the model.
    begins : period in which each chosen reform begins.
    effects : of singles and pairs, yuan a year, by stress.
    unfit : the bundle of the experiment that the model of pairs misses most, and by how much (yuan a year); None where it fits by design.
    shares : of the chosen reforms on fresh seeds; whole : the bundle's gain there, of which they are parts.
    repriced : the model's choice at both ends of the range of each price.
    front : choices that none is better than in everything; services : of each, its gain with interval by the model's replications.
    """

    solution: Solution
    instance: Instance
    begins: Begins
    effects: Mapping[str, Mapping[tuple[str, ...], Band]]
    unfit: tuple[tuple[str, ...], Band] | None = None
    tried: tuple[Tried, ...] = ()
    shares: tuple[Share, ...] = ()
    whole: Band | None = None
    front: tuple[FrontPoint, ...] = ()
    services: tuple[Band, ...] = ()
    robust: Robust | None = None
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    repriced: tuple[Repriced, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        names = [c.name for c in self.instance.candidates]

        def told(begins: Begins) -> dict[str, int]:
            return {names[i]: t for i, t in sorted(begins.items())}

        return {
            **self.solution.document(),
            "begins": told(self.begins),
            "effects": [
                {"stress": stress, "reforms": list(e), **b.document} for stress, found in self.effects.items() for e, b in found.items()
            ],
            "unfit": None if self.unfit is None else {"reforms": list(self.unfit[0]), **self.unfit[1].document},
            "tried": [
                {"reforms": list(t.reforms), "begins": told(t.chosen.begins or {}), "gain": t.chosen.gain, "bound": t.chosen.bound,
                 "cost": t.chosen.cost, "simulated": t.simulated.document}
                for t in self.tried
            ],
            "shares": [
                {"reform": s.reform, "shapley": s.shapley.document, "alone": s.alone.document, "last": s.last.document} for s in self.shares
            ],
            "whole": None if self.whole is None else self.whole.document,
            "front": [
                {"begins": told(p.begins), "gain": p.gain, "bound": p.bound, "cost": p.cost, "ready": p.ready, "regret": p.regret,
                 "service": s.document}
                for p, s in zip(self.front, self.services, strict=True)
            ],
            "robust": None if self.robust is None else {
                "begins": told(self.robust.begins), "status": self.robust.status, "largest": self.robust.largest,
                "regrets": {name: {"chosen": a, "robust": b} for name, (a, b) in self.robust.regrets.items()},
            },
            "repriced": [{**vars(r), "reforms": None if r.reforms is None else list(r.reforms)} for r in self.repriced],
        }  # fmt: skip


@dataclass(frozen=True)
class Trials:
    """Bundles of reforms simulated and valued, on common draws."""

    scenario: Scenario
    problem: PortfolioProblem
    reforms: tuple[Reform, ...]
    ties: Ties
    horizon: Horizon
    seed: int
    settings: Settings

    def name(self, bundle: Bundle) -> str:
        """Return what results call a bundle."""
        return "+".join(self.reforms[i].name for i in sorted(bundle)) or self.scenario.name

    def rows(self, bundles: Sequence[Bundle], stress: str, replications: range) -> pd.DataFrame:
        """Return the rows of single replications of bundles."""
        measures = measures_named(list(dict.fromkeys([*(w.measure for w in self.problem.worth), *HARMS])), "optimize portfolio")
        under: tuple[Stress, ...] = () if stress == NORMAL else (load_stress(stress),)
        variants = []
        for bundle in bundles:
            edits = [self.reforms[i] for i in sorted(bundle)]
            variants.append(Variant(self.name(bundle), stress, seasoned(apply(self.scenario, *edits, *under))))
        return rows_of(variants, self.horizon, self.seed, replications, measures, self.settings)

    def values(self, rows: pd.DataFrame, bundles: Iterable[Bundle]) -> Values:
        """Return each bundle's gain over today (replications,), yuan a year, on the same citizens."""
        from simulation.measures import CATALOGUE

        money: Values = {}
        for bundle in bundles:
            mine = rows[rows["scenario"] == self.name(bundle)]
            total = 0.0
            for k, worth in enumerate(self.problem.worth):
                found = mine[(mine["measure"] == worth.measure) & (mine["group"] == worth.group)].sort_values("replication")
                if len(found) < mine["replication"].nunique() or not (found["n"] > 0).all():
                    rule = f"a group of {worth.measure} with a case in every replication"
                    raise InputRefused(Problem(f"worth[{k}].group", worth.group, rule, "take a larger group or a longer horizon"))
                each = found["total"].to_numpy(np.float64) / found["n"].to_numpy(np.float64)
                sign = 1 if CATALOGUE[worth.measure].direction == "higher" else -1
                total = total + sign * float(worth.unit) * int(worth.a_year) * each
            money[bundle] = np.asarray(total, dtype=np.float64)
        today = money[frozenset()]
        return {bundle: value - today for bundle, value in money.items()}

    def simulated(self, bundles: Sequence[Bundle], stress: str, replications: range) -> Values:
        """Simulate bundles, today among them, and value them."""
        every = _with_today(bundles)
        return self.values(self.rows(every, stress, replications), every)

    def repriced(self, instance: Instance, rows: pd.DataFrame, bundles: Sequence[Bundle], chosen: Bundle) -> Iterator[Repriced]:
        """Yield what the model chooses of the same simulations where one price lies at an end of its range; `chosen` as it is."""
        for k, worth in enumerate(self.problem.worth):
            for end in (e for e in (worth.unit.low, worth.unit.high) if e is not None):
                other = worth.model_copy(update={"unit": Price(end)})
                asked = self.problem.model_copy(update={"worth": (*self.problem.worth[:k], other, *self.problem.worth[k + 1 :])})
                values = replace(self, problem=asked).values(rows, _with_today(bundles))
                best = best_choices(instance, fitted(values, instance.effects).mean(axis=1), 1, self.seed)[0]
                names = None if best.begins is None else tuple(self.reforms[i].name for i in sorted(best.bundle))
                yield Repriced(worth.measure, worth.group, float(end), names, best.begins is not None and best.bundle == chosen)


def _with_today(bundles: Sequence[Bundle]) -> list[Bundle]:
    return list(dict.fromkeys([frozenset(), *bundles]))


def optimize_portfolio(scenario: Scenario, problem: PortfolioProblem, settings: Settings = PLAIN) -> Portfolio:
    """Return which reforms to begin when at the most gain within the limits, proved by the model and simulated on fresh seeds.

    Parameters
    ----------
    scenario : today's.
    settings : seed, replications of the verification, days, store and workers; the problem's own where they say nothing.

    Raises
    ------
    SolverFailed : an answer that the independent checker rejects.
    InputRefused : a group of a measure without a case.
    """
    moved, horizon = moved_to(scenario, problem.horizon or scenario.horizon, settings)
    seed = int(problem.seed) if settings.seed is None else settings.seed
    instance, reforms = instance_of(problem)
    trials = Trials(moved, problem, reforms, instance.ties, horizon, seed, settings)
    names, titles = [r.name for r in reforms], {r.name: (r.title.en, r.title.zh) for r in reforms}
    nothing = best_choices(replace(instance, least=None), np.zeros(len(instance.effects)), 1, seed)[0]
    if nothing.begins is None:  # whatever the reforms gain
        return Portfolio(_infeasible(nothing, seed), instance, {}, {}, titles=titles)
    bundles, n = design(len(reforms), instance.ties), int(problem.exploring)
    rows = trials.rows(_with_today(bundles), NORMAL, range(n))
    seen = {NORMAL: trials.values(rows, _with_today(bundles))}
    seen |= {stress: trials.simulated(bundles, stress, range(n)) for stress in problem.stresses}
    found = {stress: fitted(values, instance.effects) for stress, values in seen.items()}
    gains = {stress: each.mean(axis=1) for stress, each in found.items()}
    effects = {
        stress: {tuple(names[i] for i in e): band(row) for e, row in zip(instance.effects, each, strict=True)}
        for stress, each in found.items()
    }
    choices = best_choices(instance, gains[NORMAL], int(problem.best), seed)
    if choices[0].begins is None:
        return Portfolio(_infeasible(choices[0], seed), instance, {}, effects, titles=titles)
    wanted = {now for c in choices for now in _stages(instance, c.begins or {})} - seen[NORMAL].keys()
    known = seen[NORMAL] | trials.simulated([*wanted], NORMAL, range(n))
    tried = sorted(
        (Tried(c, tuple(names[i] for i in sorted(c.bundle)), band(over_calendar(instance, c.begins or {}, known))) for c in choices),
        key=lambda t: -t.simulated.value,
    )
    best = tried[0].chosen
    begins = best.begins or {}
    reform = as_reform(scenario, problem, reforms, instance, begins) if begins else None
    shared, whole, verified = _verified(trials, instance, best, reform)
    points = front(instance, gains, NORMAL, seed)
    unfit = _unfit(seen[NORMAL], instance, found[NORMAL], names)
    services = tuple(band(_model(instance, p.begins, found[NORMAL])) for p in points)
    steadiest = robust(instance, gains, NORMAL, begins, seed) if problem.stresses else None
    solution = _solution(best, choices[0], reform, verified, seed)
    return Portfolio(
        solution, instance, begins, effects, unfit, tuple(tried), shared, whole, points, services, steadiest, titles,
        tuple(trials.repriced(instance, rows, bundles, choices[0].bundle)),
    )  # fmt: skip


def _infeasible(chosen: Chosen, seed: int) -> Solution:
    answer = chosen.answer
    return Solution("infeasible", None, None, None, answer.backend, seed, None, clash=answer.clash, digest=answer.digest)


def instance_of(problem: PortfolioProblem) -> tuple[Instance, tuple[Reform, ...]]:
    """Return the instance of a problem and its reforms; costs and lead times are those that the reforms state."""
    reforms = tuple(load_reform(name) for name in problem.reforms)
    at = {name: k for k, name in enumerate(problem.reforms)}
    ties = Ties(
        {at[name]: frozenset(at[k] for k in others) for name, others in problem.needs.items()},
        frozenset(frozenset(at[k] for k in pair) for pair in problem.excludes),
    )
    length, limits = float(problem.calendar.length), problem.limits
    candidates = tuple(
        Candidate(
            r.name, ceil(float(r.lead_time) / length), round(float(r.cost.once)), round(float(r.cost.yearly)),
            int(problem.people.get(name, 0)), r.authority, float(r.lead_time) / 86_400,
        )
        for name, r in zip(problem.reforms, reforms, strict=True)
    )  # fmt: skip
    whole = [None if m is None else round(float(m)) for m in (limits.budget, limits.once_a_period, limits.people, problem.least)]
    instance = Instance(
        candidates, ties, tuple(effects_of(len(reforms), ties)), int(problem.calendar.periods), length / YEAR, whole[0], whole[1], whole[2],
        problem.ask, frozenset(at[name] for name in problem.must), whole[3],
    )  # fmt: skip
    return instance, reforms


def over_calendar(instance: Instance, begins: Begins, values: Mapping[Bundle, Floats]) -> Floats:
    """Return the simulated gain over the calendar (replications,), yuan: in each period that of the bundle then in effect."""
    parts = [values[in_effect(instance, begins, p)] * instance.year for p in range(instance.periods)]
    total: Floats = np.sum(parts, axis=0)
    return total


def _model(instance: Instance, begins: Begins, found: Floats) -> Floats:
    """Return what the model says of the gain over the calendar (replications,)."""
    parts = [predicted(in_effect(instance, begins, p), instance.effects, found) * instance.year for p in range(instance.periods)]
    total: Floats = np.sum(parts, axis=0)
    return total


def _stages(instance: Instance, begins: Begins) -> set[Bundle]:
    return {in_effect(instance, begins, p) for p in range(instance.periods)}


def _unfit(
    values: Values, instance: Instance, found: Floats, names: Sequence[str]
) -> tuple[tuple[str, ...], Band] | None:  # fmt: skip
    """Return the bundle whose simulated gain the effects miss most, and simulated less model."""
    missed = {b: v - predicted(b, instance.effects, found) for b, v in values.items() if b}
    if len(missed) <= len(instance.effects):
        return None
    worst = max(missed, key=lambda b: abs(float(missed[b].mean())))
    return tuple(names[i] for i in sorted(worst)), band(missed[worst])


def as_reform(scenario: Scenario, problem: PortfolioProblem, reforms: Sequence[Reform], instance: Instance, begins: Begins) -> Reform:
    """Return the chosen reforms as one: edits one after the other in the order of the problem, costs added up, ready when the last is."""
    chosen = [reforms[i] for i in sorted(begins)]
    length = float(problem.calendar.length)
    lead = max(t * length + float(reforms[i].lead_time) for i, t in begins.items())
    said = "; ".join(f"{reforms[i].name} from period {t + 1}" for i, t in sorted(begins.items(), key=lambda row: (row[1], row[0])))
    zh = "；".join(f"{reforms[i].title.zh}自第{t + 1}期起" for i, t in sorted(begins.items(), key=lambda row: (row[1], row[0])))
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": f"{scenario.name}-portfolio", "baseline": scenario.name,
            "title": {
                "en": "Portfolio: " + ", ".join(r.title.en for r in chosen), "zh": "改革组合：" + "、".join(r.title.zh for r in chosen)
            },
            "source": "assumption", "edits": tuple(e for r in chosen for e in r.edits),
            "cost": cost_together(chosen), "lead_time": Duration(lead), "authority": highest([r.authority for r in chosen]),
            "reason": {"en": f"Proposed by optimize portfolio: {said}.", "zh": f"由改革组合优化提出：{zh}。"},
        }
    )  # fmt: skip


def _verified(
    trials: Trials, instance: Instance, best: Chosen, reform: Reform | None
) -> tuple[tuple[Share, ...], Band | None, tuple[Verified, ...]]:  # fmt: skip
    """Simulate the chosen bundle and its parts on fresh seeds: each reform's share, and the rows of measures and of the gain."""
    if reform is None or best.begins is None or best.gain is None:
        return (), None, ()
    n = trials.settings.replications or int(trials.problem.replications)
    ties, bundle = instance.ties, best.bundle
    parts = subsets(bundle) if len(bundle) <= SHARED else []
    every = list(dict.fromkeys(ties.working(b) for b in [frozenset(), *parts, *_stages(instance, best.begins), bundle]))
    rows = trials.rows(every, NORMAL, range(FRESH, FRESH + n))
    values = trials.values(rows, every)
    names = [r.name for r in trials.reforms]
    shared = shares(bundle, values, ties, names) if parts else ()
    gain = band(over_calendar(instance, best.begins, values))
    below, above = (None if end is None else -end for end in (gain.high, gain.low))
    told = [
        Verified(
            "portfolio_gain", "all", "CNY", 0.0, gain.value, gain.low, gain.high, n, verdict(below, above, 0.0), 0.0, gain.value,
            gain.low, gain.high, gain.value - best.gain,
        )
    ]  # fmt: skip
    asked = dict.fromkeys([*((w.measure, w.group) for w in trials.problem.worth), *((harm, "all") for harm in HARMS)])
    measures = measures_named(list(dict.fromkeys(measure for measure, _ in asked)), "optimize portfolio")
    today, name = trials.scenario.name, trials.name(bundle)
    pair = rows[rows["scenario"].isin([today, name])]
    result = make_result(pair, measures, {today: today, name: today}, (), trials.scenario, {})
    for measure, group in asked:
        row, before = (result.row(who, measure, group) for who in (name, today))
        ends = (row["difference_low"], row["difference_high"])
        higher = next(m for m in measures if m.name == measure).direction == "higher"
        below, above = (None if e is None else -e for e in reversed(ends)) if higher else ends
        told.append(
            Verified(
                measure, group, row["unit"], before["value"], row["value"], row["low"], row["high"], int(row["n"]),
                verdict(below, above, 0.0), before["value"], row["difference"], *ends,
            )
        )  # fmt: skip
    return shared, band(values[bundle]), tuple(told)


def _solution(best: Chosen, first: Chosen, reform: Reform | None, verified: tuple[Verified, ...], seed: int) -> Solution:
    """Return the answer; the bound is that of all choices, also where simulation put another than the model's first in front."""
    gain, bound = best.gain or 0, first.bound if first.bound is not None else first.gain
    gap = None if bound is None else max(0.0, bound - gain) / max(1.0, abs(gain))
    status: Status = "heuristic" if gap is None else "proved" if gap <= 1e-9 else "bounded"
    rules = first.asked.rules()
    saved = savings(first.asked, first.answer, rules)
    dual = prices(first.asked)
    why = tuple(Rule(rule, dual.get(rule, 0.0), saved[rule]) for rule in rules if saved.get(rule, 0.0) > 0.5)
    return Solution(
        status, float(gain), None if bound is None else float(bound), gap, first.answer.backend, seed, reform, verified,
        tuple(sorted(why, key=lambda r: -(r.saving or 0.0))), (("cost_over_the_calendar", float(best.cost or 0)),),
        digest=first.answer.digest, seconds=first.answer.seconds,
    )  # fmt: skip


__all__ = ["Portfolio", "Trials", "Tried", "as_reform", "cost_of", "instance_of", "optimize_portfolio", "over_calendar"]
