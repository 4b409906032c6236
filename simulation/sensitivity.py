"""Which assumptions the preferred reform hangs on: Morris' elementary effects over the assumptions' ranges, with their noise.

A trajectory moves one assumption at a time from a random start; all its points see the same citizens (the same replications), the next
trajectory sees others. An elementary effect is the change of the headline difference, per whole range. Its variance over the replications
of a point is chance, its variance between trajectories chance, curvature and interaction together. The first as a share of the second is
the noise share: near 1 the effects differ by chance alone, and sigma tells of no curvature or interaction. Whether there is an effect at
all is told by an F test: the mean square of the trajectories' effects over what replications make of it, F(R, R (n - 1)) of an assumption
without effect in normal replications; of all assumptions together at most 5 % are told wrongly (Holm). Power takes R >= 10 trajectories or
n >= 4 replications a point.

References
----------
Morris (1991), Factorial sampling plans for preliminary computational experiments. Technometrics 33, 161-174. Campolongo, Cariboni and
Saltelli (2007), An effective screening design for sensitivity analysis of large models. Environmental Modelling & Software 22, 1509-1518.
Holm (1979), A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.errors import InputRefused, PlanRefused, Problem
from simulation.experiment import Experiment, Headline
from simulation.plausible import differences, preferred_reform
from simulation.reforms import Reform
from simulation.result import Result
from simulation.scenario import Scenario
from simulation.turns import chosen_assumptions
from simulation.worlds import Assumption, PlausibleWorld, run_worlds, world_at

if TYPE_CHECKING:
    from simulation.verbs import Settings

Floats = NDArray[np.float64]
LEVELS = 4
ALPHA = 0.05
REPLICATIONS = 2
"""Of each point at least; one tells nothing of noise."""
SPARE = 4
"""So many times the trajectories asked for are drawn, as those that pass through a world that contradicts itself are left out."""


class Effect(NamedTuple):
    """An assumption's elementary effects on the difference, per whole range of the assumption, in the unit of the measure.

    Attributes
    ----------
    mean, size, spread : mu, mu* and sigma of Morris. half_width : of mu*, 95 % by bootstrap over trajectories.
    by_chance : what mu* would be of an assumption without effect. noise : share of the variance between trajectories that is chance; None
        where nothing varies. p : probability of such a mean square or a larger one without any effect, adjusted over assumptions (Holm).
    """

    assumption: Assumption
    mean: float
    size: float
    spread: float
    half_width: float
    by_chance: float
    noise: float | None
    p: float

    @property
    def told(self) -> bool:
        """Whether the effect is told from chance."""
        return self.p <= ALPHA


@dataclass(frozen=True)
class Sensitivity:
    """Effects by size; of which line of the headline; from how many trajectories, replications a point and runs; what was left out; and
    whether that reform is no worse than today, as stated.
    """

    line: Headline
    effects: tuple[Effect, ...]
    trajectories: int
    replications: int
    runs: int
    rejected: int
    pays: bool = True


def elementary_effects(
    experiment: Experiment, result: Result, trajectories: int, patterns: Sequence[str], settings: Settings
) -> Sensitivity:
    """Return Morris' effects of the assumptions on the preferred reform's first line of the headline.

    Parameters
    ----------
    result : of the comparison as stated; says which reform is preferred.
    trajectories : at least 2; each costs (assumptions + 1) points of `REPLICATIONS` replications under reform and baseline.
    patterns : of the kinds of assumptions to move; all of the baseline and of this reform where empty.
    """
    from simulation.verbs import load, reforms_of

    where, baseline = f"experiment {experiment.name}: sensitivity", load(experiment.baseline)
    if not experiment.headline:
        raise InputRefused(Problem(where, "no headline", "effects are those on the first line of the headline", "name one"))
    if trajectories < 2:
        raise InputRefused(Problem(where, str(trajectories), "two trajectories at least tell an effect from chance", "ask for more"))
    preferred, pays = preferred_reform(result, experiment)
    line = next(h for h in experiment.headline if h.reform == preferred)
    narrow = only_line(experiment, line)
    reforms = reforms_of(narrow)
    known = chosen_assumptions(baseline, reforms, patterns, where)
    seed = int(result.provenance["seed"])
    n = max(REPLICATIONS, settings.replications or REPLICATIONS)
    tracks, worlds_of, rejected = _consistent(known, baseline, reforms, trajectories, seed)
    if len(tracks) < 2:
        told = f"{len(tracks)} of {len(tracks) + rejected} trajectories pass through no world that contradicts itself"
        raise PlanRefused(Problem(where, told, "two trajectories at least", "name assumptions with --only, or narrow ranges that clash"))
    values = np.array([_values(narrow, baseline, there, seed, range(t * n, t * n + n), settings) for t, there in enumerate(worlds_of)])
    effects = effects_of(known, np.array(tracks), values, seed)
    runs = len(tracks) * (len(known) + 1) * n * 2
    return Sensitivity(line, effects, len(tracks), n, runs, rejected, pays)


def only_line(experiment: Experiment, line: Headline) -> Experiment:
    """Return an experiment with one reform and one line of the headline."""
    files: dict[str, Any] = {"reforms": (), "bundles": {}, "trials": {}}
    if line.reform in experiment.trials:
        files["trials"] = {line.reform: experiment.trials[line.reform]}
    elif line.reform in experiment.bundles:
        files["bundles"] = {line.reform: experiment.bundles[line.reform]}
    else:
        files["reforms"] = experiment.parts(line.reform)
    stresses = () if line.stress == "none" else (line.stress,)
    return experiment.model_copy(update={**files, "stresses": stresses, "headline": (line,), "measures": (line.measure,)})


def _consistent(
    known: Sequence[Assumption], baseline: Scenario, reforms: Mapping[str, Reform], wanted: int, seed: int
) -> tuple[list[Floats], list[list[PlausibleWorld]], int]:
    """The first trajectories of which no world contradicts itself, with their worlds, and how many were left out before them."""
    from SALib.sample.morris import sample

    problem = {"num_vars": len(known), "names": [a.kind for a in known], "bounds": [[0.0, 1.0]] * len(known)}
    drawn = np.asarray(sample(problem, SPARE * wanted, num_levels=LEVELS, seed=seed), dtype=np.float64)
    tracks, found, rejected = [], [], 0
    for track in drawn.reshape(SPARE * wanted, len(known) + 1, len(known)):
        there: list[PlausibleWorld] = []
        for k, row in enumerate(track):
            world = world_at(baseline, reforms, {a.kind: float(x) for a, x in zip(known, row, strict=True)}, k)
            if world.problems:
                break
            there.append(world)
        if len(there) < len(track):
            rejected += 1
            continue
        tracks.append(track)
        found.append(there)
        if len(tracks) == wanted:
            break
    return tracks, found, rejected


def _values(
    experiment: Experiment, baseline: Scenario, there: Sequence[PlausibleWorld], seed: int, replications: range, settings: Settings
) -> Floats:
    """The difference at each point of a trajectory in each replication; float64 (points, replications)."""
    from simulation.verbs import measures_named, prepared

    line = experiment.headline[0]
    measures = measures_named([line.measure], "headline")
    ready = [prepared(experiment, world.scenario, settings, world.reforms) for world in there]
    variants = [[v for v in own if v.stress == line.stress] for own, _ in ready]
    parts = run_worlds(variants, ready[0][1], seed, replications, measures, settings)
    each = [[differences(rows[rows["replication"] == r], measures, experiment, baseline)[0] for r in replications] for rows in parts]
    return np.array(each)


def effects_of(known: Sequence[Assumption], tracks: Floats, values: Floats, seed: int) -> tuple[Effect, ...]:
    """Return the effects of assumptions, largest first.

    Parameters
    ----------
    tracks : places, float64 (trajectories, points, assumptions); points = assumptions + 1, one place moved from each to the next.
    values : float64 (trajectories, points, replications).

    Raises
    ------
    PlanRefused : a point without a value, or an effect without an interval.
    """
    from SALib.analyze.morris import analyze

    if np.isnan(values).any():
        rule = "the headline's difference has a value at every point of a trajectory"
        raise PlanRefused(Problem("sensitivity", "no case at some point", rule, "lengthen the window"))
    steps = np.diff(tracks, axis=1)
    moved = np.abs(steps).argmax(axis=2)
    change = np.diff(values, axis=1) / np.take_along_axis(steps, moved[:, :, None], axis=2)
    order = np.argsort(moved, axis=1)
    each = np.take_along_axis(change, order[:, :, None], axis=1)
    n = values.shape[2]
    problem = {"num_vars": len(known), "names": [a.kind for a in known], "bounds": [[0.0, 1.0]] * len(known)}
    flat = tracks.reshape(-1, len(known))
    found = analyze(problem, flat, values.mean(axis=2).reshape(-1), num_levels=LEVELS, seed=seed)
    within = each.var(axis=2, ddof=1).mean(axis=0) / n if n > 1 else np.zeros(len(known))
    between = each.mean(axis=2).var(axis=0, ddof=1)
    half = np.asarray(found["mu_star_conf"], dtype=np.float64)
    if np.isnan(half).any():
        raise PlanRefused(Problem("sensitivity", "mu* without an interval", "two trajectories at least tell its spread", "ask for more"))
    told = _holm(_tail((each.mean(axis=2) ** 2).mean(axis=0), within, len(tracks), n))
    effects = [
        Effect(
            a, float(found["mu"][k]), float(found["mu_star"][k]), float(found["sigma"][k]), float(half[k]),
            float(np.sqrt(within[k] * 2 / np.pi)), min(1.0, float(within[k] / between[k])) if between[k] > 1e-18 else None,
            float(told[k]),
        )
        for k, a in enumerate(known)
    ]  # fmt: skip
    return tuple(sorted(effects, key=lambda e: (-e.size, e.assumption.kind)))


def _tail(square: Floats, within: Floats, trajectories: int, n: int) -> Floats:
    """Probability of mean squares of effects or larger ones where replications alone make `within` of them; 1 where one tells no noise."""
    from scipy.stats import f

    if n < 2:
        return np.ones(len(square))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(square <= 1e-18, 0.0, square / within)
    return np.asarray(f.sf(ratio, trajectories, trajectories * (n - 1)), dtype=np.float64)


def _holm(p: Floats) -> Floats:
    """Adjusted probabilities: the kth smallest of m times m - k + 1, never falling.

    Example
    -------
    >>> _holm(np.array([0.03, 0.01, 0.5])).tolist()
    [0.06, 0.03, 0.5]
    """
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted
