"""Who is better and who is worse off: occurrences of a Need, each over all its visits, paired with themselves under a reform.

The unit is one occurrence (need, number): the same citizen with the same errand in both logs, however often he comes and whatever the
centre makes of it. He is better or worse off in an *aspect* when it differs by at least its threshold. Any change re-routes chance and
moves people too: a ticket more or less in front of one, a file that misses its run. So each share stands beside that of a *null* change,
which matters to nobody: one second more at every counter and desk, and one second less, of which the mean is taken, as a second more alone
pushes to one side (of leads, 0.92 % were worse and none better). Naming windows otherwise would be no null (draws hang on names, so
everybody would be untouched or somebody else), nor would another seed (other citizens). It is a lower end of what chance does, not all of
it: were every piece of work drawn anew, 20 % would be moved. What a reform does beyond it is told from a change without importance; whether
more win than lose is told by the *net*, in which chance that moves as many up as down cancels. Single citizens
are never the finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.distributions import Law
from simulation.errors import InputRefused, Problem
from simulation.estimates import Estimate, estimate, paired
from simulation.executor import executor
from simulation.experiment import Experiment, Progress, Variant, calendar_for, code
from simulation.measures.comings import comings, occurrences
from simulation.measures.view import View
from simulation.scenario import Horizon, Scenario
from simulation.units import Duration

if TYPE_CHECKING:
    import pandas as pd

    from simulation.engines import Engine
    from simulation.log import EventLog
    from simulation.verbs import Settings

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Aspect = Literal["wait", "trips", "lead", "served"]
Side = Literal["better", "worse"]
THRESHOLDS: dict[Aspect, int] = {"wait": 300, "trips": 1, "lead": 1, "served": 1}
"""Seconds of wait over all visits; trips; working days from arrival to the last decision; given up or not."""
NULL = "null"
SECOND = 1.0
DIMENSIONS = ("group", "need")


@dataclass(frozen=True)
class Fates:
    """What became of each occurrence that came in the measured window, sorted by key; all int64 or bool (occurrences,).

    Attributes
    ----------
    keys : need and number, as records. group : names.
    wait : seconds waited for every ticket of every visit, until called or gone. trips : comings to a hall.
    lead : working days from arrival to the last decision, so far where `open`. gone : something of it was given up.
    """

    keys: NDArray[np.void]
    group: NDArray[np.object_]
    wait: Ints
    trips: Ints
    lead: Ints
    open: Bools
    gone: Bools


@dataclass(frozen=True)
class Share:
    """The share of occurrences that are better (or worse) off in an aspect under a reform, with that of the null change beside it.

    Attributes
    ----------
    cases : told, in a replication. untold : share of all that are open at the cut-off and could go either way.
    beyond : paired difference of `share` and `null` over replications. net : of better and worse off; the same on both sides. Single 95 %.
    least, most : share of all, the untold included, were none of those on this side, and were all of them. No interval.
    net_least, net_most : of all, better minus worse, were all of the untold worse off, and were all better off.
    """

    reform: str
    stress: str
    aspect: Aspect
    side: Side
    group: str
    cases: int
    share: Estimate
    null: Estimate
    beyond: Estimate
    net: Estimate
    untold: float
    least: float
    most: float
    net_least: float
    net_most: float


@dataclass(frozen=True)
class OccurrenceTask:
    """One replication of all variants of an experiment, the baseline's first and its null changes last."""

    variants: tuple[Variant, ...]
    horizon: Horizon
    seed: int
    replication: int
    engine: Engine = "auto"


