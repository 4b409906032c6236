"""Joint handling 联合办理 in its three lawful forms: one body unifies, the bodies meet, the deciders sit together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from simulation.distributions import Distribution, Times
from simulation.frozen import Sourced
from simulation.items import CounterStep, Item, Join, MeetingStep, Opinion, Step, TaskStep, TransferStep, Weekday
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, put, rerouted, scaled, without
from simulation.routes import ancestors, predecessors
from simulation.scenario import Scenario
from simulation.units import Count, Factor, TimeOfDay

Before = dict[str, tuple[str, ...]]


class Table(Sourced):
    """When the bodies sit together; the work they bring to the table takes `factor` times as long as at their desks."""

    weekdays: tuple[Weekday, ...] = ()
    """Every working day when left out."""
    at: TimeOfDay
    quorum: Count | None = None
    """Back offices of which somebody must be there; all when left out."""
    capacity: Count
    """Cases a meeting."""
    factor: Factor = Factor(1)


class JointApproval(Edit):
    """Several departments handle a file jointly under one lead 并联审批, in one of the three forms that the law names.

    Mechanism of ``unified`` 统一办理: every department's part of the route, with the run that brings it the file, begins when the case is
    accepted instead of when another department has answered; the lead's last part, the one that decides, waits for all answers, and each
    answer is carried back by a run. `circulate` is the lead's work of copying the file to the others, done at acceptance. `opinion` goes
    to the tasks of the other departments' officers, `join` to the lead's step that waits for them.

    Mechanism of ``meeting`` 联合办理: the other departments' parts, with their runs, leave the route; their work, same work ids, is done
    at a meeting of their officers and the lead's, once the lead has looked at the file. Of ``concentrated`` 集中办理: the others' work and
    the lead's last part, decision included, are done one after another at one table, by all who did them before; the runs after the
    decision go too, for the table stands in the hall.

    Assumes: no department needs another's opinion; papers can be copied; each answers in the time it takes today. At a table: who sits
    there may answer for his department; all stay until the last case is done.
    Law: Administrative Licensing Law 26(2): one department accepts, circulates and unifies, or joint or concentrated handling is
    organised (R07); limit 45 working days, 42(2), which is no reason to lengthen the promise (R22). The lead is one of the departments
    concerned; where a bureau took the licence from the lead, who then regulates, the bureau leads. A site check by two officers, 34(3),
    is no work for a table: a meeting takes one of each pool, so that a joint site visit 联合踏勘, two of each body on one date, is none of
    these forms. Silence as consent: see `Opinion` (R26).
    """

    kind: Literal["joint_approval"]
    items: tuple[str, ...]
    lead: str
    form: Literal["unified", "meeting", "concentrated"] = "unified"
    circulate: Times | None = None
    opinion: Opinion | None = None
    join: Join | None = None
    table: Table | None = None

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("joint_approval")
        refusals.known(self.items, scenario.centre.items, "item")
        refusals.known([self.lead], scenario.centre.departments, "department")
        if (self.form == "unified") != (self.table is None):
            rule = "bodies have a `table` when they meet or are concentrated, and none when one of them unifies"
            refusals.say(self.form, rule, "add `table:`, or delete it")
        if self.form != "unified" and (self.circulate, self.opinion, self.join) != (None, None, None):
            refusals.say(self.form, "who sits at the table is not written to", "delete `circulate:`, `opinion:` and `join:`")
        refusals.check()
        items = {name: self._item(scenario, name, scenario.centre.items[name], refusals) for name in self.items}
        refusals.check()
        return put(scenario, items=items)

    def _item(self, scenario: Scenario, name: str, item: Item, refusals: Refusals) -> Item:
        if any(isinstance(s, MeetingStep) for s in item.route.values()):
            refusals.say(name, f"the departments of `{name}` meet already, and joint handling has one form", "leave it out, or the meeting")
            return item
        pools = scenario.centre.pools
        of = {n: pools[s.pool].department for n, s in item.route.items() if isinstance(s, TaskStep) and not s.afterwards}
        decider = next((n for n in of if getattr(item.route[n], "decides", False)), None)
        lead = item.department if self.lead == item.regulator else self.lead
        if decider is None or lead not in of.values():
            rule = f"the lead is one of the departments that handle `{name}`: `{self.lead}` is not"
            refusals.say(name, rule, f"one of {sorted(set(of.values()))}")
            return item
        if lead != self.lead:
            return self.model_copy(update={"lead": lead})._item(scenario, name, item, refusals)
        before = predecessors(item.route)
        tail = _tail(item, before, of, self.lead, decider)
        own = _owners(item, before, of, tail)
        if not any(of[n] != self.lead for n in own if n in of):
            refusals.say(name, f"only one department handles `{name}`", "leave it out")
            return item
        if self.table is None:
            return self._unified(scenario, name, item, before, tail, own, refusals)
        return self._at_table(scenario, name, item, before, tail, own, decider, self.table, refusals)

    def _unified(
        self, scenario: Scenario, name: str, item: Item, before: Before, tail: set[str], own: dict[str, str], refusals: Refusals
    ) -> Item:
        root = [n for n, s in item.route.items() if s.kind == "counter"][-1]
        links = dict(before)
        for n in own:
            links[n] = tuple(p for p in before[n] if p in own and own[p] == own[n]) or (root,)
        if links == before and self.opinion is None and self.join is None:
            refusals.say(name, f"the departments' parts of `{name}` already run at the same time", "leave it out")
            return item
        route = dict(item.route)
        answers = [n for n in own if not any(n in links[m] for m in own)]
        runs = any(s.kind == "transfer" for s in item.route.values())
        for n in [n for n in answers if runs and own[n] != self.lead and item.route[n].kind != "transfer"]:
            back = f"{n}-back"
            route[back], links[back] = TransferStep(kind="transfer"), (n,)
            answers[answers.index(n)] = back
        waiting = _first_of(tail, before)
        for n in waiting:
            links[n] = tuple(dict.fromkeys([*(p for p in before[n] if p in tail), *answers]))
        first = route[root]
        if self.circulate is not None and isinstance(first, CounterStep):
            route[root] = amended(first, work={**first.work, "circulate": self.circulate})
        if self.opinion is not None:
            opinion = self.opinion.model_copy(update={"source": REFORM})
            for n, step in _tasks(item.route, own).items():
                if own[n] != self.lead and scenario.centre.pools[step.pool].role == "officers" and step.share == 1:
                    route[n] = amended(step, opinion=opinion)
            if not any(isinstance(s, TaskStep) and s.opinion is not None for s in route.values()):
                rule = f"an opinion is asked in every case, and each other department looks at a part of the cases of `{name}` only"
                refusals.say(name, rule, "leave `opinion:` and `join:` out, or the reform that spares them the look")
                return item
        if self.join is not None:
            for n, step in _tasks(item.route, waiting).items():
                route[n] = amended(step, join=self.join.model_copy(update={"source": REFORM}))
        return rerouted(item, route, links, case_class="joint", department=self.lead)

    def _at_table(
        self, scenario: Scenario, name: str, item: Item, before: Before, tail: set[str], own: dict[str, str], decider: str,
        table: Table, refusals: Refusals,
    ) -> Item:  # fmt: skip
        """Let the others' part, and with concentrated handling the decision, be done where the bodies sit."""
        others = {n for n in own if own[n] != self.lead}
        last = {n for n in tail if n in ancestors(before, decider)} | {decider} if self.form == "concentrated" else set[str]()
        after = {n for n in tail - last if last and item.route[n].kind == "transfer"}
        joining = _tasks(item.route, others | last)
        for n, step in joining.items():
            if step.people > 1 or step.delay_wd is not None:
                refusals.say(f"{name}.{n}", f"step `{n}` of `{name}` is a check on the spot, no work for a table", "leave the item out")
        for n in others | last:
            if item.route[n].kind == "suspension":
                refusals.say(f"{name}.{n}", f"step `{n}` of `{name}` is a procedure by others, no work for a table", "leave the item out")
        if refusals.problems:
            return item
        pools = scenario.centre.pools
        lead = [s.pool for s in _tasks(item.route, {*own, *tail} - others).values()]
        seats = [s.pool for s in joining.values() if last or pools[s.pool].role == "officers"]
        seats = list(dict.fromkeys([next((p for p in lead if pools[p].role == "officers"), lead[0]), *seats]))
        work: dict[str, Distribution] = {}
        for step in joining.values():
            for w, law in step.work.items():
                work[w if w not in work else f"{name}/{w}"] = scaled(law, float(table.factor) * float(step.share))
        route, links = without(item, others | last | after)
        mine = [n for n in own if n in route]
        ends = [n for n in mine if not any(n in links[m] for m in mine)]
        desks = [n for n in mine if item.route[n].kind != "suspension"]
        ready = [n for n in desks if not any(n in links[m] for m in desks)]
        root = [n for n, s in item.route.items() if s.kind == "counter"][-1]
        ready = (ends if last else ready) or [root]
        meeting = MeetingStep(
            kind="meeting", pools=tuple(seats), weekdays=table.weekdays, at=table.at,
            quorum=table.quorum or Count(len(seats)), capacity=table.capacity, work=work, decides=bool(last), source=REFORM,
        )  # fmt: skip
        rest = {n: s for n, s in route.items() if n in tail}
        for n in _first_of(set(rest), links):
            links[n] = tuple(dict.fromkeys([*(p for p in links[n] if p in rest), "joint-meeting", *(p for p in ends if p not in ready)]))
        links["joint-meeting"] = tuple(ready)
        listed = {**{n: s for n, s in route.items() if n not in rest}, "joint-meeting": meeting, **rest}
        return rerouted(item, listed, links, case_class="joint", department=self.lead)


