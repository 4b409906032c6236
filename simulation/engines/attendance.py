"""Who is there: when each post is manned, who sits in for whom, and how many heads a pool has. All of it is known before the run.

Lateness and gaps are those of `simulation.centre.Attendance`, drawn for the second at which an interval begins, not for its number in the
day. Whoever serves when his gap begins finishes first, and is back when the gap ends; whoever is missing when his interval ends does not
come back for the overrun.

Cover AB岗: for each person with a window who is absent that day, in the order of the staff list, the first pool of officers of his employer
sends one head to sit in for him, whole intervals long, if it works that day and keeps one head or more. An absent member of a pool is
covered by nobody. A tidal window has no late openings, no gaps and no cover: its person comes when it opens. Machines have none either.
Whoever is absent is paid: in the log's duty his window is `absent`, or, where none stands empty for it, he is `away`.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulation.distributions import Distribution
from simulation.draws import FOREVER, Draws
from simulation.engines.discretion import individual
from simulation.plan import Plan
from simulation.seating import POST, permille
from simulation.shifts import DAY, Spans, subtract
from simulation.site import Attendance

Post = dict[str, int]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Presence:
    """The posts and the heads of one replication.

    Attributes
    ----------
    table : the posts of the plan with their `day`, `site`, `covered` and `unlisted`; pace and errors are those of whoever sits there.
    there : bool (posts,): whether anybody is on duty at it.
    gaps : by post: the spans in which somebody is at it, where these are not the whole of an interval with somebody there.
    heads : int64 (pools, days): members who are there.
    """

    def __init__(self, plan: Plan, draws: Draws) -> None:
        self.plan = plan
        nobody = np.zeros(plan.days, dtype=bool)
        self._absent: dict[str, Bools] = {}
        for (name, *_), days in zip(plan.absences, draws.absent, strict=True):
            self._absent[name] = self._absent.get(name, nobody) | days
        site = {classes: int(plan.class_site[min(classes)]) for classes in {*plan.post_classes}}
        table = np.zeros(len(plan.posts), dtype=[*POST.descr, *((name, np.int64) for name in ("day", "site", "covered", "unlisted"))])
        for name in POST.names or ():
            table[name] = plan.posts[name]
        table["day"], table["site"] = table["opens"] // DAY, [site[classes] for classes in plan.post_classes]
        self.table = table
        tidal = np.isin(table["window"], [tide.window for tide in plan.tides])
        machine = np.isin(table["person"], [*plan.machines])
        away = np.array([self._absent.get(name, nobody) for name in plan.persons], dtype=bool).reshape(-1, plan.days)
        absent = away[table["person"], table["day"]]
        here = [sum(~self._absent.get(name, nobody) for name in members) + np.zeros(plan.days, np.int64) for members in plan.pool_people]
        self.heads = np.array(here, dtype=np.int64).reshape(-1, plan.days)
        self._cover(absent, ~tidal)
        individual(self.table, plan, draws)
        self.there: Bools = (table["covered"] == 1) | ~absent
        self._empty: dict[tuple[str, int], Spans] = {}
        for opens, closes, person, day in table[["opens", "closes", "person", "day"]][~self.there].tolist():
            self._empty.setdefault((plan.persons[person], day), []).append((opens, closes))
        self.gaps = {k: Spans() for k in np.flatnonzero(~self.there).tolist()}
        for n, rows in enumerate(plan.site_rows):
            if rows.attendance is not None:
                self._miss(rows.attendance, ~absent & ~tidal & ~machine & (table["site"] == n), draws)

    @cached_property
    def posts(self) -> list[Post]:
        """The posts as mappings."""
        names = self.table.dtype.names or ()
        return [dict(zip(names, row, strict=True)) for row in self.table.tolist()]

    @cached_property
    def manned(self) -> list[Spans]:
        """The spans in which somebody is at it, by post."""
        wholes = zip(self.table["opens"].tolist(), self.table["closes"].tolist(), strict=True)
        return [self.gaps.get(k, [whole]) for k, whole in enumerate(wholes)]

    def away(self, pool: int, opens: int, closes: int) -> Spans:
        """Return the spans of a working interval that absent members of a pool are paid for, but for those of a window of their own."""
        day = opens // DAY
        members = [m for m in self.plan.pool_people[pool] if m in self._absent and self._absent[m][day]]
        return [span for m in members for span in subtract([(opens, closes)], self._empty.get((m, day), ()))]

    def missed(self, pool: int) -> Bools:
        """Say of each day whether a member of a pool is absent."""
        found = np.zeros(self.plan.days, dtype=bool)
        for name in self.plan.pool_people[pool]:
            found |= self._absent.get(name, False)
        return found

    def _cover(self, absent: Bools, fixed: Bools) -> None:
        """Let somebody sit in for those absent from a fixed window whose site has cover, and take him out of his pool."""
        plan, table = self.plan, self.table
        rules = np.array([site.cover == "department" for site in plan.site_rows])
        asked = absent & fixed & rules[table["site"]]
        works = {(pool, opens // DAY) for pool, opens, _ in plan.pool_open.tolist()} if asked.any() else set()
        covered = set()
        for day, person in sorted({*table[["day", "person"]][asked].tolist()}):
            pool = int(plan.cover[person])
            if (pool, day) in works and self.heads[pool, day] > 1:
                self.heads[pool, day] -= 1
                covered.add((day, person))
        for k in np.flatnonzero(absent).tolist() if covered else ():
            post = table[k]
            if (int(post["day"]), int(post["person"])) in covered:
                post["covered"], post["wrong"] = 1, 0
                post["pace"] = permille(plan.site_rows[post["site"]].cover_pace)

    def _miss(self, rule: Attendance, asked: Bools, draws: Draws) -> None:
        """Find the spans of their intervals in which people are not at their windows, person by person and interval by interval."""
        rows = np.flatnonzero(asked)
        table = self.table[rows]
        key = table["person"] * DAY + table["begins"] % DAY
        order = np.argsort(key, kind="stable")
        opens, closes = self.table["opens"].tolist(), self.table["closes"].tolist()
        for group in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(rows) else ():
            mine = table[group]
            person, begins, day = self.plan.persons[mine["person"][0]], int(mine["begins"][0]) % DAY, mine["day"]

            def luck(purpose: str, person: str = person, begins: int = begins, day: Ints = day) -> NDArray[np.float64]:
                return draws.of_duty(purpose, person, begins)[day]

            late, leaves = luck("late") < rule.late, luck("gap") < rule.gap
            found: list[tuple[Bools, Ints, Ints]] = []
            if late.any():
                found.append((late, mine["begins"], mine["begins"] + _seconds(rule.late_by, luck("late_by"))))
            if leaves.any():
                since = mine["begins"] + (luck("gap_from") * (mine["ends"] - mine["begins"])).astype(np.int64)
                found.append((leaves, since, since + _seconds(rule.gap_lasts, luck("gap_lasts"))))
            for which, since, until in found:
                until = np.minimum(np.minimum(until, mine["ends"]), _sent_back(rule, since, until))
                for k, a, b in zip(rows[group[which]].tolist(), since[which].tolist(), until[which].tolist(), strict=True):
                    self.gaps[k] = subtract(self.gaps.get(k, [(opens[k], closes[k])]), [(a, b)])


def _sent_back(rule: Attendance, since: Ints, until: Ints) -> Ints:
    """Return when a round ends each absence from `since` to `until`; `until` where no round sees it."""
    rounds = np.array([*sorted(map(int, rule.patrol)), 1 << 60])
    day = since // DAY * DAY
    seen = day + rounds[np.searchsorted(rounds, since - day)]
    return np.where(seen < until, seen + int(rule.returns), until)


def _seconds(law: Distribution, u: NDArray[np.float64]) -> Ints:
    return np.maximum(1, np.floor(np.minimum(law.ppf(u), FOREVER) + 0.5)).astype(np.int64)
