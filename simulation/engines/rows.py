"""The rows of a log while the run writes them, and the log made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simulation import log

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.engines.cases import Case
    from simulation.engines.duty import Columns
    from simulation.frozen import Title
    from simulation.plan import Plan
    from simulation.scenario import Scenario
    from simulation.world import Burden

CASE, VISIT, STEP, KIND, ENTERED, START, END, SITE, QUEUE, DEPARTMENT, POST, PEOPLE, OUTCOME, REASON = range(14)
Row = list[Any]


class Rows:
    """Collects event rows; a row is open until its end is written."""

    def __init__(self) -> None:
        self.events: list[Row] = []

    def begin(self, case: Case, visit: int, step: str, kind: str, entered: int | None, start: int | None = None, **place: Any) -> Row:
        """Append an open row and return it, to be finished in place."""
        row: Row = [case.id, visit, step, kind, entered, start, None, None, None, None, None, 1, "open", None]
        for name, value in place.items():
            row[_PLACE[name]] = value
        self.events.append(row)
        return row

    def moment(self, case: Case, visit: int, kind: str, t: int, outcome: str = "done", reason: str | None = None) -> None:
        """Append a row without length."""
        self.events.append([case.id, visit, None, kind, t, t, t, None, None, None, None, 1, outcome, reason])


_PLACE = {"site": SITE, "queue": QUEUE, "department": DEPARTMENT, "post": POST, "people": PEOPLE, "reason": REASON, "outcome": OUTCOME}


def _columns(rows: Sequence[Sequence[Any]], n: int) -> list[tuple[Any, ...]]:
    """Turn rows into `n` columns, also when there are none."""
    return list(zip(*rows, strict=True)) if rows else [()] * n


def _pay(plan: Plan, scenarios: list[Scenario]) -> dict[str, float]:
    """Return what a person on duty at each post costs a year: a mean over who sits there by time, and at a pool what it is staffed with.

    A machine costs nobody's pay.
    """
    pay = plan.scenario.centre.pay or {}
    contracts = {name: person.contract for scenario in scenarios for name, person in scenario.centre.staff.items()}
    cost: dict[str, float] = {}
    time: dict[str, int] = {}
    served: dict[tuple[int, int], int] = {}
    for seat, person, opens, closes in zip(*(plan.posts[c].tolist() for c in ("window", "person", "opens", "closes")), strict=True):
        served[seat, person] = served.get((seat, person), 0) + closes - opens
    for (seat, person), seconds in served.items():
        window, contract = plan.windows[seat], contracts.get(plan.persons[person], "machine")
        if contract in pay:
            time[window] = time.get(window, 0) + seconds
            cost[window] = cost.get(window, 0.0) + seconds * float(pay[contract])
    found = {window: cost[window] / seconds for window, seconds in time.items()}
    for name, pool in zip(plan.pools, plan.pool_rows, strict=True):
        if (contract := "centre" if pool.role == "centre" else "posted") in pay:
            found[f"pool:{name}"] = float(pay[contract])
    return found


def _burden(burden: Burden | None) -> log.Burden | None:
    """Return what an errand costs applicants, as plain numbers."""
    if burden is None:
        return None
    hour_of = {group: float(price) for group, price in burden.hour_of.items()}
    return log.Burden(trip=float(burden.trip), fare=float(burden.fare), hour=float(burden.hour), hour_of=hour_of)


def event_log(
    plan: Plan, rows: Rows, cases: Iterable[Case], duty: Columns, origin: dict[str, Any]
) -> log.EventLog:
    """Turn what a run wrote into an EventLog."""
    columns = _columns(rows.events, len(log.EVENTS))
    case_rows = [case.row(plan) for case in cases]
    names = [n for n in log.CASES if n not in ("department", "deadline") and (n != "zone" or plan.halls.zones)]
    return log.EventLog.make(
        dict(zip(log.EVENTS, columns, strict=True)),
        dict(zip(names, _columns(case_rows, len(names)), strict=True)),
        duty,
        meta(plan, origin),
    )


def origin(engine: str, plan: Plan, draws: Draws) -> dict[str, str | int | float | None]:
    """Return who made a log: not part of its digest."""
    return {
        "engine": engine, "version": version("onewindow"), "scenario": plan.scenario.name, "seed": draws.seed,
        "replication": draws.replication,
    }  # fmt: skip


def meta(plan: Plan, origin: dict[str, Any]) -> log.Meta:
    """Return what a log says beside its tables; `origin` says who made it."""
    scenarios = [*plan.before, plan.scenario]
    places: dict[str, log.Place] = {}
    labels: dict[str, dict[str, log.Label]] = {}
    for scenario in scenarios:
        centre = scenario.centre
        places |= {w: log.Place(site=r.site, group=r.group, department=r.department) for w, r in centre.windows.items()}
        places |= {f"pool:{p}": log.Place(department=r.department) for p, r in centre.pools.items()}
        kinds: dict[str, dict[str, Title]] = {
            "item": {i: r.title for i, r in centre.items.items()}, "queue": {q: r.title for q, r in centre.queues.items()},
            "department": {d: r.title for d, r in centre.departments.items()}, "site": {s: r.title for s, r in centre.sites.items()},
            "group": scenario.world.groups,
        }  # fmt: skip
        if scenario.world.zones:
            kinds["zone"] = {z: r.title for z, r in scenario.world.zones.items()}
        for kind, titles in kinds.items():
            labels.setdefault(kind, {}).update({code: log.Label(en=t.en, zh=t.zh) for code, t in titles.items()})
    return log.Meta(
        zone=plan.scenario.zone,
        epoch=plan.calendar.date(0),
        horizon=plan.end,
        window=plan.window,
        covered=(plan.calendar.first, plan.calendar.last),
        working=plan.calendar.working_dates(),
        office=tuple((i.start, i.end) for i in plan.site_rows[0].working),
        clocks=log.ClockReasons(legal=plan.scenario.centre.clocks.legal, promise=plan.scenario.centre.clocks.promise),
        posts=places,
        items={i: r.department for i, r in zip(plan.items, plan.item_rows, strict=True)},
        tells=tuple(sorted({i for i, r in zip(plan.items, plan.item_rows, strict=True) if log.PUSH in r.route})),
        labels=labels,
        origin=origin,
        burden=_burden(plan.scenario.world.burden),
        pay=_pay(plan, scenarios),
        notices=True,
        travel={zone: {site: int(t) for site, t in row.travel.items()} for zone, row in plan.scenario.world.zones.items()},
    )
