"""Two bands: what a comparison says by chance alone, and what it says when the assumptions lie elsewhere within their ranges.

Each plausible world (`simulation.worlds`) is run for the first replications of the comparison, on the same citizens. Its *shift* is its
difference between reform and baseline, minus that of the scenario as stated over the same R replications. Chance of the scenario as stated
is in the shifts of all worlds alike, so that their spread does not show it; the replications do. The band with assumptions is that of the
difference in one more world,

    middle ± sqrt(h² + s² + c²),   middle = difference + median shift,

h the half width by chance alone on that side, c that of what all shifts share, t(R - 1) times the standard error over replications of the
mean of the worlds, and s the distance from the median shift to the outermost order statistics, which hold the next of independent worlds
with probability (N - 1) / (N + 1), or to those that hold it with 95 % where N >= 39; the worlds of a Latin hypercube are spread more evenly
than independent ones, and the outermost hold more. Where the effect scales with an assumption, chance and shift go together and a band of
95 % was found to hold 87 to 89 % of worlds. A world's sign is told by its own half width, t(R - 1) times the error of a shift.

References
----------
Wilks (1941), Determination of sample sizes for setting tolerance limits. Annals of Mathematical Statistics 12, 91-96.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.errors import InputRefused, PlanRefused, Problem
from simulation.estimates import student
from simulation.experiment import Experiment, Variant, code
from simulation.result import Result, make_result
from simulation.worlds import PlausibleWorld, assumptions, run_worlds, worlds

if TYPE_CHECKING:
    import pandas as pd

    from simulation.measures import Measure
    from simulation.reforms import Reform
    from simulation.scenario import Horizon, Scenario
    from simulation.verbs import Settings

Floats = NDArray[np.float64]
PER_WORLD = 5
"""Replications of each world; with two, t is 12.7."""
LEAST = 4
"""Worlds without which nothing is said of a range."""
MOVERS = 5
SHUFFLES = 400
NOISE = 1e-9
Standing = Literal["holds", "in part", "undecided", "identical"]


class Mover(NamedTuple):
    """An assumption and how it moves a difference: rank correlation over worlds, and the change from the low to the high end."""

    kind: str
    example: str
    numbers: int
    correlation: float
    swing: float


@dataclass(frozen=True)
class Line:
    """A headline difference with both bands, in the unit of its measure.

    Attributes
    ----------
    difference, low, high : as stated, by chance alone (that of the Result).
    wide_low, wide_high : in a plausible world, chance included; None where nothing can be said.
    standing : `holds` (in every world), `in part` (of the worlds), `undecided` (not even as stated), `identical`.
    same, other, unresolved : worlds in which the sign is that as stated, the opposite, and neither.
    there : the difference in each world, float64 (worlds,).
    """

    reform: str
    stress: str
    measure: str
    group: str
    unit: str
    difference: float | None
    low: float | None
    high: float | None
    wide_low: float | None
    wide_high: float | None
    standing: Standing
    same: int
    other: int
    unresolved: int
    there: tuple[float, ...]

    @property
    def least(self) -> float:
        """The share of worlds in which the sign is surely that as stated, at least (95 %, one-sided; Clopper and Pearson 1934)."""
        from scipy.stats import beta

        n = self.same + self.other + self.unresolved
        return float(beta.ppf(0.05, self.same, n - self.same + 1)) if self.same else 0.0


@dataclass(frozen=True)
class Plausible:
    """What an outer sample over the assumptions' ranges says.

    Attributes
    ----------
    asked : worlds sampled. used : worlds that do not contradict themselves. replications : of each.
    coverage : probability that the next world lies between the order statistics that make the wide band.
    kinds, numbers : assumptions with a range, and the numbers that they stand for.
    rejected : why worlds were left out: a rule, and in how many worlds it was broken.
    preferred : the reform that is best by the first line of the headline, as stated. pays : it is no worse than today there.
    movers : the assumptions that move its first headline most, at most five, of the `considered`: those of the baseline and of its files.
    noise : the correlation that the largest of the considered reaches by chance alone in one case of twenty.
    """

    asked: int
    used: int
    replications: int
    coverage: float
    kinds: int
    numbers: int
    rejected: Mapping[str, int]
    lines: tuple[Line, ...]
    preferred: str
    pays: bool
    movers: tuple[Mover, ...]
    considered: int
    noise: float

    def document(self) -> dict[str, Any]:
        """Return it as plain values for strict JSON."""
        lines = [{**vars(line), "least": line.least, "there": list(line.there)} for line in self.lines]
        own = {k: v for k, v in vars(self).items() if k not in ("lines", "movers", "rejected")}
        return {**own, "rejected": dict(self.rejected), "lines": lines, "movers": [m._asdict() for m in self.movers]}


def with_worlds(
    result: Result, experiment: Experiment, baseline: Scenario, reforms: Mapping[str, Reform], n: int, settings: Settings
) -> Result:
    """Return the result of a comparison with its second band, from `n` plausible worlds.

    Parameters
    ----------
    result : of the experiment as stated, under the same settings.
    reforms : the experiment's reforms, by the names of their files.
    n : worlds. `simulation.verbs.compare` refuses too few, and those without a headline or a range, before anything runs.

    Raises
    ------
    PlanRefused : too few of the worlds do not contradict themselves.
    """
    known = assumptions(baseline, reforms)
    seed, per_world = int(result.provenance["seed"]), min(PER_WORLD, int(result.provenance["replications"]))
    where = f"experiment {experiment.name}: --worlds"
    sample, variants, rejected, horizon = _prepared(experiment, baseline, reforms, worlds(baseline, reforms, n, seed), settings)
    if len(sample) < LEAST:
        told = f"{len(sample)} of {n} worlds do not contradict themselves"
        raise PlanRefused(Problem(where, told, max(rejected, key=lambda r: rejected[r]), "narrow the ranges that clash, or ask for more"))
    from simulation.verbs import measures_named

    chosen = measures_named(list(dict.fromkeys(h.measure for h in experiment.headline)), where)
    parts = run_worlds(variants, horizon, seed, range(per_world), chosen, settings)
    stated = result.replications
    stated = stated[(stated["replication"] < per_world) & stated["measure"].isin([m.name for m in chosen])]
    zero = differences(stated, chosen, experiment, baseline)
    shifts = np.array([differences(part, chosen, experiment, baseline) for part in parts]) - zero
    own_chance, shared = chance_of(_singly(stated, parts, chosen, experiment, baseline, per_world))
    lines = tuple(
        line_of(result.row(h.reform, h.measure, h.group, h.stress), shifts[:, k], float(own_chance[k]), float(shared[k]))
        for k, h in enumerate(experiment.headline)
    )
    preferred, pays = preferred_reform(result, experiment)
    at = next((k for k, h in enumerate(experiment.headline) if h.reform == preferred), 0)
    line = experiment.headline[at]
    own = assumptions(baseline, {name: reforms[name] for name in files_of(experiment, line.reform)})
    places = np.array([[w.places[a.kind] for a in own] for w in sample])
    correlations, swings, noise = movers_of(places, shifts[:, at], seed)
    first = np.argsort(-np.abs(correlations), kind="stable")[:MOVERS]
    movers = tuple(
        Mover(own[k].kind, own[k].example, len(own[k].numbers), float(correlations[k]), float(swings[k]))
        for k in first if correlations[k]
    )  # fmt: skip
    plausible = Plausible(
        n, len(sample), per_world, coverage(len(sample)), len(known), sum(len(a.numbers) for a in known), rejected, lines,
        line.reform, pays, movers, len(own), noise,
    )  # fmt: skip
    return replace(result, plausible=plausible)


def _prepared(
    experiment: Experiment, baseline: Scenario, reforms: Mapping[str, Reform], sample: Sequence[PlausibleWorld], settings: Settings
) -> tuple[list[PlausibleWorld], list[list[Variant]], dict[str, int], Horizon]:
    """The worlds that may be run, the variants of each, and which rules the others break in how many worlds."""
    from simulation.verbs import prepared

    used, variants, rejected = [], [], dict[str, int]()
    horizon = prepared(experiment, baseline, settings, reforms)[1]
    for world in sample:
        wrong = world.problems
        if not wrong:
            try:
                there, _ = prepared(experiment, world.scenario, settings, world.reforms)
                used.append(world)
                variants.append(there)
            except InputRefused as refused:
                wrong = refused.problems
        for rule in dict.fromkeys(p.rule for p in wrong):
            rejected[rule] = rejected.get(rule, 0) + 1
    return used, variants, rejected, horizon


def differences(rows: pd.DataFrame, measures: Sequence[Measure], experiment: Experiment, baseline: Scenario) -> Floats:
    """Return the headline's differences over the replications of `rows`, NaN where there is none; float64 (headline,)."""
    names = {str(name): code(experiment.baseline) for name in rows["scenario"].unique()}
    result = make_result(rows, measures, names, (), baseline, {})
    found = {(r["scenario"], r["measure"], r["group"], r["stress"]): r["difference"] for r in result.rows}
    each = [found.get((h.reform, h.measure, h.group, h.stress)) for h in experiment.headline]
    return np.array([np.nan if d is None else d for d in each], dtype=np.float64)


