"""How officers differ: each has his own factor of handling time and his own chance of asking for a paper that no list names.

Each of the two comes from one uniform of the person through a lognormal law, so that a standard that narrows the spread leaves everybody
his place. The officers' mean speed is 1, not their mean time: what a busy row of windows gets through is then the same at any spread. The
mean chance of an unlisted paper is what is stated. Whoever sits in for an absent person is an average officer.
"""

from __future__ import annotations

import math
from functools import cache

from simulation.draws import Draws
from simulation.engines.attendance import Post
from simulation.plan import Plan
from simulation.seating import permille, threshold


def individual(posts: list[Post], plan: Plan, draws: Draws) -> None:
    """Give each post the pace of its person in permille, and his threshold `unlisted`; a machine asks for what is listed."""
    machines = plan.machines

    @cache
    def own(person: str, site: int) -> tuple[int, int]:
        """Return the factor of a person's time in permille, and his threshold of an unlisted paper."""
        rule = plan.site_rows[site].discretion
        assert rule is not None
        pace = permille(1 / _factor(1 - draws.of_officer("officer", person), float(rule.spread)))
        strict = _factor(draws.of_officer("officer_papers", person), float(rule.unlisted_spread))
        return pace, threshold(min(1.0, float(rule.unlisted) * strict))

    for post in posts:
        rule, person = plan.site_rows[post["site"]].discretion, plan.persons[post["person"]]
        if rule is None or post["person"] in machines:
            post["unlisted"] = 0
        elif post["covered"]:
            post["unlisted"] = threshold(rule.unlisted)
        else:
            pace, post["unlisted"] = own(person, post["site"])
            post["pace"] = max(1, (post["pace"] * pace + 500) // 1000)


def _factor(u: float, cv: float) -> float:
    """Return the quantile `u` of the lognormal law with mean 1 and coefficient of variation `cv`."""
    from scipy.special import ndtri

    sigma = math.sqrt(math.log1p(cv**2))
    return float(math.exp(sigma * ndtri(u) - sigma**2 / 2))
