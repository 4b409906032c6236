"""What the preferred reform hangs on: elementary effects with their noise, and the values at which the preference changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import bands
from workbench.language import heading, measure_name
from workbench.quantities import NONE, unit_of, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulation.experiment import Experiment, Headline
    from simulation.sensitivity import Sensitivity
    from simulation.turns import Turn
    from simulation.verbs import Settings
    from simulation.worlds import Assumption

SHOWN, TURNS = 12, 3
"""Effects that are printed and drawn; assumptions of which the turning value is looked for."""
WORDS = {
    "title": ("What the preferred reform hangs on", "首选改革取决于哪些假设"),
    "of": ("{title}: {what}, difference from today ({unit})", "{title}：{what}，与现状之差（{unit}）"),
    "kind": ("assumption", "假设"), "example": ("as stated (range)", "所填数值（范围）"),
    "size": ("mean size of effect (mu*)", "平均效应大小（mu*）"), "mean": ("mean effect (mu)", "平均效应（mu）"),
    "spread": ("spread (sigma)", "离散（sigma）"), "by_chance": ("mu* by chance", "偶然的mu*"),
    "noise": ("noise share, %", "噪声占比（%）"),
    "design": (
        "Morris' elementary effects over the whole range of each assumption: {trajectories} trajectories, {replications} replications a "
        "point (the same citizens along a trajectory), {runs} runs. Intervals of mu*: bootstrap over trajectories, 95 %. * told from "
        "chance (F test over replications, at most 5 % wrong over all assumptions, Holm; 10 trajectories or 4 replications a point give it "
        "power). Noise share: of the variance between trajectories, what chance makes; near 100 the spread says nothing of curvature or "
        "interaction.",
        "Morris基本效应，按每个假设的整个范围计：{trajectories}条轨迹，每点{replications}次重复（同一轨迹内办事群众相同），共{runs}次运行。"
        "mu*的区间：对轨迹自助抽样，95%。* 可与偶然区分（按重复的F检验，全部假设合计误判至多5%，Holm；宜取10条轨迹或每点4次重复）。"
        "噪声占比：轨迹间方差中由偶然造成的部分；接近100时离散不能说明非线性或交互作用。",
    ),
    "bars": (
        "Bars: mean size mu* by which {what}, the difference of “{title}” from today, changes ({unit}) while one assumption goes over its "
        "whole range; black: 95 % interval; orange: mu* by chance alone.",
        "条形：某一假设走完整个范围时，“{title}”与现状之差（{what}，{unit}）变化的平均大小mu*；黑线：95%区间；橙线：仅凭偶然的mu*。",
    ),
    "lines": (
        "Lines: by how much each other scenario is worse than “{title}” by {what} ({unit}; below zero: better). Shaded: the paired 95 % "
        "interval over replications at each point, single, chance only (assumptions not included). Dotted: where another takes over.",
        "线：其他各方案按{what}比“{title}”差多少（{unit}；小于零为更好）。阴影：各点按重复配对的95%区间，单独成立，仅计随机性（未计入假设）。虚线：首选改变之处。",
    ),
    "rejected": (
        "{n} trajectories pass through a world that contradicts itself and were left out.", "{n}条轨迹经过自相矛盾的情形，未计入。",
    ),
    "hidden": ("{n} smaller effects are not shown (--json lists all).", "另有{n}个较小的效应未列出（--json 列出全部）。"),
    "turns": ("Where the preferred scenario changes, one assumption at a time", "逐个假设：首选方案在何处改变"),
    "preferred": ("preferred as stated", "按所填数值的首选"), "to": ("then", "之后"), "at": ("at", "转折值"),
    "open": ("between (95 %)", "介于（95%）"),
    "stays": ("stays, by estimate", "按估计不变"), "sure": ("stays over the whole range", "全范围内不变"),
    "part": ("stays from {low} to {high}; no more was run", "{low}至{high}不变；其余未运行"),
    "unknown": ("not tested: a gap without interval", "未检验：有差值无区间"),
    "rule": (
        "Ranked by {what}: values at {n} points of each range on the same citizens, straight lines between them. Between: where the "
        "interval of the gap to the other scenario holds zero (paired, chance only). Numbers of one kind move together; the first of them "
        "is shown.",
        "按{what}排序：每个范围取{n}点，办事群众相同，点间连直线。“介于”：与另一方案之差的区间包含零之处（配对，仅计随机性）。同类各数一同变动，所示为其中第一个。",
    ),
    "gap": ("worse than “{title}” by", "比“{title}”差"),
    "low": ("low end", "低端"), "high": ("high end", "高端"), "stated": ("as stated", "所填数值"),
    "chance": ("mu* of an assumption without effect", "无效应假设的mu*"), "effect": ("told from chance", "可与偶然区分"),
    "dim": ("not told from chance", "与偶然无法区分"), "per": ("mu*, {unit} per whole range", "mu*，每整个范围（{unit}）"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def run_sensitivity(
    name: str, trajectories: int, only: Sequence[str], out: Path | None, settings: Settings, *, as_json: bool, language: str
) -> list[Path]:
    """Do what `onewindow sensitivity` does; return the pictures written."""
    from simulation.sensitivity import elementary_effects
    from simulation.turns import turning_values as values_of
    from simulation.verbs import compare, load_experiment
    from workbench.titles import scenario_titles

    experiment = load_experiment(name)
    found = elementary_effects(experiment, compare(experiment, settings), trajectories, only, settings)
    told = [e.assumption.kind for e in found.effects if e.told][:TURNS] or [e.assumption.kind for e in found.effects[:1]]
    turned = values_of(experiment, told, settings)
    titles = scenario_titles(experiment, language)
    if as_json:
        from workbench.report import print_json

        print_json({"experiment": experiment.name, **sensitivity_document(found), "turns": [turn_document(t) for t in turned]})
    else:
        print_sensitivity(found, turned, experiment, titles, language)
    if out is None:
        return []
    from workbench.pictures import save

    return save({"effects": effects(found, titles, language), "turns": turning_values(turned, found.line, titles, language)}, out)


def sensitivity_document(found: Sensitivity) -> dict[str, Any]:
    """Return effects as plain values for strict JSON."""
    rows = [
        {"assumption": e.assumption.kind, "stated": e.assumption.example, "numbers": len(e.assumption.numbers), "mu": e.mean,
         "mu_star": e.size, "mu_star_half_width": e.half_width, "sigma": e.spread, "mu_star_by_chance": e.by_chance,
         "noise_share": e.noise, "p": e.p, "told": e.told}
        for e in found.effects
    ]  # fmt: skip
    line = found.line
    return {
        "headline": {"reform": line.reform, "measure": line.measure, "group": line.group, "stress": line.stress}, "effects": rows,
        "trajectories": found.trajectories, "replications": found.replications, "runs": found.runs, "left_out": found.rejected,
    }  # fmt: skip


def turn_document(turn: Turn) -> dict[str, Any]:
    """Return a turning value as plain values; values are those of the assumption's first number, in its own unit."""
    ends = {key: None if place is None else float(turn.assumption.at(place)) for key, place in _ends(turn).items()}
    looked = [float(turn.assumption.at(end(turn.places))) for end in (min, max)]
    return {
        "assumption": turn.assumption.kind, "preferred": turn.preferred, "to": turn.to, **ends, "state": turn.state, "looked_at": looked
    }  # fmt: skip


