"""What is said to be proved, to be impossible or to hold, held against enumeration and known laws; and the joint staffing of the hall."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from known_promises import DRAWN, LAWS, LEAST, found_exactly, held
from small_programs import falsely_told, small_program

from benchmarks.timing import Ratio

PROGRAMS = 10_000


def proofs(rounds: int) -> list[Ratio]:
    """Programs told falsely, and promises that hold; `rounds` changes nothing."""
    wrong = sum(falsely_told(small_program(seed)) for seed in range(PROGRAMS))
    holds, exact = [int(held(name)[0]) for name in LAWS], [int(n) for n in found_exactly()]
    spread = f"{len(LAWS)} laws, smallest to largest in brackets"
    return [
        Ratio(f"falsely proved or infeasible, of {PROGRAMS:,} programs against enumeration", wrong, wrong, wrong, "", -0.0),
        Ratio(f"limits certified at 95 % that hold, of {DRAWN:,}, least of the laws", min(holds), min(holds), max(holds), spread, LEAST),
        Ratio("exact limits found in %, where three standard errors tell the days apart", sum(exact) / len(exact) / DRAWN * 100,
              min(exact) / DRAWN * 100, max(exact) / DRAWN * 100, f"{len(exact)} laws", 90.0),
    ]  # fmt: skip


def joint_staffing(rounds: int, name: str = "district-hall") -> list[Ratio]:
    """The staffing problem that ships for a hall: minutes by the clock to the verified answer, and its gaps; once."""
    from optimization.staffing import CONDITIONAL, optimize_staffing
    from optimization.staffing_problem import problem_for
    from simulation.verbs import Settings, load

    with TemporaryDirectory() as store:
        began, hall = perf_counter(), load(name)
        found = optimize_staffing(hall, Settings(store=Path(store)), problem_for(name, hall))
        minutes = (perf_counter() - began) / 60
    cells = [row.verdict for row in found.verified if row.target is not None]
    told = f"{found.objective:.1f} hours of pay a week; targets: {', '.join(f'{cells.count(v)} {v}' for v in sorted({*map(str, cells)}))}"
    gap = 100.0 if found.gap is None else 100 * found.gap
    rows = [
        Ratio(f"minutes by the clock, joint staffing of {name}, two workers", minutes, minutes, minutes, told, -5.0),
        Ratio(f"gap in %, joint staffing of {name}, bound without assumptions", gap, gap, gap, "heads, windows, hours kept, budget", -2.0),
    ]
    if (bound := dict(found.model).get(CONDITIONAL)) is not None and found.objective:
        under = 100 * max(0.0, found.objective - bound) / found.objective
        what = f"gap in %, joint staffing of {name}, if more people never lengthen a wait and sections do not affect each other"
        rows.append(Ratio(what, under, under, under, "the search's own bound", -2.0))
    return rows


__all__ = ["joint_staffing", "proofs"]
