"""Reforms that open a hall."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulation.centre import Centre, Department, Queue, Staff, Window
from simulation.distributions import Times
from simulation.frozen import Title
from simulation.items import CounterStep
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, put
from simulation.scenario import Scenario
from simulation.site import Rules, Site, TransferRun
from simulation.units import Duration, Interval


class OpenBranch(Edit):
    """Open a branch hall 分中心 that handles some items of another hall, under one version of the rules or under its own.

    Mechanism: each queue that a window of the branch accepts gets a queue of the branch that takes the same tickets; a citizen chooses a
    hall by travel and, where the world says so, by posted wait, and stays in it for the visit and the result. Windows of another hall
    move with their people, or people are hired. Files leave by the branch's own runs. `rules` is the version by which the branch works:
    an older guide leaves more people without a paper.

    Assumes: people serve at the branch at the pace they had, and are there, differ and defer as they did; who moves still has his skills
    and his shift; demand is the same, only its place changes; zones and travel are known in the world (none: every hall is as near).

    Law: same item, same standard, Business Environment Regulation 35 (R33); items enter the hall, comprehensive windows where conditions
    allow, 36(1). A queue that is not poolable stays with windows and people of its department, also at a branch.
    """

    kind: Literal["open_branch"]
    site: str
    title: Title
    working: tuple[Interval, ...]
    saturday: tuple[Interval, ...] = ()
    closing: Literal["serve", "send_home"] = "serve"
    overrun: Duration = Duration(0)
    wrong_window: Times
    transfers: tuple[TransferRun, ...] = ()
    items: tuple[str, ...]
    """Items handled there."""
    windows: dict[str, tuple[str, ...]]
    """Windows of the branch, and whose tickets each takes: queues of another hall."""
    move: dict[str, str] = Field(default_factory=dict)
    """Window that closes -> window of the branch to which its people go."""
    hire: dict[str, Staff] = Field(default_factory=dict)
    """People of the branch: `window` is one of its windows, `skills` those the queues of the other hall ask for."""
    rules: Rules | None = None
    delegated: tuple[str, ...] = ()
    """Items that people of another body decide there, by entrustment (R04)."""
    body: str = "service-centre"
    """Department of windows that serve several departments; it is made where there is none."""

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        self._check(centre)
        served = tuple(dict.fromkeys(q for queues in self.windows.values() for q in queues))
        queues = {
            self._name(q): Queue(
                title=Title(en=f"{row.title.en} ({self.title.en})", zh=f"{row.title.zh}（{self.title.zh}）"),
                site=self.site, department=row.department, poolable=row.poolable, reason=row.reason, serves=q,
            )
            for q, row in ((q, centre.queues[q]) for q in served)
        }  # fmt: skip
        there = {name: self._department(centre, queues_) for name, queues_ in self.windows.items()}
        windows: dict[str, Window | None] = {
            name: Window(site=self.site, group=self.site, department=there[name], queues=tuple(map(self._name, accepted)), source=REFORM)
            for name, accepted in self.windows.items()
        }
        windows |= dict.fromkeys(self.move)
        staff = {n: self._seated(s, self.move[s.window]) for n, s in centre.staff.items() if s.window is not None and s.window in self.move}
        staff |= {n: self._seated(s, str(s.window)) for n, s in self.hire.items()}
        fields = {n: getattr(self, n) for n in ("title", "working", "saturday", "closing", "overrun", "wrong_window", "transfers", "rules")}
        new = centre.departments.get(self.body, Department(title=Title(en="Service centre", zh="政务服务中心")))
        departments = {self.body: new} if self.body in there.values() else {}
        home = centre.sites[centre.queues[served[0]].site]
        sites = {self.site: Site(**fields, attendance=home.attendance, discretion=home.discretion, items=self.items, source=REFORM)}
        return put(scenario, sites=sites, departments=departments, queues=queues, windows=windows, staff=staff)

    def _name(self, queue: str) -> str:
        return f"{queue}-{self.site}"

    def _department(self, centre: Centre, queues: tuple[str, ...]) -> str:
        """Return the department of a window: that of its queues, the centre's body where they are of several."""
        several = {centre.queues[q].department for q in queues}
        only = next(iter(several), None)
        return only if len(several) == 1 and only is not None else self.body

    def _seated(self, person: Staff, window: str) -> Staff:
        """Return a person at a window of the branch, who may serve there what he could serve before."""
        skills = dict.fromkeys([*person.skills, *(self._name(q) for q in self.windows[window] if q in person.skills)])
        source = {} if person.source else {"source": REFORM}
        return amended(person, window=window, skills=tuple(skills), **source)

    def _check(self, centre: Centre) -> None:
        refusals = Refusals("open_branch")
        queues = {q for accepted in self.windows.values() for q in accepted}
        refusals.known(sorted(queues), centre.queues, "queue")
        refusals.known([*self.items, *self.delegated], centre.items, "item")
        refusals.known(self.move, centre.windows, "window")
        refusals.known([*self.move.values(), *(s.window for s in self.hire.values())], self.windows, "window of the branch")
        refusals.known((s.shift for s in self.hire.values()), centre.shifts, "shift")
        if self.site in centre.sites:
            refusals.say(self.site, f"there is already a hall called `{self.site}`", "choose another name")
        for name in self.windows:
            if name in centre.windows:
                refusals.say(name, f"window `{name}` is open already", "choose another number")
        for name, person in self.hire.items():
            if name in centre.staff:
                refusals.say(name, f"there is already somebody called `{name}`", "choose another name")
            if person.window is None:
                refusals.say(name, "who is hired for a branch has a window there", "name it")
        for name in self.move:
            if name in centre.windows and not any(s.window == name for s in centre.staff.values()):
                refusals.say(name, f"window `{name}` moves with its people, and nobody has it for his own", "hire somebody")
        for name in (i for i in self.items if i in centre.items):
            for step in centre.items[name].route.values():
                if isinstance(step, CounterStep) and step.queue not in queues:
                    refusals.say(name, f"item `{name}` needs a window of the branch for queue `{step.queue}`", "open one, or leave it out")
        for window, accepted in self.windows.items():
            for queue in (q for q in accepted if q in centre.queues):
                self._stays(window, queue, centre, refusals)
        refusals.check()

    def _stays(self, window: str, queue: str, centre: Centre, refusals: Refusals) -> None:
        """Refuse a queue of another branch, and one that is not poolable at a window or with people of others."""
        row = centre.queues[queue]
        if row.serves is not None:
            refusals.say(queue, f"queue `{queue}` takes the tickets of `{row.serves}` itself", f"name `{row.serves}`")
        if row.poolable or row.department is None:
            return
        people = [s for s in centre.staff.values() if s.window is not None and self.move.get(s.window) == window]
        people += [s for s in self.hire.values() if s.window == window]
        others = any(centre.queues[q].department != row.department for q in self.windows[window] if q in centre.queues)
        if others or any(s.employer != row.department for s in people):
            rule = f"queue `{queue}` stays with windows and people of `{row.department}`: it is not poolable"
            refusals.say(queue, f"{rule}, {row.reason or 'no reason stated'}", "give it a window of its own")


__all__ = ["OpenBranch"]
