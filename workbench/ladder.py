"""The ladder: what each reform changes, with intervals, one panel a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from workbench.drawing import BETTER, CHANGED, GRID, INK, UNRESOLVED, WORSE, below, empty, folded, look, word
from workbench.language import heading, measure_name
from workbench.quantities import NOISE, better, resolved, tiny, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS: Mapping[str, tuple[str, str, bool]] = {
    "better": ("o", BETTER, True), "worse": ("X", WORSE, True), "changed": ("s", CHANGED, True), "tiny": ("o", UNRESOLVED, False),
    "same": ("D", UNRESOLVED, False), "unresolved": ("o", UNRESOLVED, True), "identical": ("D", INK, False),
}  # fmt: skip
"""Mark, colour and whether it is filled, by what a difference is; the form tells better from worse without the colour."""
TICKS = 4
"""Stretches between the numbers of an axis: so many fit into a panel; one or two more where there would be two numbers only."""


def ladder(
    rows: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    notes: Mapping[str, str],
    measures: Sequence[str],
    language: str = "en",
    note: str = "",
) -> Figure:
    """Draw the paired effect of each reform with its interval, one panel a measure.

    Parameters
    ----------
    rows : rows of a Result.
    titles, notes : by reform: its name; cost, authority and months to effect.
    measures : codes of the measures shown.
    note : said in the caption.
    """
    found = {(r["scenario"], r["measure"]): r for r in rows if r["group"] == "all" and r.get("stress", "none") == "none"}
    labels = [folded(f"{title}\n{notes.get(name, '')}".strip(), 60) for name, title in titles.items()]
    lines = [label.count("\n") + 1 for label in labels]
    with look():
        fig = Figure(figsize=(2.7 * len(measures) + 4.4, sum(0.17 * max(2, n) + 0.16 for n in lines) + 2.1), layout="constrained")
        axes = fig.subplots(1, max(1, len(measures)), sharey=True, squeeze=False)[0]
        kinds: set[str] = set()
        if not measures:
            empty(axes[0], language)
        for axis, measure in zip(axes, measures, strict=False):
            for k, name in enumerate(titles):
                row = found.get((name, measure))
                if row is not None and (row["difference"] is not None or row.get("identical")):
                    kinds.add(kind := kind_of(row))
                    _draw(axis, k, row, kind)
            axis.axvline(0, color=INK, linewidth=1, zorder=1.8)
            unit = next((unit_of(r["unit"]).apart[language == "zh"] for (_, m), r in found.items() if m == measure), "")
            axis.set_title(f"{folded(heading(measure_name(measure, language)), 30)}\n[{unit}]", fontsize=9)
            axis.grid(axis="x", color=GRID)
            axis.set_axisbelow(True)
            axis.margins(x=0.08)
            if axis.dataLim.width < NOISE:
                axis.set_xlim(-1, 1)
            axis.tick_params(axis="x", labelsize=8)
            axis.xaxis.set_major_locator(MaxNLocator(TICKS, steps=[1, 2, 5, 10], min_n_ticks=3))
            axis.xaxis.set_major_formatter(lambda x, _: f"{0.0 if abs(x) < NOISE else x:,.6g}".replace("-", "−"))
            axis.tick_params(axis="y", length=0)
            axis.set_xlabel(word("effect", language), fontsize=7)
        axes[0].set_yticks(range(len(titles)), labels, fontsize=8)
        axes[0].set_ylim(len(titles) - 0.5, -0.5)
        fig.suptitle(word("ladder", language), color=INK)
        shown = [kind for kind in LOOKS if kind in kinds]
        handles = [Line2D([], [], linestyle="", markersize=7, **_mark(kind)) for kind in shown]
        together = word("together", language) if any(row.get("simultaneous") for row in found.values()) else ""
        below(fig, note, together, handles=handles, names=[word(kind, language) for kind in shown], columns=6)
    return fig


def kind_of(row: Mapping[str, Any]) -> str:
    """Return what a paired difference is: a key of `LOOKS`."""
    if row.get("identical"):
        return "identical"
    if tiny(row):
        return "tiny" if resolved(row) else "same"
    if not resolved(row):
        return "unresolved"
    return {True: "better", False: "worse", None: "changed"}[better(row)]


def _mark(kind: str) -> dict[str, Any]:
    mark, colour, filled = LOOKS[kind]
    return {"marker": mark, "markeredgecolor": colour, "markerfacecolor": colour if filled else "white"}


def _draw(axis: Axes, k: int, row: Mapping[str, Any], kind: str) -> None:
    factor = unit_of(row["unit"]).factor
    middle = (row["difference"] or 0.0) * factor
    middle = 0.0 if abs(middle) < NOISE else middle
    low, high = (middle if row[key] is None else row[key] * factor for key in ("difference_low", "difference_high"))
    axis.plot([low, high], [k, k], color=INK, linewidth=1.6, zorder=2)
    axis.plot([middle], [k], linestyle="", markersize=7, zorder=3, **_mark(kind))
