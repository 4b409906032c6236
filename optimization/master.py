"""Master: the cheapest staffing that no simulation has ruled out yet, and the cheapest made of parts that were simulated.

With an excess that never grows when somebody is added, a simulated staffing p says of every other x: where x has nowhere more people on
duty than p in a section, its excess there is at least that of p. As a row, with y the excess and b = 1 only where x has more than p:

    y_jc >= low_jc + (excess_jc(p) - low_jc) (1 - sum of b over cells of section c in which p can be exceeded)

That is more than "more people never lengthen a wait": it also says that people elsewhere do not matter to a section, which chained counters
refute. So these rows guide the search. The row that needs the first sentence alone is of the whole staffing: where p misses a requirement
so does every x that has nowhere more people than p, so x has more somewhere, in whichever section (`whole`).

Valid without concavity, unlike the gradient cuts of Atlason, Epelman and Henderson (2008, Management Science 54, 295-309); a no-good with
an or in it where a requirement is of one section. `low` is the excess of nobody waiting, -limit x n. The requirement is sum_c y_jc <= 0.

Where the staffings of each section can be listed, the same is asked by whole staffings in place of b (`staffing_columns`): its relaxation
is tight, and what took 24 s of HiGHS for the district hall takes 0.1 s.

Cells are (group, kind of window, hours that the same shifts cover): more people on duty there is all that matters, whichever shift brings
them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimization.cover import Cover
from optimization.solvers import Answer, Program, SolverFailed, minimise
from optimization.staffing_columns import Columns, chosen, column_program, floors, listed, undominated
from optimization.trials import Trial, cost
from optimization.whole_days import paid_hours, shortened

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Seats = dict[tuple[int, int, int], int]
Cuts = Literal["sections", "whole", "none"]
SOLVE = 10.0
"""Seconds of one program at most, in reproducible mode units of work; what is not proved by then still has a bound."""


class Unsolved(SolverFailed):
    """A program that has neither a solution nor a proof when its time is up."""


@dataclass(frozen=True)
class Limits:
    """What any staffing must keep besides the targets.

    Attributes
    ----------
    sections : of each ticket class (K,).
    present : whether a class must have somebody in a period (K, T).
    served : whether it must have somebody at all (K,), for a queue without window is refused.
    budget : paid hours a week at most, or None.
    """

    sections: Ints
    present: NDArray[np.bool_]
    served: NDArray[np.bool_]
    budget: float | None


class Master:
    """Rows of the cover instance, and cuts from trials as they come."""

    def __init__(
        self, instance: Cover, limits: Limits, requirements: Sequence[str], at_most: Floats, seed: int = 1, steady: bool = False
    ) -> None:
        """`requirements` in words, and what each measure may be at most (J,); `steady`: the same answers each time on one machine."""
        self.instance, self.limits, self.requirements, self.at_most = instance, limits, requirements, at_most
        self.seed, self.steady = seed, steady
        self.ends = inf
        """When the searches are over, by the monotonic clock; endless in reproducible mode."""
        self.forbidden: list[Ints] = []
        """Staffings simulated as a whole that miss a requirement though the sum of their sections would not: (G, S, W) each."""
        _, first = np.unique(instance.covers, axis=1, return_index=True)
        self.periods = [int(t) for t in sorted(first) if instance.covers[:, t].any()]
        self.covers = instance.covers[:, self.periods].astype(np.int64)
        self.section: dict[tuple[int, int], int] = {seat: int(limits.sections[min(served)]) for seat, served in instance.serves.items()}
        self.sections = int(limits.sections.max(initial=-1)) + 1
        self.most: dict[tuple[int, int], int] = {}
        for g, w in instance.serves:
            heads = sum(int(n) for h, n in enumerate(instance.sizes) if h == g or instance.may_move(h, g))
            self.most[g, w] = min(int(instance.windows[w]), heads)

    def solved(self, program: Program) -> Answer:
        """Return the solver's answer.

        Raises
        ------
        KeyboardInterrupt : the user stopped it; half an answer of the master says nothing that the one before did not.
        Unsolved : no solution and no proof in time.
        """
        limit = SOLVE if self.steady else max(1.0, min(SOLVE, self.ends - time.monotonic()))
        try:
            answer = minimise(program, self.seed, limit, reproducible=self.steady, explain=False)
        except SolverFailed as error:
            if "was interrupted" in str(error):
                raise KeyboardInterrupt from None
            if "give it more time" in str(error):
                raise Unsolved(str(error)) from None
            raise
        if answer.stopped == "interrupted":
            raise KeyboardInterrupt
        return answer

    @property
    def late(self) -> bool:
        """Whether the time of the searches is used up."""
        return not self.steady and time.monotonic() >= self.ends

    def duty(self, people: Ints) -> Ints:
        """Return people on duty by group, kind of window and distinct hours (G, W, T')."""
        return np.asarray(np.einsum("gsw,st->gwt", people, self.covers), dtype=np.int64)

    def cheapest(self, trials: Iterable[Trial], margin: Floats, cuts: Cuts = "sections") -> tuple[tuple[Ints, Ints] | None, Answer]:
        """Return people (G, S, W) and moved (G, G) of least cost that no trial rules out, and the answer with its bound.

        Parameters
        ----------
        margin : what each requirement is asked to stay below its limit (J,), in the unit of the excess.
        cuts : by section, to guide a search; `whole` says only that who has nowhere more people than a trial that misses, misses; `none`
            leaves all simulations out, for a bound that rests on rules alone.
        """
        if cuts == "sections" and self.columns:
            return self._by_columns(list(trials), margin)
        program = Program()
        seats, moved = self._staff(program)
        if cuts == "sections":
            self._cuts(program, seats, list(trials), margin)
        elif cuts == "whole":
            over: dict[tuple[int, int, int, int], int] = {}
            for trial in trials:
                if trial.misses(margin).any():
                    self._anywhere(program, seats, over, trial.people)
        answer = self.solved(program)
        return (None if answer.values is None else self._read(answer.values, seats, moved)), answer

    @cached_property
    def columns(self) -> tuple[Columns, ...]:
        """Every staffing of each section, where they can be listed and no two sections share windows; else nothing."""
        kinds = [{w for _, w in self.seats_of(c)} for c in range(self.sections)]
        if sum(map(len, kinds)) > len({w for some in kinds for w in some}):
            return ()
        found = []
        for c in range(self.sections):
            seats = self.seats_of(c)
            must = []
            for k in np.flatnonzero(self.limits.served | self.limits.present.any(axis=1)).tolist():
                some = frozenset(n for n, seat in enumerate(seats) if k in self.instance.serves[seat])
                if int(self.limits.sections[k]) == c:
                    must.append((some, self.limits.present[k, self.periods].astype(np.int64)))
            one = listed(self.instance, self.covers, seats, [self.most[seat] for seat in seats], must)
            if one is None:
                return ()
            found.append(one)
        return tuple(found)

    def _by_columns(self, trials: Sequence[Trial], margin: Floats) -> tuple[tuple[Ints, Ints] | None, Answer]:
        """The same as the program of cuts by section, told by whole staffings of sections."""
        low, needed, parts = self._seen(trials)
        sections = []
        for c, columns in enumerate(self.columns):
            known = [(self._at(duty, columns.seats), excess[needed]) for (place, _), (duty, excess) in parts.items() if place == c]
            floor = floors(columns, known, low[needed, c])
            some = np.arange(len(floor)) if self.forbidden else undominated(columns, floor)
            sections.append((chosen(columns, some), floor[some]))
        above = [
            [np.flatnonzero((one.duty > self._at(self.duty(people), one.seats)).any(axis=(1, 2))) for one, _ in sections]
            for people in self.forbidden
        ]
        program, picks, moves = column_program(self.instance, sections, -margin[needed], self.limits.budget, above)
        answer = self.solved(program)
        if answer.values is None:
            return None, answer
        people = np.zeros_like(self.instance.today)
        for mine, (columns, _) in zip(picks, sections, strict=True):
            best = int(np.argmax(answer.values[mine]))
            for k, (g, w) in enumerate(columns.seats):
                people[g, :, w] = columns.people[best, k]
        went = np.zeros((len(self.instance.sizes),) * 2, dtype=np.int64)
        for pair, v in moves.items():
            went[pair] = round(float(answer.values[v]))
        return (people, went), answer

    def _at(self, duty: Ints, seats: Sequence[tuple[int, int]]) -> Ints:
        """Return people on duty at some seats (seats, T')."""
        return np.array([duty[seat] for seat in seats], dtype=np.int64).reshape(len(seats), len(self.periods))

    def fullest(self) -> tuple[Ints, Ints] | None:
        """Return a staffing with as many paid hours as heads, windows and budget allow."""
        program = Program()
        seats, moved = self._staff(program)
        program.costs = [0.0] * len(program.costs)
        for (_, s, _), v in seats.items():
            program.costs[v] = -float(self.instance.paid[s])
        answer = self.solved(program)
        return None if answer.values is None else self._read(answer.values, seats, moved)

    def clash(self, trials: Sequence[Trial], margin: Floats, cuts: Cuts = "sections") -> tuple[str, ...]:
        """Return the names of rules of which none can be spared if there is to be no staffing; people and windows are never spared.

        With cuts by section nothing where these rules alone leave a staffing, or time is up; of `whole` and `none` it is known already that
        there is no staffing (`cheapest`), and nothing means that people and windows alone leave none. What time leaves open is not spared.
        """
        names = list(dict.fromkeys([*self.requirements, "budget", "hours kept"]))
        if cuts == "sections" and not self._impossible(trials, margin, names, cuts):
            return ()
        for name in list(names):
            fewer = [n for n in names if n != name]
            if self._impossible(trials, margin, fewer, cuts):
                names = fewer
        return tuple(names)

    def _impossible(self, trials: Sequence[Trial], margin: Floats, names: Sequence[str], cuts: Cuts) -> bool:
        program = Program()
        seats, _ = self._staff(program)
        if cuts == "sections":
            self._cuts(program, seats, trials, margin)
        named = ("budget", "hours kept", "simulated together", *self.requirements)
        spared = {n for n in named if n not in names}
        told = {rule: rule if rule in self.requirements else rule.partition(":")[0] for _, _, _, rule in program.rows}
        program.rows = [row for row in program.rows if told[row[3]] not in spared]
        if cuts == "whole":
            over: dict[tuple[int, int, int, int], int] = {}
            asked = np.array([name in names for name in self.requirements])
            for trial in trials:
                if (trial.misses(margin) & asked).any():
                    self._anywhere(program, seats, over, trial.people)
        try:
            return self.solved(program).values is None
        except Unsolved:
            return False

    def recombined(self, trials: Sequence[Trial], margin: Floats) -> tuple[Ints, Ints] | None:
        """Return the cheapest staffing whose every section is that of some trial and which, if sections were apart, would do."""
        program = Program()
        seats, moved = self._staff(program)
        kept: list[tuple[int, Trial, int]] = []
        for c in range(self.sections):
            here = self.seats_of(c)
            seen: dict[bytes, Trial] = {}
            for trial in trials:  # of the same people in this section the last trial: the others were most like those of today's best
                seen[b"".join(trial.people[g, :, w].tobytes() for g, w in here)] = trial
            picks = [(c, trial, program.variable(top=1.0, whole=True)) for trial in seen.values()]
            program.row({v: 1.0 for _, _, v in picks}, 1.0, 1.0)
            kept += picks
            for g, w in here:
                for s in range(len(self.instance.paid)):
                    chosen = {v: -float(trial.people[g, s, w]) for _, trial, v in picks if trial.people[g, s, w]}
                    program.row({seats[g, s, w]: 1.0, **chosen}, 0.0, 0.0)
        for j in range(len(self.requirements)):
            terms = {v: float(trial.excess[j, c]) for c, trial, v in kept if trial.excess[j, c]}
            if terms:
                program.row(terms, upper=-float(margin[j]))
        try:
            answer = self.solved(program)
        except Unsolved:
            return None
        return None if answer.values is None else self._read(answer.values, seats, moved)

    def _staff(self, program: Program) -> tuple[Seats, dict[tuple[int, int], int]]:
        """Who may sit where: heads, windows, hours kept, budget; costs of hours, training and change."""
        i, groups = self.instance, range(len(self.instance.sizes))
        seats = {
            (g, s, w): program.variable(float(i.paid[s]), top=float(self.most[g, w]), whole=True)
            for g, w in i.serves
            for s in range(len(i.paid))
        }
        pairs = [(g, h) for g in groups for h in groups if i.may_move(g, h)]
        moved = {(g, h): program.variable(i.training, float(i.sizes[g]), whole=True) for g, h in pairs}
        for g in groups:
            leaving = {v: 1.0 for (a, _), v in moved.items() if a == g}
            arriving = {v: -1.0 for (_, b), v in moved.items() if b == g}
            seated = {v: 1.0 for (a, _, _), v in seats.items() if a == g}
            program.row({**seated, **leaving, **arriving}, upper=float(i.sizes[g]), rule=f"people: {i.names[g]}")
            if leaving:
                program.row(leaving, upper=float(i.sizes[g]))
        for t in range(len(self.periods)):
            for w, n in enumerate(i.windows):
                terms = {v: 1.0 for (_, s, k), v in seats.items() if k == w and self.covers[s, t]}
                if terms:
                    program.row(terms, upper=float(n), rule=f"windows: {i.window_names[w]}")
            for k in np.flatnonzero(self.limits.present[:, self.periods[t]]).tolist():
                terms = {v: 1.0 for (g, s, w), v in seats.items() if k in i.serves[g, w] and self.covers[s, t]}
                program.row(terms, lower=1.0, rule="hours kept: somebody at all hours served today")
        for k in np.flatnonzero(self.limits.served).tolist():
            program.row({v: 1.0 for (g, _, w), v in seats.items() if k in i.serves[g, w]}, lower=1.0)
        beyond = shortened(program, i, seats)
        if self.limits.budget is not None:
            paid = {v: float(i.paid[s]) for (_, s, _), v in seats.items()} | beyond
            program.row(paid, upper=self.limits.budget, rule=f"budget: {self.limits.budget:g} paid hours a week")
        for c, v in seats.items():
            anew = program.variable(i.change)
            program.row({anew: 1.0, v: -1.0}, lower=-float(i.today[c]))
        return seats, moved

    def _cuts(self, program: Program, seats: Seats, trials: Sequence[Trial], margin: Floats) -> None:
        """The rows of the module's head; several requirements of one trial and section share the sum of b."""
        if not trials:
            return
        low, needed, parts = self._seen(trials)
        over: dict[tuple[int, int, int, int], int] = {}
        y = {(j, c): program.variable() for j in needed for c in np.flatnonzero(np.any([t.excess[j] for t in trials], axis=0)).tolist()}
        for j in needed:
            mine = {v: 1.0 for (k, _), v in y.items() if k == j}
            upper = -float(sum(low[k, c] for k, c in y if k == j)) - float(margin[j])
            program.row(mine, upper=upper, rule=self.requirements[j])
        for (c, _), (duty, excess) in parts.items():
            rows = [j for j in needed if (j, c) in y and excess[j] - low[j, c] > 1e-9]
            more = self._more(program, seats, over, duty, c) if rows else {}
            for j in rows:
                step = float(excess[j] - low[j, c])
                program.row({y[j, c]: 1.0, **{b: step * f for b, f in more.items()}}, lower=step, rule=self.requirements[j])
        for people in self.forbidden:
            self._anywhere(program, seats, over, people)

    def _seen(self, trials: Sequence[Trial]) -> tuple[Floats, list[int], dict[tuple[int, bytes], tuple[Ints, Floats]]]:
        """Return the excess of nobody waiting (J, C), requirements that some trial says something of, and duty and excess by section and
        people on duty there, of equal people the least excess.
        """
        if not trials:
            return np.zeros((len(self.requirements), self.sections)), [], {}
        n = np.max([trial.n for trial in trials], axis=0)
        low = np.minimum(np.min([trial.excess for trial in trials], axis=0), -self.at_most[:, None] * n)
        needed = [j for j in range(len(self.requirements)) if any(trial.excess[j].any() for trial in trials)]
        parts: dict[tuple[int, bytes], tuple[Ints, Floats]] = {}
        for trial in trials:
            duty = self.duty(trial.people)
            for c in range(self.sections):
                key = c, b"".join(duty[seat].tobytes() for seat in self.seats_of(c))
                excess = trial.excess[:, c] if key not in parts else np.minimum(parts[key][1], trial.excess[:, c])
                parts[key] = duty, excess
        return low, needed, parts

    def _anywhere(self, program: Program, seats: Seats, over: dict[tuple[int, int, int, int], int], people: Ints) -> None:
        """Somewhere there are more people on duty than these."""
        duty = self.duty(people)
        anywhere: dict[int, float] = {}
        for c in range(self.sections):
            anywhere |= self._more(program, seats, over, duty, c)
        program.row(anywhere, lower=1.0, rule="simulated together: more people than this")

    def seats_of(self, c: int) -> list[tuple[int, int]]:
        """Return (group, kind of window) of section c."""
        return [seat for seat, section in self.section.items() if section == c]

    def _more(
        self, program: Program, seats: Seats, over: dict[tuple[int, int, int, int], int], duty: Ints, c: int
    ) -> dict[int, float]:
        """The variables of which one must be 1 where section c has more people on duty than `duty` somewhere."""
        found = {}
        for g, w in self.seats_of(c):
            for t in range(len(self.periods)):
                level = int(duty[g, w, t]) + 1
                if level <= self.most[g, w]:
                    found[self._over(program, seats, over, (g, w, t, level))] = 1.0
        return found

    def _over(self, program: Program, seats: Seats, over: dict[tuple[int, int, int, int], int], cell: tuple[int, int, int, int]) -> int:
        """A variable that may be 1 only where `level` or more are on duty in the cell."""
        if cell not in over:
            g, w, t, level = cell
            over[cell] = program.variable(top=1.0, whole=True)
            there = {seats[g, s, w]: -1.0 for s in range(len(self.instance.paid)) if self.covers[s, t]}
            program.row({over[cell]: float(level), **there}, upper=0.0)
        return over[cell]

    def _read(self, x: Floats, seats: Seats, moved: dict[tuple[int, int], int]) -> tuple[Ints, Ints]:
        people = np.zeros_like(self.instance.today)
        for c, v in seats.items():
            people[c] = round(float(x[v]))
        went = np.zeros((len(self.instance.sizes),) * 2, dtype=np.int64)
        for m, v in moved.items():
            went[m] = round(float(x[v]))
        return people, went

    def broken(self, people: Ints, moved: Ints, objective: float | None = None) -> list[str]:
        """Return what a staffing breaks besides the targets, worked out in NumPy without the program or the solver."""
        i, wrong = self.instance, []
        if (people < 0).any() or (moved < 0).any():
            wrong.append("a head count is negative")
        left = i.sizes - moved.sum(axis=1) + moved.sum(axis=0)
        over = np.flatnonzero((people.sum(axis=(1, 2)) > left) | (moved.sum(axis=1) > i.sizes))
        wrong += [f"{i.names[g]}: more people than there are" for g in over]
        abroad = [(g, h) for g, h in np.argwhere(moved).tolist() if not i.may_move(g, h)]
        wrong += [f"{i.names[g]} to {i.names[h]}: another employer or contract" for g, h in abroad]
        wrong += [f"{i.names[g]}: may not sit at {i.window_names[w]}" for g, w in np.argwhere(people.sum(axis=1)) if (g, w) not in i.serves]
        duty = np.einsum("gsw,st->gwt", people, i.covers.astype(np.int64))
        full = np.argwhere(duty.sum(axis=0) > i.windows[:, None])
        wrong += [f"{i.window_names[w]}, period {t}: more people than windows" for w, t in full]
        for k, t in np.argwhere(self.limits.present):
            if not sum(int(duty[g, w, t]) for (g, w), served in i.serves.items() if k in served):
                wrong.append(f"class {k}, period {t}: nobody where somebody serves today")
        for k in np.flatnonzero(self.limits.served).tolist():
            if not sum(int(people[g, :, w].sum()) for (g, w), served in i.serves.items() if k in served):
                wrong.append(f"class {k}: nobody where somebody serves today, at any hour")
        if self.limits.budget is not None and paid_hours(i, people) > self.limits.budget + 1e-6:
            wrong.append("above the budget")
        if objective is not None and abs(cost(i, people, moved) - objective) > 1e-4 * max(1.0, abs(objective)):
            wrong.append(f"the objective is {cost(i, people, moved):.6g}, not {objective:.6g}")
        return wrong


__all__ = ["Limits", "Master", "Unsolved"]
