"""Why a program has no solution: a smallest set of requirements that cannot hold together, by the names of its rows."""

from __future__ import annotations

from collections.abc import Collection

from optimization.backends import Told, glop
from optimization.opinions import sound
from optimization.program import Program, SolverFailed, violations

FEW = 12
"""Up to so many requirements the smallest clash is looked for; above it, one of which no member is superfluous."""
ROUNDS, EACH = 200, 20.0


def possible(program: Program, rules: Collection[str], told: Told) -> bool | None:
    """Say whether the rows of these requirements and those without a name have a solution; None when it is not decided within limits."""
    return _judged(program, rules, told)[0]


def _judged(program: Program, rules: Collection[str], told: Told) -> tuple[bool | None, str]:
    """Return that, and who says so."""
    bare = program.keeping(rules, costs=False)
    found, _ = glop(bare)
    if found.verdict == "optimal" and any(program.whole):
        found = sound(bare, told)
    if found.verdict == "infeasible":
        return False, found.backend
    return True if found.values is not None and not violations(bare, found.values) else None, found.backend


def clash(program: Program, seed: int = 1, reproducible: bool = False) -> tuple[str, ...]:
    """Return requirements of an infeasible program that clash, none of them superfluous; of at most twelve, the fewest that do.

    Deletion filter (Chinneck 2008, Feasibility and Infeasibility in Optimization): leave one out, and for good if what is left still
    clashes. A smaller clash is then looked for by hitting sets (Ignatiev, Previti, Liffiton, Marques-Silva 2015): the fewest requirements
    that meet every set without which the rest can hold are tried until they clash. What is not decided within twenty seconds (units of
    work in reproducible mode) is kept. A second solver confirms the result.

    Raises
    ------
    SolverFailed : the requirements do not clash, or solvers disagree on it.
    """
    told = Told(seed=seed, steady=True, work=EACH) if reproducible else Told(seed=seed, seconds=EACH)
    left = list(program.rules())
    if possible(program, left, told):
        raise SolverFailed("asked why there is no solution, but there is one")
    if possible(program, (), told) is False:
        return ()
    for rule in tuple(left):
        fewer = [r for r in left if r != rule]
        if possible(program, fewer, told) is False:
            left = fewer
    smallest = _smallest(program, told) if len(left) > 1 and len(program.rules()) <= FEW else None
    left = left if smallest is None else smallest
    second = sound(program.keeping(left, costs=False), told, but=_judged(program, left, told)[1])
    if second.verdict != "infeasible":
        raise SolverFailed(f"{second.backend} does not confirm that these requirements clash: {', '.join(left)}")
    return tuple(left)


def _smallest(program: Program, told: Told) -> list[str] | None:
    """Return the fewest requirements that clash; None when it is not decided."""
    rules = program.rules()
    sets: list[frozenset[str]] = []
    for _ in range(ROUNDS):
        some = _hitting(rules, sets, told)
        holds = possible(program, some, told) if some is not None else None
        if some is None or holds is None:
            return None
        if not holds:
            return some
        grown = list(some)
        for rule in rules:
            if rule not in grown and possible(program, [*grown, rule], told):
                grown.append(rule)
        sets.append(frozenset(rules) - frozenset(grown))
    return None


def _hitting(rules: tuple[str, ...], sets: list[frozenset[str]], told: Told) -> list[str] | None:
    """Return the fewest rules that meet every set."""
    program = Program()
    chosen = {rule: program.variable(1.0, 1.0, True) for rule in rules}
    for some in sets:
        program.row({chosen[rule]: 1.0 for rule in sorted(some)}, lower=1.0)
    found = sound(program, told)
    if found.verdict != "optimal" or found.values is None:
        return None
    return [rule for rule, v in chosen.items() if found.values[v] > 0.5]
