"""What `onewindow runs` prints: the runs of a store, those of a scenario, stress and window together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from time import time
from typing import Any

from simulation.errors import InputRefused, Problem
from simulation.store import Store
from simulation.stored import Run, prune, runs
from workbench.report import print_json

WIDTH = 100
DAY = 86400
WORDS = {
    "scenario": ("scenario", "方案"), "stress": ("stress", "压力情景"), "window": ("start, days", "起始日，工作日数"),
    "seed": ("seed", "种子"), "replications": ("replications", "重复序号"), "measures": ("measures", "指标数"), "size": ("size", "大小"),
    "age": ("age", "写入距今"), "state": ("state", "状态"), "current": ("current", "有效"), "stale": ("stale", "过期"),
    "unknown": ("(no record)", "（无记录）"), "none": ("no run is stored in {folder}", "{folder} 中没有存储的运行"),
    "total": ("{n} runs, {size} in {folder}", "{folder} 中共{n}次运行，{size}"),
    "note": (
        "stale: code has changed since, and nothing of it is served any more; onewindow runs prune --stale",
        "过期：代码此后已变，不再采用；onewindow runs prune --stale",
    ),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def groups(kept: Iterable[Run]) -> list[dict[str, Any]]:
    """Return what the store has, runs that differ in nothing but the replication together, in the order of their names."""
    found: dict[tuple[Any, ...], list[Run]] = {}
    for run in kept:
        found.setdefault((run.record and run.record[:5], run.current, run.measures), []).append(run)
    rows = []
    for (about, current, measures), together in found.items():
        told = dict(zip(("scenario", "stress", "start", "window_wd", "seed"), about or [None] * 5, strict=True))
        numbers = sorted(run.record.replication for run in together if run.record)
        written = max(run.written for run in together)
        at = datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds")
        size = sum(run.size for run in together)
        rows.append({**told, "replications": numbers, "runs": len(together), "measures": list(measures), "bytes": size, "written": at,
                     "current": current})  # fmt: skip
    names = ("scenario", "stress", "start")
    return sorted(rows, key=lambda r: (r["scenario"] is None, *(r[k] or "" for k in names), r["seed"] or 0, r["window_wd"] or 0))


def print_runs(store: Store, *, as_json: bool, language: str) -> None:
    """Print what the store has: a table, or one JSON document."""
    rows = groups(runs(store))
    if as_json:
        print_json({"store": store.folder.name, "runs": rows})
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console, folder = Console(width=WIDTH), str(store.folder)
    if not rows:
        console.print(word("none", language).format(folder=folder), highlight=False)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    right, wide = ("seed", "measures", "size", "age"), ("scenario", "replications")
    for name in ("scenario", "stress", "window", "seed", "replications", "measures", "size", "age", "state"):
        table.add_column(word(name, language), justify="right" if name in right else "left", overflow="fold", no_wrap=name not in wide)
    for row in rows:
        table.add_row(*_cells(row, language))
    console.print(table, highlight=False)
    console.print(word("total", language).format(n=sum(r["runs"] for r in rows), size=bytes_in_words(sum(r["bytes"] for r in rows)),
                                                 folder=folder), highlight=False)  # fmt: skip
    if not all(row["current"] for row in rows):
        console.print(word("note", language), highlight=False)


def _cells(row: dict[str, Any], language: str) -> Sequence[str]:
    days = (time() - datetime.fromisoformat(row["written"]).timestamp()) / DAY
    age = f"{days * 24:.0f} h" if days < 2 else f"{days:.0f} d"
    known = row["scenario"] is not None
    window = f"{row['start']}, {row['window_wd']}" if known else ""
    numbers = spans(row["replications"]) if known else f"({row['runs']})"
    stress, seed = (str(row["stress"]), str(row["seed"])) if known else ("", "")
    return (
        row["scenario"] if known else word("unknown", language), stress, window, seed, numbers, str(len(row["measures"])),
        bytes_in_words(row["bytes"]), age, word("current" if row["current"] else "stale", language),
    )  # fmt: skip


def spans(numbers: Sequence[int]) -> str:
    """Return sorted whole numbers as spans.

    >>> spans([0, 1, 2, 5, 7, 8])
    '0–2, 5, 7–8'
    """
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in found)


def bytes_in_words(size: int) -> str:
    """Return a size as people say it.

    >>> bytes_in_words(999), bytes_in_words(1_500), bytes_in_words(2_340_000)
    ('999 B', '1.5 kB', '2.3 MB')
    """
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def pruned(store: Store, *, stale: bool, older_than: float | None, everything: bool) -> str:
    """Delete runs that meet every condition given, and say how many went.

    Raises
    ------
    InputRefused
        No condition, or one beside `everything`.
    """
    asked = [lambda run: not run.current] if stale else []
    if older_than is not None:
        before = time() - older_than * DAY
        asked.append(lambda run: run.written < before)
    if everything == bool(asked):
        found = "--all and a condition" if everything else "no condition"
        raise InputRefused(Problem("runs prune", found, "what is thrown away is said", "--stale, --older-than DAYS, or --all"))
    conditions: Sequence[Callable[[Run], bool]] = asked
    gone, seen, size = prune(store, lambda run: all(condition(run) for condition in conditions))
    return f"removed {gone} of {seen} runs, {bytes_in_words(size)}"
