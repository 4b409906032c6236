"""The command line. Each command reads files, calls the verbs and prints; heavy packages are imported where they are used.

Exit codes: 0 done; 1 the input was fine and the answer is no; 2 an input was refused.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulation.errors import InputRefused, OneWindowError, Problem

if TYPE_CHECKING:
    from simulation.verbs import Settings

app = typer.Typer(
    name="onewindow",
    help="OneWindow: simulate and optimise a government service centre before changing the real one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
optimize = typer.Typer(help="Let OR-Tools propose a reform, proved and then simulated.", no_args_is_help=True)
app.add_typer(optimize, name="optimize")
runs = typer.Typer(help="List, throw away or export what the store has.", invoke_without_command=True)
app.add_typer(runs, name="runs")


class Language(StrEnum):
    """Language of pictures and tables."""

    en = "en"
    zh = "zh"


Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output and nothing else there.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for pictures and files.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of all chance.")]
Replications = Annotated[int | None, typer.Option("--replications", min=1, help="Number of replications, fixed.")]
Days = Annotated[int | None, typer.Option("--days", min=1, help="Measured window in working days.")]
From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First date of the measured window.")]
Until = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last date of the measured window.")]
StoreFolder = Annotated[Path | None, typer.Option("--store", help="Where results are kept (or ONEWINDOW_STORE; default .onewindow).")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Do not use stored results.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes or threads; 1 runs in the command itself.")]
WHERE = "Where replications run: processes, threads, or the address of a Dask scheduler (tcp://HOST:PORT)."
On = Annotated[str, typer.Option("--on", help=WHERE)]
MORE = "So many replications more than the store has of every scenario; none is run again."
Extend = Annotated[int | None, typer.Option("--extend", min=1, help=MORE)]
LocalRules = Annotated[list[str] | None, typer.Option("--rules", help="Local rules laid over the national ones, by path or stem.")]
MEASURING = "Measure each alone and the pairs together, and write their figures: about 45 minutes on two cores."
Measured = Annotated[bool, typer.Option("--measure", help=MEASURING)]
InLanguage = Annotated[Language, typer.Option("--language", help="Language of pictures and tables.")]


@contextmanager
def refusals() -> Iterator[None]:
    """Turn our errors into words on standard error and an exit code."""
    try:
        yield
    except OneWindowError as error:
        typer.echo(str(error), err=True)
        if isinstance(error, InputRefused):
            count = len(error.problems)
            typer.echo(f"\nrefused: {count} problem{'s' if count != 1 else ''}", err=True)
        raise typer.Exit(error.exit_code) from None
    except OSError as error:
        if error.errno == errno.EPIPE or error.filename is None:
            raise
        typer.echo(Problem(str(error.filename), str(error.strerror), "a place that can be read and written"), err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("\ninterrupted: what was finished is stored; the same command goes on from there", err=True)
        raise typer.Exit(130) from None


def settings(
    seed: int | None, replications: int | None, days: int | None, first: datetime | None, last: datetime | None,
    store: Path | None, fresh: bool, workers: int, on: str = "processes", extend: int | None = None,
) -> Settings:  # fmt: skip
    """Gather the options that runs share."""
    from simulation.verbs import Settings

    if extend is not None and (replications is not None or fresh):
        rule = "--extend adds to what the store has"
        raise InputRefused(Problem("--extend", "beside --fresh or --replications", rule, "leave the others out"))
    if days is not None and last is not None:
        raise InputRefused(Problem("--days, --until", f"{days}, {last.date()}", "the window's length is said once", "leave one out"))
    if first is not None and last is not None and last < first:
        raise InputRefused(Problem("--from, --until", f"{first.date()} .. {last.date()}", "a window ends after it begins", "exchange them"))
    shown = progress_line(extend is not None)
    return Settings(seed, replications, days, _date(first), _date(last), _folder(store), fresh, workers, shown, on, extend)


def _folder(store: Path | None) -> Path:
    from simulation.verbs import DEFAULT_STORE

    return store or Path(os.environ.get("ONEWINDOW_STORE", DEFAULT_STORE))


def _date(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def progress_line(extending: bool = False) -> Callable[[Any], None]:
    """Return a callback that keeps one line on standard error up to date; silent when that is no terminal, but for the end."""
    live, told = sys.stderr.isatty(), not extending

    def show(p: Any) -> None:
        nonlocal told
        if not told:
            n, told = p.replications, True
            typer.echo(f"extending to {n} replications of each scenario; if interrupted, go on with --replications {n}", err=True)
        left = "" if p.left is None or p.done == p.planned else f", about {_lasting(p.left)} left"
        text = f"{p.done}/{p.planned} replications ({p.stored} from the store){left}"
        if live:
            typer.echo(f"\r{text}\033[K", err=True, nl=p.done == p.planned)
        elif p.done == p.planned:
            typer.echo(text, err=True)

    return show


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


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
    language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Simulate one scenario and print its measures with intervals."""
    with refusals():
        from simulation import verbs
        from workbench.report import print_run

        told, loaded = settings(seed, replications, days, first, last, store, fresh, workers, on, extend), verbs.load(scenario)
        result = verbs.run(loaded, settings=told)
        print_run(result, loaded, as_json=json, language=language.value)
        if out is not None:
            from workbench.pictures import draw_run

            _listed(draw_run(result, loaded, told, out, language.value), json)


