"""What the simulation says of a staffing: its targets on chance used for nothing else, and the hours that were promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optimization.solution import Verified, verdict
from optimization.staffing_case import Case, hours
from optimization.staffing_problem import StaffingProblem
from optimization.targets import measure_of
from simulation.experiment import FRESH, Variant, run_variants
from simulation.measures import Measure, Rows, View
from simulation.measures.capacity import DUTY, OPEN, PER_DAY, SERVES, paid, posts
from simulation.plan import Plan
from simulation.reforms import Reform, apply
from simulation.result import Result, make_result
from simulation.scenario import Horizon, Scenario
from simulation.shifts import DAY, Days
from simulation.store import Store
from simulation.verbs import Settings, measures_named


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


EXACT = 1e-6
"""Hours a day within which two sums of the same hours are equal."""
ROSTERED = Measure(
    "rostered_hours", PER_DAY, "lower", "rate", (*SERVES, *DUTY), "paid_hours less overtime_hours: what is paid by the roster", OPEN,
    "design of this project", rostered_hours,
)  # fmt: skip


def simulated(asked: Question, variants: Sequence[Variant], first: int) -> Result:
    """Simulate variants in the replications from `first` up; measure the targets, paid hours and rostered hours."""
    s = asked.settings
    hours_paid = measures_named(["paid_hours"], "optimize staffing")
    measures = [*(measure_of(t, asked.queues) for t in asked.problem.targets), ROSTERED, *hours_paid]
    numbers = range(first, first + (s.replications or int(asked.problem.replications)))
    rows = run_variants(
        variants, asked.horizon, asked.seed, numbers, measures, Store(s.store),
        workers=s.workers, on=s.on, fresh=s.fresh, progress=s.progress,
    )  # fmt: skip
    return make_result(rows, measures, {v.name: variants[0].name for v in variants}, (), asked.scenario, {})


def verified(asked: Question, reform: Reform | None, people: Any) -> tuple[Verified, ...]:
    """Simulate today and the reform on fresh seeds: one row for each target, of its worst cell, then rostered and paid hours.

    Hours are promised by the roster as a change, so the paired difference judges: today's chance is in both. Paid hours have overtime
    after closing on top, of which the roster says nothing; they have no target.
    """
    variants = [Variant(asked.scenario.name, "none", asked.scenario)]
    variants += [] if reform is None else [Variant(reform.name, "none", apply(asked.scenario, reform))]
    result = simulated(asked, variants, FRESH)
    today, name = asked.scenario.name, variants[-1].name
    rows = []
    for target in asked.problem.targets:
        cells = [r for r in result.rows if r["scenario"] == name and r["measure"] == target.measure and r["value"] is not None]
        if target.half_hour is not None or target.day is not None or target.queue is not None:
            cells = _counted(cells, result, name, asked.horizon) or cells
        if not cells:
            continue
        worst = max(cells, key=lambda r: r["value"])
        judged = [verdict(r["low"], r["high"], target.limit) for r in cells]
        whole = "missed" if "missed" in judged else "met" if all(v == "met" for v in judged) else "undecided"
        before: dict[str, Any] = next(
            (dict(r) for r in result.rows if (r["scenario"], r["measure"], r["group"]) == (today, target.measure, worst["group"])), {}
        )
        rows.append(_row(worst, before.get("value"), target.limit, whole if worst["low"] is not None else None, None))
    hours_row, now = result.row(name, ROSTERED.name), result.row(today, ROSTERED.name)
    change = change_a_day(asked.plan, asked.case, people - asked.case.instance.today)
    aim = now["value"] + change
    judge = verdict(hours_row["difference_low"], hours_row["difference_high"], change + EXACT)
    rows.append(_row(hours_row, now["value"], aim, judge, hours_row["value"] - aim))
    rows.append(_row(result.row(name, "paid_hours"), result.row(today, "paid_hours")["value"], None, None, None))
    return tuple(rows)


def _counted(cells: Sequence[Any], result: Result, scenario: str, horizon: Horizon) -> list[Any]:
    """Return cells with as many tickets as working days, as the search counts them."""
    frame = result.replications
    frame = frame[frame["scenario"] == scenario]
    n = frame.groupby(["measure", "group"])["n"].mean()
    return [r for r in cells if n.get((r["measure"], r["group"]), 0.0) >= float(horizon.window_wd)]


def _row(row: Any, before: float | None, target: float | None, judged: Any, gap: float | None) -> Verified:
    return Verified(
        row["measure"], row["group"], row["unit"], target, row["value"], row["low"], row["high"], int(row["n"]), judged,
        before, row["difference"], row["difference_low"], row["difference_high"], gap,
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


__all__ = ["ROSTERED", "Question", "change_a_day", "rostered_hours", "simulated", "verified"]
