"""Reforms that join: several items into one matter, several departments into one body."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from simulation.centre import Centre, Contract, Department, Fading
from simulation.distributions import Distribution, Times
from simulation.frozen import Frozen, Title
from simulation.items import CounterStep, Delivery, Guide, Item, LifeEvent, MeetingStep, Notice, Step, TaskStep, TransferStep
from simulation.reforms.amend import (
    REFORM,
    Edit,
    Refusals,
    amended,
    inherited,
    officers_of,
    put,
    rerouted,
    riskiest,
    scaled,
    simplified,
    without,
)
from simulation.routes import luck_of, predecessors
from simulation.scenario import Scenario
from simulation.units import Count, Factor, Share, WorkingDays


class LifeEvents(Edit):
    """One matter, one visit 一件事一次办: several items become one submission, one delivery, under one lead.

    Mechanism: a joint item is built whose counter contains the counter work of all items (same work ids `item/work`, times `form`), whose
    route is the union of their routes side by side, each beginning at acceptance or, by `order`, when another has ended; the lead
    concludes when all have ended and decides the whole; what is done afterwards follows that. Needs that asked for the items one after
    another ask for it instead. A queue that was pooled is found where its tickets are now.

    Assumes: one form replaces several (`form`); one person at the queue can accept for all; departments work on copies.
    Law: Administrative Licensing Law 26(2), limit 45 working days 42(2); the items and their powers stay where they are.
    """

    redirects: ClassVar[bool] = True
    kind: Literal["life_event"]
    name: str
    title: Title
    items: tuple[str, ...]
    lead: str
    queue: str
    form: Factor = Factor(1)
    order: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Items that begin only when others have ended, where one result is a paper of the next."""
    needs: tuple[str, ...] = ()
    """Needs that use it; when left out, those that ask for exactly these items."""
    conclude: Times
    pool: str | None = None
    """Where the lead concludes; its officers when left out."""
    legal_wd: WorkingDays = WorkingDays(45)
    promise_wd: WorkingDays
    guide: Guide | None = None
    notice: Notice = "one_time"
    delivery: Delivery

    def edit(self, scenario: Scenario) -> Scenario:
        centre, world = scenario.centre, scenario.world
        refusals = Refusals("life_event")
        refusals.known([*self.items, *self.order, *(i for after in self.order.values() for i in after)], centre.items, "item")
        refusals.known([self.lead], centre.departments, "department")
        counter = _counter(centre, self.queue)
        if counter is None:
            refusals.known([self.queue], centre.queues, "queue")
        refusals.known([self.pool], centre.pools, "pool")
        refusals.known(self.needs, world.needs, "need")
        if self.name in centre.items:
            refusals.say(self.name, f"item `{self.name}` is there already", "choose another name")
        if len(self.items) < 2:
            refusals.say(str(len(self.items)), "a life event joins at least two items", "name them")
        asking = self.needs or tuple(n for n, need in world.needs.items() if set(need.items) == set(self.items))
        if not asking:
            refusals.say(self.name, "some need asks for these items, and no others, today", "name it in `needs:`")
        pool = self.pool or officers_of(centre, self.lead)
        if pool is None:
            refusals.say(self.lead, "the lead has a pool that concludes the case", "name `pool:`")
        refusals.check()
        assert pool is not None and counter is not None
        parts = {name: centre.items[name] for name in self.items}
        if self.lead not in {i.department for i in parts.values()}:
            concerned = sorted({i.department for i in parts.values()})
            refusals.say(self.lead, "the lead is one of the departments of the items", f"one of {concerned}")
        refusals.check()
        needs = {n: need.model_copy(update={"items": (self.name,)}) if n in asking else need for n, need in world.needs.items()}
        events = {self.name: LifeEvent(title=self.title, items=self.items, lead=self.lead)}
        joined = put(scenario, items={self.name: self._joint(parts, pool, *counter)}, life_events=events)
        return joined.model_copy(update={"world": world.model_copy(update={"needs": needs})})

    def _joint(self, parts: dict[str, Item], pool: str, queue: str, skill: str | None) -> Item:
        work: dict[str, Distribution] = {}
        before: dict[str, tuple[str, ...]] = {"accept": ()}
        route: dict[str, Step] = {}
        ends: dict[str, tuple[str, ...]] = {}
        for name, item in parts.items():
            counters = {n for n, s in item.route.items() if s.kind == "counter"}
            for s in item.route.values():
                if isinstance(s, CounterStep):
                    work |= {luck_of(name, w): scaled(law, float(self.form)) for w, law in s.work.items()}
            steps, links = without(item, counters | _last_runs(item))
            for n, s in steps.items():
                route[f"{name}/{n}"] = _qualified(s, name)
                before[f"{name}/{n}"] = tuple(f"{name}/{p}" for p in links[n])
            told = {n for n, s in steps.items() if isinstance(s, TaskStep) and s.afterwards}
            before |= {f"{name}/{n}": ("conclude",) for n in told}
            waited = {p for n, ps in links.items() if n not in told for p in ps}
            ends[name] = tuple(f"{name}/{n}" for n in steps if n not in told | waited)
        for name in parts:
            start = tuple(e for other in self.order.get(name, ()) for e in ends.get(other, ())) or ("accept",)
            before |= {n: start for n in route if n.startswith(f"{name}/") and not before[n]}
        route = {
            "accept": CounterStep(kind="counter", queue=queue, skill=skill, work=work, source=REFORM),
            **route,
            "conclude": TaskStep(kind="task", pool=pool, work={"conclude": self.conclude}, decides=True, source=REFORM),
        }
        after = {n for n, ps in before.items() if ps == ("conclude",)}
        before["conclude"] = tuple(n for n in before if n not in after and not any(n in ps for ps in before.values()))
        if any(s.kind == "transfer" for item in parts.values() for s in item.route.values()):
            route["to-hall"], before["to-hall"] = TransferStep(kind="transfer"), ("conclude",)
        denied = 1.0
        for item in parts.values():
            denied *= 1 - float(item.denial)
        first = next(i for i in parts.values() if i.department == self.lead)
        sent_on = max((i.sent_on for i in parts.values()), key=float) if first.online is not None else Share(0)
        return Item(
            title=self.title, department=self.lead, case_class="joint", sent_on=sent_on, legal_wd=self.legal_wd, promise_wd=self.promise_wd,
            guide=self.guide or first.guide, notice=self.notice, papers=max(i.papers for i in parts.values()), online=first.online,
            denial=Share(1 - denied), delivery=self.delivery, max_visits=max(i.max_visits for i in parts.values()),
            route=simplified({n: s.model_copy(update={"after": before[n]}) for n, s in route.items()}), source=REFORM,
        )  # fmt: skip


