"""What `optimize flow` is asked: whose routes, which order the law prescribes, where denials come from, which moves are thinkable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import Field, model_validator

from optimization.flow_route import round_of
from optimization.problem import ProblemFile
from simulation.consistency import Loc
from simulation.errors import Broken, FileRefused, InputRefused, Problem, nearest
from simulation.frozen import Frozen, Title
from simulation.items import TaskStep
from simulation.reforms import Change, Reform, apply
from simulation.routes import begun_as
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Share
from simulation.verbs import load_reform

MOST = 8
"""Moves of one item."""


class Precedence(Frozen):
    """One check is done before another; the article, or other reason, that says so."""

    first: str
    then: str
    article: Title


class Move(Frozen):
    """A change of the route that may be made or left: delete, merge, share data, pre-check, delegate to the window, decide on commitment.

    Attributes
    ----------
    edits : typed edits of this item, those of `reform` where left out; what the law keeps is refused by them and by the rules of law.
    reform : file, by path or stem, of the reform that the move is, or is this item's part of. What it costs, in which time and who decides
        stand there, whole and once for all moves that name it, and so are the same wherever else it is looked at.
    price : expected harm, and work that the route does not show, in people's time a case.
    article : what allows it.
    """

    title: Title
    edits: tuple[Change, ...] = ()
    reform: str | None = None
    price: Duration = Duration(0)
    article: Title

    @model_validator(mode="after")
    def _does_something(self) -> Move:
        if not self.edits and self.reform is None:
            raise Broken("a move has edits, or names a reform that has them", "write one of them", at=("edits",), found="nothing")
        return self

    @property
    def part_of(self) -> Reform | None:
        """The reform it names, as its file has it."""
        return None if self.reform is None else load_reform(self.reform)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Its own edits, or those of the reform."""
        whole = None if self.edits else self.part_of
        return self.edits if whole is None else whole.edits


class AskedRoute(Frozen):
    """One item whose route is asked about.

    Attributes
    ----------
    denies : by check, the part of the item's denials whose ground it finds, and which it may pronounce at once.
    precedence : what the law, or sense, does not leave free; the same people's checks keep today's order besides.
    moves : by name.
    """

    denies: dict[str, Share] = Field(default_factory=dict)
    precedence: tuple[Precedence, ...] = ()
    moves: dict[str, Move] = Field(default_factory=dict)


class FlowProblem(ProblemFile):
    """What routes are asked for.

    Attributes
    ----------
    day : what one working day sooner is worth in a case, in people's time.
    authority : who decides on the reform that comes of it, if no reform that a move names asks for more.
    lead_time : from the decision to the first day of what names no reform, another order of checks say; its cost is not stated.
    top : answers of each item that are simulated.
    choosing : replications on which they are compared; those that verify are `replications`, on fresh seeds.
    """

    kind: Literal["flow_problem"]
    items: dict[str, AskedRoute]
    day: Duration = Duration(3600)
    authority: Literal["centre", "department", "district", "city"] = "district"
    lead_time: Duration = Duration(90 * 86_400)
    top: Count = Count(3)
    choosing: Count = Count(4)

    def checks(self, scenario: Scenario) -> Iterator[Iterable[tuple[Loc, Problem]]]:
        """Yield checks for unknown items, checks and orders, parts of denials that are too many, and moves that do not fit."""
        yield self._something()
        yield from (self._counted(field) for field in ("choosing", "top"))
        for name in self.__dict__.get("items", {}):
            if name in scenario.centre.items:
                yield from (self._within(name, check) for check in _flaws(scenario, name, self.items[name]))
            else:
                unknown = Problem("", name, f"`{name}` is not a known item", nearest(name, scenario.centre.items))
                yield [(("items", name), unknown)]
                moves = self.items[name].__dict__.get("moves", {}).items()
                yield from (self._within(name, _no_reform(key, move)) for key, move in moves)

    def _something(self) -> Iterator[tuple[Loc, Problem]]:
        if not self.items:
            yield ("items",), Problem("", "{}", "a question about routes names an item", "name one under `items:`")

    def _counted(self, field: str) -> Iterator[tuple[Loc, Problem]]:
        if getattr(self, field) < 1:
            yield (field,), Problem("", str(getattr(self, field)), "something is simulated", "write 1 or more")

    def _within(self, name: str, check: Iterable[tuple[Loc, Problem]]) -> Iterator[tuple[Loc, Problem]]:
        yield from ((("items", name, *loc), flaw) for loc, flaw in check)


