"""What could be promised, item by item: the law, today's promise, and what nine cases in ten keep today and under reforms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from workbench.drawing import GRID, INK, MARKS, PALE, SERIES, below, empty, folded, look, word
from workbench.limits import Limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12
PROMISE = "#d9e2ec"


def promises(limits: Limits, titles: Mapping[str, str], language: str = "en", note: str = "", most: int = MOST) -> Figure:
    """Draw a row for each item whose promise is not sure to be kept today, then for those with most cases.

    A bar reaches to today's promise, a post stands at the legal limit (or an arrow points to it, at the right edge), and a mark for each
    scenario shows the working days that at least nine cases in ten keep. A mark inside the bar leaves room; one beyond it breaks the
    promise.

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
        fig = Figure(figsize=(11, 0.42 * max(3, len(items)) + 2.3), layout="constrained")
        axis = fig.subplots()
        fig.suptitle(word("limits", language), color=INK)
        if not items:
            empty(axis, language)
            return fig
        today = {item: limits.offers[item][limits.today] for item in items}
        held = [o.holds_wd for item in items for o in limits.offers[item].values() if o.holds_wd is not None]
        reach = max([2, *held, *(o.promise_wd for o in today.values() if o.promise_wd is not None)])
        last = reach * 1.3 + 1
        step = 0.62 / max(1, len(limits.scenarios))
        for k, item in enumerate(items):
            if (promise := today[item].promise_wd) is not None:
                axis.barh(k, promise, height=0.78, color=PROMISE, zorder=1)
                axis.plot([promise, promise], [k - 0.39, k + 0.39], color=INK, linewidth=1.6, zorder=2)
            _law(axis, k, today[item].legal_wd, last, language)
            for j, scenario in enumerate(limits.scenarios):
                if (offer := limits.offers[item].get(scenario)) is not None:
                    y = k + (j - (len(limits.scenarios) - 1) / 2) * step
                    if offer.holds_wd is not None and offer.lawful:
                        axis.plot([offer.holds_wd], [y], linestyle="", zorder=4, **_mark(j))
                    else:
                        text = word("few" if offer.holds_wd is None else "beyond", language)
                        axis.annotate(text, (reach * 1.02, y), fontsize=7, color=SERIES[j], va="center", zorder=4)
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
        names = [word("room", language), word("law", language)]
        names += [folded(word("holds", language).format(title=titles[s]), 56) for s in limits.scenarios]
        shown = word("some_items", language).format(n=len(items), all=len(everything)) if len(items) < len(everything) else ""
        below(fig, shown, word("limits_note", language), note, handles=handles, names=names, columns=3)
    return fig


def _mark(j: int) -> dict[str, Any]:
    colour = SERIES[j % len(SERIES)]
    return {"marker": MARKS[j % len(MARKS)], "markersize": 7, "markerfacecolor": colour, "markeredgecolor": "white", "markeredgewidth": 0.6}


def _law(axis: Axes, k: int, legal_wd: int | None, last: float, language: str) -> None:
    """The legal limit: a post, or an arrow at the right edge."""
    if legal_wd is None:
        return
    if legal_wd <= last:
        axis.plot([legal_wd] * 2, [k - 0.39, k + 0.39], color=PALE, linewidth=2.4, linestyle=(0, (2, 1)), zorder=2)
        return
    axis.annotate("", (last, k), (last * 0.955, k), arrowprops={"arrowstyle": "->", "color": PALE}, zorder=2)
    axis.annotate(word("law_at", language).format(n=legal_wd), (last * 0.95, k), fontsize=8, color=PALE, ha="right", va="center")
