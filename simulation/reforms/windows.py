"""Reforms of the hall's seats and people: pool windows, open and close, hire and train."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulation.centre import Absence, Centre, Department, Fading, Queue, Staff, Window
from simulation.distributions import Times, Whole
from simulation.frozen import Title
from simulation.items import CounterStep, Delivery, Item, Step, TaskStep, TransferStep
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, officers_of, put, rerouted, scaled
from simulation.routes import predecessors
from simulation.scenario import Scenario
from simulation.units import Count, Factor, Share, WorkingDays

COMPETENT = "R04, Administrative Licensing Law 22-24"
"""Rule and article: the competent body acts itself, or entrusts another administrative body."""
GENERAL = Title(en="Comprehensive acceptance", zh="综合受理")
"""Of the queue that pooled ones become."""


class PoolWindows(Edit):
    """Acceptance at comprehensive windows 综合窗口 ("accept in front, review behind, issue at one window").

    Mechanism: the named queues, or all poolable ones of the site, become one queue served by general windows with staff of the centre
    who can accept everything pooled. Their windows close, posted officers return to their department's pool (others leave). What was
    decided at the counter is now accepted there (`kept` of the work) and decided in the department after a run of the files, then
    collected or mailed, unless `delegated`. Results are handed out at an issue counter. Counters of one visit that fall together
    become one. Branches go on, with one queue for the tickets that their people can serve; machines stay. Every case accepted costs
    `double_entry`: centre and department keep two systems.

    Assumes: general staff are slower and less sure (`pace`, `training`, `wrong_acceptance`); a decision needs the same work in the
    department as at the counter; what is filed online goes the same way. Does not assume that anybody is dismissed.

    Law: acceptance in the name of the competent organ by entrustment, Administrative Licensing Law 24, 26; Business Environment
    Regulation 36. A decision stays with the competent organ, hence to the department. Not poolable queues are refused by name.
    """

    kind: Literal["pool_windows"]
    site: str
    queues: tuple[str, ...] = ()
    """Queues to pool; all poolable queues of the site when left out."""
    windows: Count
    staff: dict[str, Count]
    """General staff by shift; they fill the windows in turn."""
    issue_staff: dict[str, Count]
    """Staff of the issue counter by shift, one window each."""
    pace: Factor = Factor(1)
    training: Fading | None = None
    wrong_acceptance: Share = Share(0)
    absence: Absence | None = None
    double_entry: Times | None = None
    delegated: tuple[str, ...] = ()
    """Items that general windows may decide at once, by entrustment."""
    kept: Share = Share(0.5)
    """Part of the work of an item decided at the counter that stays there when its decision moves."""
    promise_wd: WorkingDays = WorkingDays(3)
    """Promise for the items that are no longer decided at once."""
    collect: Share = Share(0.5)
    collect_touch: Times
    mail_wd: Whole | None = None
    body: str = "service-centre"

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        pooled = self._pooled(centre)
        general, issue = _free("general", centre.queues), _free("issue", centre.queues)
        closing = {n for n, w in centre.windows.items() if w.queues and set(w.queues) <= pooled}
        stay, back = self._people(centre, pooled, closing)
        pools: dict[str, Any] = {}
        refusals = Refusals("pool_windows")
        for name in back:
            department = centre.staff[name].employer
            if (home := _home(centre, centre.staff[name])) is None:
                refusals.say(name, f"a freed officer returns to his department's pool; `{department}` has none", "add a pool")
                continue
            pool = pools.get(home, centre.pools[home])
            pools[home] = amended(pool, people={**pool.people, name: Count(1)})
        moved = {n: self._item(centre, n, item, pooled, general, issue, refusals) for n, item in centre.items.items()}
        items = {n: item for n, item in moved.items() if item != centre.items[n]}
        branches = {n: q for n, q in centre.queues.items() if q.serves in pooled}
        joined = {q.site: _free(f"{general}-{q.site}", centre.queues) for q in branches.values()}
        for site in joined:
            if not centre.sites[site].transfers:
                refusals.say(site, f"files are carried to the departments; the site `{site}` has no `transfers:`", "state them")
        refusals.check()
        body = Department(title=Title(en="Service centre", zh="政务服务中心"))
        departments = {self.body: centre.departments.get(self.body, body)}
        windows: dict[str, Window | None] = dict.fromkeys(closing)
        for name, window in centre.windows.items():
            if name not in closing and {*pooled, *branches} & set(window.queues):
                kept = (joined[branches[q].site] if q in branches else q for q in window.queues if q not in pooled)
                windows[name] = amended(window, queues=tuple(dict.fromkeys(kept)))
        staff: dict[str, Staff | None] = {**dict.fromkeys(centre.staff), **stay}
        asked = {s.skill or s.queue for s in _counters(centre)}
        skills = tuple(q for q in centre.queues if q in pooled & asked)
        seats = self._seats(general, int(self.windows), self.staff, skills, pooled, windows, centre)
        desks = self._seats(issue, sum(map(int, self.issue_staff.values())), self.issue_staff, (issue,), {issue}, windows, centre)
        queues = {
            **dict.fromkeys([*pooled, *branches]),
            general: Queue(title=GENERAL, site=self.site),
            **{name: _at_branch(site, general, centre) for site, name in joined.items()},
            issue: Queue(title=Title(en="Issue of results", zh="统一出件"), site=self.site),
        }
        staff |= {**seats, **desks}
        return put(scenario, departments=departments, pools=pools, queues=queues, windows=windows, staff=staff, items=items)

    def _pooled(self, centre: Centre) -> set[str]:
        refusals = Refusals("pool_windows")
        refusals.known([self.site], centre.sites, "site")
        refusals.known(self.queues, centre.queues, "queue")
        refusals.known([*self.staff, *self.issue_staff], centre.shifts, "shift")
        refusals.known(self.delegated, centre.items, "item")
        for name in self.queues:
            if name in centre.queues and not centre.queues[name].poolable:
                reason = centre.queues[name].reason or "no reason stated"
                refusals.say(name, f"queue `{name}` is not poolable: {reason} ({COMPETENT})", "leave it out")
            if name in centre.queues and centre.queues[name].site != self.site:
                refusals.say(name, f"queue `{name}` is not at site `{self.site}`", "leave it out")
        if self.windows == 0 or sum(self.staff.values()) < self.windows or not sum(self.issue_staff.values()):
            refusals.say(str(self.windows), "general windows and issue counter have one person each, or more", "post them")
        if self.site in centre.sites and not centre.sites[self.site].transfers:
            refusals.say(self.site, "files are carried to the departments; the site has no `transfers:`", "state them")
        refusals.check()
        desk = centre.sites[self.site].guide
        machines = {q for w in centre.windows.values() if w.machine_shift is not None for q in w.queues}
        own = {n for n, q in centre.queues.items() if q.site == self.site and q.serves is None} - machines
        for name in (n for n in self.queues if n in machines or centre.queues[n].serves is not None):
            refusals.say(name, f"queue `{name}` is one of machines, or of a branch for the tickets of another hall", "leave it out")
        offered = {n for n in own if centre.queues[n].poolable and (desk is None or n != desk.queue)}
        if not (pooled := set(self.queues) or offered):
            refusals.say(self.site, "the site has poolable queues")
        refusals.check()
        return pooled

    def _people(self, centre: Centre, pooled: set[str], closing: set[str]) -> tuple[dict[str, Staff], list[str]]:
        """Return who stays at a window, with the skills he still needs, and who returns to his department."""
        stay, back = {}, []
        asked = {s.skill: s.queue for s in _counters(centre) if s.skill is not None}
        served = {n: q.serves for n, q in centre.queues.items() if q.serves in pooled}
        for name, person in centre.staff.items():
            left = tuple(s for s in person.skills if asked.get(s, s) not in pooled)
            if served.keys() & {*person.skills}:
                left = tuple(dict.fromkeys(served.get(s) or s for s in person.skills))
            if person.window in closing or not left:
                back += [name] if person.contract == "posted" else []
            else:
                stay[name] = person if left == person.skills else amended(person, skills=left)
        return stay, back

    def _seats(
        self, queue: str, windows: int, people: dict[str, Count], skills: tuple[str, ...], pooled: set[str],
        table: dict[str, Window | None], centre: Centre,
    ) -> dict[str, Staff]:  # fmt: skip
        names = [f"{queue}-{k + 1}" for k in range(windows)]
        for name in names:
            table[name] = Window(site=self.site, group=queue, department=self.body, queues=(queue,), source=REFORM)
        special = {s.skill for s in _counters(centre) if s.queue in pooled and s.skill is not None} - {*skills}
        shifts = [shift for shift, n in people.items() for _ in range(int(n))]
        general = {"training": self.training, "wrong_acceptance": self.wrong_acceptance, "pace": self.pace} if queue not in skills else {}
        return {
            f"{queue}-officer-{k + 1}": Staff(
                employer=self.body, contract="centre", skills=(*skills, *sorted(special)), shift=shift, window=names[k % windows],
                absence=self.absence, source=REFORM, **general,
            )
            for k, shift in enumerate(shifts)
        }  # fmt: skip

    def _item(self, centre: Centre, name: str, item: Item, pooled: set[str], general: str, issue: str, refusals: Refusals) -> Item:
        """Return the item with its counters moved, and its decision sent to the department where it may no longer be made here."""
        delivery = item.delivery if item.delivery.queue not in pooled else amended(item.delivery, queue=issue)
        if not any(isinstance(s, CounterStep) and s.queue in pooled for s in item.route.values()):
            return item if delivery == item.delivery else amended(item, delivery=delivery)
        route, before, decided = _moved(item.route, pooled, general)
        if self.double_entry is not None and item.case_class != "consultation":
            first = next(n for n, s in route.items() if isinstance(s, CounterStep) and s.queue == general)
            counter = route[first]
            assert isinstance(counter, CounterStep)
            route[first] = amended(counter, work={**counter.work, "double-entry": self.double_entry})
        changes: dict[str, Any] = {"delivery": delivery}
        if decided is not None and name not in self.delegated:
            pool = officers_of(centre, item.department)
            if pool is None:
                rule = f"its decision moves to its department, and `{item.department}` has no pool"
                refusals.say(name, rule, "delegate it, or add a pool")
                return item
            route, before = self._to_department(route, before, decided, pool)
            delivery = Delivery(queue=issue, collect=self.collect, touch=self.collect_touch, mail_wd=self.mail_wd, source=REFORM)
            changes = {"delivery": delivery, "case_class": "committed", "promise_wd": self.promise_wd}
            if item.legal_wd is None:
                changes["legal_wd"] = WorkingDays(20)
            elif item.legal_wd < self.promise_wd:
                changes["promise_wd"] = item.legal_wd
        return rerouted(item, route, before, **changes)

    def _to_department(
        self, route: dict[str, Step], before: dict[str, tuple[str, ...]], decided: str, pool: str
    ) -> tuple[dict[str, Step], dict[str, tuple[str, ...]]]:
        counter = route[decided]
        assert isinstance(counter, CounterStep)
        moved = {w: law for w, law in counter.work.items() if w != "double-entry"}
        staying = {w: scaled(law, float(self.kept)) if w in moved else law for w, law in counter.work.items()}
        leaving = {w: scaled(law, 1 - float(self.kept)) for w, law in moved.items()}
        there, deciding, back = _free("to-department", route), _free("decision", route), _free("to-hall", route)
        counters = [n for n, s in route.items() if s.kind == "counter"]
        new: dict[str, Step] = {
            there: TransferStep(kind="transfer"),
            deciding: TaskStep(kind="task", pool=pool, work=leaving, decides=True, source=REFORM),
            back: TransferStep(kind="transfer"),
        }
        fronts = {n: amended(counter, work=staying, decides=False) if n == decided else route[n] for n in counters}
        rest = {n: s for n, s in route.items() if n not in counters}
        links = {n: tuple(back if p == decided and n not in counters else p for p in ps) for n, ps in before.items()}
        chain = {there: (counters[-1],), deciding: (there,), back: (deciding,)}
        return {**fronts, **new, **rest}, {**links, **chain}


def _moved(route: dict[str, Step], pooled: set[str], general: str) -> tuple[dict[str, Step], dict[str, tuple[str, ...]], str | None]:
    """Move counters to the general queue; neighbours that both move become one, keeping all their work.

    Returns route, predecessors and the counter that decides, if it moved.
    """
    before, steps, decided = predecessors(route), {}, None
    joined: dict[str, str] = {}
    last: str | None = None
    for name, step in route.items():
        if not isinstance(step, CounterStep) or step.queue not in pooled:
            steps[name], last = step, None
            continue
        previous = steps[last] if last is not None else None
        if last is not None and isinstance(previous, CounterStep) and not set(previous.work) & set(step.work):
            steps[last] = amended(previous, work={**previous.work, **step.work}, decides=previous.decides or step.decides)
            joined[name] = last
        else:
            steps[name], last = amended(step, queue=general, skill=step.skill or step.queue), name
        decided = last if step.decides else decided
    links = {n: tuple(dict.fromkeys(q for p in before[n] if (q := joined.get(p, p)) != n)) for n in steps}
    return steps, links, decided


def _home(centre: Centre, person: Staff) -> str | None:
    """Return the pool in which a person works besides, the one of his department that works most on what he served, or its officers."""
    if person.pool is not None:
        return person.pool
    linked = [
        s.pool
        for i in centre.items.values()
        if any(isinstance(c, CounterStep) and (c.skill or c.queue) in person.skills for c in i.route.values())
        for s in i.route.values()
        if isinstance(s, TaskStep) and centre.pools[s.pool].department == person.employer and centre.pools[s.pool].role == "officers"
    ]
    return max(linked, key=linked.count) if linked else officers_of(centre, person.employer)


def _counters(centre: Centre) -> list[CounterStep]:
    return [s for i in centre.items.values() for s in i.route.values() if isinstance(s, CounterStep)]


def _at_branch(site: str, general: str, centre: Centre) -> Queue:
    """Return the queue of a branch for the tickets of the general one."""
    title = centre.sites[site].title
    return Queue(title=Title(en=f"{GENERAL.en} ({title.en})", zh=f"{GENERAL.zh}（{title.zh}）"), site=site, serves=general)


def _free(name: str, taken: Any) -> str:
    """Return `name`, or the first of name-2, name-3 ... that is not taken."""
    return next(n for n in (name, *(f"{name}-{k}" for k in range(2, 1000))) if n not in taken)


class ChangeWindows(Edit):
    """Open, close or reassign windows, and change who is on duty when.

    Mechanism: seats and what they accept; a person whose window closes takes the first free one of his employer that he can serve.
    Assumes: people follow seats at no loss; nobody is hired (see `change_staff`).
    Law: posts within the establishment, Establishment Regulation 6; a queue that is not poolable stays with its department's windows.
    """

    kind: Literal["change_windows"]
    open: dict[str, Window] = Field(default_factory=dict)
    close: tuple[str, ...] = ()
    queues: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """What a window accepts from now on."""
    shifts: dict[str, str] = Field(default_factory=dict)
    """Shift of a member of staff from now on."""
    seats: dict[str, str] = Field(default_factory=dict)
    """Window of a member of staff from now on."""

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        refusals = Refusals("change_windows")
        after = {*centre.windows, *self.open} - {*self.close}
        refusals.known([*self.close, *self.queues], {**centre.windows, **self.open}, "window")
        refusals.known([*self.shifts, *self.seats], centre.staff, "member of staff")
        refusals.known(self.shifts.values(), centre.shifts, "shift")
        refusals.known(self.seats.values(), after, "window")
        for name in self.open:
            if name in centre.windows:
                refusals.say(name, f"window `{name}` is open already", "choose another number")
        for name, queues in {**{n: w.queues for n, w in self.open.items()}, **self.queues}.items():
            refusals.known(queues, centre.queues, "queue")
            window = self.open.get(name) or centre.windows.get(name)
            for q in queues:
                row = centre.queues.get(q)
                if row is not None and window is not None and not row.poolable and row.department not in (None, window.department):
                    reason = row.reason or "no reason stated"
                    rule = f"queue `{q}` stays with windows of `{row.department}`: it is not poolable, {reason} ({COMPETENT})"
                    refusals.say(q, rule, "choose another window")
        refusals.check()
        windows: dict[str, Window | None] = {n: w if w.source else amended(w, source=REFORM) for n, w in self.open.items()}
        for name, queues in self.queues.items():
            windows[name] = amended(windows.get(name) or centre.windows[name], queues=queues)
        windows |= dict.fromkeys(self.close)
        staff = {}
        for name, person in centre.staff.items():
            changes: dict[str, Any] = {"window": None} if person.window in self.close else {}
            changes |= {"shift": self.shifts[name]} if name in self.shifts else {}
            changes |= {"window": self.seats[name]} if name in self.seats else {}
            if changes:
                staff[name] = amended(person, **changes)
        return put(scenario, windows=windows, staff=staff)


class ChangeStaff(Edit):
    """Hire, release or train people, at windows and in pools.

    Mechanism: persons with skills and shifts; heads of pools by section. Assumes: who is trained serves the new queue at his old pace.
    Law: headcount within the establishment, Establishment Regulation 14-18; counter staff under contract may receive papers, not decide.
    """

    kind: Literal["change_staff"]
    add: dict[str, Staff] = Field(default_factory=dict)
    remove: tuple[str, ...] = ()
    train: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Skills learned besides those a person has."""
    pools: dict[str, dict[str, Count]] = Field(default_factory=dict)
    """Heads from now on, by pool and section; sections not named stay."""

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        refusals = Refusals("change_staff")
        refusals.known([*self.remove, *self.train], centre.staff, "member of staff")
        refusals.known(self.pools, centre.pools, "pool")
        for name in self.add:
            if name in centre.staff:
                refusals.say(name, f"there is already somebody called `{name}`", "choose another name")
        refusals.check()
        staff: dict[str, Staff | None] = {n: s if s.source else amended(s, source=REFORM) for n, s in self.add.items()}
        for name, skills in self.train.items():
            staff[name] = amended(centre.staff[name], skills=tuple(dict.fromkeys([*centre.staff[name].skills, *skills])))
        staff |= dict.fromkeys(self.remove)
        pools = {}
        for name, people in self.pools.items():
            merged = {**centre.pools[name].people, **people}
            pools[name] = amended(centre.pools[name], people={part: n for part, n in merged.items() if n > 0})
        return put(scenario, staff=staff, pools=pools)


__all__ = ["ChangeStaff", "ChangeWindows", "PoolWindows"]
