"""The answer to a staffing problem: the Solution, the named roster that follows from it, windows by half hour, reserve, permissions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from optimization.duty_roster import DAYS, SATURDAY, DutyRoster, Line, duty_roster, kinds_of, seats, time_of, windows_open
from optimization.levels import HALF_HOUR, PERIODS
from optimization.overloads import Overload, overloads
from optimization.permissions import Worth
from optimization.rosters import standby
from optimization.solution import Solution, Verified, finite
from optimization.solvers import SolverFailed
from optimization.staffing_changes import Changed, changes
from optimization.staffing_verified import Question
from optimization.whole_days import ShortDays
from simulation.horizons import calendar_for
from simulation.plan import Plan, compile_plan
from simulation.reforms import apply
from simulation.workload import away_share


@dataclass(frozen=True)
class Open:
    """Windows of a kind in a half hour of a working day or Saturday: how many there are, with somebody in the simulated staffing, at the
    fewest in any week of the roster, and today."""

    day: str
    half_hour: str
    window: str
    windows: int
    asked: int
    there: int
    today: int


@dataclass(frozen=True)
class Reserve:
    """Reserve for absence of one employer and contract.

    Attributes
    ----------
    people : on duty at once, at most; `absent` is the share of days on which one of them is away.
    needed : more people with whom so many are there on the share of days that is asked for.
    free : people of today whom the answer sends back.
    """

    employer: str
    contract: str
    people: int
    absent: float
    needed: int
    free: int


@dataclass(frozen=True)
class Staffing(Solution):
    """A Solution with what a hall needs to live by it.

    Attributes
    ----------
    plans : of today and of the proposed staffing.
    permissions : what each permission of the problem is worth, in the model.
    cells : every cell of every target, simulated on fresh seeds; of the waits of each queue too where no target asks for them.
    overloads : queues and pools with more work than time for it, new or worse than today, as `check` warns of the reform.
    seated : where there is no answer, targets missed with everybody seated in the replications of the search, whatever the budget.
    filled : whether they are missed too with every window filled at all hours.
    short_days : working days at the windows shorter than a whole one; None where there is no such shift, or none is asked about.
    """

    roster: DutyRoster | None = None
    opened: tuple[Open, ...] = ()
    reserve: tuple[Reserve, ...] = ()
    permissions: tuple[Worth, ...] = ()
    plans: tuple[Plan, Plan] | None = None
    cells: tuple[Verified, ...] = ()
    short_days: ShortDays | None = None
    seated: tuple[Verified, ...] = ()
    filled: bool = False
    overloads: tuple[Overload, ...] = ()

    @property
    def changes(self) -> tuple[Changed, ...]:
        """Return what changes at which windows and for whom."""
        return () if self.plans is None else changes(*self.plans)

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        lines = () if self.roster is None else self.roster.lines
        return {
            **super().document(),
            "roster": [row(line) for line in lines],
            "roster_differences": [] if self.roster is None else [vars(one) for one in self.roster.differences],
            "changes": [asdict(one) for one in self.changes],
            "cells": [{name: finite(value) for name, value in vars(one).items()} for one in self.cells],
            "overloads": [{name: finite(value) for name, value in asdict(one).items()} for one in self.overloads],
            "missed_with_everybody_seated": [{name: finite(value) for name, value in vars(one).items()} for one in self.seated],
            "short_days": None if self.short_days is None else asdict(self.short_days),
            "windows_open": [vars(one) for one in self.opened],
            "reserve": [vars(one) for one in self.reserve],
            "permissions": [
                {"permission": p.permission.title.en, "authority": p.permission.authority, "people": p.people, "gain": finite(p.gain)}
                for p in self.permissions
            ],
        }


def row(line: Line) -> dict[str, Any]:
    """Return a line of the roster as plain values: person, week, day, shift, window, from, to."""
    told = {"person": line.person, "week": line.week, "day": line.day, "shift": line.shift, "window": line.window}
    return {**told, "from": time_of(line.begins), "to": time_of(line.ends)}


def with_roster(solution: Staffing, asked: Question) -> Staffing:
    """Return the solution with the roster of its staffing; the remarks say what the roster keeps, and what not."""
    scenario, rota = asked.scenario, asked.problem.roster
    staffed = scenario if solution.reform is None else apply(scenario, solution.reform)
    plan = asked.plan if solution.reform is None else compile_plan(staffed, calendar_for(staffed, asked.horizon), asked.horizon)
    solution = _with(solution, overloads=overloads(scenario, staffed))
    try:
        roster = duty_roster(plan, rota, asked.seed, asked.steady)
    except SolverFailed as error:
        said = (f"No roster was named: {error}", f"未能排出具名班表：{error}")
        return _with(solution, remarks=(*solution.remarks, said), plans=(asked.plan, plan))
    found = _reserve(asked, plan, float(rota.sure))
    remarks = (*solution.remarks, *_said(roster, int(rota.weeks)), _reserved(found, asked, plan, float(rota.sure)))
    return _with(
        solution, roster=roster, opened=_opened(asked.plan, plan, roster), reserve=found, remarks=remarks, plans=(asked.plan, plan)
    )


def _with(solution: Staffing, **changes: Any) -> Staffing:
    return Staffing(**{**{f.name: getattr(solution, f.name) for f in fields(solution)}, **changes})


def _opened(today: Plan, plan: Plan, roster: DutyRoster) -> tuple[Open, ...]:
    """Count windows with somebody by kind and half hour."""
    kinds = {**kinds_of(today), **kinds_of(plan)}
    names = [*dict.fromkeys(kinds.values())]
    at = {window: names.index(kind) for window, kind in kinds.items()}
    weeks: dict[tuple[int, str], list[tuple[str, int, int]]] = {}
    for line in roster.lines:
        weeks.setdefault((line.week, line.day), []).append((line.window, line.begins, line.ends))
    numbers, seated = range(1, len(roster.weeks) + 1), [*kinds_of(plan).values()]
    rows = []
    for kind, days in (("working day", DAYS[:SATURDAY]), ("Saturday", DAYS[SATURDAY:])):
        saturday = kind == "Saturday"
        before, asked = (windows_open((s for mine in seats(p).values() for s in mine[saturday]), at) for p in (today, plan))
        each = [windows_open(weeks.get((week, day), ()), at) for week in numbers for day in days]
        there = each[0]
        for one in each[1:]:
            there = there.clip(max=one)
        rows += [
            Open(kind, time_of(t * HALF_HOUR), name, seated.count(name), int(asked[w, t]), int(there[w, t]), int(before[w, t]))
            for t in range(PERIODS)
            for w, name in enumerate(names)
            if asked[w, t] or there[w, t] or before[w, t]
        ]
    return tuple(rows)


def _reserve(asked: Question, plan: Plan, sure: float) -> tuple[Reserve, ...]:
    """Return the reserve of each employer and contract whose people may be absent: independent absences, so who is there is binomial."""
    now, after = asked.scenario.centre.staff, plan.scenario.centre.staff
    sittings = seats(plan)
    bodies: dict[tuple[str, str], list[str]] = {}
    for name, person in after.items():
        bodies.setdefault((person.employer, person.contract), []).append(name)
    rows = []
    for (employer, contract), names in sorted(bodies.items()):
        away = [after[n].absence for n in names]
        factor = float(asked.scenario.world.absence)
        shares = [0.0 if a is None else away_share(min(1.0, float(a.starts) * factor), a.lasts_wd) for a in away]
        everywhere = {window: 0 for window in plan.windows}
        people = int(windows_open((s for n in names for s in sittings[n][0]), everywhere).max(initial=0))
        share = sum(shares) / len(shares)
        free = sum(n not in after and (p.employer, p.contract) == (employer, contract) for n, p in now.items())
        if share:
            rows.append(Reserve(employer, contract, people, share, standby(people, share, sure), free))
    return tuple(rows)


def _reserved(found: tuple[Reserve, ...], asked: Question, plan: Plan, sure: float) -> tuple[str, str]:
    """Say the reserve: whom it counts, whether those sent back are enough, and what the simulation does without it."""
    if not found:
        return ("Reserve for absence: nobody is ever absent in this scenario.", "备勤：本方案无人缺勤。")
    now, after = asked.scenario.centre.staff, plan.scenario.centre.staff
    needed, people, free = (sum(numbers) for numbers in zip(*((r.needed, r.people, r.free) for r in found), strict=True))
    short = sum(r.needed > r.free for r in found)
    body = {(r.employer, r.contract) for r in found}
    theirs = sum((p.employer, p.contract) in body for p in after.values())
    back = sum(name not in after for name in now)
    en = f"Reserve for absence: {needed} people. It counts {theirs} of the {len(after)} people who stay: those of the {len(found)} bodies "
    en += "(employer and contract) in which anybody is ever absent. As many as are on duty at once there, "
    en += f"{people} in all, are to be there on {sure:.0%} of days. "
    en += f"Of the {back} people sent back {free} are of these bodies"
    zh = f"备勤：需{needed}人。只计有人可能缺勤的{len(found)}个单位（按派驻单位和用工形式），其中留任{theirs}人（全部留任{len(after)}人），"
    zh += f"同时在岗共{people}人，须在{sure:.0%}的日子里到齐；退回的{back}人中{free}人属这些单位"
    en, zh = (f"{en}, too few in {short} bodies.", f"{zh}，{short}个单位不足。") if short else (f"{en}, which is enough.", f"{zh}，足够。")
    before, alone = (_alone(p) for p in (asked.plan, plan))
    covered = any(site.cover == "department" for site in plan.scenario.centre.sites.values())
    en += " The simulation has the absences and no reserve: when the one person of a queue is away, "
    zh += "仿真含缺勤而无备勤：只有一人的队列，此人缺勤当天"
    en += "an officer of his department sits in if one can be spared, else " if covered else ""
    zh += "由本部门工作人员顶岗，无人可派则" if covered else ""
    en += f"nobody is called there ({alone} queues have one person, today {before})."
    return en, f"{zh}无人叫号（此类队列{alone}个，现状{before}个）。"


def _alone(plan: Plan) -> int:
    """Count queues that one person alone calls."""
    windows = plan.scenario.centre.windows
    calls = [{q for day in mine for window, *_ in day for q in windows[window].queues} for mine in seats(plan).values()]
    return sum(sum(queue in those for those in calls) == 1 for queue in plan.scenario.centre.queues)


def _said(roster: DutyRoster, weeks: int) -> list[tuple[str, str]]:
    """Say what the roster keeps: cover, rest, and how evenly duties are shared."""
    people, found = len(roster.named.people), []
    turn = (roster.turn, {"day": "日", "week": "周"}[roster.turn])
    if not roster.differences:
        en = f"Roster of {weeks} weeks for {people} people: in every week the windows have somebody at the same hours as in the simulation."
        found.append((en, f"{weeks}周排班表（{people}人）：每周各窗口在岗时段与仿真完全一致。"))
    else:
        lost = sum((d.asked - d.there) * (d.ends - d.begins) for d in roster.differences) / 3600 / weeks
        first = roster.differences[0]
        place = f"{first.window}, {first.day} {time_of(first.begins)}-{time_of(first.ends)}"
        en = f"Roster of {weeks} weeks for {people} people: days, hours and rest of one person leave {lost:.1f} h a week at windows to "
        en += f"nobody (first: {place}, week {first.week}); the nearest to the staffing that was simulated, not simulated itself."
        zh = f"{weeks}周排班表（{people}人）：因个人工作日数、工时和休息限制，每周有{lost:.1f}小时无人在岗"
        found.append((en, f"{zh}（首处：第{first.week}周 {place}）；为最接近仿真方案者，未另行仿真。"))
    if roster.why:
        told = "; ".join(roster.why)
        en = f"Shifts that nobody may work all week, so that duties change by day: {told}."
        found.append((en, f"以下班次不得由一人连续承担一周，故按日轮换：{told}。"))
    words = {"noon": ("lunch duty", "午间值班"), "weekend": ("Saturdays", "周六"), "days": ("days at work", "工作日数")}
    shared = [
        (f"{words[duty][0]} by at most {spread} days{'' if proved else ' (not proved to be the least)'}",
         f"{words[duty][1]}最多相差{spread}天{'' if proved else '（未证明最小）'}")
        for duty, (spread, proved) in roster.spread.items() if duty in words
    ]  # fmt: skip
    if roster.alone < people:
        en = f"Equal people change duties by the {turn[0]}; over {weeks} weeks they differ in {', '.join(en for en, _ in shared)}. "
        zh = f"条件相同的人员按{turn[1]}轮换；{weeks}周内{'，'.join(zh for _, zh in shared)}。周日全员休息。"
        found.append((f"{en}Sundays are free for all.", zh))
    if roster.alone:
        found.append((f"{roster.alone} of {people} people have no equal and keep their duty.", f"{roster.alone}人无可轮换者，班次不变。"))
    return found


__all__ = ["Open", "Reserve", "Staffing", "row", "with_roster"]
