"""Reforms of the steps of one item: delete, merge, put side by side, take from shared data, reorder, deny where the ground is found."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field

from simulation.centre import Centre
from simulation.clocks import STATUTORY
from simulation.distributions import Distribution
from simulation.frozen import Frozen
from simulation.items import Item, Join, Opinion, SuspensionStep, TaskStep
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, put, rerouted
from simulation.reforms.places import Links, Route, followers, spared, tidied
from simulation.routes import ancestors, contract, predecessors
from simulation.scenario import Scenario
from simulation.units import Share


class Rework(Frozen):
    """What becomes of one item's route, in this order."""

    drop: tuple[str, ...] = ()
    """Steps that are not done any more."""
    merge: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """New step: tasks of one pool, each directly after the one before it, that become one."""
    parallel: tuple[tuple[str, ...], ...] = ()
    """Branches that begin together: rows of steps, today each directly after the other."""
    share_data: dict[str, Share] = Field(default_factory=dict)
    """By task, the part of the cases whose answer shared data give, so that nobody does the task nor carries the file for it."""
    after: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By step, what it comes after from now on: another order than the rows of `parallel` can say."""
    denies: dict[str, Share] = Field(default_factory=dict)
    """By task, the part of all cases for whose denial it finds the ground, and which end there instead of with the decision."""


class ReworkRoute(Edit):
    """Re-engineer the routes of items 优化流程: delete, merge, parallelise, share data; one matter, one body.

    Mechanism: a *dropped* step leaves the route, and its time with it; *merged* tasks are taken up once, so the file queues once and
    lies idle once, and their work stays, same work ids; *parallel* branches begin when the first of them began, and what came after the
    last comes after all; *shared data* spare part of the cases a task. Runs with nothing left to carry are dropped. With *after* a step
    waits for others than today. Where a task *denies*, its negative opinion ends the case at once; the share that is denied with the
    decision falls by as much, so that as many are denied as before.

    Assumes: what is dropped found nothing that others do not find; branches need nothing of each other; the data are right; grounds
    for denial are independent of each other.
    Law: decisions, counters of acceptance, checks by two officers (Administrative Licensing Law 34(3), R17) and procedures of Art 45
    are not dropped; a signature stays behind what it signs; papers that the state has are not asked for, Business Environment
    Regulation 37; similar duties in one body, Establishment Regulation 10 (R41). Who is denied at once is told in writing,
    with reasons, like any other, 38(2).
    """

    kind: Literal["rework_route"]
    items: dict[str, Rework]

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("rework_route")
        refusals.known(self.items, scenario.centre.items, "item")
        refusals.check()
        items = {name: _reworked(name, scenario.centre.items[name], how, scenario.centre, refusals) for name, how in self.items.items()}
        refusals.check()
        return put(scenario, items=items)


def _reworked(name: str, item: Item, how: Rework, centre: Centre, refusals: Refusals) -> Item:
    steps = [*how.drop, *(n for row in how.merge.values() for n in row), *(n for row in how.parallel for n in row), *how.share_data]
    steps += [*how.after, *(n for row in how.after.values() for n in row), *how.denies]
    refusals.known(steps, [*item.route, *how.merge], f"step of `{name}`")
    if refusals.problems:
        return item
    for n in how.drop:
        if why := _kept(item, n, how.drop):
            refusals.say(f"{name}.{n}", f"step `{n}` of `{name}` is not dropped: {why}", "leave it out")
    route: Route = {n: s for n, s in item.route.items() if n not in how.drop}
    before = contract(predecessors(item.route), {*how.drop})
    for new, row in how.merge.items():
        if why := _apart(route, before, new, row):
            refusals.say(f"{name}.{new}", f"steps {', '.join(row)} of `{name}` do not become one: {why}", "merge others")
        else:
            route, before = _merged(route, before, new, row)
    if how.parallel:
        if why := _ordered(route, before, how.parallel, centre):
            refusals.say(f"{name}.parallel", f"the branches of `{name}` do not run side by side: {why}", "name other branches")
        else:
            before = _side_by_side(before, how.parallel)
    for n, part in how.share_data.items():
        step = route.get(n)
        if not isinstance(step, TaskStep) or step.decides or step.people > 1:
            rule = f"data of others spare no decision, no visit by two officers, and nothing but tasks: `{n}` of `{name}` is none to spare"
            refusals.say(f"{name}.{n}", rule, "leave it out")
        else:
            route = spared(item, route, before, n, part, centre)
    if refusals.problems:
        return item
    changed = tidied(item, route, before, centre)
    if how.after:
        changed = _reordered(name, changed, how.after, centre, refusals)
    return _denying(name, changed, how.denies, refusals) if how.denies else changed


def _reordered(name: str, item: Item, after: Links, centre: Centre, refusals: Refusals) -> Item:
    """Let steps wait for others than before; who counts as the one before a step is said here, so no run is taken out."""
    links = {**predecessors(item.route), **after}
    refusals.known([*after, *(n for row in after.values() for n in row)], item.route, f"step that is left of `{name}`")
    if refusals.problems:
        return item
    for n in after:
        step = item.route[n]
        if step.kind == "counter":
            refusals.say(f"{name}.{n}", f"`{n}` is a counter, and one stands at one counter at a time", "leave it out")
        if isinstance(step, TaskStep) and centre.pools[step.pool].role in ("section", "leader") and not _signed(n, links, item, centre):
            refusals.say(f"{name}.{n}", f"`{n}` is a signature, and stays behind what it signs", "name it in `after:`")
    return item if refusals.problems else rerouted(item, item.route, links)


def _signed(name: str, links: Links, item: Item, centre: Centre) -> bool:
    """Say whether a signature has before it what it had before it: an officer of its department, or nobody of it."""
    step = item.route[name]
    department = centre.pools[step.pool].department if isinstance(step, TaskStep) else ""

    def officers(before: Links) -> bool:
        tasks = [s for n in ancestors(before, name) if isinstance(s := item.route[n], TaskStep)]
        return any((p.department, p.role) == (department, "officers") for p in (centre.pools[s.pool] for s in tasks))

    return officers(links) or not officers(predecessors(item.route))


def _denying(name: str, item: Item, denies: dict[str, Share], refusals: Refusals) -> Item:
    """Let tasks deny: their opinions end the case, and as many fewer are denied when it is decided."""
    route = dict(item.route)
    decider = next((n for n, s in route.items() if isinstance(s, TaskStep) and s.decides), None)
    if decider is None or any(getattr(s, "opinion", None) or getattr(s, "join", None) for s in route.values()):
        rule = "a task denies where another task decides and nobody gives opinions yet"
        refusals.say(f"{name}.denies", f"{rule}: not in `{name}`", "leave `denies:` out")
        return item
    refusals.known(denies, route, f"step that is left of `{name}`")
    if refusals.problems:
        return item
    left = 1 - float(item.denial)
    for n, part in denies.items():
        step = route[n]
        if not isinstance(step, TaskStep) or step.decides or step.share < 1:
            rule = f"who denies before the decision is a task of every case: `{n}` of `{name}` is none"
            refusals.say(f"{name}.{n}", rule, "leave it out")
            return item
        route[n] = amended(step, opinion=Opinion(objects=part, source=REFORM))
        left /= max(1e-9, 1 - float(part))
    if left > 1 + 1e-9:
        found = ", ".join(f"{n} {p}" for n, p in denies.items())
        refusals.say(found, f"no more are denied than today: {float(item.denial):.1%} of `{name}`", "write smaller parts")
        return item
    last = route[decider]
    assert isinstance(last, TaskStep)
    route[decider] = amended(last, join=Join(rule="early_veto", source=REFORM))
    return amended(item, route=route, denial=Share(max(0.0, 1 - left)))


def _kept(item: Item, name: str, dropped: tuple[str, ...]) -> str:
    """Say why a step may not be dropped; nothing if it may."""
    step = item.route[name]
    if getattr(step, "decides", False):
        return "it decides"
    if isinstance(step, TaskStep) and step.people > 1:
        return f"the law asks for {int(step.people)} officers on site (Administrative Licensing Law 34(3), R17)"
    if isinstance(step, SuspensionStep) and step.reason in STATUTORY:
        return f"{step.reason.replace('_', ' ')} is a procedure of law (Administrative Licensing Law 45)"
    if step.kind == "counter" and all(n in dropped for n, s in item.route.items() if s.kind == "counter"):
        return "someone must take the papers in (Administrative Licensing Law 32)"
    return "a run is dropped with what it serves" if step.kind == "transfer" else ""


def _apart(route: Route, before: Links, new: str, row: tuple[str, ...]) -> str:
    """Say why tasks may not become one; nothing if they may."""
    tasks = [s for n in row if isinstance(s := route.get(n), TaskStep)]
    if len(tasks) < 2 or len(tasks) < len(row):
        return "two tasks or more, and nothing else, become one"
    if new in route and new not in row:
        return f"there is a step `{new}` already"
    if len({(s.pool, int(s.people), float(s.share), s.share_of) for s in tasks}) > 1:
        return "they are not done by the same people for the same cases"
    if any(before[b] != (a,) or followers(before, a) != [b] for a, b in pairwise(row)):
        return "something else comes between them"
    if any(s.delay_wd is not None for s in tasks):
        return "one has an appointment"
    return "two have the same work" if len({w for s in tasks for w in s.work}) < sum(len(s.work) for s in tasks) else ""


def _merged(route: Route, before: Links, new: str, row: tuple[str, ...]) -> tuple[Route, Links]:
    tasks = [s for n in row if isinstance(s := route[n], TaskStep)]
    work: dict[str, Distribution] = {w: law for s in tasks for w, law in s.work.items()}
    stays = all(s.delegable for s in tasks)
    one = amended(tasks[0], work=work, decides=any(s.decides for s in tasks), delegable=stays)
    steps = {(new if n == row[0] else n): (one if n == row[0] else s) for n, s in route.items() if n not in row[1:]}
    named = {n: tuple(new if p in row else p for p in ps) for n, ps in before.items() if n not in row}
    return steps, {**named, new: before[row[0]]}


def _ordered(route: Route, before: Links, branches: tuple[tuple[str, ...], ...], centre: Centre) -> str:
    """Say why branches may not begin together; nothing if they may."""
    if len(branches) < 2 or not all(branches):
        return "it takes two branches, each of a step or more"
    row = [n for branch in branches for n in branch]
    if gone := [n for n in row if n not in before]:
        return f"`{gone[0]}` is dropped, or part of another step"
    if any(before[b] != (a,) or followers(before, a) != [b] for a, b in pairwise(row)):
        return "today each step comes directly after the one before it"
    for branch in branches:
        for n in branch:
            step = route[n]
            if step.kind == "counter":
                return f"`{n}` is a counter, and one stands at one counter at a time"
            if getattr(step, "decides", False):
                return f"`{n}` decides, and nothing runs beside the decision"
            if isinstance(step, TaskStep) and centre.pools[step.pool].role in ("section", "leader"):
                department = centre.pools[step.pool].department
                under = [s for m in branch[: branch.index(n)] if isinstance(s := route[m], TaskStep)]
                if not any(centre.pools[s.pool].department == department and centre.pools[s.pool].role == "officers" for s in under):
                    return f"`{n}` is a signature, and stays behind what it signs"
    return ""


def _side_by_side(before: Links, branches: tuple[tuple[str, ...], ...]) -> Links:
    start, last, ends = before[branches[0][0]], branches[-1][-1], [branch[-1] for branch in branches]
    links = {n: tuple(dict.fromkeys(e for p in ps for e in (ends if p == last else (p,)))) for n, ps in before.items()}
    return {**links, **{branch[0]: start for branch in branches}}


__all__ = ["Rework", "ReworkRoute"]
