"""The rules of a shift cover, one function each: its docstring is the inequality and its source. Each can be left out by its name.

People: x[g,s,w] of group g in shift s at windows of kind w. Moved: m[g,h] trained from g for h. Flow: f[g,w,k,t] of them busy with class
k in period t. Unmet: u[k,t]. Anew: a[g,s,w] placed where nobody of the group sits today. covers[s,t] is 1 where shift s is on duty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from optimization.program import Program
from optimization.whole_days import shortened
from simulation.errors import OneWindowError

if TYPE_CHECKING:
    from optimization.cover import Cover

Seat = tuple[int, int, int]
Cell = tuple[int, int, int, int]


class UnknownRule(OneWindowError):
    """A rule is to be left out that there is not."""


@dataclass(frozen=True)
class Variables:
    """Indices of the variables of a cover, by what they stand for."""

    people: Mapping[Seat, int]
    moved: Mapping[tuple[int, int], int]
    flow: Mapping[Cell, int]
    unmet: Mapping[tuple[int, int], int]
    anew: Mapping[Seat, int]


def people(program: Program, c: Cover, v: Variables) -> None:
    """Sum over s, w of x[g,s,w] + sum over h of m[g,h] - m[h,g] <= size[g]: who is seated, stays or came. A head count."""
    for g, size in enumerate(c.sizes):
        terms = {i: 1.0 for seat, i in v.people.items() if seat[0] == g}
        leaving = {i: 1.0 for (a, _), i in v.moved.items() if a == g}
        arriving = {i: -1.0 for (_, b), i in v.moved.items() if b == g}
        program.row({**terms, **leaving, **arriving}, upper=float(size), rule=f"people: {c.names[g]}")


def leave_once(program: Program, c: Cover, v: Variables) -> None:
    """Sum over h of m[g,h] <= size[g]: nobody is trained twice, or on behalf of one who came. A head count."""
    for g, size in enumerate(c.sizes):
        if leaving := {i: 1.0 for (a, _), i in v.moved.items() if a == g}:
            program.row(leaving, upper=float(size))


def employers(program: Program, c: Cover, v: Variables) -> None:
    """m[g,h] = 0 unless employer and contract of g and h are the same, or an authority permits it: posted staff stay their department's.

    It is kept by leaving such pairs out (`pairs`); a row is needed for pairs that are there all the same.
    """
    for (g, h), i in v.moved.items():
        if not c.may_move(g, h):
            program.row({i: 1.0}, upper=0.0, rule="employer and contract stay")


def windows(program: Program, c: Cover, v: Variables) -> None:
    """Sum over g, s of covers[s,t] x[g,s,w] <= windows[w] in every period t: one person to a window."""
    for w, n in enumerate(c.windows):
        for t in range(len(c.hours)):
            if terms := {i: 1.0 for seat, i in v.people.items() if seat[2] == w and c.covers[seat[1], t]}:
                program.row(terms, upper=float(n), rule=f"windows: {c.window_names[w]}")


def one_queue(program: Program, c: Cover, v: Variables) -> None:
    """Sum over k of f[g,w,k,t] <= sum over s of covers[s,t] x[g,s,w]: a person of two skills serves one class at a time.

    Cover as a flow: Bodur and Luedtke 2017, Management Science 63 (7).
    """
    by_seat: dict[Seat, dict[int, float]] = {}
    for (g, w, _, t), i in v.flow.items():
        by_seat.setdefault((g, w, t), {})[i] = 1.0
    for (g, w, t), terms in by_seat.items():
        there = {v.people[g, s, w]: -1.0 for s in range(len(c.paid)) if c.covers[s, t] and (g, s, w) in v.people}
        program.row({**terms, **there}, upper=0.0)


def levels(program: Program, c: Cover, v: Variables) -> None:
    """Sum over g, w of f[g,w,k,t] + u[k,t] >= required[k,t]: what a class needs is there, or its lack is paid for.

    Set covering with priced understaffing: Dantzig 1954, Operations Research 2 (3); Keith 1979, AIIE Transactions 11 (1).
    """
    by_class: dict[tuple[int, int], dict[int, float]] = {cell: {} for cell in v.unmet}
    for (_, _, k, t), i in v.flow.items():
        by_class[k, t][i] = 1.0
    for (k, t), terms in by_class.items():
        program.row({**terms, v.unmet[k, t]: 1.0}, lower=float(c.required[k, t]))


def anew(program: Program, c: Cover, v: Variables) -> None:
    """a[g,s,w] >= x[g,s,w] - today[g,s,w]: who sits where nobody of his group sits today is placed anew, which has a price."""
    for seat, i in v.anew.items():
        program.row({i: 1.0, v.people[seat]: -1.0}, lower=-float(c.today[seat]))


def whole_days(program: Program, c: Cover, v: Variables) -> None:
    """p[g,i] >= sum over w, s of step i of x[g,s,w] - today[g,s,w], at the step's price: full-time people are paid for the contract.

    Regulation of the State Council on working hours of 1995, article 3 (8 h a day); part-time are 4 h a day on average at most (Labour
    Contract Law, article 68). What a whole day at the windows is, is an assumption (`least_day` of the problem).
    """
    shortened(program, c, v.people)


RULES: Mapping[str, Callable[[Program, Cover, Variables], None]] = MappingProxyType(
    {f.__name__: f for f in (people, leave_once, employers, windows, one_queue, levels, anew, whole_days)}
)


def pairs(c: Cover, without: Collection[str] = ()) -> list[tuple[int, int]]:
    """Return the groups between which people may be trained: of one body or with a permission, unless that rule is left out."""
    groups = range(len(c.sizes))
    return [(g, h) for g in groups for h in groups if g != h and ("employers" in without or c.may_move(g, h))]


def add_rules(program: Program, c: Cover, v: Variables, without: Collection[str] = ()) -> None:
    """Add the rows of all rules but those named in `without`.

    Raises
    ------
    UnknownRule : `without` names a rule that there is not.
    """
    if unknown := sorted(set(without) - set(RULES)):
        raise UnknownRule(f"no rule is called {', '.join(unknown)}; the rules of a cover are {', '.join(RULES)}")
    for name, rule in RULES.items():
        if name not in without:
            rule(program, c, v)
