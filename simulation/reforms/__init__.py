"""Reforms and stresses: titled, sourced, ordered lists of typed edits, applied to a scenario without changing it.

A Reform edits the centre, a Stress the world, and neither the other. Edits do not commute: order is meaning. `redline` tells in words
what became of a scenario, from the difference of the two, whatever the edits claimed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulation.consistency import problems
from simulation.errors import Broken, Problem, ReformRefused
from simulation.frozen import Frozen, Source, SourceEntry, Title
from simulation.items import Item, MeetingStep, SuspensionStep, TaskStep, TransferStep
from simulation.reforms.adhoc import Set, set_path
from simulation.reforms.amend import REFORM, Edit, amended, put
from simulation.reforms.approval import ChangeLimits, CleanUpItems, Delegate, OneTimeNotice
from simulation.reforms.bodies import LifeEvents, MergeDepartments
from simulation.reforms.bureau import ApprovalBureau
from simulation.reforms.conduct import DailyManagement, StandardOperation
from simulation.reforms.contact import ChangeChannels, FirstContact
from simulation.reforms.coordination import Coordinate
from simulation.reforms.hall import ChangeTransfers, MoveSections
from simulation.reforms.halls import OpenBranch
from simulation.reforms.joint import JointApproval
from simulation.reforms.oversight import Supervise
from simulation.reforms.redline import redline
from simulation.reforms.rework import ReworkRoute
from simulation.reforms.stresses import AbsenceEdit, OutageEdit, Season, SurgeEdit
from simulation.reforms.tide import TidalWindows
from simulation.reforms.windows import ChangeStaff, ChangeWindows, PoolWindows
from simulation.routes import AS_BEGUN, begun_as, luck_of, predecessors
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Money, Share
from simulation.world import World

Change = Annotated[
    ApprovalBureau
    | ChangeChannels
    | ChangeLimits
    | ChangeStaff
    | ChangeTransfers
    | ChangeWindows
    | CleanUpItems
    | Coordinate
    | DailyManagement
    | Delegate
    | FirstContact
    | JointApproval
    | LifeEvents
    | MergeDepartments
    | MoveSections
    | OneTimeNotice
    | OpenBranch
    | PoolWindows
    | ReworkRoute
    | StandardOperation
    | Supervise
    | TidalWindows
    | Set,
    Field(discriminator="kind"),
]
Strain = Annotated[SurgeEdit | Season | AbsenceEdit | OutageEdit | Set, Field(discriminator="kind")]
Authority = Literal["centre", "department", "district", "city", "none"]
"""Who may decide it: the centre, a department, the district government, city or province, nobody locally."""


class Cost(Frozen):
    """What a reform costs (savings are negative)."""

    once: Money = Money(0)
    yearly: Money = Money(0)


class Expectation(Frozen):
    """The author's claim: which way a measure goes, against the baseline. Tests hold him to it."""

    measure: str
    group: str = "all"
    direction: Literal["lower", "higher", "same"]


class Reform(Frozen):
    """A reform file."""

    kind: Literal["reform"]
    schema_: Literal["1"] = Field("1", alias="schema")
    name: str
    title: Title
    baseline: str
    source: Source | None = None
    edits: tuple[Change, ...]
    cost: Cost = Cost()
    lead_time: Duration = Duration(0)
    """From the decision to the first day of the new order; write days, ``90 d``."""
    authority: Authority
    expect: tuple[Expectation, ...] = ()
    reason: Title | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Reform:
        if not self.edits:
            raise Broken("a reform has at least one edit", "add one", at=("edits",), found="[]")
        return self

    @property
    def ad_hoc(self) -> bool:
        """Say whether it sets fields by path, without a mechanism."""
        return any(edit.kind == "set" for edit in self.edits)


class Stress(Frozen):
    """A stress file."""

    kind: Literal["stress"]
    schema_: Literal["1"] = Field("1", alias="schema")
    name: str
    title: Title
    baseline: str
    source: Source | None = None
    edits: tuple[Strain, ...]
    reason: Title | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Stress:
        if not self.edits:
            raise Broken("a stress has at least one edit", "add one", at=("edits",), found="[]")
        return self


def apply(scenario: Scenario, *reforms: Reform | Stress) -> Scenario:
    """Return `scenario` after `reforms`, in their order.

    Raises
    ------
    ReformRefused
        An edit does not fit, touches what it may not, or leaves a scenario that contradicts itself; with every reason.
    """
    for reform in reforms:
        scenario = _applied(scenario, reform)
    return scenario


