"""The verbs of the workbench, as notebooks and the command line use them: load, run, compare, sweep (apply, redline, judge elsewhere)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.consistency import problems
from simulation.errors import FileRefused, InputRefused, Problem, nearest
from simulation.estimates import Estimate
from simulation.experiment import Experiment, Progress, Variant, code, replications_kept, run_variants, variants_of
from simulation.files import find, load_model, read
from simulation.frozen import SourceEntry
from simulation.horizons import calendar_for, until, with_days
from simulation.precision import precisions, replications_needed
from simulation.reforms import Reform, Stress, apply
from simulation.result import Result, make_result
from simulation.scenario import Horizon, Scenario
from simulation.store import Store

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

    from simulation.engines import Engine
    from simulation.log import EventLog
    from simulation.measures import Measure

DEFAULT_STORE = Path(".onewindow")
HEADLINE = ("scenario", "stress", "measure", "group")
"""What names a line of a headline in results."""


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
    engine: Engine = "auto"
    """What runs the plan: `simulation.engines.simulate`. All make the same log."""


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
    moved, horizon = moved_to(scenario, scenario.horizon, settings)
    seed, variants = 1 if settings.seed is None else settings.seed, [Variant(scenario.name, "none", moved)]
    n = _fixed(variants, horizon, seed, chosen, settings) or 10
    rows = rows_of(variants, horizon, seed, range(n), chosen, settings)
    return make_result(rows, chosen, {scenario.name: scenario.name}, (), moved, _provenance(moved, seed, n))


def _priced(scenario: Scenario) -> list[Measure]:
    """Return the catalogue without the measures of money that `scenario` states no prices for."""
    unknown = {"meta.burden"} if scenario.world.burden is None else set()
    unknown |= {"meta.pay"} if scenario.centre.pay is None else set()
    return [m for m in measures_named((), "measures") if not unknown.intersection(m.needs)]


def compare(experiment: Experiment, settings: Settings = Settings(), worlds: int = 0, groups: bool = False) -> Result:
    """Run an experiment: the pilot, then batches until every headline interval is as narrow as asked or the cap is reached.

    Where the headline asks for half widths, `provenance["precision"]` says of each line how narrow it is, whether that is enough, how many
    replications it would need, and which line drives the number.

    Parameters
    ----------
    worlds : of an outer sample over the assumptions' ranges, for the second band (`simulation.plausible`); none when 0.
    groups : count who is better and who worse off (`simulation.occurrences`), which runs everything once more and keeps none of it.

    Raises
    ------
    InputRefused
        Before anything runs: `worlds` that are too few, without a headline, or with no assumption that states a range; what counts from
        replication 0 on beside an experiment whose `replications.first` is another.
    """
    begin = _begin(experiment, settings, worlds, groups)
    baseline = load(experiment.baseline)
    variants, horizon = prepared(experiment, baseline, settings)
    if worlds:
        _worlds_fit(experiment, baseline, worlds)
    chosen = measures_named(experiment.measures, f"experiment {experiment.name}: measures")
    baselines = {v.name: code(experiment.baseline) for v in variants}
    headline = [(h.reform, h.stress, h.measure, h.group) for h in experiment.headline]
    seed = settings.seed if settings.seed is not None else int(experiment.seed)
    plan = experiment.replications
    fixed = _fixed(variants, horizon, seed, chosen, settings)
    n = fixed or int(plan.pilot)
    rows = rows_of(variants, horizon, seed, range(begin, begin + n), chosen, settings)
    while True:
        about: dict[str, Any] = {"experiment": experiment.name, "view": experiment.view, "cap": int(plan.cap)}
        about |= {"window_wd": int(horizon.window_wd)} if experiment.view == "transition" else {}
        about |= {"first_replication": begin} if begin else {}
        provenance = {**_provenance(variants[0].scenario, seed, n), **about}
        result = make_result(rows, chosen, baselines, headline, variants[0].scenario, provenance)
        _headline_found(result, experiment)
        asked, widths, found = _asked(result, experiment, n)
        among, batch = len(headline), int(plan.batch)
        if asked:
            lines = precisions(found, widths, batch, among=among)
            told = [{**dict(zip(HEADLINE, key, strict=True)), **line.document()} for key, line in zip(asked, lines, strict=True)]
            result = replace(result, provenance={**provenance, "precision": told})
        wanted = n if fixed or not asked else replications_needed(found, widths, int(plan.cap), batch, among=among)
        if wanted <= n:
            return _with_more(result, experiment, baseline, worlds, groups, settings)
        more = range(begin + n, begin + min(wanted, n + batch))
        rows = _together(rows, rows_of(variants, horizon, seed, more, chosen, settings), variants)
        n = more.stop - begin


def _begin(experiment: Experiment, settings: Settings, worlds: int = 0, groups: bool = False) -> int:
    """Return the number of an experiment's first replication; refuse what can only begin with 0."""
    begin = int(experiment.replications.first)
    asked = [name for name, told in (("--extend", settings.extend is not None), ("--worlds", worlds > 0), ("--groups", groups)) if told]
    if begin and asked:
        where, rule = f"experiment {experiment.name}: replications: first", f"{', '.join(asked)}: replications are counted from 0 on"
        raise InputRefused(Problem(where, f"{begin:,}", rule, "leave one of them out"))
    return begin


