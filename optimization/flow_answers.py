"""Answers for one item: every lawful choice among its moves, each with the best order of its checks, the cheapest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import inf

from governance.legality import of_reforms
from governance.rules import Rule, load_rules
from optimization.flow_order import Arrangement, Checks, arrange, clash, cost, in_a_row, side_by_side
from optimization.flow_problem import AskedRoute, FlowProblem, as_reform
from optimization.flow_route import Expected, checks_of, expected, links, round_of
from optimization.solvers import TOLERANCE, SolverFailed
from simulation.errors import InputRefused, OneWindowError
from simulation.frozen import Title
from simulation.reforms import Change, apply
from simulation.reforms.approval import CleanUpItems
from simulation.reforms.rework import Rework, ReworkRoute
from simulation.scenario import Scenario
from simulation.units import Share


@dataclass(frozen=True)
class FlowAnswer:
    """One way to handle an item.

    Attributes
    ----------
    moves : made, by name.
    edits : that lead there; none where it is today's.
    work, wd, price : minutes of people a case, working days to the decision, and the prices of the moves in minutes.
    value, bound : work + price + days at their worth; no order of the checks after these moves has less than `bound`.
    order : checks one after the other, or side by side, in words; empty where there are not two.
    stopped : whether the user ended the search for the order, so that it is the best so far.
    """

    item: str
    moves: tuple[str, ...]
    edits: tuple[Change, ...]
    work: float
    wd: float
    price: float
    value: float
    bound: float
    backend: str
    order: Title
    stopped: bool = False


class Clash(OneWindowError):
    """Precedences that no order keeps; `rules` tells each in words."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        super().__init__("; ".join(rules))
        self.rules = rules


@dataclass(frozen=True)
class Answers:
    """Answers of an item, the cheapest first; today's route beside them; what was refused, and why.

    Attributes
    ----------
    best : lawful, at most as many as are simulated.
    worth : the least value of an answer with each set of moves that can be made, lawful or not.
    bound : of all lawful answers.
    keeps : whether today's route keeps the precedences asked for; where it does not, it is shown and never taken.
    stopped : whether the user ended the search for some order.
    """

    today: FlowAnswer
    best: tuple[FlowAnswer, ...]
    worth: Mapping[tuple[str, ...], float]
    bound: float
    refused: tuple[str, ...]
    keeps: bool
    stopped: bool = False


def answers(scenario: Scenario, problem: FlowProblem, name: str, seed: int) -> Answers:
    """Return the `problem.top` cheapest lawful answers for an item.

    Raises
    ------
    Clash : the precedences contradict each other.
    SolverFailed : no order and no proof, or an answer whose route is not worth what the solver says.
    """
    asked, found, refused = problem.items[name], list[FlowAnswer](), list[str]()
    today = _answer(scenario, problem, name, (), (), None, 0.0, "")
    tried, changes = list(asked.moves), {m: move.changes for m, move in asked.moves.items()}
    for k in range(len(tried) + 1):
        for moves in combinations(tried, k):
            try:
                found += _with(scenario, problem, name, moves, changes, seed)
            except InputRefused as reason:
                refused.append(f"{name}, {' + '.join(moves)}: {reason.problems[0].rule}")
    keeps = _keeps(scenario, problem, name)
    rules, lawful, bound = load_rules(()), list[FlowAnswer](), inf
    left = sorted([*([today] if keeps else []), *found], key=lambda a: a.value)
    while left and len(lawful) < int(problem.top):
        answer, left = left[0], left[1:]
        if any(answer.edits == other.edits for other in lawful):
            continue
        if why := _unlawful(scenario, problem, answer, rules):
            refused.append(f"{name}, {' + '.join(answer.moves) or 'order'}: {why}")
        else:
            lawful.append(answer)
            bound = min(bound, answer.bound)
    bound = min([bound, *(a.bound for a in left)])
    worth = {a.moves: a.value for a in sorted([*found, *([today] if keeps else [])], key=lambda a: -a.value)}
    return Answers(today, tuple(lawful), worth, bound, tuple(dict.fromkeys(refused)), keeps, any(a.stopped for a in found))


def _keeps(scenario: Scenario, problem: FlowProblem, name: str) -> bool:
    """Say whether today's route keeps the precedences that are asked for."""
    found = round_of(scenario, scenario.centre.items[name])
    if found is None:
        return True
    at = {chain.head: k for k, chain in enumerate(found.chains)}
    return all(at[p.first] in found.after[at[p.then]] for p in problem.items[name].precedence)


