"""The days of the cases that are promised by a date: where they go, and how soon they are over against promise and law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from simulation.log import EventLog
from simulation.measures import View
from workbench.cohort import PERMILLE, Cohort, Floats, Ints, days_by_cause, decided_by, share_by, successor
from workbench.drawing import GRID, INK, PALE, SERIES, STYLES, bar_style, below, cause_legend, empty, folded, look, word
from workbench.language import name_of

ROWS = 12


def where_days_go(logs: Mapping[str, EventLog], language: str = "en", note: str = "", most: int = ROWS) -> Figure:
    """Draw mean working days per case by leading department (rows) and cause (colours), one panel a log.

    All panels show the same needs and items, those promised by a date in any log, and the departments in the same order: most days in all
    first, of the panel where they are most. A department that is not in every log has a row however short, and its empty place says why.

    Parameters
    ----------
    logs : title -> log.
    note : said in the caption.
    most : number of departments shown; more where more than that appear or disappear.
    """
    cohort = Cohort.of(*logs.values())
    tables = {title: days_by_cause(log, cohort) for title, log in logs.items()}
    order = _order(logs, [days for days, _ in tables.values()], most)
    with look():
        fig = Figure(figsize=(4.4 * len(logs) + 2.6, 0.36 * max(3, len(order)) + 2.3), layout="constrained")
        axes = fig.subplots(1, len(logs), sharex=True, sharey=True, squeeze=False)[0]
        if not order:
            fig.suptitle(word("where", language), color=INK)
            for axis in axes:
                empty(axis, language)
            return fig
        fig.suptitle(_headed("where", _same([_values(*table) for table in tables.values()]), language), color=INK)
        used: set[str] = set()
        longest = 0.0
        for axis, (title, (found, n)) in zip(axes, tables.items(), strict=True):
            rows = found.reindex(order).fillna(0.0).div(n.reindex(order), axis=0).fillna(0.0)
            left = np.zeros(len(rows))
            for cause in [c for c in STYLES if c in rows]:
                axis.barh(range(len(rows)), rows[cause], left=left, height=0.72, **bar_style(cause))
                left += rows[cause].to_numpy()
                used.add(cause)
            longest = max(longest, float(left.max()))
            for k in [k for k, d in enumerate(order) if not n.get(d, 0)]:
                said = folded(_why_empty(logs, title, order[k], language), 56)
                axis.annotate(said, (0, k), (4, 0), textcoords="offset points", fontsize=8, color=PALE, va="center")
            axis.set_xlabel(word("per_case", language))
            axis.set_title(folded(title, 44), fontsize=10)
            axis.grid(axis="x", color=GRID, linewidth=0.6)
            axis.set_axisbelow(True)
        counts = {d: " / ".join(dict.fromkeys(str(int(n.get(d, 0))) for _, n in tables.values())) for d in order}
        names = [f"{folded(_department(logs, d, language), 30)} ({counts[d]})" for d in order]
        axes[0].set_yticks(range(len(order)), names)
        room = max(0.6, (3 - len(order)) / 2)
        axes[0].set_ylim(len(order) - 1 + room, -room)
        axes[0].set_xlim(0, longest * 1.03 or 1)
        small = (word(key, language) for key in ("decided_only", "in_brackets", "most_either" if len(logs) > 1 else "most_first"))
        below(fig, _scope(logs, language), *small, note, **cause_legend(used, language))
    return fig


def within(logs: Mapping[str, EventLog], language: str = "en", note: str = "") -> Figure:
    """Draw the share of cases decided by a moment relative to today's promise (left) and to the law (right), one line a log.

    Every item is measured against its own limit of the first log, so that each panel has one post: the limit.

    Parameters
    ----------
    logs : title -> log.
    note : said in the caption.
    """
    cohort = Cohort.of(*logs.values())
    with look():
        fig = Figure(figsize=(11, 4.6 + 0.3 * len(logs)), layout="constrained")
        axes = fig.subplots(1, 2, sharey=True)
        drawn: list[bool] = []
        for axis, limit, post in zip(axes, ("promise_wd", "legal_wd"), (0, PERMILLE), strict=True):
            lines = {title: decided_by(View(log), cohort, limit) for title, log in logs.items()}
            if not any(n for _, _, n in lines.values()):
                empty(axis, language)
                continue
            drawn.append(_same([(moments, shares) for moments, shares, _ in lines.values()]))
            low, high = _reach([(moments, shares) for moments, shares, n in lines.values() if n], limit)
            scale = 1.0 if limit == "promise_wd" else 100 / PERMILLE
            for k, (title, (moments, shares, n)) in enumerate(lines.items()):
                if n:
                    at = np.arange(low, high + 1)
                    share = _percent(share_by(moments, shares, post), language)
                    label = folded(word(limit, language).format(title=title, share=share), 46)
                    axis.step(
                        at * scale, [share_by(moments, shares, int(t)) for t in at], where="post", label=label,
                        color=SERIES[k % len(SERIES)], linestyle=("-", "--", ":")[k % 3], linewidth=2,
                    )  # fmt: skip
            axis.axvline(post * scale, color=INK, linewidth=1.4)
            name = word("promise_today" if limit == "promise_wd" else "law", language)
            axis.annotate(name, (post * scale, 1.03), fontsize=9, ha="center", va="bottom", annotation_clip=False)
            axis.set_xlim(low * scale, high * scale)
            axis.set_xlabel(word("from_promise" if limit == "promise_wd" else "of_law", language))
            axis.grid(color=GRID, linewidth=0.6)
            # Below its panel: inside it would lie over a line somewhere.
            axis.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.13), fontsize=8)
        axes[1].xaxis.set_major_formatter(lambda x, _: f"{x:.0f} %")
        axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
        axes[0].set_ylabel(word("share", language))
        axes[0].set_ylim(0, 1.02)
        axes[0].yaxis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
        fig.suptitle(_headed("within", bool(drawn) and all(drawn), language), color=INK)
        below(fig, _scope(logs, language), word("open_longer", language), word("own_promise", language) if len(logs) > 1 else "", note)
    return fig


def _order(logs: Mapping[str, EventLog], tables: Sequence[pd.DataFrame], most: int) -> list[str]:
    """The departments shown: all that not every log knows, then those with most days in any log; most days first."""
    days = pd.concat([table.sum(axis=1) for table in tables], axis=1).max(axis=1).sort_values(ascending=False, kind="stable")
    known = [_known(log) for log in logs.values()]
    moved = {d for d in days.index if all(known) and not all(d in bodies for bodies in known)}
    others = [d for d in days.index if d not in moved][: max(0, most - len(moved))]
    return [str(d) for d in days.index if d in moved or d in others]


def _why_empty(logs: Mapping[str, EventLog], title: str, department: str, language: str) -> str:
    """What stands in place of a bar: the department is new elsewhere, was merged away, or has no case."""
    first, log = next(iter(logs.values())), logs[title]
    if not _known(log) or department in _known(log):
        return word("no_cases", language)
    if department not in _known(first):
        return word("new_body", language)
    if (heir := successor(first, log, department)) is None:
        return word("gone", language)
    key = "now_with" if heir in _known(first) else "merged"
    return word(key, language).format(name=name_of(log, "department", heir, language))


def _known(log: EventLog) -> set[str]:
    """The departments that a log names."""
    return {*log.meta.labels.get("department", {})}


def _values(days: pd.DataFrame, n: pd.Series[int]) -> tuple[Any, ...]:
    """Days by department and cause and the number of cases, in an order that does not depend on the log."""
    whole = days.reindex(columns=list(STYLES), fill_value=0.0).sort_index()
    return np.array(whole.index), whole.to_numpy().round(9), n.sort_index().to_numpy()


def _same(sides: Sequence[tuple[Any, ...]]) -> bool:
    """Whether there are several sides and all are equal."""
    first, *others = sides
    return bool(others) and all(np.array_equal(a, b) for other in others for a, b in zip(first, other, strict=True))


def _headed(key: str, same: bool, language: str) -> str:
    """A title, which says so when nothing changes."""
    return word("unchanged", language).format(text=word(key, language)) if same else word(key, language)


def _scope(logs: Mapping[str, EventLog], language: str) -> str:
    """Which cases a picture is about."""
    first, *others = logs
    return word("cohort" if others else "promised", language).format(title=first)


def _reach(lines: list[tuple[Ints, Floats]], limit: str) -> tuple[int, int]:
    """The span of an axis: nearly all cases of every line, and the limit."""
    if limit == "legal_wd":
        return 0, max(PERMILLE * 11 // 10, *(int(moments.max()) for moments, _ in lines))
    return min(-2, *(_crossing(*line, 0.01) for line in lines)) - 1, max(3, *(_crossing(*line, 0.995) for line in lines)) + 1


def _crossing(moments: Ints, shares: Floats, level: float) -> int:
    """The first moment by which a share is decided; the last of all where it never is."""
    return int(moments[min(int(np.searchsorted(shares, level)), len(moments) - 1)])


def _percent(share: float, language: str) -> str:
    return f"{100 * share:.1f}%" if language == "zh" else f"{100 * share:.1f}\u00a0%"


def _department(logs: Mapping[str, EventLog], code: str, language: str) -> str:
    """The name that any of the logs knows."""
    return next((name for log in logs.values() if (name := name_of(log, "department", code, language)) != code), code)
