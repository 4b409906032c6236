"""Where the preferred scenario changes: along one assumption, and over a map of two.

Scenarios are ranked by the first line of an experiment's headline: its measure, group and stress. At each point all scenarios see the same
citizens, so the gap between two of them has the paired interval of a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.errors import InputRefused, Problem, nearest
from simulation.experiment import Experiment, Headline, code
from simulation.reforms import Reform
from simulation.reforms.stresses import SurgeEdit
from simulation.result import make_result
from simulation.scenario import Scenario
from simulation.units import Factor, Number
from simulation.worlds import STATED, Assumption, PlausibleWorld, assumptions, changed_world, run_worlds, world_at

if TYPE_CHECKING:
    import pandas as pd

    from simulation.verbs import Settings

FINE = 401
"""Places at which the straight lines are looked at."""
PLACES = (0.0, 0.25, STATED, 0.75, 1.0)
REPLICATIONS = 2
"""Of each point at least; one has no interval."""
State = Literal["sure", "open", "unknown"]
RATES = "world.needs.*.rate"


class Gap(NamedTuple):
    """By how much another scenario is worse than the one it is held against (below zero: better), with a paired 95 % interval."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Ranking:
    """How scenarios stand at one point: values by scenario, the best, and the gap of every other to `against`."""

    values: Mapping[str, float]
    best: str
    against: str
    gaps: Mapping[str, Gap]

    @property
    def rival(self) -> str | None:
        """The scenario that comes closest to `against`, or beats it by most."""
        known = {name: gap.value for name, gap in self.gaps.items() if gap.value is not None}
        return min(known, key=lambda name: known[name]) if known else None

    @property
    def resolved(self) -> bool:
        """Whether every other scenario is surely worse than `against`."""
        return all(gap.low is not None and gap.low > 0 for gap in self.gaps.values())


@dataclass(frozen=True)
class Turn:
    """Along one assumption: whether another scenario comes to be preferred, and where.

    Attributes
    ----------
    places, rankings : the points looked at, each against the scenario preferred as stated; only worlds that do not contradict themselves.
    to : the scenario that takes over; None where the preferred one stays, by estimate, over the part looked at.
    at : the place where it does, by straight lines between the points. low, high : the first and last place where the interval of the gap
        holds zero; None where it never does.
    state : `sure`, every gap is surely above zero at every place; `unknown`, some gap has no interval somewhere; `open` otherwise.
    """

    assumption: Assumption
    preferred: str
    places: tuple[float, ...]
    rankings: tuple[Ranking, ...]
    to: str | None
    at: float | None
    low: float | None
    high: float | None
    state: State

    @property
    def whole(self) -> bool:
        """Whether both ends of the range were looked at."""
        return min(self.places) <= 0 and max(self.places) >= 1


@dataclass(frozen=True)
class FlipMap:
    """The best scenario at each pair of slowdown and demand.

    Attributes
    ----------
    kind : the assumption along x, `pool_windows.pace` and the like. x, y : its values, and factors of demand.
    cells : by row of y, then x.
    today, today_x, today_y : the hall as stated (x, y), and the ranges in which it is believed.
    """

    kind: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    cells: tuple[tuple[Ranking, ...], ...]
    today: tuple[float, float]
    today_x: tuple[float, float]
    today_y: tuple[float, float]
    headline: Headline
    replications: int


def chosen_assumptions(scenario: Scenario, reforms: Mapping[str, Reform], patterns: Sequence[str], where: str) -> list[Assumption]:
    """Return the assumptions whose kind matches any of the patterns (``world.responses.*``); all where none is given.

    Raises
    ------
    InputRefused : a pattern that matches none, or no assumption at all.
    """
    known = assumptions(scenario, reforms)
    if not known:
        raise InputRefused(Problem(where, "no range", "an assumption states a range", "write it like 1.1 (1..1.2)"))
    wrong = [p for p in patterns if not any(_matches(a.kind, p) for a in known)]
    if wrong:
        rule = "a pattern names an assumption with a range, `*` for any part"
        raise InputRefused(Problem(where, p, rule, nearest(p, [a.kind for a in known])) for p in wrong)
    return [a for a in known if not patterns or any(_matches(a.kind, p) for p in patterns)]


def _matches(kind: str, pattern: str) -> bool:
    return kind == pattern or fnmatchcase(kind, pattern)