def _with_more(result: Result, experiment: Experiment, baseline: Scenario, worlds: int, groups: bool, settings: Settings) -> Result:
    """Return a result with its second band and its groups, where they are asked for."""
    if worlds:
        from simulation.plausible import with_worlds

        result = with_worlds(result, experiment, baseline, reforms_of(experiment), worlds, settings)
    if groups:
        from simulation.occurrences import better_and_worse

        result = replace(result, groups=tuple(better_and_worse(experiment, baseline, settings)))
    return result


def reforms_of(experiment: Experiment) -> dict[str, Reform]:
    """Return the reforms of an experiment, alone, bundled or on trial, by the names of their files."""
    tried = [name for trial in experiment.trials.values() for name in (*trial.first, *trial.then)]
    names = (*experiment.reforms, *(name for bundle in experiment.bundles.values() for name in bundle), *tried)
    return {name: load_reform(name) for name in dict.fromkeys(names)}


def log_of(scenario: Scenario, settings: Settings = Settings(), replication: int = 0) -> EventLog:
    """Return the event log of one replication, for pictures and for a look at single cases."""
    from simulation.engines import replicate
    from simulation.plan import compile_plan

    moved, horizon = moved_to(scenario, scenario.horizon, settings)
    plan = compile_plan(moved, calendar_for(moved, horizon), horizon)
    return replicate(plan, 1 if settings.seed is None else settings.seed, replication, settings.engine)


def prepared(
    experiment: Experiment, baseline: Scenario, settings: Settings, reforms: Mapping[str, Reform] | None = None
) -> tuple[list[Variant], Horizon]:
    """Return the variants of an experiment and its horizon under `settings`; `reforms`, by name, instead of those in the files."""
    known = reforms_of(experiment) if reforms is None else reforms
    moved, horizon = moved_to(baseline, experiment.horizon or baseline.horizon, settings)
    variants = variants_of(
        experiment,
        moved,
        lambda scenario, names: apply(scenario, *(known[name] for name in names)),
        lambda scenario, name: apply(scenario, load_stress(name)),
    )
    _headline_fits(experiment, {v.name for v in variants})
    return variants, horizon


def controls_of(result: Result, asked: Scenario | Experiment, settings: Settings = Settings()) -> pd.DataFrame:
    """Return the values and differences of a result with control variates, from the number of citizens who came: see `simulation.controls`.

    Parameters
    ----------
    result : what `run` or `compare` made of `asked` under these `settings`.
    """
    from simulation.controls import citizens, controls
    from simulation.measures import CATALOGUE

    if isinstance(asked, Experiment):
        variants, horizon = prepared(asked, load(asked.baseline), settings)
    else:
        moved, horizon = moved_to(asked, asked.horizon, settings)
        variants = [Variant(asked.name, "none", moved)]
    begin, n = result.provenance.get("first_replication", 0), result.provenance["replications"]
    numbers, seed, today = range(begin, begin + n), int(result.provenance["seed"]), variants[0].name
    plans = {v.stress: v.plan(calendar_for(v.scenario, horizon), horizon) for v in variants if v.name == today}
    came = {stress: citizens(plan, seed, numbers) for stress, plan in plans.items()}
    names = dict.fromkeys(map(str, result.replications["measure"]))
    baselines = {row["scenario"]: row["baseline"] for row in result.rows}
    return controls(result.replications, [CATALOGUE[name] for name in names if name in CATALOGUE], baselines, came)


def moved_to(scenario: Scenario, horizon: Horizon, settings: Settings) -> tuple[Scenario, Horizon]:
    """Return scenario and horizon so that the measured window is the one `settings` ask for; refusals as `until` and `with_days`."""
    moved, reach = until(horizon, scenario, settings.first, settings.last)
    return moved, reach if settings.days is None else with_days(reach, settings.days)


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