def as_reform(scenario: Scenario, edits: tuple[Change, ...], name: str, authority: str, reason: Title | None = None, **more: Any) -> Reform:
    """Return edits as a reform of `scenario`; `more` : its other fields, cost and lead time say."""
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": name, "baseline": scenario.name,
            "title": {"en": "Approval flow", "zh": "优化审批流程"},
            "source": None, "edits": edits, "authority": authority, "reason": reason, **more,
        }
    )  # fmt: skip


def _flaws(scenario: Scenario, name: str, asked: AskedRoute) -> Iterator[Iterator[tuple[Loc, Problem]]]:
    found = round_of(scenario, scenario.centre.items[name])
    heads = () if found is None else tuple(chain.head for chain in found.chains)
    if found is None:
        yield _without_round(name, asked)
    else:
        yield _no_checks(scenario, name, asked, heads)
        yield _no_order(name, asked, heads)
    yield _too_much(asked)
    yield from (_unfit(scenario, name, key, move) for key, move in asked.__dict__.get("moves", {}).items())


def _without_round(name: str, asked: AskedRoute) -> Iterator[tuple[Loc, Problem]]:
    if not asked.moves or asked.denies or asked.precedence:
        rule = "a route with two checks or more between its department's first and last look; for others name moves only"
        yield (), Problem("", name, rule, "leave the item out")


def _no_checks(scenario: Scenario, name: str, asked: AskedRoute, heads: tuple[str, ...]) -> Iterator[tuple[Loc, Problem]]:
    for n in asked.denies:
        step = scenario.centre.items[name].route.get(n)
        if n not in heads:
            yield ("denies", n), Problem("", n, f"`{n}` is not a check of `{name}`", nearest(n, heads))
        elif not isinstance(step, TaskStep) or step.share < 1 or step.opinion is not None:
            rule = "who denies at once is a task of every case without an opinion of its own"
            yield ("denies", n), Problem("", n, rule, "leave it out")


def _no_order(name: str, asked: AskedRoute, heads: tuple[str, ...]) -> Iterator[tuple[Loc, Problem]]:
    for k, order in enumerate(asked.precedence):
        for field in ("first", "then"):
            if (n := getattr(order, field)) not in heads:
                yield ("precedence", k, field), Problem("", n, f"`{n}` is not a check of `{name}`", nearest(n, heads))


def _too_much(asked: AskedRoute) -> Iterator[tuple[Loc, Problem]]:
    if (total := sum(map(float, asked.denies.values()))) > 1:
        yield ("denies",), Problem("", f"{total:g} in all", "parts of the item's denials are 1 together at most", "write smaller parts")
    if len(asked.moves) > MOST:
        rule = f"all choices of moves are tried: an item has {MOST} at most"
        yield ("moves",), Problem("", f"{len(asked.moves)} moves", rule, "leave out what is worth least")


def _no_reform(key: str, move: Move) -> Iterator[tuple[Loc, Problem]]:
    """Whether the reform that a move names is there, and well formed."""
    try:
        _ = move.part_of
    except FileRefused as refused:
        yield from ((("moves", key, "reform"), Problem("", p.found, p.rule, p.remedy)) for p in refused.problems)


def _unfit(scenario: Scenario, name: str, key: str, move: Move) -> Iterator[tuple[Loc, Problem]]:
    """What is wrong with a move: a reform that is not there, edits that do not fit or do more than change this item's route."""
    if missing := [*_no_reform(key, move)]:
        yield from missing
        return
    changes = move.changes
    where = "edits" if move.edits else "reform"
    try:
        after = apply(scenario, as_reform(scenario, changes, key, "district"))
    except InputRefused as refused:
        yield from ((("moves", key, where), Problem("", p.found, p.rule, p.remedy)) for p in refused.problems)
        return
    others = [n for n, i in after.centre.items.items() if i != scenario.centre.items.get(n) and begun_as(n) != name]
    if others or name not in after.centre.items:
        rule = f"a move edits the route of `{name}` only, and leaves the item"
        remedy = "leave it out" if move.edits else f"write under `edits` what of `{move.reform}` is about `{name}`"
        yield ("moves", key, where), Problem("", ", ".join(others) or name, rule, remedy)