def _applied(scenario: Scenario, reform: Reform | Stress) -> Scenario:
    before = scenario
    for k, change in enumerate(reform.edits):
        where = f"{reform.kind} {reform.name}: edits[{k}]"
        try:
            after = change.edit(scenario)
        except ReformRefused as refused:
            raise ReformRefused([Problem(f"{where} ({p.where})", p.found, p.rule, p.remedy) for p in refused.problems]) from refused
        if isinstance(reform, Stress) and after.centre != scenario.centre:
            raise ReformRefused(Problem(where, change.kind, "a stress edits the world only", "write a reform"))
        if isinstance(reform, Reform) and not _same_world(scenario.world, after.world, change.redirects):
            raise ReformRefused(Problem(where, change.kind, "a reform may not touch the world", "write a stress"))
        if after.centre == scenario.centre and after.world == scenario.world:
            raise ReformRefused(Problem(where, change.kind, "an edit changes something", "delete it"))
        if (after.start, after.horizon, after.calendar) != (scenario.start, scenario.horizon, scenario.calendar):
            raise ReformRefused(Problem(where, change.kind, "an edit leaves horizon and calendar alone", "change the experiment"))
        scenario = _keep_backlog(scenario, after)
    known = {str(p) for p in problems(before)}
    titles = "; ".join(t for t in (_told(before), reform.title.en) if t)
    proposed = SourceEntry(title=f"Proposed: {titles}", basis="choice")
    scenario = scenario.model_copy(update={"sources": {**scenario.sources, REFORM: proposed}})
    if wrong := [p for p in problems(scenario) if str(p) not in known]:
        raise ReformRefused([Problem(f"{reform.kind} {reform.name}: {p.where}", p.found, p.rule, p.remedy) for p in wrong])
    return scenario


def _told(scenario: Scenario) -> str:
    return scenario.sources[REFORM].title.removeprefix("Proposed: ") if REFORM in scenario.sources else ""


def _same_world(before: World, after: World, redirects: bool) -> bool:
    """Say whether the world stayed as it is: all of it, or, for edits that rename what is asked for, all but names of items."""
    if not redirects:
        return before == after
    blank: dict[str, object] = {"needs": {}, "backlog": (), "surges": ()}
    needs = (after.needs[n].model_copy(update={"items": ()}) == before.needs[n].model_copy(update={"items": ()}) for n in after.needs)
    return set(after.needs) <= set(before.needs) and all(needs) and before.model_copy(update=blank) == after.model_copy(update=blank)


def _keep_backlog(before: Scenario, after: Scenario) -> Scenario:
    """Let cases under way end by the route under which they began: an item whose waiting step is gone is kept beside the new one.

    Law: what was accepted under the old procedure is finished under it.
    """
    rows, kept = [], {}
    for row in after.world.backlog:
        old, new = before.centre.items.get(row.item), after.centre.items.get(row.item)
        if old is None or new is None or (row.step in new.route and new.route[row.step].kind != "counter"):
            rows.append(row)
            continue
        name = _free(row.item, {*before.centre.items, *after.centre.items})
        kept[name] = _as_begun(row.item, old, new, before, after)
        rows.append(row.model_copy(update={"item": name, "step": luck_of(row.item, row.step)}))
    if not kept:
        return after
    return put(after, items=kept).model_copy(update={"world": after.world.model_copy(update={"backlog": tuple(rows)})})


def _free(item: str, taken: set[str]) -> str:
    """Return the name of an item as it was begun; cases of before an earlier reform have theirs."""
    names = (f"{begun_as(item)}{AS_BEGUN}{k}" for k in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if name not in taken)


def _as_begun(name: str, old: Item, new: Item, before: Scenario, after: Scenario) -> Item:
    """Return the old item with the pools, queues and department that there still are; its counters are behind it."""
    centre, links = after.centre, predecessors(old.route)

    def heir(pool: str) -> str:
        return next((n for n, p in centre.pools.items() if set(p.people) & set(before.centre.pools[pool].people)), pool)

    counters = {n for n, s in old.route.items() if s.kind == "counter"}
    entry = next(s for s in new.route.values() if s.kind == "counter")
    route = {}
    for n, step in old.route.items():
        linked = step.model_copy(update={"after": tuple(luck_of(name, p) for p in links[n])})
        if (shared := getattr(step, "share_of", None)) is not None:
            linked = linked.model_copy(update={"share_of": luck_of(name, shared)})
        if not isinstance(step, TransferStep | SuspensionStep):
            linked = linked.model_copy(update={"work": {luck_of(name, w): law for w, law in step.work.items()}})
        if n in counters:
            there = getattr(step, "queue", "") in centre.queues
            linked = linked if there else linked.model_copy(update={"queue": entry.queue, "skill": entry.skill})
        elif isinstance(step, TaskStep):
            linked = linked.model_copy(update={"pool": heir(step.pool)})
        elif isinstance(step, MeetingStep):
            linked = linked.model_copy(update={"pools": tuple(dict.fromkeys(map(heir, step.pools)))})
        route[luck_of(name, n)] = linked
    delivery = old.delivery if old.delivery.queue in (None, *centre.queues) else None
    changes: dict[str, object] = {} if delivery is not None else {"delivery": type(old.delivery)(mail_wd=old.delivery.mail_wd)}
    if old.sent_on:
        changes["sent_on"] = Share(0)
    return amended(old, route=route, department=new.department, online=None, stands_for=Count(0), **changes)


__all__ = ["Change", "Cost", "Edit", "Expectation", "Reform", "Stress", "apply", "redline", "set_path"]
