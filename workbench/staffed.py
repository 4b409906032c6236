"""Staffing in pictures: windows staffed by half hour against what the work asks for, and waits before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from workbench.drawing import BETTER, CHANGED, GRID, INK, PALE, below, folded, look
from workbench.language import heading, measure_name

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.result import Result

WORDS = {
    "today": ("today", "现状"), "proposed": ("proposed", "方案"), "clock": ("time of day", "时刻"),
    "people": ("people at the windows", "窗口在岗人数"), "load": ("work at hand (offered load)", "在办工作量"),
    "need": ("need with safety", "含余量需求"), "windows": ("Who sits at the windows, and what the work asks for", "窗口在岗人数与需求"),
    "waits": ("Mean wait by the half hour in which the ticket is taken", "各半小时取号者的平均等候"), "minutes": ("minutes", "分钟"),
    "by": ("{name}, by the half hour in which the ticket is taken", "{name}（按取号的半小时）"),
    "asked": ("asked of the whole day: at most {target:g} min", "对全天的要求：至多{target:g}分钟"),
    "said": (
        "A working day. Work at hand: people busy at once if nobody waited, carried over by long services; need: with the square-root "
        "safety for three in ten who wait at all. What the targets ask may be less, or more.",
        "工作日。在办工作量：若无人等候时同时忙碌的人数（含跨时段办理）；需求：按三成人需等候的平方根余量。目标所需可少可多。",
    ),
    "interval": ("Intervals: 95 %, over {n} replications, single.", "区间：95%，{n}次重复，逐点。"),
}  # fmt: skip


def _word(key: str, language: str) -> str:
    return WORDS[key][language == "zh"]


def staffed(before: Plan, after: Plan, language: str = "en", most: int = 9) -> Figure:
    """Draw people on duty by half hour of a working day, today and proposed, against load and need, one panel a queue.

    Parameters
    ----------
    before, after : plans of today and of the reform.
    most : panels, the queues with most work first.
    """
    from optimization.levels import PERIODS, levels, loads, safety
    from optimization.staffing_case import staffing_case
    from optimization.staffing_problem import Prices

    load = loads(before)[0]
    asked = levels(load, safety(0.3))
    duty = []
    for plan in (before, after):
        case = staffing_case(plan, Prices()).instance
        on = np.einsum("gsw,st->gwt", case.today, case.covers.astype(int))[..., :PERIODS]
        by = np.zeros((len(plan.classes), PERIODS))
        for (g, w), served in case.serves.items():
            for k in served:
                by[k] += on[g, w]
        duty.append({plan.classes[k]: by[k] for k in range(len(plan.classes))})
    order = [k for k in np.argsort(-load.sum(axis=1)) if load[k].any() or duty[0][before.classes[k]].any()][:most]
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
        figure.suptitle(_word("windows", language), color=INK)
        below(figure, _word("said", language), handles=handles, names=[_word(w, language) for w in ("today", "proposed", "load", "need")])
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
        handles, n = [], 0
        for (_, result), colour, shift in zip(results.items(), (PALE, BETTER, CHANGED), (-0.05, 0.05, 0.0), strict=False):
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
        axis.set_title(folded(name, 70), color=INK)
        below(figure, _word("interval", language).format(n=n), handles=handles, names=[*results])
    return figure


__all__ = ["staffed", "waits"]
