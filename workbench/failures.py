"""The failure map: which targets the hall misses, by slowdown of all work and by demand, and where today's hall lies on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.flip import edges, grid
from workbench.language import group_name, measure_name, title_of
from workbench.quantities import unit_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulation.failures import Cell, FailureMap
    from simulation.targets import Target
    from simulation.verbs import Settings
    from workbench.language import Labels

WORDS = {
    "title": ("Which targets are missed, by slowdown of all work and by demand", "办理变慢与需求变化时哪些目标达不到"),
    "x": ("all work, as a multiple of the time stated", "全部办理用时（所填数值的倍数）"),
    "y": ("demand, as a multiple of today's", "需求（现状的倍数）"), "demand": ("demand", "需求"),
    "missed": ("{n} missed", "{n}项未达"), "hatched": ("one or more undecided (?)", "有尚难判断的目标（?）"),
    "dot": ("the hall as stated, with its ranges", "所填数值的大厅及其范围"), "none": ("all met", "全部达到"),
    "open": ("none missed, one or more undecided (?)", "无未达项，但有尚难判断的目标（?）"),
    "today": ("Today's hall, all work and demand as stated: {what}.", "现状（办理用时与需求均按所填数值）：{what}。"),
    "misses": ("it surely misses {letters}", "确定未达{letters}"), "unsure": ("{letters} undecided", "{letters}尚难判断"),
    "keeps": ("it misses none of its targets", "各项目标均无未达"),
    "others": ("all others met, or nobody came", "其余达到或无相关人员到来"),
    "off": (
        "No cell is today's hall: let both --slowdown and --demand go through 1, like 1:1.2:0.1.",
        "图中没有现状一格：--slowdown 与 --demand 均须经过1，如 1:1.2:0.1。",
    ),
    "at_most": ("{letter}: {what}: at most {limit} ({basis}: {source})", "{letter}：{what}不超过{limit}（{basis}：{source}）"),
    "at_least": ("{letter}: {what}: at least {limit} ({basis}: {source})", "{letter}：{what}不低于{limit}（{basis}：{source}）"),
    "rule": (
        "Each cell: {n} replications on the same citizens, over the whole measured window. A letter: the whole 95 % interval of that "
        "measure lies beyond its target; with ?: the interval holds the target, or people came and none was "
        "served or finished, so that there is no value; no letter: met, or nobody came whom it is about. "
        "Intervals are single, over replications, chance only (assumptions not included); cells are not independent. The cross spans "
        "the ranges of the assumed times of work and rates of demand.",
        "每格{n}次重复，办事群众相同，按整个测量期计。字母：该指标的95%区间整个在目标之外；带?：区间包含目标，或有人到来但无人办结、没有数值；无字母：达到，或无相关人员到来。区间各自单独成立，"
        "按重复计算，仅计随机性（未计入假设），各格不独立。十字为办理用时和需求两项假设的范围。",
    ),
}  # fmt: skip
BASES = {"law": ("law", "法规"), "document": ("document", "文件"), "judgement": ("judgement", "判断")}
COLOURS = ("#e5f0ea", "#fee391", "#fe9929", "#d95f0e", "#993404", "#662506")
"""Of none, one, two … targets missed; the last of all further ones."""
GREY = "#d0d0d0"
"""Of cells that miss none, but of which something is undecided."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def run_failures(
    name: str, reforms: Sequence[str], slowdown: str, demand: str, out: Path | None, settings: Settings, *, as_json: bool, language: str
) -> list[Path]:
    """Do what `onewindow failures` does; return the pictures written."""
    from simulation.failures import failure_map
    from simulation.verbs import load_experiment
    from workbench.titles import labels_of, main_scenarios, scenario_titles

    experiment = load_experiment(name)
    x, y = grid(slowdown, "--slowdown"), grid(demand, "--demand")
    found = failure_map(experiment, reforms, x, y, settings)
    titles, labels = scenario_titles(experiment, language), labels_of(*main_scenarios(experiment).values())
    if as_json:
        from workbench.report import print_json

        print_json({"experiment": experiment.name, **failure_document(found)})
    else:
        print_failures(found, titles, language, labels)
    if out is None:
        return []
    from workbench.pictures import save

    return save({"failure-map": failure_picture(found, titles, language, labels)}, out)


