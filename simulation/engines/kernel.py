# ruff: noqa: F403, F405, SIM102, SIM108  the names of tables are a vocabulary
"""The compiled engine's kernel: the SimPy engine told again over tables of numbers, function by function under the same names.

`process`, `hall`, `office`, `joint`, `meetings`, `tide`, `supervision`, `choice`, `contact` and `passing` are the definition; here is
nothing that they do not say. A process is a record that remembers where it goes on (`stage`), an event is a record in the list of its
second. Seconds of the day that is under way have a list each, later days one list; every second is worked off in the phases of `phases`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numba import types
from numba.extending import intrinsic

from simulation.draws import FOREVER
from simulation.engines import jit
from simulation.engines.chance import KEY, interpolated, quantile, raw
from simulation.engines.jit import PLAIN, Floats, Numbers, compiled, entry
from simulation.engines.memory import declared
from simulation.engines.tables import *

DAY = 86_400
NEVER = 1 << 60
MISSING = -(1 << 31)
FULL = 1 << 32
FIRST_OF_ALL = -(1 << 30)
BOUNCES = 3

PURPOSE_NAMES = (
    "share", "stall", "stall_wd", "delay", "lasts", "objects", "work", "denial", "complete", "corrected", "wrongly", "unlisted", "back",
    "comes_back_wd", "supplement_wd", "patience", "wrong_window", "asks", "misrouted", "bounced", "wrong", "first_contact", "guide",
    "assists", "zone", "self_service", "clock", "collect", "mail", "collect_wd", "chooses", "officer", "sent_on", "defers", "age_wd",
)  # fmt: skip
(
    SHARE, STALL, STALL_WD, DELAY, LASTS, OBJECTS, WORK, DENIAL, COMPLETE_PAPERS, CORRECTED_AT_ONCE, WRONGLY, UNLISTED, BACK,
    COMES_BACK_AFTER, SUPPLEMENT_AFTER, PATIENCE_OF, WRONG_WINDOW, ASKS, MISROUTED_BY, BOUNCED_BY, WRONG, FIRST_CONTACT, GUIDE,
    ASSISTS, ZONE, SELF, CLOCK, COLLECT, MAIL, COLLECT_AFTER, CHOOSES_ONE, OFFICER, SENT_ON, DEFERS, AGE,
) = range(35)  # fmt: skip

DETAIL_NUMBER, DETAIL_SENT_ON = 1, 101
"""Details of names: 0 is none, then the numbers from 0 to 99, then what is named here, then what a plan names."""
FIXED_LABELS = (
    "", "leader", "stall", "sent_on", "deferred", "wrong_window", "unlisted_paper", "max_visits", "supplement", "veto", "deemed_consent",
    "late_opinion", "no_quorum", "online", "counter", "mail", "guide", "referral", "collect", "delivery",
)  # fmt: skip
(
    NONE, L_LEADER, L_STALL, L_SENT_ON, L_DEFERRED, L_WRONG_WINDOW, L_UNLISTED, L_MAX_VISITS, L_SUPPLEMENT, L_VETO, L_DEEMED,
    L_LATE, L_NO_QUORUM, L_ONLINE, L_COUNTER, L_MAIL, L_GUIDE, L_REFERRAL, L_COLLECT, L_DELIVERY,
) = range(20)  # fmt: skip
KIND_NAMES = ("queue", "service", "task", "transfer", "suspension", "meeting", "notice", "decision", "delivery", "alert")
K_QUEUE, K_SERVICE, K_TASK, K_TRANSFER, K_SUSPENSION, K_MEETING, K_NOTICE, K_DECISION, K_DELIVERY, K_ALERT = range(10)
OUTCOME_NAMES = ("open", "done", "supplement", "left", "no_show", "not_accepted", "denied", "withdrawn", "interrupted")
OPEN, DONE, SUPPLEMENT, LEFT, NO_SHOW, NOT_ACCEPTED, DENIED, WITHDRAWN, INTERRUPTED = range(9)
COUNTER, TASK, TRANSFER, SUSPENSION, MEETING = range(5)

# --- events: state changes, then those of later phases ---
(
    E_GO_ON, E_NOBODY, E_WISH, E_READY, E_FINISH, E_AFTER, E_BELL, E_TAKE_UP, E_MET, E_RISE, E_CALL_BACK, E_TIDE,
    E_DUE, E_CALL, E_LEAVE, E_VETO, E_RETURN,
) = range(17)  # fmt: skip

# --- where a process goes on ---
(
    P_VISIT, P_ASKS, P_GUIDED, P_ASTRAY, P_REFERRED, P_WAITS, P_SERVED, P_DEPARTMENT, P_MENDS, P_MEND_WAITS, P_MENDED, P_COLLECTS,
    P_COLLECT_WAITS, P_COLLECTED, P_MAILED, P_NEXT_ITEM,
) = range(16)  # fmt: skip
WAITING, GONE = range(2)
F_IDLE, F_FIRST, F_LATE = 1, 2, 4


def _record(**groups: str) -> np.dtype[Any]:
    """A record of whole numbers: fields by their type."""
    return np.dtype([(name, code) for code, names in groups.items() for name in names.split()])


CASE_ROW = _record(
    i8="behind redo",
    i4="date number standing mended then papers stops arrived received complete accepted decided delivered",
    i2="stream item need route file files visit looked booked zone",
    i1="site part done born online wants closed flawed helped machine passed outcome watched follow priority",
)
HEARING = _record(i8="finished silent unawaited given positive", i1="vetoed")
ROW = _record(i4="case entered start end", i2="visit step site queue department post people reason", i1="kind outcome")
TICKET = _record(i4="case visit cls row began entered leaves until next before proc", i2="wish", i1="rank state")
PROC = _record(
    i4="first visit began since site post row other then current step served served_last sent sent_last chain route",
    i2="counter bounce last tries reason right",
    i1="stage brought outcome",
)
PAPER = _record(i4="case step row ready standing next before pool sibling", i1="flags")
EVENT = _record(i4="next t a b", i1="kind")
STOP = _record(i4="start end next")
SEND = _record(i4="pool t more")
SPELL = _record(i4="post since until")
ARRIVAL = _record(i4="t date number base", i2="need files", i1="online booked")


TABLES = {
    "P": np.int64, "F": np.float64, "T": np.uint8, "S": np.int64, "keys": KEY, "cases": CASE_ROW, "missing": np.int8, "hearings": HEARING,
    "rows": ROW, "tickets": TICKET, "procs": PROC, "papers": PAPER, "events": EVENT, "stops": STOP, "sends": SEND, "spells": SPELL,
    "arrivals": ARRIVAL, "heads": np.int32, "bits": np.int64,
}  # fmt: skip
"""All that the kernel reads and writes."""
MEMORY, KINDS, memory = declared(TABLES)
Memory: TypeAlias = Any
Tickets: TypeAlias = Any
Papers: TypeAlias = Any


def ready(told: Callable[[int, int], None] = lambda done, planned: None) -> None:
    """Compile the kernel, or take it from the cache; `told` hears of functions done and planned."""
    jit.ready(run, {"Memory": MEMORY, "Tickets": KINDS.get("tickets"), "Papers": KINDS.get("papers")}, told)


if PLAIN:

    def lowest(x: int) -> int:
        return (int(x) & -int(x)).bit_length() - 1

else:

    @intrinsic
    def lowest(typing: Any, x: Any) -> Any:
        """The place of the lowest bit of a number > 0."""
        from llvmlite import ir

        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(types.int64), build


# --- chance ---


@compiled
def chance(m: Memory, c: int, purpose: int, detail: int, visit: int, file: int) -> Any:
    """A 32-bit uniform of the citizen of case `c`."""
    case = m.cases[c]
    return np.int64(raw(m, purpose, case.stream, detail, visit, file, case.date, case.number) >> np.uint64(32))


@compiled
def seconds(m: Memory, c: int, law: int, purpose: int, detail: int, visit: int, file: int) -> Any:
    """A duration in whole seconds, at least 1."""
    case = m.cases[c]
    x = quantile(m, law, raw(m, purpose, case.stream, detail, visit, file, case.date, case.number))
    return max(1, int(np.floor(min(x, FOREVER) + 0.5)))


@compiled
def count(m: Memory, c: int, law: int, purpose: int, detail: int, visit: int, file: int) -> Any:
    """A whole number of days."""
    case = m.cases[c]
    x = quantile(m, law, raw(m, purpose, case.stream, detail, visit, file, case.date, case.number))
    return int(np.floor(x + 0.5))


@compiled
def key(m: Memory, c: int, visit: int) -> Any:
    return 1000 * m.cases[c].part + visit


@compiled
def clock(m: Memory, c: int, day: int, visit: int, site: int) -> Any:
    """The second at which a citizen comes on `day`, inside the hours of the hall."""
    P, F = m.P, m.F
    u = (chance(m, c, CLOCK, 0, visit, 0) + 0.5) * 2.0**-32
    era = era_of(m, day * DAY)
    site = at(P, SITE_AT, era * P[N_SITES] + site, 0)
    opens, closes = at(P, HOURS, site * P[DAYS] + day, OPENS), at(P, HOURS, site * P[DAYS] + day, CLOSES)
    overrun = at(P, SITES, site, SITE_OVERRUN)
    a = opens % DAY
    b = a + closes - overrun - opens
    need = m.cases[c].need
    first, n = at(P, NEEDS, need, NEED_PROFILE), at(P, NEEDS, need, NEED_PROFILE_N)
    low, high = interpolated(F, first, n, float(a)), interpolated(F, first, n, float(b))
    if high > low:
        inside = inverse(F, first, n, low + u * (high - low))
    else:
        inside = a + u * (b - a)
    return day * DAY + int(min(np.floor(inside), float(b - 1)))


@compiled
def inverse(F: Floats, first: int, n: int, y: float) -> Any:
    """The place at which the climbing function of `interpolated` reaches y."""
    low, high = 0, n - 1
    if y >= F[first + n + high]:
        return F[first + high]
    if y <= F[first + n]:
        return F[first]
    while high - low > 1:
        middle = (low + high) // 2
        if F[first + n + middle] <= y:
            low = middle
        else:
            high = middle
    a, b = F[first + n + low], F[first + low]
    return (F[first + low + 1] - b) / (F[first + n + low + 1] - a) * (y - a) + b


# --- time ---


@compiled
def era_of(m: Memory, t: int) -> Any:
    """How many successions have happened at second t."""
    era = 0
    while era < m.P[N_SUCCESSIONS] and t >= at(m.P, SUCCESSIONS, era, SUCCESSION_AT):
        era += 1
    return era


@compiled
def site_at(m: Memory, site: int) -> Any:
    return at(m.P, SITE_AT, m.S[ERA] * m.P[N_SITES] + site, 0)


@compiled
def class_at(m: Memory, cls: int) -> Any:
    return at(m.P, CLASS_AT, m.S[ERA] * m.P[N_CLASSES] + cls, 0)


@compiled
def pool_at(m: Memory, pool: int) -> Any:
    return at(m.P, POOL_AT, m.S[ERA] * m.P[N_POOLS] + pool, 0)


@compiled
def later(m: Memory, t: int, wd: int) -> Any:
    """The same clock time `wd` working days after second t, never t itself; NEVER beyond the calendar."""
    P = m.P
    if t >= NEVER:
        return NEVER
    if wd <= 0:
        return t + 1
    k = at(P, RANK, t // DAY - P[FIRST_DAY], 0) + wd - 1
    if k >= P[N_WORKED]:
        return NEVER
    return max(t + 1, at(P, WORKED, k, 0) * DAY + t % DAY)


@compiled
def link(m: Memory, e: int, s: int) -> Any:
    """Put an event into the list of a second of today."""
    m.events[e].next = m.heads[s]
    m.heads[s] = e
    m.bits[s // WORD] |= 1 << (s % WORD)


@compiled
def push(m: Memory, t: int, kind: int, a: int, b: int) -> Any:
    """Let an event happen at second t, today's or a later day's; beyond the horizon nothing happens."""
    S, events = m.S, m.events
    if t >= m.P[END]:
        return
    e = S[FREE_EVENT]
    if e >= 0:
        S[FREE_EVENT] = events[e].next
    else:
        e = S[EVENTS_N]
        if e >= len(events):
            raise MemoryError("events")
        S[EVENTS_N] = e + 1
    event = events[e]
    event.t, event.kind, event.a, event.b = t, kind, a, b
    day = t // DAY
    if day == S[DAY_NOW]:
        link(m, e, t - day * DAY)
    else:
        event.next = m.heads[DAY + day]
        m.heads[DAY + day] = e


@compiled
def free_event(m: Memory, e: int) -> Any:
    m.events[e].next = m.S[FREE_EVENT]
    m.S[FREE_EVENT] = e


# --- rows ---


@compiled
def begin_row(m: Memory, c: int, visit: int, step: int, kind: int, entered: int, start: int) -> Any:
    """Append an open row."""
    n = m.S[ROWS_N]
    if n >= len(m.rows):
        raise MemoryError("rows")
    m.S[ROWS_N] = n + 1
    row = m.rows[n]
    row.case, row.visit, row.step, row.kind, row.entered, row.start, row.end = c, visit, step, kind, entered, start, MISSING
    row.site = row.queue = row.department = row.post = row.reason = NONE
    row.people, row.outcome = 1, OPEN
    return n


@compiled
def moment(m: Memory, c: int, visit: int, kind: int, t: int, outcome: int, reason: int) -> Any:
    """Append a row without length."""
    n = begin_row(m, c, visit, NONE, kind, t, t)
    m.rows[n].end, m.rows[n].outcome, m.rows[n].reason = t, outcome, reason


@compiled
def close_row(m: Memory, r: int, outcome: int) -> Any:
    m.rows[r].end, m.rows[r].outcome = m.S[NOW], outcome


# --- cases ---


@compiled
def new_case(
    m: Memory,
    c: int,
    stream: int,
    need: int,
    part: int,
    item: int,
    file: int,
    files: int,
    online: int,
    machine: int,
    date: int,
    number: int,
) -> Any:
    P, case = m.P, m.cases[c]
    case.stream, case.file, case.item, case.need, case.part, case.files = stream, file, item, need, part, files
    case.online, case.machine, case.date, case.number = online, machine, date, number
    case.born, case.outcome = 1, OPEN
    case.closed = case.flawed = case.helped = case.passed = case.watched = case.follow = 0
    case.behind = case.redo = case.done = case.visit = case.booked = 0
    case.looked, case.zone = 1, -1
    case.then = case.papers = case.stops = -1
    case.mended = case.arrived = case.received = case.complete = case.accepted = case.decided = case.delivered = MISSING
    case.priority = at(P, NEEDS, need, NEED_PRIORITY)
    case.standing = case.priority
    case.site = at(P, NEEDS, need, NEED_SITE)
    if len(m.hearings) > 1:
        h = m.hearings[c]
        h.finished = h.silent = h.unawaited = h.given = h.positive = 0
        h.vetoed = 0
    take_route(m, c, at(P, ITEMS, item, ITEM_SELF if machine else ITEM_ONLINE if online else ITEM_COUNTER))


@compiled
def take_route(m: Memory, c: int, route: int) -> Any:
    """Go by this route from its beginning on."""
    P = m.P
    m.cases[c].route = route
    first = at(P, ROUTES, route, ROUTE_FIRST)
    for s in range(first, at(P, ROUTES, route, ROUTE_LAST)):
        m.missing[c * P[LONGEST] + s - first] = at(P, STEPS, s, STEP_NPRED)


@compiled
def bit(m: Memory, c: int, step: int) -> Any:
    """The bit of a step among those of the route of a case."""
    return 1 << (step - at(m.P, ROUTES, m.cases[c].route, ROUTE_FIRST))


@compiled
def close_case(m: Memory, c: int, outcome: int) -> Any:
    """End a case; a life event goes on with its next item."""
    case = m.cases[c]
    if not case.closed:
        case.closed, case.outcome = 1, outcome
        follow(m, c)


@compiled
def follow(m: Memory, c: int) -> Any:
    """Go on with the next item of the Need when the first file of this one is finished and the visit over."""
    case = m.cases[c]
    if case.follow == 3 and case.closed and case.outcome == DONE:
        p = new_proc(m, P_NEXT_ITEM, c)
        sleep_till_return(m, p, c, 1, 100)


# --- processes ---


@compiled
def new_proc(m: Memory, stage: int, first: int) -> Any:
    S = m.S
    p = S[FREE_PROC]
    if p >= 0:
        S[FREE_PROC] = m.procs[p].then
    else:
        p = S[PROCS_N]
        if p >= len(m.procs):
            raise MemoryError("procs")
        S[PROCS_N] = p + 1
    proc = m.procs[p]
    proc.stage, proc.first, proc.chain, proc.since, proc.brought, proc.counter = stage, first, -1, MISSING, 0, 0
    proc.served = proc.served_last = proc.sent = proc.sent_last = -1
    proc.tries = 0
    return p


@compiled
def free_proc(m: Memory, p: int) -> Any:
    m.procs[p].then = m.S[FREE_PROC]
    m.S[FREE_PROC] = p


@compiled
def sleep_till_return(m: Memory, p: int, c: int, wd: int, visit: int) -> Any:
    """Sleep until one's clock time on the wd-th working day from now."""
    t = later(m, m.S[NOW], max(1, wd))
    day = t // DAY
    if day < m.P[DAYS]:
        push(m, clock(m, c, day, key(m, c, visit), m.cases[c].site), E_GO_ON, p, 0)


