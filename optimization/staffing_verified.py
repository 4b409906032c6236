"""What the simulation says of a staffing: its targets on chance used for nothing else, and the hours that were promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimization.solution import Verdict, Verified, verdict
from optimization.staffing_case import Case, hours
from optimization.staffing_problem import StaffingProblem
from optimization.targets import EACH, Target, measure_of, tickets_of
from simulation.estimates import estimate
from simulation.experiment import FRESH, Variant
from simulation.measures import Measure, Rows, View
from simulation.measures.capacity import DUTY, OPEN, PER_DAY, SERVES, paid, posts
from simulation.plan import Plan
from simulation.reforms import Reform, apply
from simulation.result import Result, make_result
from simulation.scenario import Horizon, Scenario
from simulation.shifts import DAY, Days
from simulation.units import Duration
from simulation.verbs import Settings, measures_named, rows_of


@dataclass(frozen=True)
class Question:
    """A staffing problem made ready: what is simulated, and how."""

    problem: StaffingProblem
    scenario: Scenario
    horizon: Horizon
    seed: int
    plan: Plan
    case: Case
    settings: Settings
    steady: bool = False
    """Whether the same answer comes each time, byte by byte, on one machine."""

    @property
    def queues(self) -> tuple[str, ...]:
        """Names of all queues."""
        return tuple(self.scenario.centre.queues)


def rostered_hours(view: View) -> Rows:
    """Return paid hours without overtime: what a roster alone decides."""
    _, worked = view.once(paid)
    return Rows(["all"], [float(worked.sum() - view.once(posts).overtime.sum()) / 3600], [float(view.working_days)])


BY_QUEUE = Target(wait=Duration(900), queue=EACH)
"""What is measured of each queue and told beside the targets; its limit is nobody's."""
RANK = {"missed": 3, "undecided": 2, None: 1, "met": 0}
"""Which verdict of many decides."""
ROSTERED = Measure(
    "rostered_hours", PER_DAY, "lower", "rate", (*SERVES, *DUTY), "paid_hours less overtime_hours: what is paid by the roster", OPEN,
    "design of this project", rostered_hours,
)  # fmt: skip


def simulated(asked: Question, variants: Sequence[Variant], first: int) -> Result:
    """Simulate variants in the replications from `first` up; measure the targets, paid hours and rostered hours."""
    hours_paid = measures_named(["paid_hours"], "optimize staffing")
    waits = [] if BY_QUEUE.measure in {t.measure for t in asked.problem.targets} else [BY_QUEUE]
    measures = [of(t, asked.queues) for t in (*asked.problem.targets, *waits) for of in (measure_of, tickets_of)]
    measures += [ROSTERED, *hours_paid]
    numbers = range(first, first + (asked.settings.replications or int(asked.problem.replications)))
    rows = rows_of(variants, asked.horizon, asked.seed, numbers, measures, asked.settings)
    return make_result(rows, measures, {v.name: variants[0].name for v in variants}, (), asked.scenario, {})


def verified(asked: Question, reform: Reform | None, people: Any) -> tuple[tuple[Verified, ...], tuple[Verified, ...]]:
    """Simulate today and the reform on fresh seeds; return a row for each target, then rostered and paid hours; and all cells of targets.

    The row of a target of many cells is of that which decides: with the worst verdict, and of those the largest value. A target
    of m cells is met if the interval of each lies within the limit, and missed if one of level 1 - 0.05 / m lies above it (Bonferroni:
    chance alone lets one of many cells at their limit pass it), or if tickets are taken in a cell and nobody is called.

    Hours have no target: the gap of rostered hours is their simulated value less today's with the change that the roster promises. Paid
    hours have overtime after closing on top, of which the roster says nothing.
    """
    variants = [Variant(asked.scenario.name, "none", asked.scenario)]
    variants += [] if reform is None else [Variant(reform.name, "none", apply(asked.scenario, reform))]
    result = simulated(asked, variants, FRESH)
    today, name = asked.scenario.name, variants[-1].name
    rows, every = [], []
    before = {(r["measure"], r["group"]): r for r in result.rows if r["scenario"] == today}
    for target in asked.problem.targets:
        cells = _cells(target, result, name, today)
        if not cells:
            continue
        judged = [_judged(target, cell, result, name, len(cells)) for cell in cells]
        past = [before.get((target.measure, cell["group"])) for cell in cells]
        now = [None if row is None else _judged(target, row, result, today, len(cells)) for row in past]
        told = [
            replace(_row(cell, row, target.limit, found, None), baseline_verdict=was)
            for cell, row, found, was in zip(cells, past, judged, now, strict=True)
        ]
        whole: Verdict | None = "undecided" if any(judged) else None
        whole = "missed" if "missed" in judged else "met" if all(v == "met" for v in judged) else whole
        decides = max(told, key=lambda row: (RANK[row.verdict], float("inf") if row.value is None else row.value))
        few, share = _left_out(target, cells, result, today)
        met = judged.count("met")
        decides = replace(decides, verdict=whole, cells=len(cells), cells_met=met, baseline_cells_met=now.count("met"))
        rows.append(replace(decides, cells_left_out=few, tickets_left_out=share))
        every += told
    if BY_QUEUE.measure not in {row.measure for row in every}:
        cells = _cells(BY_QUEUE, result, name, today)
        every += [_row(cell, before.get((BY_QUEUE.measure, cell["group"])), None, None, None) for cell in cells]
    hours_row, rostered = result.row(name, ROSTERED.name), result.row(today, ROSTERED.name)
    aim = rostered["value"] + change_a_day(asked.plan, asked.case, people - asked.case.instance.today)
    rows.append(_row(hours_row, rostered, None, None, hours_row["value"] - aim))
    rows.append(_row(result.row(name, "paid_hours"), result.row(today, "paid_hours"), None, None, None))
    return tuple(rows), tuple(every)


