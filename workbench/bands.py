"""Both bands of a comparison, chance alone and chance with the assumptions' ranges: the table, the words, the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.language import Labels, group_name, heading, measure_name
from workbench.quantities import NONE, number, span, unit_of
from workbench.titles import stress_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulation.plausible import Line, Mover, Plausible

WORDS = {
    "title": ("Two bands: chance alone, and chance with the assumptions' ranges", "两种区间：仅随机性，以及随机性加假设的范围"),
    "what": ("difference from today", "与现状之差"), "difference": ("as stated", "按所填数值"),
    "chance": ("chance alone (assumptions not included)", "仅随机性（未计入假设）"),
    "wide": ("chance and assumptions", "随机性加假设"), "standing": ("verdict", "结论"),
    "holds": (
        "holds in all {all} worlds run (at least {least:.0f} % of worlds, 95 %)",
        "在所运行的{all}种情形下均成立（至少占全部情形的{least:.0f}%，95%）"
    ),
    "in part": (
        "holds in {share:.0f} % of plausible worlds (at least {least:.0f} %, 95 %)",
        "在{share:.0f}%的可能情形下成立（至少{least:.0f}%，95%）"
    ),
    "undecided": ("undecided", "尚难判断"), "identical": ("identical", "无变化"),
    "counts": ("{same} of {all} worlds; {other} the other way", "{all}种情形中{same}种；{other}种相反"),
    "sample": (
        "{used} plausible worlds, {replications} replications each, on the same citizens: a Latin hypercube over the ranges of {kinds} "
        "assumptions ({numbers} numbers; those of one kind lie at the same place of their ranges). The wide band holds one more world with "
        "nominally {coverage:.0f} %, beside chance (measured: 87 to 89 instead of 95 % where an effect scales with its assumption).",
        "{used}种可能情形，每种{replications}次重复，办事群众相同：对{kinds}类假设（共{numbers}个数，同类各数取其范围的同一位置）的范围作拉丁超立方抽样。"
        "较宽的区间以名义{coverage:.0f}%的概率容纳下一种情形，另计随机性（效应随假设成比例变化时，实测为87%至89%，而非95%）。",
    ),
    "rejected": (
        "{n} of {asked} sampled worlds contradict themselves and were left out: {why}.",
        "抽取的{asked}种情形中{n}种自相矛盾，未计入：{why}。",
    ),
    "movers": ("What moves “{title}” most ({what})", "对“{title}”影响最大的假设（{what}）"),
    "today": (
        "Today is better by the first line of the headline, as stated; effects are those of “{title}”, the best of the reforms.",
        "按首行指标，所填数值下现状更好；以下为各改革中最优者“{title}”的效应。",
    ),
    "kind": ("assumption", "假设"), "example": ("as stated (range)", "所填数值（范围）"), "correlation": ("rank correlation", "秩相关"),
    "swing": ("from low to high end", "从低端到高端"),
    "noise": (
        "The largest of {considered} assumptions reaches {noise:.2f} by chance alone in one case of twenty: what lies below (?) is not "
        "told from chance{few}.",
        "{considered}类假设中最大者仅凭偶然每二十次有一次达到{noise:.2f}：低于此值者（?）与偶然无法区分{few}。",
    ),
    "none told": ("; here none is", "；此处均不可区分"),
    "more": ("and {n} more", "另有{n}个"),
    "stated": ("as stated", "按所填数值"), "world": ("one plausible world", "一种可能情形"),
    "figure": ("How sure is each difference?", "各项差别有多大把握？"), "moves": ("What moves it most", "影响最大的假设"),
    "told": ("beyond chance", "超出偶然"),
    "dim": ("not told from chance", "与偶然无法区分"), "nothing": ("no change in any world", "任何情形下均无变化"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def verdict_in_worlds(line: Line, language: str = "en") -> str:
    """Return what becomes of a difference over the plausible worlds: in how many it holds, and in how many at least, or undecided."""
    n = line.same + line.other + line.unresolved
    return word(line.standing, language).format(all=n, share=100 * line.same / max(1, n), least=100 * line.least)


def line_name(line: Line, titles: Mapping[str, str], language: str, labels: Labels | None = None) -> str:
    """Return reform, measure, group and unit of a line."""
    zh = language == "zh"
    group = "" if line.group == "all" else f"{'，' if zh else ', '}{group_name(line.group, language, labels)}"
    under = "" if line.stress == "none" else f"{'，' if zh else ', '}{stress_title(line.stress, language)}"
    unit = unit_of(line.unit).apart[zh]
    brackets = f"（{unit}）" if zh else f" ({unit})"
    return f"{titles[line.reform]}{'：' if zh else ': '}{measure_name(line.measure, language)}{group}{under}{brackets}"


def sample_in_words(found: Plausible, language: str) -> list[str]:
    """Return how the worlds were made, and how many contradict themselves and why."""
    told = [word("sample", language).format(**{**vars(found), "coverage": 100 * found.coverage})]
    if found.rejected:
        why = max(found.rejected, key=lambda rule: found.rejected[rule])
        told.append(word("rejected", language).format(n=found.asked - found.used, asked=found.asked, why=why))
    return told


def noise_in_words(found: Plausible, language: str) -> str:
    """Return how large a rank correlation must be to be told from chance."""
    few = "" if any(beyond(m, found) for m in found.movers) else word("none told", language)
    return word("noise", language).format(considered=found.considered, noise=found.noise, few=few)


def beyond(mover: Mover, found: Plausible) -> bool:
    """Say whether an assumption moves the difference more than the largest of all does by chance."""
    return abs(mover.correlation) > found.noise


def print_bands(found: Plausible, titles: Mapping[str, str], language: str, labels: Labels) -> None:
    """Print both bands of each headline difference, its verdict, and the assumptions that move the preferred reform most."""
    from workbench.tables import new_console, new_table

    console = new_console()
    console.print(f"\n[bold]{word('title', language)}[/bold]", highlight=False)
    cells = []
    for line in found.lines:
        row = _row(line)
        counts = "" if line.standing != "in part" else f"\n{_counts(line, language)}"
        said = f"{verdict_in_worlds(line, language)}{counts}"
        bands = (span(row, "low", "high", signed=True), span(row, "wide_low", "wide_high", signed=True) or NONE)
        cells.append((line_name(line, titles, language, labels), number(row, "difference", signed=True), *bands, said))
    heads = [word(key, language) for key in ("what", "difference", "chance", "wide", "standing")]
    console.print(new_table(heads, cells, (None, 10, 19, 19, 24), folded=True))
    for told in sample_in_words(found, language):
        console.print(told, highlight=False)
    if (first := preferred_line(found)) is None or not found.movers:
        return
    what = f"{measure_name(first.measure, language)}{'，' if language == 'zh' else ', '}{unit_of(first.unit).apart[language == 'zh']}"
    console.print(f"\n[bold]{word('movers', language).format(title=titles[first.reform], what=what)}[/bold]", highlight=False)
    if not found.pays:
        console.print(word("today", language).format(title=titles[first.reform]), highlight=False)
    rows = [
        (m.kind, _example(m, language), f"{m.correlation:+.2f}{' ' if beyond(m, found) else '?'}",
         number({**_row(first), "swing": m.swing}, "swing", signed=True))
        for m in found.movers
    ]  # fmt: skip
    heads = [word(key, language) for key in ("kind", "example", "correlation", "swing")]
    console.print(new_table(heads, rows, (None, 22, 11, 14), left=2))
    console.print(noise_in_words(found, language), highlight=False)


def preferred_line(found: Plausible) -> Line | None:
    """Return the first line of the headline about the preferred reform."""
    return next((line for line in found.lines if line.reform == found.preferred), None)


def _row(line: Line) -> dict[str, Any]:
    return {**vars(line), "value": None}


def _counts(line: Line, language: str) -> str:
    return word("counts", language).format(same=line.same, all=line.same + line.other + line.unresolved, other=line.other)


def _example(mover: Mover, language: str) -> str:
    more = "" if mover.numbers == 1 else f"{'，' if language == 'zh' else ', '}{word('more', language).format(n=mover.numbers - 1)}"
    return f"{mover.example}{more}"


def two_bands(found: Plausible, titles: Mapping[str, str], language: str = "en", labels: Labels | None = None, note: str = "") -> Figure:
    """Draw both bands of each headline difference with its worlds, and beside them what moves the preferred reform most.

    Each line has an axis of its own: their units differ.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from workbench.drawing import BETTER, GRID, INK, SERIES, UNRESOLVED, below, folded, look

    lines = found.lines
    with look():
        fig = Figure(figsize=(9.6, 0.85 * len(lines) + 1.6 + (0.36 * len(found.movers) + 1.1 if found.movers else 0)), layout="constrained")
        fig.suptitle(word("figure", language), color=INK)
        heights = [0.85] * len(lines) + ([0.36 * len(found.movers) + 0.7] if found.movers else [])
        axes = fig.subplots(len(heights), 1, gridspec_kw={"height_ratios": heights}, squeeze=False)[:, 0]
        for axis, line in zip(axes, lines, strict=False):
            _draw_line(axis, line, language)
            axis.set_ylabel(
                f"{folded(line_name(line, titles, language, labels), 46)}\n{verdict_in_worlds(line, language)}",
                rotation=0, ha="right", va="center", fontsize=8,
            )  # fmt: skip
            axis.grid(axis="x", color=GRID, linewidth=0.6)
            axis.set_axisbelow(True)
        if found.movers:
            _draw_movers(axes[-1], found, titles, language)
        handles = [
            Line2D([], [], color=SERIES[0], linewidth=4), Line2D([], [], color=UNRESOLVED, linewidth=4),
            Line2D([], [], linestyle="", marker="|", color=INK), Line2D([], [], linestyle="", marker=".", color=BETTER),
        ]  # fmt: skip
        names = [word(key, language) for key in ("chance", "wide", "stated", "world")]
        below(fig, *sample_in_words(found, language), noise_in_words(found, language) if found.movers else "", note,
              handles=handles, names=names, columns=4)  # fmt: skip
    return fig


