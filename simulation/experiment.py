"""Experiment: a question in a file, baselines x reforms x stresses x replications x measures, and its run.

Every scenario of a comparison sees the same citizens (`draws`), for the same replications. A pilot comes first, then batches until
every headline interval is as narrow as asked or the cap is reached. What the store has is not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from simulation.calendar import Calendar
from simulation.errors import Broken, PlanRefused, Problem, WorkerLost
from simulation.executor import executor
from simulation.frozen import Frozen, Title
from simulation.horizons import calendar_for, days_digest, until, with_days
from simulation.scenario import Horizon, Scenario, seasoned
from simulation.store import COLUMNS, SHARED, Record, Store, engine_fingerprint, fingerprint, fingerprint_of, run_key, scenario_digest
from simulation.targets import Target
from simulation.units import Count, Factor

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

    from simulation.engines import Engine
    from simulation.measures import Measure
    from simulation.plan import Plan

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
    first: Count = Count(0)
    """Number with which `compare` begins; from 1,000,000 up it sees again what an optimiser's answer was verified on."""


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
    targets: tuple[Target, ...] = ()
    """What the hall is to reach, for the map of where it does not."""
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
    """Some replications of one variant; a worker needs nothing else, and gives nothing back but their measured rows."""

    place: int
    """Of the variant in the question."""
    variant: Variant
    horizon: Horizon
    seed: int
    replications: tuple[int, ...]
    measures: tuple[Measure, ...]
    code: str
    engine: Engine = "auto"

    def __str__(self) -> str:
        numbers = ", ".join(map(str, self.replications))
        stress = "" if self.variant.stress == "none" else f", stress {self.variant.stress}"
        return f"scenario {self.variant.name}{stress}, seed {self.seed}, replication{'s' * (len(self.replications) > 1)} {numbers}"


@dataclass(frozen=True)
class Progress:
    """How far a run is: runs done and planned, how many of the done came from the store, and for how many seconds it has run others."""

    done: int
    planned: int
    stored: int
    seconds: float = 0.0
    replications: int = 0
    """Of each scenario, in the end."""

    @property
    def left(self) -> float | None:
        """Seconds left at the rate of what was run, not of what was read; None before anything was."""
        ran = self.done - self.stored
        return self.seconds / ran * (self.planned - self.done) if ran else None


def codes(measures: Iterable[Measure]) -> dict[str, str]:
    """Return the fingerprint of the code that measures each: its module, and what all measures share."""
    shared = [import_module(f"simulation.measures.{name}") for name in SHARED]
    return {m.name: fingerprint_of(import_module(m.rows.__module__), *shared) for m in measures}


def code_now(measures: Sequence[Measure]) -> str:
    """Return the fingerprint of all code between a scenario and its rows, as it lies on this machine."""
    return fingerprint([makers(dated=True).encode(), *(code.encode() for code in codes(measures).values())])


code_as_imported = cache(code_now)
"""The same when this process first asked: a worker that lives long runs what it has imported, whatever was written since."""


def makers(dated: bool) -> str:
    """Return the fingerprint of the code that makes a log; of a transition, of that which tells its months too."""
    from simulation import months

    return f"{engine_fingerprint()} {fingerprint_of(months)}" if dated else engine_fingerprint()


def measured(task: Task) -> list[pd.DataFrame]:
    """Run and measure the replications of a task; return the rows of each (`store.COLUMNS`).

    This is what a worker does. Logs stay here, one at a time; only their measured rows leave.

    Raises
    ------
    PlanRefused
        This process runs other code than the one that asked.
    """
    if code_as_imported(task.measures) != task.code:
        rule = "a worker runs the very code that the command runs"
        raise PlanRefused(Problem(str(task), "another version of OneWindow", rule, "restart the workers, or this notebook's kernel"))
    calendar, code = calendar_for(task.variant.scenario, task.horizon), codes(task.measures)
    plan = task.variant.plan(calendar, task.horizon)
    return [_measured(task, plan, calendar, replication, code) for replication in task.replications]


