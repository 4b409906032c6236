"""What a well-typed scenario can still get wrong: all of it at once, each with the rule and the nearest valid name.

`problems` refuses; `warnings` (in `simulation.workload`) only tells.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from math import fsum
from typing import get_args

from simulation.centre import Centre, Contract
from simulation.clocks import STATUTORY
from simulation.distributions import Law
from simulation.errors import Problem, nearest
from simulation.halls import flaws as flaws_of_halls
from simulation.items import CounterStep, Item, MeetingStep, Step, TaskStep
from simulation.joint import flaws as flaws_of_joint
from simulation.routes import ancestors, contract, predecessors
from simulation.scenario import Scenario, evidence
from simulation.units import Number
from simulation.windows import flaws as flaws_of_windows
from simulation.windows import ticket_classes
from simulation.workload import heads, may_sit, warnings
from simulation.world import DUTIES, World

Loc = tuple[str | int, ...]
Flaw = tuple[Loc, str, str, str]
"""Place, what was found, rule, remedy."""

ASSUMPTION = "assumption"
"""The source of a number that somebody assumes; it must state its range."""
COMPRESS_ONLY = "R34, Business Environment Regulation 36"
FREE_CHANNEL = "R35, Business Environment Regulation 37; Online Services Provisions 4"
"""Rule and article of what is refused here because of the law; the others are judged by `governance.legality`."""
LIMITED = frozenset({"committed", "joint", "upward"})


def dotted(loc: Loc) -> str:
    """Return a place as a dotted key path."""
    return ".".join(map(str, loc))


def problems(scenario: Scenario, where: Callable[[Loc], str] = dotted) -> list[Problem]:
    """Return everything that contradicts itself in `scenario`, in the order of the file.

    Parameters
    ----------
    scenario : Scenario, well typed.
    where : how to show a place; `simulation.files.Document.where` gives file and line.
    """
    centre, world = scenario.centre, scenario.world
    flaws = [*_references(centre), *_clocks(centre), *_hall(centre), *flaws_of_windows(centre), *_pools(centre), *_items(centre)]
    flaws += [*_demand(world, centre), *_prices(world, centre), *flaws_of_halls(centre, world), *_numbers(scenario)]
    return [Problem(where(loc), found, rule, remedy) for loc, found, rule, remedy in flaws]


def _unknown(loc: Loc, name: str | None, known: Iterable[str], noun: str) -> Iterator[Flaw]:
    names = known if isinstance(known, Container) else tuple(known)
    if name is not None and name not in names:
        yield loc, name, f"`{name}` is not a known {noun}", nearest(name, names)


def _references(centre: Centre) -> Iterator[Flaw]:
    """Names that point to nothing."""
    skills = {*centre.queues, *(s.skill for _, _, s in _steps(centre) if isinstance(s, CounterStep) and s.skill is not None)}
    for name, site in centre.sites.items():
        yield from _unknown(("centre", "sites", name, "guide", "queue"), site.guide.queue if site.guide else None, centre.queues, "queue")
    for name, body in centre.departments.items():
        for k, other in enumerate(body.entrusted_by):
            yield from _unknown(("centre", "departments", name, "entrusted_by", k), other, centre.departments, "department")
    for name, pool in centre.pools.items():
        yield from _unknown(("centre", "pools", name, "department"), pool.department, centre.departments, "department")
    for name, queue in centre.queues.items():
        at: Loc = ("centre", "queues", name)
        yield from _unknown((*at, "site"), queue.site, centre.sites, "site")
        yield from _unknown((*at, "department"), queue.department, centre.departments, "department")
        yield from _unknown((*at, "serves"), queue.serves, centre.queues, "queue")
    for name, window in centre.windows.items():
        at = ("centre", "windows", name)
        yield from _unknown((*at, "site"), window.site, centre.sites, "site")
        yield from _unknown((*at, "department"), window.department, centre.departments, "department")
        yield from _unknown((*at, "machine_shift"), window.machine_shift, centre.shifts, "shift")
        for k, q in enumerate(window.queues):
            yield from _unknown((*at, "queues", k), q, centre.queues, "queue")
            if q in centre.queues and centre.queues[q].site != window.site:
                yield (*at, "queues", k), q, "a window serves queues of its own site", f"`{q}` is at `{centre.queues[q].site}`"
    for name, person in centre.staff.items():
        at = ("centre", "staff", name)
        if person.contract == "posted":
            yield from _unknown((*at, "employer"), person.employer, centre.departments, "department")
        yield from _unknown((*at, "shift"), person.shift, centre.shifts, "shift")
        yield from _unknown((*at, "window"), person.window, centre.windows, "window")
        yield from _unknown((*at, "pool"), person.pool, centre.pools, "pool")
        for k, skill in enumerate(person.skills):
            yield from _unknown((*at, "skills", k), skill, skills, "skill")
    for name, item in centre.items.items():
        at = ("centre", "items", name)
        yield from _unknown((*at, "department"), item.department, centre.departments, "department")
        yield from _unknown((*at, "regulator"), item.regulator, centre.departments, "department")
        yield from _unknown((*at, "online", "pool"), item.online.pool if item.online else None, centre.pools, "pool")
        yield from _unknown((*at, "self_service", "queue"), item.self_service.queue if item.self_service else None, centre.queues, "queue")
        yield from _unknown((*at, "delivery", "queue"), item.delivery.queue, centre.queues, "queue")
        for step_name, step in item.route.items():
            if isinstance(step, CounterStep):
                yield from _unknown((*at, "route", step_name, "queue"), step.queue, centre.queues, "queue")
            elif isinstance(step, TaskStep):
                yield from _unknown((*at, "route", step_name, "pool"), step.pool, centre.pools, "pool")
    for name, event in centre.life_events.items():
        at = ("centre", "life_events", name)
        yield from _unknown((*at, "lead"), event.lead, centre.departments, "department")
        if not event.items:
            yield (*at, "items"), "[]", "a life event needs items", "name at least one item"
        for k, one in enumerate(event.items):
            yield from _unknown((*at, "items", k), one, centre.items, "item")


def _steps(centre: Centre) -> Iterator[tuple[str, str, Step]]:
    for name, item in centre.items.items():
        for step_name, step in item.route.items():
            yield name, step_name, step


def _hall(centre: Centre) -> Iterator[Flaw]:
    """Windows that nobody staffs, queues that nobody serves, appointments while the hall is shut."""
    for site_name, site in centre.sites.items():
        for k, hours in enumerate(site.appointments):
            if not any(i.start <= hours.start and hours.end <= i.end for i in site.working):
                at: Loc = ("centre", "sites", site_name, "appointments", k)
                yield at, str(hours), "an appointment is in the hall's working hours", "write hours within one interval of `working:`"
    manned = {n for n, shift in centre.shifts.items() if shift.working or shift.saturday}
    on_duty = {n: s for n, s in centre.staff.items() if s.shift in manned}
    seats = [(n, w, s) for n, w in centre.windows.items() for s in on_duty.values() if may_sit(s, n, w)]
    machines = {n: w for n, w in centre.windows.items() if w.machine_shift in manned}
    staffed = {*machines, *(name for name, _, _ in seats)}
    for name in {*machines} & {*centre.staff}:
        yield ("centre", "windows", name), name, "a machine has a name of its own", f"rename the window, or the person `{name}`"
    for name in centre.windows:
        if name not in staffed:
            yield ("centre", "windows", name), name, "a window has somebody to staff it", "post somebody there, or close it"
    accepted = {q for w in centre.windows.values() for q in w.queues}
    online = {s.queue for i in centre.items.values() if i.online is not None for s in i.route.values() if isinstance(s, CounterStep)}
    for name in centre.queues:
        if name not in accepted:
            law = f": without one its items would be online only ({FREE_CHANNEL})" if name in online else ""
            yield ("centre", "queues", name), name, f"a queue is accepted by at least one window{law}", "add it to a window's `queues:`"
    for (queue, skill), loc in ticket_classes(centre).items():
        served = any(queue in w.queues and skill in s.skills for _, w, s in seats)
        served = served or any({queue, skill} <= {*w.queues} for w in machines.values())
        if queue in accepted & set(centre.queues) and not served:
            yield loc, queue, f"somebody on duty can serve queue `{queue}` (skill `{skill}`)", "train a person at a window that accepts it"


def _clocks(centre: Centre) -> Iterator[Flaw]:
    """The law stops its clock for a closed list of reasons."""
    for k, reason in enumerate(centre.clocks.legal):
        if reason not in STATUTORY:
            rule = "only a reason of Administrative Licensing Law 45 stops the legal clock (R24)"
            yield ("centre", "clocks", "legal", k), reason, rule, nearest(reason, sorted(STATUTORY))


def _pools(centre: Centre) -> Iterator[Flaw]:
    sections: dict[str, str] = {}
    for name, pool in centre.pools.items():
        if pool.hours is not None and pool.hall_share is not None:
            yield ("centre", "pools", name), str(pool.hall_share), "a pool has either `hours` or `hall_share`", "delete one of the two"
        for part in pool.people:
            if part in sections:
                rule = "a section belongs to one pool, for its name is what a person's absences are drawn by"
                yield ("centre", "pools", name, "people", part), part, rule, f"pool `{sections[part]}` has it too: rename one"
            sections.setdefault(part, name)
    for name, step_name, step in _steps(centre):
        if isinstance(step, TaskStep):
            at: Loc = ("centre", "items", name, "route", step_name, "people")
            if step.people == 0:
                yield at, "0", "a task needs at least one person", "write 1 or more"
            has = heads(centre, step.pool) if step.pool in centre.pools else None
            if has is not None and step.people > has:
                rule = f"a step needs no more people than its pool has: `{step.pool}` has {has}"
                yield at, str(step.people), rule, "ask for fewer, or enlarge the pool"


def _items(centre: Centre) -> Iterator[Flaw]:
    for name, item in centre.items.items():
        at: Loc = ("centre", "items", name)
        if item.legal_wd is not None and item.promise_wd is not None and item.promise_wd > item.legal_wd:
            rule = f"a promise is not beyond the law: legal limit {int(item.legal_wd)} working days ({COMPRESS_ONLY})"
            yield (*at, "promise_wd"), str(item.promise_wd), rule, f"write {int(item.legal_wd)} or less"
        if item.legal_wd is not None and item.online is not None and (item.online.promise_wd or 0) > item.legal_wd:
            rule = f"a promise is not beyond the law: legal limit {int(item.legal_wd)} working days ({COMPRESS_ONLY})"
            yield (*at, "online", "promise_wd"), str(item.online.promise_wd), rule, f"write {int(item.legal_wd)} or less"
        if item.legal_wd is None and item.case_class in LIMITED:
            rule = f"a {item.case_class} item has a legal limit (R21, R22, Administrative Licensing Law 42)"
            yield at, item.case_class, rule, "add `legal_wd:`"
        if item.delivery.queue is not None and item.delivery.touch is None:
            yield (*at, "delivery"), item.delivery.queue, "a delivery queue has a `touch` time", "add `touch:`"
        if item.delivery.queue is None and item.delivery.collect > 0:
            yield (*at, "delivery", "collect"), str(item.delivery.collect), "who collects needs a queue for it", "add `queue:`"
        if item.self_service is not None and (n := sum(s.kind == "counter" for s in item.route.values())) > 1:
            rule = "a machine stands in for the only counter of an item"
            yield (*at, "self_service"), f"{n} counters", rule, "delete `self_service:`, or make it one counter"
        if item.max_visits == 0:
            yield (*at, "max_visits"), "0", "an applicant may come at least once", "write 1 or more"
        yield from _route(item, (*at, "route"))
        before = {n: tuple(p for p in ps if p in item.route) for n, ps in predecessors(item.route).items()}
        if not _cycle(before):
            yield from flaws_of_joint(centre, name, item, before)


def _route(item: Item, at: Loc) -> Iterator[Flaw]:
    """A route begins at a counter, is a graph without cycles, is reached as a whole, and decides once."""
    route = item.route
    kinds = [s.kind for s in route.values()]
    if not kinds or kinds[0] != "counter":
        found = next(iter(route), "nothing")
        rule = f"the first step of a route is a counter: nobody is made to file online ({FREE_CHANNEL})"
        yield at, found, rule, "list the accepting counter first; `online:` replaces it"
        return
    first_other = next((k for k, kind in enumerate(kinds) if kind != "counter"), len(kinds))
    for k, (name, step) in enumerate(route.items()):
        if step.kind == "counter" and k > first_other:
            yield (*at, name), name, "counter steps are listed before all others: they are one visit", "move it up"
        for p in step.after or ():
            yield from _unknown((*at, name, "after"), p, route, "step of this route")
            if step.kind == "counter" and p in route and route[p].kind != "counter":
                yield (*at, name, "after"), p, "a counter comes after counters only: they are one visit", "delete it from `after:`"
        shared = getattr(step, "share_of", None)
        yield from _unknown((*at, name, "share_of"), shared, [n for n, s in route.items() if isinstance(s, TaskStep)], "task of this route")
        if isinstance(step, TaskStep) and step.afterwards and (step.decides or any(name in ps for ps in predecessors(route).values())):
            rule = "nobody waits for a step that is done afterwards: it decides nothing and no step comes after it"
            yield (*at, name, "afterwards"), "true", rule, "delete `afterwards:`, or name another step in `after:`"
        if isinstance(step, CounterStep | TaskStep | MeetingStep) and not step.work:
            yield (*at, name, "work"), "{}", "a step of a person contains work", "name it and give its time"
    deciding = [n for n, s in route.items() if isinstance(s, CounterStep | TaskStep | MeetingStep) and s.decides]
    if not deciding and item.case_class != "consultation":
        yield at, ", ".join(route), "one step decides", "add `decides: true` to it"
    for name in deciding[1:]:
        yield (*at, name, "decides"), "true", "only one step decides", f"`{deciding[0]}` decides already"
    if isinstance(decider := route.get(deciding[0]) if deciding else None, TaskStep | MeetingStep) and decider.share < 1:
        yield (*at, deciding[0], "share"), str(decider.share), "the step that decides is part of every case", "delete `share:`"
    before = {n: tuple(p for p in ps if p in route) for n, ps in predecessors(route).items()}
    if cycle := _cycle(before):
        yield (*at, cycle[0], "after"), " -> ".join(cycle), "a route has no cycle", "take one `after:` out of it"
        return
    if deciding:
        beside = [n for n in route if n not in {*ancestors(before, deciding[0]), deciding[0]} and deciding[0] not in ancestors(before, n)]
        for name in beside:
            rule = f"every step comes before or after the one that decides, `{deciding[0]}`: a denial ends the case"
            yield (*at, name), name, rule, f"name it in `after:` of `{deciding[0]}`, or `{deciding[0]}` in its own"
        for name in (n for n, s in route.items() if isinstance(s, TaskStep) and s.afterwards and n in ancestors(before, deciding[0])):
            yield (*at, name, "afterwards"), "true", "what is done afterwards comes after the decision", f"name `{deciding[0]}` in `after:`"
    counters = [n for n, s in route.items() if s.kind == "counter"]
    unreached = {n: "from a counter" for n in before if n not in _reached(before, counters)}
    if item.online is not None:
        online = contract(before, {*counters[1:], *(n for n, s in route.items() if s.kind == "transfer")})
        unreached |= {n: "when the case is filed online" for n in online if n not in {*_reached(online, counters[:1]), *unreached}}
    elif item.sent_on:
        rule = "what is sent on is taken in by those who take in what is filed online"
        yield (*at[:-1], "sent_on"), str(item.sent_on), rule, "add `online:`, or delete it"
    for name, how in unreached.items():
        yield (*at, name), name, f"a step is reached {how}", "name in `after:` what comes before it"


def _cycle(before: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the steps of one cycle, in the order in which they follow each other, or nothing."""
    left = dict(before)
    while free := [n for n, ps in left.items() if not any(p in left for p in ps)]:
        left = {n: ps for n, ps in left.items() if n not in free}
    if not left:
        return []
    walk = [next(iter(left))]
    while (back := next(p for p in left[walk[-1]] if p in left)) not in walk:
        walk.append(back)
    return [back, *reversed(walk[walk.index(back) :])]


