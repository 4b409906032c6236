"""The benchmarks: each a function from the number of rounds to ratios."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from benchmarks.hall import ENGINES, ours, prepared_hall, tickets
from benchmarks.rivals import RIVALS
from benchmarks.timing import Ratio, alternated, ratio
from simulation.draws import make_draws
from simulation.engines import simulate
from simulation.experiment import calendar_for
from simulation.measures import measure
from simulation.plan import compile_plan
from simulation.scenario import Horizon
from simulation.units import WorkingDays
from simulation.verbs import load, measures_named

FAIR = 0.02
"""Part by which a rival's mean wait may differ from ours: he breaks ties of one second in his own way."""
TITLES = {
    "simpy": "textbook SimPy (a process for each customer)", "ciw": "Ciw", "salabim": "salabim, as shipped",
    "salabim tuned": "salabim without its monitor and its check of parameters",
    "process": "our SimPy engine", "compiled": "our compiled engine",
}  # fmt: skip


def rivals(rounds: int, days: int = 5) -> list[Ratio]:
    """Other libraries against each of our engines on the largest hall that all express, same tickets and service times.

    Ours make the whole event log and are handed draws; the others are handed customers and keep one wait each.
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
    runs = {name: partial(run, customers) for name, run in there.items()} | {e: partial(ours, plan, draws, e) for e in ENGINES}
    seconds = alternated(runs, rounds)
    return [ratio(f"{TITLES[name]} / {TITLES[e]}", seconds, name, e, notes[name]) for e in ENGINES for name in there]


def length(rounds: int, days: tuple[int, int] = (1, 20)) -> list[Ratio]:
    """Cost of a ticket in a long run against that in a short one, for each of our engines."""
    halls = {n: prepared_hall(n) for n in days}
    count = {n: len(ours(*halls[n]).cases) for n in days}
    seconds = alternated({f"{e} {n}": partial(ours, *halls[n], e) for e in ENGINES for n in days}, rounds)
    short, long = days
    what = "cost of a ticket, {:,} tickets / {:,}, {}"
    per_ticket = count[short] / count[long]
    return [
        ratio(what.format(count[long], count[short], TITLES[e]), seconds, f"{e} {long}", f"{e} {short}", scale=per_ticket) for e in ENGINES
    ]


def parts(rounds: int) -> list[Ratio]:
    """What compiling, drawing and measuring cost beside the SimPy engine: four days of the district hall, the demo's measures."""
    horizon = Horizon(warm_up_wd=WorkingDays(1), window_wd=WorkingDays(2), run_out_wd=WorkingDays(1))
    hall = load("district-hall")
    calendar = calendar_for(hall, horizon)
    plan = compile_plan(hall, calendar, horizon)
    used = make_draws(plan, 1, 0)
    log = simulate(plan, used)
    chosen = measures_named(("wait_mean", "wait_p90", "walk_away_share", "trips", "lead_wd", "on_time_promise", "utilisation"), "parts")
    runs: dict[str, Callable[[], object]] = {
        "plan": lambda: compile_plan(hall, calendar, horizon),
        "fresh": lambda: simulate(plan, make_draws(plan, 1, 0)),
        "engine": lambda: simulate(plan, used),
        "measures": lambda: measure(log, chosen),
    }
    seconds = alternated(runs, rounds)
    # Draws are made when first asked for, so they are what a run with fresh ones costs more.
    seconds["draws"] = [a - b for a, b in zip(seconds["fresh"], seconds["engine"], strict=True)]
    below = f"{TITLES['process']}, district hall, {len(log.cases):,} cases"
    return [ratio(f"{name} / {below}", seconds, key, "engine") for key, name in
            (("plan", "compiling the plan"), ("draws", "draws"), ("measures", "seven measures"))]  # fmt: skip


BENCHMARKS: dict[str, Callable[[int], list[Ratio]]] = {one.__name__: one for one in (rivals, length, parts)}
