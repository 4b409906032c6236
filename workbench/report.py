"""What commands print: tables for people, one strict JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulation.errors import InputRefused, Problem

if TYPE_CHECKING:
    from simulation.experiment import Experiment
    from simulation.result import Result

WORDS = {
    "measure": ("measure", "指标"), "value": ("value", "数值"), "interval": ("95 % interval", "95% 区间"),
    "difference": ("difference", "差值"), "scenario": ("scenario", "方案"), "unit": ("unit", "单位"),
    "identical": ("identical", "完全相同"), "single": ("single 95 %", "单独 95%"),
    "joint": ("simultaneous 95 %", "同时 95%"), "n": ("replications", "重复次数"), "yes": ("better", "改善"), "no": ("worse", "变差"),
    "open": ("not resolved", "未能分辨"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def print_json(document: Mapping[str, Any]) -> None:
    """Print one strict JSON document (no NaN)."""
    print(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1))


def number(value: float | None, unit: str) -> str:
    """Return a figure as people read it: shares in per cent, seconds as minutes, the rest with three significant digits."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit in ("s", "seconds"):
        return f"{value / 60:.1f} min"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def print_result(result: Result, *, experiment: Experiment | None = None, as_json: bool = False, language: str = "en") -> None:
    """Print a result: the headline or, for a single run, every measure over all."""
    if as_json:
        print_json(result.document())
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(width=max(120, Console().width))
    if experiment is not None:
        console.print(experiment.question.zh if language == "zh" else experiment.question.en, style="bold")
    compared = any(row["difference"] is not None or row["identical"] for row in result.rows)
    for stress in dict.fromkeys(row["stress"] for row in result.rows):
        table = Table(title=None if stress == "none" else stress)
        columns = ("measure", "unit", "scenario", "value", "interval", *(("difference", "interval") if compared else ()))
        for k, name in enumerate(columns):
            table.add_column(word(name, language), justify="right" if k > 2 else "left", no_wrap=True)
        last = None
        for row in sorted((r for r in result.rows if r["group"] == "all" and r["stress"] == stress), key=lambda r: _order(result, r)):
            if last is not None and last != row["measure"]:
                table.add_section()
            table.add_row(*_cells(row, language, row["measure"] != last)[: len(columns)])
            last = row["measure"]
        console.print(table)
    n = result.provenance["replications"]
    told = f" * {word('joint', language)}; {word('single', language)}." if compared else ""
    console.print(f"{word('n', language)}: {n}.{told}", highlight=False)
    console.print(result.evidence.line(language), highlight=False)


def _order(result: Result, row: Mapping[str, Any]) -> tuple[int, int]:
    measures, scenarios = (list(dict.fromkeys(r[key] for r in result.rows)) for key in ("measure", "scenario"))
    return measures.index(row["measure"]), scenarios.index(row["scenario"])


def _cells(row: Mapping[str, Any], language: str, first: bool) -> tuple[str, ...]:
    unit = row["unit"]
    shown = "min" if unit == "s" else "%" if unit == "share" else unit
    apart = row["difference"] is not None
    star = "*" if row["simultaneous"] else ""
    span = (
        f"{number(row['difference_low'], unit)} .. {number(row['difference_high'], unit)}{star}" if apart and not row["identical"] else ""
    )
    difference = word("identical", language) if row["identical"] else number(row["difference"], unit) if apart else ""
    between = f"{number(row['low'], unit)} .. {number(row['high'], unit)}"
    head = (row["measure"], shown) if first else ("", "")
    return (*head, row["scenario"], number(row["value"], unit), between, difference, span)


def verdict(row: Mapping[str, Any], direction: str, language: str = "en") -> str:
    """Return whether a paired difference is an improvement, a worsening, or not resolved."""
    low, high = row["difference_low"], row["difference_high"]
    if low is None or high is None or low <= 0 <= high:
        return word("open", language)
    return word("yes" if (high < 0) == (direction == "lower") else "no", language)


def steps(text: str) -> tuple[str, list[str]]:
    """Return the path and the values of ``PATH=FROM:TO:STEP``; a unit may follow, as in ``…=60:120:20 per day``.

    Example
    -------
    >>> steps("world.dispersion=0.1:0.2:0.05")
    ('world.dispersion', ['0.1', '0.15', '0.2'])
    """
    rule = "PATH=FROM:TO:STEP, a unit may follow"
    path, _, span = text.partition("=")
    span, _, unit = span.partition(" ")
    try:
        first, last, step = (Decimal(part) for part in span.split(":"))
    except (ValueError, ArithmeticError):
        raise InputRefused(Problem("--vary", text, rule, "write for example world.dispersion=0.1:0.2:0.05")) from None
    if step <= 0 or last < first or (last - first) / step > 50:
        raise InputRefused(Problem("--vary", text, "FROM <= TO, STEP > 0, at most 50 steps", "mend the three figures"))
    values = [first + k * step for k in range(int((last - first) / step) + 1)]
    return path, [f"{v.normalize():f} {unit}".strip() for v in values]


def print_sweep(experiment: Experiment, path: str, found: Sequence[tuple[str, Result]], *, as_json: bool, language: str) -> None:
    """Print the headline at each value, and where its verdict flips."""
    from simulation.measures import CATALOGUE

    rows = []
    for h in experiment.headline:
        said = ""
        for value, result in found:
            row = result.row(h.reform, h.measure, h.group, h.stress)
            now = verdict(row, CATALOGUE[h.measure].direction, language)
            rows.append({"path": path, "at": value, **row, "verdict": now, "flips": bool(said) and now != said})
            said = now
    if as_json:
        print_json({"experiment": experiment.name, "vary": path, "rows": rows})
        return
    for row in rows:
        mark = "  <- flips" if row["flips"] else ""
        span = f"{number(row['difference_low'], row['unit'])} .. {number(row['difference_high'], row['unit'])}"
        apart = number(row["difference"], row["unit"])
        print(f"{row['scenario']:28} {row['measure']:18} {row['at']:>14}  {apart:>10} [{span}] {row['verdict']}{mark}")


def print_judgement(judgement: Any, *, as_json: bool, language: str) -> None:
    """Print what a real log says, and which measures it cannot support."""
    if as_json:
        print_json(judgement.document())
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(width=max(120, Console().width))
    for line in judgement.said(language):
        console.print(line, style="bold", highlight=False, soft_wrap=True)
    table = Table()
    for k, name in enumerate(("measure", "value", "interval")):
        table.add_column(word(name, language), justify="right" if k else "left")
    for row in judgement.rows:
        label = row["measure"] if row["group"] == "all" else f"  {row['measure']} · {row['group']}"
        span = "" if row["low"] is None else f"{number(row['low'], row['unit'])} .. {number(row['high'], row['unit'])}"
        table.add_row(label, number(row["value"], row["unit"]), span)
    console.print(table)
    for name, column in judgement.unsupported:
        console.print(f"not measurable: {name} (missing: {column})", highlight=False, soft_wrap=True)
    for line in judgement.caveats(language):
        console.print(line, highlight=False, soft_wrap=True)
