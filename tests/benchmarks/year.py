"""One year of the district hall: the kernel, the chain from draws to log, and the measures, on both of our engines."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.timing import Laps, Ratio, lapped, ratio, total
from simulation.draws import Draws, make_draws
from simulation.engines import compiled, kernel, process
from simulation.engines.attendance import Presence
from simulation.engines.chance import uniforms
from simulation.engines.memory import addresses
from simulation.engines.packing import Packed, packed
from simulation.engines.rows import event_log
from simulation.experiment import calendar_for
from simulation.log import EventLog
from simulation.measures import Measure, measure
from simulation.plan import Plan, compile_plan
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.units import WorkingDays
from simulation.verbs import load, load_experiment, load_reform, measures_named

YEAR = 220
"""Working days."""
PLANS = {"today": (), "tidal-windows": ("tidal-windows",), "branch-halls": ("branch-halls",)}
"""Reforms of the district hall. Those with any decide by the board: when to open a window, which branch to go to."""
LONG = 3
"""Rounds at most where one takes the SimPy engine most of a minute."""


def district(days: int, reforms: Sequence[str] = ()) -> Scenario:
    """Return the district hall, after reforms, with a measured window of so many working days and neither warm-up nor run-out."""
    hall = load("district-hall")
    horizon = {"warm_up_wd": WorkingDays(0), "window_wd": WorkingDays(days), "run_out_wd": WorkingDays(0)}
    return apply(hall.model_copy(update={"horizon": hall.horizon.model_copy(update=horizon)}), *map(load_reform, reforms))


def planned(scenario: Scenario) -> Plan:
    """Return the plan of a scenario for its own horizon."""
    return compile_plan(scenario, calendar_for(scenario, scenario.horizon), scenario.horizon)


@dataclass(frozen=True)
class Made:
    """All that the kernel needs, and what the log needs after it."""

    plan: Plan
    draws: Draws
    presence: Presence
    tables: Packed
    memory: dict[str, Any]

    def run(self) -> None:
        """The kernel alone."""
        kernel.run(addresses(self.memory))

    def log(self) -> EventLog:
        """The log of what the kernel wrote."""
        return compiled._log(self.plan, self.draws, self.presence, self.tables, self.memory)


def made(plan: Plan, draws: Draws, told: Callable[[str], None] = lambda part: None) -> Made:
    """Make the kernel's tables; `told` hears of each part when it is done."""
    presence = Presence(plan, draws)
    told("presence")
    tables = packed(plan, draws, presence)
    arrivals, cases = compiled.arriving(plan, draws)
    memory = compiled._memory(plan, tables, arrivals, cases, 1)
    told("packing")
    return Made(plan, draws, presence, tables, memory)


def twin(plan: Plan, seed: int, replication: int, laps: Callable[[str], None] = lambda part: None) -> EventLog:
    """The compiled engine's chain from draws to log, as `engines.replicate` has it, in its parts."""
    draws = make_draws(plan, seed, replication, uniforms)
    laps("draws")
    ready = made(plan, draws, laps)
    ready.run()
    laps("kernel")
    log = ready.log()
    laps("log")
    return log


def simpy(plan: Plan, seed: int, replication: int, laps: Callable[[str], None] = lambda part: None) -> EventLog:
    """The SimPy engine's chain from draws to log, as `process.simulate` has it, in its parts; most draws are made as it runs."""
    draws = make_draws(plan, seed, replication)
    laps("simpy draws")
    gc.disable()
    try:
        centre = process.Centre(plan, draws)
        laps("simpy centre")
        centre.env.run(until=plan.end)
        laps("simpy run")
        log = event_log(plan, centre.rows, centre.cases, centre.duty(), {"engine": "process"})
        laps("simpy log")
    finally:
        gc.enable()
    return log


TWIN = ("draws", "presence", "packing", "kernel", "log")
SIMPY = ("simpy draws", "simpy centre", "simpy run", "simpy log")


