"""The hall of `benchmarks.hall` in other libraries, as their textbooks would write it: customers in, waits in seconds out."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.hall import KINDS, SKILLS, Customer

Waits = np.ndarray
"""Float64 (customers,), in the order of the customers."""


def simpy_textbook(customers: Sequence[Customer]) -> Waits:
    """A process for each customer, and a store of free windows from which he takes the first that serves him."""
    import simpy

    class Windows(simpy.FilterStore):  # type: ignore[misc]
        """Free windows, in their order: those that take fewer kinds first."""

        def _do_put(self, event: Any) -> bool:
            insort(self.items, event.item)
            event.succeed()
            return True

    env = simpy.Environment()
    free = Windows(env)
    skills = [text.split() for text in SKILLS]
    free.items = [*range(len(skills))]
    waits = np.full(len(customers), np.nan)

    def visit(k: int, one: Customer) -> Iterator[Any]:
        window = yield free.get(lambda window: one.kind in skills[window])
        waits[k] = env.now - one.arrives
        yield env.timeout(one.service)
        yield free.put(window)

    def door() -> Iterator[Any]:
        for k, one in enumerate(customers):
            yield env.timeout(one.arrives - env.now)
            env.process(visit(k, one))

    env.process(door())
    env.run()
    return waits


def ciw_hall(customers: Sequence[Customer]) -> Waits:
    """One node whose servers have skills, by overriding how Ciw finds a server and whom a server calls."""
    import ciw

    skills = [set(text.split()) for text in SKILLS]
    of_kind = {kind: [k for k, one in enumerate(customers) if one.kind == kind] for kind in KINDS}
    # Of a kind and a second the order is Ciw's; their services are taken in it.
    due: dict[tuple[str, float], list[int]] = {}
    for k in reversed(range(len(customers))):
        due.setdefault((customers[k].kind, float(customers[k].arrives)), []).append(k)
    waits = np.full(len(customers), np.nan)

    class Hall(ciw.Node):  # type: ignore[misc]
        def find_free_server(self, ind: Any) -> Any:
            return next((s for s in self.servers if not s.busy and ind.customer_class in skills[s.id_number - 1]), None)

        def choose_next_customer(self) -> Any:
            free = set().union(*(skills[s.id_number - 1] for s in self.servers if not s.busy))
            return next((ind for ind in self.individuals[0] if not ind.server and ind.customer_class in free), None)

    class Between(ciw.dists.Distribution):  # type: ignore[misc]
        def __init__(self, kind: str) -> None:
            times = [customers[k].arrives for k in of_kind[kind]]
            self.gaps = iter([float(b - a) for a, b in pairwise([0, *times])])

        def sample(self, t: Any = None, ind: Any = None) -> float:
            return next(self.gaps, float("inf"))

    class Service(ciw.dists.Distribution):  # type: ignore[misc]
        def sample(self, t: Any = None, ind: Any = None) -> float:
            k = due[ind.customer_class, ind.arrival_date].pop()
            waits[k] = ind.service_start_date - ind.arrival_date
            return float(customers[k].service)

    network = ciw.create_network(
        arrival_distributions={kind: [Between(kind)] for kind in KINDS},
        service_distributions={kind: [Service()] for kind in KINDS},
        number_of_servers=[len(SKILLS)],
    )
    ciw.seed(1)
    ciw.Simulation(network, node_class=Hall).simulate_until_max_time(customers[-1].arrives + 86_400)
    return waits


def salabim_hall(customers: Sequence[Customer], monitor: bool = True) -> Waits:
    """A component for each customer and a store of free windows, as shipped: processes that yield, and a monitor of the store."""
    import salabim

    waits = np.full(len(customers), np.nan)
    env = salabim.Environment(trace=False, yieldless=False)

    class Window(salabim.Component):  # type: ignore[misc]
        def setup(self, place: int, skills: list[str]) -> None:
            self.place, self.skills = place, skills

    class Visit(salabim.Component):  # type: ignore[misc]
        def setup(self, k: int, one: Customer) -> None:
            self.k, self.one = k, one

        def process(self) -> Iterator[Any]:
            window = yield self.from_store(free, filter=lambda window: self.one.kind in window.skills, key=lambda window: window.place)
            waits[self.k] = self.env.now() - self.one.arrives
            yield self.hold(self.one.service)
            yield self.to_store(free, window)

    class Door(salabim.Component):  # type: ignore[misc]
        def process(self) -> Iterator[Any]:
            for k, one in enumerate(customers):
                yield self.hold(till=one.arrives)
                Visit(k=k, one=one)

    free = salabim.Store("free windows", monitor=monitor)
    for place, text in enumerate(SKILLS):
        Window(place=place, skills=text.split()).enter(free)
    Door()
    env.run()
    return waits


def salabim_tuned(customers: Sequence[Customer]) -> Waits:
    """The same without the monitor, and without the check of every component's parameters, which is most of its time here."""
    from unittest.mock import patch

    with patch("salabim.salabim._check_overlapping_parameters", lambda *_, **__: None):
        return salabim_hall(customers, monitor=False)


RIVALS: dict[str, Callable[[Sequence[Customer]], Waits]] = {
    "simpy": simpy_textbook, "ciw": ciw_hall, "salabim": salabim_hall, "salabim tuned": salabim_tuned,
}  # fmt: skip
"""By a name whose first word is the package that each needs."""
