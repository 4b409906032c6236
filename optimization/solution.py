"""Solution: what an optimiser returns, how good it is proved to be, and what the simulation says of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from optimization.solvers import Status
from simulation.experiment import FRESH
from simulation.reforms import Reform

Verdict = Literal["met", "missed", "undecided"]


@dataclass(frozen=True)
class Verified:
    """One measure of the proposed reform, simulated on seeds used for nothing else, against its target.

    Attributes
    ----------
    target : what the value is held against, in the unit of the measure; None when nothing is asked.
    baseline, difference, difference_low, difference_high : the same measure today, and the paired difference.
    gap : simulated value less what the model says of it; None where the model says nothing of the measure.
    cells : of how many groups that all must meet the target this is the one that decides.
    cells_met : how many of them do; None where they were not counted.
    baseline_low, baseline_high, baseline_verdict : interval of the measure today, and what it says of the target.
    baseline_cells_met : of those groups how many meet the target today; None where they were not counted.
    cells_left_out, tickets_left_out : groups with too few tickets to be judged, and their share of all tickets of the target.
    verdict : `undecided` when the interval contains the target; None without a target.
    """

    measure: str
    group: str
    unit: str
    target: float | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    verdict: Verdict | None
    baseline: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    gap: float | None = None
    cells: int = 1
    cells_met: int | None = None
    cells_left_out: int = 0
    tickets_left_out: float = 0.0
    baseline_low: float | None = None
    baseline_high: float | None = None
    baseline_verdict: Verdict | None = None
    baseline_cells_met: int | None = None


@dataclass(frozen=True)
class Rule:
    """A binding requirement, in the unit of the objective.

    Attributes
    ----------
    price : what one unit of relief saves in the linear relaxation (LP dual); None where there is no such unit (merging, approval flow).
    saving : what leaving the requirement out entirely saves, solved again without it, or what a move that is made saves against the best
        answer without it (approval flow); None where that was not done.
    """

    rule: str
    price: float | None
    saving: float | None = None


@dataclass(frozen=True)
class Solution:
    """An answer with its proof.

    Attributes
    ----------
    status : `proved` (bound equals objective within the solver's tolerance), `bounded` (a gap is left), `heuristic`, `infeasible`.
    objective, bound, gap : of the model; gap = (objective - bound) / max(1, |objective|).
    reform : None when the model would change nothing, or has no answer.
    verified : simulated rows; the gap between model and simulation is theirs to show.
    why : binding rules, their prices and what leaving them out saves.
    model : what the model promises, by name, in the units of the names.
    clash : when infeasible, requirements that cannot hold together, none of them superfluous.
    seconds : of the search by the wall clock; None in reproducible mode, and where no single program is solved: `optimize --json` has those
        of the whole answer then.
    digest : SHA-256 of the program; empty where there is no single one: `optimize --json` has that of scenario, problem and settings then.
    first_replication : of those that verify.
    remarks : what else must be known of the answer, in English and Chinese.
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    backend: str
    seed: int
    reform: Reform | None
    verified: tuple[Verified, ...] = ()
    why: tuple[Rule, ...] = ()
    model: tuple[tuple[str, float], ...] = ()
    clash: tuple[str, ...] = ()
    seconds: float | None = None
    digest: str = ""
    first_replication: int = FRESH
    remarks: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON: no path, absent or endless = None."""
        return {
            "status": self.status,
            "objective": finite(self.objective),
            "bound": finite(self.bound),
            "gap": finite(self.gap),
            "backend": self.backend,
            "seconds": self.seconds,
            "seed": self.seed,
            "digest": self.digest,
            "first_replication": self.first_replication,
            "model": {name: finite(value) for name, value in self.model},
            "reform": None if self.reform is None else self.reform.model_dump(mode="json", by_alias=True, exclude_unset=True),
            "verified": [{name: finite(value) for name, value in vars(row).items()} for row in self.verified],
            "rules": [{name: finite(value) for name, value in vars(row).items()} for row in self.why],
            "clash": list(self.clash),
            "remarks": [en for en, _ in self.remarks],
        }


def finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value


def verdict(low: float | None, high: float | None, target: float | None) -> Verdict | None:
    """Judge a measure whose smaller values are better by its interval.

    >>> verdict(3, 5, 6), verdict(3, 5, 2), verdict(3, 5, 4)
    ('met', 'missed', 'undecided')
    """
    if target is None or low is None or high is None:
        return None
    return "met" if high <= target else "missed" if low > target else "undecided"
