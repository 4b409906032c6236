"""Paid hours at equal verified service: rival plans, each raised until it passes the same simulated check, against the joint search.

A rival sets levels by a formula and covers them with shifts. It is raised by a tighter aim, step by step, until its staffing keeps the
targets under the chance that the joint search keeps them under, and in ten fresh replications that neither saw; the joint search is given
margins until its plan passes there too. Where pyworkforce is installed (the optional group `bench`) its Erlang C gives the levels of a
rival too.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np

from benchmarks.timing import Ratio
from optimization.cover import cover
from optimization.joint_staffing import downward, ladder, search
from optimization.levels import EDGES, loads, needed, streams
from optimization.master import Limits, Master
from optimization.sizing import Aim
from optimization.staffing_case import Case, staffing_case
from optimization.staffing_problem import StaffingProblem, problem_for
from optimization.trials import Trial, Trials
from simulation import verbs
from simulation.experiment import FRESH, calendar_for
from simulation.plan import Plan, compile_plan

AIMS = (0.9999, 0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02)
"""Share of visitors who may wait at all, tighter and tighter."""
NAMES = {"sipp": "SIPP + set cover", "offered": "modified offered load + set cover", "pyworkforce": "pyworkforce's Erlang C + set cover"}


def ready(name: str) -> tuple[Plan, Case, Trials, Master, StaffingProblem]:
    """Return what the search of the problem that ships for a scenario works with."""
    scenario = verbs.load(name)
    problem = problem_for(name, scenario)
    horizon = problem.horizon or scenario.horizon
    plan = compile_plan(scenario, calendar_for(scenario, horizon), horizon)
    case = staffing_case(plan, problem.prices)
    trials = Trials(scenario, horizon, int(problem.seed), range(int(problem.search.replications)), case, plan, problem.targets, 2)
    limits = Limits(trials.section_of_class, case.present > 0, np.asarray(case.present.any(axis=1)), None)
    names = [f"{t.words} [{cell}]" for t, cell in trials.names]
    return plan, case, trials, Master(case.instance, limits, names, np.array([t.limit for t, _ in trials.names])), problem


def asked_by(method: str, plan: Plan, late: float) -> np.ndarray:
    """Return people for each class and period of the week (K, T)."""
    if method != "pyworkforce":
        return np.concatenate(list(needed(plan, method, Aim(late=late))), axis=1)
    from pyworkforce.queuing import ErlangC

    found = np.zeros(loads(plan, "sipp").shape, dtype=np.int64)
    for k in range(len(plan.classes)):
        mine = [s for s in streams(plan) if s.ticket_class == k]
        rates = sum((s.rates for s in mine), np.zeros((2, len(EDGES) - 1)))
        work = sum((s.rates * s.mean for s in mine), np.zeros_like(rates))
        for kind, t in np.argwhere(work > 0.01).tolist():
            calls, mean = rates[kind, t] * 1800, work[kind, t] / rates[kind, t] / 60
            erlang = ErlangC(transactions=calls, asa=1e-6, aht=mean, interval=30, shrinkage=0.0)
            found[kind, k, t] = erlang.required_positions(service_level=1 - late, max_occupancy=1.0)["positions"]
    return np.concatenate(list(found), axis=1)


def raised(method: str, plan: Plan, case: Case, trials: Trials, fresh: Trials, master: Master) -> tuple[Trial | None, float]:
    """Return the first plan of a rival that passes on both sets of chance, and the aim at which it does; None where no aim does."""
    for late in AIMS:
        asked = np.where(case.instance.required > 0, np.maximum(asked_by(method, plan, late), case.present), 0)
        plain, _, _ = cover(replace(case.instance, required=asked, missing=1000.0))
        if plain is None:
            continue
        trial = trials.of(plain.people, plain.moved)
        if trial.misses().any() or master.broken(plain.people, plain.moved):
            continue
        if not fresh.of(plain.people, plain.moved).misses().any():
            return trial, late
    return None, 0.0


def passing(
    own: Trials, master: Master, fresh: Trials, first: list[tuple[np.ndarray, np.ndarray]], problem: StaffingProblem
) -> tuple[Trial | None, int]:  # fmt: skip
    """Return the plan of the joint search that passes on fresh chance too, and with how many margins; None where none does.

    A margin is what the plan before lacked on fresh chance, so that chance has told it as much as the aims of the rivals.
    """
    margin, most = np.zeros(len(own.names)), int(problem.search.trials)
    for margins in range(6):
        found = search(own, master, margin, first if not margins else [], most + margins * most // 4, float(problem.search.gap)).best
        if found is None:
            break
        checked = fresh.of(found.people, found.moved)
        if not checked.misses().any():
            return found, margins
        margin = margin + np.where(checked.misses(), 1.2 * checked.excess.sum(axis=1), 0.0)
    return None, 0


def staffing_hours(rounds: int, name: str = "district-hall") -> list[Ratio]:
    """Paid hours a week of each rival against the joint search, both passing the same simulated check; `rounds` changes nothing."""
    plan, case, trials, master, problem = ready(name)
    methods = [m for m in NAMES if m != "pyworkforce" or find_spec("pyworkforce") is not None]
    fresh = replace(trials, replications=range(FRESH, FRESH + int(problem.replications)), known={})
    still = np.zeros((len(case.instance.sizes),) * 2, dtype=np.int64)
    fresh.of(case.instance.today, still)  # the first says which cells count
    trials.of(case.instance.today, still)
    rivals = {m: raised(m, plan, case, trials, fresh, master) for m in methods}
    _, _, own, anew, _ = ready(name)  # the search sees no rival's plan, but for the cover of the offered load it always begins with
    guess, _, _ = cover(case.instance)
    first = [(case.instance.today, still)]
    first += [] if guess is None else [(guess.people, guess.moved), *downward(anew, guess.people, guess.moved)]
    joint, margin = passing(own, anew, fresh, [*first, *ladder(anew)], problem)
    rows = []
    absent = "" if "pyworkforce" in methods else "; pyworkforce is not installed here"
    for method, (trial, late) in rivals.items():
        if trial is None or joint is None:
            continue
        ours, theirs = (float(np.einsum("gsw,s->", t.people, case.instance.paid)) for t in (joint, trial))
        note = f"{theirs:.0f} against {ours:.0f} hours a week ({1 - ours / theirs:.1%} fewer); passes at {late:g} who wait at all"
        note += f", ours with {margin} margins{absent}"
        rows.append(Ratio(f"{name}: {NAMES[method]}, raised until it passes", theirs / ours, theirs / ours, theirs / ours, note, 1 / 0.95))
    return rows


__all__ = ["NAMES", "raised", "ready", "staffing_hours"]
