"""Reforms of the way of a file: delegate to the window, promise, tell once, clean up."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from simulation.consistency import COMPRESS_ONLY
from simulation.items import CounterStep, Delivery, Guide, Item, Notice, Step, TaskStep
from simulation.reforms.amend import Edit, Refusals, amended, idle_transfers, put, rerouted, scaled, simplified, without
from simulation.routes import ancestors, predecessors
from simulation.scenario import Scenario
from simulation.units import Factor, Share, WorkingDays

DECIDING_KINDS = ("task", "suspension", "meeting")


class Delegate(Edit):
    """Give the window power to review, to decide or to seal 授权窗口.

    Mechanism: the delegable tasks of the items leave the departments and their work joins the first counter, same work ids, times
    `factor`; runs that carry nothing any more are dropped. With ``decide`` the signature moves too, the case is decided on the spot and
    its result handed over in the visit. Tasks for two people or with an appointment stay where they are; one that only a share of the
    cases needs joins with that share of its time. With ``seal`` everything moves, what is made after the decision included, so that nobody
    leaves without his result; it is refused where anything would stay. To accept, level 1, is today's window. Level 0, a letter box whose
    papers the department looks at, is none of these: a clock begins when a window has looked, and what is missing is told in the visit;
    a department that accepts, and sends for the applicant, is another way of the case, not another place of its work.

    Assumes: whoever sits at the window can do the work; what lay idle in the department does not lie idle at the counter.
    Law: Administrative Licensing Law 34(2) (decide on the spot what can be), 24 (the competent organ answers for it); site checks by two
    officers, 34(3), are not delegable.
    """

    kind: Literal["delegate"]
    items: tuple[str, ...]
    level: Literal["review", "decide", "seal"] = "decide"
    tasks: tuple[str, ...] = ()
    """Tasks to move, by step name; all delegable ones when left out."""
    factor: Factor = Factor(1)

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("delegate")
        refusals.known(self.items, scenario.centre.items, "item")
        refusals.check()
        items = {name: self._item(scenario, name, scenario.centre.items[name], refusals) for name in self.items}
        refusals.check()
        return put(scenario, items=items)

    def _item(self, scenario: Scenario, name: str, item: Item, refusals: Refusals) -> Item:
        tasks = {n: s for n, s in item.route.items() if isinstance(s, TaskStep)}
        refusals.known(self.tasks, tasks, f"task of `{name}`")
        moving = {}
        for n, s in tasks.items():
            why = _stays(s)
            if s.decides and self.level == "review":
                why = why or "it decides"
            if self.level == "review" and s.pool in scenario.centre.pools and scenario.centre.pools[s.pool].role == "leader":
                why = why or "it is the leader's signature"
            if n in self.tasks and why:
                refusals.say(f"{name}.{n}", f"step `{n}` of `{name}` is not delegable: {why}", "leave it out")
            if not why and (not self.tasks or n in self.tasks):
                moving[n] = s
        decider = next((n for n, s in item.route.items() if isinstance(s, TaskStep) and s.decides), None)
        if self.level != "review" and decider is None:
            refusals.say(name, f"item `{name}` is decided at the counter already", "leave it out")
        elif self.level != "review" and decider is not None:
            if decider not in moving:
                why = _stays(tasks[decider]) or "it is not among the tasks named"
                refusals.say(name, f"the decision of `{name}` (step `{decider}`) cannot move: {why}", "use `review`")
            for n in ancestors(predecessors(item.route), decider):
                if item.route[n].kind in DECIDING_KINDS and n not in moving:
                    rule = f"step `{n}` of `{name}` comes before the decision and stays in its department"
                    refusals.say(f"{name}.{n}", rule, "use `review`")
        if self.level == "seal" and (stay := [n for n, s in item.route.items() if s.kind in DECIDING_KINDS and n not in moving]):
            rule = f"a window that seals `{name}` hands out the result in the visit: {', '.join(stay)} would stay behind"
            refusals.say(f"{name}.{stay[0]}", rule, "use `decide` or `review`")
        if not moving:
            refusals.say(name, f"item `{name}` has no delegable task", "leave it out")
        if refusals.problems:
            return item
        route, before = without(item, set(moving))
        first = next(iter(route))
        counter = route[first]
        assert isinstance(counter, CounterStep)
        work = dict(counter.work)
        for s in moving.values():
            for w, law in s.work.items():
                work[w if w not in work else f"{name}/{w}"] = scaled(law, float(self.factor) * float(s.share))
        decides = decider in moving
        route[first] = amended(counter, work=work, decides=counter.decides or decides)
        trimmed = amended(item, route=simplified({n: s.model_copy(update={"after": before[n]}) for n, s in route.items()}))
        if runs := idle_transfers(route, before) - idle_transfers(item.route, predecessors(item.route)):
            route, before = without(trimmed, runs)
        changes: dict[str, Any] = {}
        if decides and not any(s.kind in DECIDING_KINDS for s in route.values()):
            changes = {**_on_the_spot(item), "delivery": Delivery()}
        return rerouted(item, route, before, **changes)


def _stays(step: TaskStep) -> str:
    if not step.delegable:
        return "its department keeps it"
    if step.people > 1:
        return f"it needs {int(step.people)} people (Administrative Licensing Law 34)"
    return "" if step.delay_wd is None else "it has an appointment"


def _on_the_spot(item: Item) -> dict[str, Any]:
    """Return what becomes of an item that its first counter decides; what is filed online is decided by the next working day."""
    online = {} if item.online is None else {"online": amended(item.online, promise_wd=WorkingDays(1))}
    taken_in = {"sent_on": Share(0)} if item.sent_on else {}
    return {"case_class": "instant", "promise_wd": WorkingDays(0), **online, **taken_in}


class ChangeLimits(Edit):
    """Promise other time limits.

    Mechanism: none: nobody works faster because of a limit (that would be a Response). What changes is what is late.
    Law: localities may only compress the legal limit, Business Environment Regulation 36; a promise beyond it is refused.
    """

    kind: Literal["change_limits"]
    promise_wd: dict[str, WorkingDays]

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("change_limits")
        refusals.known(self.promise_wd, scenario.centre.items, "item")
        refusals.check()
        for name, promise in self.promise_wd.items():
            legal = scenario.centre.items[name].legal_wd
            if legal is not None and promise > legal:
                rule = f"the promise of `{name}` is not beyond the law: {int(legal)} working days ({COMPRESS_ONLY})"
                refusals.say(str(promise), rule, "promise less")
        refusals.check()
        return put(scenario, items={n: amended(scenario.centre.items[n], promise_wd=p) for n, p in self.promise_wd.items()})


class OneTimeNotice(Edit):
    """Tell applicants everything at once 一次性告知: better guides beforehand, one complete notice afterwards.

    Mechanism: attributes of the offer; World states how often papers are then complete. Each citizen keeps his luck. Where an officer looks
    at papers before the visit 预审, the guide is `checked` and `change_staff` takes him from his files; nobody waits for his answer here.
    Assumes: the responses of World. Law: Administrative Licensing Law 30, 32(4): all that is missing, once, within five working days.
    """

    kind: Literal["one_time_notice"]
    items: tuple[str, ...] = ()
    """All items when left out."""
    guide: Guide | None = None
    notice: Notice | None = "one_time"

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("one_time_notice")
        refusals.known(self.items, scenario.centre.items, "item")
        refusals.check()
        changes = {k: v for k, v in (("guide", self.guide), ("notice", self.notice)) if v is not None}
        return put(scenario, items={n: amended(scenario.centre.items[n], **changes) for n in self.items or scenario.centre.items})


class CleanUpItems(Edit):
    """Clean up the catalogue 清理核减: cancel, turn into filing, decide on a commitment, merge.

    Mechanism: a *cancelled* item is not asked for any more, a need that asks for nothing else is gone, and so is its backlog; with
    *filing* 备案 the tasks before the decision are dropped and the counter records; on *commitment* 告知承诺 the counter decides and the
    tasks follow as checks of `checked` of the cases; *merged* items are handled as the one named first.

    Assumes: checks after the fact find nothing that is undone; merged needs bring the papers of the remaining item.
    Law: Administrative Licensing Law 20, 21 and the catalogue of licences: an item set by a law is not cancelled locally (authority!);
    commitment is barred for safety, health and environment.
    """

    redirects: ClassVar[bool] = True
    kind: Literal["clean_up_items"]
    cancel: tuple[str, ...] = ()
    filing: tuple[str, ...] = ()
    commitment: tuple[str, ...] = ()
    checked: Share = Share(0.1)
    merge: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Remaining item: items that it takes over."""

    def edit(self, scenario: Scenario) -> Scenario:
        items = scenario.centre.items
        refusals = Refusals("clean_up_items")
        taken = {old: new for new, olds in self.merge.items() for old in olds}
        refusals.known([*self.cancel, *self.filing, *self.commitment, *self.merge, *taken], items, "item")
        named = [*self.cancel, *self.filing, *self.commitment, *taken]
        for name in {n for n in named if named.count(n) > 1}:
            refusals.say(name, "an item is cleaned up in one way", "name it once")
        refusals.check()
        changed: dict[str, Item | None] = {n: _at_the_counter(items[n], None) for n in self.filing}
        changed |= {n: _at_the_counter(items[n], self.checked) for n in self.commitment}
        for new, olds in self.merge.items():
            changed[new] = amended(items[new], stands_for=type(items[new].stands_for)(sum(int(items[n].stands_for) for n in (new, *olds))))
        gone = {*self.cancel, *taken}
        world = scenario.world
        needs = {}
        for name, need in world.needs.items():
            asked = tuple(dict.fromkeys(taken.get(i, i) for i in need.items if i not in self.cancel))
            if asked:
                needs[name] = need if asked == need.items else need.model_copy(update={"items": asked})
        backlog = tuple(b for b in world.backlog if b.item not in gone and b.need in needs)
        struck = (s for s in world.surges if not s.needs or set(s.needs) & set(needs))
        surges = tuple(s.model_copy(update={"needs": tuple(n for n in s.needs if n in needs)}) for s in struck)
        events = {}
        for name, event in scenario.centre.life_events.items():
            kept = tuple(dict.fromkeys(taken.get(i, i) for i in event.items if i not in self.cancel))
            events[name] = event if kept == event.items else event.model_copy(update={"items": kept}) if kept else None
        reduced = put(scenario, items={**changed, **dict.fromkeys(gone)}, life_events=events)
        return reduced.model_copy(update={"world": world.model_copy(update={"needs": needs, "backlog": backlog, "surges": surges})})


