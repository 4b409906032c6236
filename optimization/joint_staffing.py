"""Joint staffing: shifts chosen with the simulation in the loop, until the bound of the master meets a staffing that was simulated.

Each round simulates the cheapest staffing that no trial rules out. If it keeps the targets it is the optimum of this sample of chance
(sample average approximation; Atlason, Epelman and Henderson 2004, Annals of Operations Research 127, 333-358); else it is a cut, lifted:
sections that miss a requirement of their own get more people, shift by shift, as long as they still miss it, all sections in one
simulation. Beside it the cheapest recombination of simulated sections is tried, for a staffing that keeps the targets early, and what is
next to the best in each section whenever a better one is found.

The search's bound rests on two assumptions: more people on duty never add to an excess, and people of one section do nothing to another.
The first is a theorem for one queue, first come first served, of people who wait for ever; with patience, people who come back, or people
of different pace it may fail. The second fails where tickets go from counter to counter. Every pair of trials that could refute one of them
is looked at, and what was found is said; a bound above a staffing that keeps all requirements refutes them too, and is none.
`proved_bound` does without the second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from optimization.master import Master, Unsolved
from optimization.solvers import TOLERANCE, Answer, SolverFailed
from optimization.staffing_moves import neighbours
from optimization.trials import Trial, Trials

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


AGAIN = 5
"""Recombinations tried in a round, until one keeps the targets."""


@dataclass(frozen=True)
class Joint:
    """What a search found.

    Attributes
    ----------
    best : the cheapest trial that keeps all requirements; None when none was found.
    bound : no staffing that keeps them, in this sample, costs less, under both assumptions; None when there is none at all, or `refuted`.
    trials : staffings simulated in all.
    clash : rules that cannot all be kept, where the search proved it under the same assumption.
    backend : of the master; `digest` of its program, which had the bound.
    stopped : by the user, so that this is the best so far.
    refuted : a staffing that keeps all requirements costs less than the bound, or is where there should be none.
    late : the time of the searches was used up first.
    """

    best: Trial | None
    bound: float | None
    trials: int
    clash: tuple[str, ...]
    backend: str
    digest: str = ""
    stopped: bool = False
    late: bool = False
    refuted: bool = False

    @property
    def gap(self) -> float | None:
        """(cost - bound) / max(1, |cost|)."""
        if self.best is None or self.bound is None:
            return None
        return max(0.0, self.best.cost - self.bound) / max(1.0, abs(self.best.cost))


@dataclass(frozen=True)
class Monotone:
    """Pairs of trials of which one has nowhere fewer people on duty, and what they say of the assumptions.

    Attributes
    ----------
    pairs : how many; `broken` those in which an excess is larger all the same.
    equal : those of the broken ones with the same people on duty there: it is the others that matter, not more people.
    largest : by how much at most, as a share of limit x n of the requirement, n that of the trial that counts most tickets for it; of
        requirements without limit or tickets nothing is told.
    """

    pairs: int
    broken: int
    equal: int
    largest: float


def search(
    trials: Trials, master: Master, margin: Floats, first: list[tuple[Ints, Ints]], most: int, gap: float,
    told: Callable[[int, float | None, float | None], None] = lambda n, cost, bound: None,
) -> Joint:  # fmt: skip
    """Return the cheapest staffing that keeps all requirements with `margin` to spare, with its bound.

    Parameters
    ----------
    margin : (J,), in the unit of the excess.
    first : staffings to simulate before the master is asked, in half of the time at most.
    most : staffings simulated in all, those of earlier searches included; the same with other moves counts anew.
    gap : relative gap at which the search may stop.
    told : called with trials so far, cost of the best and bound.

    Ctrl-C, and the time `master.ends`, end the search with the best so far.
    """
    so_far = [Joint(None, None, 0, (), "none")]
    try:
        began = time.monotonic()
        for people, moved in first:
            if not trials.known or time.monotonic() - began <= (master.ends - began) / 2:
                _tried(trials, people, moved)
        return _searched(trials, master, margin, most, gap, told, so_far)
    except KeyboardInterrupt:
        best = cheapest_known(trials, master, margin)
        bound = so_far[0].bound if best is None or so_far[0].bound is None else min(so_far[0].bound, best.cost)
        return replace(so_far[0], best=best, bound=bound, trials=len(_each(trials)), stopped=True)


def cheapest_known(trials: Trials, master: Master, margin: Floats) -> Trial | None:
    """Return the cheapest trial that can be had and keeps all requirements with `margin` to spare."""
    able = (t for t in trials.known.values() if not t.misses(margin).any() and not master.broken(t.people, t.moved))
    return min(able, key=lambda t: t.cost, default=None)


def _searched(
    trials: Trials, master: Master, margin: Floats, most: int, gap: float,
    told: Callable[[int, float | None, float | None], None], so_far: list[Joint],
) -> Joint:  # fmt: skip
    bound, looked = None, np.inf
    while True:
        known, n = list(trials.known.values()), len(_each(trials))
        best = cheapest_known(trials, master, margin)
        if best is not None and best.cost < looked - TOLERANCE and len(known) < most and not master.late:
            looked, so_far[0] = best.cost, replace(so_far[0], best=best, trials=n)
            told(n, best.cost, bound)
            _beside(trials, master, best, margin, most)
            continue
        try:
            if master.late:
                raise Unsolved("the time of the searches is used up")
            staffing, answer = master.cheapest(known, margin)
        except Unsolved:
            bound = bound if bound is None or best is None else min(bound, best.cost)
            return replace(so_far[0], best=best, bound=bound, trials=n, late=True)
        if staffing is None:
            clash = master.clash(known, margin) if best is None else ()
            return Joint(best, None, n, clash, answer.backend, answer.digest, refuted=best is not None)
        if wrong := master.broken(*staffing, answer.objective):
            raise SolverFailed("the checker rejects the solver's answer: " + "; ".join(wrong[:5]))
        low = answer.bound if answer.bound is not None else -np.inf
        bound = low if bound is None else max(bound, low)
        if best is not None and bound > best.cost + TOLERANCE * max(1.0, abs(best.cost)):
            return Joint(best, None, n, (), answer.backend, answer.digest, refuted=True)
        found = Joint(best, min(bound, best.cost) if best is not None else bound, n, (), answer.backend, answer.digest)
        so_far[0] = found
        told(n, None if best is None else best.cost, bound)
        if (found.gap is not None and found.gap <= max(gap, TOLERANCE)) or len(known) >= most:
            return found
        again = any((staffing[0] == t.people).all() for t in known)
        rows = len(master.forbidden)
        trial = _tried(trials, *staffing)
        if trial is None or (again and trial.misses(margin).any()):
            master.forbidden.append(staffing[0])
        if trial is not None and trial.misses(margin).any():
            _lift(trials, master, trial, margin, most)
            _recombine(trials, master, margin, most)
        if (len(trials.known), len(master.forbidden)) == (len(known), rows):
            return found  # the next round would be the same: the gap is what the time of one program leaves


def _beside(trials: Trials, master: Master, best: Trial, margin: Floats, most: int) -> None:
    """Try what is next to the best, in all sections at once, and put the best of each section together."""
    for people, moved in neighbours(master, best.people, best.moved, list(trials.known.values())):
        if len(trials.known) >= most or master.late:
            return
        _tried(trials, people, moved)
    _recombine(trials, master, margin, most)


def _recombine(trials: Trials, master: Master, margin: Floats, most: int) -> None:
    """Try the cheapest recombination of simulated sections; what they lack together, as sections are not quite apart, is asked of the
    next on top.
    """
    apart = np.zeros(len(margin))
    for _ in range(AGAIN):
        better = None if master.late else master.recombined(list(trials.known.values()), margin + apart)
        if better is None or len(trials.known) >= most or master.broken(*better):
            return
        whole = _tried(trials, *better)
        if whole is None or not whole.misses(margin).any():
            return
        apart += np.maximum(0.0, whole.excess.sum(axis=1) + margin)


def ladder(master: Master) -> list[tuple[Ints, Ints]]:
    """Return staffings that tell what each seat is worth: everybody seated; every window filled at all hours, were there people enough,
    above which there is nothing, so that it bounds what any staffing does to a section; then in every section one seat emptied person by
    person, those of shifts that overlap it empty, the others full; the seats one after the other, all sections in the same staffings.
    """
    full = master.fullest()
    if full is None:
        return []
    people, moved = full
    overlap = master.covers @ master.covers.T > 0
    rungs: dict[int, list[Ints]] = {}
    for seat in map(tuple, np.argwhere(people > 0).tolist()):
        c = master.section[seat[0], seat[2]]
        others = [(g, s, w) for g, w in master.seats_of(c) for s in range(people.shape[1]) if (g, s, w) != seat]
        for left in range(int(people[seat])):
            rung = people.copy()
            for other in others:
                rung[other] = 0
            rung[seat] = left
            for other in (o for o in others if not overlap[seat[1], o[1]]):
                rung = _filled(master, rung, moved, other)
            if left or rung.sum() < people.sum():
                rungs.setdefault(c, []).append(rung)
    filled = people
    for s in np.argsort(-master.instance.paid, kind="stable").tolist():
        for g, w in master.section:
            filled = _filled(master, filled, moved, (g, s, w))
    found = [full, (filled, moved)]
    for k in range(max(map(len, rungs.values()), default=0)):
        together = people.copy()
        for c, those in rungs.items():
            for g, w in master.seats_of(c):
                together[g, :, w] = those[k if k < len(those) else -1][g, :, w]
        found.append((together, moved))
    return found


def downward(master: Master, people: Ints, moved: Ints) -> list[tuple[Ints, Ints]]:
    """Return staffings that take one person after another from a staffing, in every section from its fullest seat that can spare one."""
    found: list[tuple[Ints, Ints]] = []
    while True:
        fewer = people.copy()
        for c in range(master.sections):
            seats = [(g, s, w) for g, w in master.seats_of(c) for s in range(people.shape[1]) if people[g, s, w]]
            for seat in sorted(seats, key=lambda seat: -people[seat]):
                fewer[seat] -= 1
                if not master.broken(fewer, moved):
                    break
                fewer[seat] += 1
        if (fewer == people).all():
            return found
        people = fewer
        found.append((people, moved))


def _filled(master: Master, people: Ints, moved: Ints, seat: tuple[int, ...]) -> Ints:
    """Return people with as many more at a seat as its windows hold, were there people enough: a cut may speak of people that are not."""
    more = people
    while True:
        after = more.copy()
        after[seat] += 1
        if any("more people than windows" in words for words in master.broken(after, moved)):
            return more
        more = after


def monotone(trials: Trials, master: Master, whole: bool = False) -> Monotone:
    """Look at all pairs of trials for what bounds rest on: section by section, equal people in it included; or, `whole`, that nowhere
    fewer people in the whole staffing never add to an excess of the whole.
    """
    pairs = broken = equal = 0
    largest = 0.0
    known = [(master.duty(t.people), t) for t in _each(trials)]
    scale = master.at_most * np.max([t.n.sum(axis=1) for _, t in known], axis=0, initial=0.0)
    seats = [master.seats_of(c) for c in range(master.sections)]
    here = [[seat for those in seats for seat in those]] if whole else seats
    parts = [(slice(None) if whole else slice(c, c + 1), tuple(np.array(those).T)) for c, those in enumerate(here) if those]
    for (few, one), (many, other) in permutations(known, 2):
        for c, at in parts:
            if not (few[at] <= many[at]).all():
                continue
            pairs += 1
            grown = other.excess[:, c].sum(axis=1) - one.excess[:, c].sum(axis=1)
            if (grown > 1e-9 * np.maximum(scale, 1.0)).any():
                broken += 1
                equal += bool((few[at] == many[at]).all())
                largest = max(largest, float((grown[scale > 0] / scale[scale > 0]).max(initial=0.0)))
    return Monotone(pairs, broken, equal, largest)


def proved_bound(trials: Trials, master: Master) -> tuple[Answer | None, bool]:
    """Return the master's answer whose bound holds whatever sections do to each other, and whether trials are in it.

    They are where nobody left and no pair of trials refutes that more people never add to an excess; else it rests on rules alone. None
    where time ran out.
    """
    known = list(trials.known.values())
    sure = all(t.patient for t in known) and monotone(trials, master, whole=True).broken == 0
    try:
        _, answer = master.cheapest(known, np.zeros(len(master.requirements)), cuts="whole" if sure else "none")
    except Unsolved:
        return None, sure
    return answer, sure


def _each(trials: Trials) -> list[Trial]:
    """Return one trial of each staffing that was simulated, whatever its moves."""
    return list({t.people.tobytes(): t for t in trials.known.values()}.values())


def _tried(trials: Trials, people: Ints, moved: Ints) -> Trial | None:
    """Simulate a staffing; None where nobody can be seated so."""
    try:
        return trials.of(people, moved)
    except SolverFailed:
        return None


def _lift(trials: Trials, master: Master, trial: Trial, margin: Floats, most: int) -> None:
    """Add people to the sections that miss a requirement of their own, seat by seat, as many as leave it missed: all that are free, else
    half of them, and so on. Each step is one simulation for all sections.
    """
    people, moved = trial.people.copy(), trial.moved
    shifts = range(people.shape[1])
    left = {c: [(g, s, w) for g, w in master.seats_of(c) for s in shifts] for c in sorted(_missing(trial, margin))}
    amount: dict[int, int | None] = dict.fromkeys(left)
    while len(trials.known) < most and not master.late:
        raised, tried = people.copy(), {}
        for c, seats in left.items():
            while seats:
                free = int(_filled(master, raised, moved, seats[0])[seats[0]] - raised[seats[0]])
                step = free if amount[c] is None else min(free, amount[c] or 0)
                if step > 0:
                    raised[seats[0]] += step
                    tried[c] = seats[0], step
                    break
                seats.pop(0)
                amount[c] = None
        found = _tried(trials, raised, moved) if tried else None
        if found is None:
            return
        still = _missing(found, margin)
        for c, (seat, step) in tried.items():
            if c in still:
                people[seat] = raised[seat]
            amount[c] = step // 2


def _missing(trial: Trial, margin: Floats) -> set[int]:
    """Return the sections that miss a requirement which is theirs alone."""
    found = set()
    for j in np.flatnonzero(trial.misses(margin)):
        mine = np.flatnonzero(trial.n[j])
        if len(mine) == 1:
            found.add(int(mine[0]))
    return found


__all__ = ["Joint", "Monotone", "cheapest_known", "downward", "ladder", "monotone", "proved_bound", "search"]
