"""Rosters: how many people of each group work which shift on which day at which windows, at least cost, against required levels.

Equal people (skills, employer, contract) are counted, not named: names follow in `optimization.naming`. A person serves one queue at a
time, so cover is a flow. Rules stand in `optimization.roster_rules`, the independent checker in `optimization.roster_checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimization.roster_checks import breaches
from optimization.roster_days import search
from optimization.roster_rules import RULES, Model, build
from optimization.shifts import Patterns
from optimization.solvers import TOLERANCE, Answer, SolverFailed, Status, prices
from simulation.errors import InputRefused, Problem, nearest
from simulation.reforms import Authority

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ALL = frozenset(RULES)


@dataclass(frozen=True)
class Contract:
    """Terms of employment.

    Attributes
    ----------
    weekly_hours, weekly_days : hours paid and days worked a week at most.
    shifts : indices of the shifts it allows; None for all. A part-time contract allows short ones.
    hour : price of an hour paid.
    absence : probability that a person is not there on a day he is rostered.
    """

    weekly_hours: float = 40.0
    weekly_days: float = 5.0
    shifts: frozenset[int] | None = None
    hour: float = 1.0
    absence: float = 0.0


@dataclass(frozen=True)
class Group:
    """Equal people: of one employer and one contract, with the same skills. `members` may name them; then there are `size` names."""

    name: str
    employer: str
    contract: str
    size: int
    members: tuple[str, ...] = ()

    @property
    def body(self) -> tuple[str, str]:
        """Employer and contract: people move within them only."""
        return self.employer, self.contract


@dataclass(frozen=True)
class Permission:
    """A Reform allows people of one (employer, contract) to work in another; `authority` decides it."""

    giver: tuple[str, str]
    taker: tuple[str, str]
    authority: Authority
    reform: str


@dataclass(frozen=True)
class Rostering:
    """What is asked; G groups, W kinds of windows, D days of one week, K queues, T half hours, P shifts.

    Attributes
    ----------
    groups, contracts : who there is (G,); contracts by the name that groups give.
    patterns : shifts that may be worked.
    windows, window_names : number of windows of each kind (W,), a seat each.
    serves : queues that a person of group g serves at a window of kind w, by (g, w); pairs left out may not sit there.
    required : people asked for (D, K, T).
    queue_names, day_names : for words, (K,) and (D,).
    missing : price of an hour in which one person is missing, broadcast to (D, K, T); infinite where nobody may be missing.
    times : how often each day stands in a week (D,); ones for dated days. Not ones: `daily` must be False.
    daily : a person may have another shift each day; False: one shift for the week.
    noon, noon_people : half hours of lunch duty, and how many people are on duty at least in each of them, on days with any level then.
    rest : hours between two duties on consecutive days.
    training : price of one person working in another group, a week.
    permissions : movement beyond employer and contract.
    rules : names of rules that hold, of `ALL`.
    """

    groups: tuple[Group, ...]
    contracts: Mapping[str, Contract]
    patterns: Patterns
    windows: Ints
    window_names: tuple[str, ...]
    serves: Mapping[tuple[int, int], frozenset[int]]
    required: Ints
    queue_names: tuple[str, ...]
    day_names: tuple[str, ...]
    missing: Floats | float = 20.0
    times: tuple[float, ...] | None = None
    daily: bool = True
    noon: tuple[int, ...] = ()
    noon_people: int = 0
    rest: float = 11.0
    training: float = 2.0
    permissions: tuple[Permission, ...] = ()
    rules: frozenset[str] = ALL

    def __post_init__(self) -> None:
        if flaws := [*_flaws(self)]:
            raise InputRefused(flaws)

    @property
    def weights(self) -> Floats:
        """How often each day stands in a week (D,)."""
        return np.ones(len(self.day_names)) if self.times is None else np.asarray(self.times, dtype=np.float64)

    @property
    def shortage(self) -> Floats:
        """Price of one person missing for one half hour (D, K, T)."""
        return np.broadcast_to(np.asarray(self.missing, dtype=np.float64) * 0.5, self.required.shape)

    def contract(self, g: int) -> Contract:
        """Return the terms of a group."""
        return self.contracts[self.groups[g].contract]

    def may_move(self, g: int, h: int) -> bool:
        """Say whether people of group g may work in group h."""
        a, b = self.groups[g].body, self.groups[h].body
        return g != h and ("movement" not in self.rules or a == b or any((p.giver, p.taker) == (a, b) for p in self.permissions))


@dataclass(frozen=True)
class Rostered:
    """An answer.

    Attributes
    ----------
    status : proved, bounded or infeasible; arrays are then all zero.
    objective, bound : in the unit of `Contract.hour`, of a week; gap = (objective - bound) / max(1, |objective|).
    people : people of group g at windows of kind w on day d in shift p (G, W, D, P).
    moved : people of group g who work in group h (G, H).
    flow : people of group g at windows of kind w who serve queue k on day d in half hour t, by (g, w, d, k, t).
    unmet : people missing (D, K, T).
    prices : what one unit of relief of each binding requirement saves (linear relaxation), the dearest first.
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    backend: str
    people: Ints
    moved: Ints
    flow: Mapping[tuple[int, int, int, int, int], float]
    unmet: Floats
    prices: tuple[tuple[str, float], ...] = ()

    def cover(self) -> Floats:
        """Return the people who serve each queue (D, K, T)."""
        given = np.zeros(self.unmet.shape)
        for (_, _, d, k, t), amount in self.flow.items():
            given[d, k, t] += amount
        return given

    def on_duty(self, problem: Rostering) -> Ints:
        """Return the people on duty (G, W, D, T); summed over groups, the windows open by half hour."""
        return np.asarray(np.einsum("gwdp,pdt->gwdt", self.people, problem.patterns.on.astype(np.int64)))


