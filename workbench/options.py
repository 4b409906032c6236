"""Options that commands share, and how their errors and their progress are told."""

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
ENGINE = "What runs the plan: simpy, compiled, or auto: compiled for long runs. All make the same log (to see it, use --fresh)."
WhichEngine = Annotated[str, typer.Option("--engine", help=ENGINE)]
On = Annotated[str, typer.Option("--on", help=WHERE)]
MORE = "So many replications more than the store has of every scenario; none is run again."
Extend = Annotated[int | None, typer.Option("--extend", min=1, help=MORE)]
LocalRules = Annotated[list[str] | None, typer.Option("--rules", help="Local rules laid over the national ones, by path or stem.")]
MEASURING = "Measure each alone and the pairs together, and write their figures: about six minutes on two cores."
Measured = Annotated[bool, typer.Option("--measure", help=MEASURING)]
SPARED = "Say how many times as many independent runs the common citizens are worth."
Synchronisation = Annotated[bool, typer.Option("--synchronisation", help=SPARED)]
CONTROLS = "Also intervals with a control variate: the number of citizens who came, which is known on average."
Controls = Annotated[bool, typer.Option("--controls", help=CONTROLS)]
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
    engine: str = "auto", language: str = "en",
) -> Settings:  # fmt: skip
    """Gather the options that runs share."""
    from simulation.engines import engine_named
    from simulation.verbs import Settings

    if extend is not None and (replications is not None or fresh):
        rule = "--extend adds to what the store has"
        raise InputRefused(Problem("--extend", "beside --fresh or --replications", rule, "leave the others out"))
    if days is not None and last is not None:
        raise InputRefused(Problem("--days, --until", f"{days}, {last.date()}", "the window's length is said once", "leave one out"))
    if first is not None and last is not None and last < first:
        raise InputRefused(Problem("--from, --until", f"{first.date()} .. {last.date()}", "a window ends after it begins", "exchange them"))
    known = engine_named(engine)
    shown = progress_line(extend is not None, language)
    return Settings(seed, replications, days, _date(first), _date(last), folder(store), fresh, workers, shown, on, extend, known)


def writable(out: Path | None) -> None:
    """Make the folder that pictures go to, so that an impossible one is refused before anything runs.

    Raises
    ------
    OSError
        It cannot be made, or nothing may be written there.
    """
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        if not os.access(out, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(out))


def folder(store: Path | None) -> Path:
    from simulation.verbs import DEFAULT_STORE

    return store or Path(os.environ.get("ONEWINDOW_STORE", DEFAULT_STORE))


def _date(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


PROGRESS = {
    "extending": ("extending to {n} replications of each scenario; if interrupted, go on with --replications {n}",
                  "每个方案扩展至{n}次重复；若中断，可用 --replications {n} 继续"),
    "done": ("{done}/{planned} replications ({stored} from the store){left}", "仿真{done}/{planned}次（{stored}次取自存储）{left}"),
    "left": (", about {time} left", "，约剩{time}"), "s": ("{n:.0f} s", "{n:.0f}秒"), "min": ("{n:.0f} min", "{n:.0f}分钟"),
    "h": ("{n:.1f} h", "{n:.1f}小时"),
}  # fmt: skip


def progress_line(extending: bool = False, language: str = "en") -> Callable[[Any], None]:
    """Return a callback that keeps one line on standard error up to date; silent when that is no terminal, but for the end."""
    live, told, zh = sys.stderr.isatty(), not extending, language == "zh"

    def show(p: Any) -> None:
        nonlocal told
        if not told:
            told = True
            typer.echo(PROGRESS["extending"][zh].format(n=p.replications), err=True)
        left = "" if p.left is None or p.done == p.planned else PROGRESS["left"][zh].format(time=_lasting(p.left, zh))
        text = PROGRESS["done"][zh].format(done=p.done, planned=p.planned, stored=p.stored, left=left)
        if live:
            typer.echo(f"\r{text}\033[K", err=True, nl=p.done == p.planned)
        elif p.done == p.planned:
            typer.echo(text, err=True)

    return show


def _lasting(seconds: float, zh: bool) -> str:
    unit, length = ("s", 1) if seconds < 90 else ("min", 60) if seconds < 5400 else ("h", 3600)
    return PROGRESS[unit][zh].format(n=seconds / length)