def _with(
    scenario: Scenario, problem: FlowProblem, name: str, moves: tuple[str, ...], changes: Mapping[str, tuple[Change, ...]], seed: int
) -> list[FlowAnswer]:  # fmt: skip
    """Return the best order after these moves, the row with the least work and the shortest round, as far as they differ.

    `changes` : the edits of each move.
    """
    asked = problem.items[name]
    edits = tuple(edit for m in moves for edit in changes[m])
    after = apply(scenario, as_reform(scenario, edits, name, problem.authority)) if edits else scenario
    item = after.centre.items[name]
    found = round_of(after, item)
    if found is None:
        return [_answer(scenario, problem, name, moves, edits, None, 0.0, "enumeration")]
    heads = {chain.head for chain in found.chains}
    denies = {n: _scaled(part, item.denial) for n, part in asked.denies.items() if n in heads and item.denial > 0}
    pairs = [(p.first, p.then) for p in asked.precedence]
    checks = checks_of(after, item, found, {n: float(p) for n, p in denies.items()}, float(problem.day) / 60, pairs)
    if cycle := clash(checks):
        raise Clash(tuple(_told(name, asked, checks, *pair) for pair in cycle))
    best = arrange(checks, seed)
    others = [Arrangement(a, cost(checks, a), best.bound, best.backend, best.stopped) for a in (in_a_row(checks), side_by_side(checks))]
    made = []
    for way in {a.after: a for a in (*others, best)}.values():
        new = links(item, found, way.after)
        rework = Rework(after=new, denies=denies)
        more = (ReworkRoute(kind="rework_route", items={name: rework}),) if new or denies else ()
        made.append((way, _answer(scenario, problem, name, moves, (*edits, *more), (checks, way), way.value - way.bound, way.backend)))
    constants = [answer.value - way.value for way, answer in made]
    if max(constants) - min(constants) > TOLERANCE * max(1.0, *(a.value for _, a in made)):
        raise SolverFailed(f"the checker finds the routes of {name} worth other than the orders they come from")
    return [answer for _, answer in made]


def _answer(
    scenario: Scenario, problem: FlowProblem, name: str, moves: tuple[str, ...], edits: tuple[Change, ...],
    order: tuple[Checks, Arrangement] | None, slack: float, backend: str,
) -> FlowAnswer:  # fmt: skip
    """Return an answer, its worth counted anew on the route that its edits make."""
    after = apply(scenario, as_reform(scenario, edits, name, problem.authority)) if edits else scenario
    there: Expected = expected(after, name)
    price = sum(float(problem.items[name].moves[m].price) for m in moves) / 60
    value = there.work + price + float(problem.day) / 60 * there.wd
    words = order_of(after, name) if order is None else _words(order[0], order[1].after)
    stopped = order is not None and order[1].stopped
    return FlowAnswer(name, moves, edits, there.work, there.wd, price, value, value - max(0.0, slack), backend, words, stopped)


def order_of(scenario: Scenario, name: str) -> Title:
    """Return the order of the checks of an item in words."""
    item = scenario.centre.items[name]
    found = round_of(scenario, item)
    if found is None:
        return Title(en="", zh="")
    return _words(checks_of(scenario, item, found, {}, 0.0, ()), found.after)


def _words(checks: Checks, after: tuple[frozenset[int], ...]) -> Title:
    """Return checks by stage, those with the same checks before them side by side; after what, where it is not all that was named."""
    stages: dict[frozenset[int], list[int]] = {}
    for j, a in sorted(enumerate(after), key=lambda row: len(row[1])):
        stages.setdefault(a, []).append(j)
    en, zh, named = list[str](), list[str](), set[int]()
    for a, members in stages.items():
        names, direct = ", ".join(checks.names[j] for j in members), [i for i in sorted(a) if not any(i in after[k] for k in a)]
        waits = ", ".join(checks.names[i] for i in direct)
        en.append(names if a == named else f"{names} after {waits}")
        zh.append(names if a == named else f"{names}（在{waits}之后）")
        named |= {*members}
    return Title(en="; then ".join(en), zh="；其后 ".join(zh))


def _scaled(part: Share, denial: Share) -> Share:
    """Return a part of the denials as a share of all cases; its range is that of the part."""
    d = float(denial)
    low, high = (part.low, part.high) if part.low is not None and part.high is not None else (part * 0.5, min(1.0, part * 1.5))
    low, value, high = (float(f"{d * v:.6g}") for v in (low, float(part), high))
    return Share(value, low, high)


def _told(name: str, asked: AskedRoute, checks: Checks, i: int, j: int) -> str:
    first, then = checks.names[i], checks.names[j]
    article = next((p.article.en for p in asked.precedence if (p.first, p.then) == (first, then)), "the same people, in today's order")
    return f"{name}: {first} before {then} ({article})"


def _unlawful(scenario: Scenario, problem: FlowProblem, answer: FlowAnswer, rules: Mapping[str, Rule]) -> str:
    """Say which hard rule of law an answer breaks that today's centre keeps; nothing where there is none."""
    if not answer.edits:
        return ""
    centre = scenario.centre
    risk = centre.departments[centre.items[answer.item].department].risk
    if risk != "none" and any(isinstance(e, CleanUpItems) and answer.item in e.filing for e in answer.edits):
        return f"no licence that protects {risk} is turned into a filing: nobody would look at it any more"
    reform = as_reform(scenario, answer.edits, answer.item, problem.authority)
    hard = [f for f in of_reforms(scenario, [reform], rules) if f.hard]
    return f"{hard[0].article.en}: {hard[0].found.en}" if hard else ""
