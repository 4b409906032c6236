"""Measures 指标: pure functions from an EventLog, simulated or real, to tidy rows; the same code judges both.

To add one: write a function of a `View` in the file of its subject, list it in that file's `MEASURES` with unit, direction, formula,
censoring rule and reference, and a whole small log with the hand calculation in the tests.
"""

from __future__ import annotations

from simulation.measures import (
    acceptance,
    burden,
    capacity,
    causes,
    classes,
    cost,
    flow,
    halls,
    integrity,
    lead,
    limits,
    regulation,
    visits,
    waiting,
)
from simulation.measures.causes import CAUSES, path
from simulation.measures.measure import Measure, Unsupported, measure, supported
from simulation.measures.view import Rows, View

PARTS = (waiting, visits, burden, lead, flow, limits, classes, acceptance, capacity, cost, halls, integrity, regulation, causes)
CATALOGUE: dict[str, Measure] = {
    one.name: one for part in PARTS for one in part.MEASURES
}
"""All measures of this package by name, in the order of a report."""

__all__ = ["CATALOGUE", "CAUSES", "Measure", "Rows", "Unsupported", "View", "measure", "path", "supported"]
