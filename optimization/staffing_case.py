"""The case of window staffing: a Plan's people, shifts and windows as a cover instance, and an answer to it as a Reform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from optimization.cover import Cover, Covered, Ints
from optimization.levels import HALF_HOUR, PERIODS, levels, loads, safety
from optimization.solvers import SolverFailed
from optimization.staffing_problem import Permission, Prices
from optimization.whole_days import steps
from simulation.centre import Centre, Staff
from simulation.plan import Plan
from simulation.reforms import Authority, Change, Reform
from simulation.reforms.windows import ChangeStaff, ChangeWindows
from simulation.scenario import Scenario
from simulation.units import Duration, Interval


@dataclass(frozen=True)
class Case:
    """A cover instance and what its indices mean in the centre.

    Attributes
    ----------
    members, shifts, windows : names along the axes of `Cover`; `skills` of each group.
    present : whether somebody serves a class in a period today (K, T).
    permitted : permissions of the problem, each with the pairs of groups (from, to) that it opens.
    remarks : what of the centre the case leaves as it is, in English and Chinese.
    """

    instance: Cover
    members: tuple[tuple[str, ...], ...]
    shifts: tuple[str, ...]
    windows: tuple[tuple[str, ...], ...]
    skills: tuple[tuple[str, ...], ...]
    present: Ints
    remarks: tuple[tuple[str, str], ...]
    permitted: tuple[tuple[Permission, frozenset[tuple[int, int]]], ...] = ()


def staffing_case(plan: Plan, charges: Prices, permissions: Sequence[Permission] = (), least_day: float = 0.0) -> Case:
    """Return the cover instance of a Plan: levels of its ticket classes against its people, shifts and windows.

    Where a class is served today in a half hour it keeps one person at least: published hours are kept. Tidal windows with their people,
    and machines, are no part of the case: they stay as they are. People stay at their hall. No permission opens a queue that is not
    poolable.

    Parameters
    ----------
    least_day : hours of a working day that somebody is paid for whose day becomes shorter; with 0 hours at windows alone count.
    """
    centre = plan.scenario.centre
    apart = {n for n, w in centre.windows.items() if w.tide is not None or w.machine_shift is not None}
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for name, person in centre.staff.items():
        seat = person.window or _free_seat(centre, person)
        if seat not in apart and person.pool is None:
            site = "" if seat is None else centre.windows[seat].site
            groups.setdefault((person.employer, person.contract, site, tuple(sorted(person.skills))), []).append(name)
    kinds: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for name, window in centre.windows.items():
        if name not in apart:
            kinds.setdefault((window.site, window.department, tuple(sorted(window.queues))), []).append(name)
    shifts, keys = list(centre.shifts), list(groups)

    def halls(site: str) -> list[str]:
        return [site] if len(centre.sites) > 1 and site else []

    covers = np.array([_covered(s.working) + _covered(s.saturday) for s in centre.shifts.values()], dtype=bool)
    days = np.repeat([5.0, 1.0], PERIODS)
    at = {name: w for w, members in enumerate(kinds.values()) for name in members}
    today = np.zeros((len(groups), len(shifts), len(kinds)), dtype=np.int64)
    for g, members in enumerate(groups.values()):
        for name in members:
            seat = centre.staff[name].window or _free_seat(centre, centre.staff[name])
            if seat is not None:
                today[g, shifts.index(centre.staff[name].shift), at[seat]] += 1
    serves = {}
    for g, (employer, _, home, skills) in enumerate(keys):
        for w, (site, department, queues) in enumerate(kinds):
            if (department == employer and site == home) or today[g, :, w].any():
                classes = frozenset(k for k, (queue, skill) in enumerate(plan.classes) if queue in queues and skill in skills)
                if classes:
                    serves[g, w] = classes
    closed = {k for k, (queue, _) in enumerate(plan.classes) if not centre.queues[queue].poolable}
    shut = {g for (g, _), classes in serves.items() if classes & closed}
    permitted = tuple(
        (one, frozenset(
            (g, h)
            for g, (employer, contract, site, _) in enumerate(keys)
            for h, (body, terms, there, _) in enumerate(keys)
            if site == there and (employer == body or h not in shut) and one.permits((employer, contract), (body, terms))
        ))
        for one in permissions
    )
    load = loads(plan)
    asked = np.concatenate(list(levels(load, safety(charges.delay))), axis=1)
    there = np.minimum(np.einsum("gsw,st->gwt", today, covers.astype(np.int64)), 1)
    used = {int(k) for k in np.nonzero(load.sum(axis=(0, 2)))[0]}
    present: Ints = np.zeros_like(asked)
    for (g, w), classes in serves.items():
        for k in classes & used:
            present[k] = np.maximum(present[k], there[g, w])
    sites = [list(centre.sites.values())[k] for k in plan.class_site]
    opened = np.array([_covered(site.working) + _covered(site.saturday) for site in sites], dtype=bool).reshape(asked.shape)
    asked = np.where(opened | (there.sum(axis=(0, 1)) > 0), np.maximum(asked, present), 0)
    instance = Cover(
        sizes=np.array([len(m) for m in groups.values()], dtype=np.int64),
        names=tuple(", ".join([employer, contract, *halls(site), "+".join(skills)]) for employer, contract, site, skills in keys),
        body=tuple((employer, f"{contract} {site}") for employer, contract, site, _ in keys),
        covers=covers,
        paid=np.array([5 * hours(s.working) + hours(s.saturday) for s in centre.shifts.values()]),
        windows=np.array([len(m) for m in kinds.values()], dtype=np.int64),
        window_names=tuple(", ".join([department, *halls(site), "+".join(queues)]) for site, department, queues in kinds),
        serves=serves,
        required=asked,
        hours=days * HALF_HOUR / 3600,
        today=today,
        missing=charges.missing,
        training=charges.training,
        change=charges.change,
        permitted=frozenset(pair for _, pairs in permitted for pair in pairs),
        shorter=steps([hours(s.working) for s in centre.shifts.values()], least_day),
    )
    people, seats, skilled = tuple(map(tuple, groups.values())), tuple(map(tuple, kinds.values())), tuple(k[3] for k in keys)
    return Case(instance, people, tuple(shifts), seats, skilled, present, _remarks(centre), permitted)


def _remarks(centre: Centre) -> tuple[tuple[str, str], ...]:
    """Say what stays as it is."""
    tidal = sum(w.tide is not None for w in centre.windows.values())
    machines = sum(w.machine_shift is not None for w in centre.windows.values())
    said = []
    if tidal:
        said.append((f"{tidal} tidal window(s) and their people stay as they are; the simulation opens and closes them.",
                     f"{tidal}个潮汐窗口及其人员保持不变，由仿真启闭。"))  # fmt: skip
    if machines:
        said.append((f"{machines} self-service machine(s) stay as they are.", f"{machines}台自助机保持不变。"))
    if len(centre.sites) > 1:
        said.append((f"{len(centre.sites)} halls: everybody stays at his own.", f"共{len(centre.sites)}个大厅：人员不跨大厅调动。"))
    return tuple(said)


def as_reform(scenario: Scenario, case: Case, found: Covered, close: bool = True) -> Reform | None:
    """Return the answer as typed edits: who goes back to his employer, who is trained, who sits where and when; None if nothing changes.

    People keep shift and seat where the answer has room for them; windows that nobody sits at any more are closed, unless `close` is
    False: a trial needs no window closed, and each queue of a scenario one that is there. Whoever works for another employer or under other
    terms does so with a permission, whose authority then decides the reform.
    """
    centre = scenario.centre
    placed, trained = _placed(centre, case, found)
    seats = _seated(centre, case, placed)
    removed = tuple(name for name in centre.staff if name not in placed and any(name in members for members in case.members))
    shifts = {n: case.shifts[s] for n, (_, s, _) in placed.items() if case.shifts[s] != centre.staff[n].shift}
    moved = {n: seat for n, seat in seats.items() if seat != centre.staff[n].window}
    edits: list[Change] = []
    if removed or trained:
        edits.append(ChangeStaff(kind="change_staff", remove=removed, train=trained))
    taken = set(seats.values())
    empty = tuple(name for name in centre.windows if close and name not in taken and any(name in members for members in case.windows))
    if shifts or moved or empty:
        edits.append(ChangeWindows(kind="change_windows", shifts=shifts, seats=moved, close=empty))
    if not edits:
        return None
    people = f"{len(removed)} back to their employers, {len(trained)} trained"
    zh = f"退回派驻单位{len(removed)}人，培训{len(trained)}人"
    used = permissions_used(case, found)
    authority = highest(["department", *(one.authority for one, _ in used)])
    if used:
        people += f", {sum(n for _, n in used)} of them for another employer ({'; '.join(one.title.en for one, _ in used)})"
        zh += f"（其中{sum(n for _, n in used)}人到其他单位：{'；'.join(one.title.zh for one, _ in used)}）"
    zh += f"，换班次{len(shifts)}人，换窗口{len(moved)}人"
    count = f"{people}, {len(shifts)} with another shift, {len(moved)} at another window"
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": f"{scenario.name}-staffing", "baseline": scenario.name,
            "title": {"en": "Window staffing by workload", "zh": "按工作量配置窗口人员"},
            "source": None, "edits": edits, "lead_time": Duration(30 * 86_400), "authority": authority,
            "reason": {"en": f"Proposed by optimize staffing: {count}.", "zh": f"由窗口排班优化提出：{zh}。"},
        }
    )  # fmt: skip


def permissions_used(case: Case, found: Covered) -> list[tuple[Permission, int]]:
    """Return the permissions by which somebody of the answer works where he does, and how many people; each move is counted once."""
    body = case.instance.body
    left = {(g, h): int(found.moved[g, h]) for g, h in np.argwhere(found.moved).tolist() if body[g] != body[h]}
    used = []
    for one, pairs in case.permitted:
        if n := sum(left.pop(pair, 0) for pair in sorted(pairs)):
            used.append((one, n))
    return used


def highest(authorities: Iterable[Authority]) -> Authority:
    """Return the authority that has the last word.

    >>> highest(["department", "city", "district"])
    'city'
    """
    order: tuple[Authority, ...] = ("centre", "department", "district", "city", "none")
    return max(authorities, key=order.index)


def _placed(centre: Centre, case: Case, found: Covered) -> tuple[dict[str, tuple[int, int, int]], dict[str, tuple[str, ...]]]:
    """Name the people of the answer: those who stay as they are first, then the group's others, then those who come from elsewhere."""
    placed: dict[str, tuple[int, int, int]] = {}
    trained: dict[str, tuple[str, ...]] = {}
    left = found.people.copy()
    at = {name: w for w, members in enumerate(case.windows) for name in members}
    for g, members in enumerate(case.members):
        for name in members:
            person = centre.staff[name]
            cell = (g, case.shifts.index(person.shift), at.get(person.window or "", -1))
            if cell[2] >= 0 and left[cell] > 0:
                left[cell] -= 1
                placed[name] = cell
    spare = [[n for n in members if n not in placed] for members in case.members]
    came: list[list[str]] = [[] for _ in case.members]
    for g, h in np.argwhere(found.moved > 0):
        for _ in range(int(found.moved[g, h])):
            if spare[g]:
                came[h].append(spare[g].pop())
    for g, s, w in np.argwhere(left > 0):
        for _ in range(int(left[g, s, w])):
            name = (spare[g] or came[g]).pop(0)
            if name not in case.members[g]:
                trained[name] = case.skills[g]
            placed[name] = (int(g), int(s), int(w))
    return placed, trained


