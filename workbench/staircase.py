"""What can be promised and why: the staircase of limits item by item, and the frontier of promise against staff and cases on time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from workbench.drawing import GRID, INK, MARKS, PALE, SERIES, WORSE, below, empty, folded, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from optimization.promised import LimitsSolution, Promised

MOST = 24
STEPS: Mapping[float, str] = {0.99: "#cfe3f2", 0.95: "#7fb3d9", 0.9: "#0072b2"}
"""Colour of the limit that a share of the cases keeps, the longest first."""
WORDS = {
    "staircase": ("How short each promise can be and still be kept by {share} of cases: {cut} of {n} can be cut, {longer} too short now",
                  "{share}的办件守得住，承诺时限能压到几天：{n}项中{cut}项可压缩，{longer}项现承诺过短"),
    "stressed": (", in normal weeks; in all that was tried, stresses too, {cut} can be cut, too short now or not shown: {longer}",
                 "（指平常时期）。含压力情景在内的所试各情形下，{cut}项可压缩，{longer}项现承诺过短或未能证明"),
    "limit": ("certified for the share asked, {share}", "按所要求的{share}验证的时限"),
    "shortest": ("One day is the shortest promise there is.", "1天已是最短的承诺。"),
    "frontier": ("What a day less would take", "再缩短一天需要什么"),
    "no less": ("How many cases keep each promise", "各承诺时限有多少办件守得住"),
    "between": ("Bars: bounds on fresh seeds, the lower ones for all items together with confidence {confidence}, upper ones with as much.",
                "竖线为新种子下的界：各事项下限同时成立的置信度为{confidence}，上限另计。"),
    "no bars": ("Curves without bars: estimates.", "无竖线者为估计值。"),
    "days": ("promised working days", "承诺的工作日数"), "share": ("cases on time", "按时办结的办件"),
    "step": ("{share} of cases keep it", "{share}的办件守得住"), "today": ("promised today", "现承诺时限"),
    "limit_at": ("{n} d", "{n}天"),
    "law": ("legal limit", "法定时限"), "law_at": ("law {n}", "法定{n}"),
    "any": ("holds under every stress too", "在各压力情景下也守得住"), "never": ("only in normal weeks", "仅平常时期守得住"),
    "none": ("not certified", "未获验证"), "asked": ("asked: {share} of cases on time", "要求：{share}的办件按时"),
    "certified": ("certified: {n} d", "经验证：{n}天"), "same": ("today's staff", "现有人员"),
    "more": ("+{n}: {pool}", "增{n}人：{pool}"),
    "note": (
        "Limits certified on fresh seeds; those of one share hold together with confidence {confidence}, each share for itself; chance "
        "only, but for the diamonds.",
        "承诺时限均用新种子验证；同一比例的各事项同时成立的置信度为{confidence}，三种比例各自成立；除菱形外仅计随机性。",
    ),
    "some": ("{n} of {all} items, those with most cases.", "{all}个事项中件数最多的{n}个。"),
    "simulated": (
        "Share of cases on time if so many days are promised, as simulated on fresh seeds; chance only.",
        "若承诺相应天数，仿真中（新种子）按时办结的比例；仅计随机性。",
    ),
}  # fmt: skip


def staircase(solution: LimitsSolution, titles: Mapping[str, str], language: str = "en", most: int = MOST) -> Figure:
    """Draw a row for each item: steps to the limits that 90, 95 and 99 in 100 cases keep, today's promise and the law as posts.

    A diamond stands at the limit that also holds under every stress and on average over
    the assumptions' ranges, where the main one does not.

    Parameters
    ----------
    titles : of the items, by code.
    """
    shown = solution.promised[:most]
    with look():
        fig = Figure(figsize=(10, 0.36 * max(3, len(shown)) + 1.9), layout="constrained")
        axis = fig.subplots()
        counts = {"n": len(solution.promised), "cut": _moved(solution, -1), "longer": _moved(solution, 1)}
        title = _word("staircase", language).format(share=f"{solution.share:.0%}", **counts)
        if any(row.only_in_normal_weeks for row in solution.promised):
            tried = [(row.any_week_wd, row.today_wd) for row in solution.promised if row.held]
            cut = sum(always is not None and always < today for always, today in tried)
            longer = sum(always is None or always > today for always, today in tried)
            title += _word("stressed", language).format(cut=cut, longer=longer)
        fig.suptitle(folded(title, 110), color=INK)
        if not shown:
            empty(axis, language)
            return fig
        reach = max([2, *(limit for row in shown for limit in (row.today_wd, row.any_week_wd or 0, *(w or 0 for _, w in row.levels)))])
        last = reach * 1.25 + 1
        for k, row in enumerate(shown):
            _row(axis, k, row, last, language)
        axis.set_yticks(range(len(shown)), [folded(titles[row.item], 40) for row in shown], fontsize=8)
        axis.set_ylim(len(shown) - 0.4, -0.6)
        axis.set_xlim(0, last)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel(_word("days", language))
        axis.grid(axis="x", color=GRID, linewidth=0.6)
        axis.set_axisbelow(True)
        axis.tick_params(axis="y", length=0)
        steps = [share for share in STEPS if any(dict(row.levels).get(share) is not None for row in shown)]
        handles: list[Any] = [Patch(facecolor=STEPS[share]) for share in steps]
        names = [_word("step", language).format(share=f"{share:.0%}") for share in steps]
        if any(row.limit_wd is not None for row in shown):
            handles.append(Line2D([], [], linestyle="", **_LIMIT))
            names.append(_word("limit", language).format(share=f"{solution.share:.0%}"))
        handles.append(Line2D([], [], color=INK, linewidth=2))
        names.append(_word("today", language))
        if any(row.legal_wd <= last for row in shown):
            handles.append(Line2D([], [], color=PALE, linewidth=2, linestyle=(0, (2, 1))))
            names.append(_word("law", language))
        if any(row.only_in_normal_weeks and row.any_week_wd is not None for row in shown):
            handles.append(Line2D([], [], linestyle="", **_DIAMOND))
            names.append(_word("any", language))
        note = _word("note", language).format(confidence=f"{solution.confidence:.0%}")
        some = _word("some", language).format(n=len(shown), all=len(solution.promised)) if len(shown) < len(solution.promised) else ""
        below(fig, some, note, handles=handles, names=names, columns=3)
    return fig


def frontier(
    solution: LimitsSolution, titles: Mapping[str, str], pools: Mapping[str, str], language: str = "en", items: Sequence[str] = ()
) -> Figure:
    """Draw for each item the share of cases on time against the days promised, with today's staff and with people added.

    Where a curve crosses the line of what was asked, that many days may be promised with that staff.

    Parameters
    ----------
    titles, pools : names of items and pools, by code.
    items : those shown; the ones whose staffing was asked about, else those with most cases, when empty.
    """
    told = [row for row in solution.promised if row.item in items] or [row for row in solution.promised if row.staffing]
    known = [row for row in solution.promised if row.limit_wd is not None]
    told = (told or [row for row in known if (row.limit_wd or 0) > 1] or known)[:4]
    with look():
        fig = Figure(figsize=(4.2 * max(1, len(told)) + 0.6, 4.4), layout="constrained")
        axes = fig.subplots(1, max(1, len(told)), sharey=True, squeeze=False)[0]
        less = any(row.limit_wd is None or row.limit_wd > 1 for row in told)
        fig.suptitle(_word("frontier" if less or not told else "no less", language), color=INK)
        if not told:
            empty(axes[0], language)
            return fig
        for axis, row in zip(axes, told, strict=True):
            _panel(axis, row, solution.share, titles, pools, language)
        axes[0].set_ylabel(_word("share", language))
        bounded = any(value is not None for row in told for value in row.curve_low)
        bars = _word("between", language).format(confidence=f"{solution.confidence:.0%}") if bounded else ""
        some = _word("no bars", language) if not bounded or any(row.staffing for row in told) else ""
        below(fig, _word("simulated", language), bars, some)
    return fig


_DIAMOND: dict[str, Any] = {
    "marker": "D", "markersize": 6, "markerfacecolor": "white", "markeredgecolor": WORSE, "markeredgewidth": 1.6,
}  # fmt: skip


def _word(key: str, language: str) -> str:
    return WORDS[key][language == "zh"]


_LIMIT: dict[str, Any] = {"marker": ">", "markersize": 7, "color": INK}


def _moved(solution: LimitsSolution, way: int) -> int:
    """Count the promises that the certified limit makes longer, or with `way` -1 shorter."""
    return sum(row.limit_wd is not None and (row.limit_wd - row.today_wd) * way > 0 for row in solution.promised)


def _row(axis: Axes, k: int, row: Promised, last: float, language: str) -> None:
    levels = dict(row.levels)
    for height, (share, colour) in zip((0.76, 0.54, 0.32), STEPS.items(), strict=True):
        if (limit := levels.get(share)) is not None:
            axis.barh(k, limit, height=height, color=colour, zorder=1)
    axis.plot([row.today_wd] * 2, [k - 0.42, k + 0.42], color=INK, linewidth=2, zorder=3)
    if row.legal_wd <= last:
        axis.plot([row.legal_wd] * 2, [k - 0.42, k + 0.42], color=PALE, linewidth=2, linestyle=(0, (2, 1)), zorder=2)
    else:
        axis.annotate("", (last, k), (last * 0.965, k), arrowprops={"arrowstyle": "->", "color": PALE}, zorder=2)
        axis.annotate(_word("law_at", language).format(n=row.legal_wd), (last * 0.96, k), fontsize=7, color=PALE, ha="right", va="center")
    if row.limit_wd is not None:
        axis.plot([row.limit_wd], [k], zorder=4, **_LIMIT)
        told = _word("limit_at", language).format(n=row.limit_wd)
        place: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "va": "center", "zorder": 5}
        axis.annotate(told, (row.limit_wd, k), (-6, 0), fontsize=8, color="white", **place)
    if row.limit_wd is None:
        axis.annotate(_word("none", language), (row.today_wd, k), (6, 0), textcoords="offset points", fontsize=7, color=WORSE, va="center")
    elif row.only_in_normal_weeks and row.any_week_wd is not None:
        axis.plot([row.any_week_wd], [k], linestyle="", zorder=4, **_DIAMOND)
    elif row.only_in_normal_weeks:
        box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
        told, at = _word("never", language), (row.limit_wd, k)
        axis.annotate(told, at, (7, 0), textcoords="offset points", fontsize=7, color=WORSE, va="center", bbox=box, zorder=5)


def _panel(axis: Axes, row: Promised, share: float, titles: Mapping[str, str], pools: Mapping[str, str], language: str) -> None:
    curves = [(_word("same", language), next((s.same_curve for s in row.staffing if s.same_curve), row.curve))]
    curves += [(_word("more", language).format(n=s.heads, pool=pools.get(s.pool, s.pool)), s.curve) for s in row.staffing]
    limit = row.limit_wd or row.today_wd
    last = min(len(row.curve) - 1, max(limit + 3, row.today_wd + 1))
    below_asked = [day for day, value in enumerate(row.curve[:limit]) if value is not None and value < share]
    first = max(1, min(limit - 3, max(below_asked, default=limit)))
    lowest = share
    for j, (name, curve) in enumerate(curves):
        at = [(day, value) for day, value in enumerate(curve[: last + 1]) if value is not None and day >= first]
        lowest = min([lowest, *(value for _, value in at)])
        colour = SERIES[j % len(SERIES)]
        dashes: dict[str, Any] = {"linestyle": "-" if j < len(SERIES) else "--", "markersize": 5, "linewidth": 1.5}
        axis.plot([d for d, _ in at], [v for _, v in at], color=colour, marker=MARKS[j % len(MARKS)], label=folded(name, 34), **dashes)
        if curve is row.curve:
            for day, low, high in zip(range(len(curve)), row.curve_low, row.curve_high, strict=False):
                if first <= day <= last and low is not None and high is not None:
                    axis.plot([day, day], [low, high], color=colour, linewidth=1.2, zorder=1)
                    lowest = min(lowest, low)
    axis.axhline(share, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
    axis.annotate(
        _word("asked", language).format(share=f"{share:.0%}"), (0.02, share), (0, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", fontsize=7,
    )  # fmt: skip
    if row.limit_wd is not None:
        axis.axvline(row.limit_wd, color=SERIES[0], linewidth=6, alpha=0.15)
        words = _word("certified", language).format(n=row.limit_wd)
        axis.annotate(words, (row.limit_wd, 0.02), (4, 0), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=7)
    if row.limit_wd == 1:
        words = folded(_word("shortest", language), 34)
        axis.annotate(words, (0.98, 0.03), xycoords="axes fraction", fontsize=7, color=WORSE, ha="right")
    axis.set_title(folded(titles[row.item], 34), fontsize=9)
    axis.set_ylim(max(0.0, lowest - 0.03), 1.005)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.yaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel(_word("days", language))
    axis.grid(color=GRID, linewidth=0.6)
    axis.legend(fontsize=7, facecolor="white", edgecolor="none", framealpha=0.9, loc="lower right", bbox_to_anchor=(1, 0.08))
