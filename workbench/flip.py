"""The flip map: which scenario is best at each slowdown of staff and each level of demand, and where today's hall lies on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.language import measure_name
from workbench.quantities import unit_of, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulation.turns import FlipMap
    from simulation.verbs import Settings

WORDS = {
    "title": ("Which scenario is best, by slowdown and demand", "不同放慢程度和需求下哪个方案最好"),
    "x": ("{kind}, as stated {stated:g}", "{kind}，所填数值{stated:g}"), "y": ("demand, as a multiple of today's", "需求（现状的倍数）"),
    "best": ("best by {what} ({unit})", "按{what}最优（{unit}）"),
    "hatched": ("not told from the next best", "与次优无法区分"), "dot": ("the hall as stated, with its ranges", "所填数值的大厅及其范围"),
    "rule": (
        "Each cell: {n} replications on the same citizens; colour: the best by {what}; figure: its {what} ({unit}), without interval. "
        "Hatched: the paired 95 % interval of the gap to another scenario holds zero (chance only, assumptions not included; a single 95 % "
        "for each cell and pair, and cells are not independent). The cross spans the ranges of the assumptions of slowdown and of the "
        "rates of demand.",
        "每格{n}次重复，办事群众相同；颜色：按{what}最优的方案；数字：该方案的{what}（{unit}），不含区间。斜线：与另一方案之差的配对95%区间包含零（仅计随机性，未计入假设；每格每对为单个95%，各格不独立）。十字为放慢程度和需求两项假设的范围。",
    ),
    "demand": ("demand", "需求"),
}  # fmt: skip
COLOURS = ("#bbbbbb", "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00")


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def grid(text: str, option: str) -> list[float]:
    """Return the values of ``FROM:TO:STEP``.

    Example
    -------
    >>> grid("0.9:1.1:0.1", "--demand")
    [0.9, 1.0, 1.1]
    """
    from simulation.errors import InputRefused, Problem
    from workbench.report import steps

    try:
        values = [float(value) for value in steps(f"x={text}")[1]]
    except InputRefused as refused:
        rule = "a row of factors is written FROM:TO:STEP, FROM <= TO, STEP > 0, at most 50 steps"
        raise InputRefused(Problem(option, text, rule, "write for example 0.9:1.3:0.1") for _ in refused.problems) from None
    if values[0] <= 0:
        raise InputRefused(Problem(option, text, "a factor is greater than 0", "begin above 0"))
    return values


def run_flip(
    name: str, kind: str | None, slowdown: str, demand: str, out: Path | None, settings: Settings, *, as_json: bool, language: str
) -> list[Path]:
    """Do what `onewindow flip` does; return the pictures written."""
    from simulation.turns import flip_map
    from simulation.verbs import load_experiment
    from workbench.titles import scenario_titles

    experiment = load_experiment(name)
    x, y = grid(slowdown, "--slowdown"), grid(demand, "--demand")
    found = flip_map(experiment, kind, x, y, settings)
    titles = scenario_titles(experiment, language)
    if as_json:
        from workbench.report import print_json

        print_json({"experiment": experiment.name, **flip_document(found)})
    else:
        print_flip(found, titles, language)
    if out is None:
        return []
    from workbench.pictures import save

    return save({"flip-map": flip_picture(found, titles, language)}, out)


def flip_document(found: FlipMap) -> dict[str, Any]:
    """Return a flip map as plain values for strict JSON."""
    cells = [
        {"slowdown": x, "demand": y, "best": r.best, "told": r.resolved, "values": dict(r.values)}
        for y, row in zip(found.y, found.cells, strict=True)
        for x, r in zip(found.x, row, strict=True)
    ]
    return {
        "assumption": found.kind, "measure": found.headline.measure, "replications": found.replications, "cells": cells,
        "today": list(found.today), "today_slowdown": list(found.today_x), "today_demand": list(found.today_y),
    }  # fmt: skip


def print_flip(found: FlipMap, titles: Mapping[str, str], language: str) -> None:
    """Print the best scenario of each cell, the highest demand on top."""
    from workbench.tables import new_console, new_table

    console = new_console()
    unit = unit_of(_unit(found))
    console.print(f"[bold]{word('title', language)}[/bold]", highlight=False)
    best = word("best", language).format(what=measure_name(found.headline.measure, language), unit=unit.name[language == "zh"])
    apart, stop = ("；", "。") if language == "zh" else ("; ", ". ")
    console.print(f"{best}{apart}x: {word('x', language).format(kind=found.kind, stated=found.today[0])}", highlight=False)
    cells = [
        (f"{y:g}", *(f"{titles[r.best]} {_value(r.values[r.best], found)}{'' if r.resolved else '?'}" for r in row))
        for y, row in zip(reversed(found.y), reversed(found.cells), strict=True)
    ]
    heads = [word("demand", language), *(f"{x:g}" for x in found.x)]
    console.print(new_table(heads, cells, (8, *([max(10, 90 // len(found.x) - 1)] * len(found.x))), folded=True))
    console.print(f"?: {word('hatched', language)}{stop}{_rule(found, language)}", highlight=False)


def _rule(found: FlipMap, language: str) -> str:
    """What is drawn or printed in a cell, its unit, and which interval hatches it."""
    what, unit = measure_name(found.headline.measure, language), unit_of(_unit(found)).name[language == "zh"]
    return word("rule", language).format(n=found.replications, what=what, unit=unit)


def _unit(found: FlipMap) -> str:
    from simulation.measures import CATALOGUE

    return CATALOGUE[found.headline.measure].unit


def _value(value: float, found: FlipMap) -> str:
    unit = unit_of(_unit(found))
    return written(value * unit.factor, min(1, unit.decimals))


def flip_picture(found: FlipMap, titles: Mapping[str, str], language: str = "en", note: str = "") -> Figure:
    """Draw the map: a colour for each scenario, hatched where the best is not told from another, and today's hall as a dot."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch, Rectangle

    from workbench.drawing import INK, PALE, below, look

    names = list(dict.fromkeys(name for name in titles if any(name in r.values for row in found.cells for r in row)))
    colours = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(names)}
    xs, ys = edges(found.x), edges(found.y)
    with look():
        fig = Figure(figsize=(max(6.4, 0.95 * len(found.x) + 2.6), max(4.4, 0.55 * len(found.y) + 2.6)), layout="constrained")
        axis = fig.subplots()
        fig.suptitle(word("title", language), color=INK)
        for j, row in enumerate(found.cells):
            for i, r in enumerate(row):
                place, size = (xs[i], ys[j]), (xs[i + 1] - xs[i], ys[j + 1] - ys[j])
                axis.add_patch(
                    Rectangle(place, *size, facecolor=colours[r.best], edgecolor="white", linewidth=0.8, hatch="" if r.resolved else "///")
                )
                axis.text(
                    place[0] + size[0] / 2, place[1] + size[1] * 0.22, _value(r.values[r.best], found), ha="center", va="center",
                    fontsize=7, color=INK, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.0},
                )  # fmt: skip
        (x, y), (low, high), (few, many) = found.today, found.today_x, found.today_y
        axis.errorbar(
            [x], [y], xerr=[[x - low], [high - x]], yerr=[[y - few], [many - y]], fmt="o", color=INK, markersize=7, capsize=3, zorder=5
        )
        axis.set_xlim(min(xs[0], low), max(xs[-1], high))
        axis.set_ylim(min(ys[0], few), max(ys[-1], many))
        axis.set_xticks(found.x)
        axis.set_yticks(found.y)
        axis.set_xlabel(word("x", language).format(kind=found.kind, stated=x))
        axis.set_ylabel(word("y", language))
        unit = unit_of(_unit(found)).name[language == "zh"]
        axis.set_title(word("best", language).format(what=measure_name(found.headline.measure, language), unit=unit), fontsize=9)
        seen = [name for name in names if any(r.best == name for row in found.cells for r in row)]
        handles = [Patch(facecolor=colours[name]) for name in seen]
        handles += [Patch(facecolor="white", edgecolor=PALE, hatch="///"), Line2D([], [], marker="o", color=INK)]  # type: ignore[list-item]
        told = [*(titles[name] for name in seen), word("hatched", language), word("dot", language)]
        below(fig, _rule(found, language), note, handles=handles, names=told, columns=3)
    return fig


def edges(values: Sequence[float]) -> list[float]:
    """Return the edges of cells around values; one value has a cell of a tenth."""
    if len(values) == 1:
        return [values[0] - 0.05, values[0] + 0.05]
    inner = [(a + b) / 2 for a, b in pairwise(values)]
    return [2 * values[0] - inner[0], *inner, 2 * values[-1] - inner[-1]]