@dataclass(frozen=True)
class Gain:
    """What a permission is worth: the cost of a week without it less the cost with it; surely between `low` and `high` by the bounds."""

    permission: Permission
    gain: float
    low: float
    high: float


def roster(problem: Rostering, seed: int = 1, limit: float = 120.0, gap: float = 0.0, priced: bool = True) -> Rostered:
    """Return the cheapest roster with its proof, checked independently.

    Parameters
    ----------
    limit : seconds the solver may take; then the best roster so far with its bound.
    gap : at which a large week is not worked on any longer.
    priced : work out the prices of requirements too (one more linear program).

    Raises
    ------
    SolverFailed : no roster and no proof that there is none, or one that the checker rejects.
    """
    model = build(problem)
    found = read(model, search(model, seed, limit, gap))
    if found.status != "infeasible" and (wrong := breaches(problem, found, found.objective)):
        raise SolverFailed("the checker rejects the solver's roster: " + "; ".join(wrong[:5]))
    if not priced or found.status == "infeasible":
        return found
    dear = sorted(prices(model.program).items(), key=lambda row: (-row[1], row[0]))
    return replace(found, prices=tuple(dear))


def read(model: Model, answer: Answer) -> Rostered:
    """Return what the solver's answer to `model` means."""
    problem = model.problem
    days, queues, slots = problem.required.shape
    people = np.zeros((len(problem.groups), len(problem.windows), days, len(problem.patterns)), dtype=np.int64)
    moved = np.zeros((len(problem.groups),) * 2, dtype=np.int64)
    unmet = np.zeros((days, queues, slots))
    if answer.values is None:
        return Rostered("infeasible", None, None, None, answer.backend, people, moved, {}, unmet)
    x = answer.values
    for cell, v in model.people.items():
        people[cell] = round(float(x[v]))
    for pair, v in model.moved.items():
        moved[pair] = round(float(x[v]))
    flow = {cell: float(x[v]) for cell, v in model.flow.items() if x[v] > TOLERANCE}
    for one, v in model.unmet.items():
        unmet[one] = max(0.0, float(x[v]))
    gap = answer.gap
    status: Status = "proved" if gap is not None and gap <= 1e-6 else "bounded"
    return Rostered(status, answer.objective, answer.bound, gap, answer.backend, people, moved, flow, unmet)


