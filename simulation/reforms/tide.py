"""Reform of the hall: windows that open when too many wait, with officers of the departments' own back offices."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulation.centre import Staff, Tide, Window
from simulation.frozen import Frozen
from simulation.items import CounterStep
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, put
from simulation.scenario import Scenario
from simulation.units import Count, Factor, Share


class TidalSeat(Frozen):
    """One new window: what it accepts, whose officer opens it, and its own thresholds where they differ from the reform's."""

    queues: tuple[str, ...]
    pool: str
    opens_above: Count | None = None
    closes_below: Count | None = None


class TidalWindows(Edit):
    """Tidal windows 潮汐窗口.

    Mechanism: new windows stand by; each opens when more than `opens_above` people wait in its queues and closes with `closes_below`
    or fewer. Its officer is one of the heads of `pool`, who works there while the window is closed: the files wait while he is away.
    Windows that should open one after the other have thresholds one after the other.

    Assumes: the officer can leave at once (what he had begun is finished by the others), and serves at `pace` times the usual; seats
    are there. Nobody is hired, and no other window changes.

    Law: posts within the establishment, Establishment Regulation 6; an officer serves the queues of his own department, for acceptance
    is in the name of the competent organ (Administrative Licensing Law 24, 29).
    """

    kind: Literal["tidal_windows"]
    windows: dict[str, TidalSeat] = Field(min_length=1)
    opens_above: Count
    closes_below: Count
    shift: str
    """When the officers may be called to their windows."""
    pace: Factor = Factor(1)
    wrong_acceptance: Share = Share(0)

    def edit(self, scenario: Scenario) -> Scenario:
        centre = scenario.centre
        self._check(scenario)
        people = {n: {part: int(k) for part, k in centre.pools[n].people.items()} for n in {s.pool for s in self.windows.values()}}
        windows: dict[str, Any] = {}
        staff: dict[str, Any] = {}
        for name, seat in self.windows.items():
            pool, left = centre.pools[seat.pool], people[seat.pool]
            section = max(left, key=lambda part: left[part])
            left[section] -= 1
            first = centre.queues[seat.queues[0]]
            tide = Tide(
                opens_above=self.opens_above if seat.opens_above is None else seat.opens_above,
                closes_below=self.closes_below if seat.closes_below is None else seat.closes_below,
            )
            group = next(w.group for w in centre.windows.values() if seat.queues[0] in w.queues)
            windows[name] = Window(
                site=first.site, group=group, department=pool.department, queues=seat.queues, tide=tide, source=REFORM
            )
            asked = {
                s.skill for i in centre.items.values() for s in i.route.values() if isinstance(s, CounterStep) and s.queue in seat.queues
            }
            staff[f"{section}#{left[section]}"] = Staff(
                employer=pool.department, skills=(*seat.queues, *sorted({k for k in asked if k is not None} - {*seat.queues})),
                shift=self.shift, window=name, pool=seat.pool, pace=self.pace, wrong_acceptance=self.wrong_acceptance,
                absence=pool.absence, source=REFORM,
            )  # fmt: skip
        pools = {n: amended(centre.pools[n], people={part: Count(k) for part, k in left.items() if k}) for n, left in people.items()}
        return put(scenario, windows=windows, staff=staff, pools=pools)

    def _check(self, scenario: Scenario) -> None:
        centre, refusals = scenario.centre, Refusals("tidal_windows")
        refusals.known([self.shift], centre.shifts, "shift")
        refusals.known([s.pool for s in self.windows.values()], centre.pools, "pool")
        refusals.known([q for s in self.windows.values() for q in s.queues], centre.queues, "queue")
        refusals.check()
        for name, seat in self.windows.items():
            pool = centre.pools[seat.pool]
            if name in centre.windows:
                refusals.say(name, f"window `{name}` is open already", "choose another number")
            if not seat.queues or len({centre.queues[q].site for q in seat.queues}) > 1:
                refusals.say(name, "a window accepts queues, of one site", "name them")
            for q in seat.queues:
                if centre.queues[q].department not in (None, pool.department):
                    refusals.say(q, f"an officer of `{pool.department}` serves queues of his department only", "name a pool of the queue's")
            if pool.role == "leader":
                refusals.say(seat.pool, "officers open a window, not leaders", "name another pool")
        for name in {s.pool for s in self.windows.values()}:
            called = sum(s.pool == name for s in self.windows.values())
            if called >= sum(map(int, centre.pools[name].people.values())):
                refusals.say(name, "somebody stays in a back office when all its tidal windows are open", "open fewer")
        refusals.check()


__all__ = ["TidalSeat", "TidalWindows"]