def failure_document(found: FailureMap) -> dict[str, Any]:
    """Return a failure map as plain values for strict JSON: every cell with each target's value, interval and state."""
    cells = [
        {"scenario": name, "slowdown": x, "demand": y, "missed": cell.count("missed"), "undecided": cell.count("undecided"),
         "targets": [one._asdict() for one in cell.targets]}
        for name, rows in found.cells.items()
        for y, row in zip(found.y, rows, strict=True)
        for x, cell in zip(found.x, row, strict=True)
    ]  # fmt: skip
    targets = [{**t.model_dump(exclude_none=True), "limit": t.limit} for t in found.targets]
    return {
        "targets": targets, "replications": found.replications, "cells": cells, "today": [1.0, 1.0],
        "today_slowdown": list(found.today_x), "today_demand": list(found.today_y),
    }  # fmt: skip


def print_failures(found: FailureMap, titles: Mapping[str, str], language: str, labels: Labels | None = None) -> None:
    """Print the letters of the targets missed in each cell, the highest demand on top, a table for each scenario."""
    from workbench.tables import new_console, new_table

    console = new_console()
    console.print(f"[bold]{word('title', language)}[/bold]", highlight=False)
    for line in targets_in_words(found.targets, language, labels):
        console.print(line, highlight=False, markup=False)
    heads = [word("demand", language), *(f"{x:g}" for x in found.x)]
    for name, rows in found.cells.items():
        console.print(f"\n{titles[name]}；x：{word('x', language)}" if language == "zh" else f"\n{titles[name]}; x: {word('x', language)}")
        cells = [
            (f"{y:g}", *(letters(cell) or word("none", language) for cell in row))
            for y, row in zip(reversed(found.y), reversed(rows), strict=True)
        ]
        console.print(new_table(heads, cells, (8, *([max(10, 90 // len(found.x) - 1)] * len(found.x))), folded=True))
    console.print(word("rule", language).format(n=found.replications), highlight=False)
    console.print(of_today(found, language), highlight=False, markup=False)


def of_today(found: FailureMap, language: str) -> str:
    """Return one sentence on the cell of today's hall: which targets it surely misses, and which are undecided."""
    if not found.cells or 1.0 not in found.x or 1.0 not in found.y:
        return word("off", language)
    cell = next(iter(found.cells.values()))[found.y.index(1.0)][found.x.index(1.0)]
    named = {state: [LETTERS[k] for k, one in enumerate(cell.targets) if one.state == state] for state in ("missed", "undecided")}
    comma, apart = ("、", "；") if language == "zh" else (", ", "; ")
    parts = [
        word(key, language).format(letters=comma.join(named[state]))
        for key, state in (("misses", "missed"), ("unsure", "undecided")) if named[state]
    ]  # fmt: skip
    rest = [word("others", language)] if parts and sum(map(len, named.values())) < len(cell.targets) else []
    return word("today", language).format(what=apart.join([*parts, *rest]) or word("keeps", language))


def colour_of(cell: Cell) -> str:
    """Return what a cell is painted: by how many targets are missed, grey where none is and not all are decided."""
    missed = cell.count("missed")
    return GREY if not missed and cell.count("undecided") else COLOURS[min(missed, len(COLOURS) - 1)]


def letters(cell: Cell) -> str:
    """Return the letters of the targets that a cell misses, with ? where undecided; `A C?`."""
    return " ".join(
        f"{LETTERS[k]}{'?' if one.state == 'undecided' else ''}"
        for k, one in enumerate(cell.targets) if one.state in ("missed", "undecided")
    )  # fmt: skip


def targets_in_words(targets: Sequence[Target], language: str, labels: Labels | None = None) -> list[str]:
    """Return each target with its letter, its limit and where it comes from."""
    zh, lines = language == "zh", []
    for letter, t in zip(LETTERS, targets, strict=False):
        key = "at_most" if t.at_most is not None else "at_least"
        group = "" if t.group == "all" else f"{'，' if zh else ', '}{group_name(t.group, language, labels)}"
        told = {"letter": letter, "what": measure_name(t.measure, language) + group, "limit": _limit(t, language)}
        lines.append(word(key, language).format(**told, basis=BASES[t.source.basis][zh], source=title_of(t.source.title, language)))
    return lines


def _limit(target: Target, language: str) -> str:
    from simulation.measures import CATALOGUE

    unit, zh = unit_of(CATALOGUE[target.measure].unit), language == "zh"
    return f"{target.limit * unit.factor:g}{'' if zh else ' '}{unit.name[zh]}"


def failure_picture(
    found: FailureMap, titles: Mapping[str, str], language: str = "en", labels: Labels | None = None, note: str = ""
) -> Figure:
    """Draw the map, a panel a scenario: colour by how many targets are missed, hatched where one is undecided, today's hall as a dot."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch, Rectangle

    from workbench.drawing import INK, PALE, below, folded, look

    xs, ys = edges(found.x), edges(found.y)
    wide, tall = max(3.6, 0.8 * len(found.x) + 1.0), max(3.0, 0.5 * len(found.y) + 1.4)
    with look():
        fig = Figure(figsize=(max(6.4, wide * len(found.cells) + 0.6), tall + 2.4), layout="constrained")
        axes = fig.subplots(1, len(found.cells), squeeze=False, sharex=True, sharey=True)[0]
        fig.suptitle(word("title", language), color=INK)
        for axis, (name, rows) in zip(axes, found.cells.items(), strict=True):
            axis.set_title(folded(titles[name], int(13 * wide)), fontsize=9)
            for j, row in enumerate(rows):
                for i, cell in enumerate(row):
                    hatch = "///" if cell.count("undecided") else ""
                    place, size = (xs[i], ys[j]), (xs[i + 1] - xs[i], ys[j + 1] - ys[j])
                    axis.add_patch(Rectangle(place, *size, facecolor=colour_of(cell), edgecolor="white", linewidth=0.8, hatch=hatch))
                    axis.text(
                        place[0] + size[0] / 2, place[1] + size[1] * 0.22, letters(cell), ha="center", va="center", fontsize=7, color=INK,
                        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75 if letters(cell) else 0.0, "pad": 1.0},
                    )  # fmt: skip
            (low, high), (few, many) = found.today_x, found.today_y
            axis.errorbar([1], [1], xerr=[[1 - low], [high - 1]], yerr=[[1 - few], [many - 1]],
                          fmt="o", color=INK, markersize=7, capsize=3, zorder=5)  # fmt: skip
            axis.set_xlim(min(xs[0], low, 0.99), max(xs[-1], high, 1.01))
            axis.set_ylim(min(ys[0], few, 0.99), max(ys[-1], many, 1.01))
            axis.set_xticks(found.x)
            axis.set_yticks(found.y)
            axis.set_xlabel(word("x", language), fontsize=8)
        axes[0].set_ylabel(word("y", language))
        every = [cell for rows in found.cells.values() for row in rows for cell in row]
        counts = [n for n, colour in enumerate(COLOURS) if any(colour_of(cell) == colour for cell in every)]
        unsure = any(colour_of(cell) == GREY for cell in every)
        handles = [Patch(facecolor=COLOURS[n], edgecolor=PALE) for n in counts] + [Patch(facecolor=GREY, edgecolor=PALE)] * unsure
        handles += [Patch(facecolor="white", edgecolor=PALE, hatch="///"), Line2D([], [], marker="o", color=INK)]  # type: ignore[list-item]
        names = [word("missed", language).format(n=n) if n else word("none", language) for n in counts] + [word("open", language)] * unsure
        names += [word(key, language) for key in ("hatched", "dot")]
        told = targets_in_words(found.targets, language, labels)
        stop = "。" if language == "zh" else "."
        below(fig, *(f"{line}{stop}" for line in told), word("rule", language).format(n=found.replications), note,
              handles=handles, names=names, columns=4)  # fmt: skip
    return fig
