"""Instances of minimum shift design: read from shared data where they are, and generated from a hidden design."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from optimization.shift_design import ShiftDesign

OPTIMA = {1: 480, 2: 300, 3: 600, 4: 450, 5: 480}
"""Of the first set (Di Gaspero et al. 2007)."""


def instance_file(number: int) -> Path:
    """Return where an instance of the first set is, if it is anywhere."""
    shared = Path(os.environ.get("ONEWINDOW_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    return shared / "optimization" / f"DataSet1_RandomExample{number}.dzn"


def read_dzn(text: str) -> ShiftDesign:
    """Read `name = number;` and `name = [numbers];` of a data file of the first set."""
    found = {name: [int(n) for n in value.strip("[] ").split(",")] for name, value in re.findall(r"(\w+)\s*=\s*([^;]+);", text)}
    return ShiftDesign(
        np.array(found["demand"], dtype=np.int64), found["days"][0], found["interval"][0],
        tuple(zip(found["minStart"], found["maxStart"], strict=True)), tuple(zip(found["minLength"], found["maxLength"], strict=True)),
        found["weightUnderCover"][0], found["weightOverCover"][0], found["weightShiftInstances"][0],
    )  # fmt: skip


def hidden(rng: np.random.Generator, days: int = 3, slots: int = 6, shifts: int = 2, noise: float = 0.0) -> ShiftDesign:
    """A small instance whose levels are those of `shifts` random shifts, each interval changed by one with chance `noise`."""
    price = int(rng.choice([30, 60]))
    empty = ShiftDesign(np.zeros(days * slots, dtype=np.int64), days, 30, ((0, 2), (3, 5)), ((2, 3), (2, 3)), shift=price)
    shapes, required = empty.shapes(), empty.required.copy()
    for k in rng.choice(len(shapes), size=shifts, replace=False):
        for day in range(days):
            required[empty.covered(shapes[k], day)] += int(rng.integers(0, 4))
    required += np.where(rng.random(len(required)) < noise, rng.choice([-1, 1], len(required)), 0)
    return ShiftDesign(np.maximum(required, 0), days, 30, empty.starts, empty.lengths, shift=empty.shift)
