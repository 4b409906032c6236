"""What all pictures share: colours that colour-blind people tell apart, words, captions and folded names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from matplotlib import rc_context
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch

from workbench.language import CAUSES, fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, PALE, GRID = "#222222", "#777777", "#dddddd"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Colours of scenarios, today's first (Okabe and Ito)."""
MARKS = ("o", "D", "s", "^")
BETTER, WORSE, CHANGED, UNRESOLVED = "#009e73", "#d55e00", "#0072b2", "#999999"
STYLES: Mapping[str, tuple[str, str]] = {
    "working": ("#009e73", ""), "waiting": ("#e69f00", ""), "stall": ("#d55e00", ""), "leader": ("#cc79a7", ""),
    "other_department": ("#0072b2", ""), "transfer": ("#56b4e9", ""), "applicant": ("#f0e442", ""), "stopped": ("#ffffff", "////"),
    "unlogged": ("#bbbbbb", ""), "delivery": ("#eeeeee", "...."),
}  # fmt: skip
"""Colour and hatching of each cause, the same in every picture; `delivery` is the way of the result after the decision."""
WORDS = {
    "delivery": ("decided, result on its way", "已决定，结果送达中"),
    "waiting_people": ("people waiting", "等候人数"), "open_windows": ("windows open", "开放窗口数"), "hour": ("time of day", "时刻"),
    "absent": ("no such queue here", "此方案无该队列"),
    "hall": ("Who waits where, on an average working day", "工作日平均：各队列的等候人数"),
    "busy": (
        "Queues in which more than {people} people wait on average at some time of the day.",
        "仅列出一天中某时段平均等候超过{people}人的队列。",
    ),
    "busiest": (
        "The {n} longest of the queues in which more than {people} people wait on average at some time of the day.",
        "一天中某时段平均等候超过{people}人的队列中最长的{n}个。",
    ),
    "longest": ("The {n} queues in which most people wait.", "等候最多的{n}个队列。"),
    "all_queues": ("All queues.", "全部队列。"),
    "life": ("One file's life: {item}", "一个办件的全过程：{item}"),
    "date": ("date; shaded: days off", "日期；阴影：非工作日"),
    "date_hours": ("date; shaded: days off and closed hours", "日期；阴影：非工作日和非办公时间"),
    "promise": ("promised limit", "承诺时限"), "law": ("legal limit", "法定时限"),
    "decided": ("decided; {n} working days charged", "办结：计{n}个工作日"),
    "decided_1": ("decided; 1 working day charged", "办结：计1个工作日"),
    "on_the_spot": ("decided on the spot", "当场办结"), "undecided": ("not decided yet", "尚未办结"),
    "typical": (
        "One example: a case that changes as the average does, by the median of such changes.",
        "举例：变化方向与平均一致、变化幅度为其中位数的一件。",
    ),
    "unmoved": (
        "One example that takes longer than three in four of its class.",
        "举例：用时长于同类四分之三的一件。",
    ),
    "where": ("Where the days go, from receipt to decision", "从收件到决定，时间花在哪里"),
    "per_case": ("working days (office hours) per case", "每件工作日数（按办公时间）"),
    "in_brackets": ("In brackets: number of cases.", "括号内为件数。"),
    "cohort": (
        "Cases with a promised limit under “{title}” or the reform, those it takes off the spot included; the same affairs in every panel.",
        "范围：在“{title}”或改革后有承诺时限的事项（含改革后不再即办者）；各图所计为相同的事项。",
    ),
    "promised": ("Cases with a promised limit (committed, joint, passed upward).", "范围：有承诺时限的办件（承诺件、联办件、上报件）。"),
    "decided_only": ("Decided cases.", "仅计已办结件。"), "most_first": ("Most days in all come first.", "按总用时从多到少排列。"),
    "most_either": ("Most days in all come first, counted where they are more.", "按总用时从多到少排列（取各方中较大者）。"),
    "merged": ("merged into {name}", "并入{name}"), "now_with": ("gone; its cases: {name}", "已撤；业务转至{name}"),
    "gone": ("gone", "已撤"), "new_body": ("new with the reform", "改革后新设"), "no_cases": ("no such cases", "无此类办件"),
    "unchanged": ("{text}: no change", "{text}：无变化"),
    "within": ("How soon cases are decided, against promise and law", "对照承诺与法定时限的办结速度"),
    "from_promise": ("working days before (−) and after today's promise", "距现承诺时限的工作日数（负数为提前）"),
    "of_law": ("share of the legal limit used", "已用法定时限的比例"), "share": ("share of cases decided by then", "至此已办结的比例"),
    "promise_wd": ("{title}: {share} in time by today's promise", "{title}：{share}在现承诺时限内"),
    "legal_wd": ("{title}: {share} within the legal limit", "{title}：{share}在法定时限内"),
    "own_promise": ("Tables count each scenario by its own promise.", "各表按各方案自身的承诺时限统计。"),
    "promise_today": ("today's promise", "现承诺时限"),
    "open_longer": ("Open cases count as longer than so far.", "在办件按尚未办结计（时间长于已用时间）。"),
    "ladder": ("What each reform changes", "各项改革的效果"),
    "effect": ("difference from today, 95 % interval", "与现状之差，95%区间"),
    "better": ("better", "改善"), "worse": ("worse", "变差"), "changed": ("changed", "有变化"), "unresolved": ("not resolved", "尚难判断"),
    "tiny": ("resolved, but under 1 % of today's value", "可分辨，但不足现值的1%"), "identical": ("identical to today", "与现状完全相同"),
    "same": ("no difference: all within 1 % of today's value", "实际无差别：都在现值的1%以内"),
    "limits": ("What time limits could be promised", "能承诺怎样的办结时限"),
    "limit_days": ("working days from acceptance to decision", "自受理至决定的工作日数"),
    "estimate": ("{title}: estimate", "{title}：估计值"),
    "bound": ("cautious bound, which 9 in 10 surely keep", "稳妥上限：九成办件有把握守住"), "room": ("promised today", "现承诺时限"),
    "few": ("too few cases", "件数太少"), "beyond": ("the legal limit is not sure either", "法定时限亦无把握守住"),
    "law_at": ("law {n}", "法定{n}"),
    "limits_note": (
        "Estimate: 9 in 10 of the simulated cases keep it. Bound: one-sided confidence 97.5 %, the wider the fewer replications; chance "
        "only, assumptions not included; not confirmed on fresh seeds.",
        "估计值：仿真办件中九成守得住。稳妥上限：单侧置信度97.5%，重复次数越少越宽；仅计随机性，未计入假设；尚未用新种子确认。",
    ),
    "some_items": (
        "{n} of {all} items: first those whose promise is not sure to be kept today, then those with most cases.",
        "{all}个事项中的{n}个：守不住现承诺的在前，其余按件数从多到少。",
    ),
    "none": ("no such cases in this run", "本次运行中没有此类办件"),
    "one_of": ("Of the {n} reforms compared, this shows “{title}”.", "共比较{n}项改革，本图仅示“{title}”。"),
    "replication": ("First replication of {n}.", "{n}次重复中的第一次。"),
    "together": ("Those of the headline hold together (simultaneous 95 %).", "核心结论的区间同时成立（同时95%）。"),
    "count": ("Replications: {n}.", "{n}次重复。"),
    "replications": ("Replications: {n}; intervals 95 %, assumptions not included.", "{n}次重复；区间为95%，未计入假设。"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def cause_name(cause: str, language: str) -> str:
    """Return what a cause is called."""
    return (CAUSES.get(cause) or WORDS[cause])[language == "zh"]


def look(**more: Any) -> AbstractContextManager[None]:
    """Return the settings under which a picture is drawn: fonts for both languages, small type, no frame."""
    plain: Any = {"font.family": fonts(), "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "hatch.linewidth": 0.5}
    return rc_context(plain | more)


def bar_style(cause: str) -> dict[str, Any]:
    """Return how a bar of a cause is drawn."""
    colour, hatch = STYLES[cause]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": PALE if hatch else colour, "linewidth": 0.4}


def below(figure: Figure, *sentences: str, handles: Sequence[Any] = (), names: Sequence[str] = (), columns: int = 5) -> None:
    """Write a legend and the small print into a strip below a picture, which the rest of the picture leaves free.

    Both stay in the layout: Jupyter crops a picture to what is in it.
    """
    tall, wide = figure.get_figheight(), figure.get_figwidth()
    text = folded("".join(s if s.endswith("。") else f"{s} " for s in sentences if s).strip(), int(wide * 14))
    small = 0.13 * (text.count("\n") + 1) + 0.08 if text else 0.0
    most = max(1, min(columns, len(names)))
    # A narrow letter of the legend takes an eighth of an inch at most, a mark with the gap beside it as much as seven of them.
    fits = (n for n in range(most, 1, -1) if sum(7 + max(map(_breadth, part)) for part in _columns(names, n)) <= 12.5 * wide)
    columns = next(fits, 1)
    rows = max((sum(name.count("\n") + 1 for name in part) for part in _columns(names, columns)), default=0)
    strip = small + (0.155 * rows + 0.14 if rows else 0.0)
    layout = figure.get_layout_engine()
    if isinstance(layout, ConstrainedLayoutEngine):
        layout.set(rect=(0, strip / tall, 1, 1 - strip / tall))
    figure.text(0.008, 0.05 / tall, text, fontsize=7, color=PALE, ha="left", va="bottom")
    if rows:
        figure.legend(
            handles, names, fontsize=8, ncols=columns, loc="lower center", bbox_to_anchor=(0.5, small / tall),
            frameon=False, borderaxespad=0.2, labelspacing=0.3,
        )  # fmt: skip


def _columns(names: Sequence[str], columns: int) -> list[Sequence[str]]:
    """The names in each column of a legend, which fills its columns one after another, the first ones with one entry more."""
    each, longer = divmod(len(names), columns)
    return [names[a:b] for a, b in pairwise(k * each + min(k, longer) for k in range(columns + 1))]


def cause_legend(causes: Iterable[str], language: str) -> dict[str, Any]:
    """Return the handles and names that explain the colours of causes, for `below`."""
    shown = [cause for cause in STYLES if cause in set(causes)]
    return {
        "handles": [Patch(**{**bar_style(cause), "edgecolor": PALE}) for cause in shown],
        "names": [cause_name(cause, language) for cause in shown],
    }


def empty(axis: Axes, language: str) -> None:
    """Say that there is nothing to draw."""
    axis.set_axis_off()
    axis.text(0.5, 0.5, word("none", language), ha="center", va="center", color=PALE, transform=axis.transAxes)


def folded(text: str, width: int) -> str:
    """Return a text broken into lines of at most `width` narrow letters; between words, or after any Chinese one.

    Example
    -------
    >>> folded("one two three", 8)
    'one two\\nthree'
    """
    lines: list[str] = []
    for part in text.split("\n"):
        lines.append("")
        for piece in _pieces(part):
            if lines[-1].strip() and _breadth(lines[-1] + piece.rstrip()) > width:
                lines.append("")
            lines[-1] += piece if lines[-1] else piece.lstrip()
    return "\n".join(line.rstrip() for line in lines)


def _pieces(text: str) -> list[str]:
    """Parts between which a line may break; closing marks stay with what they close."""
    pieces = [""]
    for k, letter in enumerate(text):
        before = text[k - 1] if k else ""
        opens = before == " " or (before and _breadth(before) == 2) or _breadth(letter) == 2
        if pieces[-1] and opens and letter not in "，。；：、）”＋ " and before not in "（“":
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _breadth(text: str) -> int:
    """Width of the longest line of a text in narrow letters; Chinese ones are two wide."""
    return max(sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line) for line in text.split("\n"))