def _at_the_counter(item: Item, checked: Share | None) -> Item:
    """Let the first counter decide; the tasks before the old decision go, or follow as checks of a share of the cases."""
    decider = next((n for n, s in item.route.items() if isinstance(s, TaskStep) and s.decides), None)
    if decider is None:
        return item
    before = predecessors(item.route)
    reviews = {n for n in {*ancestors(before, decider), decider} if item.route[n].kind != "counter"}
    if checked is None:
        route, before = without(item, reviews)
        if runs := idle_transfers(route, before):
            route, before = without(amended(item, route={n: s.model_copy(update={"after": before[n]}) for n, s in route.items()}), runs)
    else:
        route = dict(item.route)
        for n in reviews:
            route[n] = _less(route[n], checked)
    first = next(iter(route))
    counter = route[first]
    assert isinstance(counter, CounterStep)
    route[first] = amended(counter, decides=True)
    return rerouted(item, route, before, **{**_on_the_spot(item), "case_class": "instant" if checked is None else item.case_class})


def _less(step: Step, checked: Share) -> Step:
    if isinstance(step, TaskStep):
        return amended(step, share=Share(float(step.share) * float(checked)), decides=False)
    return step if isinstance(step, CounterStep) else amended(step, share=Share(float(step.share) * float(checked)))
