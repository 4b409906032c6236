"""Overloads: where a proposal leaves more work than there is time for, new or worse than today, as `check` warns of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from simulation.scenario import Scenario
from simulation.workload import warnings

LINE = re.compile(
    r"(?P<kind>queue|pool)s? `(?P<names>[^`]+)`: (?P<load>[\d.]+) hours of work a day(?:, [\d.]+ times| against)"
    r" its capacity of (?P<capacity>[\d.]+) hours"
)
"""A warning of load (`simulation.workload`)."""


@dataclass(frozen=True)
class Overload:
    """Queues that share people, or a pool, with more work on an ordinary working day than capacity.

    Attributes
    ----------
    kind, names : `queue` or `pool`, and which.
    load, capacity : hours a working day, as proposed.
    today : load over capacity today; None where it is 1 at most, infinite where there is no capacity.
    """

    kind: str
    names: tuple[str, ...]
    load: float
    capacity: float
    today: float | None = None

    @property
    def times(self) -> float:
        """Return load over capacity."""
        return self.load / self.capacity if self.capacity else float("inf")


def overloads(today: Scenario, proposed: Scenario) -> tuple[Overload, ...]:
    """Return where the proposal has more work than capacity, new or by a larger ratio than today; the largest ratio first."""
    known = {(one.kind, one.names): one.times for one in _found(today)}
    found = [replace(one, today=known.get((one.kind, one.names))) for one in _found(proposed)]
    return tuple(sorted((one for one in found if one.today is None or one.times > one.today), key=lambda one: -one.times))


def _found(scenario: Scenario) -> list[Overload]:
    matches = [found for line in warnings(scenario) if (found := LINE.fullmatch(line))]
    return [Overload(m["kind"], tuple(m["names"].split(", ")), float(m["load"]), float(m["capacity"])) for m in matches]


__all__ = ["Overload", "overloads"]
