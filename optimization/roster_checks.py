"""Whether a roster keeps its rules and costs what is said: worked out in NumPy, without the program or the solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optimization.rosters import Rostered, Rostering

LOOSE = 1e-5


def cost(problem: Rostering, found: Rostered) -> dict[str, float]:
    """Return what a week costs and is made of: paid, missing, training; paid_hours and missing_hours beside them."""
    days = problem.weights
    hours = np.einsum("gwdp,pd,d->g", found.people, problem.patterns.paid, days)
    hour = np.array([problem.contract(g).hour for g in range(len(problem.groups))])
    short = np.where(found.unmet > 0, found.unmet * np.where(np.isfinite(problem.shortage), problem.shortage, 0.0), 0.0)
    return {
        "paid": float(hours @ hour),
        "missing": float(np.einsum("dkt,d->", short, days)),
        "training": problem.training * float(found.moved.sum()),
        "paid_hours": float(hours.sum()),
        "missing_hours": float(np.einsum("dkt,d->", found.unmet, days)) / 2,
    }


def breaches(problem: Rostering, found: Rostered, objective: float | None = None) -> list[str]:
    """Return every rule that a roster breaks, in words; rules that are switched off are not looked at."""
    on_duty = np.einsum("gwdp,pdt->gwdt", found.people, problem.patterns.on.astype(np.int64))
    strength = np.array([group.size for group in problem.groups]) - found.moved.sum(axis=1) + found.moved.sum(axis=0)
    wrong = [*_people(problem, found, strength), *_flows(problem, found, on_duty), *_weeks(problem, found, strength)]
    if "seats" in problem.rules:
        full = np.argwhere(on_duty.sum(axis=0) > problem.windows[:, None, None])
        wrong += [f"{problem.window_names[w]}, {problem.day_names[d]}, half hour {t}: more people than windows" for w, d, t in full]
    if "lunch_duty" in problem.rules:
        for d, day in enumerate(problem.day_names):
            thin = [t for t in problem.noon if problem.required[d, :, t].any() and on_duty[:, :, d, t].sum() < problem.noon_people]
            wrong += [f"{day}, half hour {t}: fewer than {problem.noon_people} on lunch duty" for t in thin]
    made = cost(problem, found)
    total = made["paid"] + made["missing"] + made["training"]
    if objective is not None and abs(total - objective) > 1e-4 * max(1.0, abs(objective)):
        wrong.append(f"the cost is {total:.6g}, not {objective:.6g}")
    return wrong


def _people(problem: Rostering, found: Rostered, strength: NDArray[np.int64]) -> list[str]:
    """Check counts, who may move and sit where, and what shifts a contract allows."""
    wrong = []
    if (found.people < 0).any() or (found.moved < 0).any():
        wrong.append("a head count is negative")
    for g, group in enumerate(problem.groups):
        daily = found.people[g].sum(axis=(0, 2))
        if "head_count" in problem.rules and (daily.max(initial=0) if problem.daily else _weekly_heads(found.people[g])) > strength[g]:
            wrong.append(f"{group.name}: more people at work than there are")
        if "movement" in problem.rules and found.moved[g].sum() > group.size:
            wrong.append(f"{group.name}: more people moved than there are")
        shifts = problem.contract(g).shifts
        worked = {int(p) for p in np.nonzero(found.people[g].sum(axis=(0, 1)))[0]}
        if shifts is not None and worked - shifts:
            wrong.append(f"{group.name}: a shift that the contract does not allow")
    for g, h in np.argwhere(found.moved > 0):
        if not problem.may_move(int(g), int(h)):
            wrong.append(f"{problem.groups[g].name} to {problem.groups[h].name}: people move within employer and contract only")
    for g, w in np.argwhere(found.people.sum(axis=(2, 3)) > 0):
        if not problem.serves.get((int(g), int(w))):
            wrong.append(f"{problem.groups[g].name}: may not sit at {problem.window_names[w]}")
    for _, _, d, p in np.argwhere(found.people > 0):
        if not problem.patterns.worked[p, d]:
            wrong.append(f"{problem.patterns.names[p]}: not worked on {problem.day_names[d]}")
    return wrong


def _weekly_heads(people: NDArray[np.int64]) -> int:
    """Return the people of a group (W, D, P) who have one shift each for the week."""
    return int(people.max(axis=1, initial=0).sum())


def _flows(problem: Rostering, found: Rostered, on_duty: NDArray[np.int64]) -> list[str]:
    """Check that who serves is there, once, and that every level is met or said to be missed."""
    wrong = []
    busy, given = np.zeros(on_duty.shape), np.zeros(problem.required.shape)
    for (g, w, d, k, t), amount in found.flow.items():
        if k not in problem.serves.get((g, w), frozenset()):
            wrong.append(f"{problem.groups[g].name}: serves {problem.queue_names[k]} without the skill or the window")
        if amount < -LOOSE:
            wrong.append(f"{problem.groups[g].name}: a negative flow")
        given[d, k, t] += amount
        busy[g, w, d, t] = busy[g, w, d, t] + amount if "one_queue" in problem.rules else max(busy[g, w, d, t], amount)
    for g, _, d, t in np.argwhere(busy > on_duty + LOOSE):
        wrong.append(f"{problem.groups[g].name}, {problem.day_names[d]}, half hour {t}: one person counted twice")
    for d, k, t in np.argwhere(given + found.unmet < problem.required - LOOSE):
        wrong.append(f"{problem.queue_names[k]}, {problem.day_names[d]}, half hour {t}: fewer people than asked for, and not said")
    if ((found.unmet > LOOSE) & ~np.isfinite(problem.shortage)).any():
        wrong.append("somebody is missing where nobody may be")
    return wrong


def _weeks(problem: Rostering, found: Rostered, strength: NDArray[np.int64]) -> list[str]:
    """Check days and hours of a week, and the hours between two duties, for groups as a whole."""
    wrong = []
    begins, ends, paid, worked = (getattr(problem.patterns, n) for n in ("begins", "ends", "paid", "worked"))
    for g, group in enumerate(problem.groups):
        terms, mine = problem.contract(g), found.people[g].sum(axis=0)
        if problem.daily:
            days, hours = float(mine.sum()), float((mine * paid.T).sum())
            most = terms.weekly_days * strength[g], terms.weekly_hours * strength[g]
        else:
            used = mine.any(axis=0)
            days = float(max((problem.weights @ worked.T)[used], default=0.0))
            hours = float(max((problem.weights @ paid.T)[used], default=0.0))
            most = terms.weekly_days, terms.weekly_hours
        if "weekly_rest" in problem.rules and days > most[0] + LOOSE:
            wrong.append(f"{group.name}: more days a week than the contract says")
        if "weekly_hours" in problem.rules and hours > most[1] + LOOSE:
            wrong.append(f"{group.name}: more hours a week than the contract says")
        if "daily_rest" not in problem.rules or not problem.daily:
            continue
        for d in range(len(mine) - 1):
            for p in np.nonzero(mine[d])[0]:
                late = mine[d][ends[:, d] >= ends[p, d]].sum()
                soon = (begins[:, d + 1] - ends[p, d] + 48) / 2 < problem.rest
                if soon.any() and mine[d + 1][soon].any() and late + mine[d + 1][soon].sum() > strength[g]:
                    wrong.append(f"{group.name}, {problem.day_names[d]}: too few hours until the next duty")
                    break
    return wrong
