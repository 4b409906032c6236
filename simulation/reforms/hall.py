"""Reforms of the way between window and department: approval sections sit in the hall, files are carried more often."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from simulation.centre import Centre
from simulation.frozen import Title
from simulation.items import Item, MeetingStep, TaskStep
from simulation.reforms.amend import Edit, Refusals, amended, inherited, put, without
from simulation.reforms.places import tidied
from simulation.routes import ancestors, predecessors
from simulation.scenario import Scenario
from simulation.site import TransferRun
from simulation.units import Count

SIGNING = ("section", "leader")
"""Roles of the pools that sign."""


class MoveSections(Edit):
    """Approval sections move into the hall with a chief representative 首席代表, who signs there 充分授权、整建制进厅.

    Mechanism: the section heads of the departments become chief representatives at the hall's opening hours and sign whatever their
    department signs for the hall, its opinions to others included. Of signatures that follow directly on one another the first
    `signatures` stay, with their time; those behind them are given by nobody, so their time goes too, and a decision among them is the
    chief's. Leaders' desks see no new file. Runs whose two ends are now in the hall are dropped; runs to other departments stay.
    Where his department's section head or leader sits at a table of joint handling, the chief sits there, once; the work brought to the
    table stays as it is. It is not delegation (S15): the officers' work stays with the officers.

    Assumes: the chief gives his day to the hall (his other duties are somebody else's, at the cost stated); a file is handed over
    behind the window in no time. Law: Administrative Licensing Law 26(1), one section accepts and answers for the department; 24, the
    chief is its officer and signs in its name; at most two signatures, Beijing 2024, Art 35.
    """

    kind: Literal["move_sections"]
    site: str
    departments: tuple[str, ...]
    signatures: Count = Count(1)

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        refusals = Refusals("move_sections")
        refusals.known([self.site], centre.sites, "site")
        refusals.known(self.departments, centre.departments, "department")
        if not self.departments:
            refusals.say("[]", "some department moves its section", "name it")
        if not 1 <= self.signatures <= 2:
            refusals.say(str(self.signatures), "a file is signed once or twice in the hall (Beijing 2024, Art 35)", "write 1 or 2")
        for name in self.departments:
            if name in centre.departments and not any(p.department == name and p.role == "section" for p in centre.pools.values()):
                refusals.say(name, f"`{name}` has no section head who could be its chief representative", "leave it out")
        refusals.check()
        moved = set(self.departments)
        pools, chief = self._chiefs(centre, moved)
        after = put(scenario, pools=pools)
        items = {name: self._item(name, item, after.centre, centre, moved, chief, refusals) for name, item in centre.items.items()}
        refusals.check()
        return put(after, items={n: item for n, item in items.items() if item != centre.items[n]})

    def _chiefs(self, centre: Centre, moved: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the pools as they become, and by pool that signed the chief who signs instead."""
        sections = [n for n, p in centre.pools.items() if p.department in moved and p.role == "section"]
        chief = {n: f"{n.removesuffix('-section')}-chief" for n in sections}
        pools: dict[str, Any] = {}
        for n in sections:
            old = centre.pools[n]
            title = Title(en=f"Chief representative ({old.title.en})", zh=f"首席代表（{old.title.zh}）")
            pools |= {n: None, chief[n]: amended(old, title=title, hours=centre.sites[self.site].working, hall_share=None)}
        for n, p in centre.pools.items():
            if p.department in moved and p.role == "leader":
                chief[n] = chief[_superior_of(n, sections, centre)]
        return pools, chief

    def _item(
        self, name: str, item: Item, after: Centre, centre: Centre, moved: set[str], chief: dict[str, str], refusals: Refusals
    ) -> Item:
        before = predecessors(item.route)
        signs = {n: centre.pools[s.pool].department for n, s in item.route.items() if isinstance(s, TaskStep) and s.pool in chief}
        rank = _ranks(signs, before)
        dropped = {n for n in signs if rank[n] > self.signatures}
        for n in signs.keys() - dropped:
            if sum(signs.get(p) == signs[n] and p not in dropped for p in ancestors(before, n)) >= self.signatures:
                rule = f"signature `{n}` of `{name}` comes after other work, so no earlier one can stand for it"
                refusals.say(f"{name}.{n}", rule, "allow another signature, or leave the department out")
        deciders = {n for n in dropped if getattr(item.route[n], "decides", False)}
        heirs = {p for n in deciders for p in ancestors(before, n) if p in signs and p not in dropped and signs[p] == signs[n]}
        route, links = without(item, dropped)
        for n in signs.keys() - dropped:
            step = route[n]
            assert isinstance(step, TaskStep)
            route[n] = amended(step, pool=chief[step.pool], decides=step.decides or n in heirs)
        met = {n: inherited(s, chief) for n, s in route.items() if isinstance(s, MeetingStep)}
        if not signs and item.department not in moved and all(met[n] == route[n] for n in met):
            return item
        route |= met
        return tidied(item, route, links, after, moved)


def _ranks(signs: dict[str, str], before: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Return which signature in an unbroken row of one department's each is, from 1."""
    rank: dict[str, int] = {}

    def of(n: str) -> int:
        if n not in rank:
            rank[n] = 1 + max((of(p) for p in before[n] if signs.get(p) == signs[n]), default=0)
        return rank[n]

    for n in signs:
        of(n)
    return rank


def _superior_of(leader: str, sections: list[str], centre: Centre) -> str:
    """Return the section whose head signs most often in the routes that this leader signs, else the department's first."""
    own = [n for n in sections if centre.pools[n].department == centre.pools[leader].department]
    used = [{s.pool for s in i.route.values() if isinstance(s, TaskStep)} for i in centre.items.values()]
    together = Counter(n for pools in used if leader in pools for n in own if n in pools)
    return max(own, key=lambda n: together[n])


class ChangeTransfers(Edit):
    """Carry files between window and department at other times 衔接流转班次.

    Mechanism: the daily runs of a site; a file waits for the next one, and for the hours of whoever it reaches. Assumes: somebody
    carries, at the cost stated; no file is lost. Law: none is touched; the clock runs while a file lies in a tray.
    """

    kind: Literal["change_transfers"]
    site: str
    runs: tuple[TransferRun, ...]

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("change_transfers")
        refusals.known([self.site], scenario.centre.sites, "site")
        leaves = [run.leaves for run in self.runs]
        if not leaves:
            refusals.say("[]", "files that go to the departments are carried", "state at least one run")
        for time in sorted({t for t in leaves if leaves.count(t) > 1}):
            refusals.say(str(time), "two runs of one site do not leave at the same time", "state it once")
        refusals.check()
        return put(scenario, sites={self.site: amended(scenario.centre.sites[self.site], transfers=self.runs)})


__all__ = ["ChangeTransfers", "MoveSections"]