def _singly(
    stated: pd.DataFrame, parts: Sequence[pd.DataFrame], measures: Sequence[Measure], experiment: Experiment, baseline: Scenario, n: int
) -> Floats:
    """The shift of each world in each single replication; float64 (worlds, replications, headline)."""
    each = [[differences(rows[rows["replication"] == k], measures, experiment, baseline) for k in range(n)] for rows in (stated, *parts)]
    return np.array(each[1:]) - np.array(each[0])


def chance_of(singly: Floats) -> tuple[Floats, Floats]:
    """Return what chance does to shifts, as half widths of 95 %: to that of a world (pooled over worlds), and to all of them alike.

    Parameters
    ----------
    singly : shifts of single replications, NaN where there is none; float64 (worlds, replications, lines).

    Returns
    -------
    Two of float64 (lines,), NaN where nothing is known: of one replication, or where single replications have no value.
    """
    n, lines = singly.shape[1], singly.shape[2]
    whole = np.asarray(np.isfinite(singly).all(axis=1), dtype=np.bool_)
    own, shared = np.full(lines, np.nan), np.full(lines, np.nan)
    for k in range(lines):
        known = singly[whole[:, k], :, k]
        if n > 1 and len(known):
            own[k], shared[k] = known.var(axis=1, ddof=1).mean(), known.mean(axis=0).var(ddof=1)
    t: float = student(n - 1, 0.95) if n > 1 else np.nan
    return t * np.sqrt(own / n), t * np.sqrt(shared / n)


