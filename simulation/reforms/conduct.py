"""Reforms of conduct at the windows: that somebody is there, and that all do the same."""

from __future__ import annotations

from typing import Any, Literal

from simulation.centre import Centre
from simulation.distributions import Times
from simulation.reforms.amend import Edit, Refusals, amended, put
from simulation.scenario import Scenario
from simulation.units import Duration, Factor, Share, TimeOfDay


class DailyManagement(Edit):
    """Manage the day at the windows 日常管理: punctuality, gaps, rounds, and cover for the absent (AB岗).

    Mechanism: a window that is open and unmanned calls nobody, and its queue grows; a round sends whoever is missing back; who is absent
    for the day is replaced by an officer of his department, whose files then wait longer.

    Assumes: a round is made every day at its second and heeded by all; nobody is missing less because there are rounds (state a smaller
    `late` or `gap` for that); whoever sits in may do what the absent person may, at `cover_pace`.

    Law: attendance is the centre's own order, and posts stay within the establishment (Establishment Regulation 6); an AB role is kept so
    that no post is vacant (local rules on "zero vacancy").
    """

    kind: Literal["daily_management"]
    site: str
    late: Share | None = None
    late_by: Times | None = None
    gap: Share | None = None
    gap_lasts: Times | None = None
    patrol: tuple[TimeOfDay, ...] | None = None
    returns: Duration | None = None
    cover: Literal["none", "department"] | None = None
    cover_pace: Factor | None = None

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("daily_management")
        refusals.known([self.site], scenario.centre.sites, "site")
        refusals.check()
        site = scenario.centre.sites[self.site]
        habits = _stated(self, "late", "late_by", "gap", "gap_lasts", "patrol", "returns")
        changes = _stated(self, "cover", "cover_pace")
        if not habits and not changes:
            refusals.say(self.site, "daily management states what it manages", "give one of its fields, such as `patrol:`")
        if habits and site.attendance is None:
            refusals.say(", ".join(habits), f"`{self.site}` states no attendance: everybody is at his window", "leave it out, or state it")
        if self.cover == "department" and not _coverable(scenario.centre, self.site):
            refusals.say(self.site, "cover comes from a pool of two officers or more of the employer; nobody here has one", "add officers")
        refusals.check()
        if habits and site.attendance is not None:
            changes["attendance"] = amended(site.attendance, **habits)
        return put(scenario, sites={self.site: amended(site, **changes)})


class StandardOperation(Edit):
    """Standardise the handling of items 规范审批运行: the same steps, papers and time whoever serves.

    Mechanism: officers differ in their factor of handling time and in how often they ask for a paper that is on no list; a standard leaves
    a part of either. Each officer keeps his place among the others, so that the slow come down and the quick give up a little. Rules of
    the case classes 办件类型 say who decides: a part is left of the cases that the window could decide and defers to the department.

    Assumes: the mean speed of the officers stays, so that a narrower spread shortens the mean time a little; `spread` and `unlisted` say
    what is left of today's. Says nothing about guides and notices (`one_time_notice`).

    Law: Administrative Licensing Law 16(4), no conditions beyond the law (R02), and 31, no irrelevant papers (R10).
    """

    kind: Literal["standardise"]
    site: str
    spread: Share = Share(1)
    """What is left of the differences in handling time."""
    unlisted: Share = Share(1)
    """What is left of the chance of being asked for an unlisted paper."""
    defers: Share = Share(1)
    """What is left of the chance that the window defers what it could decide."""

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("standardise")
        refusals.known([self.site], scenario.centre.sites, "site")
        refusals.check()
        site = scenario.centre.sites[self.site]
        if (today := site.discretion) is None:
            refusals.say(self.site, f"`{self.site}` states no discretion: all officers are alike already", "leave it out, or state it")
            refusals.check()
            return scenario
        left = {n: _part(getattr(today, n), getattr(self, n)) for n in ("spread", "unlisted", "defers") if getattr(self, n) != 1}
        return put(scenario, sites={self.site: amended(site, discretion=amended(today, **left))})


def _stated(edit: Edit, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(edit, name)) is not None}


def _part(today: Share, left: Share) -> Share:
    """Return a part of a share; the range covers what is believed of both."""
    ends = [round(float(x) * float(y), 6) for x, y in zip(_believed(today), _believed(left), strict=True)]
    return Share(round(float(today) * float(left), 6), *(ends if ends[0] < ends[1] else ()))


def _believed(share: Share) -> tuple[float, float]:
    return (float(share), float(share)) if share.low is None or share.high is None else (share.low, share.high)


def _coverable(centre: Centre, site: str) -> bool:
    """Say whether anybody at a window of the site has an employer with two officers or more in its first pool of them."""
    first: dict[str, int] = {}
    for pool in centre.pools.values():
        if pool.role == "officers":
            first.setdefault(pool.department, sum(map(int, pool.people.values())))
    queues = {q for w in centre.windows.values() if w.site == site for q in w.queues}
    return any(first.get(s.employer, 0) > 1 for s in centre.staff.values() if queues & set(s.skills))


__all__ = ["DailyManagement", "StandardOperation"]
