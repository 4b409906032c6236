"""Pictures of a portfolio: who brought how much, what could be had for how much money and time, and when each reform begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from workbench.drawing import BETTER, GRID, INK, MARKS, PALE, SERIES, WORSE, below, empty, folded, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from optimization.portfolio import Portfolio

WORDS = {
    "shares": ("Who brings how much of the gain", "各项改革各贡献多少收益"),
    "thousand a year": ("thousand yuan a year, with all in effect", "千元/年（全部生效后）"),
    "shapley": ("share (Shapley value), single 95 % interval", "贡献（沙普利值），逐项95%区间"), "minus": ("takes away", "减少收益"),
    "alone": ("alone", "单独实施"), "last": ("last in", "最后加入"), "whole": ("the whole bundle", "整个组合"),
    "sum": (
        "Shares sum to the whole in each of {n} fresh replications. Single 95 % intervals, each for itself: they need not hold together. "
        "Chance only, prices and assumptions not included.",
        "在{n}次新种子重复的每一次中，各项贡献之和等于总收益。逐项95%区间，各自成立，不保证同时成立；仅计随机性，未计入单价和假设。",
    ),
    "front": ("What more money and time would buy", "多花钱、多花时间能换来什么"),
    "cost": ("cost over the calendar, thousand yuan", "期内成本（千元）"),
    "gain": ("gain over the calendar, thousand yuan", "期内收益（千元）"),
    "ready": ("all in effect after period {n}", "第{n}期末全部生效"), "at once": ("all in effect at once", "立即全部生效"),
    "chosen": ("proposed: {names}", "方案：{names}"), "robust": ("least regret under stress: {names}", "压力情景下遗憾最小：{names}"),
    "by model": (
        "By the model no choice of such costs, time and regret gains more. Single 95 % intervals of the experiment's replications, each "
        "for itself: they need not hold together.",
        "按模型：同等成本、时间和遗憾下没有收益更高的选择。逐项95%区间，按试验重复计，各自成立，不保证同时成立。",
    ),
    "nothing": ("none", "不开展"), "budget": ("budget {n:,.0f}", "预算{n:,.0f}"),
    "regret": ("; largest regret {n:,.0f}", "；最大遗憾{n:,.0f}"),
    "regret is": ("Regret, thousand yuan: what a choice gains less than the best there, in normal weeks or under a stress, by the model.",
                  "遗憾（千元）：平常时期或某压力情景下，某选择比当时最优少得的收益（模型值）。"),
    "few": ("Number beside a point: reforms chosen.", "点旁数字：所选改革数。"),
    "sequence": ("When each reform begins and takes effect", "各项改革何时开展、何时生效"),
    "lead": ("being introduced", "推进中"), "effect": ("in effect, and counted", "已生效并计收益"),
    "ready, not counted": ("ready, not yet counted by the model", "已就绪，模型尚未计"),
    "no lead": ("no lead time stated", "未列推进时间"), "days": ("days from the decision", "自决定起的天数"),
    "people": ("{n} busy", "{n}人推进"), "not chosen": ("not chosen", "未选"),
    "periods": ("Dotted: periods, at whose start a reform may begin or is counted as in effect; who introduces it is busy until then.",
                "虚线为各期起点：改革在期初开展，生效自期初起算；推进人员计占用至该期末。"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def gain_shares(portfolio: Portfolio, language: str = "en") -> Figure:
    """Draw each reform's Shapley value and the gain of the bundle, to which they sum, as bars from nothing; alone and last-in beside."""
    zh, told = language == "zh", portfolio.shares
    with look():
        figure = Figure(figsize=(9, 0.75 * max(2, len(told) + 1) + 1.9), layout="constrained")
        axis = figure.subplots()
        figure.suptitle(word("shares", language), color=INK)
        if not told or portfolio.whole is None:
            empty(axis, language)
            return figure
        n = next(row.n for row in portfolio.solution.verified)
        for k, share in enumerate(told):
            value, low, high = (None if v is None else v / 1000 for v in (share.shapley.value, share.shapley.low, share.shapley.high))
            assert value is not None
            axis.barh(k, value, height=0.5, color=BETTER if value >= 0 else WORSE, zorder=2)
            if low is not None and high is not None:
                axis.plot([low, high], [k, k], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=3)
            for found, mark, colour, up in ((share.alone, MARKS[0], SERIES[0], 0.44), (share.last, MARKS[1], SERIES[3], 0.33)):
                axis.plot(found.value / 1000, k - up, marker=mark, color=colour, markersize=5, linestyle="", zorder=4)
                if found.low is not None and found.high is not None:
                    axis.plot([found.low / 1000, found.high / 1000], [k - up] * 2, color=colour, linewidth=1, zorder=3)
            _amount(axis, value, k, max(value, high or value), portfolio.whole.value / 1000)
        whole = portfolio.whole
        axis.barh(len(told), whole.value / 1000, height=0.5, color=SERIES[0], zorder=2)
        _amount(axis, whole.value / 1000, len(told), (whole.high or whole.value) / 1000, whole.value / 1000)
        if whole.low is not None and whole.high is not None:
            axis.plot([whole.low / 1000, whole.high / 1000], [len(told)] * 2, color=INK, linewidth=1.6, zorder=3)
        names = [folded(portfolio.titles[s.reform][zh], 34) for s in told] + [word("whole", language)]
        axis.set_yticks(range(len(names)), names)
        axis.set_ylim(len(told) + 0.6, -0.7)
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set_xlabel(word("thousand a year", language))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.grid(axis="x", color=GRID, linewidth=0.6)
        axis.set_axisbelow(True)
        handles = [Patch(facecolor=BETTER), *(Line2D([], [], marker=m, color=c) for m, c in ((MARKS[0], SERIES[0]), (MARKS[1], SERIES[3])))]
        labels = [word(key, language) for key in ("shapley", "alone", "last")]
        if any(s.shapley.value < 0 for s in told):
            handles.insert(1, Patch(facecolor=WORSE))
            labels.insert(1, word("minus", language))
        below(figure, WORDS["sum"][zh].format(n=n), handles=handles, names=labels, columns=4)
    return figure


