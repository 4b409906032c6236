"""Pooling against slowdown: how much slower general staff may be before one queue for all is worse than a queue for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from simulation.theory import mmc_wait
from workbench.drawing import BETTER, GRID, INK, SERIES, WORSE, below, look

WORDS = {
    "title": ("Pooling against slowdown: where it turns", "合窗与办理变慢：转折点在哪里"),
    "x": ("service time of general staff / of specialists", "综窗人员用时 / 专窗人员用时"),
    "y": ("mean wait, minutes", "平均等候（分钟）"),
    "separate": ("{c} separate queues (formula)", "{c}个专窗分别排队（公式）"),
    "waits": ("{c} separate queues: {wait:.0f} minutes", "{c}个专窗分别排队：{wait:.0f}分钟"),
    "load": (
        "{c} windows, to each {rate:g} citizens an hour and {service:g} minutes of specialists' service: busy {load:.0%} of the time.",
        "{c}个窗口，每窗每小时来{rate:g}人，专窗人员平均用时{service:g}分钟：负荷{load:.0%}。",
    ),
    "pooled": ("one queue, {c} general windows (formula)", "一列队、{c}个综合窗口（公式）"),
    "simulated": ("one queue, simulated, 95 % interval", "一列队，仿真，95%区间"),
    "turns": ("turns at {x:.2f}", "转折于{x:.2f}"),
    "full": ("no steady state from {x:.2f}", "{x:.2f}起排队无限增长"),
    "pays": ("pooling pays", "合窗有利"),
    "harms": ("pooling harms", "合窗有害"),
    "counts": (
        "It turns where the pooled wait plus the longer service takes as long as the separate wait plus the shorter service.",
        "转折点：合窗后的等候加上变长的办理，等于分窗的等候加上较短的办理。",
    ),
}


class Point(NamedTuple):
    """A simulated mean wait in minutes at one slowdown, with its interval."""

    slowdown: float
    value: float
    low: float
    high: float


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def turning_point(arrivals: float, service: float, windows: int) -> float:
    """Return the slowdown at which one queue for all windows takes a citizen as long, wait and service, as a queue for each.

    Parameters
    ----------
    arrivals : to each window, per minute. service : minutes at a specialist's window, exponential. windows : how many.

    Notes
    -----
    Erlang C on both sides; bisection, to 1e-6. With six windows, five citizens an hour each and ten minutes:

    >>> round(turning_point(5 / 60, 10.0, 6), 3)
    1.157
    """
    apart = mmc_wait(arrivals, service, 1) + service
    low, high = 1.0, 1 / (arrivals * service)
    while high - low > 1e-6:
        middle = (low + high) / 2
        together = mmc_wait(arrivals * windows, service * middle, windows) + service * middle
        low, high = (middle, high) if together < apart else (low, middle)
    return low


def pooling_against_slowdown(
    arrivals: float, service: float, windows: int, simulated: Sequence[Point] = (), language: str = "en", note: str = ""
) -> Figure:
    """Draw the mean wait of one pooled queue against how much slower its staff are, beside separate queues, and the point where it turns.

    Parameters
    ----------
    arrivals : to each window, per minute. service : minutes, exponential. windows : how many.
    simulated : of the pooled queue, drawn with their intervals.
    note : said in the caption.
    """
    apart, turns, full = mmc_wait(arrivals, service, 1), turning_point(arrivals, service, windows), 1 / (arrivals * service)
    at = np.linspace(1.0, full - 0.002, 200)
    with look():
        fig = Figure(figsize=(7.4, 4.8), layout="constrained")
        axis = fig.subplots()
        fig.suptitle(word("title", language), color=INK)
        waits = [mmc_wait(arrivals * windows, service * float(x), windows) for x in at]
        top, edge = apart * 1.6, full + 0.06 * (full - 1.0)
        handles: list[Any] = [
            axis.axhline(apart, color=INK, linestyle="--", linewidth=1.6),
            axis.plot(at, waits, color=SERIES[0], linewidth=2)[0],
        ]
        names = [word("separate", language).format(c=windows), word("pooled", language).format(c=windows)]
        if simulated:
            x = [p.slowdown for p in simulated]
            errors = [[p.value - p.low for p in simulated], [p.high - p.value for p in simulated]]
            handles.append(axis.errorbar(x, [p.value for p in simulated], yerr=errors, fmt="o", color=SERIES[1], capsize=3, markersize=5))
            names.append(word("simulated", language))
        axis.axvspan(1.0, turns, color=BETTER, alpha=0.08, linewidth=0)
        axis.axvspan(turns, edge, color=WORSE, alpha=0.08, linewidth=0)
        axis.annotate(
            word("waits", language).format(c=windows, wait=apart), (1.0, apart), (3, 4), textcoords="offset points", fontsize=8, va="bottom"
        )
        # Above the axis, where no line is: the turning point ends where the other begins.
        for where, key, side in ((turns, "turns", "right"), (full, "full", "center")):
            axis.axvline(where, color=INK, linewidth=0.9, linestyle=":")
            axis.annotate(
                word(key, language).format(x=where), (where, top), (0, 3), textcoords="offset points", fontsize=8, ha=side, va="bottom"
            )
        axis.text((1 + turns) / 2, top * 0.9, word("pays", language), ha="center", color=BETTER)
        axis.text(turns + 0.06 * (full - 1), top * 0.04, word("harms", language), color=WORSE)
        axis.set_xlim(0.995, edge)
        axis.set_ylim(0, top)
        axis.set_xlabel(word("x", language))
        axis.set_ylabel(word("y", language))
        axis.grid(axis="y", color=GRID, linewidth=0.6)
        axis.set_axisbelow(True)
        load = word("load", language).format(c=windows, rate=arrivals * 60, service=service, load=arrivals * service)
        below(fig, load, word("counts", language), note, handles=handles, names=names, columns=3)
    return fig
