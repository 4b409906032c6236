"""Who is better and who is worse off: the table and the picture, always beside what a change that does nothing brings about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.language import Labels, group_name
from workbench.quantities import NOISE, NONE, written
from workbench.titles import stress_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulation.occurrences import Share

WORDS = {
    "title": ("Who is better and who is worse off", "谁受益，谁受损"),
    "wait": ("waits 5 minutes less or more, over all visits", "全部到访合计等候少或多5分钟以上"),
    "trips": ("comes once less or more", "少跑或多跑一次以上"),
    "lead": ("is decided a working day sooner or later", "早或晚一个工作日以上办结"),
    "served": ("gives up no longer, or does now", "不再放弃，或转为放弃"),
    "aspect": ("aspect", "方面"), "group": ("group", "群体"), "cases": ("errands", "办事件次"),
    "better": ("better off", "受益"), "worse": ("worse off", "受损"), "null": ("±1 s", "±1秒"),
    "net": ("better - worse", "受益减受损"),
    "open": ("{share} % open", "{share}%未办结"),
    "ends": (
        "{name}, {aspect}, with the {share} % open: better {better}, worse {worse}, net {net}",
        "{name}，{aspect}，计入未办结的{share}%：受益{better}，受损{worse}，净{net}",
    ),
    "all": ("all", "全部"),
    "unit": (
        "Share of errands (a need of one citizen over all its visits), the same in both logs; errands are those of one replication; open: "
        "left out, not decided by the end, so that it could go either way; with it: the shares of all were it wholly one way or the "
        "other (the thin line, without chance). ±1 s: the share under one second more or less at every counter "
        "and desk, which re-routes chance and no more; work drawn anew would move far more. * or solid: more than that. All intervals "
        "paired over replications, single 95 %; assumptions not included. No line speaks of a single citizen.",
        "占办事件次的比例（一位群众的一项需求，含全部到访），两份日志中为同一件次；件次按每次重复计；“未办结”为期末仍未办结、可能两可而未计入的比例；“计入”为其全部偏向一方或另一方时占全部的比例（细线，不含随机性）。“±1秒”："
        "每个窗口和岗位各多或各少一秒时的比例，只改变偶然的走向；若办理用时全部重新抽取，变动会大得多。带*或实色：多于该比例。所有区间按重复配对，单个95%；"
        "未计入假设。任何一行都不针对个人。",
    ),
    "small": ("Groups with fewer than {few} errands a replication are not shown.", "每次重复不足{few}件次的群体未列出。"),
    "axis": ("share of errands, %", "占办事件次的比例（%）"),
    "tick": ("under one second more or less", "各多或各少一秒时"), "unsure": ("not told from that", "与之无法区分"),
}  # fmt: skip
ASPECTS = ("wait", "trips", "lead", "served")
FEW = 100
"""Errands below which a group is not shown: its shares would say nothing, or speak of persons."""
LINE, GAP = 0.65, 0.6
"""Heights in a picture, in rows: of a line of a reform's title, and around the title."""


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def shown(groups: Iterable[Share]) -> dict[tuple[str, str, str], dict[tuple[str, str], Share]]:
    """Return shares by (reform, stress, group), then by (aspect, side): all, and groups of citizens with enough errands."""
    found: dict[tuple[str, str, str], dict[tuple[str, str], Share]] = {}
    for s in groups:
        if s.cases >= FEW and (s.group == "all" or s.group.startswith("group:")):
            found.setdefault((s.reform, s.stress, s.group), {})[s.aspect, s.side] = s
    return found


def surely(share: Share) -> bool:
    """Say whether more are better (or worse) off than under a second more or less."""
    return share.beyond.low is not None and share.beyond.low > NOISE


def print_fates(groups: Sequence[Share], titles: Mapping[str, str], language: str, labels: Labels) -> None:
    """Print, for each reform and group, the shares better and worse off beside those of a change that does nothing."""
    from workbench.tables import new_console, new_table

    console = new_console()
    console.print(f"\n[bold]{word('title', language)}[/bold]", highlight=False)
    last = None
    cells: list[tuple[str, ...]] = []
    tables: list[tuple[str, list[tuple[str, ...]], list[str]]] = []
    ends: list[str] = []
    for (reform, stress, group), by in shown(groups).items():
        if (reform, stress) != last:
            cells = []
            ends = []
            tables.append((_headed(reform, stress, titles, language), cells, ends))
            last = (reform, stress)
        for aspect in (a for a in ASPECTS if (a, "better") in by):
            better, worse = by[aspect, "better"], by[aspect, "worse"]
            name = _group(group, language, labels) if aspect == ASPECTS[0] or not cells else ""
            figures = (_share(better), _percent(better.null.value), _share(worse), _percent(worse.null.value))
            told = word(aspect, language)
            told += (f" ({word('open', language).format(share=_percent(better.untold))})" if better.untold else "")
            if better.untold:
                ends.append(_ends(_group(group, language, labels), word(aspect, language), better, worse, language))
            cells.append((name, told, f"{better.cases:,}", *figures, _net(better)))
    heads = [word(key, language) for key in ("group", "aspect", "cases", "better", "null", "worse", "null", "net")]
    for title, rows, bounds in tables:
        console.print(f"\n{title} (%)", highlight=False)
        console.print(new_table(heads, rows, (12, None, 8, 9, 6, 9, 6, 19), left=2))
        for line in bounds:
            console.print(line, highlight=False, markup=False)
    console.print(word("unit", language), highlight=False)
    console.print(word("small", language).format(few=FEW), highlight=False)