@compiled
def again(m: Memory, first: int, visit: int) -> Any:
    """Give up the cases of a list that have used their visits; return the list of the others."""
    kept, last, c = -1, -1, first
    while c >= 0:
        then = m.cases[c].then
        m.cases[c].then = -1
        if not once_more(m, c, visit):
            pass
        elif last < 0:
            kept = last = c
        else:
            m.cases[last].then = c
            last = c
        c = then
    return kept


@compiled
def once_more(m: Memory, c: int, visit: int) -> Any:
    """Whether a case has a visit left; it is given up where it has none."""
    if visit + 1 <= at(m.P, ITEMS, m.cases[c].item, ITEM_VISITS):
        return True
    moment(m, c, visit, K_ALERT, m.S[NOW], DONE, L_MAX_VISITS)
    close_case(m, c, WITHDRAWN)
    return False


@compiled
def over(m: Memory, p: int) -> Any:
    """A visit has ended, with all that follows from it."""
    chain = m.procs[p].chain
    free_proc(m, p)
    if chain >= 0:
        m.cases[chain].follow |= 2
        follow(m, chain)


# --- the choice of a hall (`choice`) ---


@compiled
def ticket_class(m: Memory, c: int, cls: int) -> Any:
    """The class that takes tickets of `cls` in the hall of a case."""
    P = m.P
    cls = class_at(m, cls)
    if not P[SEVERAL]:
        return cls
    twin = at(P, TWINS, cls * P[N_SITES] + site_at(m, m.cases[c].site), 0)
    return cls if twin < 0 else twin


@compiled
def counter_of(m: Memory, route: int, k: int) -> Any:
    """The k-th counter step of a route."""
    return at(m.P, LISTS, at(m.P, ROUTES, route, ROUTE_COUNTERS) + k, 0)


@compiled
def site_of_route(m: Memory, route: int) -> Any:
    return at(m.P, CLASSES, class_at(m, at(m.P, STEPS, counter_of(m, route, 0), STEP_PLACE)), CLASS_SITE)


@compiled
def hall_of(
    m: Memory, c: int, need: int, item: int, route: int, visit: int, booked: int, zone: int, accepted: int, site: int, now: int
) -> Any:
    """The hall to which somebody goes who sets out now."""
    P = m.P
    home = site_at(m, at(P, NEEDS, need, NEED_SITE))
    if not P[SEVERAL] or booked == visit:
        return home
    if accepted != MISSING:
        return site_at(m, site)
    if route == at(P, ITEMS, item, ITEM_SELF):
        return site_of_route(m, route)
    best, least = home, NEVER
    for s in range(P[N_SITES]):
        if offers(m, s, item, route, now):
            burden = burden_of(m, s, route, zone, now)
            if burden < least:
                best, least = s, burden
    return best


@compiled
def offers(m: Memory, site: int, item: int, route: int, now: int) -> Any:
    """Whether a hall is open, handles the item, and has somebody on today's roster for each counter."""
    P, day = m.P, now // DAY
    opens, closes = at(P, HOURS, site * P[DAYS] + day, OPENS), at(P, HOURS, site * P[DAYS] + day, CLOSES)
    closes = min(closes - at(P, SITES, site, SITE_OVERRUN), day * DAY + at(P, SITES, site, SITE_STOP))
    if not opens <= now < closes:
        return False
    n = at(P, SITES, site, SITE_ITEMS_N)
    if n >= 0:
        known = False
        for k in range(n):
            known = known or at(P, LISTS, at(P, SITES, site, SITE_ITEMS) + k, 0) == item
        if not known:
            return False
    for k in range(at(P, ROUTES, route, ROUTE_COUNTERS_N)):
        cls = class_at(m, at(P, STEPS, counter_of(m, route, k), STEP_PLACE))
        twin = at(P, TWINS, cls * P[N_SITES] + site, 0)
        if twin < 0 or not at(P, SERVED, day * P[N_CLASSES] + twin, 0):
            return False
    return True