def _worlds_fit(experiment: Experiment, baseline: Scenario, n: int) -> None:
    """Refuse, before anything runs, worlds that could say nothing: too few, without a headline, or no assumption states a range."""
    from simulation.plausible import LEAST
    from simulation.worlds import assumptions, without_range

    where, reforms = f"experiment {experiment.name}: --worlds", reforms_of(experiment)
    wrong = []
    if n < LEAST:
        wrong.append(Problem(where, str(n), f"at least {LEAST} worlds say something of a range", "ask for more; 40 make a band of 95 %"))
    if not experiment.headline:
        remedy = "name differences under `headline:`"
        wrong.append(Problem(where, "no headline", "the second band is that of the headline", remedy))
    if not assumptions(baseline, reforms):
        rule = "an assumption of the baseline or of an edit states a range (a time, rate, factor or share); a cost does not count"
        for file, path, number in without_range(baseline, reforms):
            told = f"write it with its ends, as in {path}: {number} (LOW..HIGH)"
            remedy = told if number is not None else "none of its numbers is an assumption"
            wrong.append(Problem(f"{where}: {file}", "no assumption with a range", rule, remedy))
    if wrong:
        raise InputRefused(wrong)


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
    begin, n = _begin(experiment, settings), settings.replications or int(experiment.replications.pilot)
    for value in values:
        changed = set_path(baseline, path, value)
        varied = SourceEntry(title=f"Varied: {path}", basis="choice")
        changed = changed.model_copy(update={"sources": {**changed.sources, REFORM: varied}})
        if wrong := problems(changed):
            raise FileRefused([Problem(f"--vary {path}={value}: {p.where}", p.found, p.rule, p.remedy) for p in wrong])
        variants, horizon = prepared(experiment, changed, settings)
        rows = rows_of(variants, horizon, seed, range(begin, begin + n), chosen, settings)
        headline = [(h.reform, h.stress, h.measure, h.group) for h in experiment.headline]
        provenance = {**_provenance(variants[0].scenario, seed, n), "experiment": experiment.name, "vary": path, "value": value}
        baselines = {v.name: code(experiment.baseline) for v in variants}
        found.append((value, make_result(rows, chosen, baselines, headline, variants[0].scenario, provenance)))
    return found


def rows_of(
    variants: Sequence[Variant], horizon: Horizon, seed: int, replications: Sequence[int], measures: Sequence[Measure],
    settings: Settings, *, apart: bool = False, chunk: int = 2,
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of single replications, as `run_variants` does, under `settings`."""
    return run_variants(
        variants, horizon, seed, replications, measures, Store(settings.store), workers=settings.workers, on=settings.on,
        engine=settings.engine, fresh=settings.fresh, progress=settings.progress, apart=apart, chunk=chunk,
    )  # fmt: skip


def _fixed(variants: list[Variant], horizon: Horizon, seed: int, measures: Sequence[Measure], settings: Settings) -> int | None:
    """Return how many replications `settings` fix, those the store has included; None where they say nothing."""
    if settings.extend is None:
        return settings.replications
    return replications_kept(variants, horizon, seed, measures, Store(settings.store)) + settings.extend


def _together(rows: pd.DataFrame, more: pd.DataFrame, variants: Sequence[Variant]) -> pd.DataFrame:
    """Return rows of more replications behind those of each variant, as if they had been run at once."""
    import pandas as pd

    parts = [part[(part["scenario"] == v.name) & (part["stress"] == v.stress)] for v in variants for part in (rows, more)]
    return pd.concat(parts, ignore_index=True)


def _asked(result: Result, experiment: Experiment, n: int) -> tuple[list[tuple[str, ...]], list[float], list[Estimate]]:
    """Return the lines of the headline that ask for a half width, what they ask for, and their differences."""
    asked = [h for h in experiment.headline if h.half_width is not None]
    rows = [result.row(h.reform, h.measure, h.group, h.stress) for h in asked]
    found = [Estimate(r["difference"], r["difference_low"], r["difference_high"], n, bool(r["identical"])) for r in rows]
    widths = [float(h.half_width) for h in asked if h.half_width is not None]
    return [(h.reform, h.stress, h.measure, h.group) for h in asked], widths, found


def _provenance(scenario: Scenario, seed: int, replications: int) -> dict[str, Any]:
    return {
        "onewindow": version("onewindow"),
        "scenario": scenario.name,
        "start": scenario.start.isoformat(),
        "seed": seed,
        "replications": replications,
    }