def turning_values(experiment: Experiment, kinds: Sequence[str], settings: Settings, places: Sequence[float] = PLACES) -> list[Turn]:
    """Return, for each assumption named, where within its range the preferred scenario changes.

    Parameters
    ----------
    kinds : of assumptions, or patterns. settings : replications of the pilot where it says none.
    """
    from simulation.verbs import load, reforms_of

    where, reforms, baseline = f"experiment {experiment.name}: sensitivity", reforms_of(experiment), load(experiment.baseline)
    found = []
    for assumption in chosen_assumptions(baseline, reforms, kinds, where):
        there = [world_at(baseline, reforms, {assumption.kind: place}, k) for k, place in enumerate(places)]
        kept = [(place, world) for place, world in zip(places, there, strict=True) if not world.problems]
        rows = points(experiment, [world for _, world in kept], settings)
        stated = min(range(len(kept)), key=lambda k: abs(kept[k][0] - STATED))
        preferred = ranking(experiment, rows[stated], baseline).best
        rankings = tuple(ranking(experiment, r, baseline, preferred) for r in rows)
        found.append(turn_of(assumption, preferred, tuple(place for place, _ in kept), rankings))
    return found


def turn_of(assumption: Assumption, preferred: str, places: tuple[float, ...], rankings: tuple[Ranking, ...]) -> Turn:
    """Return where along `places` another scenario takes over, the one nearest to the value as stated; straight lines between them.

    Where none does, `low` and `high` are those of the scenario that is not surely worse over the longest part.
    """
    grid = np.linspace(places[0], places[-1], FINE)
    found: list[tuple[float, float, str, float | None, float | None, float | None]] = []
    for name in dict.fromkeys(name for r in rankings for name in r.gaps):
        gaps = [(x, r.gaps[name]) for x, r in zip(places, rankings, strict=True) if name in r.gaps]
        middle = _line(grid, [(x, gap.value) for x, gap in gaps])
        low, high = (_line(grid, [(x, gap[k]) for x, gap in gaps if None not in gap]) for k in (1, 2))
        turned = np.flatnonzero((middle[1:] < 0) != (middle[:-1] < 0))
        crossed = [float(grid[k] + (grid[k + 1] - grid[k]) * middle[k] / (middle[k] - middle[k + 1])) for k in turned]
        at = min(crossed, key=lambda place: abs(place - STATED)) if crossed else None
        open_ = grid[(low <= 0) & (high >= 0)]
        ends = (float(open_[0]), float(open_[-1])) if len(open_) else (None, None)
        found.append((np.inf if at is None else abs(at - STATED), -len(open_), name, at, *ends))
    each = [r.gaps.get(name) for r in rankings for _, _, name, *_ in found]
    known = bool(each) and len(places) > 1 and all(gap is not None and None not in gap for gap in each)
    state: State = "unknown" if not known else "sure" if all(r.resolved for r in rankings) else "open"
    if not found:
        return Turn(assumption, preferred, places, rankings, None, None, None, None, state)
    _, _, name, at, first, last = min(found)
    return Turn(assumption, preferred, places, rankings, name if at is not None else None, at, first, last, state)


def _line(grid: NDArray[np.float64], points: Sequence[tuple[float, float | None]]) -> NDArray[np.float64]:
    """Straight lines between the points that are known, NaN (which neither crosses nor holds zero) where fewer than two are."""
    known = [(x, y) for x, y in points if y is not None]
    if len(known) < 2:
        return np.full(len(grid), np.nan)
    return np.interp(grid, [x for x, _ in known], [y for _, y in known], np.nan, np.nan)