def coverage(n: int) -> float:
    """Return the probability that the next of independent worlds lies between the order statistics of `n` that `_outer` takes.

    Example
    -------
    >>> coverage(19), coverage(39)
    (0.9, 0.95)
    """
    return (n + 1 - 2 * _rank(n)) / (n + 1)


def _rank(n: int) -> int:
    """Which smallest and largest of `n` make the band: the outermost, or those that hold 95 % where there are many."""
    return max(1, int(0.025 * (n + 1) + NOISE))


def line_of(row: Mapping[str, Any], shifts: Floats, error: float, shared: float = 0.0) -> Line:
    """Return a row of the headline with both bands and what becomes of its verdict.

    Parameters
    ----------
    row : of a Result.
    shifts : of the difference, by world; NaN where a world has no case. float64 (worlds,).
    error, shared : half widths by chance of a shift, and of what all shifts share (`chance_of`); where NaN, no world is told.
    """
    d, low, high = row["difference"], row["difference_low"], row["difference_high"]
    own = (row["scenario"], row["stress"], row["measure"], row["group"], row["unit"], d, low, high)
    known = shifts[~np.isnan(shifts)]
    if row["identical"] and not known.any():
        return Line(*own, d, d, "identical", len(known), 0, len(shifts) - len(known), (float(d or 0.0),) * len(known))
    if d is None or low is None or high is None or len(known) < LEAST or np.isnan(error + shared):
        return Line(*own, None, None, "undecided", 0, 0, len(shifts), tuple(float(d or 0.0) + known))
    ordered, rank, middle = np.sort(known), _rank(len(known)), float(np.median(known))
    wide_low = float(d + middle - np.hypot(np.hypot(d - low, ordered[rank - 1] - middle), shared))
    wide_high = float(d + middle + np.hypot(np.hypot(high - d, ordered[len(known) - rank] - middle), shared))
    there = d + known
    below, above = there + np.hypot(high - d, error) < -NOISE, there - np.hypot(d - low, error) > NOISE
    sign = 1 if low > NOISE else -1 if high < -NOISE else 0
    same, other = (int(x.sum()) for x in ((above, below) if sign >= 0 else (below, above)))
    standing: Standing = "undecided" if sign == 0 else "holds" if same == len(shifts) else "in part"
    if sign == 0:
        same = other = 0
    unresolved = len(shifts) - same - other
    return Line(*own, wide_low, wide_high, standing, same, other, unresolved, tuple(map(float, there)))