def with_reserve(problem: Rostering, sure: float = 0.8, price: float = 4.0) -> Rostering:
    """Return the problem with a reserve for absence: one more queue for each employer and contract, which all of its people may serve.

    Where N people of a body are asked for, S more are, S the least with P(N or more of N + S are there) >= `sure`: absences are independent
    with the contract's probability, so who is there is binomial. Levels of a queue that several bodies serve are shared by heads.

    Parameters
    ----------
    price : of an hour in which one person of the reserve is missing.
    """
    days, queues, slots = problem.required.shape
    bodies = sorted({group.body for group in problem.groups if problem.contracts[group.contract].absence})
    able = np.zeros((len(bodies), queues))
    everybody = np.zeros(queues)
    for (g, _), some in problem.serves.items():
        group = problem.groups[g]
        everybody[list(some)] += group.size
        if group.body in bodies:
            able[bodies.index(group.body), list(some)] += group.size
    share = np.divide(able, everybody, out=np.zeros_like(able), where=everybody > 0)
    needed = np.floor(np.einsum("bk,dkt->dbt", share, problem.required) + 0.5).astype(np.int64)
    more = np.zeros((days, len(bodies), slots), dtype=np.int64)
    for b, (_, contract) in enumerate(bodies):
        for d, t in np.ndindex(days, slots):
            more[d, b, t] = standby(int(needed[d, b, t]), problem.contracts[contract].absence, sure)
    serves = {
        (g, w): some | {queues + bodies.index(problem.groups[g].body)} if problem.groups[g].body in bodies else some
        for (g, w), some in problem.serves.items()
    }
    missing = np.broadcast_to(np.asarray(problem.missing, dtype=np.float64), problem.required.shape)
    return replace(
        problem,
        serves=serves,
        required=np.concatenate([problem.required, more], axis=1),
        missing=np.concatenate([missing, np.full((days, len(bodies), slots), price)], axis=1),
        queue_names=(*problem.queue_names, *(f"reserve of {employer}, {contract}" for employer, contract in bodies)),
    )


def standby(needed: int, absence: float, sure: float) -> int:
    """Return the least S with P(Bin(needed + S, 1 - absence) >= needed) >= sure."""
    from scipy.stats import binom

    more = 0
    while needed and binom.sf(needed - 1, needed + more, 1 - absence) < sure:
        more += 1
    return more


def gains(problem: Rostering, found: Rostered, seed: int = 1, limit: float = 120.0) -> tuple[Gain, ...]:
    """Return what each permission is worth, by solving once more without it.

    Infinite where there is no roster without it; nothing is returned where there is none with all of them either.
    """
    worth: list[Gain] = []
    if found.objective is None:
        return ()
    for one in problem.permissions:
        without = roster(replace(problem, permissions=tuple(p for p in problem.permissions if p != one)), seed, limit, priced=False)
        a = (without.objective, without.bound) if without.objective is not None else (np.inf, np.inf)
        low = (a[1] if a[1] is not None else 0.0) - found.objective
        high = a[0] - (found.bound if found.bound is not None else 0.0)
        worth.append(Gain(one, float(a[0] - found.objective), float(max(0.0, low)), float(high)))
    return tuple(worth)


def _flaws(problem: Rostering) -> list[Problem]:
    """Return what contradicts itself in a problem."""
    flaws = []
    groups, kinds = len(problem.groups), len(problem.windows)
    days, queues, slots = problem.required.shape if problem.required.ndim == 3 else (0, 0, 0)
    if problem.patterns.on.shape[1:] != (days, slots) or len(problem.day_names) != days or len(problem.queue_names) != queues:
        found = f"{problem.required.shape}, shifts {problem.patterns.on.shape}, names of {len(problem.day_names)} days"
        flaws.append(Problem("required", found, "levels are (days, queues, half hours), as the shifts"))
    if len(problem.window_names) != kinds:
        flaws.append(Problem("window_names", str(len(problem.window_names)), f"one name for each of {kinds} kinds of windows"))
    if (problem.required < 0).any():
        flaws.append(Problem("required", str(problem.required.min()), "nobody can be asked for less than nobody"))
    for g, group in enumerate(problem.groups):
        if group.contract not in problem.contracts:
            known = nearest(group.contract, problem.contracts)
            flaws.append(Problem(f"group {group.name}", group.contract, "a group's contract is one of `contracts`", known))
        if group.size < 0 or (group.members and len(group.members) != group.size):
            flaws.append(Problem(f"groups[{g}]", f"{group.size}, {len(group.members)} names", "as many names as people, or none"))
    for g, w in problem.serves:
        if not (0 <= g < groups and 0 <= w < kinds):
            flaws.append(Problem("serves", str((g, w)), f"a group below {groups} and a kind of windows below {kinds}"))
    flaws += [Problem("rules", n, "a rule of `optimization.roster_rules`", nearest(n, ALL)) for n in sorted(problem.rules - ALL)]
    if problem.times is not None and problem.daily:
        flaws.append(Problem("times", str(problem.times), "days that stand for several are worked in one shift", "set daily=False"))
    return flaws