def _reached(before: dict[str, tuple[str, ...]], roots: list[str]) -> set[str]:
    """Return the steps that begin once `roots` are done: all their predecessors are reached, and there is one."""
    reached = set(roots)
    while new := {n for n, ps in before.items() if n not in reached and ps and all(p in reached for p in ps)}:
        reached |= new
    return reached


def _demand(world: World, centre: Centre) -> Iterator[Flaw]:
    for name, profile in world.profiles.items():
        if abs((total := fsum(profile.values())) - 1) > 0.01:
            yield ("world", "profiles", name), f"{total:.4g}", "the shares of a profile sum to 1", "mend its half hours"
    yield from _unknown(("world", "online_profile"), world.online_profile, world.profiles, "profile")
    if len(world.weekday) != 5:
        yield ("world", "weekday"), str(len(world.weekday)), "five factors, Monday to Friday", "write five"
    for name, need in world.needs.items():
        at: Loc = ("world", "needs", name)
        if not need.items:
            yield (*at, "items"), "[]", "a need asks for at least one item", "name it"
        for k, item in enumerate(need.items):
            yield from _unknown((*at, "items", k), item, centre.items, "item")
        yield from _unknown((*at, "group"), need.group, world.groups, "group")
        yield from _unknown((*at, "profile"), need.profile, world.profiles, "profile")
    answers = world.responses
    offers: tuple[tuple[str, Container[str], tuple[str, ...]], ...] = (
        ("complete", answers.complete, ("none", "list", "checked")),
        ("complete_again", answers.complete_again, ("piecemeal", "one_time")),
        ("misrouted", answers.misrouted, ("desk", "none")),
        ("bounced", answers.bounced, DUTIES if answers.bounced else ()),
    )
    for field, stated, attributes in offers:
        for attribute in attributes:
            if attribute not in stated:
                rule = f"a response is stated for every attribute of the offer: `{attribute}` is missing"
                yield ("world", "responses", field), "", rule, f"add `{attribute}:`"
    for k, row in enumerate(world.backlog):
        at = ("world", "backlog", k)
        yield from _unknown((*at, "need"), row.need, world.needs, "need")
        yield from _unknown((*at, "item"), row.item, centre.items, "item")
        if row.item in centre.items:
            route = centre.items[row.item].route
            yield from _unknown((*at, "step"), row.step, route, f"step of `{row.item}`")
            if row.step in route and route[row.step].kind == "counter":
                yield (*at, "step"), row.step, "a backlog lies in the departments, not at a counter", "name a later step"
    for k, surge in enumerate(world.surges):
        for j, need_name in enumerate(surge.needs):
            yield from _unknown(("world", "surges", k, "needs", j), need_name, world.needs, "need")
    for k, outage in enumerate(world.outages):
        yield from _unknown(("world", "outages", k, "department"), outage.department, centre.departments, "department")
        if outage.last < outage.first:
            yield ("world", "outages", k, "last"), outage.last.isoformat(), "an outage ends after it begins", "exchange the two dates"