def _seated(centre: Centre, case: Case, placed: dict[str, tuple[int, int, int]]) -> dict[str, str]:
    """Give everybody a numbered window of his kind that is free in his shift: his own if it may be, else the first."""
    hours = {n: _covered(s.working) + _covered(s.saturday) for n, s in centre.shifts.items()}
    busy = {w: np.zeros(2 * PERIODS, dtype=bool) for w in centre.windows}
    seats: dict[str, str] = {}
    for name in sorted(placed, key=lambda n: centre.staff[n].window not in case.windows[placed[n][2]]):
        _, s, w = placed[name]
        on, own = np.array(hours[case.shifts[s]], dtype=bool), centre.staff[name].window
        choice = sorted(case.windows[w], key=lambda n: n != own)
        seat = next((n for n in choice if not (busy[n] & on).any()), None)
        if seat is None:
            raise SolverFailed(f"no single window of {case.instance.window_names[w]} is free for the whole shift of {name}")
        busy[seat] |= on
        seats[name] = seat
    return seats


def _free_seat(centre: Centre, person: Staff) -> str | None:
    """Return the window that somebody without a seat of his own is counted at: the first of his employer that he can serve."""
    fits = (n for n, w in centre.windows.items() if w.department == person.employer and set(w.queues) & set(person.skills))
    return next(fits, None)


def _covered(pattern: Iterable[Interval]) -> list[bool]:
    """Say of each half hour of a day whether a pattern covers all of it."""
    spans = [(i.start, i.end) for i in pattern]
    return [any(a <= t * HALF_HOUR and (t + 1) * HALF_HOUR <= b for a, b in spans) for t in range(PERIODS)]


def hours(pattern: Iterable[Interval]) -> float:
    """Return the hours of a day's intervals."""
    return sum(i.end - i.start for i in pattern) / 3600
