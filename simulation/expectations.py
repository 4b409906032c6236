"""Expectations 预期: what the author of a reform claims, and whether a comparison confirms it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from simulation.experiment import Experiment, Headline, Replications
from simulation.reforms import Expectation, Reform
from simulation.result import Result

SAME = 0.05
"""`direction: same` is confirmed by an interval of the difference that stays within this part of the baseline's value."""
LOOK = (
    "wait_mean", "wait_p90", "walk_away_share", "trips", "on_the_spot_share", "lead_wd", "on_time_promise", "late_legal", "utilisation",
)  # fmt: skip
"""What is measured of a reform on its own, beside what its author expects."""


@dataclass(frozen=True)
class Verdict:
    """One claim and its test: `found` is confirmed, contradicted, or not resolved; difference and limits in the measure's unit."""

    reform: str
    claim: Expectation
    found: Literal["confirmed", "contradicted", "not resolved"]
    difference: float | None
    low: float | None
    high: float | None


def question_of(reform: Reform, name: str, replications: Replications | None = None) -> Experiment:
    """Return the experiment that compares one reform with its baseline; `name` is how its file is found.

    Its headline is what the author expects, so that all his claims are judged by simultaneous intervals.
    """
    measures = dict.fromkeys((*LOOK, *(claim.measure for claim in reform.expect)))
    return Experiment(
        kind="experiment",
        name=reform.name,
        title=reform.title,
        question=reform.reason or reform.title,
        baseline=reform.baseline,
        reforms=(name,),
        measures=tuple(measures),
        headline=tuple(Headline(reform=reform.name, measure=claim.measure, group=claim.group) for claim in reform.expect),
        replications=replications or Replications(),
    )


def verdicts(result: Result, reforms: Iterable[Reform]) -> tuple[Verdict, ...]:
    """Judge every claim of `reforms` by the paired difference in `result`; a claim about what was not measured is not resolved."""
    rows = {(row["scenario"], row["measure"], row["group"]): row for row in result.rows if row["stress"] == "none"}
    found = []
    for reform in reforms:
        for claim in reform.expect:
            row = rows.get((reform.name, claim.measure, claim.group))
            if row is None:
                found.append(Verdict(reform.name, claim, "not resolved", None, None, None))
                continue
            baseline = rows[row["baseline"], claim.measure, claim.group]["value"]
            low, high = row["difference_low"], row["difference_high"]
            said = _judge(claim, row["identical"], low, high, SAME * abs(baseline or 0.0))
            found.append(Verdict(reform.name, claim, said, row["difference"], low, high))
    return tuple(found)


def _judge(
    claim: Expectation, identical: bool, low: float | None, high: float | None, margin: float
) -> Literal["confirmed", "contradicted", "not resolved"]:
    if identical:
        return "confirmed" if claim.direction == "same" else "contradicted"
    if low is None or high is None:
        return "not resolved"
    if claim.direction == "same":
        return "confirmed" if -margin <= low and high <= margin else "contradicted" if low > margin or high < -margin else "not resolved"
    sign = 1 if claim.direction == "higher" else -1
    best, worst = (high, low) if sign > 0 else (low, high)
    return "confirmed" if sign * worst > 0 else "contradicted" if sign * best < 0 else "not resolved"


__all__ = ["Verdict", "question_of", "verdicts"]
