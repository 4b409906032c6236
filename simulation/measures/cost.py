"""What the centre costs 中心运行成本: hours on duty at what they are paid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.measures.capacity import by_post, paid
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View

WORKED = 249
"""Working dates of a year that a yearly pay is spread over (domain note 6.2); their hours are the log's office hours."""


def _costs(view: View) -> tuple[list[str], NDArray[np.float64]]:
    """Names of the posts whose pay is known, and what their paid hours in the window cost."""
    names, worked = view.once(paid)
    year = WORKED * float(sum(closes - opens for opens, closes in view.meta.office))
    known = [k for k, name in enumerate(names) if name in view.meta.pay]
    pay = np.array([view.meta.pay[names[k]] for k in known], dtype=np.float64)
    return [names[k] for k in known], worked[known] / year * pay


def centre_cost(view: View) -> Rows:
    names, costs = _costs(view)
    return by_post(view, names, costs, float(view.working_days), windows=False)


def cost_per_case(view: View) -> Rows:
    decided = (view.case("decided") != MISSING) & view.within(view.case("decided")) & ~view.consultation
    return Rows(["all"], [float(_costs(view)[1].sum())], [float(decided.sum())])


SERVES = ("events.kind", "events.start", "events.end", "events.post", "duty.from", "duty.to", "duty.state", "duty.people", "meta.pay")
PAID = (
    f"person-hours of paid_hours x yearly pay / ({WORKED} working dates x office hours), of the posts whose pay is known; overtime at the "
    "plain rate; without rooms, systems and what a reform itself costs"
)
OPEN = "a service still going at the cut-off counts until then"

MEASURES = (
    Measure("centre_cost", "CNY per working day", "lower", "rate", SERVES, f"{PAID}, inside the window / its working dates", OPEN,
            "field usage", centre_cost),
    Measure("cost_per_case", "CNY", "lower", "ratio", (*SERVES, "cases.decided", "cases.class"),
            f"{PAID}, inside the window / cases (no consultations) decided inside it", f"{OPEN}; a growing backlog makes cases dear",
            "办件成本: field usage", cost_per_case),
)  # fmt: skip
