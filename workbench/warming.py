"""What `warm` does: compile the engine once, with a line that tells how far it is."""

from __future__ import annotations

from time import monotonic


def warm() -> None:
    """Compile the engine, or take it from the cache of an earlier process, and say which."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from simulation.engines import kernel

    console, began = Console(stderr=True), monotonic()
    line = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*line, console=console, transient=True) as progress:
        task = progress.add_task("compiling the engine, once", total=None)
        kernel.ready(lambda done, planned: progress.update(task, completed=done, total=planned))
    console.print(f"the compiled engine is ready ({monotonic() - began:.0f} s)", highlight=False)
