"""Halls of a Plan: where else a ticket may be taken, how far each hall is from where people live, and by which rules it works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from simulation.centre import Centre
from simulation.errors import nearest
from simulation.routes import original
from simulation.scenario import Scenario
from simulation.units import Share
from simulation.world import World

Ints = NDArray[np.int64]
FULL = 1 << 32


@dataclass(frozen=True)
class Halls:
    """What a citizen knows who chooses a hall, and what he meets there.

    Attributes
    ----------
    twins : int64 (classes, sites), the class that takes the tickets of a class at a site; -1 where nobody does.
    service : int64 (classes,), mean seconds of a service, over all needs, at the pace of 1: what a posted wait reckons with.
    zones : names; empty where nobody lives anywhere.
    shares : int64 (needs, zones), thresholds: the zone of a citizen is the first whose threshold exceeds his uniform.
    travel : int64 (zones, sites), seconds one way; one row of noughts without zones.
    weight : permille of travel that a second of posted wait weighs.
    rules : by site that works by a version of its own: thresholds of complete papers, as `Plan.complete`.
    """

    twins: Ints
    service: Ints
    zones: tuple[str, ...]
    shares: Ints
    travel: Ints
    weight: int
    rules: Mapping[int, Ints]

    @property
    def several(self) -> bool:
        """Say whether any ticket may be taken in more than one hall."""
        return int((self.twins >= 0).sum()) > len(self.twins)


def compile_halls(scenario: Scenario, classes: tuple[tuple[str, str], ...], rules: Mapping[int, Ints]) -> Halls:
    """Compile what `scenario` says of its halls; `rules` are the thresholds of the sites that have a version of their own."""
    centre, world = scenario.centre, scenario.world
    sites = list(centre.sites)
    twins = np.full((len(classes), len(sites)), -1, dtype=np.int64)
    for k, (queue, skill) in enumerate(classes):
        twins[classes.index(original(centre, (queue, skill))), sites.index(centre.queues[queue].site)] = k
        twins[k, sites.index(centre.queues[queue].site)] = k
    zones = tuple(world.zones)
    usual = {z: row.share for z, row in world.zones.items()}
    lives = [[float((usual if n.zones is None else n.zones).get(z, 0)) for z in zones] for n in world.needs.values()]
    return Halls(
        twins=twins,
        service=_service(scenario, classes),
        zones=zones,
        shares=_cumulative(np.array(lives, dtype=np.float64).reshape(len(lives), len(zones))),
        travel=np.array([[int(r.travel[s]) for s in sites] for r in world.zones.values()] or [[0] * len(sites)], dtype=np.int64),
        weight=round(float(world.responses.wait_weight or 0) * 1000),
        rules=rules,
    )


def _cumulative(shares: NDArray[np.float64]) -> Ints:
    """Return thresholds of the running sums of each row, the whole of which is certain."""
    sums = np.cumsum(shares, axis=1)
    return np.round(sums / sums[:, -1:] * FULL).astype(np.int64)


def _service(scenario: Scenario, classes: tuple[tuple[str, str], ...]) -> Ints:
    """Return the mean seconds of a service by class, each step weighted with the rate of its needs; 0 where nobody comes."""
    total, often = np.zeros(len(classes)), np.zeros(len(classes))
    for need in scenario.world.needs.values():
        for step in (s for i in need.items for s in scenario.centre.items[i].route.values() if s.kind == "counter"):
            k = classes.index((step.queue, step.skill or step.queue))
            total[k] += float(need.rate) * sum(law.mean() for law in step.work.values())
            often[k] += float(need.rate)
    return np.floor(total / np.maximum(often, 1e-12) + 0.5).astype(np.int64)


def flaws(centre: Centre, world: World) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    """Yield what halls and zones get wrong: place, what was found, rule, remedy."""
    taken: dict[tuple[str, str], str] = {}
    for name, queue in centre.queues.items():
        if queue.serves not in centre.queues or queue.serves is None:
            continue
        served, at = centre.queues[queue.serves], ("centre", "queues", name, "serves")
        if served.site == queue.site:
            yield at, queue.serves, "a branch queue takes the tickets of a queue in another hall", "let the windows accept that queue"
        if served.serves is not None:
            yield at, queue.serves, f"`{queue.serves}` takes the tickets of `{served.serves}` itself", f"write `{served.serves}`"
        if (first := taken.setdefault((queue.serves, queue.site), name)) != name:
            yield at, queue.serves, "a hall has one queue for the tickets of another", f"`{first}` takes them: join the two"
    for name, site in centre.sites.items():
        for k, item in enumerate(site.items or ()):
            if item not in centre.items:
                yield ("centre", "sites", name, "items", k), item, f"`{item}` is not a known item", nearest(item, centre.items)
    for name, zone in world.zones.items():
        for hall in (s for s in centre.sites if s not in zone.travel):
            yield ("world", "zones", name, "travel"), name, f"a zone states its way to every hall: `{hall}` is missing", f"add `{hall}:`"
    yield from _sum(("world", "zones"), {z: row.share for z, row in world.zones.items()})
    for name, need in world.needs.items():
        for zone_name in (z for z in need.zones or () if z not in world.zones):
            at = ("world", "needs", name, "zones")
            yield at, zone_name, f"`{zone_name}` is not a known zone", nearest(zone_name, world.zones)
        yield from _sum(("world", "needs", name, "zones"), need.zones or {})


def _sum(at: tuple[str, ...], shares: Mapping[str, Share]) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    if shares and abs((total := fsum(shares.values())) - 1) > 0.01:
        yield at, f"{total:.4g}", "everybody lives in one zone: the shares sum to 1", "mend the shares"
