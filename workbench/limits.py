"""What time limits could be promised: for each item the smallest number of working days that nine cases in ten keep.

The upper end of the 95 % interval of `lead_p90` is that number, with one-sided confidence 97.5 %. It rests on chance alone and on the
seeds of the comparison itself; a certificate on fresh seeds is another matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.measures.survival import Tally
from simulation.measures.view import COMMITTED
from simulation.scenario import Scenario
from workbench.language import title_of

if TYPE_CHECKING:
    from simulation.items import Item
    from simulation.result import Result

MEASURE = "lead_p90"


@dataclass(frozen=True)
class Offer:
    """One item under one scenario.

    Attributes
    ----------
    legal_wd, promise_wd : limits there, in working days.
    holds_wd : working days that at least 90 % of cases keep; None where there were too few cases to say.
    cases : cases behind that number, over all replications.
    estimate_wd : the estimate whose upper bound `holds_wd` is: nine in ten of the simulated cases kept it.
    """

    item: str
    scenario: str
    case_class: str
    legal_wd: int | None
    promise_wd: int | None
    holds_wd: int | None
    cases: int
    estimate_wd: float | None = None

    @property
    def lawful(self) -> bool:
        """Whether what holds is within the law."""
        return self.holds_wd is not None and (self.legal_wd is None or self.holds_wd <= self.legal_wd)

    @property
    def broken(self) -> bool:
        """Whether the promise made there is shorter than what holds."""
        return self.tighter(self.promise_wd)

    def tighter(self, promise_wd: int | None) -> bool:
        """Whether a promise is shorter than what holds."""
        return promise_wd is not None and self.holds_wd is not None and promise_wd < self.holds_wd

    def document(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "item": self.item, "scenario": self.scenario, "class": self.case_class, "legal_wd": self.legal_wd,
            "promise_wd": self.promise_wd, "holds_90_wd": self.holds_wd, "cases": self.cases,
        }  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """Offers of the items that are promised by a date, those with most cases first; the first scenario is today's.

    Attributes
    ----------
    scenarios : codes, today's first.
    offers : item -> scenario -> offer; a scenario that no longer offers the item has none.
    titles : of items, by code.
    """

    scenarios: tuple[str, ...]
    offers: Mapping[str, Mapping[str, Offer]]
    titles: Mapping[str, Any]

    @property
    def today(self) -> str:
        """The code of today's scenario."""
        return self.scenarios[0]

    def promised(self) -> list[str]:
        """Items that are promised by a date today."""
        return [item for item, by in self.offers.items() if self.today in by and by[self.today].case_class in COMMITTED]

    def telling(self) -> list[str]:
        """Items that are promised by a date today: first those whose promise is not sure to be kept, then the others, most cases first."""
        return sorted(self.promised(), key=lambda item: not self.offers[item][self.today].broken)

    def newly_promised(self, scenario: str) -> list[str]:
        """Items that are decided on the spot today and no longer under `scenario`."""
        found = []
        for item, by in self.offers.items():
            if self.today in by and scenario in by and by[self.today].case_class == "instant" and by[scenario].case_class in COMMITTED:
                found.append(item)
        return found

    def title(self, item: str, language: str) -> str:
        """Return what an item is called."""
        return title_of(self.titles[item], language)

    def documents(self) -> list[dict[str, Any]]:
        """Return every offer as plain values."""
        return [offer.document() for by in self.offers.values() for offer in by.values()]


def limits_of(result: Result, scenarios: Mapping[str, Scenario]) -> Limits:
    """Return what could be promised under each of `scenarios` (code -> scenario, today's first); nothing where it was not measured."""
    today, *_ = scenarios
    measured = (r for r in result.rows if r["measure"] == MEASURE and r["stress"] == "none" and r["group"].startswith("item:"))
    rows = {(r["scenario"], r["group"]): r for r in measured}
    counts = _counts(result)
    offers: dict[str, dict[str, Offer]] = {}
    titles: dict[str, Any] = {}
    for code, scenario in scenarios.items():
        for item, offered in scenario.centre.items.items():
            if rows and (offered.legal_wd is not None or offered.promise_wd is not None):
                row = rows.get((code, f"item:{item}"))
                offers.setdefault(item, {})[code] = _offer(item, code, offered, row, counts.get((code, item), 0))
                titles.setdefault(item, offered.title)
    rates = _rates(scenarios[today])

    def most(item: str) -> tuple[float, ...]:
        return -counts.get((today, item), 0), -rates.get(item, 0.0)

    order = sorted(offers, key=lambda item: (*most(item), item))
    ever = [item for item in order if any(offer.case_class in COMMITTED for offer in offers[item].values())]
    return Limits(tuple(scenarios), {item: offers[item] for item in ever}, titles)


def _offer(item: str, scenario: str, offered: Item, row: Mapping[str, Any] | None, cases: int) -> Offer:
    holds = None if row is None or row["high"] is None else int(row["high"])
    legal, promise = (None if limit is None else int(limit) for limit in (offered.legal_wd, offered.promise_wd))
    estimate = None if holds is None or row is None or row["value"] is None else float(row["value"])
    return Offer(item, scenario, offered.case_class, legal, promise, holds, cases, estimate)


def _counts(result: Result) -> dict[tuple[str, str], int]:
    """Cases behind each row, over all replications."""
    found: dict[tuple[str, str], int] = {}
    rows = result.replications
    if not len(rows):
        return found
    chosen = rows[(rows["measure"] == MEASURE) & (rows["stress"] == "none") & rows["group"].str.startswith("item:")]
    for scenario, group, values in zip(chosen["scenario"], chosen["group"], chosen["values"], strict=True):
        key = (str(scenario), str(group).partition(":")[2])
        found[key] = found.get(key, 0) + Tally.of(values).size
    return found


def _rates(scenario: Scenario) -> dict[str, float]:
    """Occurrences of each item."""
    found: dict[str, float] = {}
    for need in scenario.world.needs.values():
        for item in need.items:
            found[item] = found.get(item, 0.0) + float(need.rate)
    return found