def _counter(centre: Centre, queue: str) -> tuple[str, str | None] | None:
    """Return where tickets of a queue are taken, and by whose skill: there, or at the queue into which it was pooled."""
    if queue in centre.queues:
        return queue, None
    steps = (s for item in centre.items.values() for s in item.route.values())
    return next(((s.queue, queue) for s in steps if isinstance(s, CounterStep) and s.skill == queue), None)


def _last_runs(item: Item) -> set[str]:
    """Return the runs at the end of a route: the result goes out once, by the lead."""
    before = predecessors(item.route)
    return {n for n, s in item.route.items() if s.kind == "transfer" and not any(n in ps for ps in before.values())}


def _qualified(step: Step, item: str) -> Step:
    if (shared := getattr(step, "share_of", None)) is not None:
        step = step.model_copy(update={"share_of": f"{item}/{shared}"})
    if not isinstance(step, TaskStep | MeetingStep):
        return step
    return step.model_copy(update={"work": {luck_of(item, w): law for w, law in step.work.items()}, "decides": False})


HIGHER_LEVEL = "R05, R40, Administrative Licensing Law 25; Establishment Regulation 8, 9"
"""Rule and article: neither powers nor bodies of a higher level are moved by this one."""


class Approval(Frozen):
    """Who proposed, approved and filed a change of departments: names and dates, or ``assumed`` where it is still to be had."""

    proposed_by: str
    """The own government."""
    approved_by: str
    """The government of the level above."""
    filed_with: str
    """The standing committee of the own people's congress."""


