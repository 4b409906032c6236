"""The verbs of the workbench, as notebooks and the command line use them: load, run, compare, sweep (apply, redline, judge elsewhere)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.consistency import problems
from simulation.errors import FileRefused, Problem, nearest
from simulation.estimates import Estimate, replications_needed
from simulation.experiment import Experiment, Progress, Variant, code, replications_kept, run_variants, variants_of
from simulation.files import find, load_model, read
from simulation.frozen import SourceEntry
from simulation.horizons import calendar_for, until, with_days
from simulation.reforms import Reform, Stress, apply
from simulation.result import Result, make_result
from simulation.scenario import Scenario
from simulation.store import Store

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

    from simulation.log import EventLog
    from simulation.measures import Measure

DEFAULT_STORE = Path(".onewindow")


@dataclass(frozen=True)
class Settings:
    """What a run may be told beside its files; None leaves the file's own."""

    seed: int | None = None
    replications: int | None = None
    days: int | None = None
    first: date | None = None
    last: date | None = None
    store: Path = DEFAULT_STORE
    fresh: bool = False
    workers: int = 2
    progress: Callable[[Progress], None] | None = None
    on: str | Client = "processes"
    """Where replications run: `simulation.executor.executor`."""
    extend: int | None = None
    """Instead of `replications`: so many more than the store has of every scenario of the question."""


def load(name: str | Path) -> Scenario:
    """Return the scenario in a file, named by path or by stem, when it is consistent.

    Raises
    ------
    FileRefused
        With every problem of the file.

    Example
    -------
    >>> load("tiny").title.en
    'A tiny hall'
    """
    path = find(name, "baselines")
    scenario = load_model(path, Scenario)
    if problems(scenario):
        raise FileRefused(problems(scenario, read(path).where))
    return scenario


def load_reform(name: str | Path) -> Reform:
    """Return the reform in a file, named by path or by stem."""
    return load_model(find(name, "reforms"), Reform)


def load_stress(name: str | Path) -> Stress:
    """Return the stress in a file, named by path or by stem."""
    return load_model(find(name, "stresses"), Stress)


def load_experiment(name: str | Path) -> Experiment:
    """Return the experiment in a file, named by path or by stem."""
    return load_model(find(name, "experiments"), Experiment)


def measures_named(names: Sequence[str], where: str) -> list[Measure]:
    """Return measures by name, in that order; all of the catalogue when `names` is empty."""
    from simulation.measures import CATALOGUE

    wrong = [Problem(where, name, "a measure of the catalogue", nearest(name, CATALOGUE)) for name in names if name not in CATALOGUE]
    if wrong:
        raise FileRefused(wrong)
    return [CATALOGUE[name] for name in names] if names else list(CATALOGUE.values())


def run(scenario: Scenario, measures: Sequence[Measure] = (), settings: Settings = Settings()) -> Result:
    """Run one scenario and return its measures with intervals over replications.

    Parameters
    ----------
    scenario : Scenario
    measures : sequence of Measure; when empty all of the catalogue for which the scenario states the prices.
    settings : Settings; ten replications when it says nothing.
    """
    chosen = list(measures) or _priced(scenario)
    moved, horizon = until(scenario.horizon, scenario, settings.first, settings.last)
    horizon = horizon if settings.days is None else with_days(horizon, settings.days)
    seed, variants = 1 if settings.seed is None else settings.seed, [Variant(scenario.name, "none", moved)]
    n = _asked(variants, horizon, seed, chosen, settings) or 10
    rows = _rows(variants, horizon, seed, range(n), chosen, settings)
    return make_result(rows, chosen, {scenario.name: scenario.name}, (), moved, _provenance(moved, seed, n))


def _priced(scenario: Scenario) -> list[Measure]:
    """Return the catalogue without the measures of money that `scenario` states no prices for."""
    unknown = {"meta.burden"} if scenario.world.burden is None else set()
    unknown |= {"meta.pay"} if scenario.centre.pay is None else set()
    return [m for m in measures_named((), "measures") if not unknown.intersection(m.needs)]


def compare(experiment: Experiment, settings: Settings = Settings()) -> Result:
    """Run an experiment: the pilot, then batches until every headline interval is as narrow as asked or the cap is reached."""
    baseline = load(experiment.baseline)
    variants, horizon = prepared(experiment, baseline, settings)
    chosen = measures_named(experiment.measures, f"experiment {experiment.name}: measures")
    baselines = {v.name: code(experiment.baseline) for v in variants}
    headline = [(h.reform, h.stress, h.measure, h.group) for h in experiment.headline]
    seed = settings.seed if settings.seed is not None else int(experiment.seed)
    plan = experiment.replications
    fixed = _asked(variants, horizon, seed, chosen, settings)
    n = fixed or int(plan.pilot)
    while True:
        rows = _rows(variants, horizon, seed, range(n), chosen, settings)
        about = {"experiment": experiment.name, "view": experiment.view, "cap": int(plan.cap)}
        about |= {"window_wd": int(horizon.window_wd)} if experiment.view == "transition" else {}
        provenance = {**_provenance(variants[0].scenario, seed, n), **about}
        result = make_result(rows, chosen, baselines, headline, variants[0].scenario, provenance)
        _headline_found(result, experiment)
        wanted = n if fixed else _needed(result, experiment, n)
        if wanted <= n:
            return result
        n = min(wanted, n + int(plan.batch))


