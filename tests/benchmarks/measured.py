"""The benchmarks: each a function from the number of rounds to ratios."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.hall import ENGINES, ours, prepared_hall, tickets
from benchmarks.identity import mismatches
from benchmarks.optimisers import optimisers
from benchmarks.proofs import joint_staffing, proofs
from benchmarks.rivals import RIVALS
from benchmarks.staffing import staffing_hours
from benchmarks.timing import Laps, Ratio, lapped, of_children, ratio
from benchmarks.visits import many_visits, surroundings, visits
from benchmarks.year import LONG, YEAR, district, made, threads, year
from simulation.files import dump

FAIR = 0.02
"""Part by which a rival's mean wait may differ from ours: he breaks ties of one second in his own way."""
TITLES = {
    "simpy": "textbook SimPy (a process for each customer)", "ciw": "Ciw", "salabim": "salabim, as shipped",
    "salabim tuned": "salabim without its monitor and its check of parameters",
    "process": "our SimPy engine", "compiled": "our compiled engine", "kernel": "our kernel alone",
}  # fmt: skip


def one(laps: Laps, name: str, run: Callable[[], object]) -> None:
    """A run that is one part."""
    run()
    laps(name)


def rivals(rounds: int, days: int = 20) -> list[Ratio]:
    """Other libraries against ours on the largest hall that all express, same tickets and service times.

    Our engines make the whole event log; the kernel alone is between: its tables are made, and it writes rows that are no log yet. The
    others keep one wait each. They are handed customers; ours are handed who comes, and make service times (SimPy has
    kept those of its first run).
    """
    plan, draws = prepared_hall(days)
    customers, waits = tickets(ours(plan, draws))
    there = {name: run for name, run in RIVALS.items() if find_spec(name.split()[0]) is not None}
    notes = {}
    for name, run in there.items():
        apart = float(run(customers).mean() / waits.mean() - 1)
        if abs(apart) > FAIR:
            raise ValueError(f"{name}: mean wait differs by {apart:+.1%} from ours, so it does not simulate the same hall")
        notes[name] = f"{len(customers):,} tickets; mean wait {apart:+.2%}"

    def kernel(laps: Laps) -> None:
        ready = made(plan, draws)
        laps("tables")
        ready.run()
        laps("kernel")

    for engine in ENGINES:
        ours(plan, draws, engine)
    runs = {name: partial(run, customers) for name, run in there.items()} | {e: partial(ours, plan, draws, e) for e in ENGINES}
    seconds = lapped({"kernel": kernel} | {name: partial(one, name=name, run=run) for name, run in runs.items()}, rounds)
    wanted = {("ciw", "kernel"): 250.0, ("salabim", "kernel"): 700.0}
    return [
        ratio(f"{TITLES[name]} / {TITLES[e]}", seconds, name, e, notes[name], wanted=wanted.get((name, e)))
        for e in ("kernel", *reversed(ENGINES)) for name in there
    ]  # fmt: skip


def whole(rounds: int) -> list[Ratio]:
    """The whole process `onewindow run` with imports, one replication into a cold store: SimPy against compiled, a day and a year."""
    found = []
    for days, wanted in ((1, 1.0), (YEAR, 6.0)):
        with TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "hall.yaml").write_text(dump(district(days)), encoding="utf-8")
            engines = (*ENGINES, "auto") if days == 1 else ENGINES
            runs = {engine: partial(one, name=engine, run=partial(command, place, engine)) for engine in engines}
            seconds = lapped(runs, rounds if days == 1 else min(rounds, LONG), of_children)
        what = f"`onewindow run`, all measures, cold store, district hall, {days} working day{'s' if days > 1 else ''}: SimPy / "
        cost = f"SimPy {median(seconds['process']):.1f} s, compiled {median(seconds['compiled']):.1f} s"
        found.append(ratio(what + "compiled", seconds, "process", "compiled", cost, wanted=wanted))
        if days == 1:
            found.append(ratio(what + "what it takes by itself", seconds, "process", "auto", "it takes SimPy for a run so short"))
    return found


COMMAND = "from workbench.cli import main; main()"


def workers(rounds: int, days: int = YEAR, replications: int = 8) -> list[Ratio]:
    """The whole process `onewindow run` of several replications in one process against two, by the clock on the wall."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "hall.yaml").write_text(dump(district(days)), encoding="utf-8")
        runs = {f"workers {n}": partial(one, name=f"workers {n}", run=partial(command, place, "compiled", replications, n)) for n in (1, 2)}
        seconds = lapped(runs, min(rounds, LONG), perf_counter)
    what = f"`onewindow run`, all measures, cold store, district hall, {replications} replications of {days} working days"
    note = f"{median(seconds['workers 1']):.1f} s and {median(seconds['workers 2']):.1f} s, imports included"
    return [ratio(f"{what}: one process / two, wall clock", seconds, "workers 1", "workers 2", note, wanted=1.7)]


def command(folder: Path, engine: str, replications: int = 1, workers: int = 1) -> None:
    """Run the command line on `hall.yaml` of a folder in a fresh process, with a store that is empty."""
    asked = ["--engine", engine, "--replications", str(replications), "--workers", str(workers), "--store"]
    words = [sys.executable, "-c", COMMAND, "run", str(folder / "hall.yaml"), *asked]
    with TemporaryDirectory(dir=folder) as store:
        subprocess.run([*words, store], check=True, capture_output=True, env=surroundings())


def identity(rounds: int, plans: int = 60) -> list[Ratio]:
    """Random plans whose logs differ between the engines, so many plans for each round."""
    ran, events, apart = mismatches(rounds * plans)
    return [Ratio(f"plans whose logs differ, of {ran:,} random plans", apart, apart, apart, f"{events:,} rows of events compared", 0.0)]


def identity_of_many(rounds: int) -> list[Ratio]:
    """The same with ten thousand plans."""
    return identity(1, 10_000)


ALL = (year, whole, rivals, visits, identity, threads, workers, optimisers, proofs)
BENCHMARKS: dict[str, Callable[[int], list[Ratio]]] = {one.__name__: one for one in ALL}
SELDOM = (many_visits, identity_of_many, joint_staffing, staffing_hours)
LONG_ONES: dict[str, Callable[[int], list[Ratio]]] = {one.__name__: one for one in SELDOM}
"""Those that take many minutes: with `--long`; without it their last figures are kept."""