def _tasks(route: dict[str, Step], names: Iterable[str]) -> dict[str, TaskStep]:
    """Return the tasks among `names`, in the order of the route."""
    chosen = set(names)
    return {n: s for n, s in route.items() if n in chosen and isinstance(s, TaskStep)}


def _first_of(tail: set[str], before: Before) -> set[str]:
    """Return the steps of `tail` that wait for something outside it."""
    return tail - {n for n in tail if before[n] and all(p in tail for p in before[n])}


def _tail(item: Item, before: dict[str, tuple[str, ...]], of: dict[str, str], lead: str, decider: str) -> set[str]:
    """Return the lead's last part: the decision with all that follows it, and the lead's own steps that lead to nothing else.

    What the lead does before, or beside, all that others do is his own part, not his last. A suspension (publicity, say) belongs to it
    only between two such steps; one that began before the others were asked stays where it is.
    """
    after = {n: {m for m, ps in before.items() if n in ps} for n in before}
    tail = {decider}
    while new := {n for n, ps in before.items() if n not in tail and any(p in tail for p in ps)}:
        tail |= new

    def last(n: str, known: set[str]) -> bool:
        if n in known or not after[n] <= known:
            return n in known
        if item.route[n].kind == "suspension":
            return all(of.get(p) == lead and last(p, known | {n}) for p in before[n])
        return of.get(n) == lead and any(of.get(p, lead) != lead for p in ancestors(before, n))

    while new := {n for n in before if n not in tail and last(n, tail)}:
        tail |= new
    return tail


def _owners(item: Item, before: dict[str, tuple[str, ...]], of: dict[str, str], tail: set[str]) -> dict[str, str]:
    """Return whose part each step before the tail is: a task is its department's; a run belongs to whom it reaches, else whom it leaves."""
    own: dict[str, str] = {}
    steps = [n for n in before if n not in tail and item.route[n].kind != "counter"]
    while left := [n for n in steps if n not in own]:
        for n in left:
            reached = [m for m in steps if n in before[m] and m in of]
            if n in of:
                own[n] = of[n]
            elif item.route[n].kind == "transfer" and reached:
                own[n] = of[reached[0]]
            elif behind := [own[p] for p in before[n] if p in own]:
                own[n] = behind[0]
            elif all(p not in steps for p in before[n]):
                own[n] = item.department
    return {n: own[n] for n in steps}