def _prices(world: World, centre: Centre) -> Iterator[Flaw]:
    """Prices of groups that exist, and pay of every contract, so that no reform makes people who cost nothing."""
    for group in world.burden.hour_of if world.burden is not None else ():
        yield from _unknown(("world", "burden", "hour_of", group), group, world.groups, "group")
    if centre.pay is not None and (lacking := [c for c in get_args(Contract) if c not in centre.pay]):
        yield ("centre", "pay"), ", ".join(centre.pay), "pay is stated for every contract", f"add {', '.join(lacking)}"


def _numbers(scenario: Scenario) -> Iterator[Flaw]:
    """Every number has a known source; an assumption has a range (a law or a list of shares states it once)."""
    known = {*scenario.sources, ASSUMPTION}
    ranged: dict[str, bool] = {}
    values: dict[str, Number] = {}
    for path, number, source in evidence(scenario):
        if source is None:
            yield _parts(scenario, path), str(number), "a number has a source", "add `source:`, or `source: assumption` and a range"
        elif source not in known:
            yield _parts(scenario, path), source, f"`{source}` is not a known source", nearest(source, known)
        elif source == ASSUMPTION:
            group = _group(scenario, path)
            values.setdefault(group, number)
            ranged[group] = ranged.get(group, False) or number.low is not None
    for group, has in ranged.items():
        if not has:
            yield _parts(scenario, group), str(values[group]), "an assumption states its range", "write it like 12 min (9..15)"