@compiled
def burden_of(m: Memory, site: int, route: int, zone: int, now: int) -> Any:
    """Travel and weighed posted wait, in thousandths of a second."""
    P = m.P
    row = zone if zone >= 0 else P[N_TRAVEL] - 1
    travel = 1000 * at(P, TRAVEL, row * P[N_SITES] + site, 0)
    if not P[WEIGHT]:
        return travel
    asked = class_at(m, at(P, STEPS, counter_of(m, route, 0), STEP_PLACE))
    cls = at(P, TWINS, asked * P[N_SITES] + site, 0)
    waiting, t = 0, at(m.S, AT_CLASS, cls, C_HEAD)
    while t >= 0:
        if m.tickets[t].state == WAITING and m.rows[m.tickets[t].row].entered < now:
            waiting += 1
        t = m.tickets[t].next
    first, n = at(P, CLASSES, cls, CLASS_MANNED), at(P, CLASSES, cls, CLASS_MANNED_N)
    low, high = 0, n  # the last change that is not later than the second before
    while low < high:
        middle = (low + high) // 2
        if at(P, LISTS, first + 2 * middle, 0) <= now - 1:
            low = middle + 1
        else:
            high = middle
    k = low - 1 if low > 0 else n - 1
    windows = max(1, at(P, LISTS, first + 2 * k + 1, 0))
    return travel + P[WEIGHT] * (waiting * at(P, CLASSES, asked, CLASS_SERVICE) // windows)


# --- the front (`hall`, `tide`, `officer`) ---


@compiled
def take_ticket(m: Memory, c: int, visit: int, cls: int, patience: int, row: int, began: int, since: int, proc: int) -> Any:
    """Take a ticket: its place among those of its class is by (rank, second of entry, case, visit)."""
    S, tickets, now = m.S, m.tickets, m.S[NOW]
    t = S[FREE_TICKET]
    if t >= 0:
        S[FREE_TICKET] = tickets[t].next
    else:
        t = S[TICKETS_N]
        if t >= len(tickets):
            raise MemoryError("tickets")
        S[TICKETS_N] = t + 1
    ticket, case = tickets[t], m.cases[c]
    ticket.case, ticket.visit, ticket.cls, ticket.row, ticket.began, ticket.proc = c, visit, cls, row, began, proc
    ticket.entered = now if since == MISSING else since
    ticket.rank = 2 * case.priority - (1 if case.priority > 0 and case.booked == visit else 0)
    ticket.state, ticket.wish, ticket.until, ticket.leaves = WAITING, -1, MISSING, min(now + patience, m.P[END])
    before = at(S, AT_CLASS, cls, C_TAIL)
    while before >= 0 and sooner(tickets, t, before):
        before = tickets[before].before
    then = tickets[before].next if before >= 0 else at(S, AT_CLASS, cls, C_HEAD)
    ticket.before, ticket.next = before, then
    if before >= 0:
        tickets[before].next = t
    else:
        put(S, AT_CLASS, cls, C_HEAD, t)
        mark(m, LINES, 0, cls, True)
    if then >= 0:
        tickets[then].before = t
    else:
        put(S, AT_CLASS, cls, C_TAIL, t)
    S[HALL_ASKED] = 1
    board_changed(m, cls)
    shuts = at(m.P, HOURS, at(m.P, CLASSES, cls, CLASS_SITE) * m.P[DAYS] + now // DAY, CLOSES)
    if ticket.leaves < shuts or shuts <= now:  # otherwise he is sent home before
        push(m, now + patience, E_LEAVE, t, 0)
    return t


@compiled
def sooner(tickets: Tickets, a: int, b: int) -> Any:
    """Whether ticket a is called before ticket b of the same class."""
    x, y = tickets[a], tickets[b]
    if x.rank != y.rank:
        return x.rank < y.rank
    if x.entered != y.entered:
        return x.entered < y.entered
    if x.case != y.case:
        return x.case < y.case
    return x.visit < y.visit


@compiled
def drop_ticket(m: Memory, t: int) -> Any:
    """Take a ticket out of its queue and forget it."""
    S, ticket = m.S, m.tickets[t]
    if ticket.before >= 0:
        m.tickets[ticket.before].next = ticket.next
    else:
        put(S, AT_CLASS, ticket.cls, C_HEAD, ticket.next)
        if ticket.next < 0:
            mark(m, LINES, 0, ticket.cls, False)
    if ticket.next >= 0:
        m.tickets[ticket.next].before = ticket.before
    else:
        put(S, AT_CLASS, ticket.cls, C_TAIL, ticket.before)
    ticket.state, ticket.leaves, ticket.until = GONE, MISSING, MISSING
    ticket.next = S[FREE_TICKET]
    S[FREE_TICKET] = t


@compiled
def reserve(m: Memory, t: int, c: int, visit: int, cls: int) -> Any:
    """Let only the officer of his choice call a ticket, until that officer's interval ends."""
    P, now = m.P, m.S[NOW]
    site = at(P, CLASSES, cls, CLASS_SITE)
    if not at(P, SITES, site, SITE_CHOICE) or chance(m, c, CHOOSES_ONE, 0, key(m, c, visit), 0) >= P[CHOOSES]:
        return
    slot = (now // DAY) * P[N_CLASSES] + cls
    first, n = at(P, OFFICERS, slot, FIRST), at(P, OFFICERS, slot, N)
    best, until, least = -1, NEVER, NEVER
    for k in range(n):
        since, ends = at(P, LISTS, first + 3 * k, 0), at(P, LISTS, first + 3 * k + 1, 0)
        if since <= now < ends:
            w = at(P, LISTS, first + 3 * k + 2, 0)
            luck = chance(m, c, OFFICER, at(P, WINDOWS, w, WINDOW_LUCK), key(m, c, visit), 0)
            if luck < least or (luck == least and (w < best or (w == best and ends < until))):
                best, until, least = w, ends, luck
    if best >= 0:
        m.tickets[t].wish, m.tickets[t].until = best, until
        push(m, until, E_WISH, t, 0)


@compiled
def pace(m: Memory, post: int, base: int) -> Any:
    return max(1, (base * at(m.P, POSTS, post, POST_PACE) + 500) // 1000)


@compiled
def mark(m: Memory, table: int, row: int, member: int, on: int) -> Any:
    """Put a number into a set, or take it out; each row of the table is a set."""
    word = at(m.S, table, row, member // WORD)
    if on:
        put(m.S, table, row, member // WORD, word | 1 << (member % WORD))
    else:
        put(m.S, table, row, member // WORD, word & ~(1 << (member % WORD)))


@compiled
def release(m: Memory, window: int) -> Any:
    """Free a window at the end of a service; a tidal one that was closing is closed, and may open again."""
    put(m.S, AT_WINDOW, window, W_BUSY, 0)
    if at(m.S, AT_WINDOW, window, W_POST) >= 0:
        mark(m, FREE, 0, window, True)
    m.S[HALL_ASKED] = 1
    if at(m.P, WINDOWS, window, WINDOW_TIDE) >= 0:
        if at(m.S, AT_WINDOW, window, W_MANNED) >= 0 and at(m.S, AT_WINDOW, window, W_POST) < 0:
            tide_closed(m, window)
            tide_turn(m, window)


@compiled
def man(m: Memory, window: int, post: int) -> Any:
    """Let somebody call from a window, or nobody (-1)."""
    P, S = m.P, m.S
    old = at(S, AT_WINDOW, window, W_POST)
    if old >= 0:
        for k in range(at(P, POSTS, old, POST_CLASSES_N)):
            mark(m, SERVING, at(P, LISTS, at(P, POSTS, old, POST_CLASSES) + k, 0), window, False)
    put(S, AT_WINDOW, window, W_POST, post)
    mark(m, FREE, 0, window, post >= 0 and not at(S, AT_WINDOW, window, W_BUSY))
    if post >= 0:
        for k in range(at(P, POSTS, post, POST_CLASSES_N)):
            mark(m, SERVING, at(P, LISTS, at(P, POSTS, post, POST_CLASSES) + k, 0), window, True)
        S[HALL_ASKED] = 1


@compiled
def man_or_stand_by(m: Memory, window: int, post: int) -> Any:
    """A tidal window is not manned at the beginning of its post: it stands by."""
    if at(m.P, WINDOWS, window, WINDOW_TIDE) < 0:
        man(m, window, post)
        return
    tide_close(m, window)
    if post >= 0:
        put(m.S, AT_WINDOW, window, W_READY, post)
        tide_turn(m, window)


@compiled
def tide_turn(m: Memory, window: int) -> Any:
    """Open or close a tidal window as the board says."""
    P, S = m.P, m.S
    tide, post = at(P, WINDOWS, window, WINDOW_TIDE), at(S, AT_WINDOW, window, W_READY)
    waiting = 0
    for k in range(at(P, POSTS, post, POST_CLASSES_N)):
        waiting += at(S, AT_CLASS, at(P, LISTS, at(P, POSTS, post, POST_CLASSES) + k, 0), C_BOARD)
    manned = at(S, AT_WINDOW, window, W_MANNED)
    if manned < 0 and waiting > at(P, TIDES, tide, TIDE_ABOVE) and S[NOW] < at(P, POSTS, post, POST_CLOSES):
        put(S, AT_WINDOW, window, W_MANNED, post)
        put(S, AT_WINDOW, window, W_SINCE, S[NOW])
        tide_away(m, post, 1)
        man(m, window, post)
    elif manned >= 0 and waiting <= at(P, TIDES, tide, TIDE_BELOW):
        tide_close(m, window)


@compiled
def tide_close(m: Memory, window: int) -> Any:
    """Call nobody to a window any more; it is closed when it is free."""
    man(m, window, -1)
    if at(m.S, AT_WINDOW, window, W_MANNED) >= 0 and not at(m.S, AT_WINDOW, window, W_BUSY):
        tide_closed(m, window)


@compiled
def tide_closed(m: Memory, window: int) -> Any:
    S, n = m.S, m.S[SPELLS_N]
    if n >= len(m.spells):
        raise MemoryError("spells")
    post = at(S, AT_WINDOW, window, W_MANNED)
    m.spells[n].post, m.spells[n].since, m.spells[n].until = post, at(S, AT_WINDOW, window, W_SINCE), S[NOW]
    S[SPELLS_N] = n + 1
    put(S, AT_WINDOW, window, W_MANNED, -1)
    tide_away(m, post, -1)


@compiled
def tide_away(m: Memory, post: int, more: int) -> Any:
    home = at(m.P, POSTS, post, POST_HOME)
    if home >= 0:
        send(m, home, more)


@compiled
def board_changed(m: Memory, cls: int) -> Any:
    """Read the board at the end of this second."""
    if at(m.P, CLASSES, cls, CLASS_BOARD):
        m.S[BOARD_ASKED] = 1


@compiled
def read_board(m: Memory) -> Any:
    m.S[BOARD_ASKED] = 0
    for cls in range(m.P[N_CLASSES]):
        if at(m.P, CLASSES, cls, CLASS_BOARD):
            waiting, t = 0, at(m.S, AT_CLASS, cls, C_HEAD)
            while t >= 0:
                waiting += m.tickets[t].state == WAITING
                t = m.tickets[t].next
            put(m.S, AT_CLASS, cls, C_BOARD, waiting)
    push(m, m.S[NOW] + 1, E_TIDE, 0, 0)


@compiled
def tide(m: Memory) -> Any:
    for w in range(m.P[N_WINDOWS]):
        if at(m.S, AT_WINDOW, w, W_READY) >= 0:
            tide_turn(m, w)


@compiled
def shut(m: Memory, site: int) -> Any:
    """Send home who still waits when the hall shuts."""
    for cls in range(m.P[N_CLASSES]):
        if at(m.P, CLASSES, cls, CLASS_SITE) == site:
            t = at(m.S, AT_CLASS, cls, C_HEAD)
            while t >= 0:
                then, p = m.tickets[t].next, m.tickets[t].proc
                waited = m.tickets[t].state == WAITING
                if waited:
                    close_row(m, m.tickets[t].row, INTERRUPTED)
                    board_changed(m, cls)
                drop_ticket(m, t)
                if waited:
                    went(m, p)
                t = then


@compiled
def leave(m: Memory, t: int) -> Any:
    """Lose patience."""
    ticket = m.tickets[t]
    if ticket.state == WAITING and ticket.leaves == m.S[NOW]:
        p, cls = ticket.proc, ticket.cls
        close_row(m, ticket.row, LEFT)
        ticket.state = GONE
        board_changed(m, cls)
        went(m, p)


@compiled
def give_up_wish(m: Memory, t: int) -> Any:
    ticket = m.tickets[t]
    if ticket.until == m.S[NOW]:
        ticket.wish, ticket.until = -1, MISSING
        m.S[HALL_ASKED] = 1


@compiled
def void(m: Memory, t: int) -> Any:
    """Whether the owner of a ticket is gone and calling it costs nothing."""
    return m.tickets[t].state == GONE and at(m.P, CLASSES, m.tickets[t].cls, CLASS_NO_SHOW) == 0


@compiled
def dispatch_hall(m: Memory) -> Any:
    """Call tickets while there are calls to make; the first of all classes goes first."""
    P, S, tickets = m.P, m.S, m.tickets
    words, free, serving = P[WORDS], S[ROOM + 2 * FREE], S[ROOM + 2 * SERVING]
    S[HALL_ASKED] = 0
    while True:
        best, place = -1, -1
        for word in range(S[ROOM + 2 * LINES + 1]):
            lines = at(S, LINES, 0, word)
            while lines:
                cls = word * WORD + lowest(lines)
                lines &= lines - 1
                some = False
                for k in range(words):
                    some = some or (S[free + k] & S[serving + cls * words + k]) != 0
                t = at(S, AT_CLASS, cls, C_HEAD)
                while t >= 0 and void(m, t):
                    then = tickets[t].next
                    drop_ticket(m, t)
                    t = then
                if t < 0 or not some:
                    continue
                if best >= 0 and not earlier(m, t, best):
                    continue
                found, window = first_call(m, cls, t)
                if found >= 0 and (best < 0 or earlier(m, found, best)):
                    best, place = found, window
        if best < 0:
            return
        call(m, best, place)


@compiled
def earlier(m: Memory, a: int, b: int) -> Any:
    """Whether ticket a stands before ticket b, perhaps of another class."""
    x, y = m.tickets[a], m.tickets[b]
    if x.rank != y.rank or x.entered != y.entered or x.case != y.case or x.visit != y.visit:
        return sooner(m.tickets, a, b)
    return x.cls < y.cls


@compiled
def first_call(m: Memory, cls: int, t: int) -> Any:
    """The first ticket of a class, from its head t on, that may be called now, and the first window that may call it."""
    P, S, now = m.P, m.S, m.S[NOW]
    words, free, serving = P[WORDS], S[ROOM + 2 * FREE], S[ROOM + 2 * SERVING] + cls * P[WORDS]
    everybody = P[CHOOSES] == 0
    if everybody:
        everybody = False
        for k in range(words):
            here = S[free + k] & S[serving + k]
            while here:
                w = k * WORD + lowest(here)
                here &= here - 1
                if now < at(P, POSTS, at(S, AT_WINDOW, w, W_POST), POST_CLOSES):
                    everybody = True
    while t >= 0:
        ticket = m.tickets[t]
        if not void(m, t):
            for k in range(words):
                here = S[free + k] & S[serving + k]
                while here:
                    w = k * WORD + lowest(here)
                    here &= here - 1
                    ends = at(P, POSTS, at(S, AT_WINDOW, w, W_POST), POST_CLOSES)
                    if (now < ends or ticket.began < ends) and (ticket.wish < 0 or ticket.wish == w):
                        return t, w
        if everybody:
            return -1, -1
        t = ticket.next
    return -1, -1


@compiled
def call(m: Memory, t: int, window: int) -> Any:
    """Call a ticket to a window; whose owner has gone costs time."""
    P, S, ticket = m.P, m.S, m.tickets[t]
    now, cls, post = S[NOW], ticket.cls, at(S, AT_WINDOW, window, W_POST)
    put(S, AT_WINDOW, window, W_BUSY, 1)
    mark(m, FREE, 0, window, False)
    if ticket.state == GONE:
        old = m.rows[ticket.row]
        r = begin_row(m, ticket.case, ticket.visit, old.step, K_SERVICE, MISSING, now)
        m.rows[r].queue, m.rows[r].post, m.rows[r].site = at(P, CLASSES, cls, CLASS_QUEUE), window + 1, old.site
        push(m, now + at(P, CLASSES, cls, CLASS_NO_SHOW), E_NOBODY, r, window)
        drop_ticket(m, t)
        board_changed(m, cls)
        return
    row = m.rows[ticket.row]
    row.kind, row.start, row.post = K_SERVICE, now, window + 1
    p = ticket.proc
    drop_ticket(m, t)
    board_changed(m, cls)
    called(m, p, post)


@compiled
def nobody_came(m: Memory, r: int, window: int) -> Any:
    close_row(m, r, NO_SHOW)
    release(m, window)


# --- the citizen (`process`, `contact`) ---


@compiled
def arrive(m: Memory, k: int) -> Any:
    """Let one citizen with one Need begin."""
    a = m.arrivals[k]
    start_item(m, a.need, 0, a.base, a.files, a.online, a.booked, a.date, a.number)


@compiled
def start_item(m: Memory, need: int, part: int, base: int, files: int, wants: int, booked: int, date: int, number: int) -> Any:
    """Come for one item of a Need: online, at a machine, or at the counter."""
    P, now = m.P, m.S[NOW]
    first, n = at(P, NEEDS, need, NEED_ITEMS), at(P, NEEDS, need, NEED_ITEMS_N)
    item = at(P, LISTS, first + part, 0)
    online = 1 if wants and at(P, ITEMS, item, ITEM_ONLINE) >= 0 else 0
    for file in range(files):
        new_case(m, base + file, need, need, part, item, file, files, online, 0, date, number)
    zone, machine = -1, 0
    if P[ZONED]:
        luck, zone = chance(m, base, ZONE, 0, 1, 0), 0
        while zone < P[ZONED] - 1 and at(P, ZONE_SHARES, need, zone) <= luck:
            zone += 1
    route = at(P, ITEMS, item, ITEM_SELF)
    if not online and route >= 0 and chance(m, base, SELF, 0, 1, 0) < P[SELF_SERVICE]:
        there = not P[SEVERAL]
        if not there:
            hall = hall_of(m, base, need, item, m.cases[base].route, 1, 0, zone, MISSING, 0, now)
            there = site_of_route(m, route) == hall
        machine = 1 if there else 0
    for file in range(files):
        case = m.cases[base + file]
        case.wants, case.machine, case.arrived, case.zone, case.booked = wants, machine, now, zone, booked if part == 0 else 0
        case.then = base + file + 1 if file + 1 < files else -1
        if machine:
            take_route(m, base + file, route)
    more = part + 1 < n
    m.cases[base].follow = 1 if more else 0
    if online:
        m.cases[base].follow |= 2
        for file in range(files):
            m.cases[base + file].visit, m.cases[base + file].received = 1, now
            start(m, base + file, at(P, ROUTES, m.cases[base + file].route, ROUTE_FIRST), now)
        return
    p = new_proc(m, P_VISIT, base)
    m.procs[p].visit, m.procs[p].chain = 1, base if more else -1
    begin_visit(m, p)


@compiled
def begin_visit(m: Memory, p: int) -> Any:
    """One coming to the hall with some files."""
    proc, now = m.procs[p], m.S[NOW]
    lead = m.cases[proc.first]
    site = hall_of(m, proc.first, lead.need, lead.item, lead.route, proc.visit, lead.booked, lead.zone, lead.accepted, lead.site, now)
    proc.began, proc.route, proc.site = now, lead.route, site
    proc.since, proc.brought = MISSING, 0
    c = proc.first
    while c >= 0:
        m.cases[c].visit, m.cases[c].site = proc.visit, site
        c = m.cases[c].then
    if proc.counter == 0:
        find_window(m, p)
    else:
        to_counter(m, p)


@compiled
def find_window(m: Memory, p: int) -> Any:
    """Ask at the guide desk, or take the first ticket at the wrong window."""
    P, proc = m.P, m.procs[p]
    lead, visit, now = proc.first, proc.visit, m.S[NOW]
    if at(P, CLASSES, at(P, STEPS, counter_of(m, proc.route, 0), STEP_PLACE), CLASS_MACHINE):
        to_counter(m, p)
        return
    proc.right = ticket_class(m, lead, at(P, STEPS, counter_of(m, proc.route, 0), STEP_PLACE))  # as he knows it who sets out
    desk = at(P, SITES, proc.site, SITE_DESK)
    if desk >= 0 and at(P, SERVED, (now // DAY) * P[N_CLASSES] + desk, 0):
        if chance(m, lead, ASKS, 0, key(m, lead, visit), 0) < P[ASKS_DESK]:
            r = begin_row(m, lead, visit, L_GUIDE, K_QUEUE, MISSING, MISSING)
            m.rows[r].site, m.rows[r].queue = site_label(m, proc.site), at(P, CLASSES, desk, CLASS_QUEUE)
            proc.stage, proc.row = P_ASKS, r
            take_ticket(m, lead, visit, desk, DAY, r, now, MISSING, p)
            return
    go_astray(m, p, 0)


@compiled
def site_label(m: Memory, site: int) -> Any:
    return site + 1


@compiled
def go_astray(m: Memory, p: int, asked: int) -> Any:
    proc = m.procs[p]
    if chance(m, proc.first, MISROUTED_BY, 0, key(m, proc.first, proc.visit), 0) < m.P[MISROUTED + asked]:
        proc.bounce, proc.last = 0, -1
        refer(m, p)
    else:
        to_counter(m, p)


@compiled
def mixed(x: int) -> Any:
    """A 32-bit number in which every bit of x counts."""
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return x ^ (x >> 16)


@compiled
def refer(m: Memory, p: int) -> Any:
    """Stand at a wrong window, or at last at the right one."""
    P, proc = m.P, m.procs[p]
    k, lead, visit, site, day = proc.bounce, proc.first, proc.visit, proc.site, proc.began // DAY
    detail, duty = DETAIL_NUMBER + k if k else 0, at(P, SITES, site, SITE_DUTY)
    right = proc.right
    some = False
    for cls in range(P[N_CLASSES]):
        some = some or wrong_one(m, cls, site, right, proc.last, day)
    if k > BOUNCES or not some or (k and chance(m, lead, BOUNCED_BY, detail, key(m, lead, visit), 0) >= P[BOUNCED + duty]):
        to_counter(m, p)
        return
    luck = chance(m, lead, WRONG, detail, key(m, lead, visit), 0)
    best, least = -1, NEVER
    for cls in range(P[N_CLASSES]):
        if wrong_one(m, cls, site, right, proc.last, day):
            x = mixed(luck ^ at(P, CLASSES, cls, CLASS_MARK))
            if x < least:
                best, least = cls, x
    proc.last, proc.stage = best, P_ASTRAY
    wait(m, p, lead, visit, best, L_REFERRAL, 90 + k, proc.began, proc.since, proc.brought)


@compiled
def wrong_one(m: Memory, cls: int, site: int, right: int, last: int, day: int) -> Any:
    P = m.P
    return (
        at(P, CLASSES, cls, CLASS_SITE) == site
        and cls != right
        and cls != last
        and at(P, CLASSES, cls, CLASS_TICKETED) == 1
        and at(P, SITES, site, SITE_DESK) != cls
        and at(P, SERVED, day * P[N_CLASSES] + cls, 0) == 1
    )


@compiled
def to_counter(m: Memory, p: int) -> Any:
    """Take the ticket of the counter one has come to."""
    P, proc = m.P, m.procs[p]
    proc.step, proc.stage = counter_of(m, proc.route, proc.counter), P_WAITS
    cls = ticket_class(m, proc.first, at(P, STEPS, proc.step, STEP_PLACE))
    since, brought = proc.since, proc.brought
    proc.since, proc.brought = MISSING, 0
    label = at(P, STEPS, proc.step, STEP_LABEL)
    wait(m, p, proc.first, proc.visit, cls, label, proc.counter, proc.began, since, brought)


@compiled
def wait(m: Memory, p: int, c: int, visit: int, cls: int, label: int, position: int, began: int, since: int, brought: int) -> Any:
    """Take a ticket and wait; whoever comes too late is sent home at once."""
    P, now = m.P, m.S[NOW]
    cls = class_at(m, cls)
    site = at(P, CLASSES, cls, CLASS_SITE)
    r = begin_row(m, c, visit, label, K_QUEUE, now, MISSING)
    m.rows[r].site, m.rows[r].queue = site_label(m, site), at(P, CLASSES, cls, CLASS_QUEUE)
    m.procs[p].row = r
    if now >= at(P, HOURS, site * P[DAYS] + now // DAY, CLOSES) or began % DAY >= at(P, SITES, site, SITE_STOP):
        close_row(m, r, INTERRUPTED)
        went(m, p)
        return
    patience = DAY
    if not brought:
        patience = seconds(m, c, P[PATIENCE], PATIENCE_OF, DETAIL_NUMBER + position, key(m, c, visit), 0)
    t = take_ticket(m, c, visit, cls, patience, r, began, since, p)
    if P[CHOOSES]:
        reserve(m, t, c, visit, cls)


@compiled
def called(m: Memory, p: int, post: int) -> Any:
    """A post has called: the service begins."""
    P, proc, now = m.P, m.procs[p], m.S[NOW]
    proc.post = post
    c, visit = proc.first, proc.visit
    if proc.stage == P_WAITS:
        proc.current = c
        serve(m, p)
        return
    if proc.stage == P_ASKS:
        desk, assists = at(P, SITES, proc.site, SITE_DESK_TOUCH), at(P, SITES, proc.site, SITE_ASSISTS)
        lasts = seconds(m, c, desk, GUIDE, 0, key(m, c, visit), 0)
        f = c
        while f >= 0:
            if assists >= 0 and at(P, ITEMS, m.cases[f].item, ITEM_CLASS) != CONSULTATION:
                m.cases[f].helped = 1
                lasts += seconds(m, f, assists, ASSISTS, 0, key(m, f, visit), m.cases[f].file)
            f = m.cases[f].then
        proc.stage = P_GUIDED
    elif proc.stage == P_ASTRAY:
        detail, duty = DETAIL_NUMBER + proc.bounce if proc.bounce else 0, at(P, SITES, proc.site, SITE_DUTY)
        lasts = seconds(m, c, at(P, SITES, proc.site, SITE_WRONG), WRONG_WINDOW, detail, key(m, c, visit), 0)
        if duty:
            lasts += seconds(m, c, at(P, SITES, proc.site, SITE_DUTY_TOUCH), FIRST_CONTACT, detail, key(m, c, visit), 0)
            if proc.since == MISSING:
                proc.since = m.rows[proc.row].entered
            proc.brought = 1 if duty == 2 else 0
        proc.stage = P_REFERRED
    elif proc.stage == P_MEND_WAITS:
        first = counter_of(m, at(P, ITEMS, m.cases[c].item, ITEM_COUNTER), 0)
        lasts = max(1, work(m, c, first) * at(P, SITES, site_at(m, m.cases[c].site), SITE_INCOMPLETE) // 1000)
        proc.stage = P_MENDED
    else:  # P_COLLECT_WAITS
        lasts = seconds(m, c, at(P, ROUTES, proc.route, ROUTE_TOUCH), COLLECT, 0, key(m, c, 1), m.cases[c].file)
        m.rows[proc.other].start = now
        proc.stage = P_COLLECTED
    push(m, now + pace(m, post, lasts), E_GO_ON, p, 0)


@compiled
def serve(m: Memory, p: int) -> Any:
    """Serve one file at a counter; papers are looked at at the first one."""
    P, proc = m.P, m.procs[p]
    c, first, post = proc.current, proc.counter == 0, proc.post
    case = m.cases[c]
    lasts, outcome, reason = work(m, c, proc.step), DONE, NONE
    site, luck = site_at(m, case.site), key(m, c, proc.visit)
    if first and case.received == MISSING and sent_on(m, c):
        lasts = seconds(m, c, at(P, SITES, site, SITE_WRONG), WRONG_WINDOW, DETAIL_SENT_ON, luck, case.file)
        outcome, reason = NOT_ACCEPTED, L_SENT_ON
    elif first and case.complete == MISSING and at(P, ITEMS, case.item, ITEM_CLASS) != CONSULTATION:
        again_there = 1 if case.received != MISSING else 0
        limit = complete_limit(m, at(P, SITES, site, SITE_RULES), again_there, c)
        unlisted = at(P, POSTS, post, POST_UNLISTED)
        if chance(m, c, COMPLETE_PAPERS, 0, luck, case.file) >= limit:
            if chance(m, c, CORRECTED_AT_ONCE, 0, luck, case.file) < P[CORRECTED]:
                lasts = (lasts * at(P, SITES, site, SITE_CORRECTION) + 500) // 1000
            elif chance(m, c, WRONGLY, 0, luck, case.file) < at(P, POSTS, post, POST_WRONG):
                case.flawed = 1
            else:
                lasts, outcome = (lasts * at(P, SITES, site, SITE_INCOMPLETE) + 500) // 1000, SUPPLEMENT
        elif unlisted and chance(m, c, UNLISTED, 0, luck, case.file) < unlisted:
            lasts, outcome, reason = (lasts * at(P, SITES, site, SITE_INCOMPLETE) + 500) // 1000, SUPPLEMENT, L_UNLISTED
    proc.outcome, proc.reason, proc.stage = outcome, reason, P_SERVED
    push(m, m.S[NOW] + pace(m, post, max(1, lasts)), E_GO_ON, p, 0)


@compiled
def complete_limit(m: Memory, rules: int, again_there: int, c: int) -> Any:
    """The threshold of complete papers under a version of the rules; the desk's help is used up."""
    P, case = m.P, m.cases[c]
    limit = at(P, COMPLETE, ((2 * rules + again_there) * P[N_NEEDS] + case.need) * P[N_ITEMS] + case.item, 0)
    if case.helped:
        limit = max(limit, at(P, NEEDS, case.need, NEED_ASSISTED))
    case.helped = 0
    return limit


@compiled
def served(m: Memory, p: int) -> Any:
    """A file has been served: note what came of it, then the next file, then what follows from all."""
    proc, now = m.procs[p], m.S[NOW]
    c, r, visit = proc.current, proc.row, proc.visit
    case = m.cases[c]
    m.rows[r].end, m.rows[r].outcome, m.rows[r].reason = now, proc.outcome, proc.reason
    if proc.counter == 0 and proc.outcome != NOT_ACCEPTED:
        if case.received == MISSING:
            case.received = now
        if proc.outcome == DONE:
            if case.accepted == MISSING:
                case.accepted = now
            if case.complete == MISSING and not case.flawed:
                case.complete = now
        else:
            notice(m, c)
    then = case.then
    case.then = -1
    if proc.reason == L_SENT_ON:
        to_department(m, c, visit)
    elif proc.outcome == SUPPLEMENT:
        if proc.sent < 0:
            proc.sent = c
        else:
            m.cases[proc.sent_last].then = c
        proc.sent_last = c
    else:
        if proc.served < 0:
            proc.served = c
        else:
            m.cases[proc.served_last].then = c
        proc.served_last = c
    if then >= 0:
        n = begin_row(m, then, visit, at(m.P, STEPS, proc.step, STEP_LABEL), K_SERVICE, MISSING, now)
        m.rows[n].queue, m.rows[n].site, m.rows[n].post = m.rows[r].queue, m.rows[r].site, m.rows[r].post
        proc.row, proc.current = n, then
        serve(m, p)
        return
    release(m, at(m.P, POSTS, proc.post, POST_WINDOW))
    leave_counter(m, p)


@compiled
def leave_counter(m: Memory, p: int) -> Any:
    """All files were served at this counter: steps are finished, and those with more to do go to the next counter."""
    proc = m.procs[p]
    first, proc.served = proc.served, -1
    c = first
    while c >= 0:
        if deferred(m, c, site_at(m, proc.site)):
            pass_on(m, c, L_DEFERRED)
        else:
            complete(m, c, proc.step)
        c = m.cases[c].then
    kept, last, c = -1, -1, first
    while c >= 0:
        case, then = m.cases[c], m.cases[c].then
        case.then = -1
        if not case.closed and not case.passed:
            if kept < 0:
                kept = c
            else:
                m.cases[last].then = c
            last = c
        c = then
    proc.first = kept
    proc.counter += 1
    if kept >= 0 and proc.counter < at(m.P, ROUTES, proc.route, ROUTE_COUNTERS_N):
        to_counter(m, p)
    else:
        end_visit(m, p)


@compiled
def end_visit(m: Memory, p: int) -> Any:
    """Whoever was told what is missing mends it at home and comes again."""
    proc = m.procs[p]
    sent, visit = proc.sent, proc.visit
    proc.sent = -1
    if sent >= 0:
        sent = again(m, sent, visit)
    if sent < 0:
        over(m, p)
        return
    proc.first, proc.visit, proc.counter, proc.stage = sent, visit + 1, 0, P_VISIT
    wd = count(m, sent, m.P[SUPPLEMENT_WD], SUPPLEMENT_AFTER, 0, key(m, sent, visit), 0)
    sleep_till_return(m, p, sent, wd, visit + 1)


@compiled
def went(m: Memory, p: int) -> Any:
    """Who waited has left, or was sent home."""
    proc = m.procs[p]
    c = proc.first
    if proc.stage == P_MEND_WAITS:
        free_proc(m, p)
        mend(m, c)
    elif proc.stage == P_COLLECT_WAITS:
        case, proc.tries = m.cases[c], proc.tries + 1
        wd = count(m, c, m.P[COMES_BACK_WD], COMES_BACK_AFTER, 0, key(m, c, case.visit), case.file)
        if proc.tries >= at(m.P, ITEMS, case.item, ITEM_VISITS):
            moment(m, c, case.visit, K_ALERT, m.S[NOW], DONE, L_MAX_VISITS)
            free_proc(m, p)
            close_case(m, c, DONE)
        else:
            collect_again(m, p, wd)
    else:
        gave_up(m, c, proc.visit, proc.counter)
        end_visit(m, p)


@compiled
def gave_up(m: Memory, first: int, visit: int, position: int) -> Any:
    """Come back another day to where one left, or never."""
    if chance(m, first, BACK, 0, key(m, first, visit), 0) < m.P[COMES_BACK]:
        kept = again(m, first, visit)
        if kept >= 0:
            p = new_proc(m, P_VISIT, kept)
            m.procs[p].visit, m.procs[p].counter = visit + 1, position
            wd = count(m, kept, m.P[COMES_BACK_WD], COMES_BACK_AFTER, 0, key(m, kept, visit), 0)
            sleep_till_return(m, p, kept, wd, visit + 1)
        return
    c = first
    while c >= 0:
        then = m.cases[c].then
        m.cases[c].then = -1
        close_case(m, c, WITHDRAWN)
        c = then


@compiled
def go_on(m: Memory, p: int) -> Any:
    """A process that slept or served goes on."""
    proc = m.procs[p]
    stage, c, now = proc.stage, proc.first, m.S[NOW]
    if stage == P_SERVED:
        served(m, p)
    elif stage == P_VISIT:
        begin_visit(m, p)
    elif stage == P_GUIDED:
        close_row(m, proc.row, DONE)
        release(m, at(m.P, POSTS, proc.post, POST_WINDOW))
        go_astray(m, p, 1)
    elif stage == P_REFERRED:
        close_row(m, proc.row, NOT_ACCEPTED)
        m.rows[proc.row].reason = L_WRONG_WINDOW
        release(m, at(m.P, POSTS, proc.post, POST_WINDOW))
        proc.bounce += 1
        refer(m, p)
    elif stage == P_DEPARTMENT:
        case, visit = m.cases[c], proc.visit
        free_proc(m, p)
        case.visit, case.looked, case.received = visit + 1, visit, now
        pass_on(m, c, L_SENT_ON)
    elif stage == P_MENDS:
        case = m.cases[c]
        case.visit += 1
        if not case.online and case.passed != L_SENT_ON:
            first = counter_of(m, at(m.P, ITEMS, case.item, ITEM_COUNTER), 0)
            proc.stage = P_MEND_WAITS
            cls = ticket_class(m, c, at(m.P, STEPS, first, STEP_PLACE))
            wait(m, p, c, case.visit, cls, L_SUPPLEMENT, 80, now, MISSING, 0)
        else:
            free_proc(m, p)
            mended(m, c)
    elif stage == P_MENDED:
        close_row(m, proc.row, DONE)
        release(m, at(m.P, POSTS, proc.post, POST_WINDOW))
        m.cases[c].complete = now
        free_proc(m, p)
        mended(m, c)
    elif stage == P_COLLECTS:
        proc.stage = P_COLLECT_WAITS
        cls = ticket_class(m, c, at(m.P, ROUTES, proc.route, ROUTE_COLLECT))
        wait(m, p, c, m.cases[c].visit, cls, L_COLLECT, 70, now, MISSING, 0)
    elif stage == P_COLLECTED:
        close_row(m, proc.row, DONE)
        release(m, at(m.P, POSTS, proc.post, POST_WINDOW))
        r = proc.other
        free_proc(m, p)
        handed_over(m, c, r)
    elif stage == P_MAILED:
        r = proc.other
        free_proc(m, p)
        handed_over(m, c, r)
    else:  # P_NEXT_ITEM
        case = m.cases[c]
        free_proc(m, p)
        start_item(m, case.need, case.part + 1, c + case.files, case.files, case.wants, case.booked, case.date, case.number)


# --- papers: missing ones, results (`process`) ---


@compiled
def to_department(m: Memory, c: int, visit: int) -> Any:
    """Go to the department itself on the next working day."""
    if once_more(m, c, visit):
        p = new_proc(m, P_DEPARTMENT, c)
        m.procs[p].visit = visit
        sleep_till_return(m, p, c, 1, visit + 1)


@compiled
def mend(m: Memory, c: int) -> Any:
    """A department found papers missing: the applicant mends them, and the steps are done again."""
    case = m.cases[c]
    wd = count(m, c, m.P[SUPPLEMENT_WD], SUPPLEMENT_AFTER, 0, key(m, c, 50 + case.visit), case.file)
    if once_more(m, c, case.visit):
        p = new_proc(m, P_MENDS, c)
        sleep_till_return(m, p, c, wd, 50 + case.visit)


@compiled
def mended(m: Memory, c: int) -> Any:
    case = m.cases[c]
    steps = case.redo
    case.mended, case.redo, case.flawed = m.S[NOW], 0, 0
    first = at(m.P, ROUTES, case.route, ROUTE_FIRST)
    while steps:
        k = lowest(steps)
        steps &= steps - 1
        start(m, c, first + k, m.S[NOW])


@compiled
def notice(m: Memory, c: int) -> Any:
    """Tell the applicant, once and in full, what is missing."""
    moment(m, c, m.cases[c].visit, K_NOTICE, m.S[NOW], DONE, L_SUPPLEMENT)


@compiled
def deliver(m: Memory, c: int) -> Any:
    """All steps are done: hand over in this visit, online, by mail, or let it be collected."""
    P, case, now = m.P, m.cases[c], m.S[NOW]
    route = case.route if not case.passed else at(P, ITEMS, case.item, ITEM_COUNTER)
    collects, mail = at(P, ROUTES, route, ROUTE_COLLECT), at(P, ROUTES, route, ROUTE_MAIL_WD)
    if case.decided == MISSING:
        case.decided = now
    if case.online or not at(P, ROUTES, case.route, ROUTE_BACK):
        handed(m, c, L_ONLINE if case.online else L_COUNTER)
    elif collects >= 0 and chance(m, c, COLLECT, 0, key(m, c, 1), case.file) < at(P, ROUTES, route, ROUTE_COLLECTS):
        r = begin_row(m, c, case.visit, L_DELIVERY, K_DELIVERY, now, MISSING)
        m.rows[r].reason = L_COUNTER
        p = new_proc(m, P_COLLECTS, c)
        m.procs[p].other, m.procs[p].route = r, route
        collect_again(m, p, count(m, c, P[COLLECT_WD], COLLECT_AFTER, 0, key(m, c, 1), case.file))
    elif mail >= 0:
        wd = count(m, c, mail, MAIL, 0, key(m, c, 1), case.file)
        r = begin_row(m, c, case.visit, L_DELIVERY, K_DELIVERY, now, now)
        m.rows[r].reason = L_MAIL
        p = new_proc(m, P_MAILED, c)
        m.procs[p].other = r
        push(m, later(m, now, wd), E_GO_ON, p, 0)
    else:
        handed(m, c, L_MAIL)


@compiled
def collect_again(m: Memory, p: int, wd: int) -> Any:
    """Set out for the result."""
    proc = m.procs[p]
    proc.stage = P_COLLECTS
    case = m.cases[proc.first]
    case.visit += 1
    sleep_till_return(m, p, proc.first, wd, case.visit)


@compiled
def handed(m: Memory, c: int, way: int) -> Any:
    case = m.cases[c]
    r = begin_row(m, c, case.visit, L_DELIVERY, K_DELIVERY, case.decided, m.S[NOW])
    m.rows[r].reason = way
    handed_over(m, c, r)


@compiled
def handed_over(m: Memory, c: int, r: int) -> Any:
    m.cases[c].delivered = m.S[NOW]
    close_row(m, r, DONE)
    close_case(m, c, DONE)


# --- files that are passed on (`passing`) ---


@compiled
def sent_on(m: Memory, c: int) -> Any:
    """Whether the right window sends the citizen on to the department."""
    case = m.cases[c]
    share = at(m.P, ITEMS, case.item, ITEM_SENT_ON)
    return not case.machine and share > 0 and chance(m, c, SENT_ON, 0, key(m, c, 1), case.file) < share


@compiled
def deferred(m: Memory, c: int, site: int) -> Any:
    """Whether the officer takes a case in for the department that its class lets him decide, alone and at once."""
    P, case = m.P, m.cases[c]
    if case.machine or at(P, ITEMS, case.item, ITEM_CLASS) != INSTANT or at(P, ITEMS, case.item, ITEM_ONLINE) < 0:
        return False
    if at(P, ROUTES, case.route, ROUTE_LAST) - at(P, ROUTES, case.route, ROUTE_FIRST) > 1:
        return False
    share = at(P, SITES, site, SITE_DEFERS)
    return share > 0 and chance(m, c, DEFERS, 0, key(m, c, 1), case.file) < share


@compiled
def pass_on(m: Memory, c: int, why: int) -> Any:
    """Give a file to the department."""
    m.cases[c].passed = why
    take_route(m, c, at(m.P, ITEMS, m.cases[c].item, ITEM_ONLINE))
    start(m, c, at(m.P, ROUTES, m.cases[c].route, ROUTE_FIRST), m.S[NOW])


# --- the back (`office`, `joint`) ---


@compiled
def start(m: Memory, c: int, step: int, since: int) -> Any:
    """Begin a step that nobody else's end begins."""
    if begin(m, c, step, since):
        complete(m, c, step)


@compiled
def begin(m: Memory, c: int, step: int, since: int) -> Any:
    """A step's predecessors are finished: start what the step is. Whether it is finished at once instead."""
    P = m.P
    if P[JOINT] and m.hearings[c].silent & bit(m, c, step):
        return True
    if P[N_BELLS]:
        watch(m, c)
    share = at(P, STEPS, step, STEP_SHARE)
    if share < FULL and chance(m, c, SHARE, at(P, STEPS, step, STEP_SHARE_LUCK), 1, m.cases[c].file) >= share:
        return True
    kind = at(P, STEPS, step, STEP_KIND)
    if kind == TASK:
        task(m, c, step, since)
    elif kind == TRANSFER:
        transfer(m, c, step, since)
    elif kind == SUSPENSION:
        suspend(m, c, step, since)
    else:
        meet(m, c, step, since)
    return False


@compiled
def complete(m: Memory, c: int, step: int) -> Any:
    """A step is finished: decide if it decides, go on to what waited for it, deliver when nothing is left to wait for.

    What is finished at once by that is worked off on a stack of (step, successors told, whether to look if all is done).
    """
    P, S = m.P, m.S
    top = 0
    told = enter(m, c, step)
    put(S, FRAMES, 0, 0, step)
    put(S, FRAMES, 0, 1, 0)
    put(S, FRAMES, 0, 2, told)
    while top >= 0:
        step, k, told = at(S, FRAMES, top, 0), at(S, FRAMES, top, 1), at(S, FRAMES, top, 2)
        if told and k < at(P, STEPS, step, STEP_NEXT_N):
            put(S, FRAMES, top, 1, k + 1)
            following = at(P, LISTS, at(P, STEPS, step, STEP_NEXT) + k, 0)
            if not m.cases[c].closed and reach(m, c, following) and begin(m, c, following, S[NOW]):
                top += 1
                put(S, FRAMES, top, 0, following)
                put(S, FRAMES, top, 1, 0)
                put(S, FRAMES, top, 2, enter(m, c, following))
        else:
            top -= 1
            if told == 2 and m.cases[c].done == at(P, ROUTES, m.cases[c].route, ROUTE_AWAITED) and not m.cases[c].closed:
                deliver(m, c)


@compiled
def enter(m: Memory, c: int, step: int) -> Any:
    """Note that a step is finished; 0: nobody is told, 1: who waited is told, 2: and all may be done."""
    P, case = m.P, m.cases[c]
    if P[JOINT]:
        h, here = m.hearings[c], bit(m, c, step)
        h.finished |= here
        asked = at(P, STEPS, step, STEP_ASKED)
        if asked >= 0 and not case.closed:
            if not h.given & here:
                h.given |= here
                if not objects(m, c, step):
                    h.positive |= here
            if at(P, ASKED, asked, ASKED_VETO) and not h.positive & here:
                if not h.vetoed:
                    h.vetoed = 1
                    later_today(m, ABANDON_LIST, E_VETO, c)
                return 0
        if h.unawaited & here:
            return 0 if case.closed else 1
    if case.closed or at(P, STEPS, step, STEP_AFTERWARDS):
        return 0
    if at(P, STEPS, step, STEP_DECIDES):
        decide(m, c, denied(m, c), NONE)
    case.done += 1
    return 2


@compiled
def later_today(m: Memory, phase: int, kind: int, a: int) -> Any:
    """Let something happen in the last phase of this second."""
    S = m.S
    e = S[FREE_EVENT]
    if e >= 0:
        S[FREE_EVENT] = m.events[e].next
    else:
        e = S[EVENTS_N]
        if e >= len(m.events):
            raise MemoryError("events")
        S[EVENTS_N] = e + 1
    event = m.events[e]
    event.t, event.kind, event.a, event.next = S[NOW], kind, a, S[phase]
    S[phase] = e


@compiled
def reach(m: Memory, c: int, following: int) -> Any:
    """One of the steps that `following` waits for is finished; whether it begins now."""
    P, case = m.P, m.cases[c]
    place = c * P[LONGEST] + following - at(P, ROUTES, case.route, ROUTE_FIRST)
    heard = at(P, STEPS, following, STEP_HEARD)
    m.missing[place] -= 1
    if heard < 0 or at(P, HEARD, heard, HEARD_K) == 0 or m.missing[place] <= 0:
        return m.missing[place] == 0 and at(P, STEPS, following, STEP_KIND) != COUNTER
    h = m.hearings[c]
    here, brought = h.finished | case.behind, 0
    first = at(P, HEARD, heard, HEARD_BRINGS)
    for k in range(at(P, HEARD, heard, HEARD_BRINGS_N)):
        if at(P, LISTS, first + 2 * k, 0) & here:
            brought |= at(P, LISTS, first + 2 * k + 1, 0)
    positive = bits_of(brought & (h.positive | ~h.given))
    alone = at(P, HEARD, heard, HEARD_ALONE)
    if positive >= at(P, HEARD, heard, HEARD_K) and alone & here == alone:
        lost = at(P, HEARD, heard, HEARD_BEFORE) & ~here & ~h.unawaited
        h.unawaited |= lost
        case.done += bits_of(lost)
        m.missing[place] = 0
        return True
    return False


@compiled
def bits_of(x: int) -> Any:
    n = 0
    while x:
        x &= x - 1
        n += 1
    return n


@compiled
def work(m: Memory, c: int, step: int) -> Any:
    """The base seconds of a step: the sum of the work it contains."""
    P, total = m.P, 0
    first, visit = at(P, STEPS, step, STEP_WORKS), max(1, int(m.cases[c].visit))
    for k in range(at(P, STEPS, step, STEP_WORKS_N)):
        detail, law, factor = at(P, LISTS, first + 3 * k, 0), at(P, LISTS, first + 3 * k + 1, 0), at(P, LISTS, first + 3 * k + 2, 0)
        lasts = seconds(m, c, law, WORK, detail, visit, m.cases[c].file)
        total += max(1, (lasts * factor + 500) // 1000)
    return max(1, total)


@compiled
def step_chance(m: Memory, c: int, purpose: int, step: int) -> Any:
    return chance(m, c, purpose, at(m.P, STEPS, step, STEP_LUCK), 1, m.cases[c].file)


@compiled
def step_days(m: Memory, c: int, purpose: int, step: int, law: int) -> Any:
    return count(m, c, law, purpose, at(m.P, STEPS, step, STEP_LUCK), 1, m.cases[c].file)


@compiled
def objects(m: Memory, c: int, step: int) -> Any:
    return step_chance(m, c, OBJECTS, step) < at(m.P, ASKED, at(m.P, STEPS, step, STEP_ASKED), ASKED_OBJECTS)


@compiled
def denied(m: Memory, c: int) -> Any:
    """Whether the step that decides denies the case."""
    P, case = m.P, m.cases[c]
    own = chance(m, c, DENIAL, at(P, ITEMS, case.item, ITEM_LUCK), 1, case.file) < at(P, ITEMS, case.item, ITEM_DENIAL)
    if own or not P[JOINT]:
        return own
    h = m.hearings[c]
    first = at(P, ROUTES, case.route, ROUTE_FIRST)
    for step in range(first, at(P, ROUTES, case.route, ROUTE_LAST)):
        asked, heard = at(P, STEPS, step, STEP_ASKED), at(P, STEPS, step, STEP_HEARD)
        here = 1 << (step - first)
        if asked >= 0 and at(P, ASKED, asked, ASKED_ALL) and h.given & here and not h.positive & here:
            return True
        if heard >= 0 and at(P, HEARD, heard, HEARD_K):
            if bits_of(at(P, HEARD, heard, HEARD_OPINIONS) & (h.positive | ~h.given)) < at(P, HEARD, heard, HEARD_K):
                return True
    return False


@compiled
def decide(m: Memory, c: int, refused: int, reason: int) -> Any:
    case = m.cases[c]
    case.decided = m.S[NOW]
    if case.complete == MISSING:
        case.complete = case.accepted  # what nobody found missing passes as complete
    moment(m, c, case.visit, K_DECISION, m.S[NOW], DENIED if refused else DONE, reason)
    if refused:
        case.delivered = case.decided
        close_case(m, c, DENIED)


@compiled
def new_paper(m: Memory, c: int, step: int, row: int) -> Any:
    n = m.S[FILES_N]
    if n >= len(m.papers):
        raise MemoryError("papers")
    m.S[FILES_N] = n + 1
    paper = m.papers[n]
    paper.case, paper.step, paper.row, paper.pool, paper.flags, paper.ready = c, step, row, -1, 0, 0
    paper.next = paper.before = -1
    paper.sibling = m.cases[c].papers
    m.cases[c].papers = n
    return n


@compiled
def task(m: Memory, c: int, step: int, since: int) -> Any:
    P, case, now = m.P, m.cases[c], m.S[NOW]
    where = pool_at(m, at(P, STEPS, step, STEP_PLACE))
    r = begin_row(m, c, case.visit, at(P, STEPS, step, STEP_LABEL), K_TASK, since, MISSING)
    row = m.rows[r]
    row.queue, row.department, row.people = (
        at(P, POOLS, where, POOL_QUEUE),
        at(P, POOLS, where, POOL_DEPARTMENT),
        at(P, STEPS, step, STEP_PEOPLE),
    )
    if at(P, POOLS, where, POOL_LEADER):
        row.reason = L_LEADER
    if case.passed and at(P, STEPS, step, STEP_ACCEPTANCE):
        row.reason = case.passed
    ready, delay = since, at(P, STEPS, step, STEP_DELAY_WD)
    if delay >= 0:
        ready = later(m, ready, step_days(m, c, DELAY, step, delay))
    stall, stalled = at(P, STEPS, step, STEP_STALL), False
    if stall > 0 and step_chance(m, c, STALL, step) < stall:
        ready = later(m, ready, step_days(m, c, STALL_WD, step, at(P, STEPS, step, STEP_STALL_WD)))
        row.reason, stalled = L_STALL, True
    n = new_paper(m, c, step, r)
    if ready <= now:
        enqueue(m, n, ready, case.standing)
    else:
        m.papers[n].ready = min(ready, P[END])
        if stalled and delay < 0 and P[N_BELLS]:
            m.papers[n].flags |= F_IDLE
            push(m, ready, E_READY, n, 1)
        else:
            push(m, ready, E_READY, n, 0)
    asked = at(P, STEPS, step, STEP_ASKED)
    if asked >= 0 and at(P, ASKED, asked, ASKED_WD) > 0 and at(P, ASKED, asked, ASKED_LATE) != BLOCK:
        push(m, max(later(m, since, at(P, ASKED, asked, ASKED_WD)), now + 1), E_DUE, n, 0)


@compiled
def ready_now(m: Memory, n: int, idle: int) -> Any:
    """A file is there; one that lay idle comes unless it was woken before."""
    if idle:
        if not m.papers[n].flags & F_IDLE:
            return
        m.papers[n].flags &= ~F_IDLE
    enqueue(m, n, m.papers[n].ready, m.cases[m.papers[n].case].standing)


@compiled
def enqueue(m: Memory, n: int, ready: int, standing: int) -> Any:
    """Put a file into its queue; one whose row has ended never comes, one that was put first is there already, or comes first."""
    paper = m.papers[n]
    first = paper.flags & F_FIRST
    if m.rows[paper.row].end != MISSING or (first and at(m.P, STEPS, paper.step, STEP_DELAY_WD) < 0):
        return
    put_in(m, n, ready, FIRST_OF_ALL if first else standing)


@compiled
def put_in(m: Memory, n: int, ready: int, standing: int) -> Any:
    """Put a file into its pool's queue: by (standing, ready, case, step)."""
    paper = m.papers[n]
    where = pool_at(m, at(m.P, STEPS, paper.step, STEP_PLACE))
    paper.ready, paper.standing = ready, standing
    insert(m, n, where)
    ask_pool(m, where)


@compiled
def ask_pool(m: Memory, where: int) -> Any:
    mark(m, ASKED_POOLS, 0, where, True)
    m.S[POOLS_ASKED] = 1


@compiled
def before_paper(papers: Papers, a: int, b: int) -> Any:
    x, y = papers[a], papers[b]
    if x.standing != y.standing:
        return x.standing < y.standing
    if x.ready != y.ready:
        return x.ready < y.ready
    if x.case != y.case:
        return x.case < y.case
    return x.step < y.step


@compiled
def insert(m: Memory, n: int, where: int) -> Any:
    """Find the place of a file from the end of a queue, or from its head where it goes before most."""
    S, papers = m.S, m.papers
    paper, head, tail = papers[n], at(m.S, AT_POOL, where, Q_FIRST), at(m.S, AT_POOL, where, Q_LAST)
    paper.pool = where
    if tail >= 0 and paper.standing < papers[tail].standing:
        then = head
        while then >= 0 and not before_paper(papers, n, then):
            then = papers[then].next
        before = papers[then].before if then >= 0 else tail
    else:
        before = tail
        while before >= 0 and before_paper(papers, n, before):
            before = papers[before].before
        then = papers[before].next if before >= 0 else head
    paper.before, paper.next = before, then
    if before >= 0:
        papers[before].next = n
    else:
        put(S, AT_POOL, where, Q_FIRST, n)
    if then >= 0:
        papers[then].before = n
    else:
        put(S, AT_POOL, where, Q_LAST, n)


@compiled
def take_off(m: Memory, n: int) -> Any:
    """Take a file out of its queue."""
    S, papers, paper = m.S, m.papers, m.papers[n]
    where = paper.pool
    if paper.before >= 0:
        papers[paper.before].next = paper.next
    else:
        put(S, AT_POOL, where, Q_FIRST, paper.next)
    if paper.next >= 0:
        papers[paper.next].before = paper.before
    else:
        put(S, AT_POOL, where, Q_LAST, paper.before)
    paper.pool = -1


@compiled
def dispatch_pool(m: Memory, where: int) -> Any:
    P, S, now = m.P, m.S, m.S[NOW]
    while at(S, AT_POOL, where, Q_OPEN):
        n = at(S, AT_POOL, where, Q_FIRST)
        if n < 0:
            return
        paper = m.papers[n]
        people = at(P, STEPS, paper.step, STEP_PEOPLE)
        busy = at(S, AT_POOL, where, Q_BUSY)
        if people > at(S, AT_POOL, where, Q_HEAD) - at(S, AT_POOL, where, Q_AWAY) - busy:
            return
        take_off(m, n)
        put(S, AT_POOL, where, Q_BUSY, busy + people)
        m.rows[paper.row].start = now
        pace_here = at(P, PACE, where * P[DAYS] + now // DAY, 0)
        push(m, finish(m, where, now, max(1, (work(m, paper.case, paper.step) * pace_here + 500) // 1000)), E_FINISH, n, where)


@compiled
def finish(m: Memory, where: int, t: int, left: int) -> Any:
    """When `left` seconds of work begun at t are done under a pool's calendar, then its heir's; NEVER beyond the horizon."""
    P, began = m.P, t
    while where >= 0:
        first, n = at(P, POOLS, where, POOL_SPANS), at(P, POOLS, where, POOL_SPANS_N)
        low, high = 0, n
        while low < high:
            middle = (low + high) // 2
            if at(P, SPANS, first + middle, OPENS) <= began:
                low = middle + 1
            else:
                high = middle
        for k in range(max(0, low - 1), n):
            t = max(t, at(P, SPANS, first + k, OPENS))
            closes = at(P, SPANS, first + k, CLOSES)
            if t + left <= closes:
                return t + left
            left -= max(0, closes - t)
        where, began = at(P, POOLS, where, POOL_HEIR), t
    return NEVER


@compiled
def finish_task(m: Memory, n: int, where: int) -> Any:
    paper, now_with = m.papers[n], pool_at(m, where)
    put(m.S, AT_POOL, now_with, Q_BUSY, at(m.S, AT_POOL, now_with, Q_BUSY) - at(m.P, STEPS, paper.step, STEP_PEOPLE))
    ask_pool(m, now_with)
    finished(m, paper.case, paper.step, paper.row, paper.flags & F_LATE)


@compiled
def finished(m: Memory, c: int, step: int, r: int, late: int) -> Any:
    """Work on a file has ended: go on, or do it again once the papers are there."""
    case, row = m.cases[c], m.rows[r]
    row.end, row.outcome = m.S[NOW], DONE
    if late:
        return
    if at(m.P, STEPS, step, STEP_ACCEPTANCE) and not accept(m, c):
        case.flawed = 1
    if case.flawed and not case.closed:
        row.outcome = SUPPLEMENT
        alone = case.redo == 0
        case.redo |= bit(m, c, step)
        if alone:
            notice(m, c)
            later_today(m, RETURN_LIST, E_RETURN, c)
    elif case.mended != MISSING and row.start < case.mended and not case.closed:
        row.outcome = SUPPLEMENT  # it was done with the old papers
        start(m, c, step, m.S[NOW])
    else:
        complete(m, c, step)
        if at(m.P, STEPS, step, STEP_ASKED) >= 0 and objects(m, c, step):
            row.outcome = DENIED


@compiled
def accept(m: Memory, c: int) -> Any:
    """Look at papers filed online, or brought by who was sent on; whether they are complete."""
    case = m.cases[c]
    if case.flawed or case.complete != MISSING:
        return True
    limit = complete_limit(m, 0, 1 if case.mended != MISSING else 0, c)
    visit = case.looked if case.mended == MISSING else case.visit
    if chance(m, c, COMPLETE_PAPERS, 0, key(m, c, visit), case.file) >= limit:
        return False
    case.complete = case.received if case.mended == MISSING else case.mended
    if case.accepted == MISSING:
        case.accepted = m.S[NOW]
    return True


@compiled
def transfer(m: Memory, c: int, step: int, since: int) -> Any:
    """Go with the next run of papers."""
    P, now = m.P, m.S[NOW]
    site = site_at(m, m.cases[c].site)
    first, n = at(P, SITES, site, SITE_RUNS), at(P, SITES, site, SITE_RUNS_N)
    r = begin_row(m, c, m.cases[c].visit, at(P, STEPS, step, STEP_LABEL), K_TRANSFER, since, MISSING)
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if at(P, LISTS, first + 2 * middle, 0) < now:
            low = middle + 1
        else:
            high = middle
    if low < n and at(P, LISTS, first + 2 * low, 0) < P[END]:
        m.rows[r].start = at(P, LISTS, first + 2 * low, 0)
        push(m, at(P, LISTS, first + 2 * low + 1, 0), E_AFTER, new_paper(m, c, step, r), 0)


@compiled
def suspend(m: Memory, c: int, step: int, since: int) -> Any:
    """Stop the clock for a procedure by others."""
    P, S, now = m.P, m.S, m.S[NOW]
    reason = at(P, STEPS, step, STEP_REASON)
    if at(P, STEPS, step, STEP_NOTICED):
        moment(m, c, m.cases[c].visit, K_NOTICE, since, DONE, reason)
    r = begin_row(m, c, m.cases[c].visit, at(P, STEPS, step, STEP_LABEL), K_SUSPENSION, since, since)
    m.rows[r].reason = reason
    ends = max(now + 1, later(m, since, step_days(m, c, LASTS, step, at(P, STEPS, step, STEP_LASTS_WD))))
    if P[N_BELLS] and at(P, STEPS, step, STEP_STOPS):
        n = S[STOPS_N]
        if n >= len(m.stops):
            raise MemoryError("stops")
        S[STOPS_N] = n + 1
        m.stops[n].start, m.stops[n].end, m.stops[n].next = since, min(ends, P[END]), m.cases[c].stops
        m.cases[c].stops = n
    push(m, ends, E_AFTER, new_paper(m, c, step, r), 0)


@compiled
def after(m: Memory, n: int) -> Any:
    """A run has arrived, or a procedure by others has ended."""
    paper = m.papers[n]
    close_row(m, paper.row, DONE)
    complete(m, paper.case, paper.step)


@compiled
def send(m: Memory, pool: int, more: int) -> Any:
    """Let members of a pool leave for a tidal window, or come back (-1)."""
    S, where, n = m.S, pool_at(m, pool), m.S[SENDS_N]
    if n >= len(m.sends):
        raise MemoryError("sends")
    m.sends[n].pool, m.sends[n].t, m.sends[n].more = where, S[NOW], more
    S[SENDS_N] = n + 1
    put(S, AT_POOL, where, Q_AWAY, at(S, AT_POOL, where, Q_AWAY) + more)
    ask_pool(m, where)


@compiled
def succeed(m: Memory, k: int) -> Any:
    """Hand people at work and waiting files to the heirs."""
    P, S = m.P, m.S
    for j in range(at(P, SUCCESSIONS, k, SUCCESSION_GONE_N)):
        pool = at(P, LISTS, at(P, SUCCESSIONS, k, SUCCESSION_GONE) + j, 0)
        heir = at(P, POOLS, pool, POOL_HEIR)
        put(S, AT_POOL, heir, Q_BUSY, at(S, AT_POOL, heir, Q_BUSY) + at(S, AT_POOL, pool, Q_BUSY))
        put(S, AT_POOL, heir, Q_SITTING, at(S, AT_POOL, heir, Q_SITTING) + at(S, AT_POOL, pool, Q_SITTING))
        if at(S, AT_POOL, pool, Q_AWAY):
            send(m, heir, at(S, AT_POOL, pool, Q_AWAY))
        while at(S, AT_POOL, pool, Q_FIRST) >= 0:
            n = at(S, AT_POOL, pool, Q_FIRST)
            take_off(m, n)
            insert(m, n, heir)
        ask_pool(m, heir)


# --- opinions (`joint`) ---


@compiled
def veto(m: Memory, c: int) -> Any:
    """End the case now; work begun goes on, and in the next second the files that wait are called back."""
    if not m.cases[c].closed:
        decide(m, c, True, L_VETO)
        push(m, m.S[NOW] + 1, E_CALL_BACK, c, 0)


@compiled
def call_back(m: Memory, c: int) -> Any:
    n = m.cases[c].papers
    while n >= 0:
        row = m.rows[m.papers[n].row]
        if row.kind == K_TASK and row.start == MISSING and row.end == MISSING:
            take_out(m, n, L_VETO)
        n = m.papers[n].sibling
    for k in range(m.P[N_SITTINGS]):
        before, n = -1, at(m.S, AT_SITTING, k, M_FIRST)
        while n >= 0:
            then = m.papers[n].next
            if m.papers[n].case == c:
                close_row(m, m.papers[n].row, INTERRUPTED)
                m.rows[m.papers[n].row].reason = L_VETO
                if before < 0:
                    put(m.S, AT_SITTING, k, M_FIRST, then)
                else:
                    m.papers[before].next = then
            else:
                before = n
            n = then


@compiled
def due(m: Memory, n: int) -> Any:
    """The time to answer is over; who is done in this very second is in time."""
    P, now, paper = m.P, m.S[NOW], m.papers[n]
    c, step, r = paper.case, paper.step, paper.row
    case, h = m.cases[c], m.hearings[c]
    if m.rows[r].end != MISSING or case.closed or h.unawaited & bit(m, c, step):
        return
    deemed = at(P, ASKED, at(P, STEPS, step, STEP_ASKED), ASKED_LATE) == DEEMED
    where = pool_at(m, at(P, STEPS, step, STEP_PLACE))
    a = begin_row(m, c, case.visit, at(P, STEPS, step, STEP_LABEL), K_ALERT, now, now)
    m.rows[a].queue, m.rows[a].department = at(P, POOLS, where, POOL_QUEUE), at(P, POOLS, where, POOL_DEPARTMENT)
    m.rows[a].reason = L_DEEMED if deemed else L_LATE
    close_row(m, a, DONE)
    if deemed:
        h.given |= bit(m, c, step)
        h.positive |= bit(m, c, step)
        h.silent |= at(P, ASKED, at(P, STEPS, step, STEP_ASKED), ASKED_SILENT)
        if m.rows[r].start == MISSING:
            take_out(m, n, L_DEEMED)
        else:
            m.rows[r].reason = L_DEEMED
            paper.flags |= F_LATE
        complete(m, c, step)
    elif m.rows[r].start == MISSING:
        paper.flags |= F_FIRST
        if paper.pool >= 0:
            ready = paper.ready
            where = paper.pool
            take_off(m, n)
            ask_pool(m, where)
            put_in(m, n, ready, FIRST_OF_ALL)
        elif at(P, STEPS, step, STEP_DELAY_WD) < 0:
            put_in(m, n, now, FIRST_OF_ALL)


@compiled
def take_out(m: Memory, n: int, reason: int) -> Any:
    paper = m.papers[n]
    close_row(m, paper.row, INTERRUPTED)
    m.rows[paper.row].reason = reason
    if paper.pool >= 0:
        where = paper.pool
        take_off(m, n)
        ask_pool(m, where)


# --- meetings (`meetings`) ---


@compiled
def meet(m: Memory, c: int, step: int, since: int) -> Any:
    """A case is ready for its meeting."""
    P = m.P
    sitting = at(P, STEPS, step, STEP_SITTING)
    convenes = pool_at(m, at(P, LISTS, at(P, SITTINGS, sitting, SIT_POOLS), 0))
    r = begin_row(m, c, m.cases[c].visit, at(P, STEPS, step, STEP_LABEL), K_MEETING, since, MISSING)
    row = m.rows[r]
    row.queue, row.department = at(P, SITTINGS, sitting, SIT_LABEL), at(P, POOLS, convenes, POOL_DEPARTMENT)
    row.people = at(P, SITTINGS, sitting, SIT_POOLS_N)
    n = new_paper(m, c, step, r)
    m.papers[n].ready = since
    m.papers[n].next = at(m.S, AT_SITTING, sitting, M_FIRST)
    put(m.S, AT_SITTING, sitting, M_FIRST, n)
    call_meeting(m, sitting, m.S[NOW])


@compiled
def call_meeting(m: Memory, k: int, earliest: int) -> Any:
    """See to it that there is a next meeting where somebody waits for one."""
    P, S = m.P, m.S
    if at(S, AT_SITTING, k, M_FIRST) < 0 or at(S, AT_SITTING, k, M_CALLED) >= 0:
        return
    earliest = max(earliest, at(S, AT_SITTING, k, M_UNTIL))
    first, n = at(P, SITTINGS, k, SIT_DATES), at(P, SITTINGS, k, SIT_DATES_N)
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if at(P, LISTS, first + middle, 0) < earliest:
            low = middle + 1
        else:
            high = middle
    if low < n:
        date = at(P, LISTS, first + low, 0)
        put(S, AT_SITTING, k, M_CALLED, date)
        if date == S[NOW]:
            S[CALLED_NOW] = 1
        else:
            push(m, date, E_CALL, k, 0)


@compiled
def convene(m: Memory, k: int) -> Any:
    """Handle what is ready, up to the capacity, if there is a quorum; the rest waits for the next date."""
    P, S, papers = m.P, m.S, m.papers
    now = t = S[NOW]
    day, bodies = now // DAY, at(P, SITTINGS, k, SIT_POOLS_N)
    put(S, AT_SITTING, k, M_CALLED, -1)
    present, row = 0, S[ROOM + 2 * PRESENT] + k * S[ROOM + 2 * PRESENT + 1]
    for j in range(bodies):
        where = pool_at(m, at(P, LISTS, at(P, SITTINGS, k, SIT_POOLS) + j, 0))
        if anybody(m, where, day):
            S[row + present] = where
            present += 1
    before, n = -1, at(S, AT_SITTING, k, M_FIRST)
    waiting = 0
    while n >= 0:  # who is over waits no longer
        then = papers[n].next
        if m.cases[papers[n].case].closed:
            if before < 0:
                put(S, AT_SITTING, k, M_FIRST, then)
            else:
                papers[before].next = then
        else:
            papers[n].standing = m.cases[papers[n].case].standing
            before = n
            waiting += 1
        n = then
    if present < at(P, SITTINGS, k, SIT_QUORUM):
        n = at(S, AT_SITTING, k, M_FIRST)
        while n >= 0:
            c = papers[n].case
            a = begin_row(m, c, m.cases[c].visit, at(P, STEPS, papers[n].step, STEP_LABEL), K_ALERT, now, now)
            m.rows[a].reason = L_NO_QUORUM
            close_row(m, a, DONE)
            n = papers[n].next
    else:
        for _ in range(min(at(P, SITTINGS, k, SIT_CAPACITY), waiting)):
            n = next_case(m, k)
            if t == now:
                take_up(m, n, present)
            else:
                push(m, t, E_TAKE_UP, n, present)
            t += work(m, papers[n].case, papers[n].step)
            push(m, t, E_MET, n, 0)
        if t > now:
            put(S, AT_SITTING, k, M_UNTIL, t)
            put(S, AT_SITTING, k, M_PRESENT_N, present)
            for j in range(present):
                where = S[row + j]
                put(S, AT_POOL, where, Q_BUSY, at(S, AT_POOL, where, Q_BUSY) + 1)
                put(S, AT_POOL, where, Q_SITTING, at(S, AT_POOL, where, Q_SITTING) + 1)
            push(m, t, E_RISE, k, 0)
    call_meeting(m, k, now + 1)


@compiled
def next_case(m: Memory, k: int) -> Any:
    """Take the case that is first in the order of (standing, second of entry, case, step) out of those that wait."""
    papers = m.papers
    best = before_best = before = -1
    n = at(m.S, AT_SITTING, k, M_FIRST)
    while n >= 0:
        if best < 0 or before_paper(papers, n, best):
            best, before_best = n, before
        before, n = n, papers[n].next
    if before_best < 0:
        put(m.S, AT_SITTING, k, M_FIRST, papers[best].next)
    else:
        papers[before_best].next = papers[best].next
    return best


@compiled
def take_up(m: Memory, n: int, people: int) -> Any:
    row = m.rows[m.papers[n].row]
    row.start, row.people = m.S[NOW], people


@compiled
def rise(m: Memory, k: int) -> Any:
    S = m.S
    for j in range(at(S, AT_SITTING, k, M_PRESENT_N)):
        where = pool_at(m, S[S[ROOM + 2 * PRESENT] + k * S[ROOM + 2 * PRESENT + 1] + j])
        put(S, AT_POOL, where, Q_BUSY, at(S, AT_POOL, where, Q_BUSY) - 1)
        put(S, AT_POOL, where, Q_SITTING, at(S, AT_POOL, where, Q_SITTING) - 1)
        ask_pool(m, where)


@compiled
def anybody(m: Memory, where: int, day: int) -> Any:
    """Whether a pool has anybody that day who is not absent, at a tidal window or at another table."""
    P, S = m.P, m.S
    gone = at(S, AT_POOL, where, Q_AWAY) + at(S, AT_POOL, where, Q_SITTING)
    first, n = at(P, POOLS, where, POOL_SPANS), at(P, POOLS, where, POOL_SPANS_N)
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if at(P, SPANS, first + middle, OPENS) < day * DAY:
            low = middle + 1
        else:
            high = middle
    while low < n and at(P, SPANS, first + low, OPENS) < (day + 1) * DAY:
        if at(P, SPANS, first + low, MEMBERS) > gone:
            return True
        low += 1
    return False


# --- efficiency supervision (`supervision`) ---


@compiled
def watch(m: Memory, c: int) -> Any:
    """Set the alarms of a case whose papers are complete; once."""
    case = m.cases[c]
    if case.complete == MISSING or case.watched:
        return
    case.watched = 1
    for bell in range(m.P[N_BELLS]):
        set_bell(m, c, bell)


@compiled
def set_bell(m: Memory, c: int, bell: int) -> Any:
    when = bell_due(m, c, bell)
    if when <= m.P[END]:
        push(m, max(when, m.S[NOW]), E_BELL, c, bell)


@compiled
def bell_due(m: Memory, c: int, bell: int) -> Any:
    """The second at which the bell's share of the promise is used up, as the clock stands now (`clocks.due_day`); NEVER without one."""
    P, case, now = m.P, m.cases[c], m.S[NOW]
    promise = at(P, ITEMS, case.item, ITEM_PROMISE_ONLINE if case.online else ITEM_PROMISE)
    if promise <= 0:
        return NEVER
    limit = at(P, BELLS, bell, BELL_USED) * promise // 1000
    since = (case.complete if case.complete != MISSING else 0) // DAY
    reached, lengths, moved, revived = -NEVER, 0, 0, True
    last_start, last_end, last_n = -NEVER, -NEVER, -1
    while True:  # the stops in the order of (day of begin, day of end)
        start_day, end_day, found = NEVER, NEVER, -1
        n = case.stops
        while n >= 0:
            a, b = m.stops[n].start // DAY, max(min(m.stops[n].end, now), m.stops[n].start) // DAY
            behind = a > last_start or (a == last_start and (b > last_end or (b == last_end and n > last_n)))
            if behind and since <= a and (found < 0 or a < start_day or (a == start_day and (b < end_day or (b == end_day and n < found)))):
                start_day, end_day, found = a, b, n
            n = m.stops[n].next
        if found < 0:
            break
        last_start, last_end, last_n = start_day, end_day, found
        on_the_day = start_day <= reached or start_day == since or worked(m, start_day)
        a, b = max(start_day, reached), max(end_day, reached)
        reached = b
        low, high = max(0, rank(m, a) - rank(m, since)), max(0, rank(m, b) - rank(m, since))
        charged = low - lengths
        lengths += high - low
        in_time = charged < limit or (charged == limit and on_the_day)
        if in_time and revived:
            moved += high - low
        revived = revived and in_time
    if limit + moved == 0:
        return (since + 1) * DAY
    k = rank(m, since) + limit + moved - 1
    if k >= P[N_WORKED]:
        raise ValueError("calendar")
    return (at(P, WORKED, k, 0) + 1) * DAY


@compiled
def rank(m: Memory, day: int) -> Any:
    """How many working dates are covered up to a day, it included."""
    return at(m.P, RANK, day - m.P[FIRST_DAY], 0)


@compiled
def worked(m: Memory, day: int) -> Any:
    k = rank(m, day) - 1
    return k >= 0 and at(m.P, WORKED, k, 0) == day


@compiled
def ring(m: Memory, c: int, bell: int) -> Any:
    P, case, now = m.P, m.cases[c], m.S[NOW]
    if case.closed or (case.decided != MISSING and case.decided < now):
        return
    when = bell_due(m, c, bell)
    if when != NEVER and when > now:
        set_bell(m, c, bell)
        return
    if not at(P, BELLS, bell, BELL_SINCE) <= now < at(P, BELLS, bell, BELL_UNTIL):
        return
    moment(m, c, case.visit, K_ALERT, now, DONE, at(P, BELLS, bell, BELL_LEVEL))
    if -at(P, BELLS, bell, BELL_AHEAD) < case.standing:
        case.standing = -at(P, BELLS, bell, BELL_AHEAD)
        n = case.papers
        while n >= 0:
            paper = m.papers[n]
            if paper.pool >= 0:
                where, standing = paper.pool, min(paper.standing, case.standing)
                if standing != paper.standing:
                    take_off(m, n)
                    paper.standing = standing
                    insert(m, n, where)
                ask_pool(m, where)
            n = paper.sibling
    if at(P, BELLS, bell, BELL_WAKES):
        n = case.papers
        while n >= 0:
            if m.papers[n].flags & F_IDLE:
                m.papers[n].flags &= ~F_IDLE
                enqueue(m, n, now, case.standing)
            n = m.papers[n].sibling


# --- the run ---


@compiled
def happen(m: Memory, e: int) -> Any:
    """Do what an event says, if its phase is that of state changes; else keep it for its phase."""
    S, event = m.S, m.events[e]
    kind, a, b = event.kind, event.a, event.b
    if kind == E_DUE:
        event.next = S[DUE_LIST]
        S[DUE_LIST] = e
        return
    if kind == E_LEAVE:
        event.next = S[ABANDON_LIST]
        S[ABANDON_LIST] = e
        return
    free_event(m, e)
    if kind == E_GO_ON:
        go_on(m, a)
    elif kind == E_FINISH:
        finish_task(m, a, b)
    elif kind == E_READY:
        ready_now(m, a, b)
    elif kind == E_AFTER:
        after(m, a)
    elif kind == E_NOBODY:
        nobody_came(m, a, b)
    elif kind == E_WISH:
        give_up_wish(m, a)
    elif kind == E_BELL:
        ring(m, a, b)
    elif kind == E_TAKE_UP:
        take_up(m, a, b)
    elif kind == E_MET:
        finished(m, m.papers[a].case, m.papers[a].step, m.papers[a].row, 0)
    elif kind == E_RISE:
        rise(m, a)
    elif kind == E_CALL_BACK:
        call_back(m, a)
    elif kind == E_TIDE:
        tide(m)
    elif kind == E_CALL:
        S[CALLED_NOW] = 1


@compiled
def work_off(m: Memory, s: int) -> Any:
    """Work off the list of a second of today, and what comes into it meanwhile."""
    while m.heads[s] >= 0:
        e = m.heads[s]
        m.heads[s] = -1
        m.bits[s // WORD] &= ~(1 << (s % WORD))
        while e >= 0:
            then = m.events[e].next
            happen(m, e)
            e = then


@compiled
def work_off_due(m: Memory, s: int) -> Any:
    """Let the times to answer of this second end one after another, by case and step."""
    while m.S[DUE_LIST] >= 0:
        best = before_best = before = -1
        e = m.S[DUE_LIST]
        while e >= 0:
            if best < 0 or sooner_due(m, e, best):
                best, before_best = e, before
            before, e = e, m.events[e].next
        if before_best < 0:
            m.S[DUE_LIST] = m.events[best].next
        else:
            m.events[before_best].next = m.events[best].next
        n = m.events[best].a
        free_event(m, best)
        due(m, n)
    work_off(m, s)


@compiled
def sooner_due(m: Memory, a: int, b: int) -> Any:
    x, y = m.papers[m.events[a].a], m.papers[m.events[b].a]
    return x.case < y.case or (x.case == y.case and x.step < y.step)


@compiled
def begin_second(m: Memory, t: int) -> Any:
    """What the plan has for this second: heirs, windows manned and left, pools, closings, citizens."""
    P, S = m.P, m.S
    while S[NEXT_SUCCESSION] < P[N_SUCCESSIONS] and at(P, SUCCESSIONS, S[NEXT_SUCCESSION], SUCCESSION_AT) == t:
        S[ERA] += 1
        succeed(m, S[NEXT_SUCCESSION])
        S[NEXT_SUCCESSION] += 1
    while S[NEXT_POOL] < P[N_POOL_BOUNDARIES] and at(P, POOL_BOUNDARIES, S[NEXT_POOL], PB_WHEN) == t:
        k = S[NEXT_POOL]
        pool = at(P, POOL_BOUNDARIES, k, PB_POOL)
        opens = at(P, POOL_BOUNDARIES, k, PB_OPENS)
        put(S, AT_POOL, pool, Q_OPEN, opens)
        if opens:
            put(S, AT_POOL, pool, Q_HEAD, at(P, POOL_BOUNDARIES, k, PB_MEMBERS))
            ask_pool(m, pool)
        S[NEXT_POOL] += 1
    while S[NEXT_BOUNDARY] < P[N_BOUNDARIES] and at(P, BOUNDARIES, S[NEXT_BOUNDARY], WHEN) == t:
        k = S[NEXT_BOUNDARY]
        post = at(P, BOUNDARIES, k, WHO)
        window = at(P, POSTS, post, POST_WINDOW)
        if at(P, BOUNDARIES, k, WHAT):
            man_or_stand_by(m, window, post)
        elif at(S, AT_WINDOW, window, W_POST) == post:
            man_or_stand_by(m, window, -1)
        S[NEXT_BOUNDARY] += 1
    while S[NEXT_CLOSING] < P[N_CLOSINGS] and at(P, CLOSINGS, S[NEXT_CLOSING], WHEN) == t:
        shut(m, at(P, CLOSINGS, S[NEXT_CLOSING], WHAT))
        S[NEXT_CLOSING] += 1
    while S[NEXT_ARRIVAL] < len(m.arrivals) and m.arrivals[S[NEXT_ARRIVAL]].t <= t:
        arrive(m, S[NEXT_ARRIVAL])
        S[NEXT_ARRIVAL] += 1


@compiled
def second(m: Memory, t: int) -> Any:
    """One second: state changes, then times to answer, meetings, dispatch, abandonments, and the board."""
    P, S = m.P, m.S
    S[NOW] = t
    s = t % DAY
    begin_second(m, t)
    work_off(m, s)
    if S[DUE_LIST] >= 0:
        work_off_due(m, s)
    if S[CALLED_NOW]:
        S[CALLED_NOW] = 0
        for k in range(P[N_SITTINGS]):
            if at(S, AT_SITTING, k, M_CALLED) == t:
                convene(m, k)
        work_off(m, s)
    while S[HALL_ASKED] or S[POOLS_ASKED] or S[ABANDON_LIST] >= 0:
        if S[HALL_ASKED]:
            dispatch_hall(m)
        if S[POOLS_ASKED]:
            S[POOLS_ASKED] = 0
            for word in range(S[ROOM + 2 * ASKED_POOLS + 1]):
                asked = at(S, ASKED_POOLS, 0, word)
                put(S, ASKED_POOLS, 0, word, 0)
                while asked:
                    dispatch_pool(m, word * WORD + lowest(asked))
                    asked &= asked - 1
        e = S[ABANDON_LIST]
        S[ABANDON_LIST] = -1
        while e >= 0:
            then, kind, a = m.events[e].next, m.events[e].kind, m.events[e].a
            free_event(m, e)
            if kind == E_LEAVE:
                leave(m, a)
            else:
                veto(m, a)
            e = then
    while S[RETURN_LIST] >= 0:
        e = S[RETURN_LIST]
        S[RETURN_LIST] = m.events[e].next
        c = m.events[e].a
        free_event(m, e)
        if not m.cases[c].closed:
            mend(m, c)
    if S[BOARD_ASKED]:
        read_board(m)


@compiled
def planned(m: Memory) -> Any:
    """The next second for which the plan or the draws have anything."""
    P, S, t = m.P, m.S, NEVER
    if S[NEXT_ARRIVAL] < len(m.arrivals):
        t = min(t, max(S[NOW] + 1, int(m.arrivals[S[NEXT_ARRIVAL]].t)))
    if S[NEXT_SUCCESSION] < P[N_SUCCESSIONS]:
        t = min(t, at(P, SUCCESSIONS, S[NEXT_SUCCESSION], SUCCESSION_AT))
    if S[NEXT_POOL] < P[N_POOL_BOUNDARIES]:
        t = min(t, at(P, POOL_BOUNDARIES, S[NEXT_POOL], PB_WHEN))
    if S[NEXT_BOUNDARY] < P[N_BOUNDARIES]:
        t = min(t, at(P, BOUNDARIES, S[NEXT_BOUNDARY], WHEN))
    if S[NEXT_CLOSING] < P[N_CLOSINGS]:
        t = min(t, at(P, CLOSINGS, S[NEXT_CLOSING], WHEN))
    return t


@compiled
def next_event(m: Memory, s: int) -> Any:
    """The first second of today from s on that has an event; a day's length where there is none."""
    if s >= DAY:
        return DAY
    word = s // WORD
    here = m.bits[word] & ~((1 << (s % WORD)) - 1)
    while here == 0:
        word += 1
        if word >= len(m.bits):
            return DAY
        here = m.bits[word]
    return word * WORD + lowest(here)


@compiled
def open_backlog(m: Memory) -> Any:
    """Put the cases that are already under way before the steps they wait for."""
    P, c = m.P, 0
    idle = rank(m, -1)  # working dates before the first day
    for k in range(P[N_OPENING]):
        need, item = at(P, OPENING, k, OPENING_NEED), at(P, OPENING, k, OPENING_ITEM)
        for who in range(at(P, OPENING, k, OPENING_CASES)):
            new_case(m, c, P[N_NEEDS] + k, need, 0, item, 0, 1, 0, 0, P[EPOCH], who)
            case = m.cases[c]
            age = min(idle, max(1, count(m, c, at(P, OPENING, k, OPENING_AGE), AGE, 0, 1, 0)))
            since = at(P, WORKED, idle - age, 0) * DAY + DAY // 2
            case.arrived = case.received = case.complete = case.accepted = since
            case.visit = 1
            first, last = at(P, ROUTES, case.route, ROUTE_FIRST), at(P, ROUTES, case.route, ROUTE_LAST)
            for j in range(at(P, OPENING, k, OPENING_BEHIND_N)):
                step = at(P, LISTS, at(P, OPENING, k, OPENING_BEHIND) + j, 0)
                case.done += 1
                for i in range(at(P, STEPS, step, STEP_NEXT_N)):
                    m.missing[c * P[LONGEST] + at(P, LISTS, at(P, STEPS, step, STEP_NEXT) + i, 0) - first] -= 1
                m.missing[c * P[LONGEST] + step - first] = -1
                case.behind |= 1 << (step - first)
            waits = 0
            for step in range(first, last):
                if m.missing[c * P[LONGEST] + step - first] == 0:
                    waits |= 1 << (step - first)
            while waits:
                j = lowest(waits)
                waits &= waits - 1
                start(m, c, first + j, since)
            c += 1


def _runner(source: int) -> Any:
    """Return the outermost function, which closes over the digest of all source that it is made of (`jit.source`)."""

    @entry
    def run(tables: Numbers) -> Any:
        """Run the plan from its first second to its horizon; `tables` are `memory.addresses` of TABLES."""
        m = memory(tables)
        if source < 0:
            return
        P, S = m.P, m.S
        S[DAY_NOW] = -1
        open_backlog(m)
        for day in range(P[DAYS]):
            S[DAY_NOW] = day
            e = m.heads[DAY + day]
            m.heads[DAY + day] = -1
            while e >= 0:
                then = m.events[e].next
                link(m, e, m.events[e].t - day * DAY)
                e = then
            s = 0
            plan = planned(m) if day else 0
            while True:
                t = min(plan, day * DAY + next_event(m, s))
                if t >= (day + 1) * DAY or t >= P[END]:
                    break
                second(m, t)
                s = t + 1 - day * DAY
                if plan <= t:
                    plan = planned(m)

    return run


run = _runner(jit.source("kernel", "chance", "tables", "memory"))
