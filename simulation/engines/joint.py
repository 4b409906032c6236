"""Several departments, one case: opinions, their deadlines, and the step that joins them.

An office without opinions is an `Office` and nothing here runs. What a department says was drawn before; it is given when its task is
finished, and reaches the join with what carries it there.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import Any

from simulation.engines.cases import Case
from simulation.engines.office import NEVER, Office
from simulation.engines.phases import ABANDON, DUE, STATE, Moment
from simulation.engines.rows import END, OUTCOME, REASON, START, Row

FIRST = -(1 << 30)
"""Standing of a file that goes before all others, also before those that supervision has moved forward."""


class Hearing:
    """What is known of one case: who objects or not, which steps are finished, which fall away, for which nobody waits any more."""

    __slots__ = ("answers", "files", "finished", "silent", "unawaited", "vetoed")

    def __init__(self) -> None:
        self.answers: dict[int, bool] = {}
        """Opinion -> whether it is positive."""
        self.finished: set[int] = set()
        self.silent: set[int] = set()
        self.unawaited: set[int] = set()
        self.files: list[tuple[int, Row]] = []
        """Step and row of every task that was begun for it."""
        self.vetoed = False


class JointOffice(Office):
    """An office that hears several departments on one case."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked, self.heard = self.plan.joint.asked, self.plan.joint.heard
        self.hearings: defaultdict[int, Hearing] = defaultdict(Hearing)
        self.dues: dict[int, list[tuple[int, int, Case, Row]]] = {}
        """Case, step and row of the opinions whose time to answer ends, by second."""
        self.first: set[int] = set()
        """Rows of files that were put before all others."""
        self.late: set[int] = set()
        """Rows of opinions that count as given, though somebody still works on them."""

    def begin(self, case: Case, step: int, since: int | None = None) -> None:
        """Begin a step, unless it would carry an opinion that was never given."""
        if step in self.hearings[case.id].silent:
            self.complete(case, step)
        else:
            super().begin(case, step, since)

    def complete(self, case: Case, step: int) -> None:
        """A step is finished: an opinion is given with it; a veto ends the case, and of what nobody waits for nobody is told."""
        hearing = self.hearings[case.id]
        hearing.finished.add(step)
        if step in self.asked and not case.closed:
            hearing.answers.setdefault(step, not self._objects(case, step))
            if self.asked[step].rule == "early_veto" and not hearing.answers[step]:
                if not hearing.vetoed:
                    hearing.vetoed = True
                    Moment(self.env, ABANDON, 0, lambda: self._veto(case))
                return
        if step not in hearing.unawaited:
            super().complete(case, step)
        elif not case.closed:
            self.go_on(case, step)

    def reach(self, case: Case, step: int, following: int) -> None:
        """A step that joins opinions begins with the k-th positive one; what is unfinished before it is waited for no longer."""
        join = self.heard.get(following)
        if join is None or join.k == 0 or case.missing[following] <= 1:
            super().reach(case, step, following)
            return
        case.missing[following] -= 1
        hearing = self.hearings[case.id]
        here = hearing.finished | case.behind
        positive = {o for p, opinions in join.brings.items() if p in here for o in opinions if hearing.answers.get(o, True)}
        if len(positive) >= join.k and join.alone <= here:
            lost = join.before - here - hearing.unawaited
            hearing.unawaited |= lost
            case.done += len(lost)
            case.missing[following] = 0
            self.begin(case, following)

    def finished(self, case: Case, step: int, row: Row) -> None:
        """An opinion in a department's own words is a row of its own: `denied` when it is negative."""
        if id(row) in self.late:
            row[END], row[OUTCOME] = int(self.env.now), "done"
            return
        super().finished(case, step, row)
        if step in self.asked and row[OUTCOME] == "done" and self._objects(case, step):
            row[OUTCOME] = "denied"

    def _objects(self, case: Case, step: int) -> bool:
        return self._chance(case, "objects", step) < self.asked[step].objects

    def _denied(self, case: Case) -> bool:
        """One negative opinion denies the case, or fewer positive ones than the rule asks for, or what the item's own share draws."""
        answers, joined = self.hearings[case.id].answers, [h for s, h in self.heard.items() if s in case.missing and h.k]
        few = any(sum(answers.get(o, True) for o in h.opinions) < h.k for h in joined)
        negative = any(not positive and self.asked[o].rule == "all" for o, positive in answers.items())
        return super()._denied(case) or few or negative

    def _veto(self, case: Case) -> None:
        """End the case now; work begun goes on, and in the next second the files that wait are called back."""
        if not case.closed:
            self._decide(case, True, "veto")
            Moment(self.env, STATE, 1, lambda: self._call_back(case))

    def _call_back(self, case: Case) -> None:
        for step, row in self.hearings[case.id].files:
            if row[START] is None and row[END] is None:
                self._take_out(case, step, row, "veto")
        self.call_off(case, "veto")

    # --- deadlines ---

    def _task(self, case: Case, step: int, since: int) -> Row:
        """Let the time to answer run from the begin of the wait."""
        row = super()._task(case, step, since)
        self.hearings[case.id].files.append((step, row))
        asked = self.asked.get(step)
        if asked is not None and asked.deadline_wd > 0 and asked.late != "block":
            due = max(self.later(since, asked.deadline_wd), int(self.env.now) + 1)
            if due < NEVER:
                self._end_at(due).append((case.id, step, case, row))
        return row

    def _end_at(self, due: int) -> list[tuple[int, int, Case, Row]]:
        """Return the opinions whose time to answer ends at second `due`; it ends for one after the other, by case and step."""
        if due not in self.dues:
            self.dues[due] = []

            def end() -> None:
                for _, step, case, row in sorted(self.dues.pop(due), key=lambda entry: entry[:2]):
                    self._due(case, step, row)

            Moment(self.env, DUE, due - int(self.env.now), end)
        return self.dues[due]

    def _due(self, case: Case, step: int, row: Row) -> None:
        """The time to answer is over; who is done in this very second is in time."""
        if row[END] is not None or case.closed or step in self.hearings[case.id].unawaited:
            return
        deemed = self.asked[step].late == "deemed_consent"
        where = self.plan.pool_at(self.steps[step]["place"], int(self.env.now))
        place = {"queue": self.plan.pools[where], "department": self.plan.pool_rows[where].department}
        now, reason = int(self.env.now), "deemed_consent" if deemed else "late_opinion"
        alert = self.rows.begin(case, case.visit, self.plan.routes.names[step], "alert", now, now, reason=reason, **place)
        alert[END], alert[OUTCOME] = now, "done"
        if deemed:
            self._deem(case, step, row)
        elif row[START] is None:
            self._put_first(case, step, row)

    def _deem(self, case: Case, step: int, row: Row) -> None:
        """The opinion counts as given: nothing is carried back, and nobody waits for who still works on it."""
        hearing = self.hearings[case.id]
        hearing.answers[step] = True
        hearing.silent |= self.asked[step].silent
        if row[START] is None:
            self._take_out(case, step, row, "deemed_consent")
        else:
            row[REASON] = "deemed_consent"
            self.late.add(id(row))
        self.complete(case, step)

    def _put_first(self, case: Case, step: int, row: Row) -> None:
        """The file goes before all others of its pool; one that lay idle is taken up, one that has an appointment keeps it."""
        self.first.add(id(row))
        if entry := self._withdrawn(step, row):
            super()._enqueue(case, step, row, entry[1], FIRST)
        elif self.steps[step]["delay_wd"] < 0:
            super()._enqueue(case, step, row, int(self.env.now), FIRST)

    def _enqueue(self, case: Case, step: int, row: Row, ready: int, priority: int | None = None) -> None:
        """A file whose row has ended never comes to the queue; one that was put first is there already, or comes there first."""
        if row[END] is not None or (id(row) in self.first and self.steps[step]["delay_wd"] < 0):
            return
        super()._enqueue(case, step, row, ready, FIRST if id(row) in self.first else priority)

    def _take_out(self, case: Case, step: int, row: Row, reason: str) -> None:
        row[END], row[OUTCOME], row[REASON] = int(self.env.now), "interrupted", reason
        self._withdrawn(step, row)

    def _withdrawn(self, step: int, row: Row) -> tuple[Any, ...] | None:
        """Take a file out of its queue and return its place there, if it was in it; who stood behind it may be next."""
        where = self.plan.pool_at(self.steps[step]["place"], int(self.env.now))
        pool = self.pools[where]
        entry = next((e for e in pool.queue if e[-1] is row), None)
        if entry is not None:
            pool.queue.remove(entry)
            heapq.heapify(pool.queue)
            self.dispatchers[where].ask()
        return entry
