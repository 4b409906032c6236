"""An approval bureau: licences move to one body, regulation stays where it is."""

from __future__ import annotations

from typing import Any, Literal

from simulation.centre import Centre, Department, Pool
from simulation.distributions import Times, Whole
from simulation.frozen import Title
from simulation.items import Item, MeetingStep, TaskStep
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, inherited, officers_of, put, riskiest, without
from simulation.reforms.places import tidied
from simulation.scenario import Scenario
from simulation.units import Count, Factor, Flag, Interval, Share

PUSH = "push"
"""The step by which the regulator is told; `regulator_told` measures it."""
ROLES = {"officers": "", "section": "-section", "leader": "-chief"}


class ApprovalBureau(Edit):
    """One bureau approves what several departments approved; they go on regulating 相对集中行政许可权、审管分离.

    Mechanism: the heads named move into one pool of officers, one of section heads and one of chiefs, open while the hall is; every task
    of the items that these departments' pools did is done there, save other departments' signatures under opinions: one body signs once.
    Runs between two of the departments, and with `in_hall` those between window and bureau, are dropped. An approval is pushed to the
    officers who stayed, as a task that nobody waits for; the part `lost` never arrives. Who reviews what was not his takes `pace` times
    as long: an officer's own department sends as many of the files as it sent of the heads. Windows stay as they are (S07).

    Assumes: nobody is hired; officers who move had given the hall `hall_share` of their day and now give it all, those who stay give it
    `kept_share`. Law: Administrative Licensing Law 25, power of another organ only by approval of the State Council and decision of the
    province (R05); vertical and national bodies stay out; who approves answers for it, who is in charge regulates.
    """

    kind: Literal["approval_bureau"]
    name: str
    title: Title
    site: str
    departments: tuple[str, ...]
    items: tuple[str, ...] = ()
    """Licences that move; all items of the departments that a back office handles when left out."""
    people: dict[str, Count]
    """Heads that move, by pool."""
    chief_hours: tuple[Interval, ...] | None = None
    """When chiefs sign; the hall's hours when left out."""
    kept_share: Share
    """Share of the day that the officers who stay give to files of the hall and to what is pushed."""
    in_hall: Flag = True
    pace: Factor = Factor(1)
    push: Times
    """Work of reading one approval."""
    push_wd: Whole
    """Working days until it arrives."""
    lost: Share = Share(0)
    sc_approval: str | None = None
    prov_decision: str | None = None
    """Numbers of the documents, or "assumed"."""

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        self._lawful(centre)
        moved = set(self.departments)
        chosen = {n: i for n, i in centre.items.items() if (n in self.items if self.items else i.department in moved and _handled(i))}
        pools, heir = self._pools(centre, moved)
        bodies = [centre.departments[d] for d in self.departments]
        bureau = Department(title=self.title, level=bodies[0].level, risk=riskiest(bodies), source=REFORM)
        after = put(scenario, departments={self.name: bureau}, pools=pools)
        refusals = Refusals("approval_bureau")
        items = {n: self._item(n, item, centre, after.centre, heir, refusals) for n, item in chosen.items()}
        refusals.check()
        return put(after, items=items)

    def _lawful(self, centre: Centre) -> None:
        refusals = Refusals("approval_bureau")
        refusals.known([self.site], centre.sites, "site")
        refusals.known(self.departments, centre.departments, "department")
        refusals.known(self.items, centre.items, "item")
        refusals.known(self.people, centre.pools, "pool")
        for field in ("sc_approval", "prov_decision"):
            if not getattr(self, field):
                rule = "one organ exercises another's power only on approval of the State Council and decision of the province"
                refusals.say(field, f"{rule} (Administrative Licensing Law 25, R05)", f"state `{field}:`, the document or `assumed`")
        for name in self.departments:
            if name in centre.departments and not centre.departments[name].transferable:
                why = centre.departments[name].reason or "no reason stated"
                refusals.say(name, f"the powers of `{name}` are not transferable: {why}", "leave it out; its section may sit in the hall")
        if len(set(self.departments)) < 2 or self.name in centre.departments:
            refusals.say(self.name, "a bureau is a new body with the licences of two departments or more", "choose another name, name them")
        for name in self.items:
            if name in centre.items and centre.items[name].department not in self.departments:
                refusals.say(name, f"`{name}` is no licence of the departments that move theirs", "leave it out")
        for name, n in self.people.items():
            if name in centre.pools and centre.pools[name].department not in self.departments:
                refusals.say(name, f"pool `{name}` belongs to none of the departments", "leave it out")
            elif name in centre.pools and not 1 <= n <= (has := sum(map(int, centre.pools[name].people.values()))):
                refusals.say(str(n), f"`{name}` has {has} heads, of whom one or more move", "move fewer")
        roles = {centre.pools[n].role for n in self.people if n in centre.pools}
        if missing := sorted({*ROLES} - roles):
            refusals.say(", ".join(missing), "the bureau has officers, a section head and a chief", "name pools of theirs in `people:`")
        refusals.check()

    def _pools(self, centre: Centre, moved: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the pools as they become, and by pool of the departments the bureau's pool that does its work."""
        heir = {n: f"{self.name}{ROLES[p.role]}" for n, p in centre.pools.items() if p.department in moved and p.role in ROLES}
        pools: dict[str, Any] = {}
        heads: dict[str, dict[str, Count]] = {new: {} for new in heir.values()}
        for n, pool in ((n, centre.pools[n]) for n in heir):
            stay, left = {}, int(self.people.get(n, 0))
            for part, has in pool.people.items():
                go = min(left, int(has))
                left -= go
                if go:
                    heads[heir[n]][part if go == has else f"{part}-approving"] = has if go == has else Count(go)
                if go < has:
                    stay[part] = Count(int(has) - go) if go else has
            changes: dict[str, Any] = {"people": stay} if stay != pool.people else {}
            if pool.hall_share is not None and pool.role == "officers":
                changes["hall_share"] = self.kept_share
            pools[n] = amended(pool, **changes) if stay else None
        hours = centre.sites[self.site].working
        for role, tail in ROLES.items():
            first = next(centre.pools[n] for n in self.people if centre.pools[n].role == role)
            pools[f"{self.name}{tail}"] = Pool(
                title=_titled(self.title, role), department=self.name, people=heads[f"{self.name}{tail}"], role=first.role,
                hours=self.chief_hours or hours if role == "leader" else hours, absence=first.absence,
                pace=self._pace(heads[self.name]) if role == "officers" else first.pace, source=REFORM,
            )  # fmt: skip
        return pools, heir

    def _pace(self, heads: dict[str, Count]) -> Factor:
        """Return the pace of officers who meet what was not theirs: files come as heads did, and are handed to whoever is free."""
        everybody = sum(map(int, heads.values()))
        strange = 1 - sum((int(n) / everybody) ** 2 for n in heads.values())

        def mixed(pace: float) -> float:
            return 1 + (pace - 1) * strange

        ends = (None, None) if self.pace.low is None or self.pace.high is None else (mixed(self.pace.low), mixed(self.pace.high))
        return Factor(mixed(float(self.pace)), *ends)

    def _item(self, name: str, item: Item, centre: Centre, after: Centre, heir: dict[str, str], refusals: Refusals) -> Item:
        tasks = {n: s for n, s in item.route.items() if isinstance(s, TaskStep)}
        ours = {n: centre.pools[s.pool] for n, s in tasks.items() if s.pool in heir}
        own = next((s.pool for n, s in tasks.items() if n in ours and ours[n].department == item.department), None)
        regulator = own if own in after.pools and after.pools[own].role == "officers" else officers_of(after, item.department)
        decider = next((n for n, s in item.route.items() if getattr(s, "decides", False)), None)
        if regulator is None:
            refusals.say(item.department, f"somebody of `{item.department}` is left to regulate (审管分离)", "move fewer heads")
        if decider is None or item.route[decider].kind == "counter" or PUSH in item.route:
            refusals.say(name, f"a licence that moves is decided in a back office, and has no step `{PUSH}` yet", "leave it out")
        if regulator is None or decider is None or refusals.problems:
            return item
        signed = any(p.role == "leader" and p.department == item.department for p in ours.values())
        others = {n for n, p in ours.items() if signed and p.role == "leader" and p.department != item.department}
        route, before = without(item, others)
        route = {n: inherited(s, heir) for n, s in route.items()}
        route[PUSH] = TaskStep(
            kind="task", pool=regulator, work={PUSH: self.push}, delay_wd=self.push_wd, share=_rest(self.lost), afterwards=True,
            source=REFORM,
        )  # fmt: skip
        online = item.online
        if online is not None and online.pool in heir:
            online = amended(online, pool=heir[online.pool])
        moved = amended(item, department=self.name, regulator=item.regulator or item.department, online=online)
        moved = amended(moved, sent_on=Share(0)) if self.in_hall and item.sent_on else moved
        return tidied(moved, route, {**before, PUSH: (decider,)}, after, {self.name} if self.in_hall else ())


def _handled(item: Item) -> bool:
    return item.case_class != "consultation" and any(isinstance(s, TaskStep | MeetingStep) and s.decides for s in item.route.values())


def _rest(lost: Share) -> Share:
    ends = (None, None) if lost.low is None or lost.high is None else (1 - lost.high, 1 - lost.low)
    return Share(1 - float(lost), *ends)


def _titled(title: Title, role: str) -> Title:
    en, zh = {"officers": ("officers", "审批科"), "section": ("section heads", "科长"), "leader": ("chiefs", "首席")}[role]
    return Title(en=f"{title.en}: {en}", zh=f"{title.zh}（{zh}）")


__all__ = ["ApprovalBureau"]
