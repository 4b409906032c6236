"""The three-part test of an item 程序合法、时限合理、运转顺畅 (S42): lawful, its promise holds, its queue is stable.

Each item of which a case came in the window is one observation in a replication, be it a single case: who comes is not the centre's
doing, so that scenarios are compared over nearly the same items. With few cases chance has its say, but in all scenarios alike.

lawful   no case of it was promised a longer limit than the law's (R34);
prompt   95 per cent of its accepted cases take no more chargeable working days than promised (than the law allows, where nothing is
         promised), by Kaplan and Meier: a case still open counts as longer than so far, and an item whose curve ends before 95 per cent
         fails, for it has not been shown to keep its promise (it is undecided where it has not been shown to break it either);
smooth   its stock of open cases has not grown over the window by more than chance explains, its files are not handed on more often, and
         no more applicants told twice that papers are missing, than the bounds below allow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.measures.measure import Measure
from simulation.measures.survival import encode, km_quantile
from simulation.measures.view import Rows, View

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

KEPT = 0.95
"""The share of cases within the promise (domain note S42: P95 <= promise); below 20 cases that is all of them."""
GROWTH = 2.0
"""Standard deviations of the difference of two independent Poisson stocks by which the stock may grow: design of this project."""
HOPS = 4.0
"""Hand-overs a case: to the department and back, and once to another department and back. Design of this project."""
REPEATED = 0.05
"""The share of cases told more than once that papers are missing: the law wants all told at once (Administrative Licensing Law Art 32
(1)(4)); the margin is for applicants who bring the wrong paper again, design of this project."""


class Items(NamedTuple):
    """The items, how each part of the test went, and of which it cannot be said whether they are prompt."""

    names: list[str]
    lawful: Bools
    prompt: Bools
    smooth: Bools
    undecided: Bools


def examined(view: View) -> Items:
    """Test every item of the log."""
    found = view.dimension("cases", "item")
    assert found is not None
    item, names = found
    promise, legal = view.case("promise_wd"), view.case("legal_wd")
    limit = np.where(promise == MISSING, legal, promise)
    measured = view.came & (limit != MISSING)
    limited = measured & (view.clocks.accepted != MISSING) & ~view.clocks.lost
    illegal = measured & (promise != MISSING) & (legal != MISSING) & (promise > legal)
    decided = measured & (view.case("decided") != MISSING)
    notices = _notices(view)
    before, after = (_stock(view, t) for t in (view.since, min(view.until, view.cutoff + 1)))
    parts: list[tuple[bool, bool, bool, bool]] = []
    tested = np.unique(item[measured & (item >= 0)]).tolist()
    for k in tested:
        of = item == k
        growth = int((of & after).sum()) - int((of & before).sum())
        room = GROWTH * float(np.sqrt((of & after).sum() + (of & before).sum()))
        handed, again = _mean(view.hops, of & decided), _mean(notices > 1, of & measured)
        smooth = growth <= room and handed <= HOPS and again <= REPEATED
        prompt = _prompt(view, of & limited, limit)
        parts.append((not bool((of & illegal).any()), bool(prompt), smooth, prompt is None))
    columns = np.array(parts, dtype=bool).reshape(-1, 4)
    return Items([names[k] for k in tested], columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3])


def _prompt(view: View, of: Bools, limit: Ints) -> bool | None:
    """None where the curve ends too early to say. Each case is held against the limit of its own channel: days beyond it are made
    comparable by moving them so that none is negative.
    """
    if not of.any():
        return None
    most = int(limit[of].max())
    beyond = view.clocks.promise_wd[of] - limit[of] + most
    days = km_quantile(encode(beyond, view.case("decided")[of] != MISSING), KEPT)
    return days <= most if days is not None else None if beyond.max() <= most else False


def _stock(view: View, t: int) -> Bools:
    """Cases received before second `t` and neither decided nor withdrawn by then."""
    came = (view.case("received") != MISSING) & (view.case("received") < t) & ~view.clocks.lost
    still: Bools = came & ((view.ended == MISSING) | (view.ended >= t))
    return still


def _notices(view: View) -> Ints:
    """How often each case was told that papers are missing: by its notices, or at counters where the log does not record notices."""
    if view.meta.notices:
        told = view.is_("events", "kind", "notice") & view.is_("events", "reason", "supplement")
    else:
        told = view.is_("events", "kind", "service") & view.is_("events", "outcome", "supplement")
    return np.bincount(view.case_row[told], minlength=len(view.log.cases)).astype(np.int64)


def _mean(values: Ints | Bools, rows: Bools) -> float:
    return float(values[rows].mean()) if rows.any() else 0.0


def _rows(items: Items, passed: Bools) -> Rows:
    """Passed / tested over all items, and of each."""
    return Rows(
        ["all", *(f"item:{name}" for name in items.names)],
        [float(passed.sum()), *passed.astype(float).tolist()],
        [float(len(passed)), *np.ones(len(passed)).tolist()],
    )


def items_passing(view: View) -> Rows:
    items = view.once(examined)
    return _rows(items, items.lawful & items.prompt & items.smooth)


def items_lawful(view: View) -> Rows:
    items = view.once(examined)
    return _rows(items, items.lawful)


def items_prompt(view: View) -> Rows:
    items = view.once(examined)
    return _rows(items, items.prompt)


def items_smooth(view: View) -> Rows:
    items = view.once(examined)
    return _rows(items, items.smooth)


def items_tested(view: View) -> Rows:
    items = view.once(examined)
    return _rows(items, ~items.undecided)


NEEDS = (
    "cases.item", "cases.received", "cases.decided", "cases.complete|cases.accepted", "cases.legal_wd", "cases.promise_wd",
    "cases.arrived|cases.received", "events.kind", "events.start", "events.end", "events.department", "events.outcome",
)  # fmt: skip
OF = "/ items of which a case that has a limit came in the window; each item once, whatever its volume"
LAWFUL = "promised limit <= legal limit in every case"
PROMPT = f"{KEPT:.0%} of cases within the promised limit by Kaplan and Meier"
SMOOTH = (
    f"open cases grown by no more than {GROWTH:g} standard deviations of two Poisson stocks, at most {HOPS:g} hops a case, at most "
    f"{REPEATED:.0%} of cases told more than once that papers are missing"
)
CUT = "open cases count as longer than so far; an item that has been shown neither to keep its promise nor to break it fails (items_tested)"
S42 = "S42 程序合法、时限合理、运转顺畅; bounds are design of this project"

MEASURES = (
    Measure("items_passing", "share", "higher", "share", NEEDS, f"items that pass all three parts: {LAWFUL}; {PROMPT}; {SMOOTH} {OF}", CUT,
            S42, items_passing),
    Measure("items_lawful", "share", "higher", "share", NEEDS, f"items with {LAWFUL} {OF}", CUT, f"{S42}; of the law only the limits",
            items_lawful),
    Measure("items_prompt", "share", "higher", "share", NEEDS, f"items with {PROMPT} {OF}", CUT, S42, items_prompt),
    Measure("items_smooth", "share", "higher", "share", NEEDS, f"items with {SMOOTH} {OF}", CUT, S42, items_smooth),
    Measure("items_tested", "share", "none", "share", NEEDS,
            f"items of which it is known by the cut-off whether they are prompt {OF}", "the rest is undecided, and counted as failing", S42,
            items_tested),
)  # fmt: skip