def fates(log: EventLog) -> Fates:
    """Return what became of the occurrences of needs that came in the window of a log."""
    view = View(log)
    number, first, whole = view.once(occurrences)
    size = int(number.max()) + 1 if len(number) else 0
    of_event = number[view.case_row]
    start, end, entered = view.event("start"), view.event("end"), view.event("entered")
    until = np.where(start != MISSING, start, np.where(end != MISSING, end, view.cutoff))
    wait = np.bincount(of_event[view.ticket], (until - entered)[view.ticket], size).astype(np.int64)
    trips = np.bincount(view.once(comings)[1], minlength=size).astype(np.int64)
    arrived = view.case("arrived")
    arrived = np.where(arrived == MISSING, view.case("received"), arrived)
    ended = np.where(view.ended == MISSING, view.cutoff, view.ended)
    came, done, late = np.full(size, np.iinfo(np.int64).max), np.full(size, MISSING), np.zeros(size, dtype=bool)
    np.minimum.at(came, number, arrived)
    np.maximum.at(done, number, ended)
    np.logical_or.at(late, number, (view.ended == MISSING) & ~view.consultation)
    rows = np.flatnonzero(first)
    at = number[rows]
    lead = view.calendar.wd(came[at] // DAY, done[at] // DAY)
    frame = view.log.cases
    need = frame["need"].astype(str).to_numpy()[rows]
    keys = np.array(list(zip(need, view.case("number")[rows].tolist(), strict=True)), dtype=[("need", "U80"), ("number", "i8")])
    group = frame["group"].astype(str).to_numpy(dtype=object)[rows] if "group" in frame else np.full(len(rows), "", dtype=object)
    order = np.argsort(keys, order=("need", "number"))
    at, rows = at[order], rows[order]
    return Fates(keys[order], group[order], wait[at], trips[at], np.asarray(lead, dtype=np.int64)[order], late[at], ~whole[rows])


def moved(today: Fates, then: Fates, aspect: Aspect) -> tuple[Ints, Ints, Bools]:
    """Compare the occurrences that both have, by key.

    Returns
    -------
    rows : of `today`, int64 (pairs,). sides : -1 better, 1 worse, 0 neither, int64 (pairs,). known : whether the cut-off let it be told.

    Notes
    -----
    Who gives up has no wait, trips and lead to compare: he counts under `served` only. What is open in one log has a wait, trips and a
    lead of at least those so far, and may still be given up: better or worse is told where even that suffices.
    """
    _, rows, others = np.intersect1d(today.keys, then.keys, assume_unique=True, return_indices=True)
    if aspect == "served":
        change = then.gone[others].astype(np.int64) - today.gone[rows].astype(np.int64)
        return rows, change, (today.gone[rows] | ~today.open[rows]) & (then.gone[others] | ~then.open[others])
    kept = ~(today.gone[rows] | then.gone[others])
    rows, others = rows[kept], others[kept]
    a, b = (getattr(f, aspect)[at] for f, at in ((today, rows), (then, others)))
    threshold = THRESHOLDS[aspect]
    worse, better = b - a >= threshold, a - b >= threshold
    # Open now: at least so much. What is open under both can still go either way.
    before, after = today.open[rows], then.open[others]
    worse, better = worse & ~before, better & ~after
    known = ~(before | after) | worse | better
    return rows, worse.astype(np.int64) - better.astype(np.int64), known


def counted(task: OccurrenceTask) -> list[dict[str, object]]:
    """Run one replication of all variants and count who is better and who is worse off; this is what a worker does."""
    from simulation.engines import replicate

    def fates_of(variant: Variant) -> Fates:
        plan = variant.plan(calendar_for(variant.scenario, task.horizon), task.horizon)
        return fates(replicate(plan, task.seed, task.replication, task.engine))

    today, found = fates_of(task.variants[0]), []
    for variant in task.variants[1:]:
        then = fates_of(variant)
        for aspect in THRESHOLDS:
            rows, sides, known = moved(today, then, aspect)
            for group, chosen in _groups(today, rows):
                told = chosen & known
                for side, sign in (("better", -1), ("worse", 1)):
                    found.append({
                        "scenario": variant.name, "stress": variant.stress, "replication": task.replication, "measure": f"{aspect} {side}",
                        "group": group, "total": float((sides[told] == sign).sum()), "n": float(told.sum()),
                        "open": float(chosen.sum() - told.sum()),
                    })  # fmt: skip
    return found


def _groups(today: Fates, rows: Ints) -> Iterator[tuple[str, Bools]]:
    yield "all", np.ones(len(rows), dtype=bool)
    for name, members in zip(DIMENSIONS, (today.group[rows], today.keys["need"][rows]), strict=True):
        for member in sorted({*map(str, members)}):
            yield f"{name}:{member}", members == member


def null_change(scenario: Scenario, seconds: float = SECOND) -> Scenario:
    """Return `scenario` with so many seconds more in every law of work at counters and desks: chance re-routed, and hardly more."""
    return with_work(scenario, lambda law: _moved(law, seconds))


def with_work(scenario: Scenario, change: Callable[[Law], Law]) -> Scenario:
    """Return `scenario` with every law of work of every step of its items changed."""
    items = {name: item.model_copy(update={"route": _worked(item.route, change)}) for name, item in scenario.centre.items.items()}
    return scenario.model_copy(update={"centre": scenario.centre.model_copy(update={"items": items})})


def _worked(route: Mapping[str, BaseModel], change: Callable[[Law], Law]) -> dict[str, BaseModel]:
    changed: dict[str, BaseModel] = {}
    for name, step in route.items():
        work = getattr(step, "work", None)
        new = {w: change(law) for w, law in work.items()} if isinstance(work, dict) else None
        changed[name] = step if new is None else step.model_copy(update={"work": new})
    return changed


def _moved(law: Law, seconds: float) -> Law:
    """A law of times whose place parameters are moved, where they stay above zero; ranges do not matter to a run."""

    def more(value: object) -> object:
        if isinstance(value, Duration):
            return Duration(float(value) + seconds) if float(value) + seconds > 0 else value
        return {k: more(v) for k, v in value.items()} if isinstance(value, dict) else value

    return law.model_copy(update={name: more(getattr(law, name)) for name in type(law).model_fields})


def better_and_worse(experiment: Experiment, baseline: Scenario, settings: Settings) -> list[Share]:
    """Return who is better and who worse off under each reform of an experiment, beside what a null change does.

    Parameters
    ----------
    settings : replications of the pilot where it says none. Nothing of this is stored.
    """
    from simulation.verbs import prepared

    variants, horizon = prepared(experiment, baseline, settings)
    n = settings.replications or int(experiment.replications.pilot)
    seed = int(experiment.seed) if settings.seed is None else settings.seed
    today = code(experiment.baseline)
    by_stress: dict[str, list[Variant]] = {}
    for v in variants:
        by_stress.setdefault(v.stress, []).append(v)
    tasks = []
    for part in by_stress.values():
        same = next(v for v in part if v.name == today)
        others = [v for v in part if v is not same]
        if not others:
            rule = "somebody is better or worse off under a reform"
            raise InputRefused(Problem(f"experiment {experiment.name}: reforms", "[]", rule, "name one"))
        nulls = [replace(same, name=NULL, scenario=null_change(same.scenario, seconds)) for seconds in (SECOND, -SECOND)]
        tasks += [OccurrenceTask((same, *others, *nulls), horizon, seed, k, settings.engine) for k in range(n)]
    return shares(run_tasks(tasks, settings), list(range(n)))


def run_tasks(tasks: Sequence[OccurrenceTask], settings: Settings) -> pd.DataFrame:
    """Return the counts of all tasks; the first error of a worker is raised after everything else is done."""
    import pandas as pd

    found, failed, planned, done = [], [], sum(len(t.variants) for t in tasks), 0
    for task, answer in executor(settings.on, settings.workers)(counted, tasks):
        if isinstance(answer, BaseException):
            failed.append(answer)
            continue
        found += answer
        done += len(task.variants)
        if settings.progress is not None:
            settings.progress(Progress(done, planned, 0))
    if failed:
        raise failed[0]
    return pd.DataFrame(found)


def shares(counts: pd.DataFrame, replications: Sequence[int]) -> list[Share]:
    """Turn counts into shares with intervals over replications, each beside the null's: the mean of its two changes."""
    keys = ["scenario", "stress", "measure", "group"]
    counts = counts.groupby([*keys, "replication"], sort=False, as_index=False)[["total", "n", "open"]].sum()
    parts = {tuple(map(str, key)): part for key, part in counts.groupby(keys, sort=False)}
    found = []
    for (scenario, stress, measure, group), part in parts.items():
        null = parts.get((NULL, stress, measure, group))
        if scenario == NULL or null is None:
            continue
        aspect, _, side = measure.partition(" ")
        own, chance = (estimate(rows, "share", replications=replications) for rows in (part, null))
        beyond = paired(part, null, "share", replications=replications)
        better, worse = (parts[scenario, stress, f"{aspect} {which}", group] for which in ("better", "worse"))
        net = paired(better, worse, "mean", replications=replications)  # where few move either way, the two do not make a wide interval
        cases, left = float(part["n"].sum()), float(part["open"].sum())
        up, down, moved_here, every = (*(float(p["total"].sum()) for p in (better, worse, part)), max(1.0, cases + left))
        found.append(Share(
            scenario, stress, cast(Aspect, aspect), cast(Side, side), group, round(cases / len(replications)), own, chance, beyond, net,
            left / every, moved_here / every, (moved_here + left) / every, (up - down - left) / every, (up - down + left) / every,
        ))  # fmt: skip
    return found