def flip_map(experiment: Experiment, kind: str | None, x: Sequence[float], y: Sequence[float], settings: Settings) -> FlipMap:
    """Return the best scenario at each slowdown `x` (values of the assumption `kind`) and each factor `y` of demand.

    Parameters
    ----------
    kind : an assumption of the reforms; the first that ends in ``pace`` where None. settings : replications of the pilot where none.

    Notes
    -----
    More demand is a second keyed stream of citizens, less is a thinning (`reforms.stresses.SurgeEdit`): nobody changes his luck.
    """
    from simulation.verbs import load, reforms_of

    where, reforms, baseline = f"experiment {experiment.name}: flip", reforms_of(experiment), load(experiment.baseline)
    known = assumptions(baseline, reforms)
    named = [a for a in known if (a.kind == kind if kind is not None else a.kind.endswith("pace"))]
    if not named:
        rule = "slowdown is an assumption of the reforms with a range, as pool_windows.pace"
        raise InputRefused(Problem(where, kind or "no pace", rule, nearest(kind or "pace", [a.kind for a in known])))
    assumption = named[0]
    if len({(float(n), n.low, n.high) for _, n in assumption.numbers}) > 1:
        rule = "a map has one value of the slowdown along x: the files that state it agree"
        raise InputRefused(Problem(where, assumption.kind, rule, "name an assumption whose numbers are the same"))

    def point(number: int, value: float, factor: float) -> PlausibleWorld:
        def change(of: str, old: Number) -> float:
            return value if of == assumption.kind else float(old)

        there = changed_world(baseline, reforms, change, {}, number)
        if there.problems:
            raise InputRefused(there.problems)
        if factor == 1:
            return there
        return replace(there, scenario=SurgeEdit(kind="surge", factor=Factor(factor)).edit(there.scenario))

    grid = [(a, b) for b in y for a in x]
    rows = points(experiment, [point(k, a, b) for k, (a, b) in enumerate(grid)], settings)
    ranked = [ranking(experiment, r, baseline) for r in rows]
    stated = assumption.numbers[0][1]
    rates = [n for a in known if a.kind == RATES for _, n in a.numbers]
    rows_of = tuple(tuple(ranked[k * len(x) : (k + 1) * len(x)]) for k in range(len(y)))
    ends = tuple(float(stated if end is None else end) for end in (stated.low, stated.high))
    return FlipMap(
        assumption.kind, tuple(x), tuple(y), rows_of, (float(stated), 1.0), (ends[0], ends[1]), range_of(rates),
        _first(experiment), replications_of(experiment, settings),
    )  # fmt: skip


def range_of(numbers: Sequence[Number]) -> tuple[float, float]:
    """Return the low and high ends of numbers with ranges, all together, as multiples of what is stated; 1 and 1 of none."""
    total = sum(map(float, numbers))
    low, high = (sum(float(getattr(n, end)) for n in numbers) / total if total else 1.0 for end in ("low", "high"))
    return low, high


def points(experiment: Experiment, there: Sequence[PlausibleWorld], settings: Settings) -> list[pd.DataFrame]:
    """Run all scenarios of an experiment in several worlds on the same citizens; return the rows of each."""
    from simulation.verbs import measures_named, prepared

    first = _first(experiment)
    asked = experiment.model_copy(update={"stresses": (first.stress,) if first.stress != "none" else (), "headline": ()})
    ready = [prepared(asked, world.scenario, settings, world.reforms) for world in there]
    variants = [[v for v in own if v.stress == first.stress] for own, _ in ready]
    seed, n = int(experiment.seed) if settings.seed is None else settings.seed, replications_of(experiment, settings)
    return run_worlds(variants, ready[0][1], seed, range(n), measures_named([first.measure], "headline"), settings)


def replications_of(experiment: Experiment, settings: Settings) -> int:
    """Return the replications of a point: as told, or those of the pilot; at least `REPLICATIONS`."""
    return max(REPLICATIONS, settings.replications or int(experiment.replications.pilot))


def _first(experiment: Experiment) -> Headline:
    if not experiment.headline:
        where = f"experiment {experiment.name}: headline"
        raise InputRefused(Problem(where, "[]", "scenarios are ranked by the first line of the headline", "name one"))
    return experiment.headline[0]


def ranking(experiment: Experiment, rows: pd.DataFrame, baseline: Scenario, against: str | None = None) -> Ranking:
    """Return how the scenarios of `rows` stand by the first line of the headline, against the best where `against` is None."""
    from simulation.verbs import measures_named

    first = _first(experiment)
    measures = measures_named([first.measure], "headline")
    sign = -1.0 if measures[0].direction == "higher" else 1.0
    names = [str(name) for name in rows["scenario"].unique()]

    def found(reference: str) -> dict[str, Mapping[str, float | None]]:
        result = make_result(rows, measures, dict.fromkeys(names, reference), (), baseline, {})
        return {r["scenario"]: r for r in result.rows if r["group"] == first.group and r["stress"] == first.stress}

    today = code(experiment.baseline)
    values = {name: v for name, row in found(today).items() if (v := row["value"]) is not None}
    if not values:
        rule = "scenarios are ranked by a measure that has a value"
        raise InputRefused(Problem(f"experiment {experiment.name}: headline", first.measure, rule, "lengthen the window"))
    best = min(values, key=lambda name: sign * values[name])
    reference = against or best
    gaps = {name: _gap(row, sign) for name, row in found(reference).items() if name != reference}
    return Ranking(values, best, reference, gaps)


def _gap(row: Mapping[str, float | None], sign: float) -> Gap:
    ends = [None if row[key] is None else sign * float(row[key] or 0.0) for key in ("difference", "difference_low", "difference_high")]
    return Gap(ends[0], *(ends[1:] if sign > 0 else ends[:0:-1]))
