"""The command line. Each command reads files, calls the verbs and prints; heavy packages are imported where they are used.

Exit codes: 0 done; 1 the input was fine and the answer is no; 2 an input was refused.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulation.errors import InputRefused, Problem
from workbench.optimize import optimize
from workbench.options import (
    Controls,
    Days,
    Extend,
    Fresh,
    From,
    InLanguage,
    Json,
    Language,
    LocalRules,
    Measured,
    On,
    Out,
    Replications,
    Seed,
    StoreFolder,
    Synchronisation,
    Until,
    WhichEngine,
    Workers,
    folder,
    refusals,
    settings,
    writable,
)

app = typer.Typer(
    name="onewindow",
    help="OneWindow: simulate and optimise a government service centre before changing the real one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(optimize, name="optimize")
runs = typer.Typer(help="List, throw away or export what the store has.", invoke_without_command=True)
app.add_typer(runs, name="runs")


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(help="Files to read, by path or stem.")], rules: LocalRules = None,
    redline: Annotated[bool, typer.Option("--redline", help="Tell a reform's change in words, line by line, old -> new.")] = False,
    language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Read files and say everything that is wrong with them, and what the law does not allow."""
    from workbench.checking import check_file

    bad = 0
    for name in files:
        try:
            typer.echo(check_file(name, rules or (), language.value if redline else None))
        except InputRefused as error:
            bad += 1
            typer.echo(f"{error}\n", err=True)
    if bad:
        typer.echo(f"refused: {bad} of {len(files)} files", err=True)
        raise typer.Exit(2)


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of tables (CSV).")],
    out: Annotated[Path, typer.Option("--out", help="Scenario file to write.")],
) -> None:
    """Make a scenario from the tables that a centre fills in."""
    with refusals():
        from simulation.consistency import problems
        from simulation.files import dump
        from simulation.importing import import_tables

        if not folder.is_dir():
            raise InputRefused(Problem(str(folder), "no such folder", "tables are read from a folder", "name it by its path"))
        scenario = import_tables(folder)
        if found := problems(scenario):
            raise InputRefused(found)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(dump(scenario), encoding="utf-8")
        typer.echo(f"{out}: {len(scenario.centre.windows)} windows, {len(scenario.centre.items)} items, {len(scenario.world.needs)} needs")


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="Scenario file, by path or stem.")],
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes", extend: Extend = None,
    engine: WhichEngine = "auto",
    language: InLanguage = Language.en,
    controls: Controls = False,
) -> None:  # fmt: skip
    """Simulate one scenario and print its measures with intervals."""
    with refusals():
        from simulation import verbs
        from workbench.report import print_run

        told = settings(seed, replications, days, first, last, store, fresh, workers, on, extend, engine, language.value)
        loaded = verbs.load(scenario)
        writable(out)
        result = verbs.run(loaded, settings=told)
        known = verbs.controls_of(result, loaded, told) if controls else None
        print_run(result, loaded, as_json=json, language=language.value, controls=known)
        if out is not None:
            from workbench.pictures import draw_run

            _listed(draw_run(result, loaded, told, out, language.value), json)


