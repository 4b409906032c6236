"""Routes before and after: a row of boxes for each department along working days, with the steps that may deny marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from optimization.flow_route import deciding, expected, veto
from simulation.centre import Centre
from simulation.items import Item, MeetingStep, Step, SuspensionStep, TaskStep
from simulation.reforms.places import followers
from simulation.routes import predecessors
from workbench.drawing import BETTER, GRID, INK, PALE, UNRESOLVED, WORSE, below, empty, folded, look
from workbench.flow import paid
from workbench.flow_said import outside, promised
from workbench.language import heading, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from optimization.flow import FlowSolution
    from simulation.scenario import Scenario

MOST = 6
"""Items of one picture; the rest would be too small to read."""
SORTS = {
    "counter": ("#1f5f99", "", "at the window", "窗口"),
    "officers": ("#6fa8dc", "", "officers, with what lies idle there", "经办（含搁置）"),
    "signs": ("#e0a030", "", "waits for a signature", "等待签批"),
    "transfer": ("#d9d9d9", "", "waits until a messenger takes the file on", "等待流转"),
    "papers": ("#ffffff", "....", "with the applicant, until missing papers are brought (mean)", "申请人补齐材料（平均）"),
    "others": ("#ffffff", "////", "procedure by others, mean over all cases", "其他程序（按全部办件平均）"),
    "meeting": ("#8e6bbf", "", "meeting", "会审"),
}  # fmt: skip
DENIES = "#c0392b"
WORDS = {
    "question": ("Which checks side by side, in which order, which not at all", "哪些环节并行、按何顺序、哪些取消"),
    "before": ("today", "现状"), "after": ("proposed", "方案"), "wd": ("working days from receipt", "自收件起的工作日"),
    "decided": ("decision", "作出决定"), "denies": ("may deny, share of the cases that reach it", "可作出否定，占到达该环节办件的比例"),
    "finds": ("finds the ground, denied only at the decision", "发现否定理由，作出决定时才否定"),
    "hall": ("hall", "大厅"), "some": ("{n} of {all} items whose route changes; not drawn: {names}.",
             "{all}个流程有变化的事项中的{n}个；未画出：{names}。"),
    "days": ("{which}: {wd:.1f} working days in the model", "{which}：模型{wd:.1f}个工作日"),
    "sooner": ("How many working days sooner each item is decided", "各事项可快多少个工作日"),
    "less": ("mean working days from receipt to decision, proposed less today", "收件至决定平均工作日数：方案减现状"),
    "simulated": ("simulated on fresh seeds, 95 % interval", "新种子仿真，95%区间"),
    "model": ("the model, a case filed at a window", "模型（窗口件）"), "whole": ("whole centre", "全中心"),
    "zero": ("Left of the line: sooner than today. Chance only, {n} replications; assumptions not included.",
             "线左侧为快于现状。仅计随机性，{n}次重复，未计入假设。"),
    "note": (
        "Mean times of a case filed at a window, without queues: boxes above each other run at the same time. The promise is counted by "
        "the legal clock and is no sum of boxes.",
        "按窗口件平均时间，不含排队；上下并列的方框同时进行。承诺按法定计时，并非各方框之和。",
    ),
}  # fmt: skip


def before_and_after(today: Scenario, proposed: Scenario, items: Sequence[str], language: str) -> Figure:
    """Return a picture with a row for each item, today on the left and proposed on the right, on one scale of time.

    Parameters
    ----------
    items : whose routes are drawn, the most important first; at most six.
    """
    zh, shown = language == "zh", items[:MOST]

    def word(key: str) -> str:
        return WORDS[key][zh]

    lanes = {n: _lanes(today, n) + [lane for lane in _lanes(proposed, n) if lane not in _lanes(today, n)] for n in shown}
    with look():
        heights = [0.96 + 0.3 * len(lanes[n]) for n in shown]
        figure = Figure(figsize=(10, sum(heights) + 1.4), layout="constrained")
        figure.suptitle(word("question"), color=INK)
        grid = figure.subplots(len(shown), 2, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
        sorts, longest = list[str](), 0.0
        for row, name in zip(grid, shown, strict=True):
            for axis, scenario, which in zip(row, (today, proposed), ("before", "after"), strict=True):
                sorts += _route(axis, scenario, name, lanes[name], zh, veto(proposed.centre.items[name]))
                wd = expected(scenario, name).wd
                longest = max(longest, wd)
                title = scenario.centre.items[name].title
                days = word("days").format(which=word(which), wd=wd)
                lines = [title.zh if zh else title.en, days, promised(scenario.centre.items[name], zh)]
                told = "\n".join(filter(None, lines))
                axis.set_title(folded(told, 56), fontsize=8.5, loc="left", color=INK)
        for axis in grid[-1]:
            axis.set_xlabel(word("wd"), fontsize=8)
            axis.set_xlim(0, 1.08 * longest)
        handles: list[Patch | Line2D] = [Patch(facecolor=SORTS[s][0], hatch=SORTS[s][1], edgecolor=PALE) for s in SORTS if s in sorts]
        names = [SORTS[s][3 if zh else 2] for s in SORTS if s in sorts]
        handles += [Line2D([], [], marker="X", color=DENIES, linestyle="", markersize=6), Line2D([], [], color=INK, linewidth=1.4)]
        hidden = [n for n in shown if veto(proposed.centre.items[n]).keys() - veto(today.centre.items[n]).keys()]
        finds = [Line2D([], [], marker="X", color=DENIES, markerfacecolor="white", linestyle="", markersize=6)] if hidden else []
        rest = [today.centre.items[n].title for n in items[MOST:]]
        undrawn = ("、" if zh else ", ").join(t.zh if zh else t.en for t in rest)
        some = word("some").format(n=len(shown), all=len(items), names=undrawn) if rest else ""
        named = [word("finds")] if hidden else []
        below(figure, word("note"), some, handles=[*handles, *finds], names=[*names, word("denies"), word("decided"), *named], columns=4)
    return figure


def sooner(solution: FlowSolution, scenario: Scenario, language: str = "en") -> Figure:
    """Draw by how many working days each item is decided sooner: the simulated paired difference, and what the model says of it.

    Green is sooner and orange later in the whole interval; the whole centre stands last, of which the model says nothing.
    """
    from optimization.flow import DAYS

    zh = language == "zh"
    model = {f"item:{c.taken.item}": c.taken.wd - c.today.wd for c in solution.routes}
    rows = [row for row in solution.verified if row.measure == DAYS and row.difference is not None]
    rows = sorted(rows, key=lambda row: (row.group == "all", row.difference or 0.0))
    titles = {f"item:{name}": title_of(item.title, language) for name, item in scenario.centre.items.items()}
    with look():
        figure = Figure(figsize=(8.5, 0.42 * max(2, len(rows)) + 2.2), layout="constrained")
        axis = figure.subplots()
        price = heading(paid(solution.verified, language).lstrip(",;，； "))
        figure.suptitle(WORDS["sooner"][zh], color=INK)
        if price:
            axis.set_title(folded(price, 130), fontsize=8, color=INK)
        if not rows:
            empty(axis, language)
            return figure
        for y, row in enumerate(rows):
            low, high = row.difference_low, row.difference_high
            sure = low is not None and high is not None and (high < 0 or low > 0)
            colour = (BETTER if (high or 0.0) < 0 else WORSE) if sure else UNRESOLVED
            if low is not None and high is not None:
                axis.plot([low, high], [y, y], color=colour, linewidth=2, solid_capstyle="butt")
            axis.plot(row.difference or 0.0, y, "o", color=colour, markersize=6)
            if row.group in model:
                axis.plot(model[row.group], y, "D", markerfacecolor="none", markeredgecolor=INK, markersize=7)
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set_yticks(range(len(rows)), [folded(titles.get(row.group, WORDS["whole"][zh]), 30) for row in rows])
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.set_xlabel(WORDS["less"][zh])
        axis.grid(axis="x", color=GRID, linewidth=0.6)
        axis.set_axisbelow(True)
        handles = [
            Line2D([], [], marker="o", color=BETTER, markersize=6),
            Line2D([], [], marker="D", markerfacecolor="none", markeredgecolor=INK, linestyle="", markersize=7),
        ]  # fmt: skip
        names = [WORDS[key][zh] for key in ("simulated", "model")]
        zero = WORDS["zero"][zh].format(n=rows[0].n)
        below(figure, zero, *outside(solution, scenario, language), handles=handles, names=names, columns=2)
    return figure


def _route(axis: Axes, scenario: Scenario, name: str, lanes: list[str], zh: bool, grounds: Mapping[str, float]) -> list[str]:
    """Draw one route until its decision, a hollow cross at checks that find `grounds` and may not deny; return the sorts of boxes in it."""
    item, told, decider = scenario.centre.items[name], expected(scenario, name), deciding(scenario.centre.items[name])
    day = told.length / told.wd if told.wd else 1.0
    denying = {**veto(item), **({decider: float(item.denial)} if item.denial else {})}
    until = told.begins[decider] + told.lengths[decider]
    sorts, first = [], min((told.begins[n] for n, step in item.route.items() if step.kind == "counter"), default=0.0)
    if first > 0:
        sorts.append("papers")
        colour, hatch = SORTS["papers"][:2]
        axis.barh(lanes.index(""), first / day, height=0.66, color=colour, hatch=hatch, edgecolor=PALE, linewidth=0.5)
    for n, step in item.route.items():
        begin, length = told.begins[n], told.lengths[n]
        if begin >= until or (begin + length > until):
            continue
        y, sort = lanes.index(_lane(scenario.centre, item, n)), _sort(scenario.centre, step)
        sorts.append(sort)
        colour, hatch = SORTS[sort][:2]
        axis.barh(y, length / day, left=begin / day, height=0.66, color=colour, hatch=hatch, edgecolor=PALE, linewidth=0.5)
        if part := denying.get(n) or grounds.get(n):
            face = DENIES if n in denying else "white"
            axis.plot((begin + length) / day, y, marker="X", color=DENIES, markerfacecolor=face, markersize=6, zorder=3)
            share = f"{part:.1%}" if part < 0.1 else f"{part:.0%}"
            axis.annotate(share, ((begin + length) / day, y), (5, 4), textcoords="offset points", fontsize=6.5, color=DENIES)
    axis.axvline(until / day, color=INK, linewidth=1.4)
    titles = scenario.centre.departments
    named = [WORDS["hall"][zh] if d == "" else titles[d].title.zh if zh else titles[d].title.en for d in lanes]
    axis.set_yticks(range(len(lanes)), [folded(title, 26) for title in named])
    axis.tick_params(labelsize=7.5, labelbottom=True)
    axis.set_ylim(len(lanes) - 0.4, -0.6)
    return sorts


def _lanes(scenario: Scenario, name: str) -> list[str]:
    """Return the hall and the departments of a route, in the order in which it reaches them."""
    item, told = scenario.centre.items[name], expected(scenario, name)
    order = sorted(item.route, key=lambda n: told.begins[n])
    return list(dict.fromkeys(_lane(scenario.centre, item, n) for n in order))


def _lane(centre: Centre, item: Item, name: str) -> str:
    """Return whose lane a step is drawn in: a run in that of the other department whose file it carries; "" is the hall."""
    step = item.route[name]
    if step.kind == "counter":
        return ""
    if isinstance(step, TaskStep):
        return centre.pools[step.pool].department
    if isinstance(step, MeetingStep):
        return centre.pools[step.pools[0]].department
    before = predecessors(item.route)
    ends = [item.route[n] for n in (*followers(before, name), *before[name])] if step.kind == "transfer" else []
    bodies = [centre.pools[s.pool].department for s in ends if isinstance(s, TaskStep)]
    return next((body for body in bodies if body != item.department), item.department)


def _sort(centre: Centre, step: Step) -> str:
    if isinstance(step, TaskStep):
        return "officers" if centre.pools[step.pool].role == "officers" else "signs"
    return "others" if isinstance(step, SuspensionStep) else step.kind
