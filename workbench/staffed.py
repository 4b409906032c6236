"""Staffing in pictures: windows staffed by half hour against what the work asks for; waits before and after, against their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workbench.drawing import BETTER, CHANGED, GRID, INK, PALE, WORSE, below, folded, look
from workbench.language import Labels, heading, measure_name, member_name
from workbench.quantities import unit_of
from workbench.requirements import scoped_measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from optimization.solution import Verified
    from simulation.plan import Plan
    from simulation.result import Result

WORDS = {
    "today": ("today", "现状"), "proposed": ("proposed", "方案"), "clock": ("time of day", "时刻"),
    "people": ("people at the windows", "窗口在岗人数"), "load": ("work at hand (offered load)", "在办工作量"),
    "need": ("by formula, if three in ten wait at all: no target", "公式参考值（三成人需等候），非目标"),
    "windows": ("Who sits at the windows: {before:.1f} person-hours a working day become {after:.1f}; "
                "and what the work asks for",
                "窗口在岗与需求：每个工作日由{before:.1f}人时变为{after:.1f}人时"),
    "longest": ("{name}; at the worst {peaks} min", "{name}；最长{peaks}分钟"),
    "waits": ("Mean wait by the half hour in which the ticket is taken", "各半小时取号者的平均等候"), "minutes": ("minutes", "分钟"),
    "by": ("{name}, by the half hour in which the ticket is taken", "{name}（按取号的半小时）"),
    "asked": ("asked of the whole day: at most {target:g} min", "对全天的要求：至多{target:g}分钟"),
    "said": (
        "A working day. Work at hand: people busy at once if nobody waited, carried over by long services. Dotted: so many as the "
        "square-root formula asks for if three in ten are to wait at all. Targets that allow longer waits need fewer: a staffing below the "
        "dotted line is not too small for that.",
        "工作日。在办工作量：若无人等候时同时忙碌的人数（含跨时段办理）。虚线：按平方根公式、只有三成人需等候时的人数；目标允许更长等候时所需更少，低于虚线并不等于人手不足。",
    ),
    "some": ("{n} of {all} queues: those that change most first, then those with most work.",
             "共{all}个队列，示{n}个：变化大者在前，其余按工作量。"),
    "target": ("target", "目标"),
    "all": ("the whole hall", "全大厅"),
    "kept": ("On fresh seeds {kept} of {targets} targets are met ({met} of {n} cells), {failed} missed, {open} undecided",
             "新种子下{targets}个目标中{kept}个达到（{n}格中{met}格），{failed}个未达到，{open}个尚难判断"),
    "no target": ("Waits on fresh seeds", "新种子下的等候"),
    "met": ("proposed: meets it", "方案：达标"), "missed": ("proposed: misses it", "方案：未达标"),
    "undecided": ("proposed: undecided", "方案：尚难判断"), "None": ("proposed: no target", "方案：无目标"),
    "verified": (
        "95 % intervals, {n} replications used for nothing else. Wait: of all who waited, those who left too, for each ticket served. "
        "A target of many cells is missed where a cell is above it at 5 % over all cells (Bonferroni).",
        "95%区间，{n}次专用重复。等候：全部等候者（含离开者）的等候合计除以办理数。多格目标：按Bonferroni校正判定未达标。",
    ),
    "worst": ("Of {measure}: the {n} of {all} cells that come closest to the target or pass it.",
              "{measure}：仅示{all}格中最接近或超过目标的{n}格。"),
    "interval": ("Intervals: 95 %, over {n} replications, single.", "区间：95%，{n}次重复，逐点。"),
}  # fmt: skip

VERDICTS = {"met": BETTER, "undecided": "#e69f00", "missed": WORSE, "None": CHANGED}
"""Colour of each verdict of a cell."""


def _word(key: str, language: str) -> str:
    return WORDS[key][language == "zh"]


def staffed(before: Plan, after: Plan, language: str = "en", most: int = 9) -> Figure:
    """Draw people on duty by half hour of a working day, today and proposed, against load and need, one panel a queue.

    Parameters
    ----------
    before, after : plans of today and of the reform.
    most : panels; the queues whose hours change most come first, then those with most work.
    """
    from optimization.levels import PERIODS, levels, loads, safety
    from optimization.staffing_case import staffing_case
    from optimization.staffing_problem import Prices

    load = loads(before)[0]
    asked = levels(load, safety(0.3))
    duty, seated = [], []
    for plan in (before, after):
        case = staffing_case(plan, Prices()).instance
        on = np.einsum("gsw,st->gwt", case.today, case.covers.astype(int))[..., :PERIODS]
        by = np.zeros((len(plan.classes), PERIODS))
        for (g, w), served in case.serves.items():
            for k in served:
                by[k] += on[g, w]
        seated.append(float(on.sum()) / 2)
        duty.append({plan.classes[k]: by[k] for k in range(len(plan.classes))})
    shift = np.array([np.abs(duty[1].get(name, np.zeros(PERIODS)) - duty[0][name]).sum() for name in before.classes])
    some = [k for k in np.lexsort((-load.sum(axis=1), -shift)) if load[k].any() or duty[0][before.classes[k]].any()]
    order = some[:most]
    columns = min(3, len(order)) or 1
    rows = max(1, -(-len(order) // columns))
    hours = np.arange(PERIODS + 1) / 2
    with look():
        figure = Figure(figsize=(3.1 * columns + 0.6, 2.0 * rows + 1.2), layout="constrained")
        axes = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
        for axis in axes[len(order) :]:
            axis.set_visible(False)
        handles: list[Any] = []
        for axis, k in zip(axes, order, strict=False):
            name = before.classes[k]
            handles = [
                axis.stairs(duty[0][name], hours, color=PALE, linewidth=2.6, zorder=3),
                axis.stairs(duty[1].get(name, np.zeros(PERIODS)), hours, color=BETTER, linewidth=1.5, zorder=4),
                axis.stairs(load[k], hours, fill=True, color=GRID, zorder=1),
                axis.stairs(asked[k], hours, color=INK, linewidth=0.8, linestyle=":"),
            ]
            queue = before.scenario.centre.queues[name[0]].title
            axis.set_title(queue.zh if language == "zh" else queue.en, fontsize=9)
            axis.set_xlim(8.5, 17.5)
            axis.set_ylim(bottom=0)
            axis.yaxis.get_major_locator().set_params(integer=True)
            axis.set_xticks([9, 11, 13, 15, 17], [f"{h}:00" for h in (9, 11, 13, 15, 17)], fontsize=7)
        figure.supylabel(_word("people", language), fontsize=8)
        figure.suptitle(folded(_word("windows", language).format(before=seated[0], after=seated[1]), 34 * columns), color=INK)
        told = [_word("said", language)]
        told += [_word("some", language).format(n=len(order), all=len(some))] if len(some) > len(order) else []
        below(figure, *told, handles=handles, names=[_word(w, language) for w in ("today", "proposed", "load", "need")])
    return figure


def waits(results: Mapping[str, Result], language: str = "en", measure: str = "wait_mean", target: float | None = None) -> Figure:
    """Draw the mean wait by half hour with its interval, one line a result.

    Parameters
    ----------
    results : by title, each of one scenario with `measure` by half hour.
    target : what is asked of the measure over the day, seconds; drawn as a line.
    """
    with look():
        figure = Figure(figsize=(7.2, 3.4), layout="constrained")
        axis = figure.subplots()
        handles, n, peaks = [], 0, list[str]()
        for (title, result), colour, shift in zip(results.items(), (PALE, BETTER, CHANGED), (-0.05, 0.05, 0.0), strict=False):
            rows = [r for r in result.rows if r["measure"] == measure and r["group"].startswith("half_hour:") and r["value"] is not None]
            clock = [float(r["group"][10:12]) + float(r["group"][13:15]) / 60 + 0.25 + shift for r in rows]
            value = [r["value"] / 60 for r in rows]
            error = [
                [v - max(0.0, r["low"]) / 60 if r["low"] is not None else 0.0 for r, v in zip(rows, value, strict=True)],
                [r["high"] / 60 - v if r["high"] is not None else 0.0 for r, v in zip(rows, value, strict=True)],
            ]
            style: Any = {"color": colour, "linewidth": 1.6, "elinewidth": 0.9, "capsize": 2, "marker": "o", "ms": 3}
            handles.append(axis.errorbar(clock, value, yerr=error, **style))
            n = max([n, *(int(r["n"]) for r in rows)])
            peaks += [f"{title} {max(value):.1f}"] if value else []
        axis.set_ylim(bottom=0)
        axis.grid(axis="y", color=GRID)
        axis.set_axisbelow(True)
        axis.set_ylabel(_word("minutes", language))
        axis.set_xlabel(_word("clock", language))
        axis.set_xticks(range(9, 18), [f"{h}:00" for h in range(9, 18)], fontsize=8)
        if target is not None:
            axis.axhline(target / 60, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
            words = _word("asked", language).format(target=target / 60)
            axis.annotate(words, (1, target / 60), (-2, 3), ("axes fraction", "data"), "offset points", fontsize=8, ha="right")
        named = heading(measure_name(measure, language))
        name = _word("waits", language) if measure == "wait_mean" else _word("by", language).format(name=named)
        name = _word("longest", language).format(name=name, peaks=("、" if language == "zh" else ", ").join(peaks)) if peaks else name
        axis.set_title(folded(name, 70), color=INK)
        below(figure, _word("interval", language).format(n=n), handles=handles, names=[*results])
    return figure


def verified_waits(cells: Sequence[Verified], labels: Labels, language: str = "en", most: int = 32) -> Figure:
    """Draw every cell of every target as simulated on fresh seeds, with its interval, today's value and its target; a panel a measure.

    Parameters
    ----------
    cells : of `Staffing.cells`; those of which nothing is known are left out.
    labels : names of queues (`titles.labels_of`).
    most : cells of a panel, those next to their target or above it first.
    """
    panels: dict[str, list[Verified]] = {}
    for cell in cells:
        if cell.value is not None:
            panels.setdefault(cell.measure, []).append(cell)
    every = {name: len(rows) for name, rows in panels.items()}
    panels = {name: sorted(rows, key=lambda row: -(row.value or 0.0))[:most] for name, rows in panels.items()}
    sizes = [len(rows) + 2 for rows in panels.values()] or [3]
    with look():
        figure = Figure(figsize=(7.6, 0.2 * sum(sizes) + 1.6), layout="constrained")
        axes = figure.subplots(len(sizes), 1, squeeze=False, height_ratios=sizes).ravel()
        for axis, (name, rows) in zip(axes, panels.items(), strict=False):
            _cells(axis, name, rows, labels, language)
        judged = [str(cell.verdict) for cell in cells if cell.target is not None and cell.value is not None]
        whole = _targets(cells)
        counts = {"n": len(judged), "met": judged.count("met"), "targets": len(whole), "kept": sum(those == {"met"} for those in whole)}
        counts["failed"] = sum("missed" in those for those in whole)
        counts["open"] = len(whole) - counts["kept"] - counts["failed"]
        figure.suptitle(_word("kept" if judged else "no target", language).format(**counts), color=INK)
        told = [_word("verified", language).format(n=max((cell.n for cell in cells), default=0))]
        for name, n in every.items():
            if n > most:
                title = heading(scoped_measure(name, language, labels))
                told.append(_word("worst", language).format(measure=title, n=most, all=n))
        verdicts = [v for v in VERDICTS if any(str(cell.verdict) == v for rows in panels.values() for cell in rows)]
        handles = [Line2D([], [], color=PALE, marker="|", linewidth=0, ms=9, mew=2), Line2D([], [], color=INK, linestyle="--", linewidth=1)]
        handles += [Line2D([], [], color=VERDICTS[v], marker="o", ms=4) for v in verdicts]
        below(figure, *told, handles=handles, names=[_word(w, language) for w in ("today", "target", *verdicts)])
    return figure


def _targets(cells: Sequence[Verified]) -> list[set[str]]:
    """Return the verdicts of the cells of each target: it is met if all of them are, and missed if one is."""
    found: dict[tuple[str, float], set[str]] = {}
    for cell in cells:
        if cell.target is not None:
            found.setdefault((cell.measure, cell.target), set()).add(str(cell.verdict))
    return [*found.values()]


def _cells(axis: Axes, name: str, rows: Sequence[Verified], labels: Labels, language: str) -> None:
    """Draw the cells of one measure, the largest on top."""
    unit = unit_of(rows[0].unit)
    for y, row in enumerate(rows):
        value = float(row.value or 0.0) * unit.factor
        if row.baseline is not None:
            axis.plot(row.baseline * unit.factor, y, color=PALE, marker="|", ms=9, mew=2, zorder=2)
        ends = [[0.0 if end is None else abs(end * unit.factor - value)] for end in (row.low, row.high)]
        axis.errorbar(value, y, xerr=ends, color=VERDICTS[str(row.verdict)], marker="o", ms=3.5, elinewidth=1.2, capsize=2, zorder=3)
        if row.target is not None:
            axis.plot([row.target * unit.factor] * 2, [y - 0.5, y + 0.5], color=INK, linestyle="--", linewidth=1)
    apart = "，" if language == "zh" else ", "
    names = [
        _word("all", language) if row.group == "all" else apart.join(member_name(part, language, labels) for part in row.group.split(" "))
        for row in rows
    ]
    axis.set_yticks(range(len(rows)), names, fontsize=7)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(left=-0.015 * axis.get_xlim()[1])  # a mark at nothing is seen whole
    axis.grid(axis="x", color=GRID)
    axis.set_axisbelow(True)
    axis.set_title(f"{heading(scoped_measure(name, language, labels))} ({unit.name[language == 'zh']})", fontsize=8, loc="left")


__all__ = ["staffed", "verified_waits", "waits"]
