"""Results of the benchmarks as a file, and as the table that the README shows between two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.timing import Ratio

RESULTS = Path(__file__).parent / "results.json"
README = Path(__file__).parents[2] / "README.md"
BEGINS, ENDS = "<!-- benchmarks: written by `make bench` -->", "<!-- end of benchmarks -->"
LIBRARIES = ("numpy", "pandas", "simpy", "ciw", "salabim", "numba")


def document(found: Mapping[str, list[Ratio]], rounds: int, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what is kept: date, machine without its name, the ratios, and those of `before`, which keep their own date."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    machine = {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system(), "python": platform.python_version()}
    today = date.today().isoformat()
    ratios = {
        name: [{**asdict(r), **{k: round(getattr(r, k), 4) for k in ("ratio", "least", "most")}, "date": today} for r in rows]
        for name, rows in found.items()
    }
    return {"date": today, "machine": machine, "versions": versions, "rounds": rounds, "benchmarks": dict(before or {}) | ratios}


def table(kept: Mapping[str, Any]) -> str:
    """Return the table of the README."""
    machine, versions = kept["machine"], ", ".join(f"{name} {v}" for name, v in kept["versions"].items())
    head = (
        f"{kept['date']}, {machine['cores']} cores, Python {machine['python']}, {versions}. CPU time, median of {kept['rounds']} "
        "alternated rounds, two or three where SimPy runs a year, one of ten million visits (smallest and largest in brackets)."
    )
    rows = [
        f"| {r['what']} | {_figure(r)} | {_wanted(r)} | {r['note']}{'' if r['date'] == kept['date'] else ' (' + r['date'] + ')'} |"
        for part in kept["benchmarks"].values()
        for r in part
    ]
    return "\n".join([head, "", "| what | figure | wanted | |", "|---|---|---|---|", *rows])


def _figure(r: Mapping[str, Any]) -> str:
    value, least, most = (f"{r[k]:.3g}" for k in ("ratio", "least", "most"))
    return value if least == most else f"{value} ({least}–{most})"


def _wanted(r: Mapping[str, Any]) -> str:
    """What a ratio is to reach, and whether it does; below 0: what it may be at most."""
    if (wanted := r["wanted"]) is None:
        return ""
    if wanted > 0:
        return f"at least {wanted:g}" + ("" if r["ratio"] >= wanted else ": **missed**")
    return f"at most {abs(wanted):g}" + ("" if r["ratio"] <= -wanted else ": **missed**")


def shown(readme: str) -> str:
    """Return what stands between the marks."""
    return readme.partition(BEGINS)[2].partition(ENDS)[0].strip()


def with_table(readme: str, kept: Mapping[str, Any]) -> str:
    """Return the README with the table of `kept` between its marks."""
    before, _, rest = readme.partition(BEGINS)
    _, mark, after = rest.partition(ENDS)
    if not mark:
        raise ValueError(f"README.md has no lines {BEGINS} and {ENDS}")
    return f"{before}{BEGINS}\n{table(kept)}\n{ENDS}{after}"
