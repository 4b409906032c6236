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

from collections import Counter
from functools import cache

import numpy as np

from simulation.distributions import Distribution
from simulation.draws import Draws
from simulation.plan import Plan
from simulation.seating import permille
from simulation.shifts import DAY, Spans, subtract
from simulation.site import Attendance

Post = dict[str, int]


class Presence:
    """The posts and the heads of one replication.

    Attributes
    ----------
    posts : the posts of the plan, each a mapping, with `site` and `covered`; pace and errors are those of whoever sits there.
    there : by post: whether anybody is on duty at it.
    manned : by post: the spans in which somebody is at it.
    """

    def __init__(self, plan: Plan, draws: Draws) -> None:
        self.plan = plan
        self.absent: dict[str, set[int]] = {}
        for (name, *_), days in zip(plan.absences, draws.absent, strict=True):
            self.absent.setdefault(name, set()).update(days.nonzero()[0].tolist())
        self.posts: list[Post] = [dict(zip(plan.posts.dtype.names or (), row, strict=True)) for row in plan.posts.tolist()]
        for post, classes in zip(self.posts, plan.post_classes, strict=True):
            post["site"] = int(plan.class_site[min(classes)])
        self._tidal = {tide.window for tide in plan.tides}
        self._machines = plan.machines
        self._lent: Counter[tuple[int, int]] = Counter()
        covered = self._covered()
        self._empty: dict[tuple[str, int], Spans] = {}
        self.there: list[bool] = []
        self.manned: list[Spans] = []
        self._luck = cache(draws.of_duty)
        for post in self.posts:
            absent, whole = self._absent(post), (post["opens"], post["closes"])
            post["covered"] = int((post["person"], post["opens"] // DAY) in covered)
            if post["covered"]:
                post["pace"], post["wrong"] = permille(plan.site_rows[post["site"]].cover_pace), 0
            self.there.append(bool(post["covered"]) or not absent)
            if not self.there[-1]:
                self._empty.setdefault((plan.persons[post["person"]], post["opens"] // DAY), []).append(whole)
            gone = [] if absent else self._missing(post)
            self.manned.append([] if not self.there[-1] else subtract([whole], gone) if gone else [whole])

    def head(self, pool: int, day: int) -> int:
        """Return how many members of a pool are in it on a day."""
        return sum(day not in self.absent.get(m, ()) for m in self.plan.pool_people[pool]) - self._lent[pool, day]

    def away(self, pool: int, opens: int, closes: int) -> Spans:
        """Return the spans of a working interval that absent members of a pool are paid for, but for those of a window of their own."""
        day = opens // DAY
        members = [m for m in self.plan.pool_people[pool] if day in self.absent.get(m, ())]
        return [span for m in members for span in subtract([(opens, closes)], self._empty.get((m, day), ()))]

    def _absent(self, post: Post) -> bool:
        return post["opens"] // DAY in self.absent.get(self.plan.persons[post["person"]], ())

    def _covered(self) -> set[tuple[int, int]]:
        """Return (person, day) of those for whom somebody sits in, and take him out of his pool."""
        rules = [site.cover for site in self.plan.site_rows]
        if "department" not in rules:
            return set()
        seats = [p for p in self.posts if rules[p["site"]] == "department" and p["window"] not in self._tidal]
        asked = {(p["opens"] // DAY, p["person"]) for p in seats if self._absent(p)}
        works = {(pool, opens // DAY) for pool, opens, _ in self.plan.pool_open.tolist()}
        covered = set()
        for day, person in sorted(asked):
            pool = int(self.plan.cover[person])
            if (pool, day) in works and self.head(pool, day) > 1:
                self._lent[pool, day] += 1
                covered.add((person, day))
        return covered

    def _missing(self, post: Post) -> Spans:
        """Return the spans of his interval in which the person of a post is not at his window."""
        rule = self.plan.site_rows[post["site"]].attendance
        if rule is None or post["window"] in self._tidal or post["person"] in self._machines:
            return []
        person, day, begins, ends = self.plan.persons[post["person"]], post["opens"] // DAY, post["begins"], post["ends"]

        def luck(purpose: str) -> float:
            return float(self._luck(purpose, person, begins % DAY)[day])

        spans = []
        if luck("late") < rule.late:
            spans.append((begins, begins + _seconds(rule.late_by, luck("late_by"))))
        if luck("gap") < rule.gap:
            since = begins + int(luck("gap_from") * (ends - begins))
            spans.append((since, since + _seconds(rule.gap_lasts, luck("gap_lasts"))))
        return [(since, min(until, ends, _sent_back(rule, since, until))) for since, until in spans]


def _sent_back(rule: Attendance, since: int, until: int) -> int:
    """Return when a round ends an absence from `since` to `until`; `until` where no round sees it."""
    day = since // DAY * DAY
    found = [t for t in (day + int(t) for t in rule.patrol) if since <= t < until]
    return min(found) + int(rule.returns) if found else until


def _seconds(law: Distribution, u: float) -> int:
    return max(1, int(np.floor(law.ppf(np.array([u]))[0] + 0.5)))