def _children(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return {str(k): v for k, v in value.items()}
    if isinstance(value, tuple):
        return {str(k): v for k, v in enumerate(value)}
    return {n: getattr(value, n) for n in getattr(type(value), "model_fields", ())}


def _parts(scenario: Scenario, path: str) -> Loc:
    """Split a dotted path into keys, also where a key has a dot in it."""
    return tuple(int(key) if isinstance(place, tuple) else key for place, key, _ in _walk(scenario, path))


def _walk(value: object, path: str) -> Iterator[tuple[object, str, object]]:
    """Yield (place, key, value there) from the top down to `path`."""
    while path:
        words, n = path.split("."), 1
        while (below := _child(value, key := ".".join(words[:n]))) is _NOTHING and n < len(words):
            n += 1
        yield value, key, below
        path, value = ".".join(words[n:]), below


_NOTHING = object()


def _child(value: object, key: str) -> object:
    if isinstance(value, tuple):
        return value[int(key)]
    if isinstance(value, dict):
        return value[key] if key in value else next((v for k, v in value.items() if str(k) == key), _NOTHING)
    return getattr(value, key, _NOTHING)


def _group(scenario: Scenario, path: str) -> str:
    """Return the path of the law, list or table that a number is part of; its own where it stands alone."""
    keys = []
    for _, key, value in _walk(scenario, path):
        keys.append(key)
        if isinstance(value, Law) or (isinstance(value, dict | tuple) and _flat(value)):
            break
    return ".".join(keys)


def _flat(value: object) -> bool:
    return all(isinstance(v, Number) for v in _children(value).values())


__all__ = ["ASSUMPTION", "Loc", "dotted", "may_sit", "problems", "ticket_classes", "warnings"]
