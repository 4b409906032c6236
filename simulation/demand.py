"""Demand: how many of each Need may be expected on each day of a horizon, and at which time of the day they come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import Calendar
from simulation.distributions import Distribution
from simulation.scenario import Scenario
from simulation.shifts import DAY, Days
from simulation.units import Share, TimeOfDay

Profile = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Demand:
    """What the draws need to know of one Need: expected citizens by day, and where their clock times come from.

    Attributes
    ----------
    mean : float64 (days,), expected occurrences each day, all channels, before random factors.
    extra, thin : float64 (days,), surge mean on top; part of the first stream that stays (1 = all).
    profile, online : (seconds after midnight, cumulative share) of those who come to the hall and of those who file online.
    """

    need: str
    mean: NDArray[np.float64]
    extra: NDArray[np.float64]
    thin: NDArray[np.float64]
    profile: Profile
    online: Profile
    dispersion: float
    files: Distribution | None


def demands(scenario: Scenario, calendar: Calendar, calendar_days: Days, days: int) -> tuple[Demand, ...]:
    """Return the demand of every Need, in the order of the world."""
    world, working, saturday = scenario.world, calendar_days.working, calendar_days.saturday
    base = np.array([float(world.weekday[min(d, 4)]) for d in calendar_days.weekday])
    closed = [sum(not calendar.is_working(e) for e in range(d - 3, d)) == 3 for d in range(days)]
    base = np.where(working & np.array(closed, dtype=bool), base * float(world.after_break), base)
    dates: list[date] = [calendar.date(d) for d in range(days)]
    found = []
    for name, need in world.needs.items():
        mean = float(need.rate) * np.where(working, base, np.where(saturday, float(need.saturday), 0.0))
        factor = np.ones(days)
        for surge in world.surges:
            if not surge.needs or name in surge.needs:
                hit = np.array([(surge.first is None or surge.first <= d) and (surge.last is None or d <= surge.last) for d in dates])
                factor = np.where(hit, factor * float(surge.factor), factor)
        extra, thin = mean * np.maximum(0.0, factor - 1.0), np.minimum(1.0, factor)
        online = _profile(world.profiles[world.online_profile or need.profile])
        found.append(Demand(name, mean, extra, thin, _profile(world.profiles[need.profile]), online, float(need.dispersion), need.files))
    return tuple(found)


def _profile(shares: dict[TimeOfDay, Share]) -> Profile:
    """Return a day's cumulative distribution of arrivals: even inside each half hour, flat where no half hour is listed."""
    rows = sorted((int(t), float(s)) for t, s in shares.items())
    edges, cumulative = [0.0], [0.0]
    for k, (t, share) in enumerate(rows):
        until = min(t + 1800, rows[k + 1][0] if k + 1 < len(rows) else DAY)
        if t > edges[-1]:
            edges.append(t)
            cumulative.append(cumulative[-1])
        edges.append(until)
        cumulative.append(cumulative[-1] + share)
    return np.array(edges), np.array(cumulative) / cumulative[-1]
