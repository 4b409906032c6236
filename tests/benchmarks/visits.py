"""Cost and memory of a visit by the length of a run: the hall of `benchmarks.hall`, each length in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from statistics import median
from subprocess import run
from typing import Any

from benchmarks.timing import Laps, Ratio

DAYS = {10**3: 1, 10**4: 8, 10**5: 85, 10**6: 850}
"""Working days in which about so many come."""
LONGEST = {10**7: 8500}
BYTES = 300
"""A visit may take at most."""


def here(days: int) -> dict[str, Any]:
    """Run the hall here: CPU seconds of kernel and chain (median of repetitions where short), and bytes, all for the whole run."""
    from time import process_time

    from benchmarks.hall import planned_hall
    from benchmarks.year import TWIN, made, twin
    from simulation.draws import make_draws

    twin(planned_hall(1), 1, 0)
    plan = planned_hall(days)
    before = peak()
    if sys.platform == "linux":  # the peak may lie far above what is held now
        before = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    draws = make_draws(plan, 1, 0)
    ready = made(plan, draws)
    ready.run()
    written = sum(kept(ready.memory))
    ran = peak()
    visits = len(ready.log().cases)
    logged = peak()
    del ready, draws
    rounds = []
    for _ in range(max(1, 30_000 // visits) if days < 8500 else 1):
        laps = Laps(process_time)
        twin(plan, 1, 0, laps)
        rounds.append(laps.seconds)
    parts = {part: median(one[part] for one in rounds) for part in TWIN}
    return {"visits": visits, "parts": parts, "written": written, "ran": ran - before, "logged": logged - before}


def peak() -> int:
    """Bytes of memory that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def kept(memory: dict[str, Any]) -> list[int]:
    """Bytes of the kernel's tables that were written: those made whole, the others up to their last record."""
    from simulation.engines import tables as t

    state = memory["S"]
    used = {
        "rows": t.ROWS_N, "events": t.EVENTS_N, "tickets": t.TICKETS_N, "procs": t.PROCS_N, "papers": t.FILES_N, "stops": t.STOPS_N,
        "sends": t.SENDS_N, "spells": t.SPELLS_N,
    }  # fmt: skip
    found = [int(state[n]) * memory[name].itemsize for name, n in used.items()]
    return [*found, *(memory[name].nbytes for name in ("P", "F", "T", "S", "cases", "missing", "hearings", "arrivals", "heads", "bits"))]


def apart(days: int) -> dict[str, Any]:
    """The same in a fresh process."""
    done = run([sys.executable, "-m", "benchmarks.visits", str(days)], capture_output=True, text=True, check=True, env=surroundings())
    return dict(json.loads(done.stdout))


def surroundings() -> dict[str, str]:
    """The environment of a process that finds the code and the tests of this tree."""
    tests = Path(__file__).parents[1]
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (tests, tests.parent)))}


def visits(rounds: int) -> list[Ratio]:
    """Cost of a visit from 10^3 to 10^6 visits against that at 10^4."""
    return _against(DAYS, rounds)


def many_visits(rounds: int) -> list[Ratio]:
    """Cost of a visit at 10^7 visits against that at 10^4, and bytes of a visit."""
    return _against(LONGEST | {10**4: DAYS[10**4]}, 1)


def _against(days: dict[int, int], rounds: int) -> list[Ratio]:
    runs = [{n: apart(d) for n, d in days.items()} for _ in range(rounds)]
    found = []
    for what, parts in (("kernel", ("kernel",)), ("draws, kernel and log", ())):
        each = {n: [_cost(one[n], parts) for one in runs] for n in days}
        for n in days:
            if n != 10**4:
                ratios = [a / b for a, b in zip(each[n], each[10**4], strict=True)]
                size = f"{runs[0][n]['visits']:,} visits / {runs[0][10**4]['visits']:,}"
                note = f"{1e6 * median(each[n]):.2f} µs a visit"
                wanted = -1.5 if n == 10**7 else None
                found.append(Ratio(f"cost of a visit, {size}, {what}", median(ratios), min(ratios), max(ratios), note, wanted))
    largest = max(days)
    for what, key in (("peak of the process when the kernel is done", "ran"), ("peak with the log made beside it", "logged")):
        each_bytes = [one[largest][key] / one[largest]["visits"] for one in runs]
        note = f"{runs[0][largest]['written'] / runs[0][largest]['visits']:.0f} bytes of it in tables that the kernel filled"
        title = f"bytes of a visit, {runs[0][largest]['visits']:,} visits, {what}"
        found.append(Ratio(title, median(each_bytes), min(each_bytes), max(each_bytes), note if key == "ran" else "", -BYTES))
    return found


def _cost(one: dict[str, Any], parts: tuple[str, ...]) -> float:
    return sum(spent for part, spent in one["parts"].items() if not parts or part in parts) / float(one["visits"])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(here(int(sys.argv[1]))))
