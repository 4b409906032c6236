"""Contest: which scenario of an experiment is best by one measure, run as far as it takes and confirmed on fresh replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from simulation.errors import InputRefused, Problem, nearest
from simulation.estimates import student
from simulation.experiment import FRESH, Experiment
from simulation.replicates import replicates
from simulation.result import Evidence
from simulation.selection import ROUNDING, Selection, select
from simulation.verbs import Settings, load, measures_named, prepared, rows_of

if TYPE_CHECKING:
    import pandas as pd

    from simulation.measures import Measure
    from simulation.reforms import Reform

ALPHA = 0.05
LEVEL = 0.05
"""What the intervals on fresh replications may miss, together."""
PLAIN = Settings()
QUANTITY = "mean over replications of the value of each"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Against:
    """The scenario in front beside another, as the search saw them and on fresh replications.

    Attributes
    ----------
    searched, fresh
        `difference` of the means over the replications that both have, `difference_low` and `difference_high` (paired t), `n`.
    verdict
        On the fresh replications: `better`, `within` (not certain to be better, but certain to be no more than delta worse), `open`,
        `worse` (by more than delta, for certain), `alike` (the same difference in every replication, which has no interval).
    """

    other: str
    searched: Mapping[str, Any]
    fresh: Mapping[str, Any]
    verdict: str


@dataclass(frozen=True)
class Contest:
    """The answer to "which is best".

    Attributes
    ----------
    names : of the scenarios, the baseline first; `selection` counts them.
    means : of those in front over all replications read; of those left out over the replications each was in for.
    beside : the scenario in front beside the runner-up and the baseline; intervals hold together for both.
    delta : in the unit of the measure.
    """

    experiment: str
    measure: Measure
    group: str
    names: tuple[str, ...]
    delta: float
    alpha: float
    cap: int
    selection: Selection
    means: Mapping[str, float]
    beside: tuple[Against, ...]
    evidence: Evidence
    provenance: Mapping[str, Any]

    @property
    def front(self) -> tuple[str, ...]:
        """Who is not left out, the best mean first; of a decided contest the best, and others only where they are equally good."""
        return tuple(self.names[k] for k in self.selection.left)

    @property
    def confirmed(self) -> Literal["confirmed", "refuted", "unresolved"]:
        """What the fresh replications say of the scenario in front: `refuted` where it is for certain worse by more than delta."""
        verdicts = {one.verdict for one in self.beside}
        return "refuted" if "worse" in verdicts else "confirmed" if verdicts <= {"better", "within"} else "unresolved"

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        s = self.selection
        return {
            **self.provenance, "experiment": self.experiment, "measure": self.measure.name, "group": self.group, "unit": self.measure.unit,
            "procedure": "KN (Kim and Nelson 2001)", "quantity": QUANTITY, "delta": self.delta, "cap": self.cap,
            "nominal_probability": None if s.alike else 1 - self.alpha, "alike": s.alike, "may_differ": s.may_differ,
            "one_replication_rules": s.one, "confirmed": self.confirmed,
            "decided": s.decided, "front": list(self.front), "replications": s.n, "at_the_latest": s.latest, "means": dict(self.means),
            "left_out": [{"scenario": self.names[k], "after": n} for k, n in s.out],
            "confirmation": [
                {"scenario": self.front[0], "against": one.other, "searched": dict(one.searched), "fresh": dict(one.fresh),
                 "verdict": one.verdict}
                for one in self.beside
            ],
        }  # fmt: skip


def best(
    experiment: Experiment, measure: str, delta: float, settings: Settings = PLAIN, *,
    group: str = "all", cap: int | None = None, alpha: float = ALPHA, reforms: Mapping[str, Reform] | None = None,
) -> Contest:  # fmt: skip
    """Find the scenario of an experiment, its baseline included, that is best by a measure, or within `delta` of the best.

    Replications come in batches; who is left out is not run again. What is compared is the measure's value in each replication. At the
    end the scenario in front is put beside the runner-up and the baseline on replications not used in this search, as many as it took:
    the same quantity, the mean over replications, with paired t intervals that hold together.

    Parameters
    ----------
    measure : name of a measure that has a better side.
    delta : smallest difference worth detecting, in the unit of the measure.
    settings : `replications` is the first stage; that of the experiment's pilot when it says nothing.
    group : of the measure.
    cap : most replications; that of the experiment when left out.
    alpha : accepted probability of a wrong choice.
    reforms : by name, instead of those in the files.

    Raises
    ------
    InputRefused
        A measure without a better side, fewer than two scenarios, a delta or a cap that cannot be, a replication without a value.
    """
    (chosen,) = measures_named([measure], "measure")
    only = experiment.model_copy(update={"stresses": (), "headline": (), "measures": (measure,)})
    baseline = load(experiment.baseline)
    variants, horizon = prepared(only, baseline, settings, reforms)
    first, most = settings.replications or int(experiment.replications.pilot), cap or int(experiment.replications.cap)
    _refuse(chosen, len(variants), delta, alpha, first, most)
    seed = settings.seed if settings.seed is not None else int(experiment.seed)
    names = tuple(v.name for v in variants)

    import pandas as pd

    rows = rows_of(variants, horizon, seed, range(first), [chosen], settings)
    side, n = (1.0 if chosen.direction == "higher" else -1.0), first
    while True:
        values = _values(rows, chosen, group, names, range(n))
        found = select(side * values, delta, alpha, first)
        if found.decided or n >= most:
            break
        more = range(n, min(most, n + int(experiment.replications.batch)))
        rows = pd.concat([rows, rows_of([variants[k] for k in found.left], horizon, seed, more, [chosen], settings)], ignore_index=True)
        n = more.stop
    lead, rivals = names[found.left[0]], _rivals(found, names)
    some = [v for v in variants if v.name in (lead, *rivals)]
    fresh = rows_of(some, horizon, seed, range(FRESH, FRESH + found.n), [chosen], settings)
    again, level = _values(fresh, chosen, group, names, range(FRESH, FRESH + found.n)), 1 - LEVEL / len(rivals)
    beside = []
    for other in rivals:
        pair = [names.index(lead), names.index(other)]
        searched, new = (_apart(v[: found.n, pair], level) for v in (values, again))
        beside.append(Against(other, searched, new, _verdict(new, side * delta)))
    stayed = {k: found.n for k in range(len(names))} | dict(found.out)
    means = {name: float(values[: stayed[k], k].mean()) for k, name in enumerate(names)}
    begins = variants[0].scenario
    about = {
        "onewindow": version("onewindow"), "scenario": begins.name, "start": begins.start.isoformat(), "seed": seed, "fresh_from": FRESH,
        "view": experiment.view,
    }  # fmt: skip
    return Contest(experiment.name, chosen, group, names, delta, alpha, most, found, means, tuple(beside), Evidence.of(begins), about)


def _refuse(measure: Measure, scenarios: int, delta: float, alpha: float, first: int, cap: int) -> None:
    wrong = []
    if measure.direction == "none":
        wrong.append(Problem("measure", measure.name, "the best is asked of a measure that has a better side", "name another measure"))
    if scenarios < 2:
        wrong.append(Problem("experiment", f"{scenarios} scenario", "the best is chosen among several", "give the experiment reforms"))
    if not 0 < delta < np.inf:
        wrong.append(Problem("delta", f"{delta:g}", "the smallest difference worth detecting is positive", "name a larger one"))
    if not 0 < alpha < 1 - 1 / max(2, scenarios):
        wrong.append(Problem("alpha", f"{alpha:g}", "0 < alpha < 1 - 1 / scenarios", "0.05 is usual"))
    if first < 2:
        wrong.append(Problem("pilot", str(first), "a first stage has at least 2 replications, better 10", "enlarge the pilot"))
    if cap > FRESH:
        wrong.append(Problem("cap", f"{cap:,}", f"replications from {FRESH:,} up are kept for confirmation", "lower it"))
    if cap < first:
        wrong.append(Problem("cap", str(cap), f"the cap is no smaller than the first stage of {first} replications", "raise it"))
    if wrong:
        raise InputRefused(wrong)


def _values(rows: pd.DataFrame, measure: Measure, group: str, names: Sequence[str], asked: range) -> Floats:
    """Return the value of each replication and scenario; NaN where it was not run."""
    known = sorted(map(str, rows.loc[rows["measure"] == measure.name, "group"].unique()))
    if group not in known:
        raise InputRefused(Problem("group", group, f"a group that {measure.name} has", nearest(group, known)))
    found = np.full((len(asked), len(names)), np.nan)
    for k, name in enumerate(names):
        of_one = rows[rows["scenario"] == name]
        numbers = sorted(map(int, of_one["replication"].unique()))
        found[np.array(numbers, dtype=np.int64) - asked.start, k] = values = replicates(of_one, measure, numbers, group)
        for number in (r for r, value in zip(numbers, values, strict=True) if not np.isfinite(value)):
            where = f"{measure.name}, {group}, {name}, replication {number}"
            remedy = "measure more days, a larger group, or a measure that is not cut off"
            raise InputRefused(Problem(where, "no value", "replications are compared by the value that each of them has", remedy))
    return found


def _rivals(found: Selection, names: Sequence[str]) -> tuple[str, ...]:
    """Return the runner-up, who is still in or was left out last, and the baseline."""
    second = found.left[1] if len(found.left) > 1 else found.out[-1][0]
    return tuple(dict.fromkeys(names[k] for k in (second, 0) if k != found.left[0]))


def _apart(values: Floats, level: float) -> dict[str, Any]:
    """Return the first column's mean minus the second's over the rows that have both, with its paired t interval; none without spread."""
    both = values[np.isfinite(values).all(axis=1)]
    apart, n = both[:, 0] - both[:, 1], len(both)
    value, error = float(apart.mean()), float(apart.std(ddof=1)) / n**0.5
    half = student(n - 1, level) * error if error > ROUNDING * np.abs(both).max() else None
    ends = (None, None) if half is None else (value - half, value + half)
    return {"difference": value, "difference_low": ends[0], "difference_high": ends[1], "n": n}


def _verdict(row: Mapping[str, Any], delta: float) -> str:
    """Delta is positive where more is better."""
    ends = (row["difference_low"], row["difference_high"])
    if None in ends:
        return "alike"
    worst, most = (ends if delta > 0 else (-ends[1], -ends[0]))
    if worst > 0:
        return "better"
    if worst >= -abs(delta):
        return "within"
    return "worse" if most < -abs(delta) else "open"


__all__ = ["ALPHA", "Against", "Contest", "best"]
