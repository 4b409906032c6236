"""The failure map: which of its targets a scenario misses where all work takes longer and more citizens come.

Unlike the slowdown of the flip map, which is an assumption of a reform, this one is of all work: every step of every item, at counters and
desks, takes so many times as long as stated, under today's scenario and under a reform alike. All cells see the same citizens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from simulation.errors import InputRefused, Problem, nearest
from simulation.experiment import Experiment, Variant, code
from simulation.occurrences import with_work
from simulation.reforms.stresses import SurgeEdit
from simulation.result import make_result
from simulation.scenario import Scenario
from simulation.targets import Judged, Target, judged
from simulation.turns import RATES, range_of, replications_of
from simulation.units import Duration, Factor
from simulation.workload import pool_hours, queue_hours
from simulation.worlds import assumptions, run_worlds, world_at

if TYPE_CHECKING:
    from simulation.distributions import Law
    from simulation.verbs import Settings

CAME = ("walk_away_share", "trips_per_need")
"""Measures that have a value where a ticket was taken, or where an occurrence of a need came or was filed online."""
WORK = "*.work.*"
"""Kinds of assumptions that are times of work."""


@dataclass(frozen=True)
class Cell:
    """A scenario at one slowdown and demand: its targets, judged in their order."""

    targets: tuple[Judged, ...]

    def count(self, state: str) -> int:
        """Return how many targets are in a state."""
        return sum(one.state == state for one in self.targets)


@dataclass(frozen=True)
class FailureMap:
    """Which targets are missed at each pair of slowdown of all work and demand.

    Attributes
    ----------
    x, y : factors of all work, and of demand; as stated both are 1.
    cells : by scenario, then by row of y, then x.
    today_x, today_y : the ranges in which the hall is believed: a day's hours of work at the ends of the assumed times, and rates
        of demand at theirs, as multiples of what is stated.
    """

    targets: tuple[Target, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    cells: Mapping[str, tuple[tuple[Cell, ...], ...]]
    today_x: tuple[float, float]
    today_y: tuple[float, float]
    replications: int


def failure_map(experiment: Experiment, names: Sequence[str], x: Sequence[float], y: Sequence[float], settings: Settings) -> FailureMap:
    """Return which of the experiment's targets today's scenario, and the reforms named, miss at each slowdown `x` and demand `y`.

    Parameters
    ----------
    names : of reforms or bundles of the experiment; today's scenario comes first in any case.
    x, y : factors of all work and of demand, each above 0.
    settings : replications of the pilot where it says none.

    Raises
    ------
    InputRefused : no targets, a reform that is not of the experiment, a target of a group that never occurs.
    """
    from simulation.verbs import load, measures_named, prepared, reforms_of

    where = f"experiment {experiment.name}"
    if not experiment.targets:
        remedy = "write targets: [{measure: wait_mean, at_most: 20 min, source: {title: {en: …, zh: …}, basis: judgement}}]"
        raise InputRefused(Problem(f"{where}: targets", "none", "a failure map asks which targets are missed", remedy))
    if wrong := [name for name in names if name not in experiment.names]:
        rule = "a reform or a bundle of the experiment"
        raise InputRefused(Problem(f"{where}: --reform", name, rule, nearest(name, experiment.names)) for name in wrong)
    asked = experiment.model_copy(update={
        "stresses": (), "headline": (), "reforms": tuple(r for r in experiment.reforms if code(r) in names),
        "bundles": {k: v for k, v in experiment.bundles.items() if k in names},
        "trials": {k: v for k, v in experiment.trials.items() if k in names},
    })  # fmt: skip
    baseline, reforms = load(experiment.baseline), reforms_of(asked)
    measures = measures_named(list(dict.fromkeys([*(t.measure for t in experiment.targets), *CAME])), where)
    variants, horizon = [], prepared(asked, baseline, settings, reforms)[1]
    for factor in y:
        busy = baseline if factor == 1 else SurgeEdit(kind="surge", factor=Factor(factor)).edit(baseline)
        there, _ = prepared(asked, busy, settings, reforms)
        variants += [[slower(variant, slowdown) for variant in there] for slowdown in x]
    seed, n = int(experiment.seed) if settings.seed is None else settings.seed, replications_of(experiment, settings)
    parts = run_worlds(variants, horizon, seed, range(n), measures, settings)
    known = assumptions(baseline, {})
    found: dict[str, list[Cell]] = {v.name: [] for v in variants[0]}
    groups: dict[str, set[str]] = {m.name: set() for m in measures}
    tables: list[dict[tuple[str, str, str], Mapping[str, Any]]] = []
    for rows in parts:
        result = make_result(rows, measures, {name: name for name in found}, (), baseline, {}) if len(rows) else None
        tables.append({} if result is None else {(r["scenario"], r["measure"], r["group"]): r for r in result.rows})
        for _, measure, group in tables[-1]:
            groups[measure].add(group)
    for by in tables:
        for name, cells in found.items():
            cells.append(Cell(tuple(judged(t, by.get((name, t.measure, t.group)), _came(by, groups, name, t)) for t in experiment.targets)))
    if lost := [t for t in experiment.targets if groups[t.measure] and t.group not in groups[t.measure]]:
        rule = "a target is of a group that its measure has"
        raise InputRefused(Problem(f"{where}: targets", t.group, rule, nearest(t.group, sorted(groups[t.measure]))) for t in lost)
    rows_of = {name: tuple(tuple(cells[k * len(x) : (k + 1) * len(x)]) for k in range(len(y))) for name, cells in found.items()}
    demand = range_of([number for a in known if a.kind == RATES for _, number in a.numbers])
    kinds = [a.kind for a in known if fnmatchcase(a.kind, WORK)]
    return FailureMap(experiment.targets, tuple(x), tuple(y), rows_of, _work_range(baseline, kinds), demand, n)


def _came(
    by: Mapping[tuple[str, str, str], Mapping[str, Any]], groups: Mapping[str, set[str]], name: str, target: Target
) -> bool:  # fmt: skip
    """Say whether anybody came whom a target is about, or, where that is not counted by its group, anybody at all."""
    rows = [by.get((name, m, target.group if target.group in groups[m] else "all")) for m in CAME]
    return any(row is not None and row["value"] is not None for row in rows)


def slower(variant: Variant, factor: float) -> Variant:
    """Return a variant, whatever it runs one after the other, with all work so many times as long."""
    if factor == 1:
        return variant
    before = None if variant.before is None else slowed(variant.before, factor)
    trial = None if variant.trial is None else (variant.trial[0], slowed(variant.trial[1], factor))
    return replace(variant, scenario=slowed(variant.scenario, factor), before=before, trial=trial)


def slowed(scenario: Scenario, factor: float) -> Scenario:
    """Return `scenario` with every law of work so many times as long: each quantile, for all parameters of time are of scale."""

    def longer(law: Law) -> Law:
        return law.model_copy(update={name: _times(getattr(law, name), factor) for name in type(law).model_fields})

    return with_work(scenario, longer)


def _times(value: object, factor: float) -> object:
    if isinstance(value, Duration):
        return Duration(float(value) * factor)
    return {k: _times(v, factor) for k, v in value.items()} if isinstance(value, dict) else value


def _work_range(baseline: Scenario, kinds: Sequence[str]) -> tuple[float, float]:
    """Hours of work that a day's citizens ask for at the low and the high end of the assumed times, over those as stated."""

    def hours(scenario: Scenario) -> float:
        return sum(queue_hours(scenario).values()) + sum(pool_hours(scenario).values())

    stated = hours(baseline)
    ends = [world_at(baseline, {}, dict.fromkeys(kinds, place)) for place in (0.0, 1.0)]
    if wrong := [problem for world in ends for problem in world.problems]:
        raise InputRefused(wrong)
    low, high = (hours(world.scenario) / stated if stated else 1.0 for world in ends)
    return low, high