def _amount(axis: Axes, value: float, k: int, end: float, most: float) -> None:
    """Write the length of a bar at its beginning, or behind the end of its interval where the bar is short beside the longest."""
    inside = value > 0.08 * most
    at, colour = (0.0, "white") if inside else (max(0.0, end), INK)
    axis.annotate(f"{value:,.0f}", (at, k), (4, -1), textcoords="offset points", fontsize=8, color=colour, va="center", zorder=5)


def choices_front(portfolio: Portfolio, language: str = "en") -> Figure:
    """Draw the front: gain with interval against cost, a mark for each time to effect; the proposed and the robust choice ringed."""
    zh = language == "zh"
    with look():
        figure = Figure(figsize=(8.5, 5), layout="constrained")
        axis = figure.subplots()
        figure.suptitle(word("front", language), color=INK)
        if not portfolio.front:
            empty(axis, language)
            return figure
        times = sorted({p.ready for p in portfolio.front})
        tints = (PALE, *SERIES)
        for point, service in zip(portfolio.front, portfolio.services, strict=True):
            k = times.index(point.ready)
            at, colour = (point.cost / 1000, point.gain / 1000), tints[k % len(tints)]
            if service.low is not None and service.high is not None:
                axis.plot([at[0]] * 2, [service.low / 1000, service.high / 1000], color=colour, linewidth=1.2, zorder=2)
            axis.plot(*at, marker=MARKS[k % len(MARKS)], color=colour, markersize=7, linestyle="", zorder=3)
            axis.annotate(str(len(point.begins)), at, (7, 3), textcoords="offset points", fontsize=8, color=INK)
        handles = [Line2D([], [], marker=MARKS[k % len(MARKS)], color=tints[k % len(tints)], linestyle="") for k in range(len(times))]
        labels = [word("ready" if t else "at once", language).format(n=t) for t in times]
        ringed = [("chosen", portfolio.begins, INK)]
        ringed += [("robust", portfolio.robust.begins, WORSE)] if portfolio.robust is not None else []
        for size, (key, begins, colour) in zip((14, 19), ringed, strict=False):
            ring: dict[str, Any] = {
                "marker": "o", "markerfacecolor": "none", "markeredgecolor": colour, "linestyle": "", "markeredgewidth": 1.6
            }  # fmt: skip
            for point in portfolio.front:
                if dict(point.begins) == dict(begins):
                    axis.plot(point.cost / 1000, point.gain / 1000, markersize=size, zorder=4, **ring)
                    handles.append(Line2D([], [], markersize=9, **ring))
                    names = [portfolio.titles[portfolio.instance.candidates[i].name][zh] for i in sorted(begins)]
                    chosen = ("、" if zh else ", ").join(names)
                    told = word(key, language).format(names=chosen or word("nothing", language))
                    labels.append(folded(told + _regret(portfolio, key, language), 60))
        if (budget := portfolio.instance.budget) is not None:
            axis.axvline(budget / 1000, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
            words = WORDS["budget"][zh].format(n=budget / 1000)
            axis.annotate(words, (budget / 1000, 0.02), (-4, 0), ("data", "axes fraction"), "offset points", fontsize=8, ha="right")
        axis.set_xlabel(word("cost", language))
        axis.set_ylabel(word("gain", language))
        axis.axhline(0, color=INK, linewidth=0.8)
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.grid(color=GRID, linewidth=0.6)
        axis.set_axisbelow(True)
        regret = "" if portfolio.robust is None else WORDS["regret is"][zh]
        below(figure, WORDS["few"][zh], regret, WORDS["by model"][zh], handles=handles, names=labels, columns=2)
    return figure


def _regret(portfolio: Portfolio, key: str, language: str) -> str:
    """Return the largest regret of the proposal or of the robust choice; nothing where no stress was asked."""
    if portfolio.robust is None:
        return ""
    largest = max(pair[key == "robust"] for pair in portfolio.robust.regrets.values())
    return word("regret", language).format(n=largest / 1000)


def sequence(portfolio: Portfolio, days: float, language: str = "en") -> Figure:
    """Draw when each reform is introduced, for its own lead time, ready, and counted as in effect; `days` : length of a period."""
    zh, instance = language == "zh", portfolio.instance
    order = sorted(portfolio.begins, key=lambda i: (portfolio.begins[i], i))
    order += [i for i in range(len(instance.candidates)) if i not in portfolio.begins]
    end = instance.periods * days
    with look():
        figure = Figure(figsize=(9, 0.5 * max(2, len(order)) + 1.8), layout="constrained")
        axis = figure.subplots()
        figure.suptitle(word("sequence", language), color=INK)
        for k, i in enumerate(order):
            reform = instance.candidates[i]
            if i not in portfolio.begins:
                axis.annotate(word("not chosen", language), (end * 0.01, k), fontsize=8, color=PALE, va="center")
                continue
            begun = portfolio.begins[i] * days
            ready = begun + reform.lead * days
            done = min(ready, begun + reform.days)
            axis.barh(k, done - begun, left=begun, height=0.5, color=SERIES[0], alpha=0.35, zorder=2)
            axis.barh(k, ready - done, left=done, height=0.5, facecolor="none", edgecolor=BETTER, hatch="///", linewidth=0.5, zorder=2)
            axis.barh(k, end - ready, left=ready, height=0.5, color=BETTER, zorder=2)
            if reform.people and reform.lead:
                told = WORDS["people"][zh].format(n=reform.people)
                box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
                axis.annotate(told, ((begun + ready) / 2, k), fontsize=8, ha="center", va="center", bbox=box, zorder=3)
            if not reform.days:
                axis.annotate(word("no lead", language), (begun + end * 0.01, k), fontsize=8, color="white", va="center", zorder=3)
        for edge in np.arange(instance.periods + 1) * days:
            axis.axvline(float(edge), color=PALE, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        axis.set_yticks(range(len(order)), [folded(portfolio.titles[instance.candidates[i].name][zh], 34) for i in order])
        axis.set_ylim(len(order) - 0.4, -0.6)
        axis.set_xlim(0, end)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel(word("days", language))
        below(
            figure, word("periods", language), handles=[
                Patch(facecolor=SERIES[0], alpha=0.35), Patch(facecolor="none", edgecolor=BETTER, hatch="///"), Patch(facecolor=BETTER)
            ], names=[word(key, language) for key in ("lead", "ready, not counted", "effect")], columns=3,
        )  # fmt: skip
    return figure
