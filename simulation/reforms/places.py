"""Where a file is between two steps, and which runs then carry it nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from simulation.centre import Centre
from simulation.items import Item, Step, TaskStep
from simulation.reforms.amend import amended, idle_transfers, rerouted, simplified, without
from simulation.routes import predecessors
from simulation.units import Share

HALL = ""
"""The place of windows, and of departments that sit behind them."""

Route = dict[str, Step]
Links = dict[str, tuple[str, ...]]


def followers(before: Mapping[str, tuple[str, ...]], name: str) -> list[str]:
    """Return the steps that wait for `name`."""
    return [n for n, ps in before.items() if name in ps]


def place(item: Item, step: Step, centre: Centre, hall: Collection[str] = ()) -> str:
    """Return where a file is at a step: the hall, or a department. Between two runs, and during a procedure, its own department has it."""
    if step.kind == "counter":
        return HALL
    department = centre.pools[step.pool].department if isinstance(step, TaskStep) else item.department
    return HALL if department in hall else department


def empty_runs(item: Item, route: Route, before: Links, centre: Centre, hall: Collection[str] = ()) -> set[str]:
    """Return the runs of a route that begin and end at one place; what nothing follows goes to the hall."""
    found = set()
    for name in (n for n, s in route.items() if s.kind == "transfer"):
        ends = {place(item, route[n], centre, hall) for n in (*before[name], *followers(before, name))}
        if not followers(before, name):
            ends.add(HALL)
        if len(ends) == 1:
            found.add(name)
    return found


def tidied(item: Item, route: Route, before: Links, centre: Centre, hall: Collection[str] = (), **changes: Any) -> Item:
    """Return `item` with `route` and without the runs that the change has left with nothing to carry.

    `centre` is the one after the change. A run directly behind another one stays where it was so before: the file lay with its
    department in between.
    """
    as_before = idle_transfers(item.route, predecessors(item.route))
    while gone := empty_runs(item, route, before, centre, hall) | (idle_transfers(route, before) - as_before):
        linked = {n: s.model_copy(update={"after": before[n]}) for n, s in route.items()}
        route, before = without(amended(item, route=simplified(linked)), gone)
    return rerouted(item, route, before, **changes)


def spared(item: Item, route: Route, before: Links, look: str, part: Share, centre: Centre) -> Route:
    """Return `route` with a task that `part` of the cases are spared, by one luck with what falls away with it.

    That is, of another department than the item's, its signatures right under the task, and the runs there and back where without them
    the file is where it must be: it came back to where it had left, or another branch carries it.
    """
    task, served, last = route[look], [], look
    assert isinstance(task, TaskStep)
    department = centre.pools[task.pool].department
    while department != item.department and len(after := followers(before, last)) == 1 and _signs(route[after[0]], department, centre):
        served.append(last := after[0])
    there = [n for n in before[look] if route[n].kind == "transfer" and followers(before, n) == [look]]
    back = [n for n in followers(before, last) if route[n].kind == "transfer" and before[n] == (last,)]
    if len(there) == len(back) == 1:
        joins = followers(before, back[0])
        beside = bool(joins) and all(len(before[n]) > 1 for n in joins)
        begins, ends = ({place(item, route[n], centre) for n in names} for names in (before[there[0]], joins))
        served += [*there, *back] if beside or begins == ends else []
    left = 1 - float(part)
    steps = {n: amended(route[n], share=Share(float(getattr(route[n], "share", 1)) * left), share_of=look) for n in served}
    return {**route, **steps, look: amended(task, share=Share(float(task.share) * left))}


def _signs(step: Step, department: str, centre: Centre) -> bool:
    return isinstance(step, TaskStep) and centre.pools[step.pool].department == department and centre.pools[step.pool].role != "officers"