class MergeDepartments(Edit):
    """Merge departments with similar duties 大部门制.

    Mechanism: their pools of officers become one, members keeping their names; windows, queues, items and staff belong to the merged
    body; a run of the file between two of them is dropped. Productivity dips and recovers (`dip`); what a wider span and lost specialists
    cost for good is `pace`. Opinions that the bodies gave each other are dropped where they are named as `duplicates`, with their runs;
    nothing else is. Leaders' desks stay apart.

    Assumes: officers may do each other's work at once, save for the dip; nobody is dismissed; the pool keeps the first one's hours.
    Law: Establishment Regulation 8-10 (approval by the level above, similar duties in one body); Organic Law 79: without `approval` the
    merger is judged as one that needs authorisation. Vertical and national bodies are refused by name. Quotas of heads add up.
    """

    kind: Literal["merge_departments"]
    departments: tuple[str, ...]
    into: str
    """One of them, or a new name."""
    title: Title | None = None
    dip: Fading | None = None
    approval: Approval | None = None
    pace: Factor = Factor(1)
    """Touch time of the merged officers, as a factor of today's, for good."""
    duplicates: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By item, opinions of one of the departments on the file of another that the merged body need not give itself."""

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        refusals = Refusals("merge_departments")
        refusals.known(self.departments, centre.departments, "department")
        for name in self.departments:
            if name in centre.departments and not centre.departments[name].transferable:
                reason = centre.departments[name].reason or "no reason stated"
                refusals.say(name, f"the powers of `{name}` are not transferable: {reason} ({HIGHER_LEVEL})", "leave it out")
        if len(set(self.departments)) < 2:
            refusals.say(str(self.departments), "a merger needs at least two departments", "name them")
        if self.into not in self.departments and self.into in centre.departments:
            refusals.say(self.into, "the merged body is one of the departments, or new", "choose another name")
        refusals.known(self.duplicates, centre.items, "item")
        for name, twice in ((n, d) for n, d in self.duplicates.items() if n in centre.items):
            refusals.known(twice, centre.items[name].route, f"step of `{name}`")
            for n in twice:
                if why := _needed(centre.items[name], n, centre, self.departments):
                    refusals.say(f"{name}.{n}", f"step `{n}` of `{name}` is no duplicate: {why}", "leave it out")
        if self.into not in centre.departments and self.title is None:
            refusals.say(self.into, "a new body has a title", "add `title:`")
        refusals.check()
        merged = set(self.departments)
        pools, heir = self._pools(scenario, merged)
        of = {name: pool.department for name, pool in centre.pools.items()}

        def move(name: str | None) -> str | None:
            return self.into if name in merged else name

        items = {}
        for name, item in centre.items.items():
            route, before = without(item, _internal(item, of, merged) | _carried_for(item, self.duplicates.get(name, ())))
            steps = {n: inherited(s, heir) for n, s in route.items()}
            online = item.online
            if online is not None and online.pool in heir:
                online = amended(online, pool=heir[online.pool])
            if len(steps) != len(item.route) or steps != route or item.department in merged or online != item.online:
                items[name] = rerouted(item, steps, before, department=move(item.department), online=online)
            if item.regulator in merged:
                items[name] = amended(items.get(name, item), regulator=self.into)
        tables: dict[str, dict[str, Any]] = {
            "queues": {n: amended(q, department=self.into) for n, q in centre.queues.items() if q.department in merged},
            "windows": {n: amended(w, department=self.into) for n, w in centre.windows.items() if w.department in merged},
            "staff": {
                n: amended(s, employer=self.into, **({"pool": heir[s.pool]} if s.pool in heir else {}))
                for n, s in centre.staff.items() if s.employer in merged
            },
            "life_events": {n: amended(e, lead=self.into) for n, e in centre.life_events.items() if e.lead in merged},
        }
        departments: dict[str, Any] = {**dict.fromkeys(merged), self.into: self._body(scenario)}
        for name, other in centre.departments.items():
            if name not in merged and merged & {*other.entrusted_by}:
                departments[name] = amended(other, entrusted_by=tuple(dict.fromkeys(move(d) or d for d in other.entrusted_by)))
        return put(scenario, departments=departments, pools=pools, items=items, **tables)

    def _body(self, scenario: Scenario) -> Department:
        """Return the merged body: quotas add up, entrustments by others are kept."""
        bodies = {name: scenario.centre.departments[name] for name in dict.fromkeys(self.departments)}
        model = bodies.get(self.into) or bodies[self.departments[0]]
        quotas = [one.quota for one in bodies.values()]
        known = [q for q in quotas if q is not None]
        changes: dict[str, Any] = {
            "title": self.title or model.title,
            "quota": _together(known) if len(known) == len(quotas) else None,
            "risk": riskiest(bodies.values()),
            "entrusted_by": tuple(dict.fromkeys(d for one in bodies.values() for d in one.entrusted_by if d not in bodies)),
        }
        changes = {name: value for name, value in changes.items() if value != getattr(model, name)}
        return amended(model, **changes) if changes else model

    def _pools(self, scenario: Scenario, merged: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the pools as they become, and for each pool that is joined the one it joins."""
        centre = scenario.centre
        rank = {d: k for k, d in enumerate(dict.fromkeys([self.into, *self.departments]))}
        own = sorted((n for n, p in centre.pools.items() if p.department in merged), key=lambda n: rank[centre.pools[n].department])
        officers = [n for n in own if centre.pools[n].role == "officers"]
        pools: dict[str, Any] = {n: amended(centre.pools[n], department=self.into) for n in own if n not in officers}
        if not officers:
            return pools, {}
        people = {part: n for name in officers for part, n in centre.pools[name].people.items()}
        changes: dict[str, Any] = {"department": self.into, "people": people, "dip": self.dip or centre.pools[officers[0]].dip}
        if self.pace != 1:
            old = centre.pools[officers[0]].pace
            changes["pace"] = Factor(float(old) * float(self.pace))
        pools |= {**dict.fromkeys(officers[1:]), officers[0]: amended(centre.pools[officers[0]], **changes)}
        return pools, dict.fromkeys(officers[1:], officers[0])


