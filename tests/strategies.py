"""Small scenarios for tests: one that is written by hand, and random ones. Every new feature of the model joins here.

`scenario` builds a hall from the few words a test cares about; `told` runs it with citizens who come at given times and tells the log
in lines a person can check.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from simulation.calendar import Calendar, published
from simulation.centre import Shift, Staff, Window
from simulation.draws import Citizens, Draws, make_draws
from simulation.engines.process import simulate
from simulation.log import EventLog
from simulation.plan import Plan, compile_plan
from simulation.scenario import Scenario
from simulation.site import Site
from simulation.units import Factor
from simulation.world import Zone

DAY = 86_400
START = "2023-03-06"
"""A Monday; the next holiday is a month away."""


@cache
def calendar(start: str = START) -> Calendar:
    """The published calendar around `start`."""
    return Calendar.load(published("cn"), date(2022, 1, 1), date(2024, 12, 31), epoch=date.fromisoformat(start))


def counter(queue: str, work: str = "10 min", **fields: Any) -> dict[str, Any]:
    """A counter step that takes constant time."""
    return {"kind": "counter", "queue": queue, "work": {f"work-{queue}": {"constant": work}}, **fields}


def task(pool: str, work: str = "10 min", **fields: Any) -> dict[str, Any]:
    """A department step that takes constant time."""
    return {"kind": "task", "pool": pool, "work": {f"work-{pool}": {"constant": work}}, **fields}


def scenario(
    *,
    route: dict[str, Any] | None = None,
    windows: dict[str, str] | None = None,
    machines: dict[str, str] | None = None,
    shifts: dict[str, str] | None = None,
    pools: dict[str, Any] | None = None,
    items: dict[str, Any] | None = None,
    needs: dict[str, Any] | None = None,
    site: dict[str, Any] | None = None,
    responses: dict[str, Any] | None = None,
    behaviour: dict[str, Any] | None = None,
    world: dict[str, Any] | None = None,
    item: dict[str, Any] | None = None,
    staff: dict[str, Any] | None = None,
    centre: dict[str, Any] | None = None,
    tides: dict[str, tuple[str, str]] | None = None,
    homes: dict[str, str] | None = None,
    days: int = 1,
    start: str = START,
) -> Scenario:
    """A hall of one site, open 9-12 and 13-17.

    `windows` maps a window to the queues it accepts, separated by blanks (W1: a), `machines` those that are machines; `shifts` a window
    to its hours (the site's). `tides` maps a window to (opens above, closes below), `homes` to its person's pool.
    `item` and `staff` hold fields of every item and person, `centre` further ones of the centre.
    `items` and `needs` default to one item `x` with `route` and one need `n`
    for it; all people come complete and for ever patient.
    """
    windows = windows or {"W1": "a"}
    machines = machines or {}
    queues = dict.fromkeys(q for accepted in (*windows.values(), *machines.values()) for q in accepted.split())
    hours = ["9:00-12:00", "13:00-17:00"]
    title = {"en": "X", "zh": "某"}
    plain = {"title": title, "department": "d", "case_class": "committed", "legal_wd": "20", **(item or {})}
    items = items or {"x": {"route": route or {"serve": counter("a")}}}
    needs = needs or {"n": {}}
    at_tide = {w: {"tide": {"opens_above": above, "closes_below": below}} for w, (above, below) in (tides or {}).items()}
    staff = staff or {}
    at_home = {w: {"pool": pool} for w, pool in (homes or {}).items()}
    text = {
        "kind": "scenario",
        "schema": "1",
        "name": "small",
        "title": title,
        "start": start,
        "horizon": {"warm_up_wd": "0", "window_wd": str(days), "run_out_wd": "0"},
        "centre": {
            "sites": {"hall": {"title": title, "working": hours, "wrong_window": {"constant": "2 min"}, **(site or {})}},
            "departments": {"d": {"title": title}},
            "pools": {p: {"title": title, "department": "d", **pool} for p, pool in (pools or {}).items()},
            "queues": {q: {"title": title, "site": "hall", "department": "d"} for q in queues},
            "shifts": {f"at-{w}": {"working": (shifts or {}).get(w, " ".join(hours)).split()} for w in (*windows, *machines)},
            "windows": {
                w: {"site": "hall", "group": "g", "department": "d", "queues": accepted.split(), **at_tide.get(w, {})}
                for w, accepted in windows.items()
            }
            | {
                w: {"site": "hall", "group": "g", "department": "d", "queues": accepted.split(), "machine_shift": f"at-{w}"}
                for w, accepted in machines.items()
            },
            "staff": {
                f"of-{w}": {"employer": "d", "skills": accepted.split(), "shift": f"at-{w}", "window": w, **at_home.get(w, {}), **staff}
                for w, accepted in windows.items()
            },
            "items": {i: {**plain, **fields} for i, fields in items.items()},
            **(centre or {}),
        },
        "world": {
            "groups": {"people": title},
            "profiles": {"even": {"9:00": "0.4", "11:00": "0.1", "13:00": "0.5"}},
            "needs": {
                n: {"title": title, "items": ["x"], "group": "people", "rate": "1 per day", "profile": "even", **fields}
                for n, fields in needs.items()
            },
            "responses": {
                "complete": {"none": "1", "list": "1", "checked": "1"},
                "complete_again": {"piecemeal": "1", "one_time": "1"},
                "corrected": "0",
                "misrouted": {"desk": "0", "none": "0"},
                "asks_desk": "0",
                "comes_back": "0",
                **(responses or {}),
            },
            "behaviour": {
                "patience": {"constant": "24 h"},
                "comes_back_wd": {"discrete": {"1": "1"}},
                "supplement_wd": {"discrete": {"1": "1"}},
                "collect_wd": {"discrete": {"1": "1"}},
                **(behaviour or {}),
            },
            **(world or {}),
        },
    }
    return Scenario.model_validate(text)


def branched(
    plain: Scenario,
    windows: dict[str, str],
    zones: dict[str, tuple[str, str, str]] | None = None,
    weight: str | None = None,
    site: dict[str, Any] | None = None,
    shifts: dict[str, str] | None = None,
) -> Scenario:
    """The hall of `scenario` with a branch, whose `windows` (B1: a) take the tickets of the hall's queues.

    `zones` tell for each zone its share and its travel to hall and branch; `weight` is that of the posted wait.
    """
    centre, title = plain.centre, {"en": "X", "zh": "某"}
    queues = dict.fromkeys(q for accepted in windows.values() for q in accepted.split())
    hours = [str(i) for i in centre.sites["hall"].working]
    sites = {"branch": Site.model_validate({"title": title, "working": hours, "wrong_window": {"constant": "2 min"}, **(site or {})})}
    tables: dict[str, dict[str, Any]] = {
        "sites": sites,
        "queues": {f"{q}-branch": centre.queues[q].model_copy(update={"site": "branch", "serves": q}) for q in queues},
        "shifts": {f"at-{w}": Shift.model_validate({"working": (shifts or {}).get(w, " ".join(hours)).split()}) for w in windows},
        "windows": {
            w: Window(site="branch", group="g", department="d", queues=tuple(f"{q}-branch" for q in accepted.split()))
            for w, accepted in windows.items()
        },
        "staff": {
            f"of-{w}": Staff(employer="d", skills=tuple(f"{q}-branch" for q in accepted.split()), shift=f"at-{w}", window=w)
            for w, accepted in windows.items()
        },
    }
    fields = {table: {**getattr(centre, table), **members} for table, members in tables.items()}
    lives = {
        z: Zone.model_validate({"title": title, "share": share, "travel": {"hall": hall, "branch": branch}})
        for z, (share, hall, branch) in (zones or {}).items()
    }
    responses = plain.world.responses if weight is None else plain.world.responses.model_copy(update={"wait_weight": Factor(float(weight))})
    world = plain.world.model_copy(update={"zones": lives, "responses": responses})
    return plain.model_copy(update={"centre": centre.model_copy(update=fields), "world": world})


def prepared(scenario: Scenario, seed: int = 1, replication: int = 0) -> tuple[Plan, Draws]:
    """Plan and draws of a scenario."""
    plan = compile_plan(scenario, calendar(scenario.start.isoformat()))
    return plan, make_draws(plan, seed, replication)


def second(text: str) -> int:
    """Seconds since the epoch of `9:30` (day 0), `9:30:15` or `1 9:30` (day 1)."""
    *day, clock = text.split()
    parts = [*map(int, clock.split(":")), 0][:3]
    return int(day[0] if day else 0) * DAY + parts[0] * 3600 + parts[1] * 60 + parts[2]


def shown(t: Any) -> str:
    """The reverse of `second`; a dash where nothing happened."""
    if pd.isna(t):
        return "-"
    day, rest = divmod(int(t), DAY)
    clock = f"{rest // 3600}:{rest % 3600 // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
    return f"{day} {clock}" if day else clock


def run(scenario: Scenario, online: bool = False, files: int = 1, **arrivals: str) -> EventLog:
    """The valid log of a scenario whose citizens come exactly when `arrivals` says: `n="9:00, 9:00, 1 9:30"`."""
    plan, draws = prepared(scenario)
    streams = []
    for name in plan.needs:
        times = np.array(sorted(second(t) for t in arrivals.get(name, "").split(",") if t.strip()), dtype=np.int64)
        n = len(times)
        streams.append(Citizens(times // DAY, np.arange(n), times, np.full(n, online), np.full(n, files)))
    draws.citizens = (*streams, *draws.citizens[len(streams) :])
    return simulate(plan, draws).validate()


def told(log: EventLog, *kinds: str) -> list[str]:
    """Lines `case kind step entered start end place outcome` in the order of what happened; of some kinds only, if given."""
    lines = []
    for row in log.events.astype(object).itertuples():
        if not kinds or row.kind in kinds:
            place = row.post if not pd.isna(row.post) else row.queue if not pd.isna(row.queue) else "-"
            step = "-" if pd.isna(row.step) else row.step
            moments = (shown(row.entered), shown(row.start), shown(row.end))
            lines.append(" | ".join([str(row.case), row.kind, step, *moments, place, row.outcome]))
    return lines


LAWS = st.sampled_from(
    [{"constant": "7 min"}, {"exponential": {"mean": "9 min"}}, {"lognormal": {"median": "8 min", "sigma": "0.6"}}, {"constant": "1 s"}]
)
PUSH = {**task("office", "3 min"), "afterwards": "true", "share": "0.7", "share_of": "visit"}
SHARES = st.sampled_from(["0", "0.3", "1"])
FEW = st.sampled_from(["0", "0.2"])


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A small centre with every feature of the model at some setting: 2-3 queues, chains, forks, two-officer steps, supplements.

    The review and the visit may be opinions with a deadline, joined where the case is decided; item y may be decided in a meeting.
    """
    queues = ["a", "b", "c"][: draw(st.integers(2, 3))]
    windows = {f"W{k}": draw(st.sampled_from([*queues, "a b", " ".join(queues)])) for k in range(draw(st.integers(2, 4)))}
    windows["W9"] = " ".join(queues)
    desk = draw(st.sampled_from([{}, {"queue": "desk", "touch": draw(LAWS), **draw(st.sampled_from([{}, {"assists": draw(LAWS)}]))}]))
    windows |= {"D": "desk"} if desk else {}
    machines = {"K1": "kiosk"}
    hours = st.sampled_from(["9:00-12:00 13:00-17:00", "9:00-17:00", "9:00-12:00", "9:30-12:30 13:00-16:00"])

    def step(kind: str, at: str, **fields: Any) -> dict[str, Any]:
        place = {"queue" if kind == "counter" else "pool": at}
        return {"kind": kind, **place, "work": {f"{kind}-{at}": draw(LAWS)}, **fields}

    route = {
        "accept": step("counter", "a"),
        "pay": step("counter", draw(st.sampled_from(queues))),
        "inward": {"kind": "transfer", "after": ["accept"], "share": draw(SHARES), **draw(st.sampled_from([{}, {"share_of": "visit"}]))},
        "review": step("task", "office", after=["inward"], people="1", delay_wd={"discrete": {"0": "0.5", "1": "0.5"}}),
        "look": step("task", "office", after=["inward"], stall={"share": draw(SHARES), "lasts_wd": {"discrete": {"1": "0.5", "2": "0.5"}}}),
        "visit": step("task", "office", after=["inward"], people=draw(st.sampled_from(["1", "2"])), share=draw(SHARES)),
        "publicity": {"kind": "suspension", "after": ["inward"], "reason": "publicity", "lasts_wd": {"discrete": {"1": "1"}}},
        "sign": step("task", "leader", after=["review", "look", "visit", "publicity", "pay"], decides=True),
        **draw(st.sampled_from([{}, {"push": PUSH}])),
    }
    if joint := draw(st.booleans()):
        opinion = {"objects": draw(SHARES), "deadline_wd": "1", "late": draw(st.sampled_from(["block", "escalate", "deemed_consent"]))}
        rules = [{"rule": "all"}, {"rule": "k_of_n", "k": "1"}, {"rule": "early_veto"}, {"rule": "lead_decides"}]
        route["review"] |= {"opinion": opinion}
        route["look"] = step("task", "office", after=["inward"], opinion=opinion)
        route["back"] = {"kind": "transfer", "after": ["look"]}
        route["sign"] |= {"after": [*route["sign"]["after"], "back"], "join": draw(st.sampled_from(rules))}
        route["sign"] = route.pop("sign")
    meeting = {"kind": "meeting", "pools": ["office", "leader"], "at": draw(st.sampled_from(["9:30", "14:00"])), "work": {"m": draw(LAWS)}}
    meeting |= {"quorum": draw(st.sampled_from(["1", "2"])), "capacity": draw(st.sampled_from(["1", "20"])), "decides": True}
    served = {"serve": step("counter", queues[-1])} | {"meet": meeting} if joint and draw(st.booleans()) else {}
    items = {
        "x": {
            "route": route,
            "denial": draw(SHARES),
            "promise_wd": draw(st.sampled_from(["1", "3"])),
            "online": {"pool": "office"},
            "sent_on": draw(SHARES),
            "regulator": "d",
            "matter": draw(st.sampled_from(["power", "service"])),
            "delivery": {"queue": "a", "collect": draw(SHARES), "touch": draw(LAWS), "mail_wd": {"discrete": {"1": "1"}}},
            "max_visits": draw(st.sampled_from(["1", "2", "4"])),
        },
        "y": {
            "route": served or {"serve": step("counter", queues[-1], decides=True)},
            "case_class": "instant",
            "guide": "none",
            "online": draw(st.sampled_from([None, {"pool": "office"}])),
            "self_service": draw(st.sampled_from([None, {"queue": "kiosk", "factor": "1.5"}])),
        },
    }
    needs = {
        "n": {"rate": draw(st.sampled_from(["6 per day", "25 per day"])), "online": draw(SHARES), "dispersion": "0.2"},
        "m": {
            "items": ["y"],
            "rate": "20 per day",
            "priority": draw(st.sampled_from(["normal", "first"])),
            "files": {"discrete": {"1": "0.8", "3": "0.2"}},
        },
        "life": {"items": ["y", "x"], "rate": "3 per day"},
    }
    pools = {
        "office": {"people": {"o": "3"}, "hall_share": "0.6", "absence": {"starts": draw(SHARES), "lasts_wd": {"discrete": {"1": "1"}}}},
        "leader": {"people": {"l": "1"}, "role": "leader", "hours": ["16:00-17:00"]},
    }
    attendance = {"late": draw(SHARES), "late_by": draw(LAWS), "gap": draw(SHARES), "gap_lasts": draw(LAWS), "returns": "1 min"}
    site = {
        "closing": draw(st.sampled_from(["serve", "send_home"])),
        "overrun": draw(st.sampled_from(["0 s", "30 min", "90 min"])),
        "no_show": draw(st.sampled_from(["0 s", "1 min"])),
        "transfers": [{"leaves": "11:30", "arrives": "13:30"}, {"leaves": "16:30", "arrives": "9:05"}],
        **draw(st.sampled_from([{}, {"attendance": attendance}, {"attendance": {**attendance, "patrol": ["9:10", "14:00"]}}])),
        **draw(st.sampled_from([{}, {"cover": "department", "cover_pace": "1.2"}])),
        **draw(st.sampled_from([{}, {"discretion": {"spread": "0.3", "unlisted": "0.2", "unlisted_spread": "0.5", "defers": "0.3"}}])),
        **draw(st.sampled_from([{}, {"appointments": ["9:30-11:00", "14:00-15:00"]}])),
        **draw(st.sampled_from([{}, *({"first_contact": {"duty": d, "touch": {"constant": "1 min"}}} for d in ("informs", "follows"))])),
        **draw(st.sampled_from([{}, {"stop_tickets_at": "16:00"}, {"assignment": "applicant"}])),
    }
    site |= {"guide": desk} if desk else {}
    responses = {
        "asks_desk": "0.5",
        "complete": {**dict.fromkeys(["list", "checked"], draw(st.sampled_from(["0.5", "1"]))), "none": "0.7"},
        "complete_again": dict.fromkeys(["piecemeal", "one_time"], "0.8"),
        "corrected": "0.2",
        "misrouted": {"desk": "0", "none": draw(SHARES)},
        "bounced": dict.fromkeys(["none", "informs", "follows"], draw(SHARES)),
        "comes_back": draw(SHARES),
        "books": draw(SHARES),
        "self_service": draw(SHARES),
        "no_show": draw(SHARES),
        "chooses": draw(SHARES),
    }
    reminder = {"level": "reminder", "used": "0.5", "ahead": draw(st.sampled_from(["0", "1"])), "wakes": "true"}
    alarms = draw(st.sampled_from([[], [reminder, {"level": "red", "used": "1", "ahead": "2"}]]))
    patience = draw(st.sampled_from([{"constant": "24 h"}, {"exponential": {"mean": "20 min"}}]))
    backlog = [{"need": "n", "item": "x", "step": "review", "cases": "4", "age_wd": {"discrete": {"1": "0.5", "6": "0.5"}}}]
    tides = draw(st.sampled_from([{}, {"W0": ("1", "0")}, {"W0": ("2", "1"), "W1": ("4", "1")}]))
    one = scenario(
        tides=tides,
        homes={w: "office" for w in tides if draw(st.booleans())},
        windows=windows,
        machines=machines,
        shifts={w: draw(hours) for w in windows},
        pools=pools,
        items=items,
        needs=needs,
        site=site,
        responses=responses,
        behaviour={"patience": patience},
        staff={"wrong_acceptance": draw(SHARES), "absence": {"starts": draw(FEW), "lasts_wd": {"discrete": {"1": "1"}}}},
        world={"backlog": backlog, "burden": draw(st.sampled_from([None, {"trip": "1 h", "fare": "5 CNY", "hour": "30 CNY"}]))},
        centre={
            "supervision": alarms,
            "pay": draw(st.sampled_from([None, {"posted": "130 kCNY", "centre": "75 kCNY", "contracted": "70 kCNY"}])),
        },
        days=draw(st.integers(1, 4)),
    )
    if not draw(st.booleans()):
        return one
    there = {"B1": " ".join(queues), "B2": draw(st.sampled_from(queues))}
    rules = draw(st.sampled_from([{}, {"rules": {"guide": "none"}}, {"items": ["x"]}]))
    zones = draw(st.sampled_from([None, {"near": ("0.5", "5 min", "20 min"), "far": ("0.5", "40 min", "0 s")}]))
    return branched(one, there, zones, draw(st.sampled_from([None, "2"])), {"closing": site["closing"], **rules}, {"B2": draw(hours)})
