"""What the optimisers prove, how fast, and with what gap: CPU seconds of this process and of those it starts, not ratios."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from benchmarks.rosters import hall
from benchmarks.shift_design import OPTIMA, instance_file, read_dzn
from benchmarks.timing import Ratio, of_children
from optimization.bodies import Partition
from optimization.partition import partition
from optimization.rosters import roster
from optimization.shift_design import design

PUBLISHED = {"karate": (5714, 1.0), "dolphins": (27805, 20.0), "lesmis": (75321, 20.0)}
"""Optimum of the modularity of each network in whole numbers, and seconds it may take."""
SEEDS = (1, 2, 3)


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return CPU seconds, those of ended children included, and what `run` returns."""
    began, before = process_time(), of_children()
    found = run()
    return process_time() - began + of_children() - before, found


def _row(what: str, figures: list[float], note: str, most: float) -> Ratio:
    return Ratio(what, median(figures), min(figures), max(figures), note, -most)


def optimisers(rounds: int) -> list[Ratio]:
    """Rosters, shift design and merging; `rounds` changes nothing, the seeds of the instances are those of `SEEDS`."""
    return [*_rosters(), *_designs(), *_merging()]


def _rosters() -> list[Ratio]:
    small = [timed(lambda seed=seed: roster(hall(60, 6, 1, seed=seed), limit=60.0, priced=False)) for seed in SEEDS]  # type: ignore[misc]
    large = [timed(lambda: roster(hall(200, 20, 5, seed=1), limit=60.0, gap=0.01, priced=False))]
    proved = sum(found.status == "proved" for _, found in small)
    gaps = [100.0 if found.gap is None else 100 * float(found.gap) for _, found in large]
    note = ", ".join(f"{seconds:.0f} s" for seconds, _ in large)
    return [
        _row("seconds to the proof, roster of 60 people x 6 skills x 18 half hours", [s for s, _ in small], f"{proved} of 3 proved", 1.0),
        _row("gap in %, roster of 200 people x 20 skills x 5 days, 60 s by the clock", gaps, note, 1.0),
    ]


def _designs() -> list[Ratio]:
    if not instance_file(1).exists():
        return []
    found = {n: timed(lambda n=n: design(read_dzn(instance_file(n).read_text(encoding="utf-8")))) for n in OPTIMA}  # type: ignore[misc]
    proved = sum(one.status == "proved" and round(one.objective) == OPTIMA[n] for n, (_, one) in found.items())
    together = sum(seconds for seconds, _ in found.values())
    return [_row("seconds, minimum shift design, set 1, five together", [together], f"{proved} of 5 proved at the published optimum", 10.0)]


def _merging() -> list[Ratio]:
    forty = [timed(lambda seed=seed: partition(departments(seed))) for seed in SEEDS]  # type: ignore[misc]
    proved = sum(found.status == "proved" for _, found in forty)
    title = "seconds to the proof, merging of 40 departments with all side rules"
    rows = [_row(title, [s for s, _ in forty], f"{proved} of 3 proved", 5.0)]
    for name, (optimum, most) in PUBLISHED.items():
        file = instance_file(1).with_name(f"{name}.txt")
        if file.exists():
            seconds, found = timed(lambda file=file: partition(Partition(weights(file.read_text(encoding="utf-8")))))  # type: ignore[misc]
            note = f"{found.status} at {found.value:.0f}, published {optimum}"
            rows.append(_row(f"seconds, clique partition of {name}", [seconds], note, most))
    return rows


def departments(seed: int) -> Partition:
    """Forty departments: sparse gains of shared work against a small loss of each pair, and every kind of rule."""
    rng = np.random.default_rng(seed)
    raw = np.triu(rng.normal(-20, 15, (40, 40)) + (rng.random((40, 40)) < 0.2) * rng.gamma(2, 60, (40, 40)), 1)
    return Partition(
        raw + raw.T, rng.integers(3, 40, 40).astype(float), ((6, 7), (9, 23)), ((8, 9), (10, 11), (12, 30), (13, 31)), (0, 1, 2, 3),
        most_heads=120, span=6, least=12, most=18,
    )  # fmt: skip


def weights(text: str) -> np.ndarray:
    """Return the weights (n, n) of a file that has n, then the upper triangle row by row."""
    size, *rows = text.split("\n")
    found = np.zeros((int(size), int(size)))
    for i, row in enumerate(rows[: int(size) - 1]):
        found[i, i + 1 :] = [float(v) for v in row.split()]
    return found + found.T