def files_of(experiment: Experiment, name: str) -> tuple[str, ...]:
    """Return the files of a reform, a bundle or a trial, those that are only tried included."""
    tried = experiment.trials[name].first if name in experiment.trials else ()
    return tuple(dict.fromkeys((*tried, *experiment.parts(name))))


def preferred_reform(result: Result, experiment: Experiment) -> tuple[str, bool]:
    """Return the reform with the best value by the measure, group and stress of the headline's first line, as stated.

    Returns
    -------
    Its name, and whether it is no worse than today, by estimate: where it is, `simulation.turns` prefers today.
    """
    from simulation.measures import CATALOGUE

    first, today = experiment.headline[0], code(experiment.baseline)
    sign = {"lower": 1, "higher": -1}.get(CATALOGUE[first.measure].direction, 0)
    rows = {r["scenario"]: r for r in result.rows if (r["measure"], r["group"], r["stress"]) == (first.measure, first.group, first.stress)}
    values = {name: sign * r["value"] for name, r in rows.items() if r["value"] is not None}
    reforms = [name for h in experiment.headline if (name := h.reform) in values]
    if not reforms or not sign:
        return first.reform, True
    best = min(reforms, key=lambda name: values[name])
    return best, values[best] <= values.get(today, np.inf)


def movers_of(places: Floats, shifts: Floats, seed: int) -> tuple[Floats, Floats, float]:
    """Return how each assumption moves a difference over the worlds.

    Parameters
    ----------
    places : float64 (worlds, assumptions). shifts : float64 (worlds,), NaN where there is none.

    Returns
    -------
    Spearman's rank correlations and least-squares swings over the whole range, float64 (assumptions,) each; and the largest absolute
    correlation of all assumptions that shuffled worlds exceed in 5 % (Westfall and Young's single-step maximum).
    """
    from scipy.stats import rankdata

    held = ~np.isnan(shifts)
    x, y = places[held], shifts[held]
    if not x.size or len(y) < LEAST or np.ptp(y) <= NOISE:
        return np.zeros(places.shape[1]), np.zeros(places.shape[1]), 0.0
    ranks, of = (_standard(np.asarray(rankdata(a, axis=0), dtype=np.float64)) for a in (x, y))
    word = int.from_bytes(hashlib.sha256(b"movers").digest()[:8])
    chance = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, word])))
    largest = [float(np.abs(ranks.T @ chance.permutation(of)).max()) for _ in range(SHUFFLES)]
    centred = x - x.mean(axis=0)
    swings = centred.T @ y / (centred**2).sum(axis=0)
    return ranks.T @ of, swings, float(np.quantile(largest, 0.95))


def _standard(a: Floats) -> Floats:
    """Columns of mean zero and length one."""
    centred = a - a.mean(axis=0)
    standard: Floats = centred / np.sqrt((centred**2).sum(axis=0))
    return standard