def _headed(reform: str, stress: str, titles: Mapping[str, str], language: str) -> str:
    under = "" if stress == "none" else f"{'，' if language == 'zh' else ', '}{stress_title(stress, language)}"
    return f"{titles[reform]}{under}"


def _group(group: str, language: str, labels: Labels | None) -> str:
    return word("all", language) if group == "all" else group_name(group, language, labels)


def _percent(value: float | None) -> str:
    return "–" if value is None else written(100 * value, 1)


def _ends(name: str, aspect: str, better: Share, worse: Share, language: str) -> str:
    """What the shares of all are, were all that is still open on one side or on the other."""

    def ends(low: float, high: float, *, signed: bool = False) -> str:
        return f"{written(100 * low, 1, signed=signed)}..{written(100 * high, 1, signed=signed)}"

    each = {"better": ends(better.least, better.most), "worse": ends(worse.least, worse.most)}
    net = ends(better.net_least, better.net_most, signed=True)
    return word("ends", language).format(name=name, aspect=aspect, share=_percent(better.untold), **each, net=net)


def _share(share: Share) -> str:
    return f"{_percent(share.share.value)}{'*' if surely(share) else ' '}"


def _net(share: Share) -> str:
    value, low, high = (None if x is None else 100 * x for x in (share.net.value, share.net.low, share.net.high))
    said = NONE if value is None else written(value, 1, signed=True)
    if low is None or high is None or low == high:
        return said
    return f"{said} [{written(low, 1, signed=True)}, {written(high, 1, signed=True)}]"


def better_and_worse(
    groups: Sequence[Share], titles: Mapping[str, str], language: str = "en", labels: Labels | None = None, note: str = ""
) -> Figure:
    """Draw the shares better (to the right) and worse off (to the left), one panel an aspect, with a mark at a second more or less.

    A reform's title stands above its block, across all panels.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import blended_transform_factory

    from workbench.drawing import BETTER, GRID, INK, PALE, WORSE, below, empty, folded, look

    rows = [(key, by) for key, by in shown(groups).items() if key[1] == "none"]
    names = [folded(_group(group, language, labels), 28) for (_, _, group), _ in rows]
    heads = {reform: folded(titles[reform], 120) for (reform, _, _), _ in rows}
    with look():
        # One row a group; a line of a reform's title takes `LINE` rows above its block, `GAP` stands around it.
        at: list[float] = []
        top: dict[str, float] = {}
        down = 0.0
        for (reform, _, _), _ in rows:
            if reform not in top:
                top[reform] = down
                down += LINE * (heads[reform].count("\n") + 1) + GAP
            at.append(down + 0.5)
            down += 1.0
        fig = Figure(figsize=(12.4, 0.26 * max(down, 3.0) + 2.1), layout="constrained")
        fig.suptitle(word("title", language), color=INK)
        axes = fig.subplots(1, len(ASPECTS), sharey=True, squeeze=False)[0]
        for axis, aspect in zip(axes, ASPECTS, strict=True):
            axis.set_title(folded(word(aspect, language), 32), fontsize=9)
            if not rows:
                empty(axis, language)
                continue
            reach = 1.0
            for y, (_, by) in zip(at, rows, strict=True):
                for side, sign, colour in (("better", 1, BETTER), ("worse", -1, WORSE)):
                    share = by.get((aspect, side))
                    if share is None or share.share.value is None or share.null.value is None:
                        continue
                    reach = max(reach, 100 * share.share.value, 100 * share.null.value)
                    axis.barh(y, sign * 100 * share.share.value, color=colour, height=0.7, alpha=1.0 if surely(share) else 0.35)
                    if share.untold:
                        reach = max(reach, 100 * share.most)
                        axis.plot([sign * 100 * share.least, sign * 100 * share.most], [y, y], color=INK, linewidth=0.7)
                    axis.plot([sign * 100 * share.null.value] * 2, [y - 0.4, y + 0.4], color=INK, linewidth=1.3)
            axis.axvline(0, color=PALE, linewidth=0.8)
            axis.set_xlim(-1.08 * reach, 1.08 * reach)
            axis.xaxis.set_major_locator(MaxNLocator(5, symmetric=True))
            axis.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}")
            axis.set_xlabel(f"← {word('worse', language)}      {word('better', language)} →\n{word('axis', language)}", fontsize=7)
            axis.grid(axis="x", color=GRID)
            axis.set_axisbelow(True)
            axis.tick_params(axis="y", length=0)
            axis.spines["left"].set_visible(False)
            for reform, y in top.items():
                # The lines of the panel stop where the title of a block stands.
                axis.axhspan(y, y + LINE * (heads[reform].count("\n") + 1) + GAP - 0.1, color="white", linewidth=0, zorder=2.5)
        if rows:
            axes[0].set_yticks(at, names, fontsize=8)
            axes[0].set_ylim(down + 0.2, 0)
            across = blended_transform_factory(axes[0].transAxes, axes[0].transData)
            for reform, y in top.items():
                # In the last panel, which is drawn over the others, and no part of the layout: it may not widen any panel.
                axes[-1].text(0, y + GAP / 2, heads[reform], transform=across, fontsize=9, va="top", color=INK, in_layout=False, zorder=3)
        handles = [
            Patch(color=BETTER), Patch(color=WORSE), Patch(facecolor=PALE, alpha=0.35), Line2D([], [], color=INK, linewidth=1.3)
        ]  # fmt: skip
        told = [word(key, language) for key in ("better", "worse", "unsure", "tick")]
        below(fig, word("unit", language), word("small", language).format(few=FEW), note, handles=handles, names=told, columns=4)
    return fig