def _ends(turn: Turn) -> dict[str, float | None]:
    return {"at": turn.at, "low": turn.low, "high": turn.high}


def print_sensitivity(
    found: Sensitivity, turned: Sequence[Turn], experiment: Experiment, titles: Mapping[str, str], language: str
) -> None:  # fmt: skip
    """Print effects, largest first, and the values at which the preferred scenario changes."""
    from workbench.tables import new_console, new_table

    console = new_console()
    console.print(f"[bold]{word('title', language)}[/bold]", highlight=False)
    console.print(_of(found.line, titles, language), highlight=False)
    if not found.pays:
        console.print(bands.word("today", language).format(title=titles[found.line.reform]), highlight=False)
    unit = unit_of(_unit(found.line))
    cells = []
    for e in found.effects[:SHOWN]:
        size = f"{written(e.size * unit.factor, 2)} ± {written(e.half_width * unit.factor, 2)}{'*' if e.told else ' '}"
        others = (written(x * unit.factor, 2, signed=x is e.mean) for x in (e.by_chance, e.mean, e.spread))
        cells.append((e.assumption.kind, example(e.assumption), size, *others, NONE if e.noise is None else f"{100 * e.noise:.0f}"))
    heads = [word(key, language) for key in ("kind", "example", "size", "by_chance", "mean", "spread", "noise")]
    console.print(new_table(heads, cells, (None, 16, 14, 9, 8, 8, 7), left=2))
    if len(found.effects) > SHOWN:
        console.print(word("hidden", language).format(n=len(found.effects) - SHOWN), highlight=False)
    console.print(word("design", language).format(**vars(found)), highlight=False)
    if found.rejected:
        console.print(word("rejected", language).format(n=found.rejected), highlight=False)
    console.print(f"\n[bold]{word('turns', language)}[/bold]", highlight=False)
    rows = []
    for t in turned:
        at, low, high = (NONE if p is None else _value(t.assumption, p) for p in _ends(t).values())
        then = titles[t.to] if t.to is not None else stays(t, language)
        between = NONE if t.low is None else f"{low} .. {high}"
        rows.append((t.assumption.kind, example(t.assumption), titles[t.preferred], then, at, between))
    heads = [word(key, language) for key in ("kind", "example", "preferred", "to", "at", "open")]
    console.print(new_table(heads, rows, (None, 16, 14, 14, 9, 18), left=4, folded=True))
    what = measure_name(experiment.headline[0].measure, language)
    console.print(word("rule", language).format(what=what, n=len(turned[0].places)), highlight=False)