def _draw_line(axis: Axes, line: Line, language: str) -> None:
    from workbench.drawing import BETTER, INK, PALE, SERIES, UNRESOLVED

    factor = unit_of(line.unit).factor
    axis.set_yticks([])
    axis.set_ylim(-1, 1)
    axis.spines["left"].set_visible(False)
    axis.axvline(0, color=INK, linewidth=1)
    axis.tick_params(axis="x", labelsize=7)
    if line.difference is None or line.standing == "identical":
        axis.text(0.5, 0.5, word("nothing" if line.standing == "identical" else "undecided", language),
                  transform=axis.transAxes, ha="center", color=PALE)  # fmt: skip
        axis.set_xlim(-1, 1)
        return
    for low, high, y, colour in ((line.low, line.high, 0.45, SERIES[0]), (line.wide_low, line.wide_high, -0.1, UNRESOLVED)):
        if low is not None and high is not None:
            axis.plot([low * factor, high * factor], [y, y], color=colour, linewidth=4, solid_capstyle="butt")
    axis.plot([line.difference * factor], [0.45], "|", color=INK, markersize=11, markeredgewidth=1.6)
    axis.plot([x * factor for x in line.there], [-0.6] * len(line.there), ".", color=BETTER, alpha=0.6, markersize=5)
    axis.margins(x=0.05)