def _cells(target: Target, result: Result, scenario: str, today: str) -> list[Any]:
    """Return the rows of a target's cells: where it is of many, those with a ticket today each date they come, as the search counts them:
    a working day, or the cell's day of the week."""
    cells = [r for r in result.rows if r["scenario"] == scenario and r["measure"] == target.measure]
    if target.half_hour is None and target.day is None and target.queue is None:
        return cells
    of = f"tickets of {target.measure}"
    busy = {r["group"] for r in result.rows if r["scenario"] == today and r["measure"] == of and (r["value"] or 0.0) >= 1}
    return [r for r in cells if r["group"] in busy] or cells


def _left_out(target: Target, judged: Sequence[Any], result: Result, today: str) -> tuple[int, float]:
    """Return how many cells of a target have tickets today and are not judged, and their share of all its tickets."""
    frame = result.replications
    mine = frame[(frame["scenario"] == today) & (frame["measure"] == f"tickets of {target.measure}")]
    tickets = mine.groupby("group", observed=True)["total"].sum()
    few = tickets[~tickets.index.isin([row["group"] for row in judged])]
    return len(few), float(few.sum() / tickets.sum()) if len(few) else 0.0


def _judged(target: Target, cell: Any, result: Result, scenario: str, cells: int) -> Verdict | None:
    """Judge one of many cells; one in which somebody waits and nobody is called is missed, and not met if that is so in any replication."""
    frame = result.replications
    mine = frame[(frame["scenario"] == scenario) & (frame["measure"] == target.measure) & (frame["group"] == cell["group"])]
    if cell["value"] is None:
        return "missed"
    found = verdict(cell["low"], cell["high"], target.limit)
    if found == "missed" and cells > 1:
        low = estimate(mine, "ratio" if target.wait is not None else "share", 1 - 0.05 / cells).low
        found = "missed" if low is not None and low > target.limit else "undecided"
    return "undecided" if found == "met" and bool((mine["n"] == 0).any()) else found


def _row(row: Any, before: Any, target: float | None, judged: Any, gap: float | None) -> Verified:
    value, low, high = (None if before is None else before[name] for name in ("value", "low", "high"))
    return Verified(
        row["measure"], row["group"], row["unit"], target, row["value"], row["low"], row["high"], int(row["n"]), judged,
        value, row["difference"], row["difference_low"], row["difference_high"], gap, baseline_low=low, baseline_high=high,
    )  # fmt: skip


def change_a_day(plan: Plan, case: Case, more: Any) -> float:
    """Return the change in rostered hours a working date of the measured window, its open Saturdays included; `more` by (g, s, w)."""
    first, last = (t // DAY for t in plan.window)
    days = Days.of(plan.calendar, last)
    works, saturdays = (int(kind[first:last].sum()) for kind in (days.working, days.saturday))
    by_shift = more.sum(axis=(0, 2))
    rows = [plan.scenario.centre.shifts[name] for name in case.shifts]
    week = sum(float(n) * (hours(row.working) * works + hours(row.saturday) * saturdays) for n, row in zip(by_shift, rows, strict=True))
    return week / max(1, works)


__all__ = ["BY_QUEUE", "ROSTERED", "Question", "change_a_day", "rostered_hours", "simulated", "verified"]
