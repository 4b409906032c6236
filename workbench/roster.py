"""A roster to read: who works when, windows open and people missing by half hour, as tidy frames and as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from optimization.naming import Named
from optimization.rosters import Rostered, Rostering
from optimization.shifts import clock
from workbench.drawing import GRID, INK, PALE, SERIES, WORSE, below, folded, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST = 60
"""People that a picture shows at most."""
WORDS = {
    "title": ("Who works when, week {week}", "第{week}周排班表"),
    "people": ("people", "人员"),
    "at_work": ("people", "人数"),
    "hour": ("time of day", "时刻"),
    "asked": ("asked for", "需要人数"), "asked and reserve": ("asked for, reserve included", "需要人数（含备勤）"),
    "served": ("of these at work", "其中在岗"),
    "missing": ("missing", "缺员"),
    "on_duty": ("on duty, each at a window", "在岗人数（即开放窗口数）"),
    "colour": ("Colour: from early (light) to late (dark) starts; white: day off; two spans: a break between them.",
               "颜色：由浅到深表示上班由早到晚；白色为休息；分两段者中间休息。"),
    "some": ("The first {n} of {all} people.", "仅列{all}人中的前{n}人。"),
    "proved": ("Cost of the week {cost}; no roster costs less than {bound} (gap {gap}).", "本周成本{cost}；可证下界{bound}（差距{gap}）。"),
    "even": ("Duties are shared as evenly as they can be in every group.", "各组内值班的分配已证明无法更均衡。"),
    "uneven": ("In {n} of {all} groups duties might be shared more evenly.", "{all}组中有{n}组的值班分配或可更均衡。"),
}  # fmt: skip


def word(key: str, language: str, **values: object) -> str:
    """Return words in the reader's language."""
    return WORDS[key][language == "zh"].format(**values)


def day_name(name: str, language: str) -> str:
    """Return what a day is called; days of the week in the reader's language, others as they are named.

    Example
    -------
    >>> day_name("Monday", "zh")
    '周一'
    """
    return "周" + "一二三四五六日"[WEEK.index(name)] if language == "zh" and name in WEEK else name


def roster_frame(problem: Rostering, named: Named) -> pd.DataFrame:
    """Return one row for each person and day on duty.

    Columns: person, group, works_in, employer, contract, week, day, window, shift, from, to, hours.
    """
    patterns = problem.patterns
    rows = []
    for i, k, d in np.argwhere(named.shift >= 0):
        p, home, group = int(named.shift[i, k, d]), problem.groups[named.home[i]], problem.groups[named.group[i]]
        begins, ends = (clock(int(table[p, d]), patterns.first) for table in (patterns.begins, patterns.ends))
        window = problem.window_names[named.window[i, k, d]]
        rows.append((named.people[i], home.name, group.name, home.employer, home.contract, int(k) + 1, problem.day_names[d], window,
                     patterns.names[p], begins, ends, float(patterns.paid[p, d])))  # fmt: skip
    columns = ["person", "group", "works_in", "employer", "contract", "week", "day", "window", "shift", "from", "to", "hours"]
    return pd.DataFrame(rows, columns=columns)


def windows_frame(problem: Rostering, found: Rostered) -> pd.DataFrame:
    """Return the windows open by half hour: day, half_hour, window (its kind), open, windows (how many there are)."""
    opened = found.on_duty(problem).sum(axis=0)
    rows = [
        (day, clock(t, problem.patterns.first), name, int(opened[w, d, t]), int(problem.windows[w]))
        for d, day in enumerate(problem.day_names)
        for t in range(opened.shape[2])
        for w, name in enumerate(problem.window_names)
    ]
    return pd.DataFrame(rows, columns=["day", "half_hour", "window", "open", "windows"])


def cover_frame(problem: Rostering, found: Rostered) -> pd.DataFrame:
    """Return levels against the roster by half hour: day, half_hour, queue, required, served, missing; where anybody is asked for."""
    given = found.cover()
    rows = [
        (problem.day_names[d], clock(int(t), problem.patterns.first), problem.queue_names[k], int(problem.required[d, k, t]),
         float(min(given[d, k, t], problem.required[d, k, t])), float(found.unmet[d, k, t]))
        for d, k, t in np.argwhere(problem.required > 0)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["day", "half_hour", "queue", "required", "served", "missing"])


