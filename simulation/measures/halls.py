"""Several halls: the way to them, and whether they serve alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.measures.comings import COMES, SPAN, comings, occurrences, ways
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View


def travel_per_need(view: View) -> Rows:
    occurrence, first, kept = view.once(occurrences)
    at, whose = view.once(comings)
    hours = np.bincount(whose, 2 * np.maximum(ways(view, at), 0) / 3600, minlength=len(occurrence))
    return view.sums("cases", first & _lives(view), hours[occurrence], kept, ("need", "group", "zone"))


def _lives(view: View) -> NDArray[np.bool_]:
    """Cases of which one knows where their citizens live."""
    zone = view.dimension("cases", "zone")
    return np.zeros(len(view.log.cases), dtype=bool) if zone is None else zone[0] >= 0


def site_gap(view: View) -> Rows:
    """The hall with the longest mean wait less the one with the shortest; nothing where fewer than two were visited."""
    rows = view.sums("events", view.served & view.first_ticket, view.wait, None, ("site",))
    means = [total / n for total, n in zip(rows.total[1:], rows.n[1:], strict=True)]
    return Rows(["all"], [max(means) - min(means)], [1.0]) if len(means) > 1 else Rows(["all"], [0.0], [0.0])


MEASURES = (
    Measure("travel_per_need", "h", "lower", "ratio", COMES,
            f"hours travelled there and back, all comings / {SPAN}, where the zone is known",
            "comings up to the cut-off: a lower bound while cases are open", "applicant's burden: field usage", travel_per_need),
    Measure("site_gap", "s", "lower", "mean", ("events.kind", "events.entered", "events.start", "events.site"),
            "largest less smallest mean wait for the first call, between halls; none where there is one; never below 0, above it by "
            "chance: of two equal halls about one standard error (signed differences: wait_mean by site)",
            "those never called are not counted", "same item, same standard: Business Environment Regulation 35", site_gap),
)  # fmt: skip
