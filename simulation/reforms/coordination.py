"""Coordination between departments without a merger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from simulation.centre import Centre
from simulation.distributions import Times
from simulation.items import Item, TaskStep
from simulation.reforms.amend import Edit, Refusals, amended, put, rerouted
from simulation.reforms.places import Links, spared
from simulation.routes import ancestors, predecessors
from simulation.scenario import Scenario
from simulation.units import Share


class Coordinate(Edit):
    """Departments answer each other from shared data and by name, without a merger 部门间协调配合.

    Mechanism: where one department asks another for its opinion on a file, `share` of the cases are answered from shared data: for them
    the other's look, its signature under it and the runs there and back fall away, all by one and the same luck. What is still asked has
    a named contact, so that the chance that it lies idle falls by the factor `idle`. Each request costs the asking department `liaison`.

    Assumes: the data are there and right; who is named is not asked for more than before. Law: powers stay where they are, so no
    approval from above is needed (contrast R40); Administrative Licensing Law 26(2); data are shared, Business Environment Regulation 37.
    """

    kind: Literal["coordinate"]
    asks: dict[str, tuple[str, ...]]
    """Asking department: the departments that it asks."""
    share: Share
    idle: Share
    """What is left of the chance that a question lies idle."""
    liaison: Times

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        refusals = Refusals("coordinate")
        refusals.known([*self.asks, *(d for asked in self.asks.values() for d in asked)], centre.departments, "department")
        refusals.check()
        pairs = {(a, b) for a, asked in self.asks.items() for b in asked}
        met: set[tuple[str, str]] = set()
        items = {}
        for name, item in centre.items.items():
            looks = {n: d for n, d in _asked(item, centre).items() if (item.department, d) in pairs}
            met |= {(item.department, d) for d in looks.values()}
            if looks:
                items[name] = self._coordinated(item, looks, centre)
        for a, b in sorted(pairs - met):
            refusals.say(f"{a} - {b}", f"no item of `{a}` waits for an opinion of `{b}`", "leave the pair out")
        refusals.check()
        return put(scenario, items=items)

    def _coordinated(self, item: Item, looks: Iterable[str], centre: Centre) -> Item:
        route, before = dict(item.route), predecessors(item.route)
        for look in looks:
            step = route[look]
            assert isinstance(step, TaskStep)
            stall = step.stall
            if stall is not None:
                stall = amended(stall, share=Share(float(stall.share) * float(self.idle)))
            asker = _asker(item, look, before, centre)
            route[look] = amended(step, stall=stall)
            route = spared(item, route, before, look, self.share, centre)
            if asker is not None:
                task = route[asker]
                assert isinstance(task, TaskStep)
                route[asker] = amended(task, work={**task.work, f"liaison-{look}": self.liaison})
        return rerouted(item, route, before)


def _asked(item: Item, centre: Centre) -> dict[str, str]:
    """Return the tasks of other departments' officers, before the decision, with their departments."""
    found = {}
    for n, s in item.route.items():
        if isinstance(s, TaskStep) and not s.decides and s.people == 1 and s.share_of is None and not s.afterwards:
            pool = centre.pools[s.pool]
            if pool.role == "officers" and pool.department != item.department:
                found[n] = pool.department
    return found


def _asker(item: Item, look: str, before: Links, centre: Centre) -> str | None:
    """Return the last desk task of the item's own officers before the question that every case needs, else the first one of them."""
    tasks = {n: s for n, s in item.route.items() if isinstance(s, TaskStep) and s.people == 1 and s.share == 1}
    pools = {n: centre.pools[s.pool] for n, s in tasks.items()}
    own = [n for n, pool in pools.items() if (pool.department, pool.role) == (item.department, "officers")]
    earlier = [n for n in own if n in ancestors(before, look)]
    return earlier[-1] if earlier else next(iter(own), None)


__all__ = ["Coordinate"]
