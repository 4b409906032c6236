"""The way to a new order: what a reform changes in its first, third and twelfth month, as lines and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from simulation.months import MONTH, missing, months
from workbench.drawing import GRID, INK, MARKS, SERIES, below, empty, folded, look
from workbench.language import heading, measure_name
from workbench.quantities import number, span, unit_name, unit_of

WORDS = {
    "title": ("On the way: months after the reform", "改革后各月的变化"),
    "month": ("month {k}", "第{k}个月"),
    "axis": ("months after the reform (of {n} working days)", "改革后第几个月（每月{n}个工作日）"),
    "effect": ("difference from the same days under today's order", "与同期现状之差"),
    "short": (
        "The measured window of {wd} working days does not hold month {ks}: it needs `window_wd: {need}` or more.",
        "测量期为{wd}个工作日，不含第{ks}个月：需要 `window_wd: {need}` 或更长。",
    ),
    "said": ("{scenario}: {told}", "{scenario}：{told}"),
    "bars": ("Bars: single 95 % intervals, chance only.", "线段：单独95%区间，仅计随机性。"),
}


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def too_short(window_wd: int, language: str = "en") -> str:
    """Return the sentence that names the months a window does not hold; empty when it holds all that are shown."""
    if not (absent := missing(window_wd)):
        return ""
    ks = ("、" if language == "zh" else ", ").join(map(str, absent))
    return word("short", language).format(wd=window_wd, ks=ks, need=absent[0] * MONTH)


def lines(
    rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str], measures: Sequence[str], window_wd: int, language: str = "en"
) -> list[str]:
    """Return, measure by measure, what each reform changes month by month, and which months the window does not hold.

    Parameters
    ----------
    rows : rows of a Result in the transition view.
    titles : of the reforms, by code.
    """
    found = {(r["scenario"], r["measure"], r["group"]): r for r in rows if r["stress"] == "none"}
    told = []
    comma = "；" if language == "zh" else "; "
    for measure in measures:
        unit = next((unit_name(r["unit"], language) for (_, m, _), r in found.items() if m == measure), "")
        told.append(f"{heading(measure_name(measure, language))}{f'（{unit}）' if language == 'zh' else f' ({unit})'}")
        for name, title in titles.items():
            parts = []
            for k in months(window_wd):
                row = found.get((name, measure, f"month:{k}"))
                if row is not None and row["difference"] is not None:
                    change, between = number(row, "difference", signed=True), span(row, "difference_low", "difference_high", signed=True)
                    parts.append(f"{word('month', language).format(k=k)} {change} ({between})")
            if parts:
                told.append("  " + word("said", language).format(scenario=title, told=comma.join(parts)))
    if short := too_short(window_wd, language):
        told.append(short)
    return told


def months_after(
    rows: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    measures: Sequence[str],
    window_wd: int,
    language: str = "en",
    note: str = "",
) -> Figure:
    """Draw what each reform changes in months 1, 3 and 12, one panel a measure; the caption names months that the window does not hold.

    Parameters
    ----------
    rows : rows of a Result in the transition view.
    titles : of the reforms, by code; one colour and mark each.
    note : said in the caption.
    """
    found = {(r["scenario"], r["measure"], r["group"]): r for r in rows if r["stress"] == "none"}
    held = months(window_wd)
    with look():
        fig = Figure(figsize=(3.4 * len(measures) + 0.6, 3.9), layout="constrained")
        axes = fig.subplots(1, max(1, len(measures)), squeeze=False)[0]
        fig.suptitle(word("title", language), color=INK)
        handles: dict[str, Any] = {}
        for axis, measure in zip(axes, measures, strict=False):
            drawn = False
            unit = ""
            for j, (name, title) in enumerate(titles.items()):
                at = [k for k in held if (r := found.get((name, measure, f"month:{k}"))) and r["difference"] is not None]
                if not at:
                    continue
                row = [found[name, measure, f"month:{k}"] for k in at]
                factor, unit, drawn = unit_of(row[0]["unit"]).factor, unit_of(row[0]["unit"]).apart[language == "zh"], True
                place = [held.index(k) + 0.12 * (j - (len(titles) - 1) / 2) for k in at]
                middle = [r["difference"] * factor for r in row]
                ends = ("difference_low", "difference_high")
                low, high = ([(r["difference"] if r[key] is None else r[key]) * factor for r in row] for key in ends)
                colour = SERIES[j % len(SERIES)]
                axis.vlines(place, low, high, color=colour, linewidth=1.4)
                (line,) = axis.plot(place, middle, color=colour, marker=MARKS[j % len(MARKS)], linestyle="", markersize=6)
                handles[title] = line
            if not drawn:
                empty(axis, language)
                continue
            axis.axhline(0, color=INK, linewidth=1)
            axis.set_title(f"{folded(heading(measure_name(measure, language)), 34)}\n[{unit}]", fontsize=9)
            axis.set_xticks(range(len(held)), [str(k) for k in held])
            axis.set_xlim(-0.5, len(held) - 0.5)
            axis.set_xlabel(word("axis", language).format(n=MONTH), fontsize=8)
            axis.grid(axis="y", color=GRID)
            axis.set_axisbelow(True)
        axes[0].set_ylabel(word("effect", language), fontsize=8)
        below(
            fig, word("bars", language), too_short(window_wd, language), note,
            handles=list(handles.values()), names=[folded(t, 40) for t in handles], columns=4,
        )  # fmt: skip
    return fig