def roster_picture(problem: Rostering, found: Rostered, named: Named, language: str = "en", week: int = 1, note: str = "") -> Figure:
    """Draw a week: people by days with their shifts above, people on duty against required levels by half hour below.

    Parameters
    ----------
    found : the grouped roster of that week.
    week : of `named`, counted from 1.
    note : said in the caption.
    """
    days, shown = len(problem.day_names), min(MOST, len(named.people))
    tall = 0.21 * max(4, shown)
    with look():
        figure = Figure(figsize=(max(7.5, 1.75 * days + 2.2), tall + 3.4), layout="constrained")
        grid = figure.add_gridspec(2, days, height_ratios=[tall, 1.9])
        figure.suptitle(word("title", language, week=week), color=INK)
        _people(figure.add_subplot(grid[0, :]), problem, named, week - 1, shown, language)
        first: Axes | None = None
        for d in range(days):
            axis = figure.add_subplot(grid[1, d], sharey=first)
            first = first or axis
            _levels(axis, problem, found, d, language)
        handles = [
            Line2D([], [], color=INK, linewidth=1.4), Patch(color=SERIES[0], alpha=0.35),
            Patch(facecolor="none", edgecolor=WORSE, hatch="////"), Line2D([], [], color=SERIES[0], linewidth=1.2, linestyle=":"),
        ]  # fmt: skip
        told = [word("colour", language)]
        if shown < len(named.people):
            told.append(word("some", language, n=shown, all=len(named.people)))
        if found.objective is not None and found.bound is not None and found.gap is not None:
            told.append(word("proved", language, cost=f"{found.objective:,.1f}", bound=f"{found.bound:,.1f}", gap=f"{found.gap:.2%}"))
        reserve = any(name.startswith("reserve of ") for name in problem.queue_names)
        loose = int((~named.proved).sum())
        told.append(word("uneven" if loose else "even", language, n=loose, all=len(named.proved)))
        names = [word(key, language) for key in ("asked and reserve" if reserve else "asked", "served", "missing", "on_duty")]
        below(figure, *told, note, handles=handles, names=names, columns=4)
    return figure


def spans(on: NDArray[np.bool_], first: int) -> list[str]:
    """Return the spans of a day on duty, breaks between them.

    Parameters
    ----------
    on : whether on duty in each half hour (T,).
    first : clock time of half hour 0, in seconds since midnight.

    Example
    -------
    >>> spans(np.array([1, 1, 0, 1], dtype=bool), 9 * 3600)
    ['9:00–10:00', '10:30–11:00']
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(int)))
    return [f"{clock(int(a), first)}–{clock(int(b), first)}" for a, b in edges.reshape(-1, 2)]


def _people(axis: Axes, problem: Rostering, named: Named, week: int, shown: int, language: str) -> None:
    """Draw the shifts of a week, people below each other, days side by side."""
    patterns = problem.patterns
    start = np.full((shown, len(problem.day_names)), np.nan)
    for i, d in np.argwhere(named.shift[:shown, week] >= 0):
        p = named.shift[i, week, d]
        start[i, d] = patterns.begins[p, d]
        dark = start[i, d] > 0.6 * max(1, int(patterns.begins.max()))
        text = "  ".join(spans(patterns.on[p, d], patterns.first))
        axis.text(d, i, text, ha="center", va="center", fontsize=6.5 if len(text) < 14 else 5.5, color="white" if dark else INK)
    axis.imshow(start, aspect="auto", cmap="Blues", norm=Normalize(-4, max(1, int(patterns.begins.max())) + 1))
    axis.set_xticks(range(len(problem.day_names)), [day_name(name, language) for name in problem.day_names])
    axis.xaxis.tick_top()
    axis.set_yticks(range(shown), [folded(name, 40).split("\n")[0] for name in named.people[:shown]], fontsize=6.5)
    axis.set_ylabel(word("people", language))
    axis.tick_params(length=0)
    for i in range(1, shown):
        axis.axhline(i - 0.5, color=INK if named.home[i] != named.home[i - 1] else GRID, linewidth=0.5)
    for d in range(1, len(problem.day_names)):
        axis.axvline(d - 0.5, color="white", linewidth=2)
    axis.spines[["left", "bottom"]].set_visible(False)


def _levels(axis: Axes, problem: Rostering, found: Rostered, d: int, language: str) -> None:
    """Draw one day: people asked for, there and missing, over all queues."""
    asked, missing = problem.required[d].sum(axis=0), found.unmet[d].sum(axis=0)
    on_duty = found.on_duty(problem)[:, :, d].sum(axis=(0, 1))
    edges = np.arange(len(asked) + 1)
    axis.stairs(asked - missing, edges, fill=True, color=SERIES[0], alpha=0.35)
    axis.stairs(asked, edges, baseline=asked - missing, fill=True, facecolor="none", edgecolor=WORSE, hatch="////", linewidth=0)
    axis.stairs(asked, edges, color=INK, linewidth=1.4)
    axis.stairs(on_duty, edges, color=SERIES[0], linewidth=1.2, linestyle=":")
    ticks = [t for t in range(len(asked) + 1) if (problem.patterns.first // 1800 + t) % 6 == 0]
    axis.set_xticks(ticks, [clock(t, problem.patterns.first) for t in ticks])
    axis.set_xlim(0, len(asked))
    axis.set_ylim(0, max(1.0, 1.08 * float(max(problem.required.sum(axis=1).max(), found.on_duty(problem).sum(axis=(0, 1)).max()))))
    axis.set_xlabel(word("hour", language), color=PALE)
    if d:
        axis.tick_params(labelleft=False)
    else:
        axis.set_ylabel(word("at_work", language))
    axis.grid(axis="y", color="#eeeeee")
    axis.set_axisbelow(True)
