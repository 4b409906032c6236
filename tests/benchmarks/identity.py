"""How many random plans the two engines were given, and for how many their logs differed."""

from __future__ import annotations

import sys
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from strategies import prepared, scenarios

from simulation.draws import Draws
from simulation.engines import compiled, process
from simulation.scenario import Scenario

GRIDS = (1, 60, 300, 900)
"""Seconds between which citizens come: on a coarse grid very much happens in the same second."""
TOLD = 500
"""Plans between two lines of progress."""


def on_grid(draws: Draws, grid: int) -> Draws:
    """Citizens come at the full `grid` seconds before."""
    return replace(draws, citizens=tuple(replace(c, arrives=c.arrives // grid * grid) for c in draws.citizens))


def mismatches(plans: int, of: int = 4) -> tuple[int, int, int]:
    """Run random plans of the tests' generator on both engines.

    Parameters
    ----------
    plans : how many are asked for.
    of : seed of the generator; the tests use 1 to 3.

    Returns
    -------
    Plans that ran, events that the SimPy engine wrote for them, and plans whose logs differ in any row, column or status.
    """
    ran, events, apart = 0, 0, 0

    @settings(max_examples=plans, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @seed(of)
    @given(small=scenarios(), grid=st.sampled_from(GRIDS), replication=st.integers(0, 5))
    def one(small: Scenario, grid: int, replication: int) -> None:
        nonlocal ran, events, apart
        plan, draws = prepared(small, replication=replication)
        draws = on_grid(draws, grid)
        log = process.simulate(plan, draws)
        ran, events = ran + 1, events + len(log.events)
        apart += log.digest() != compiled.simulate(plan, draws).digest()
        if ran % TOLD == 0:
            sys.stderr.write(f"{ran:,} plans, {apart} mismatches\n")

    one()
    return ran, events, apart
