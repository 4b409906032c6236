"""How a Plan looks to the kernel: numbered scalars and tables of whole numbers, one array `P`; and the kernel's own state `S`, likewise.

A number stands in `P[SCALAR]`, a field in `at(P, TABLE, row, FIELD)`. Lists of any length lie end to end in the table LISTS (one field);
whoever has one says where it begins and how long it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.engines.jit import Numbers, compiled

ROOM = 128
"""Places for scalars in front of each array; behind them the beginning and the width of each table."""

# --- the plan: scalars ---
(
    END, DAYS, EPOCH, N_SITES, N_CLASSES, N_WINDOWS, N_POOLS, N_NEEDS, N_ITEMS, CORRECTED, COMES_BACK, SELF_SERVICE, ASKS_DESK, MISROUTED,
    MISROUTED_DESK, CHOOSES, SEVERAL, ZONED, WEIGHT, N_BELLS, N_TIDES, N_SITTINGS, WORDS, PATIENCE, COMES_BACK_WD, SUPPLEMENT_WD,
    COLLECT_WD, JOINT, FIRST_DAY, NDTRI_AT, GAMMA_AT, PREFIX_N, N_BOUNDARIES, N_POOL_BOUNDARIES, N_CLOSINGS, N_SUCCESSIONS, N_OPENING,
    BOUNCED, BOUNCED_INFORMS, BOUNCED_FOLLOWS, N_WORKED, LONGEST, N_STEPS, N_TRAVEL,
) = range(44)  # fmt: skip

# --- the plan: tables, and their fields ---
(
    LISTS, LAWS, PURPOSES, STREAMS, DETAILS, SITES, HOURS, CLASSES, SITE_AT, CLASS_AT, POOL_AT, POSTS, BOUNDARIES, SERVED, STEPS, ROUTES,
    ITEMS, NEEDS, COMPLETE, POOLS, PACE, SPANS, POOL_BOUNDARIES, WORKED, RANK, TWINS, TRAVEL, ZONE_SHARES, OFFICERS, TIDES, WINDOWS,
    BELLS, ASKED, HEARD, SITTINGS, SUCCESSIONS, CLOSINGS, OPENING,
) = range(38)  # fmt: skip
FIRST, N = 0, 1
(
    SITE_STOP, SITE_DUTY, SITE_DUTY_TOUCH, SITE_WRONG, SITE_DESK, SITE_DESK_TOUCH, SITE_ASSISTS, SITE_INCOMPLETE, SITE_CORRECTION,
    SITE_RULES, SITE_DEFERS, SITE_CHOICE, SITE_OVERRUN, SITE_RUNS, SITE_RUNS_N, SITE_ITEMS, SITE_ITEMS_N,
) = range(17)  # fmt: skip
OPENS, CLOSES, MEMBERS = range(3)
(
    CLASS_SITE, CLASS_QUEUE, CLASS_TICKETED, CLASS_MACHINE, CLASS_MARK, CLASS_NO_SHOW, CLASS_SERVICE, CLASS_BOARD, CLASS_MANNED,
    CLASS_MANNED_N, CLASS_WINDOWS, CLASS_WINDOWS_N,
) = range(12)  # fmt: skip
POST_WINDOW, POST_CLOSES, POST_PACE, POST_WRONG, POST_UNLISTED, POST_HOME, POST_CLASSES, POST_CLASSES_N = range(8)
WHEN, WHAT, WHO = range(3)
(
    STEP_KIND, STEP_PLACE, STEP_PEOPLE, STEP_SHARE, STEP_STALL, STEP_NPRED, STEP_DECIDES, STEP_STALL_WD, STEP_DELAY_WD, STEP_LASTS_WD,
    STEP_REASON, STEP_NOTICED, STEP_ACCEPTANCE, STEP_AFTERWARDS, STEP_NEXT, STEP_NEXT_N, STEP_WORKS, STEP_WORKS_N, STEP_LUCK,
    STEP_SHARE_LUCK, STEP_LABEL, STEP_STOPS, STEP_ASKED, STEP_HEARD, STEP_SITTING,
) = range(25)  # fmt: skip
(
    ROUTE_FIRST, ROUTE_LAST, ROUTE_AWAITED, ROUTE_BACK, ROUTE_COUNTERS, ROUTE_COUNTERS_N, ROUTE_COLLECT, ROUTE_COLLECTS, ROUTE_TOUCH,
    ROUTE_MAIL_WD,
) = range(10)  # fmt: skip
(
    ITEM_COUNTER, ITEM_ONLINE, ITEM_SELF, ITEM_VISITS, ITEM_CLASS, ITEM_SENT_ON, ITEM_DENIAL, ITEM_LUCK, ITEM_PROMISE, ITEM_PROMISE_ONLINE,
) = range(10)  # fmt: skip
CASE, CONSULTATION, INSTANT = range(3)
NEED_SITE, NEED_PRIORITY, NEED_ITEMS, NEED_ITEMS_N, NEED_ASSISTED, NEED_PROFILE, NEED_PROFILE_N = range(7)
POOL_LEADER, POOL_DEPARTMENT, POOL_QUEUE, POOL_SPANS, POOL_SPANS_N, POOL_HEIR = range(6)
PB_WHEN, PB_OPENS, PB_POOL, PB_MEMBERS = range(4)
TIDE_WINDOW, TIDE_ABOVE, TIDE_BELOW = range(3)
WINDOW_TIDE, WINDOW_LUCK = range(2)
BELL_LEVEL, BELL_USED, BELL_AHEAD, BELL_WAKES, BELL_SINCE, BELL_UNTIL = range(6)
ASKED_OBJECTS, ASKED_WD, ASKED_LATE, ASKED_VETO, ASKED_ALL, ASKED_SILENT = range(6)
BLOCK, ESCALATE, DEEMED = range(3)
HEARD_OPINIONS, HEARD_K, HEARD_ALONE, HEARD_BEFORE, HEARD_BRINGS, HEARD_BRINGS_N = range(6)
SIT_POOLS, SIT_POOLS_N, SIT_QUORUM, SIT_CAPACITY, SIT_DATES, SIT_DATES_N, SIT_LABEL = range(7)
SUCCESSION_AT, SUCCESSION_GONE, SUCCESSION_GONE_N = range(3)
OPENING_NEED, OPENING_ITEM, OPENING_CASES, OPENING_AGE, OPENING_BEHIND, OPENING_BEHIND_N = range(6)

# --- the kernel's state: scalars ---
(
    NOW, ROWS_N, EVENTS_N, TICKETS_N, PROCS_N, FILES_N, STOPS_N, SENDS_N, SPELLS_N, FREE_EVENT, FREE_TICKET, FREE_PROC, HALL_ASKED,
    POOLS_ASKED, BOARD_ASKED, DAY_NOW, ERA, DUE_LIST, CALLED_NOW, ABANDON_LIST, KEYS_N, NEXT_ARRIVAL, NEXT_BOUNDARY, NEXT_POOL,
    NEXT_CLOSING, NEXT_SUCCESSION, RETURN_LIST,
) = range(27)  # fmt: skip

# --- the kernel's state: tables, and their fields ---
AT_WINDOW, AT_CLASS, AT_POOL, AT_SITTING, FREE, SERVING, FRAMES, PRESENT, LINES, ASKED_POOLS = range(10)
W_POST, W_BUSY, W_READY, W_MANNED, W_SINCE = range(5)
C_HEAD, C_TAIL, C_BOARD = range(3)
Q_OPEN, Q_HEAD, Q_BUSY, Q_AWAY, Q_SITTING, Q_FIRST, Q_LAST = range(7)
M_FIRST, M_CALLED, M_UNTIL, M_PRESENT_N = range(4)
WORD = 62
"""Bits used of a word of a set."""


def packed(scalars: dict[int, int], tables: dict[int, Any]) -> NDArray[np.int64]:
    """Return one array of scalars and tables.

    Parameters
    ----------
    scalars : by number. tables : by number, int64 (rows, fields) each, or (rows,) with one field.
    """
    head = np.zeros(ROOM + 2 * (max(tables) + 1), dtype=np.int64)
    for number, value in scalars.items():
        head[number] = value
    parts, length = [head], len(head)
    for number, table in tables.items():
        rows = np.asarray(table, dtype=np.int64)
        width = rows.shape[1] if rows.ndim == 2 else 1
        head[ROOM + 2 * number], head[ROOM + 2 * number + 1] = length, width
        parts.append(rows.reshape(-1))
        length += rows.size
    return np.concatenate(parts)


@compiled
def at(A: Numbers, table: int, row: int, field: int) -> Any:
    """Return a field of a row of a table of `P` or `S`."""
    return A[np.uint64(A[ROOM + 2 * table] + row * A[ROOM + 2 * table + 1] + field)]


@compiled
def put(S: Numbers, table: int, row: int, field: int, value: int) -> None:
    """Set a field of a row of a table of `S`."""
    S[np.uint64(S[ROOM + 2 * table] + row * S[ROOM + 2 * table + 1] + field)] = value
