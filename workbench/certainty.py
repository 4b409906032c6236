"""How sure a result is: whether its intervals are as narrow as asked, what common citizens are worth, and what a control variate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulation.estimates import ONE
from simulation.synchronisation import FEW, IDENTICAL, SHIFTED, UNSTABLE
from workbench.language import Labels, group_name, heading, measure_name
from workbench.quantities import NONE, decimals_of, number, span, unit_of, written
from workbench.tables import new_table
from workbench.titles import stress_title

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from simulation.result import Result

WORDS = {
    "narrow": ("As narrow as asked after {n} replications: all {of} lines.", "{n}次重复后，{of}行均达到所要求的精度。"),
    "wide": (
        "Not yet as narrow as asked after {n} replications: {wide} of {of} lines.", "{n}次重复后，{of}行中{wide}行未达到所要求的精度。",
    ),
    "cap": (" The cap of {cap} is reached.", "已达{cap}次的上限。"),
    "line": (
        "  {name}, {what}: ±{half}, asked ±{wanted} {unit}; {needed}{drives}",
        "  {name}，{what}：±{half}，要求±{wanted}{unit}；{needed}{drives}",
    ),
    "needed": ("about {needed:,} replications", "约需{needed:,}次重复"),
    "endless": ("more than a million replications", "需一百万次以上重复"),
    "none": ("no interval yet", "尚无区间"),
    "drives": (" (this line decides the number)", "（次数由此行决定）"),
    "score": ("Synchronisation: (Var A + Var B) / Var(B − A), over all", "同步度：(Var A + Var B) / Var(B − A)，总体"),
    "means": (
        "So many times as many independent runs would be needed for a difference as narrow; 1: common citizens help nothing.",
        "若不用同一批群众，要得到同样窄的差值区间需多少倍的独立重复；1：无助益。",
    ),
    "controls": (
        "With a control variate: values where as many citizens come in the measured window as are expected ({expected:,.0f}; in these "
        "replications {came:,.0f} on average)",
        "控制变量法：按测量期内预期到来的群众人数（{expected:,.0f}人；本次各重复平均{came:,.0f}人）校正的数值",
    ),
    "under": ("under stress “{title}”", "压力情景“{title}”"),
    "apart": ("difference: {title}", "差值：{title}"), "plain": ("plain interval", "常规区间"), "with": ("with control", "校正后"),
    "saved": ("variance", "方差"), "single": (
        "Single 95 % intervals, each for itself; the variance is that of the value, degrees of freedom included. Differences gain little: "
        "the same citizens come in both scenarios.",
        "单独 95% 区间，各自成立；方差指该数值的方差，已计自由度损失。差值获益很少：两个方案面对的是同一批群众。",
    ),
    "no help": (
        "No narrower with the control, not linear in it or of fewer than 20 replications, left as they are: {n} of {of}.",
        "校正后并不更窄、与控制变量非线性或重复不足20次，保持原样的：{of}个中的{n}个。",
    ),
    "measure": ("measure", "指标"), "scenario": ("scenario", "方案"), "value": ("score", "同步度"),
    "interval": ("95 % interval", "95% 区间"), "note": ("note", "说明"), "stress": ("under stress", "压力情景"),
}  # fmt: skip
NOTES = {
    IDENTICAL: ("identical: no limit", "完全相同：无上限"), SHIFTED: ("always the same difference: no limit", "差值恒定：无上限"),
    FEW: ("too few replications", "重复次数太少"), ONE: ("too few replications", "重复次数太少"),
    UNSTABLE: ("one replication decides", "由单次重复决定"),
}  # fmt: skip


def narrowness(result: Result, titles: Mapping[str, str], language: str, labels: Labels | None = None) -> list[str]:
    """Return in words how the headline stands to the half widths it asks for; nothing where it asks for none.

    Parameters
    ----------
    titles : of the scenarios, by code.
    labels : names of the members of groups, by dimension and code.
    """
    lines, zh = result.provenance.get("precision", []), language == "zh"
    if not lines:
        return []

    def word(key: str, **told: Any) -> str:
        return WORDS[key][zh].format(**told)

    n, cap, wide = result.provenance["replications"], result.provenance["cap"], [line for line in lines if not line["reached"]]
    if not wide:
        return [word("narrow", n=n, of=len(lines))]
    found = [word("wide", n=n, wide=len(wide), of=len(lines)) + (word("cap", cap=cap) if n >= cap else "")]
    for line in wide:
        row = result.row(line["scenario"], line["measure"], line["group"], line["stress"])
        what = measure_name(line["measure"], language)
        for one in (line["group"] != "all" and group_name(line["group"], language, labels),
                    line["stress"] != "none" and stress_title(line["stress"], language)):  # fmt: skip
            what += (f"（{one}）" if zh else f" ({one})") if one else ""
        factor, half = unit_of(row["unit"]).factor, line["half_width"]
        half, wanted = NONE if half is None else written(half * factor, decimals_of(row)), f"{line['wanted'] * factor:.3g}"
        needed = word("none") if line["half_width"] is None else word("needed", **line) if line["needed"] else word("endless")
        told = {"name": f"“{titles[line['scenario']]}”", "what": what, "unit": unit_of(row["unit"]).apart[zh]}
        found.append(word("line", **told, half=half, wanted=wanted, needed=needed, drives=word("drives") if line["drives"] else ""))
    return found


def scores(result: Result) -> list[dict[str, Any]]:
    """Return the scores as plain values for strict JSON."""
    return plain_rows(result.synchronisation())


def print_scores(console: Console, result: Result, titles: Mapping[str, str], language: str) -> None:
    """Print the scores of all measures over all, a row for each scenario beside today."""
    zh, cells, before = language == "zh", list[tuple[str, ...]](), ""
    known = [row for row in scores(result) if row["group"] == "all"]
    order = list(dict.fromkeys((row["stress"], row["measure"]) for row in known))
    for row in sorted(known, key=lambda row: order.index((row["stress"], row["measure"]))):
        what = heading(measure_name(row["measure"], language))
        if row["stress"] != "none":
            what += f"（{stress_title(row['stress'], language)}）" if zh else f" ({stress_title(row['stress'], language)})"
        value, low, high = (NONE if row[key] is None else _figure(row[key]) for key in ("score", "low", "high"))
        interval = "" if row["low"] is None else f"{low} .. {high}"
        note = "" if row["note"] is None else NOTES[row["note"]][zh]
        cells.append((what if what != before else "", titles.get(row["scenario"], row["scenario"]), value, interval, note))
        before = what
    console.print(f"\n{WORDS['score'][zh]}", style="bold", highlight=False)
    heads = [WORDS[key][zh] for key in ("measure", "scenario", "value", "interval", "note")]
    console.print(new_table(heads, cells, (None, None, 7, 16, 24), left=2))
    console.print(WORDS["means"][zh], highlight=False)


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a tidy frame as plain values for strict JSON."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def print_controls(console: Console, result: Result, frame: pd.DataFrame, titles: Mapping[str, str], language: str) -> None:
    """Print the values and differences that a control variate makes narrower, with what it takes off their variance.

    Parameters
    ----------
    frame : as of `simulation.verbs.controls_of`.
    titles : of the scenarios, by code.
    """
    zh = language == "zh"
    for stress, part in frame.groupby("stress", sort=False):
        cells: list[tuple[str, ...]] = []
        for row in plain_rows(part[part["helps"]].sort_values("measure", kind="stable", key=_by_first)):
            figures = {**row, "unit": result.row(row["scenario"], row["measure"], "all", row["stress"])["unit"]}
            apart, what = row["of"] == "difference", heading(measure_name(row["measure"], language))
            title = titles.get(row["scenario"], row["scenario"])
            cells.append((
                what, WORDS["apart"][zh].format(title=title) if apart else title, span(figures, "plain_low", "plain_high", signed=apart),
                number(figures, "value", signed=apart), span(figures, "low", "high", signed=apart), f"{-100 * row['saved']:.0f} %",
            ))  # fmt: skip
        seen = [("" if k and cells[k - 1][0] == first else first, *rest) for k, (first, *rest) in enumerate(cells)]
        told = WORDS["controls"][zh].format(expected=part["expected"].iloc[0], came=part["came"].iloc[0])
        if stress != "none":
            told = f"{WORDS['under'][zh].format(title=stress_title(str(stress), language))}{'：' if zh else ': '}{told}"
        console.print(f"\n{heading(told)}", style="bold", highlight=False)
        if cells:
            heads = [WORDS[key][zh] for key in ("measure", "scenario", "plain", "with", "interval", "saved")]
            console.print(new_table(heads, seen, (None, None, 15, 12, 15, 8), left=2))
        console.print(WORDS["no help"][zh].format(n=int((~part["helps"]).sum()), of=len(part)), highlight=False)
    if len(frame):
        console.print(WORDS["single"][zh], highlight=False)


def _by_first(column: pd.Series[str]) -> pd.Series[int]:
    """Number values by their first appearance, to sort by."""
    order = {value: k for k, value in enumerate(dict.fromkeys(column))}
    return column.map(order)


def _figure(x: float) -> str:
    """Return a score with two digits that tell, and no more than whole numbers."""
    return written(x, 2 if x < 2 else 1 if x < 10 else 0)
