"""Experiment: a question in a file, baselines x reforms x stresses x replications x measures, and its run.

Every scenario of a comparison sees the same citizens (`draws`), for the same replications. A pilot comes first, then batches until
every headline interval is as narrow as asked or the cap is reached. What the store has is not run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from simulation.calendar import Calendar, published
from simulation.errors import Broken, PlanRefused, Problem
from simulation.executor import processes, serial
from simulation.frozen import Frozen, Title
from simulation.scenario import Horizon, Scenario, seasoned
from simulation.store import COLUMNS, SHARED, Store, engine_fingerprint, fingerprint_of, run_key
from simulation.units import Count, Factor

if TYPE_CHECKING:
    import pandas as pd

    from simulation.measures import Measure
    from simulation.plan import Plan

BACK, AHEAD = 400, 400
"""Calendar days covered before and after the horizon: ages of the backlog, limits that run out after the end."""
FRESH = 1_000_000
"""First replication of those that only confirm choices."""


def code(name: str) -> str:
    """Return what a scenario is called in results: the stem, where a file is named by its path.

    >>> code("mine/my-reform.yaml"), code("one-window")
    ('my-reform', 'one-window')
    """
    return PurePath(name).stem if name.endswith((".yaml", ".yml")) else name


class Headline(Frozen):
    """A difference the question is about: reform, measure, group, and the half width wanted for its interval."""

    reform: Annotated[str, AfterValidator(code)]
    measure: str
    group: str = "all"
    stress: str = "none"
    half_width: Factor | None = None


class Replications(Frozen):
    """How many: a pilot, batches after it, and when to stop."""

    pilot: Count = Count(10)
    batch: Count = Count(10)
    cap: Count = Count(30)


class Trial(Frozen):
    """A trial 试点: reforms tried from the first day of the measured window, say at one site, and what is decided after it.

    `then` are the reforms from the decision on; none ends the trial. Beside the same reforms launched everywhere at once it tells what
    waiting for the evidence costs.
    """

    first: tuple[str, ...]
    after_wd: Count
    then: tuple[str, ...] = ()


class Experiment(Frozen):
    """The file of an experiment."""

    kind: Literal["experiment"]
    name: str
    title: Title
    question: Title
    baseline: str
    reforms: tuple[str, ...] = ()
    bundles: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Several reforms adopted together, in this order."""
    trials: dict[str, Trial] = Field(default_factory=dict)
    """Reforms tried before they are rolled out or stopped; in the transition view."""
    stresses: tuple[str, ...] = ()
    measures: tuple[str, ...]
    headline: tuple[Headline, ...] = ()
    replications: Replications = Replications()
    horizon: Horizon | None = None
    view: Literal["steady", "transition"] = "steady"
    """Each scenario is warmed up under itself, with everybody trained and used to it; or all under the baseline, and the reform from day
    one of the measured window, with what it takes to get used to."""
    seed: Count = Count(1)

    @model_validator(mode="after")
    def _trials_in_time(self) -> Experiment:
        for name, trial in self.trials.items():
            if self.view != "transition":
                raise Broken("a trial is a way from today: the view is `transition`", "write it", at=("view",), found=self.view)
            if not trial.first or trial.after_wd == 0:
                raise Broken("a trial tries something for a time", "name reforms and days", at=("trials", name), found=str(trial.after_wd))
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The reforms and bundles, as results call them."""
        return (*map(code, self.reforms), *self.bundles, *self.trials)

    def parts(self, name: str) -> tuple[str, ...]:
        """The files of the reform or bundle that results call `name`; of a trial those that stay, or those tried where none stay."""
        if (trial := self.trials.get(name)) is not None:
            return trial.then or trial.first
        return self.bundles.get(name) or tuple(r for r in self.reforms if code(r) == name)


@dataclass(frozen=True)
class Variant:
    """One scenario under one stress, ready to run: `scenario` is what runs, the names say what it is in the question."""

    name: str
    stress: str
    scenario: Scenario
    before: Scenario | None = None
    """In a transition: what runs during the warm-up."""
    dated: bool = False
    """Part of a transition: measured by month as well."""
    trial: tuple[int, Scenario] | None = None
    """In a transition: what runs for the first so many working days of the measured window."""

    @property
    def stages(self) -> tuple[Scenario | int | None, ...]:
        """What runs one after the other, for the names of runs."""
        return (self.before, *(self.trial or ()), self.scenario)

    def plan(self, calendar: Calendar, horizon: Horizon) -> Plan:
        """Return what an engine runs."""
        from simulation.plan import compile_plan
        from simulation.transition import compile_stages, compile_transition

        if self.before is None:
            return compile_plan(self.scenario, calendar, horizon)
        if self.trial is not None:
            wd, tried = int(horizon.warm_up_wd), self.trial[1]
            switch, decision = (int(calendar.add_wd(-1, 1 + k)) for k in (wd, wd + self.trial[0]))
            return compile_stages([(0, self.before), (switch, tried), (decision, self.scenario)], calendar, horizon)
        return compile_transition(self.before, self.scenario, calendar, horizon)


@dataclass(frozen=True)
class Task:
    """Some replications of one variant; a worker needs nothing else."""

    variant: Variant
    horizon: Horizon
    seed: int
    replications: tuple[int, ...]
    measures: tuple[Measure, ...]
    store: Store
    fresh: bool
    code: str


@dataclass(frozen=True)
class Progress:
    """How far a run is: replications done and planned, and how many of the done came from the store."""

    done: int
    planned: int
    stored: int


def calendar_for(scenario: Scenario, horizon: Horizon) -> Calendar:
    """Return the calendar of `scenario` with epoch at its start, wide enough for `horizon` and for the ages of its backlog.

    Raises
    ------
    CalendarYearNotPublished
        A year within the horizon is neither published nor assumed. Years before and after it fall back on Monday to Friday, marked
        as assumed, because no measured day lies in them.
    """
    notices = published(scenario.calendar)
    wd = int(horizon.warm_up_wd + horizon.window_wd + horizon.run_out_wd)
    length = timedelta(days=wd * 7 // 5 + 40)
    if date.max - scenario.start < length + timedelta(days=AHEAD):
        raise PlanRefused(Problem("horizon", f"{wd} working days from {scenario.start}", "a run ends before the year 10000", "shorten it"))
    last = scenario.start + length
    inside = range(scenario.start.year, last.year + 1)
    edges = [y for y in range(scenario.start.year - 2, last.year + 3) if y not in inside and str(y) not in notices.years]
    assume = [*map(int, scenario.assume_years), *edges]
    return Calendar.load(notices, scenario.start - timedelta(days=BACK), last + timedelta(days=AHEAD), assume, epoch=scenario.start)


def days_digest(calendar: Calendar) -> str:
    """Return a digest of the working days, for the names of runs."""
    return hashlib.sha256(calendar.first.isoformat().encode() + calendar.working.tobytes()).hexdigest()


def codes(measures: Iterable[Measure]) -> dict[str, str]:
    """Return the fingerprint of the code that measures each: its module, and what all measures share."""
    shared = [import_module(f"simulation.measures.{name}") for name in SHARED]
    return {m.name: fingerprint_of(import_module(m.rows.__module__), *shared) for m in measures}


def measured(task: Task) -> tuple[list[pd.DataFrame], int]:
    """Run and measure the replications of a task that the store has not; return the rows of all, and how many were stored.

    This is what a worker does. The log stays here; only its measured rows leave.
    """
    import pandas as pd

    from simulation.draws import make_draws
    from simulation.engines import simulate
    from simulation.measures import measure
    from simulation.months import by_month, months

    code = codes(task.measures)
    calendar = calendar_for(task.variant.scenario, task.horizon)
    days, plan, found, stored = days_digest(calendar), None, [], 0
    for replication in task.replications:
        dated = task.variant.dated and bool(months(int(task.horizon.window_wd)))
        makers = f"{task.code} {fingerprint_of(import_module(by_month.__module__))}" if dated else task.code
        key = run_key(task.variant.stages, task.horizon, days, task.seed, replication, makers)
        rows = None if task.fresh else task.store.get(key, code)
        if rows is None:
            plan = plan or task.variant.plan(calendar, task.horizon)
            log = simulate(plan, make_draws(plan, task.seed, replication))
            rows = measure(log, task.measures)
            if dated:
                rows = pd.concat([rows, *by_month(log, task.measures, calendar, plan.window, int(task.horizon.window_wd))])
            rows = rows.assign(code=lambda r: r["measure"].astype(str).map(code))
            rows = pd.DataFrame({c: rows[c] for c in COLUMNS})
            task.store.put(key, rows)
        else:
            stored += 1
        found.append(rows.assign(scenario=task.variant.name, stress=task.variant.stress, replication=replication))
    return found, stored


def run_variants(
    variants: Sequence[Variant],
    horizon: Horizon,
    seed: int,
    replications: Sequence[int],
    measures: Sequence[Measure],
    store: Store,
    *,
    workers: int = 2,
    fresh: bool = False,
    chunk: int = 2,
    progress: Callable[[Progress], None] | None = None,
) -> pd.DataFrame:
    """Run all variants for the same replications and return their rows.

    Returns
    -------
    DataFrame with `scenario, stress, replication, measure, group, total, n, values`; rows sorted, so that equal runs give equal frames.

    Raises
    ------
    The first error of a worker, after everything else is done and stored.
    """
    import pandas as pd

    code = engine_fingerprint()
    parts = [tuple(replications[k : k + chunk]) for k in range(0, len(replications), chunk)]
    tasks = [Task(v, horizon, seed, part, tuple(measures), store, fresh, code) for part in parts for v in variants]
    planned, done, stored = len(variants) * len(replications), 0, 0
    frames: list[pd.DataFrame] = []
    failed: list[BaseException] = []
    for task, answer in serial(measured, tasks) if workers <= 1 or len(tasks) == 1 else processes(measured, tasks, workers):
        if isinstance(answer, BaseException):
            failed.append(answer)
            continue
        frames += answer[0]
        done, stored = done + len(task.replications), stored + answer[1]
        if progress is not None:
            progress(Progress(done, planned, stored))
    if failed:
        raise failed[0]
    rows = pd.concat(frames, ignore_index=True).drop(columns="code")
    place = {(v.name, v.stress): k for k, v in enumerate(variants)}
    order = [place[s, t] for s, t in zip(rows["scenario"], rows["stress"], strict=True)]
    rows = rows.assign(_order=order).sort_values(["_order", "replication"], kind="stable").drop(columns="_order")
    return rows.reset_index(drop=True)


def variants_of(
    experiment: Experiment,
    baseline: Scenario,
    reformed: Callable[[Scenario, Sequence[str]], Scenario],
    stressed: Callable[[Scenario, str], Scenario],
) -> list[Variant]:
    """Return the variants of an experiment in its order: the baseline, each reform, bundle and trial, all of them under each stress."""
    found = [Variant(code(experiment.baseline), "none", baseline)]
    plain = [name for name in experiment.names if name not in experiment.trials]
    found += [Variant(name, "none", reformed(baseline, experiment.parts(name))) for name in plain]
    for name, trial in experiment.trials.items():
        tried, stays = (reformed(baseline, names) if names else baseline for names in (trial.first, trial.then))
        found.append(Variant(name, "none", stays, trial=(int(trial.after_wd), tried)))
    for stress in experiment.stresses:
        for v in found[: 1 + len(experiment.names)]:
            tried_too = None if v.trial is None else (v.trial[0], stressed(v.trial[1], stress))
            found.append(Variant(v.name, stress, stressed(v.scenario, stress), trial=tried_too))
    if experiment.view == "steady":
        return [replace(v, scenario=seasoned(v.scenario)) for v in found]
    today = code(experiment.baseline)
    warm = {v.stress: v.scenario for v in found if v.name == today}
    return [replace(v, dated=True, before=None if v.name == today else warm[v.stress]) for v in found]


def with_days(horizon: Horizon, days: int) -> Horizon:
    """Return `horizon` with another measured window."""
    try:
        return horizon.model_copy(update={"window_wd": type(horizon.window_wd)(days)})
    except Broken as broken:
        raise PlanRefused(Problem("--days", str(days), broken.rule, broken.remedy)) from None


def until(horizon: Horizon, scenario: Scenario, first: date | None, last: date | None) -> tuple[Scenario, Horizon]:
    """Return scenario and horizon so that the measured window runs from `first` to `last`, both included.

    The start moves so that the same warm-up ends before `first`.

    Raises
    ------
    PlanRefused
        No working day lies between the two.
    """
    begins = scenario.start if first is None else first
    reach = horizon if last is None else with_days(horizon, max(int(horizon.window_wd), (last - begins).days))
    calendar = calendar_for(scenario.model_copy(update={"start": begins}), reach)
    start_day = calendar.day(first) if first is not None else int(calendar.add_wd(-1, int(horizon.warm_up_wd) + 1))
    begin = calendar.date(_back(calendar, start_day, int(horizon.warm_up_wd)))
    length = int(horizon.window_wd) if last is None else _window(calendar, start_day, last)
    return scenario.model_copy(update={"start": begin}), with_days(horizon, length)


def _window(calendar: Calendar, start_day: int, last: date) -> int:
    begins = calendar.date(start_day)
    length = int(calendar.wd(start_day - 1, calendar.day(last))) if last >= begins else 0
    if length < 1:
        rule = f"the measured window begins on {begins} and holds a working day"
        raise PlanRefused(Problem("--until", str(last), rule, "name a later date, or an earlier one with --from"))
    return length


def _back(calendar: Calendar, day: int, wd: int) -> int:
    while wd > 0:
        day -= 1
        wd -= int(calendar.is_working(day))
    return day


def kinds(measures: Iterable[Measure]) -> Mapping[str, str]:
    """Return the kind of each measure, as estimates know it."""
    return {m.name: m.kind for m in measures}


__all__ = [
    "Experiment", "Headline", "Progress", "Replications", "Task", "Variant", "calendar_for", "kinds", "measured",
    "run_variants", "until", "variants_of", "with_days",
]  # fmt: skip