def log_of(scenario: Scenario, settings: Settings = Settings(), replication: int = 0) -> EventLog:
    """Return the event log of one replication, for pictures and for a look at single cases."""
    from simulation.draws import make_draws
    from simulation.engines import simulate
    from simulation.plan import compile_plan

    moved, horizon = until(scenario.horizon, scenario, settings.first, settings.last)
    horizon = horizon if settings.days is None else with_days(horizon, settings.days)
    plan = compile_plan(moved, calendar_for(moved, horizon), horizon)
    return simulate(plan, make_draws(plan, 1 if settings.seed is None else settings.seed, replication))


def prepared(experiment: Experiment, baseline: Scenario, settings: Settings) -> tuple[list[Variant], Any]:
    """Return the variants of an experiment and its horizon under `settings`."""
    moved, horizon = until(experiment.horizon or baseline.horizon, baseline, settings.first, settings.last)
    horizon = horizon if settings.days is None else with_days(horizon, settings.days)
    variants = variants_of(
        experiment,
        moved,
        lambda scenario, names: apply(scenario, *(load_reform(name) for name in names)),
        lambda scenario, name: apply(scenario, load_stress(name)),
    )
    _headline_fits(experiment, {v.name for v in variants})
    return variants, horizon


def _headline_fits(experiment: Experiment, names: set[str]) -> None:
    """Refuse a headline about what the experiment does not run or does not measure."""
    wrong = []
    for h in experiment.headline:
        for found, known, what in (
            (h.reform, names - {code(experiment.baseline)}, "reform"),
            (h.stress, {"none", *experiment.stresses}, "stress"),
            (h.measure, set(experiment.measures), "measure"),
        ):
            if found not in known:
                where = f"experiment {experiment.name}: headline: {what}"
                wrong.append(Problem(where, found, f"a headline names a {what} of the experiment", nearest(found, sorted(known))))
    if wrong:
        raise FileRefused(wrong)


def _headline_found(result: Result, experiment: Experiment) -> None:
    """Refuse a headline about a group that does not occur."""
    wrong = []
    for h in experiment.headline:
        known = {row["group"] for row in result.rows if (row["scenario"], row["stress"], row["measure"]) == (h.reform, h.stress, h.measure)}
        if h.group not in known:
            rule = f"a headline names a group that {h.measure} has"
            wrong.append(Problem(f"experiment {experiment.name}: headline: group", h.group, rule, nearest(h.group, sorted(known))))
    if wrong:
        raise FileRefused(wrong)


def sweep(experiment: Experiment, path: str, values: Sequence[str], settings: Settings = Settings()) -> list[tuple[str, Result]]:
    """Run an experiment once for each value of one field, named by its path (`world.needs.x.rate`), in baseline and reforms alike."""
    from simulation.reforms import set_path
    from simulation.reforms.amend import REFORM

    found = []
    baseline = load(experiment.baseline)
    chosen = measures_named(experiment.measures, f"experiment {experiment.name}: measures")
    seed = settings.seed if settings.seed is not None else int(experiment.seed)
    n = settings.replications or int(experiment.replications.pilot)
    for value in values:
        changed = set_path(baseline, path, value)
        varied = SourceEntry(title=f"Varied: {path}", basis="choice")
        changed = changed.model_copy(update={"sources": {**changed.sources, REFORM: varied}})
        if wrong := problems(changed):
            raise FileRefused([Problem(f"--vary {path}={value}: {p.where}", p.found, p.rule, p.remedy) for p in wrong])
        variants, horizon = prepared(experiment, changed, settings)
        rows = _rows(variants, horizon, seed, range(n), chosen, settings)
        headline = [(h.reform, h.stress, h.measure, h.group) for h in experiment.headline]
        provenance = {**_provenance(variants[0].scenario, seed, n), "experiment": experiment.name, "vary": path, "value": value}
        baselines = {v.name: code(experiment.baseline) for v in variants}
        found.append((value, make_result(rows, chosen, baselines, headline, variants[0].scenario, provenance)))
    return found


def _rows(
    variants: list[Variant], horizon: Any, seed: int, replications: Sequence[int], measures: Sequence[Measure], settings: Settings
) -> pd.DataFrame:
    return run_variants(
        variants, horizon, seed, replications, measures, Store(settings.store),
        workers=settings.workers, on=settings.on, fresh=settings.fresh, progress=settings.progress,
    )  # fmt: skip


def _asked(variants: list[Variant], horizon: Any, seed: int, measures: Sequence[Measure], settings: Settings) -> int | None:
    """Return how many replications `settings` fix, those the store has included; None where they say nothing."""
    if settings.extend is None:
        return settings.replications
    return replications_kept(variants, horizon, seed, measures, Store(settings.store)) + settings.extend


def _needed(result: Result, experiment: Experiment, n: int) -> int:
    """Return how many replications the headline's intervals ask for."""
    asked = [h for h in experiment.headline if h.half_width is not None]
    rows = [result.row(h.reform, h.measure, h.group, h.stress) for h in asked]
    pilot = [Estimate(r["difference"], r["difference_low"], r["difference_high"], n, bool(r["identical"])) for r in rows]
    widths = [float(h.half_width) for h in asked if h.half_width is not None]
    return replications_needed(pilot, widths, int(experiment.replications.cap), int(experiment.replications.batch)) if asked else n


def _provenance(scenario: Scenario, seed: int, replications: int) -> dict[str, Any]:
    return {
        "onewindow": version("onewindow"),
        "scenario": scenario.name,
        "start": scenario.start.isoformat(),
        "seed": seed,
        "replications": replications,
    }
