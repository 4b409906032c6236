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


def document(found: Mapping[str, list[Ratio]], rounds: int) -> dict[str, Any]:
    """Return what is kept: date, machine without its name, and the ratios."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    machine = {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system(), "python": platform.python_version()}
    ratios = {name: [{**asdict(r), **{k: round(getattr(r, k), 4) for k in ("ratio", "least", "most")}} for r in rows]
              for name, rows in found.items()}  # fmt: skip
    return {"date": date.today().isoformat(), "machine": machine, "versions": versions, "rounds": rounds, "benchmarks": ratios}


def table(kept: Mapping[str, Any]) -> str:
    """Return the table of the README."""
    machine, versions = kept["machine"], ", ".join(f"{name} {v}" for name, v in kept["versions"].items())
    head = (
        f"{kept['date']}, {machine['cores']} cores, Python {machine['python']}, {versions}. CPU time, median of {kept['rounds']} "
        "alternated rounds (smallest and largest in brackets)."
    )
    rows = [
        f"| {r['what']} | {r['ratio']:.3g} ({r['least']:.3g}–{r['most']:.3g}) | {r['note']} |"
        for part in kept["benchmarks"].values()
        for r in part
    ]
    return "\n".join([head, "", "| CPU time of | ratio | |", "|---|---|---|", *rows])


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