def _together(quotas: list[dict[Contract, Count]]) -> dict[Contract, Count]:
    """Return the sum of quotas, kind by kind; a kind that one of them does not limit is not limited."""
    return {kind: Count(sum(q[kind] for q in quotas)) for kind in quotas[0] if all(kind in q for q in quotas)}


def _needed(item: Item, name: str, centre: Centre, merged: tuple[str, ...]) -> str:
    """Say why a step is no opinion that merged departments gave each other; nothing if it is."""
    if (step := item.route.get(name)) is None:
        return ""
    if not isinstance(step, TaskStep) or step.decides or step.people > 1:
        return "only opinions are, no decision, no visit by two (Administrative Licensing Law 34(3), R17)"
    asked = centre.pools[step.pool].department if step.pool in centre.pools else ""
    outside = item.department not in merged or asked not in merged or asked == item.department
    return "it is not one department's opinion on another's file, both of them merged" if outside else ""


def _carried_for(item: Item, steps: tuple[str, ...]) -> set[str]:
    """Return `steps` with the runs that serve nothing else."""
    before = predecessors(item.route)
    there = {p for n in steps for p in before[n] if all(m in steps for m in item.route if p in before[m])}
    back = {m for m in item.route if before[m] and all(p in steps for p in before[m])}
    return {*steps, *(n for n in there | back if item.route[n].kind == "transfer")}


def _internal(item: Item, of: dict[str, str], merged: set[str]) -> set[str]:
    """Return the runs of `item` that go from the merged body to itself."""
    before = predecessors(item.route)

    def inside(names: list[str]) -> bool:
        steps = [item.route[n] for n in names]
        return bool(steps) and all(isinstance(s, TaskStep) and of.get(s.pool) in merged for s in steps)

    runs = [n for n, s in item.route.items() if s.kind == "transfer"]
    return {n for n in runs if inside([*before[n]]) and inside([m for m in item.route if n in before[m]])}