@app.command()
def compare(
    experiment: Annotated[str, typer.Argument(help="Experiment file, by path or stem.")],
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes", extend: Extend = None,
    engine: WhichEngine = "auto",
    language: InLanguage = Language.en,
    vary: Annotated[str | None, typer.Option("--vary", metavar="PATH=FROM:TO:STEP", help="Repeat over values of one field.")] = None,
    rules: LocalRules = None,
    synchronisation: Synchronisation = False, controls: Controls = False,
    worlds: Annotated[int, typer.Option("--worlds", min=0, help="Second band: so many plausible worlds over the assumptions' ranges.")] = 0,
    groups: Annotated[bool, typer.Option("--groups", help="Count who is better and who worse off, beside a second more or less.")] = False,
) -> None:  # fmt: skip
    """Compare reforms on the same citizens and print paired differences with intervals; a reform's file is compared with its baseline."""
    with refusals():
        from simulation import verbs
        from simulation.questions import load_question
        from workbench.checking import seatless
        from workbench.lawfulness import lawfulness_of
        from workbench.report import print_comparison, print_sweep, steps
        from workbench.titles import main_scenarios

        told = settings(seed, replications, days, first, last, store, fresh, workers, on, extend, engine, language.value)
        loaded = load_question(experiment)
        if vary is not None and out is not None:
            raise InputRefused(Problem("--vary, --out", str(out), "a sweep prints its table and draws no picture", "leave one out"))
        if vary is not None and extend is not None:
            raise InputRefused(Problem("--vary, --extend", vary, "a sweep runs as many replications at every value", "say --replications"))
        if vary is not None and (worlds or groups):
            rule = "a sweep runs the comparison at every value, without a second band and without counting who is better off"
            raise InputRefused(Problem("--vary, --worlds, --groups", vary, rule, "leave --vary out, or the others"))
        if vary is not None:
            path, values = steps(vary)
            if synchronisation or controls:
                rule = "a sweep prints its table and nothing of its certainty"
                raise InputRefused(Problem("--vary, --synchronisation, --controls", vary, rule, "leave one out"))
            print_sweep(loaded, path, verbs.sweep(loaded, path, values, told), as_json=json, language=language.value)
            return
        lawfulness = lawfulness_of(loaded, rules or ())
        for line in seatless(loaded):
            typer.echo(f"warning: {line}", err=True)
        writable(out)
        result = verbs.compare(loaded, told, worlds, groups)
        scenarios = main_scenarios(loaded)
        known = verbs.controls_of(result, loaded, told) if controls else None
        print_comparison(
            result, loaded, scenarios, lawfulness, as_json=json, language=language.value, synchronised=synchronisation, controls=known,
        )  # fmt: skip
        if out is not None:
            from workbench.pictures import draw_comparison

            _listed(draw_comparison(result, loaded, scenarios, told, out, language.value, lawfulness), json)


