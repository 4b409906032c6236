"""How officers differ: each has his own factor of handling time and his own chance of asking for a paper that no list names.

Each of the two comes from one uniform of the person through a lognormal law, so that a standard that narrows the spread leaves everybody
his place. The officers' mean speed is 1, not their mean time: what a busy row of windows gets through is then the same at any spread. The
mean chance of an unlisted paper is what is stated. Whoever sits in for an absent person is an average officer.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simulation.draws import Draws
from simulation.plan import Plan
from simulation.seating import permille, threshold


def individual(posts: NDArray[np.void], plan: Plan, draws: Draws) -> None:
    """Give each post the pace of its person in permille, and his threshold `unlisted`; a machine asks for what is listed."""
    human = ~np.isin(posts["person"], [*plan.machines])
    for site, row in enumerate(plan.site_rows):
        if (rule := row.discretion) is None:
            continue
        here = human & (posts["site"] == site)
        covered = posts["covered"] == 1
        posts["unlisted"][here & covered] = threshold(rule.unlisted)
        mine = np.flatnonzero(here & ~covered)
        persons, place = np.unique(posts["person"][mine], return_inverse=True)
        names = [plan.persons[p] for p in persons]
        pace = [permille(1 / _factor(1 - draws.of_officer("officer", name), float(rule.spread))) for name in names]
        strict = [_factor(draws.of_officer("officer_papers", name), float(rule.unlisted_spread)) for name in names]
        asks = [threshold(min(1.0, float(rule.unlisted) * factor)) for factor in strict]
        if len(mine):
            posts["pace"][mine] = np.maximum(1, (posts["pace"][mine] * np.array(pace, np.int64)[place] + 500) // 1000)
            posts["unlisted"][mine] = np.array(asks, np.int64)[place]


def _factor(u: float, cv: float) -> float:
    """Return the quantile `u` of the lognormal law with mean 1 and coefficient of variation `cv`."""
    from scipy.special import ndtri

    sigma = math.sqrt(math.log1p(cv**2))
    return float(math.exp(sigma * ndtri(u) - sigma**2 / 2))
