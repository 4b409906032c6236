"""Edits of the World: what a centre does not decide. Each adds to what is there and leaves the base stream of citizens alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from simulation.reforms.amend import Edit, Refusals
from simulation.scenario import Scenario
from simulation.units import Count, Day, Duration, Factor, Interval
from simulation.world import Outage, Surge, World

SOURCE = "reform"


def _with(scenario: Scenario, **changes: object) -> Scenario:
    world = scenario.world
    fields = {name: getattr(world, name) for name in world.model_fields_set}
    return scenario.model_copy(update={"world": World.model_validate({**fields, **changes})})


class SurgeEdit(Edit):
    """More or fewer citizens, for some needs or all, between two dates.

    Mechanism: above 1 a second keyed stream is added, below 1 the first is thinned: nobody of the base stream changes his luck.
    """

    kind: Literal["surge"]
    factor: Factor
    needs: tuple[str, ...] = ()
    first: Day | None = None
    last: Day | None = None

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("surge")
        refusals.known(self.needs, scenario.world.needs, "need")
        refusals.check()
        surge = Surge(factor=self.factor, needs=self.needs, first=self.first, last=self.last, source=SOURCE)
        return _with(scenario, surges=(*scenario.world.surges, surge))


class Season(Edit):
    """Demand by month of the year, as factors of the ordinary; months not named stay.

    Mechanism: one surge for each month of the three years from the scenario's start.
    """

    kind: Literal["season"]
    factors: dict[Count, Factor]
    needs: tuple[str, ...] = ()

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("season")
        refusals.known(self.needs, scenario.world.needs, "need")
        for month in self.factors:
            if not 1 <= month <= 12:
                refusals.say(str(month), "a month is a number from 1 to 12")
        refusals.check()
        surges = [
            Surge(factor=factor, needs=self.needs, first=date(year, int(month), 1), last=_month_end(year, int(month)), source=SOURCE)
            for year in range(scenario.start.year, scenario.start.year + 3)
            for month, factor in self.factors.items()
        ]
        return _with(scenario, surges=(*scenario.world.surges, *surges))


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


class AbsenceEdit(Edit):
    """More sickness among all who can be absent: the chance of a spell times `factor`; spells are as long as ever."""

    kind: Literal["absence"]
    factor: Factor

    def edit(self, scenario: Scenario) -> Scenario:
        world = scenario.world
        named = dict(world.source) if isinstance(world.source, dict) else {} if world.source is None else {"*": world.source}
        return _with(scenario, absence=Factor(float(world.absence) * float(self.factor)), source={**named, "absence": SOURCE})


class OutageEdit(Edit):
    """One department's system is down: its pools stand still, its queues are not served.

    `begins` days after the scenario's first day for `lasts` days, so that it stays inside a horizon that is moved.
    """

    kind: Literal["outage"]
    department: str
    begins: Duration
    lasts: Duration = Duration(86_400)
    hours: Interval | None = None

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("outage")
        refusals.known([self.department], scenario.centre.departments, "department")
        if self.begins % 86_400 or self.lasts % 86_400 or not self.lasts:
            refusals.say(f"{self.begins}, {self.lasts}", "an outage is told in whole days", "write 30 d; `hours:` says when")
        refusals.check()
        first = scenario.start + timedelta(seconds=float(self.begins))
        last = first + timedelta(seconds=float(self.lasts)) - timedelta(days=1)
        outage = Outage(department=self.department, first=first, last=last, hours=self.hours, source=SOURCE)
        return _with(scenario, outages=(*scenario.world.outages, outage))