@app.command()
def best(
    experiment: Annotated[str, typer.Argument(help="Experiment file, by path or stem; its baseline takes part.")],
    measure: Annotated[str, typer.Option("--measure", help="By which measure.")],
    delta: Annotated[str, typer.Option("--delta", help="Smallest difference worth detecting, with its unit: 1 min, 2 %, 0.1.")],
    group: Annotated[str, typer.Option("--group", help="Of one group, as in item:pension.")] = "all",
    cap: Annotated[int | None, typer.Option("--cap", min=2, help="Most replications; that of the experiment.")] = None,
    json: Json = False, seed: Seed = None, days: Days = None, first: From = None, last: Until = None, store: StoreFolder = None,
    fresh: Fresh = False, workers: Workers = 2, on: On = "processes", engine: WhichEngine = "auto", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Find which reform is best, or within delta of it, and confirm it on fresh replications. Exit code 1: undecided, or refuted."""
    with refusals():
        from simulation import contest, verbs
        from workbench.best import print_contest, tolerance

        told = settings(seed, None, days, first, last, store, fresh, workers, on, engine=engine, language=language.value)
        loaded = verbs.load_experiment(experiment)
        (chosen,) = verbs.measures_named([measure], "--measure")
        found = contest.best(loaded, measure, tolerance(delta, chosen.unit), told, group=group, cap=cap)
        print_contest(found, loaded, as_json=json, language=language.value)
        if not found.selection.decided or found.confirmed == "refuted":
            raise typer.Exit(1)


@app.command()
def sensitivity(
    experiment: Annotated[str, typer.Argument(help="Experiment file, by path or stem.")],
    trajectories: Annotated[int, typer.Option("--trajectories", min=2, help="Random ways through the ranges.")] = 4,
    only: Annotated[list[str] | None, typer.Option("--only", help="Move these assumptions only: a kind, `*` for any part.")] = None,
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes",
    engine: WhichEngine = "auto", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Tell which assumptions the preferred reform hangs on, and at which value the preference changes."""
    with refusals():
        from workbench.sensitivity import run_sensitivity

        told = settings(seed, replications, days, first, last, store, fresh, workers, on, engine=engine, language=language.value)
        writable(out)
        _listed(run_sensitivity(experiment, trajectories, only or (), out, told, as_json=json, language=language.value), json)


@app.command()
def flip(
    experiment: Annotated[str, typer.Argument(help="Experiment file, by path or stem.")],
    slowdown: Annotated[str, typer.Option("--slowdown", metavar="FROM:TO:STEP", help="Values of the reforms' pace.")] = "1:1.3:0.1",
    demand: Annotated[str, typer.Option("--demand", metavar="FROM:TO:STEP", help="Multiples of today's demand.")] = "0.8:1.2:0.1",
    kind: Annotated[str | None, typer.Option("--assumption", help="Another assumption along x than the first pace.")] = None,
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes",
    engine: WhichEngine = "auto", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Map which scenario is best by slowdown of staff and demand."""
    with refusals():
        from workbench.flip import run_flip

        told = settings(seed, replications, days, first, last, store, fresh, workers, on, engine=engine, language=language.value)
        writable(out)
        _listed(run_flip(experiment, kind, slowdown, demand, out, told, as_json=json, language=language.value), json)


@app.command()
def failures(
    experiment: Annotated[str, typer.Argument(help="Experiment file that states targets, by path or stem.")],
    reform: Annotated[list[str] | None, typer.Option("--reform", help="Beside today's hall this reform or bundle.")] = None,
    slowdown: Annotated[str, typer.Option("--slowdown", metavar="FROM:TO:STEP", help="Multiples of all work.")] = "0.8:1.4:0.2",
    demand: Annotated[str, typer.Option("--demand", metavar="FROM:TO:STEP", help="Multiples of today's demand.")] = "0.8:1.2:0.1",
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes",
    engine: WhichEngine = "auto", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Map which targets the hall misses where all work takes longer and more citizens come."""
    with refusals():
        from workbench.failures import run_failures

        told = settings(seed, replications, days, first, last, store, fresh, workers, on, engine=engine, language=language.value)
        writable(out)
        _listed(run_failures(experiment, reform or (), slowdown, demand, out, told, as_json=json, language=language.value), json)


@app.command()
def warm() -> None:
    """Compile the engine for long runs, once; later runs take it from the cache."""
    with refusals():
        from workbench.warming import warm as compile_now

        compile_now()


@app.command()
def judge(
    log: Annotated[Path, typer.Argument(help="Event log: a CSV file, or a folder that OneWindow wrote.")],
    mapping: Annotated[str | None, typer.Option("--mapping", help="Built-in name or YAML file; else told by the columns.")] = None,
    json: Json = False, out: Out = None, language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Judge a real log with the measures that judge the simulated ones."""
    with refusals():
        from simulation.calibration.readers import read_log
        from simulation.judgement import judge as judged
        from workbench.report import print_judgement

        read = read_log(log, mapping)
        print_judgement(judged(read), as_json=json, language=language.value)
        if out is not None:
            from workbench.pictures import draw_log

            _listed(draw_log(read, log.stem, out, language.value), json)


@app.command()
def regress(
    files: Annotated[list[str], typer.Argument(help="Expectations, or what they are about: experiment or scenario, by path or stem.")],
    moved: Annotated[bool, typer.Option("--moved", help="Numbers were meant to move: by no more than the margin stated?")] = False,
    update: Annotated[bool, typer.Option("--update", help="Write what is found; with --moved only what is within the margin.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write a report as JUnit's XML.")] = None,
    json: Json = False, seed: Seed = None, replications: Replications = None, days: Days = None, workers: Workers = 2,
    on: On = "processes", engine: WhichEngine = "auto", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Run what files expect and say what moved; exit code 1 when something did."""
    with refusals():
        from workbench.regress import Request, regress_files

        where = settings(None, None, None, None, None, None, False, workers, on, engine=engine, language=language.value)
        request = Request(moved, update, seed, replications, days, where)
        raise typer.Exit(regress_files(files, request, junit, json, language.value))


@app.command()
def mechanisms(
    measure: Measured = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="With --measure: this mechanism or pair, and leave the rest.")] = None,
    json: Json = False, out: Annotated[Path | None, typer.Option("--out", help="Folder of the figures; that of the library.")] = None,
    seed: Seed = None, replications: Replications = None, days: Days = None, store: StoreFolder = None, fresh: Fresh = False,
    workers: Workers = 2, on: On = "processes", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Print the register of mechanisms, what each does alone, and whether that is what is expected of it."""
    with refusals():
        from simulation.mechanisms import load_register
        from workbench.register import measure_register, print_register

        register = load_register()
        if measure:
            told = settings(seed, replications, days, None, None, store, fresh, workers, on, language=language.value)
            writable(out)
            _listed([measure_register(register, out, only or (), told)], True)
        elif only or fresh or any(option is not None for option in (seed, replications, days, store)):
            rule = "how to measure is said together with `--measure`"
            raise InputRefused(Problem("mechanisms", "an option of measuring", rule, "add --measure"))
        print_register(register, out, as_json=json, language=language.value)


@runs.callback()
def runs_list(context: typer.Context, json: Json = False, store: StoreFolder = None, language: InLanguage = Language.en) -> None:
    """List what the store has: scenarios, seeds, replications, measures, size and age; or throw away, or export."""
    with refusals():
        if context.invoked_subcommand is None:
            from simulation.store import Store
            from workbench.runs import print_runs

            print_runs(Store(folder(store)), as_json=json, language=language.value)
        elif store is not None:
            words = f"runs {context.invoked_subcommand} --store {store}"
            raise InputRefused(Problem("--store", str(store), "an option stands after the command it is for", f"write {words}"))


@runs.command("prune")
def runs_prune(
    stale: Annotated[bool, typer.Option("--stale", help="Runs of code that is no longer current.")] = False,
    older_than: Annotated[float | None, typer.Option("--older-than", min=0, metavar="DAYS", help="Runs not written for so long.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every run.")] = False, store: StoreFolder = None,
) -> None:  # fmt: skip
    """Throw away the stored runs that meet every condition given."""
    with refusals():
        from simulation.store import Store
        from workbench.runs import pruned

        typer.echo(pruned(Store(folder(store)), stale=stale, older_than=older_than, everything=everything))


@runs.command("export")
def runs_export(file: Annotated[Path, typer.Argument(help="Parquet file to write.")], store: StoreFolder = None) -> None:
    """Write all rows of the store to one Parquet file: a row for each run, measure and group."""
    with refusals():
        from simulation.store import Store
        from simulation.stored import export

        done, rows = export(Store(folder(store)), file)
        typer.echo(f"{file}: {done} runs, {rows} rows")


@app.command()
def kinds(kind: Annotated[str | None, typer.Argument(help="One kind: mechanism, assumptions, law and fields.")] = None) -> None:
    """List the kinds of edits, of which reforms and stresses are made, and of problem files, or tell all about one."""
    with refusals():
        from workbench.kinds import described

        for line in described(kind):
            typer.echo(line)


@app.command()
def trace(
    case: Annotated[int, typer.Argument(help="Case number, as in the log of the first replication.")],
    scenario: Annotated[str, typer.Option("--scenario", help="Scenario file, by path or stem.")] = "district-hall",
    reform: Annotated[str | None, typer.Option("--reform", help="Tell the same citizen's path under this reform too.")] = None,
    seed: Seed = None, days: Days = None, language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Tell one citizen's path in words, before and after a reform."""
    with refusals():
        from workbench.trace import trace_case

        for line in trace_case(scenario, reform, case, seed if seed is not None else 1, days or 5, language.value):
            typer.echo(line)


@app.command()
def lab() -> None:
    """Open JupyterLab in notebooks/."""
    from subprocess import call

    folder = Path("notebooks")
    raise typer.Exit(call([sys.executable, "-m", "jupyter", "lab", str(folder if folder.is_dir() else Path.cwd())]))


def _listed(paths: list[Path], as_json: bool) -> None:
    for path in paths:
        typer.echo(os.path.relpath(path), err=as_json)


def main() -> None:
    """Run the command line."""
    app()
