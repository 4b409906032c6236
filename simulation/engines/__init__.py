"""Engines: a Plan and Draws in, an EventLog out. The SimPy engine in `process` is the definition, the one in `compiled` its twin."""

from __future__ import annotations

import sys
from typing import Literal, cast, get_args

from simulation.draws import Draws, make_draws
from simulation.errors import PlanRefused, Problem, nearest
from simulation.log import EventLog
from simulation.plan import Plan

Engine = Literal["auto", "process", "compiled"]
ALSO = {"simpy": "process", "numba": "compiled"}
"""What the engines are called after what they are made of."""
ENGINES: tuple[str, ...] = get_args(Engine)
MANY = 2_000
"""Citizens from whom on `auto` takes the compiled engine, which a process has to load first."""


def engine_named(name: str) -> Engine:
    """Return the engine of that name.

    Raises
    ------
    PlanRefused
        There is none.
    """
    known = ALSO.get(name, name)
    if known not in ENGINES:
        raise PlanRefused(Problem("engine", name, f"the engines are {', '.join(ENGINES)}", nearest(name, [*ENGINES, *ALSO])))
    return cast(Engine, known)


def ready() -> bool:
    """Say whether this process has the compiled engine at hand."""
    kernel = sys.modules.get("simulation.engines.kernel")
    return kernel is not None and bool(getattr(kernel.run, "signatures", True))


def simulate(plan: Plan, draws: Draws, engine: Engine = "auto") -> EventLog:
    """Run one replication; every engine makes the same log.

    Parameters
    ----------
    plan : Plan
    draws : Draws of the same plan.
    engine : `process` (SimPy), `compiled`, or `auto`: compiled for a run of 2,000 citizens or more, or where it is loaded already.

    Raises
    ------
    PlanRefused
        The engine is not known; or `compiled` was asked for and the plan exceeds what it can hold.
    """
    engine = engine_named(engine)
    if engine == "auto":
        engine = "compiled" if ready() or sum(len(people.day) for people in draws.citizens) >= MANY else "process"
        if engine == "compiled":
            from simulation.engines.packing import refusals

            engine = "process" if refusals(plan, draws) else "compiled"
    if engine == "compiled":
        from simulation.engines import compiled

        return compiled.simulate(plan, draws)
    from simulation.engines import process

    return process.simulate(plan, draws)


def replicate(plan: Plan, seed: int, replication: int, engine: Engine = "auto") -> EventLog:
    """Draw and run one replication; parameters and errors as for `make_draws` and `simulate`."""
    if engine_named(engine) == "compiled" or (engine == "auto" and ready()):
        from simulation.engines.chance import uniforms

        return simulate(plan, make_draws(plan, seed, replication, uniforms), engine)
    return simulate(plan, make_draws(plan, seed, replication), engine)


__all__ = ["ENGINES", "Engine", "engine_named", "ready", "replicate", "simulate"]
