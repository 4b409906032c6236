"""What posts do with their time: utilisation, overtime, paid hours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.log import seconds
from simulation.measures.duty import OnDuty
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View, pieces

Ints = NDArray[np.int64]
HOUR = 3600.0
OPENED = ("open", "unmanned")
"""States of a window that is open to the public, whether or not anybody is at it."""
ROSTERED = (*OPENED, "absent")


class Posts(NamedTuple):
    """Seconds of each post inside the window; arrays in the order of `names`."""

    names: list[str]
    busy: Ints
    overtime: Ints
    open: Ints
    known: NDArray[np.bool_]


def posts(view: View) -> Posts:
    """Busy, overtime and open seconds, manned or not, of every post that serves or is open; `known` where `duty` says when it is open."""
    found = view.dimension("events", "window")
    assert found is not None
    chosen = view.is_("events", "kind", "service") & (view.event("start") != MISSING) & (found[0] >= 0) & ~view.at_machine
    duty = OnDuty(view, *OPENED) if len(view.log.duty) else None
    serves = {found[1][k] for k in np.unique(found[0][chosen])}
    names = sorted(serves if duty is None else serves | {duty.names[k] for k in np.unique(duty.post)})
    place = {name: k for k, name in enumerate(names)}
    number = np.full(len(names), -1) if duty is None else duty.posts(names)[:-1]
    known = number >= 0
    recode = np.array([place.get(name, -1) for name in found[1]], dtype=np.int64)
    since, until = _span(view)
    busy, overtime, opened = (np.zeros(len(names), dtype=np.int64) for _ in range(3))
    for at in pieces(np.flatnonzero(chosen)):
        post, end = recode[found[0][at]], view.event("end")[at]
        start = np.clip(view.event("start")[at], since, until)
        end = np.clip(np.where(end == MISSING, until, end), start, until)
        busy += np.bincount(post, end - start, len(names)).astype(np.int64)
        if duty is not None:
            here = known[post]
            post, start, end = post[here], start[here], end[here]
            inside = duty.until(number[post], end) - duty.until(number[post], start)
            overtime += np.bincount(post, end - start - inside, len(names)).astype(np.int64)
    if duty is None:
        return Posts(names, busy, overtime, opened, known)
    first, last = (np.full(known.sum(), t, dtype=np.int64) for t in (since, until))
    opened[known] = duty.until(number[known], last) - duty.until(number[known], first)
    return Posts(names, busy, overtime, opened, known)


def _span(view: View) -> tuple[int, int]:
    """The window as a stretch of time, which ends with the log."""
    return view.since, min(view.until, view.meta.horizon)


def by_post(view: View, names: list[str], total: NDArray[np.float64], n: NDArray[np.float64] | float, windows: bool = True) -> Rows:
    """Sums over posts: all, each window, their sites and departments; a single number `n` is the divisor of every group."""
    each = np.broadcast_to(n, len(names))
    rows = Rows(["all"], [float(total.sum())], [n if isinstance(n, float) else float(each.sum())])
    if windows:
        some = [k for k in range(len(names)) if each[k] > 0]
        rows.groups += [f"window:{names[k]}" for k in some]
        rows.total += [float(total[k]) for k in some]
        rows.n += [float(each[k]) for k in some]
    for name in ("site", "department"):
        member = [getattr(view.meta.posts.get(post), name, None) for post in names]
        for one in sorted({m for m in member if m is not None}):
            of = np.array([m == one for m in member])
            rows.groups.append(f"{name}:{one}")
            rows.total.append(float(total[of].sum()))
            rows.n.append(n if isinstance(n, float) else float(each[of].sum()))
    return rows


def utilisation(view: View) -> Rows:
    found = view.once(posts)
    kept = np.flatnonzero(found.known)
    inside = (found.busy - found.overtime)[kept].astype(np.float64)
    return by_post(view, [found.names[k] for k in kept], inside, found.open[kept].astype(np.float64))


def busy_hours(view: View) -> Rows:
    found = view.once(posts)
    return by_post(view, found.names, found.busy / HOUR, float(view.working_days))


def overtime_hours(view: View) -> Rows:
    found = view.once(posts)
    return by_post(view, found.names, found.overtime / HOUR, float(view.working_days))


def window_manned_share(view: View) -> Rows:
    names, manned, rostered = [], [], []
    duty = view.log.duty
    length = np.diff([np.clip(seconds(duty[column]), *_span(view)) for column in ("from", "to")], axis=0)[0]
    post = duty["post"].cat.codes.to_numpy()
    chosen, there = view.is_("duty", "state", *ROSTERED) & ~np.isin(post, _tidal(view)), view.is_("duty", "state", "open")
    for k, name in enumerate(duty["post"].cat.categories):
        if total := int(length[mine := chosen & (post == k)].sum()):
            names.append(str(name))
            rostered.append(total)
            manned.append(int(length[mine & there].sum()))
    return by_post(view, names, np.array(manned, dtype=np.float64), np.array(rostered, dtype=np.float64))


def paid(view: View) -> tuple[list[str], Ints]:
    """Names and paid person-seconds of all posts: on duty times people, absence (covered or not) and gaps too, and overtime at windows."""
    duty, found = view.log.duty, view.once(posts)
    start, end = (np.clip(seconds(duty[column]), *_span(view)) for column in ("from", "to"))
    names = sorted({*(str(name) for name in duty["post"].cat.categories), *found.names})
    place = {name: k for k, name in enumerate(names)}
    post = np.array([place[str(name)] for name in duty["post"].cat.categories], dtype=np.int64)[duty["post"].cat.codes.to_numpy()]
    worked = np.bincount(post, (end - start) * duty["people"].to_numpy(dtype=np.int64), len(names)).astype(np.int64)
    worked[[place[name] for name in found.names]] += found.overtime
    return names, worked


def paid_hours(view: View) -> Rows:
    names, worked = view.once(paid)
    return by_post(view, names, worked / HOUR, float(view.working_days), windows=False)


def _tidal(view: View) -> Ints:
    """Codes of the posts that stand by at some time."""
    codes = view.log.duty["post"].cat.codes.to_numpy().astype(np.int64)
    return np.unique(codes[view.is_("duty", "state", "standby")])


def tidal_openings(view: View) -> Rows:
    """A tidal window is a post that stands by at some time; each of its open intervals is an opening."""
    duty = view.log.duty
    names = [str(name) for name in duty["post"].cat.categories]
    post = duty["post"].cat.codes.to_numpy()
    tidal = _tidal(view)
    opened = view.is_("duty", "state", "open") & view.within(seconds(duty["from"])) & np.isin(post, tidal)
    count = np.bincount(post[opened], minlength=len(names)).astype(np.float64)
    return by_post(view, [names[k] for k in tidal], count[tidal], float(view.working_days))


SERVES = ("events.kind", "events.start", "events.end", "events.post")
DUTY = ("duty.from", "duty.to", "duty.state", "duty.people")
OPEN = "a service still going at the cut-off counts until then"
PER_DAY = "h per working day"

MEASURES = (
    Measure("utilisation", "share", "none", "ratio", (*SERVES, *DUTY),
            "seconds of service (empty calls included) within open intervals (manned or not) / open seconds, both inside the window", OPEN,
            "窗口利用率: field usage", utilisation),
    Measure("busy_hours", PER_DAY, "none", "rate", SERVES, "hours of service, overtime included, inside the window / its working dates",
            OPEN, "field usage", busy_hours),
    Measure("overtime_hours", PER_DAY, "lower", "rate", (*SERVES, *DUTY),
            "hours of service outside the open intervals of the window's post / working dates", OPEN, "field usage", overtime_hours),
    Measure("window_manned_share", "share", "higher", "ratio", DUTY,
            "seconds in which somebody is at a window / its rostered seconds (manned, unmanned, absent), both inside the window; without "
            "tidal windows (posts that stand by at some time), whose openings miss nobody and would raise it",
            "a roster is known to its end", "窗口在岗率: attendance and patrol records", window_manned_share),
    Measure("paid_hours", PER_DAY, "lower", "rate", (*SERVES, *DUTY),
            "person-hours on duty (at windows, standing by, in pools) or absent, away or missing on pay, and overtime hours, inside the "
            "window / working dates", OPEN, "field usage", paid_hours),
    Measure("tidal_openings", "openings per working day", "none", "rate", DUTY,
            "open intervals, begun in the window, of posts that stand by at other times / working dates",
            "none: an opening counts when it begins", "潮汐窗口: field usage", tidal_openings),
)  # fmt: skip