def _measured(task: Task, plan: Plan, calendar: Calendar, replication: int, code: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    from simulation.engines import replicate
    from simulation.measures import measure
    from simulation.months import by_month, months

    log = replicate(plan, task.seed, replication, task.engine)
    rows = measure(log, task.measures)
    if task.variant.dated and months(int(task.horizon.window_wd)):
        rows = pd.concat([rows, *by_month(log, task.measures, calendar, plan.window, int(task.horizon.window_wd))])
    rows = rows.assign(code=rows["measure"].astype(str).map(code))
    return pd.DataFrame({c: rows[c] for c in COLUMNS}).reset_index(drop=True)


def _keys(variant: Variant, horizon: Horizon, seed: int) -> Callable[[int], tuple[str, Record]]:
    """Return what names a replication of a variant in the store, and tells what it is of."""
    from simulation.months import months

    window = int(horizon.window_wd)
    code = makers(variant.dated and bool(months(window)))
    start = variant.scenario.start.isoformat()
    digest = scenario_digest(variant.stages, horizon, days_digest(calendar_for(variant.scenario, horizon)))

    def key(replication: int) -> tuple[str, Record]:
        record = Record(variant.name, variant.stress, start, window, seed, replication, code)
        return run_key(digest, seed, replication, code), record

    return key


def replications_kept(variants: Sequence[Variant], horizon: Horizon, seed: int, measures: Sequence[Measure], store: Store) -> int:
    """Return for how many replications, from 0 on, the store has every variant."""
    keys, code = [_keys(v, horizon, seed) for v in variants], codes(measures)
    return next(n for n in count() if any(store.get(key(n)[0], code) is None for key in keys))


def run_variants(
    variants: Sequence[Variant],
    horizon: Horizon,
    seed: int,
    replications: Sequence[int],
    measures: Sequence[Measure],
    store: Store,
    *,
    workers: int = 2,
    on: str | Client = "processes",
    engine: Engine = "auto",
    fresh: bool = False,
    chunk: int = 2,
    progress: Callable[[Progress], None] | None = None,
    apart: bool = False,
) -> pd.DataFrame:
    """Run all variants for the same replications and return their rows; what the store has is read, what is run is kept as it comes.

    Parameters
    ----------
    workers, on : where, as `simulation.executor.executor` takes them; the frame does not depend on it.
    engine : which runs them (`simulation.engines.simulate`); the frame does not depend on it either.
    chunk : replications of a variant that a worker does in one go.
    apart : not for the same replications: the first variant for the first of them only, the second for the second, and so on.

    Returns
    -------
    DataFrame with `scenario, stress, replication, measure, group, total, n, values`; rows sorted, so that equal runs give equal frames.

    Raises
    ------
    WorkerLost
        Runs that killed every worker that tried them, by name, after everything else is done and stored.
    Exception
        Otherwise the first error of a worker, likewise after everything else.
    """
    import pandas as pd

    execute, code, version, keys = executor(on, workers), codes(measures), code_now(measures), [_keys(v, horizon, seed) for v in variants]
    frames: dict[tuple[int, int], pd.DataFrame] = {}
    tasks: list[Task] = []
    for place, (variant, key) in enumerate(zip(variants, keys, strict=True)):
        own = [replications[place]] if apart else replications
        kept = {r: None if fresh else store.get(key(r)[0], code) for r in own}
        frames |= {(place, r): _labelled(rows, variant, r) for r, rows in kept.items() if rows is not None}
        left = [r for r, rows in kept.items() if rows is None]
        parts = [tuple(left[k : k + chunk]) for k in range(0, len(left), chunk)]
        tasks += [Task(place, variant, horizon, seed, part, tuple(measures), version, engine) for part in parts]
    tasks.sort(key=lambda task: (task.replications[0], task.place))
    planned, stored, started = len(variants) * (1 if apart else len(replications)), len(frames), monotonic()

    def tell() -> None:
        if progress is not None:
            progress(Progress(len(frames), planned, stored, monotonic() - started, len(replications)))

    tell()
    if tasks and isinstance(on, str) and "://" not in on:
        _warmed(variants, horizon, engine)
    failed: list[tuple[Task, BaseException]] = []
    with closing(execute(measured, tasks)) as answers:
        for task, answer in answers:
            if isinstance(answer, BaseException):
                failed.append((task, answer))
                continue
            for replication, rows in zip(task.replications, answer, strict=True):
                name, record = keys[task.place](replication)
                store.put(name, rows, record)
                frames[task.place, replication] = _labelled(rows, task.variant, replication)
            tell()
    _refuse(failed)
    return pd.concat([frames[at] for at in sorted(frames)], ignore_index=True)


def _warmed(variants: Sequence[Variant], horizon: Horizon, engine: Engine) -> None:
    """Have the compiled engine in the cache before several workers would each compile it."""
    from simulation import engines

    days = int(horizon.warm_up_wd + horizon.window_wd + horizon.run_out_wd)
    most = max(days * sum(float(need.rate) for need in v.scenario.world.needs.values()) for v in variants)
    if engine == "compiled" or (engine == "auto" and most >= engines.MANY):
        from simulation.engines.compiled import prepare

        prepare()


def _labelled(rows: pd.DataFrame, variant: Variant, replication: int) -> pd.DataFrame:
    """Return the rows of a run with its names, the same whether they were just measured or read."""
    import pandas as pd

    from simulation.measures.survival import Tally

    named = rows.drop(columns="code").astype({"measure": "str", "group": "str"})
    # Parquet gives a tally back as an array of two arrays.
    named["values"] = pd.Series([None if pair is None else Tally.made(*pair) for pair in rows["values"]], rows.index, dtype=object)
    return named.assign(scenario=variant.name, stress=variant.stress, replication=replication)


def _refuse(failed: Sequence[tuple[Task, BaseException]]) -> None:
    others = [error for _, error in failed if not isinstance(error, WorkerLost)]
    if lost := sorted(str(task) for task, error in failed if isinstance(error, WorkerLost)):
        raise WorkerLost(lost) from (others[0] if others else None)
    if others:
        raise others[0]


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


def kinds(measures: Iterable[Measure]) -> Mapping[str, str]:
    """Return the kind of each measure, as estimates know it."""
    return {m.name: m.kind for m in measures}


__all__ = [
    "Experiment", "Headline", "Progress", "Replications", "Task", "Variant", "calendar_for", "kinds", "measured", "replications_kept",
    "run_variants", "until", "variants_of", "with_days",
]  # fmt: skip
