"""A Plan and its Draws as the kernel's tables (`tables`); and what the kernel cannot hold, refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.draws import Draws
from simulation.engines import kernel as k
from simulation.engines import tables as t
from simulation.engines.attendance import Presence
from simulation.engines.chance import address
from simulation.engines.duty import tidal_homes
from simulation.engines.numbering import Labels, Laws, Lists
from simulation.errors import PlanRefused, Problem
from simulation.plan import Plan
from simulation.routes import COUNTER, begun_as, luck_of
from simulation.seating import threshold
from simulation.shifts import DAY

DUTIES = {"none": 0, "informs": 1, "follows": 2}


@dataclass(frozen=True)
class Packed:
    """A plan as the kernel reads it; the labels of the rows it writes."""

    P: Any
    F: Any
    T: Any
    S: Any
    labels: tuple[str, ...]
    sites: tuple[str, ...]
    windows: tuple[str, ...]


def refusals(plan: Plan, draws: Draws) -> list[Problem]:
    """Return what of a plan the compiled engine cannot hold: its tables have numbers of 8 to 64 bits, and nothing is approximated."""
    longest = int(np.diff(plan.routes.first).max(initial=0))
    bodies = [pool.department for pool in plan.pool_rows]
    names = {*plan.routes.names, *plan.routes.reasons, *plan.pools, *bodies, *map(" ".join, plan.classes)}
    luck = sum(map(len, plan.routes.works)) + 2 * len(plan.routes.steps) + len(plan.windows) + len(plan.items)
    came = sum(len(items) * int(who.files.sum()) for items, who in zip(plan.need_items, draws.citizens, strict=False))
    cases = came + sum(opening.cases for opening in plan.opening)
    limits = (
        ("steps of a route", longest, 60),
        ("streams of citizens", len(plan.needs) + len(plan.opening), 4096),
        ("halls", len(plan.site_rows), 120),
        ("items", len(plan.items), 30_000),
        ("routes", len(plan.routes.first) - 1, 30_000),
        ("days", plan.days, 20_000),
        ("items of a need", max(map(len, plan.need_items), default=0), 15),
        ("visits of an item", max((int(i.max_visits) for i in plan.item_rows), default=0), 400),
        ("files of one citizen", max((int(c.files.max(initial=0)) for c in draws.citizens), default=0), 8000),
        ("windows", len(plan.windows), 30_000),
        ("ticket classes", len(plan.classes), 30_000),
        ("names of steps, queues, pools, bodies and reasons", len(names), 30_000),
        ("kinds of work, steps, windows and items that have luck of their own", luck, 130_000),
        ("cases", cases, 130_000_000),
        ("people of a step", int(plan.routes.steps["people"].max(initial=0)), 30_000),
    )
    remedy = "use the SimPy engine: --engine process"
    return [Problem("plan", f"{n} {what}", f"the compiled engine takes at most {most}", remedy) for what, n, most in limits if n > most]


def packed(plan: Plan, draws: Draws, presence: Presence) -> Packed:
    """Return `plan` and one replication's prefix of names as tables.

    Raises
    ------
    PlanRefused
        The plan exceeds what the kernel's numbers can hold.
    """
    if problems := refusals(plan, draws):
        raise PlanRefused(problems)
    labels, details = Labels.of(k.FIXED_LABELS), Labels.of(("", *map(str, range(100)), "sent_on"))
    lists, laws = Lists([]), Laws([], [], {})
    scalars: dict[int, int] = {}
    tables: dict[int, Any] = {}
    _horizon(plan, scalars, tables)
    _halls(plan, presence, lists, laws, labels, details, scalars, tables)
    _back(plan, presence, lists, laws, labels, details, scalars, tables)
    _world(plan, lists, laws, details, scalars, tables)
    streams = [draws._stream_name(n) for n in range(len(draws.citizens))]
    text = _text(tables, (f"{draws.seed}\x1f{draws.replication}", *k.PURPOSE_NAMES), streams, details.names)
    length = int(tables[t.PURPOSES][0, t.N])
    scalars |= {
        t.NDTRI_AT: address("ndtri"),
        t.GAMMA_AT: address("gammaincinv"),
        t.PREFIX_N: sum(int(tables[table][:, t.N].max()) for table in (t.PURPOSES, t.STREAMS, t.DETAILS)) + length + 64,
    }
    tables[t.LAWS] = np.array(laws.rows, dtype=np.int64).reshape(-1, 3)
    tables[t.LISTS] = np.array(lists.numbers, dtype=np.int64)
    return Packed(
        t.packed(scalars, tables), np.array(laws.parameters, dtype=np.float64), text, _state(plan, scalars), tuple(labels.names),
        plan.sites, plan.windows,
    )  # fmt: skip


def _text(tables: dict[int, Any], purposes: tuple[str, ...], streams: list[str], details: list[str]) -> Any:
    parts: list[bytes] = []
    length = 0
    for table, names in ((t.PURPOSES, purposes), (t.STREAMS, streams), (t.DETAILS, details)):
        rows = []
        for name in names:
            parts.append(name.encode())
            rows.append((length, len(parts[-1])))
            length += len(parts[-1])
        tables[table] = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return np.frombuffer(b"".join(parts), dtype=np.uint8).copy()


def _state(plan: Plan, scalars: dict[int, int]) -> Any:
    """Return the kernel's own numbers as they stand before the first second."""
    classes, windows, pools = len(plan.classes), len(plan.windows), len(plan.pools)
    sittings = scalars[t.N_SITTINGS]
    start = dict.fromkeys((t.FREE_EVENT, t.FREE_TICKET, t.FREE_PROC, t.DUE_LIST, t.ABANDON_LIST, t.RETURN_LIST), -1)
    empty = np.full((pools, 7), 0)
    empty[:, t.Q_FIRST] = empty[:, t.Q_LAST] = -1
    sat = np.full((max(1, sittings), 4), -1)
    sat[:, t.M_UNTIL] = 0
    return t.packed(
        start,
        {
            t.AT_WINDOW: np.tile(np.array([-1, 0, -1, -1, 0]), (windows, 1)),
            t.AT_CLASS: np.tile(np.array([-1, -1, 0]), (classes, 1)),
            t.AT_POOL: empty,
            t.AT_SITTING: sat,
            t.FREE: np.zeros((1, scalars[t.WORDS])),
            t.SERVING: np.zeros((classes, scalars[t.WORDS])),
            t.FRAMES: np.zeros((scalars[t.LONGEST] + 2, 3)),
            t.PRESENT: np.zeros((max(1, sittings), max(1, pools))),
            t.LINES: np.zeros((1, -(-classes // t.WORD))),
            t.ASKED_POOLS: np.zeros((1, -(-pools // t.WORD))),
        },
    )


def _horizon(plan: Plan, scalars: dict[int, int], tables: dict[int, Any]) -> None:
    """Days, working dates, and who stands for whom after each succession."""
    calendar = plan.calendar
    first = calendar.day(calendar.first)
    working = np.flatnonzero(calendar.working) + first
    eras = len(plan.successions) + 1
    scalars |= {
        t.END: plan.end, t.DAYS: plan.days, t.EPOCH: calendar.date(0).toordinal(), t.N_SITES: len(plan.sites),
        t.N_CLASSES: len(plan.classes), t.N_WINDOWS: len(plan.windows), t.N_POOLS: len(plan.pools), t.N_NEEDS: len(plan.needs),
        t.N_ITEMS: len(plan.items), t.FIRST_DAY: first, t.N_WORKED: len(working), t.N_SUCCESSIONS: len(plan.successions),
        t.WORDS: -(-len(plan.windows) // t.WORD), t.LONGEST: max(1, int(np.diff(plan.routes.first).max(initial=0))),
        t.N_STEPS: len(plan.routes.steps),
    }  # fmt: skip
    tables[t.WORKED], tables[t.RANK] = working, np.cumsum(calendar.working)
    for table, ask, n in (
        (t.SITE_AT, plan.site_at, len(plan.sites)),
        (t.CLASS_AT, plan.class_at, len(plan.classes)),
        (t.POOL_AT, plan.pool_at, len(plan.pools)),
    ):
        moments = [-1, *(s.at for s in plan.successions)]
        tables[table] = np.array([ask(x, moments[era]) for era in range(eras) for x in range(n)], dtype=np.int64)


def _halls(
    plan: Plan, presence: Presence, lists: Lists, laws: Laws, labels: Labels, details: Labels, scalars: dict[int, int],
    tables: dict[int, Any],
) -> None:  # fmt: skip
    """Sites, ticket classes, windows, posts."""
    from simulation.engines.choice import manned_numbers
    from simulation.engines.contact import machine_classes
    from simulation.engines.officer import posts_by_day

    halls, tidal = plan.halls, {tide.window: n for n, tide in enumerate(plan.tides)}
    rules = {site: 1 + n for n, site in enumerate(halls.rules)}
    complete = [plan.complete, *halls.rules.values()]
    rows: list[tuple[Any, ...]] = []
    for n, site in enumerate(plan.site_rows):
        desk = plan.guide[n]
        duty = site.first_contact
        runs = plan.runs[n]
        items = (-1, -1) if site.items is None else lists.add(i for i, name in enumerate(plan.items) if name in site.items)
        rows.append(
            (
                plan.stop_tickets[n],
                0 if duty is None else DUTIES[duty.duty],
                -1 if duty is None else laws.number(duty.touch),
                laws.number(plan.wrong_window[n]),
                -1 if desk is None else desk[0],
                -1 if desk is None else laws.number(desk[1]),
                -1 if desk is None else laws.number(desk[2]),
                plan.incomplete_touch[n],
                plan.correction_touch[n],
                rules.get(n, 0),
                0 if site.discretion is None else threshold(site.discretion.defers),
                int(site.assignment != "next_free"),
                int(site.overrun) if site.closing == "serve" else 0,
                *lists.add(runs.reshape(-1)),
                *items,
            )
        )
    sites = np.array(rows, dtype=np.int64)
    sites[:, t.SITE_RUNS_N] //= 2
    tables[t.SITES] = sites
    tables[t.HOURS] = np.array(plan.site_hours, dtype=np.int64).reshape(-1, 2)
    closings = sorted((closes, n) for n, hours in enumerate(plan.site_hours) for opens, closes in hours if closes > opens)
    tables[t.CLOSINGS] = np.array(closings, dtype=np.int64).reshape(-1, 2)
    tables[t.COMPLETE] = np.concatenate([c.reshape(-1) for c in complete])
    machines = machine_classes(plan)
    homes = tidal_homes(plan, presence)
    board = frozenset[int]().union(*(plan.post_classes[n] for n in homes))
    manned = manned_numbers(plan, presence) if halls.several and halls.weight else None
    rows = []
    for c, (queue, skill) in enumerate(plan.classes):
        numbers: list[int] = [] if manned is None else [x for pair in zip(*manned[c], strict=True) for x in pair]
        first, n = lists.add(numbers)
        rows.append(
            (
                plan.class_site[c], labels.number(queue), int(queue == skill and c not in machines), int(c in machines), plan.class_mark[c],
                plan.no_show[plan.class_site[c]], halls.service[c], int(c in board), first, n // 2,
            )
        )  # fmt: skip
    tables[t.CLASSES] = np.array(rows, dtype=np.int64)
    posts, numbers_of = presence.table, {classes: n for n, classes in enumerate(dict.fromkeys(plan.post_classes))}
    serves = np.array([numbers_of[classes] for classes in plan.post_classes], dtype=np.int64)
    lists_of = np.array([lists.add(sorted(classes)) for classes in numbers_of], dtype=np.int64).reshape(-1, 2)[serves]
    home = np.full(len(posts), -1)
    home[[*homes]] = [-1 if pool is None else pool for pool in homes.values()]
    columns = (*(posts[name] for name in ("window", "closes", "pace", "wrong", "unlisted")), home, *lists_of.T)
    tables[t.POSTS] = np.stack(columns, axis=1)
    served = np.zeros((plan.days, len(plan.classes)), dtype=np.int64)
    for serving, number in numbers_of.items():
        for cls in serving:
            served[posts["day"][serves == number], cls] = 1
    tables[t.SERVED] = served.reshape(-1)
    tables[t.BOUNDARIES] = boundaries = _boundaries(presence)
    tables[t.WINDOWS] = np.array([(tidal.get(n, -1), details.number(name)) for n, name in enumerate(plan.windows)], dtype=np.int64)
    tides = [(tide.window, tide.opens_above, tide.closes_below) for tide in plan.tides]
    tables[t.TIDES] = np.array(tides, dtype=np.int64).reshape(-1, 3)
    tables[t.TWINS], tables[t.TRAVEL] = halls.twins.reshape(-1), halls.travel.reshape(-1)
    tables[t.ZONE_SHARES] = halls.shares if halls.zones else np.zeros((1, 1))
    officers = np.zeros((plan.days * len(plan.classes) if plan.chooses else 1, 2), dtype=np.int64)
    for (day, cls), spans in posts_by_day(plan, presence).items() if plan.chooses else ():
        first, n = lists.add(x for span in spans for x in span)
        officers[day * len(plan.classes) + cls] = first, n // 3
    tables[t.OFFICERS] = officers
    scalars |= {
        t.CHOOSES: plan.chooses, t.SEVERAL: int(halls.several), t.ZONED: len(halls.zones), t.WEIGHT: halls.weight,
        t.N_TRAVEL: len(halls.travel), t.N_TIDES: len(plan.tides), t.N_BOUNDARIES: len(boundaries), t.N_CLOSINGS: len(closings),
    }  # fmt: skip


def _boundaries(presence: Presence) -> Any:
    """Return (second, whether somebody comes, post), sorted: when the spans in which posts are manned begin and end."""
    posts, gaps = presence.table, presence.gaps
    whole = np.setdiff1d(np.arange(len(posts)), [*gaps])
    n = len(whole)
    there = posts[whole]
    broken = [(k, since, until) for k, spans in gaps.items() for since, until in spans]
    k, since, until = (np.array(column, dtype=np.int64) for column in (zip(*broken, strict=True) if broken else ((), (), ())))
    ends = np.where(until == posts["closes"][k], posts["last_call"][k], until)
    when = np.concatenate([there["opens"], there["last_call"], since, ends])
    what = np.repeat([1, 0, 1, 0], [n, n, len(k), len(k)])
    rows = np.stack([when, what, np.concatenate([whole, whole, k, k])], axis=1)
    return rows[np.lexsort(rows.T[::-1])]


def _back(
    plan: Plan, presence: Presence, lists: Lists, laws: Laws, labels: Labels, details: Labels, scalars: dict[int, int],
    tables: dict[int, Any],
) -> None:  # fmt: skip
    """Pools, routes, opinions, meetings, alarms."""
    routes, joint = plan.routes, plan.joint
    own = {step: n for n, step in enumerate(joint.asked)}
    hears = {step: n for n, step in enumerate(joint.heard)}
    sittings = {sitting: n for n, sitting in enumerate(dict.fromkeys(joint.sittings.values()))}
    laws_of_routes = [laws.number(law) for law in routes.distributions]
    rules = plan.scenario.centre.clocks
    stops = [r in rules.promise for r in routes.reasons]

    def law(n: int) -> int:
        return -1 if n < 0 else laws_of_routes[n]

    item_of = {int(r): name for name, ways in zip(plan.items, plan.item_routes, strict=True) for r in ways if r >= 0}
    route_rows, step_rows = [], []
    for r, way in enumerate(routes.collect):
        first, last = int(routes.first[r]), int(routes.first[r + 1])
        counters = [s for s in range(first, last) if routes.steps["kind"][s] == COUNTER]
        collect = (-1, 0, -1) if way is None else (way[0], way[1], laws_of_routes[way[2]])
        waited = last - first - sum(routes.afterwards[first:last])
        route_rows.append((first, last, waited, int(len(counters) < last - first), *lists.add(counters), *collect, law(routes.mail_wd[r])))
        for s in range(first, last):
            row = {name: int(routes.steps[name][s]) for name in routes.steps.dtype.names or ()}
            reason = routes.reasons[row["reason"]]
            item = item_of[r]
            works = lists.add(
                x for name, n, factor in routes.works[s] for x in (details.number(name), laws_of_routes[n], factor)
            )
            step_rows.append(
                (
                    row["kind"], row["place"], row["people"], row["share"], row["stall"], row["npred"], row["decides"],
                    law(row["stall_wd"]), law(row["delay_wd"]), law(row["lasts_wd"]), labels.number(reason), row["noticed"],
                    int(reason == "acceptance"),
                    int(routes.afterwards[s]), *lists.add(routes.successors[s]), works[0], works[1] // 3,
                    details.number(luck_of(item, routes.names[s])), details.number(luck_of(item, routes.names[routes.share_of[s]])),
                    labels.number(routes.names[s]), int(stops[row["reason"]] and (bool(row["noticed"]) or reason not in rules.legal)),
                    own.get(s, -1), hears.get(s, -1), sittings[joint.sittings[s]] if s in joint.sittings else -1,
                )
            )  # fmt: skip
    tables[t.ROUTES], tables[t.STEPS] = np.array(route_rows, dtype=np.int64), np.array(step_rows, dtype=np.int64)
    base = {s: int(routes.first[r]) for r in range(len(routes.collect)) for s in range(int(routes.first[r]), int(routes.first[r + 1]))}

    def bits(steps: Any) -> int:
        return sum(1 << (s - base[s]) for s in steps)

    late = {"block": t.BLOCK, "escalate": t.ESCALATE, "deemed_consent": t.DEEMED}
    tables[t.ASKED] = np.array(
        [(a.objects, a.deadline_wd, late[a.late], a.rule == "early_veto", a.rule == "all", bits(a.silent)) for a in joint.asked.values()],
        dtype=np.int64,
    ).reshape(-1, 6)
    heard = []
    for h in joint.heard.values():
        first, n = lists.add(x for p, names in h.brings.items() for x in (bits([p]), bits(names)))
        heard.append((bits(h.opinions), h.k, bits(h.alone), bits(h.before), first, n // 2))
    tables[t.HEARD] = np.array(heard, dtype=np.int64).reshape(-1, 6)
    worked = [d for d in range(plan.days) if plan.calendar.is_working(d)]
    rows = []
    for sitting in sittings:
        dates = [d * DAY + sitting.at for d in worked if plan.calendar.date(d).weekday() in sitting.weekdays]
        pools = lists.add(plan.pools.index(name) for name in sitting.pools)
        rows.append((*pools, sitting.quorum, sitting.capacity, *lists.add(dates), labels.number(", ".join(sitting.pools))))
    tables[t.SITTINGS] = np.array(rows, dtype=np.int64).reshape(-1, 7)
    heir = [-1] * len(plan.pools)
    gone_rows = []
    for succession in plan.successions:
        gone = [p for p, to in enumerate(succession.pools) if to != p and heir[p] < 0]
        for p in gone:
            heir[p] = succession.pools[p]
        gone_rows.append((succession.at, *lists.add(gone)))
    tables[t.SUCCESSIONS] = np.array(gone_rows, dtype=np.int64).reshape(-1, 3)
    by_pool: list[list[tuple[int, int]]] = [[] for _ in plan.pools]
    for p, a, b in plan.pool_open.tolist():
        by_pool[p].append((a, b))
    pool_rows: list[tuple[int, ...]] = []
    spans: list[tuple[int, int, int]] = []
    boundaries = []
    for p, (name, pool) in enumerate(zip(plan.pools, plan.pool_rows, strict=True)):
        place = (int(pool.role == "leader"), labels.number(pool.department), labels.number(name))
        pool_rows.append((*place, len(spans), len(by_pool[p]), heir[p]))
        heads = presence.heads[p].tolist()
        for a, b in by_pool[p]:
            spans.append((a, b, heads[a // DAY]))
            boundaries += [(a, 1, p, heads[a // DAY]), (b, 0, p, 0)]
    tables[t.POOLS] = np.array(pool_rows, dtype=np.int64).reshape(-1, 6)
    tables[t.SPANS] = np.array(spans, dtype=np.int64).reshape(-1, 3)
    tables[t.POOL_BOUNDARIES] = np.array(sorted(boundaries), dtype=np.int64).reshape(-1, 4)
    tables[t.PACE] = plan.pool_pace.reshape(-1)
    bells = [(labels.number(b.level), b.used, b.ahead, int(b.wakes), b.since, b.until) for b in plan.bells]
    tables[t.BELLS] = np.array(bells, dtype=np.int64).reshape(-1, 6)
    scalars |= {
        t.JOINT: int(bool(joint)), t.N_BELLS: len(plan.bells), t.N_SITTINGS: len(sittings), t.N_POOL_BOUNDARIES: len(boundaries),
    }  # fmt: skip


def _world(plan: Plan, lists: Lists, laws: Laws, details: Labels, scalars: dict[int, int], tables: dict[int, Any]) -> None:
    """Items as the citizen meets them, needs, backlog, what people do."""
    from simulation.engines.process import _descendants

    kinds = {"consultation": t.CONSULTATION, "instant": t.INSTANT}
    rows = []
    for n, (name, item) in enumerate(zip(plan.items, plan.item_rows, strict=True)):
        promise = -1 if item.promise_wd is None else int(item.promise_wd)
        online = item.online is not None and item.online.promise_wd is not None
        rows.append(
            (
                *plan.item_routes[n], int(item.max_visits), kinds.get(item.case_class, t.CASE), threshold(item.sent_on),
                round(float(item.denial) * (1 << 32)), details.number(begun_as(name)), promise,
                int(item.online.promise_wd) if online and item.online is not None and item.online.promise_wd is not None else promise,
            )
        )  # fmt: skip
    tables[t.ITEMS] = np.array(rows, dtype=np.int64)
    profiles: dict[int, tuple[int, int]] = {}
    for n, demand in enumerate(plan.demand):
        profiles[n] = (len(laws.parameters), len(demand.profile[0]))
        laws.parameters += [*map(float, demand.profile[0]), *map(float, demand.profile[1])]
    tables[t.NEEDS] = np.array(
        [
            (row["site"], row["priority"], *lists.add(items), plan.assisted[n], *profiles[n])
            for n, (row, items) in enumerate(zip(plan.need_rows, plan.need_items, strict=True))
        ],
        dtype=np.int64,
    )
    backlog = []
    for opening in plan.opening:
        steps = range(int(plan.routes.first[opening.route]), int(plan.routes.first[opening.route + 1]))
        behind = [
            s for s in steps if opening.step in _descendants(plan.routes.successors, s) or plan.routes.steps["kind"][s] == COUNTER
        ]
        backlog.append((opening.need, opening.item, opening.cases, laws.number(opening.age_wd), *lists.add(behind)))
    tables[t.OPENING] = np.array(backlog, dtype=np.int64).reshape(-1, 6)
    scalars |= {
        t.CORRECTED: plan.corrected, t.COMES_BACK: plan.comes_back, t.SELF_SERVICE: plan.self_service, t.ASKS_DESK: plan.asks_desk,
        t.MISROUTED: plan.misrouted[0], t.MISROUTED_DESK: plan.misrouted[1], t.BOUNCED: plan.bounced["none"],
        t.BOUNCED_INFORMS: plan.bounced["informs"], t.BOUNCED_FOLLOWS: plan.bounced["follows"], t.PATIENCE: laws.number(plan.patience),
        t.COMES_BACK_WD: laws.number(plan.comes_back_wd), t.SUPPLEMENT_WD: laws.number(plan.supplement_wd),
        t.COLLECT_WD: laws.number(plan.collect_wd), t.N_OPENING: len(plan.opening),
    }  # fmt: skip