def year(rounds: int, days: int = YEAR) -> list[Ratio]:
    """The kernel and the chain against SimPy on the same plans, and what the measures add."""
    short = planned(district(1))
    for chain in (twin, simpy):
        chain(short, 1, 0)
    found = []
    for name, reforms in PLANS.items():
        scenario = district(days, reforms)
        plan = planned(scenario)
        log = twin(plan, 1, 0)
        contestants = {"simpy": lambda laps, plan=plan: simpy(plan, 1, 0, laps), "twin": lambda laps, plan=plan: twin(plan, 1, 0, laps)}
        if not reforms:
            contestants["measures"] = lambda laps, log=log, scenario=scenario: _measured(log, scenario, laps)
        seconds = lapped(contestants, min(rounds, LONG - bool(reforms)))
        seconds["twin"], seconds["simpy"] = total(seconds, *TWIN), total(seconds, *SIMPY)
        what = f"district hall, {name}, {days} working days"
        size = f"{len(log.cases):,} cases, {len(log.events):,} events; kernel {median(seconds['kernel']):.2f} s"
        found.append(ratio(f"SimPy engine's run / kernel, {what}", seconds, "simpy run", "kernel", size, wanted=80 if reforms else 150))
        shares = f"{median(seconds['twin']):.2f} s: {_shares(seconds, TWIN)}"
        found.append(ratio(f"draws, engine and log: SimPy / compiled, {what}", seconds, "simpy", "twin", shares, wanted=100))
        if not reforms:
            found += _with_measures(log, scenario, seconds, what)
    return found


def _chosen(scenario: Scenario) -> dict[str, list[Measure]]:
    from simulation.verbs import _priced

    return {"the demo's": measures_named(load_experiment("does-one-window-pay").measures, "year"), "all": _priced(scenario)}


def _measured(log: EventLog, scenario: Scenario, laps: Laps) -> None:
    for name, chosen in _chosen(scenario).items():
        measure(log, chosen)
        laps(name)


def _with_measures(log: EventLog, scenario: Scenario, seconds: dict[str, list[float]], what: str) -> list[Ratio]:
    found = []
    for name, chosen in _chosen(scenario).items():
        parts, each = (*TWIN, name), {}
        seconds["compiled"], seconds["process"] = total(seconds, *parts), total(seconds, "simpy", name)
        for one in chosen:
            laps = Laps(perf_counter)
            measure(log, [one])
            laps(one.name)
            each |= laps.seconds
        slowest = " and ".join(sorted(each, key=lambda m: -each[m])[:2])
        note = f"{median(seconds['compiled']):.2f} s: {_shares(seconds, parts)} measures; slowest {slowest}"
        title = f"the same and {name} {len(chosen)} measures"
        found.append(ratio(f"{title}: SimPy / compiled, {what}", seconds, "process", "compiled", note))
    return found


def _shares(seconds: dict[str, list[float]], parts: Sequence[str]) -> str:
    whole = sum(median(seconds[part]) for part in parts)
    return ", ".join(f"{median(seconds[part]) / whole:.0%} {part}" for part in parts)


def threads(rounds: int, days: int = YEAR) -> list[Ratio]:
    """Four replications one after the other against two threads, by the clock on the wall.

    Hashing, which lets go of Python's lock as well, tells what the machine had to give meanwhile.
    """
    plan = planned(district(days))
    four, nothing = range(4), bytes(2**28)

    def kernels(laps: Laps, workers: int) -> None:
        ready = [made(plan, make_draws(plan, 1, k)) for k in four]
        laps("made")
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(Made.run, ready))
        laps(f"kernels {workers}")

    def chains(laps: Laps, workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda k: len(twin(plan, 1, k).cases), four))
        laps(f"chains {workers}")

    def bare(laps: Laps, workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda k: sha256(nothing).digest(), four))
        laps(f"bare {workers}")

    twin(plan, 1, 0)
    runs = {f"{run.__name__} {n}": (lambda laps, run=run, n=n: run(laps, n)) for run in (bare, kernels, chains) for n in (1, 2)}
    seconds = lapped(runs, rounds, perf_counter)
    what = f"district hall, 4 replications of {days} working days, one thread / two, wall clock"
    free = median(a / b for a, b in zip(seconds["bare 1"], seconds["bare 2"], strict=True))
    note = {k: f"{word}; hashing gained {free:.3g} from a second thread in the same rounds" for k, word in
            (("kernels", "it lets go of Python's lock"), ("chains", "most of it holds Python's lock"))}  # fmt: skip
    title = {"kernels": "kernel alone", "chains": "draws, engine and log"}
    return [ratio(f"{title[k]}, {what}", seconds, f"{k} 1", f"{k} 2", note[k], wanted=1.7) for k in title]
