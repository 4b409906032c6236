"""Pictures of a merger: the map of departments before and after, and the four words of all proposals and alternatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from workbench.drawing import BETTER, GRID, INK, PALE, SERIES, UNRESOLVED, WORSE, below, empty, folded, look
from workbench.language import title_of
from workbench.mergers import figure_name
from workbench.quantities import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from optimization.fourwords import Point
    from optimization.merging import Merger
    from simulation.scenario import Scenario

TINTS = (*SERIES, "#e69f00", "#56b4e9")
WORDS = {
    "before": ("Today: {n} departments", "现状：{n}个部门"), "after": ("Proposed: {n} departments", "方案：{n}个部门"),
    "merger": ("With the merger: {n} departments", "若合并：{n}个部门"),
    "between": ("files handed over between departments, officers' hours a year", "部门之间的文件交接（经办工时/年）"),
    "inside": ("no longer handed over: both ends in one body", "不再交接：两端同属一个部门"),
    "better": ("surely better than today", "确定优于现状"), "worse": ("surely worse than today", "确定差于现状"),
    "open": ("not told apart", "尚难区分"), "same": ("none in practice: within 1 %", "实际无差别（1%以内）"),
    "body": ("wide band: becomes one body", "宽弧：合为一个部门"),
    "fixed": ("powers not transferable", "职权不得划转"), "one": ("may be merged", "可以合并"),
    "width": ("Full lines are as wide as the hours; the widest of today stands for {h:,.0f} h a year.",
              "实线线宽与工时成正比，现状最粗者为每年{h:,.0f}小时。"),
    "not worth": ("Not worth it; the merger that the model prefers: {names}", "不值得合并；模型所选的合并：{names}"),
    "which": ("Which departments become one: {names}", "哪些部门合并：{names}"), "nobody": ("none", "无"),
    "gain": ("Gain {v:,.0f} CNY a year, no partition within the rules gains more than {b:,.0f}.",
             "收益{v:,.0f}元/年；规则之内任何方案的收益都不超过{b:,.0f}元/年。"),
    "words": ("Unified, lean, efficient, accountable: each beside today", "统一、精简、高效、负责：与现状对照"),
    "bodies": ("departments", "部门数"), "gains": ("gains {b:,.0f} CNY a year in the model", "模型收益{b:,.0f}元/年"),
    "unified": ("unified", "统一"), "lean": ("lean", "精简"), "efficient": ("efficient", "高效"), "accountable": ("accountable", "负责"),
    "how": (
        "Difference from today (grey line) on {n} fresh replications, assumptions not included; bar with ends: 95 % interval. Colours "
        "compare with today, as the answer's “than today” does; whether to merge is judged against the merger.",
        "与现状之差（灰线为现状），{n}次新种子重复，未计入假设；带端线的横条为95%区间。颜色以现状为准，与答案中“优于现状”一致；是否合并则与合并方案相比。",
    ),
    "filled": ("Filled: by values nobody is as good in all and better in one.", "实心：按数值不被任何其他方案全面超过。"),
    "one site": ("Unified cannot be told apart: the scenario has one site.", "只有一个大厅，“统一”无从区分。"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def department_map(merger: Merger, scenario: Scenario, language: str = "en") -> Figure:
    """Draw the departments on a circle with what they hand over, today and as proposed; members of a body stand side by side."""
    proposal = next((p for p in merger.proposals if p.reform == merger.solution.reform), None)
    with look():
        figure = Figure(figsize=(12, 7.2), layout="constrained")
        axes = figure.subplots(1, 2)
        if proposal is None:
            for axis in axes:
                empty(axis, language)
            return figure
        names, flows = merger.weights.names, merger.weights.parts["handing"]
        order = [name for body in sorted(proposal.bodies, key=lambda b: (-len(b), b)) for name in body]
        angle = {name: 2 * np.pi * k / len(order) for k, name in enumerate(order)}
        at = {name: np.array([np.cos(a), np.sin(a)]) for name, a in angle.items()}
        tint = {name: TINTS[k % len(TINTS)] for k, b in enumerate(b for b in proposal.bodies if len(b) > 1) for name in b}
        body_of = {name: k for k, body in enumerate(proposal.bodies) for name in body}
        most = max(float(flows.max()), 1e-9)
        which = "not worth" if merger.instead else "which"
        figure.suptitle(folded(word(which, language).format(names=_joined(proposal.bodies, scenario, language)), 120), color=INK)
        for axis, after in zip(axes, (False, True), strict=True):
            axis.set_axis_off()
            axis.set_aspect("equal")
            axis.set_xlim(-1.95, 1.95)
            axis.set_ylim(-1.85, 1.85)
            for i, j in np.argwhere(np.triu(flows) > 0):
                one, other = names[i], names[j]
                inside = after and body_of[one] == body_of[other]
                ends = np.stack([at[one], at[one] * 0.25 + at[other] * 0.25, at[other]])
                width = 0.5 + 5 * float(flows[i, j]) / most
                if inside:  # dots as they are, of a width of their own: thick ones run into squares
                    _curve(axis, ends, tint[one], min(width, 1.5), ":")
                else:
                    _curve(axis, ends, PALE, width, "-")
            for name in order:
                department = scenario.centre.departments[name]
                mark, colour = ("o" if department.transferable else "s"), tint.get(name, INK) if after else INK
                axis.plot(*at[name], mark, color=colour, markersize=9 if after and name in tint else 6, zorder=3)
                title = department.title.zh if language == "zh" else department.title.en
                turn = np.degrees(angle[name])
                left = 90 < turn < 270
                axis.text(
                    *(at[name] * 1.07), folded(title, 24), fontsize=7, ha="right" if left else "left", va="center", linespacing=1.05,
                    rotation=turn - 180 if left else turn, rotation_mode="anchor", color=colour if after and name in tint else INK,
                )  # fmt: skip
            for body in (b for b in proposal.bodies if after and len(b) > 1):
                arc = np.linspace(min(angle[n] for n in body), max(angle[n] for n in body), 40)
                axis.plot(np.cos(arc), np.sin(arc), color=tint[body[0]], linewidth=6, alpha=0.35, solid_capstyle="round", zorder=1)
            count = len(proposal.bodies) if after else len(names)
            proposed = "merger" if merger.instead else "after"
            axis.set_title(word(proposed if after else "before", language).format(n=count), fontsize=10)
        marks = [
            Line2D([], [], color=PALE), Line2D([], [], color=TINTS[0], linestyle=":"), Line2D([], [], color=INK, marker="o", linestyle=""),
            Line2D([], [], color=INK, marker="s", linestyle=""), Line2D([], [], color=TINTS[0], linewidth=6, alpha=0.35),
        ]  # fmt: skip
        says = word("gain", language).format(v=proposal.answer.value, b=proposal.answer.bound)
        below(
            figure, word("width", language).format(h=most), says, handles=marks,
            names=[word(key, language) for key in ("between", "inside", "one", "fixed", "body")], columns=2,
        )  # fmt: skip
    return figure


def _joined(bodies: Sequence[Sequence[str]], scenario: Scenario, language: str) -> str:
    titles, zh = scenario.centre.departments, language == "zh"
    told = [" + ".join(title_of(titles[name].title, language) for name in body) for body in bodies if len(body) > 1]
    return ("；" if zh else "; ").join(told) or word("nobody", language)


def four_words(merger: Merger, titles: Mapping[str, str], language: str = "en") -> Figure:
    """Draw each figure of the four words for all proposals and alternatives as its difference from today, with interval."""
    from optimization.fourwords import GAP
    from optimization.fourwords import WORDS as FOUR

    with look():
        points = merger.beside
        figure = Figure(figsize=(11, 1.6 + 0.42 * max(2, len(points))), layout="constrained")
        if len(points) < 2:
            empty(figure.subplots(), language)
            return figure
        today, others = points[0], points[1:]
        keys = sorted(today.figures, key=lambda key: key not in FOUR["lean"])  # beside the number of departments, which is lean too
        axes = figure.subplots(1, 1 + len(keys), sharey=True)
        rows = np.arange(len(others))[::-1]
        for y, point in zip(rows, others, strict=True):
            axes[0].plot(point.bodies, y, "D", color=SERIES[0], markerfacecolor=SERIES[0] if point.front else "white")
            axes[0].annotate(str(point.bodies), (point.bodies, y), (0, 6), textcoords="offset points", fontsize=7, ha="center")
        axes[0].axvline(today.bodies, color=GRID, zorder=0)
        axes[0].margins(0.25)
        axes[0].set_title(_column("lean", word("bodies", language), language), fontsize=8)
        axes[0].set_yticks(rows, [_label(p, titles, language) for p in others], fontsize=8)
        for axis, key in zip(axes[1:], keys, strict=True):
            factor = unit_of(_unit(key[0])).factor
            for y, point in zip(rows, others, strict=True):
                _difference(axis, point, key, float(y), factor)
            axis.axvline(0, color=GRID, zorder=0)
            axis.margins(0.15)
            axis.tick_params(labelsize=7)
            axis.locator_params(axis="x", nbins=3)
            unit = unit_of(_unit(key[0])).apart[language == "zh"].strip()
            word_of = next(name for name, columns in FOUR.items() if key in columns)
            axis.set_title(_column(word_of, f"{figure_name(*key, language)}\n({unit})", language), fontsize=8)
        axes[0].set_ylim(-0.6, len(others) - 0.3)
        figure.suptitle(word("words", language), fontsize=10)
        n = int(others[0].figures[keys[0]]["n"])
        site = word("one site", language) if all(GAP not in p.figures for p in points) else ""
        filled = "" if all(p.front for p in others) else word("filled", language)
        colours = {"better": BETTER, "worse": WORSE, "same": INK, "open": UNRESOLVED}
        handles = [Line2D([], [], color=colour, marker="D", markersize=5, linewidth=1.5) for colour in colours.values()]
        told = [part for part in (word("how", language).format(n=n), filled, site) if part]
        below(figure, *told, handles=handles, names=[word(key, language) for key in colours], columns=4)
    return figure


def _column(name: str, what: str, language: str) -> str:
    """Return the head of a column: which of the four words it belongs to, and below what is drawn."""
    lines = [folded(line, 20) for line in what.split("\n")]
    return "\n".join([f"“{word(name, language)}”", *lines])


def _curve(axis: Axes, ends: NDArray[np.float64], colour: str, width: float, style: str) -> None:
    """Draw a curve from the first to the third point, bent towards the second."""
    t = np.linspace(0, 1, 30)[:, None]
    line = (1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * ends[1] + t**2 * ends[2]
    axis.plot(line[:, 0], line[:, 1], color=colour, linewidth=width, linestyle=style, alpha=0.7, zorder=2)


def _label(point: Point, titles: Mapping[str, str], language: str) -> str:
    found = folded(titles.get(point.name, point.name), 30)
    return found if point.gain is None else f"{found}\n{word('gains', language).format(b=point.gain)}"


def _unit(measure: str) -> str:
    from optimization.fourwords import MEASURES

    return next(m.unit for m in MEASURES if m.name == measure)


def _difference(axis: Axes, point: Point, key: tuple[str, str], y: float, factor: float) -> None:
    from optimization.fourwords import judged

    row = point.figures[key]
    if row["difference"] is None:
        return
    value = row["difference"] * factor
    low, high = (value if row[end] is None else row[end] * factor for end in ("difference_low", "difference_high"))
    colour = {"better": BETTER, "worse": WORSE, "same": INK, "open": UNRESOLVED}[judged(row, key[0])]
    axis.errorbar(value, y, xerr=[[value - low], [high - value]], fmt="none", ecolor=colour, elinewidth=1.5, capsize=5, capthick=1.5)
    axis.plot(value, y, "D", color=colour, markerfacecolor=colour if point.front else "white", markersize=3.5)