def example(assumption: Assumption) -> str:
    """Return the first number of an assumption with its range, and how many others there are."""
    n = len(assumption.numbers)
    return assumption.example + (f" ×{n}" if n > 1 else "")


def stays(turn: Turn, language: str) -> str:
    """Say how surely, and where, the preferred scenario stays."""
    if turn.state != "sure":
        return word("stays" if turn.state == "open" else "unknown", language)
    low, high = (_value(turn.assumption, end(turn.places)) for end in (min, max))
    return word("sure" if turn.whole else "part", language).format(low=low, high=high)


def _value(assumption: Assumption, place: float) -> str:
    """The value at a place to four figures, in the unit in which the file states it."""
    number = assumption.at(place)
    unit = assumption.example.partition(" (")[0].partition(" ")[2]
    return f"{float(number) / float(type(number).units[unit]):.4g} {unit}".strip()


def _unit(line: Headline) -> str:
    from simulation.measures import CATALOGUE

    return CATALOGUE[line.measure].unit


def _of(line: Headline, titles: Mapping[str, str], language: str) -> str:
    unit = unit_of(_unit(line)).apart[language == "zh"]
    return word("of", language).format(title=titles[line.reform], what=measure_name(line.measure, language), unit=unit)


def effects(found: Sensitivity, titles: Mapping[str, str], language: str = "en", note: str = "") -> Figure:
    """Draw the largest elementary effects with their intervals, and what an assumption without effect would show."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    from workbench.drawing import GRID, INK, SERIES, UNRESOLVED, below, look

    shown, unit = found.effects[:SHOWN], unit_of(_unit(found.line))
    with look():
        fig = Figure(figsize=(8.4, 0.42 * len(shown) + 2.4), layout="constrained")
        axis = fig.subplots()
        fig.suptitle(word("title", language), color=INK)
        axis.set_title(_of(found.line, titles, language), fontsize=9)
        at = range(len(shown))
        sizes = [e.size * unit.factor for e in shown]
        axis.barh(at, sizes, color=[SERIES[0] if e.told else UNRESOLVED for e in shown], height=0.6)
        axis.errorbar(sizes, list(at), xerr=[e.half_width * unit.factor for e in shown], fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        for k, e in enumerate(shown):
            axis.plot([e.by_chance * unit.factor] * 2, [k - 0.4, k + 0.4], color=SERIES[1], linewidth=1.6)
        axis.set_yticks(at, [f"{e.assumption.kind}\n{example(e.assumption)}" for e in shown], fontsize=7)
        axis.invert_yaxis()
        axis.set_xlim(left=0)
        axis.set_xlabel(word("per", language).format(unit=unit.apart[language == "zh"]))
        axis.grid(axis="x", color=GRID)
        axis.set_axisbelow(True)
        handles = [Patch(color=SERIES[0]), Patch(color=UNRESOLVED), Line2D([], [], color=SERIES[1], linewidth=1.6)]
        names = [word(key, language) for key in ("effect", "dim", "chance")]
        what, of = measure_name(found.line.measure, language), unit.apart[language == "zh"]
        bars = word("bars", language).format(what=what, title=titles[found.line.reform], unit=of)
        below(fig, bars, word("design", language).format(**vars(found)), note, handles=handles, names=names, columns=3)
    return fig


def turning_values(turned: Sequence[Turn], line: Headline, titles: Mapping[str, str], language: str = "en", note: str = "") -> Figure:
    """Draw, for each assumption, by how much every other scenario is worse than the one preferred as stated, over the whole range."""
    from matplotlib.figure import Figure

    from workbench.drawing import GRID, INK, PALE, SERIES, below, folded, look

    unit = unit_of(_unit(line))
    names = list(dict.fromkeys(name for t in turned for r in t.rankings for name in r.gaps))
    colours = {name: SERIES[k % len(SERIES)] for k, name in enumerate(names)}
    with look():
        fig = Figure(figsize=(max(6.4, 3.6 * len(turned) + 1.2), 4.4), layout="constrained")
        fig.suptitle(word("turns", language), color=INK)
        axes = fig.subplots(1, len(turned), squeeze=False)[0]
        handles: dict[str, Any] = {}
        for axis, t in zip(axes, turned, strict=True):
            x = [float(t.assumption.at(place)) for place in t.places]
            scale, ticks = unit_of_number(t.assumption, t.places)
            for name in names:
                known = [(u, r.gaps[name]) for u, r in zip(x, t.rankings, strict=True) if name in r.gaps and None not in r.gaps[name]]
                at = [u for u, _ in known]
                y, low, high = ([float(gap[k] or 0.0) * unit.factor for _, gap in known] for k in range(3))
                handles[name] = axis.plot(at, y, "o-", color=colours[name], markersize=4, linewidth=1.6)[0]
                axis.fill_between(at, low, high, color=colours[name], alpha=0.15, linewidth=0)
            axis.axhline(0, color=INK, linewidth=1)
            if t.at is not None:
                axis.axvline(float(t.assumption.at(t.at)), color=INK, linestyle=":", linewidth=1)
            axis.set_title(f"{folded(t.assumption.kind, 34)}\n{example(t.assumption)}", fontsize=8)
            axis.set_xticks(scale, ticks, fontsize=8)
            preferred = folded(word("gap", language).format(title=titles[t.preferred]), 40)
            axis.set_ylabel(f"{heading(measure_name(line.measure, language))}\n{preferred} [{unit.apart[language == 'zh']}]", fontsize=8)
            axis.grid(color=GRID, linewidth=0.6)
            axis.tick_params(axis="y", labelsize=8, colors=PALE)
        what = measure_name(line.measure, language)
        told = word("rule", language).format(what=what, n=len(turned[0].places))
        lines = word("lines", language).format(what=what, title=titles[turned[0].preferred], unit=unit.apart[language == "zh"])
        below(fig, lines, told, note, handles=list(handles.values()), names=[titles[name] for name in handles], columns=3)
    return fig


def unit_of_number(assumption: Assumption, places: Sequence[float]) -> tuple[list[float], list[str]]:
    """Return where an axis over an assumption's range has ticks, and how they read: low end, value as stated, high end."""
    at = sorted({min(places), 0.5, max(places)})
    values = {float(assumption.at(place)): _value(assumption, place) for place in at}
    return list(values), list(values.values())
