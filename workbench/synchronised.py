"""How much common citizens are worth, as a picture: the synchronisation score of each measure and scenario beside today's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.certainty import NOTES, scores
from workbench.language import heading, measure_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulation.result import Result

WORDS = {
    "title": ("What it is worth that both see the same citizens", "两个方案面对同一批群众有多大价值"),
    "axis": ("synchronisation: times as many independent runs for the same interval", "同步度：要得到同样窄的区间需多少倍的独立重复"),
    "rule": (
        "Synchronisation (Var A + Var B) / Var(B − A), without a unit, of a scenario (B) and today (A) over {n} replications, of all; "
        "bars: single 95 % intervals (jackknife on the logarithm). At 1 common citizens help nothing. Without a dot: no score, and why.",
        "同步度 (Var A + Var B) / Var(B − A)，无单位：方案（B）与现状（A），{n}次重复，全部群众；线段为单独的95%区间（对数刀切法）。"
        "为1时同一批群众无助益。无点者：无数值，注明原因。",
    ),
    "nothing": ("at 1: no help", "1：无助益"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def synchronisation(result: Result, titles: Mapping[str, str], language: str = "en", note: str = "") -> Figure:
    """Draw the score of each measure over all, a dot with its interval for each scenario, on a logarithmic axis."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from workbench.drawing import GRID, INK, MARKS, PALE, SERIES, below, folded, look

    rows = [row for row in scores(result) if row["group"] == "all" and row["stress"] == "none"]
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    names = [name for name in titles if any(row["scenario"] == name for row in rows)]
    with look():
        fig = Figure(figsize=(8.6, 0.3 * len(measures) * max(1, len(names)) + 2.4), layout="constrained")
        axis = fig.subplots()
        fig.suptitle(word("title", language), color=INK)
        step = 0.8 / max(1, len(names))
        for row in rows:
            k = names.index(row["scenario"])
            y = measures.index(row["measure"]) + (k - (len(names) - 1) / 2) * step
            colour, mark = SERIES[(k + 1) % len(SERIES)], MARKS[k % len(MARKS)]
            if row["score"] is None:
                axis.text(1, y, f"  {NOTES[row['note']][language == 'zh']}", fontsize=7, color=PALE, va="center")
                continue
            if row["low"] is not None:
                axis.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.6)
            axis.plot([row["score"]], [y], mark, color=colour, markersize=6)
        line = axis.axvline(1, color=INK, linewidth=1)
        axis.set_xscale("log")
        axis.set_xlim(0.45, max([4.0, *(1.2 * (row["high"] or row["score"]) for row in rows if row["score"] is not None)]))
        axis.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
        axis.set_yticks(range(len(measures)), [folded(heading(measure_name(m, language)), 34) for m in measures], fontsize=8)
        axis.set_ylim(len(measures) - 0.5, -0.5)
        axis.set_xlabel(word("axis", language))
        axis.grid(axis="x", color=GRID)
        axis.set_axisbelow(True)
        handles = [
            *(Line2D([], [], marker=MARKS[k % len(MARKS)], color=SERIES[(k + 1) % len(SERIES)]) for k in range(len(names))), line
        ]  # fmt: skip
        told = word("rule", language).format(n=result.provenance["replications"])
        below(fig, told, note, handles=handles, names=[*(titles[name] for name in names), word("nothing", language)], columns=2)
    return fig
