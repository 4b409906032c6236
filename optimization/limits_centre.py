"""A scenario under other promises: simulated, and its limits certified on fresh replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optimization.certificates import Answer, certify
from optimization.joint import Settled, Vector
from optimization.kept import KEPT, WAITED, Counts, counts_of
from optimization.problem import MOST
from simulation.experiment import FRESH, Variant
from simulation.reforms import Reform, apply
from simulation.scenario import Horizon, Scenario, seasoned
from simulation.units import Duration
from simulation.verbs import Settings, rows_of

if TYPE_CHECKING:
    import pandas as pd

    from simulation.measures.measure import Measure

ATTEMPTS = 4
"""Certificates at most; each has a block of fresh replications of its own."""
CHUNK = 5
"""Replications of a plan compiled once; of so many runs none needs smaller portions to keep workers busy."""
STRESSED, IN_WORLDS, WITH_PEOPLE = (FRESH + (ATTEMPTS + k) * MOST for k in range(3))
"""First replications of the blocks under stresses, in worlds, and with more people."""


@dataclass(frozen=True)
class Centre:
    """A scenario ready to be simulated under other promises."""

    scenario: Scenario
    horizon: Horizon
    seed: int
    settings: Settings

    @property
    def name(self) -> str:
        """What results call it under other promises."""
        return f"{self.scenario.name}-limits"

    @property
    def feedback(self) -> bool:
        """Whether promises change how files are handled; where they do not, a simulation under one promise tells of every other."""
        return bool(self.scenario.centre.supervision)

    def rows(
        self, variants: Sequence[Variant], replications: Sequence[int], measures: Sequence[Measure], *, apart: bool = False
    ) -> pd.DataFrame:
        """Simulate and measure, everybody used to what is new; as `run_variants`."""
        used = [replace(v, scenario=seasoned(v.scenario)) for v in variants]
        return rows_of(used, self.horizon, self.seed, replications, measures, self.settings, apart=apart, chunk=CHUNK)

    def under(self, limits: Vector, *more: dict[str, Any]) -> Scenario:
        """Return the scenario with other promises, and further edits."""
        return apply(self.scenario, reform_of(self.scenario, limits, *more)) if limits or more else self.scenario


def reform_of(scenario: Scenario, limits: Vector, *more: dict[str, Any], told: tuple[str, str] = ("", "")) -> Reform:
    """Return other promises, and further edits, as a Reform; `told` : why, in English and Chinese."""
    en, zh = told
    edits = [{"kind": "change_limits", "promise_wd": {name: str(limit) for name, limit in limits.items()}}] if limits else []
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": f"{scenario.name}-limits", "baseline": scenario.name,
            "title": {"en": "Limits that are shown to hold", "zh": "经验证能守住的承诺时限"},
            "source": None, "edits": [*edits, *more], "lead_time": Duration(30 * 86_400), "authority": "centre",
            "reason": {"en": f"Proposed by optimize limits{en and ': ' + en}.", "zh": f"由承诺时限优化提出{zh and '：' + zh}。"},
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Certified:
    """Limits that passed on fresh replications, with the tests behind them.

    Attributes
    ----------
    counts, today : of each item under the limits claimed, and under today's, in the same replications.
    waited : rows of `WAITED` under the limits claimed.
    """

    limits: dict[str, int]
    answers: dict[str, Answer]
    counts: dict[str, Counts]
    today: dict[str, Counts]
    waited: pd.DataFrame | None


def certified(
    centre: Centre, claimed: Vector, items: Sequence[str], starts: Vector, target: float, error: float, block: range
) -> Certified:  # fmt: skip
    """Simulate the promises claimed on fresh replications, and test each from loose to tight.

    Today's are simulated beside them only where promises feed back; elsewhere the same run tells what becomes of them.
    """
    variants = [Variant(centre.name, "none", centre.under(claimed))]
    variants += [Variant(centre.scenario.name, "none", centre.scenario)] if centre.feedback else []
    rows = centre.rows(variants, block, [KEPT, WAITED])
    mine = rows[rows["scenario"] == centre.name]
    counts = counts_of(mine, items)
    today = counts_of(rows[rows["scenario"] == centre.scenario.name], items) if centre.feedback else counts
    answers = {name: certify(counts[name], target, error, starts[name], limit) for name, limit in claimed.items()}
    limits = {name: answer.limit for name, answer in answers.items() if answer.limit is not None}
    return Certified(limits, answers, counts, today, mine[mine["measure"] == WAITED.name])


@dataclass(frozen=True)
class Found:
    """What the search has come to, before it is told.

    Attributes
    ----------
    starts : the loosest limit of each item that can be tested; lawful : by law; today : promised today; claimed : what stands.
    error : of each certificate; attempts : certificates tried.
    feedback : as of the centre.
    fresh : replications asked for each certificate.
    """

    settled: Settled
    starts: Mapping[str, int | None]
    lawful: Vector
    today: Vector
    claimed: Vector
    certified: Certified
    seen: Mapping[str, Counts]
    error: float
    attempts: int
    feedback: bool
    fresh: int = 0


def shares_at(counts: Mapping[str, Counts], limits: Vector, scenario: str, first: int = 0) -> pd.DataFrame:
    """Return rows as those of `on_time_promise`, of each item at its limit, as they are in a run under that promise."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "scenario": scenario, "stress": "none", "replication": first + r, "measure": "on_time_promise", "group": f"item:{item}",
                "total": float(kept), "n": float(due),
            }
            for item, limit in limits.items()
            for r, (kept, due) in enumerate(zip(counts[item].kept[:, limit], counts[item].due[:, limit], strict=True))
        ]
    )  # fmt: skip