@app.command()
def compare(
    experiment: Annotated[str, typer.Argument(help="Experiment file, by path or stem.")],
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes", extend: Extend = None,
    language: InLanguage = Language.en,
    vary: Annotated[str | None, typer.Option("--vary", metavar="PATH=FROM:TO:STEP", help="Repeat over values of one field.")] = None,
    rules: LocalRules = None,
) -> None:  # fmt: skip
    """Compare reforms on the same citizens and print paired differences with intervals."""
    with refusals():
        from simulation import verbs
        from workbench.checking import seatless
        from workbench.lawfulness import lawfulness_of
        from workbench.report import print_comparison, print_sweep, steps
        from workbench.titles import main_scenarios

        told = settings(seed, replications, days, first, last, store, fresh, workers, on, extend)
        loaded = verbs.load_experiment(experiment)
        if vary is not None and out is not None:
            raise InputRefused(Problem("--vary, --out", str(out), "a sweep prints its table and draws no picture", "leave one out"))
        if vary is not None and extend is not None:
            raise InputRefused(Problem("--vary, --extend", vary, "a sweep runs as many replications at every value", "say --replications"))
        if vary is not None:
            path, values = steps(vary)
            print_sweep(loaded, path, verbs.sweep(loaded, path, values, told), as_json=json, language=language.value)
            return
        lawfulness = lawfulness_of(loaded, rules or ())
        for line in seatless(loaded):
            typer.echo(f"warning: {line}", err=True)
        result = verbs.compare(loaded, told)
        scenarios = main_scenarios(loaded)
        print_comparison(result, loaded, scenarios, lawfulness, as_json=json, language=language.value)
        if out is not None:
            from workbench.pictures import draw_comparison

            _listed(draw_comparison(result, loaded, scenarios, told, out, language.value, lawfulness), json)


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
            told = settings(seed, replications, days, None, None, store, fresh, workers, on)
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

            print_runs(Store(_folder(store)), as_json=json, language=language.value)
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

        typer.echo(pruned(Store(_folder(store)), stale=stale, older_than=older_than, everything=everything))


@runs.command("export")
def runs_export(file: Annotated[Path, typer.Argument(help="Parquet file to write.")], store: StoreFolder = None) -> None:
    """Write all rows of the store to one Parquet file: a row for each run, measure and group."""
    with refusals():
        from simulation.store import Store
        from simulation.stored import export

        done, rows = export(Store(_folder(store)), file)
        typer.echo(f"{file}: {done} runs, {rows} rows")


@app.command()
def kinds(kind: Annotated[str | None, typer.Argument(help="One kind: mechanism, assumptions, law and fields.")] = None) -> None:
    """List the kinds of edits that reforms and stresses are made of, or tell all about one."""
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


@optimize.command("staffing")
def optimize_staffing_command(
    scenario: Annotated[str, typer.Argument(help="Scenario file, by path or stem.")],
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes",
    language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Propose who sits at which windows in which shift, with a proved bound, and simulate it beside the scenario."""
    with refusals():
        from optimization.staffing import optimize_staffing
        from simulation.verbs import load
        from workbench.solutions import print_solution, write_reform

        told = settings(seed, replications, days, first, last, store, fresh, workers, on)
        solution = optimize_staffing(load(scenario), told)
        print_solution(solution, as_json=json, language=language.value)
        if out is not None and solution.reform is not None:
            _listed([write_reform(solution.reform, out, scenario)], json)
        elif out is not None:
            typer.echo("no file written: the model would change nothing", err=True)
        if solution.status == "infeasible":
            raise typer.Exit(1)


def _listed(paths: list[Path], as_json: bool) -> None:
    for path in paths:
        typer.echo(os.path.relpath(path), err=as_json)


def main() -> None:
    """Run the command line."""
    app()
