"""What could be promised, item by item: the law, today's promise, and what nine cases in ten keep today and under reforms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from workbench.drawing import GRID, INK, MARKS, PALE, SERIES, below, empty, folded, look, word
from workbench.limits import Limits, Offer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12
APART = 0.17
"""Inches between the marks of two scenarios in a row, so that none hides another."""
_BOUND: dict[str, Any] = {"marker": "|", "markersize": 9, "markeredgewidth": 1.8}
PROMISE = "#d9e2ec"


def promises(limits: Limits, titles: Mapping[str, str], language: str = "en", note: str = "", most: int = MOST) -> Figure:
    """Draw a row for each item whose promise is not sure to be kept today, then for those with most cases.

    A bar reaches to today's promise, a post stands at the legal limit (or an arrow points to it, at the right edge). For each scenario a
    mark shows the estimate of the working days that nine cases in ten keep, and a line from it ends at the cautious bound, which is what
    could be promised. A bound inside the bar leaves room; one beyond it is not sure to keep the promise.

    Parameters
    ----------
    limits : what could be promised.
    titles : of the scenarios, by code.
    note : said in the caption.
    most : number of items shown.
    """
    everything = limits.telling()
    items = everything[:most]
    with look():
        row = max(0.42, APART * len(limits.scenarios) + 0.1)
        fig = Figure(figsize=(11, row * max(3, len(items)) + 2.4), layout="constrained")
        axis = fig.subplots()
        fig.suptitle(word("limits", language), color=INK)
        if not items:
            empty(axis, language)
            return fig
        today = {item: limits.offers[item][limits.today] for item in items}
        held = [o.holds_wd for item in items for o in limits.offers[item].values() if o.holds_wd is not None]
        reach = max([2, *held, *(o.promise_wd for o in today.values() if o.promise_wd is not None)])
        last = reach * 1.3 + 1
        step = APART / row
        for k, item in enumerate(items):
            if (promise := today[item].promise_wd) is not None:
                axis.barh(k, promise, height=0.78, color=PROMISE, zorder=1)
                axis.plot([promise, promise], [k - 0.39, k + 0.39], color=INK, linewidth=1.6, zorder=2)
            _law(axis, k, today[item].legal_wd, last, language)
            for j, scenario in enumerate(limits.scenarios):
                if (offer := limits.offers[item].get(scenario)) is not None:
                    _offer(axis, k + (j - (len(limits.scenarios) - 1) / 2) * step, j, offer, reach, language)
        axis.set_yticks(range(len(items)), [folded(limits.title(item, language), 36) for item in items])
        axis.set_ylim(len(items) - 0.4, -0.6)
        axis.set_xlim(-0.3, last)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel(word("limit_days", language))
        axis.grid(axis="x", color=GRID, linewidth=0.6)
        axis.set_axisbelow(True)
        axis.tick_params(axis="y", length=0)
        handles: list[Any] = [Patch(facecolor=PROMISE, edgecolor=INK), Line2D([], [], color=PALE, linewidth=2.4, linestyle=(0, (2, 1)))]
        handles += [Line2D([], [], linestyle="", **_mark(j)) for j in range(len(limits.scenarios))]
        handles += [Line2D([], [], linestyle="", color=INK, **_BOUND)]
        names = [word("room", language), word("law", language)]
        names += [folded(word("estimate", language).format(title=titles[s]), 56) for s in limits.scenarios] + [word("bound", language)]
        shown = word("some_items", language).format(n=len(items), all=len(everything)) if len(items) < len(everything) else ""
        below(fig, shown, word("limits_note", language), note, handles=handles, names=names, columns=3)
    return fig


def _mark(j: int) -> dict[str, Any]:
    colour = SERIES[j % len(SERIES)]
    edge = {"markeredgecolor": "white", "markeredgewidth": 0.6}
    return {"marker": MARKS[j % len(MARKS)], "markersize": 5.5, "markerfacecolor": colour, **edge}


def _offer(axis: Axes, y: float, j: int, offer: Offer, reach: float, language: str) -> None:
    """The estimate, a line to the bound and the bound; in words where there is none or it is beyond the law."""
    colour = SERIES[j % len(SERIES)]
    if offer.holds_wd is not None:
        if offer.estimate_wd is not None:
            axis.plot([offer.estimate_wd, offer.holds_wd], [y, y], color=colour, linewidth=1.4, zorder=3)
            axis.plot([offer.estimate_wd], [y], linestyle="", zorder=4, **_mark(j))
        axis.plot([offer.holds_wd], [y], linestyle="", color=colour, zorder=3, **_BOUND)
    if offer.holds_wd is None or not offer.lawful:
        text = word("few" if offer.holds_wd is None else "beyond", language)
        axis.annotate(text, (reach * 1.02, y), fontsize=7, color=colour, va="center", zorder=4)


def _law(axis: Axes, k: int, legal_wd: int | None, last: float, language: str) -> None:
    """The legal limit: a post, or an arrow at the right edge."""
    if legal_wd is None:
        return
    if legal_wd <= last:
        axis.plot([legal_wd] * 2, [k - 0.39, k + 0.39], color=PALE, linewidth=2.4, linestyle=(0, (2, 1)), zorder=2)
        return
    axis.annotate("", (last, k), (last * 0.955, k), arrowprops={"arrowstyle": "->", "color": PALE}, zorder=2)
    axis.annotate(word("law_at", language).format(n=legal_wd), (last * 0.95, k), fontsize=8, color=PALE, ha="right", va="center")