def _draw_movers(axis: Axes, found: Plausible, titles: Mapping[str, str], language: str) -> None:
    from workbench.drawing import INK, SERIES, UNRESOLVED, folded

    line = preferred_line(found)
    assert line is not None
    factor = unit_of(line.unit).factor
    at = range(len(found.movers))
    colours = [SERIES[1] if beyond(m, found) else UNRESOLVED for m in found.movers]
    axis.barh(at, [m.swing * factor for m in found.movers], color=colours, height=0.55)
    axis.set_yticks(at, [f"{m.kind}\n{_example(m, language)}" for m in found.movers], fontsize=7)
    axis.invert_yaxis()
    axis.axvline(0, color=INK, linewidth=1)
    for k, m in enumerate(found.movers):
        told = word("told" if beyond(m, found) else "dim", language)
        axis.annotate(f" {m.correlation:+.2f}, {told}", (max(0.0, m.swing * factor), k), fontsize=7, va="center")
    axis.margins(x=0.35)
    unit = unit_of(line.unit).apart[language == "zh"]
    axis.set_xlabel(f"{measure_name(line.measure, language)}: {word('swing', language)} [{unit}]", fontsize=8)
    what = heading(measure_name(line.measure, language))
    axis.set_title(folded(word("movers", language).format(title=titles[line.reform], what=what), 90), fontsize=9, loc="left")
    axis.tick_params(axis="x", labelsize=7)

