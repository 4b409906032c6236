"""Result: what an experiment found, as tidy rows with intervals, and where every row comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from simulation import censored
from simulation.estimates import Compared, compare
from simulation.measures.survival import Tally
from simulation.scenario import Scenario, evidence

if TYPE_CHECKING:
    import pandas as pd

    from simulation.measures import Measure
    from simulation.occurrences import Share
    from simulation.plausible import Plausible

KEYS = (
    "scenario", "baseline", "stress", "measure", "group", "unit", "value", "low", "high",
    "difference", "difference_low", "difference_high", "n", "identical", "simultaneous", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What the numbers of a scenario rest on: measured or written somewhere, chosen or judged, assumed with a range."""

    sourced: int
    chosen: int
    assumed: int

    @classmethod
    def of(cls, scenario: Scenario) -> Evidence:
        """Count the numbers of `scenario`."""
        sources = [source for _, _, source in evidence(scenario)]
        soft = {name for name, entry in scenario.sources.items() if entry.basis in ("judgement", "choice")}
        assumed, chosen = sum(source == "assumption" for source in sources), sum(source in soft for source in sources)
        return cls(len(sources) - assumed - chosen, chosen, assumed)

    def line(self, language: str = "en", *, included: bool = False) -> str:
        """Return the line that every report carries; `included`: a second band takes the assumptions' ranges in."""
        if language == "zh":
            given = f"依据：{self.sourced} 个数来自实测、法规或文献，{self.chosen} 个数为选定或判断，{self.assumed} 个数为假设"
            return f"{given}（{'假设的范围仅计入第二个区间' if included else '区间未计入假设'}）；未经回溯检验"
        told = f"{self.sourced} numbers measured or from law and documents, {self.chosen} chosen or judged, {self.assumed} assumed"
        band = "the assumptions' ranges are in the second band only" if included else "intervals: chance only, assumptions not included"
        return f"Evidence: {told} ({band}); not back-tested"


@dataclass(frozen=True)
class Result:
    """Rows of a comparison or of a single run.

    Attributes
    ----------
    rows : mappings with every key of `KEYS`; what is absent is None.
    replications : rows of the single replications (`run_variants`), for pictures and further statistics.
    evidence : of the baseline.
    provenance : text to value.
    plausible, groups : the second band, and who is better and who worse off, where the comparison was asked for them.
    """

    rows: tuple[Mapping[str, Any], ...]
    replications: pd.DataFrame
    evidence: Evidence
    provenance: Mapping[str, Any]
    plausible: Plausible | None = None
    groups: tuple[Share, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a tidy DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(KEYS))

    def document(self) -> dict[str, Any]:
        """Return the result as plain values for strict JSON: no duration, no path, absent = None."""
        return {
            **self.provenance,
            "evidence": {"sourced": self.evidence.sourced, "chosen": self.evidence.chosen, "assumed": self.evidence.assumed},
            "rows": [dict(r) for r in self.rows],
            **({"worlds": self.plausible.document()} if self.plausible is not None else {}),
            **({"groups": [asdict(share) for share in self.groups]} if self.groups else {}),
        }

    def synchronisation(self, measures: Iterable[Measure] = ()) -> pd.DataFrame:
        """Return how well each scenario and its baseline run side by side: tidy rows as of `simulation.synchronisation`.

        Parameters
        ----------
        measures : those of the result that are looked at; of the catalogue when empty.
        """
        from simulation.measures import CATALOGUE
        from simulation.synchronisation import synchronisations

        baselines = {row["scenario"]: row["baseline"] for row in self.rows}
        return synchronisations(self.replications, list(measures) or CATALOGUE.values(), baselines)

    def row(self, scenario: str, measure: str, group: str = "all", stress: str = "none") -> Mapping[str, Any]:
        """Return one row; KeyError names the nearest miss."""
        for row in self.rows:
            if (row["scenario"], row["measure"], row["group"], row["stress"]) == (scenario, measure, group, stress):
                return row
        raise KeyError(f"no row {scenario}, {measure}, {group}, {stress}")


def make_result(
    replications: pd.DataFrame,
    measures: Sequence[Measure],
    baselines: Mapping[str, str],
    headline: Iterable[tuple[str, str, str, str]],
    baseline: Scenario,
    provenance: Mapping[str, Any],
) -> Result:
    """Turn the rows of single replications into a Result; `headline` names (scenario, stress, measure, group)."""
    by_name, chosen = {m.name: m for m in measures}, list(headline)
    kinds = {m.name: m.kind for m in measures}
    cut_off = replications["measure"].map(kinds).str.startswith("km_")
    found = compare(replications[~cut_off], kinds, baselines, chosen)
    found += _censored(replications[cut_off], kinds, baselines, chosen)
    rows = sorted((_row(c, by_name[c.measure].unit) for c in found), key=lambda r: _place(r, list(baselines), list(by_name)))
    return Result(tuple(rows), replications, Evidence.of(baseline), dict(provenance))


def _censored(
    rows: pd.DataFrame, kinds: Mapping[str, str], baselines: Mapping[str, str], headline: Sequence[tuple[str, str, str, str]]
) -> list[Compared]:
    """Return what `estimates.compare` returns, for quantiles of times that were cut off for some."""
    numbers = sorted({int(r) for r in rows["replication"]})
    samples: dict[tuple[str, str, str, str], dict[int, Any]] = {}
    for row in rows.to_dict("records"):
        key = (str(row["scenario"]), str(row["stress"]), str(row["measure"]), str(row["group"]))
        samples.setdefault(key, {})[int(row["replication"])] = Tally.of(row["values"])
    found = []
    for (scenario, stress, name, group), values in samples.items():
        q = censored.quantile_of(kinds[name]) or 0.5
        baseline, joint = baselines[scenario], (scenario, stress, name, group) in headline
        level = 1 - 0.05 / (max(1, len(headline)) if joint else 1)
        other = samples.get((baseline, stress, name, group), {})
        apart = None if baseline == scenario else replace(censored.difference(values, other, q, numbers, level), simultaneous=joint)
        found.append(Compared(scenario, baseline, stress, name, group, censored.estimate(values, q, numbers), apart))
    return found


def _place(row: Mapping[str, Any], scenarios: list[str], measures: list[str]) -> tuple[Any, ...]:
    return (
        row["stress"] != "none",
        row["stress"],
        scenarios.index(row["scenario"]),
        measures.index(row["measure"]),
        row["group"] != "all",
        row["group"],
    )


def _row(c: Compared, unit: str) -> dict[str, Any]:
    d = c.difference
    values = (
        c.scenario, c.baseline, c.stress, c.measure, c.group, unit, c.estimate.value, c.estimate.low, c.estimate.high,
        d and d.value, d and d.low, d and d.high, c.estimate.n, bool(d and d.identical), bool(d and d.simultaneous),
        (d.note if d and d.note else c.estimate.note) or None,
    )  # fmt: skip
    return dict(zip(KEYS, values, strict=True))


def digest(result: Result) -> str:
    """Return the SHA-256 of the result's document, in hexadecimal."""
    return hashlib.sha256(json.dumps(result.document(), sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
