"""Generated halls of the sizes that a roster is to be proved for."""

from __future__ import annotations

import numpy as np

from optimization.rosters import Contract, Group, Rostering, with_reserve
from optimization.shifts import ShiftRule, shifts

FULL = ShiftRule("full", starts=(0, 1, 2), lengths=(16, 17), rest=2, earliest=5, latest=9, stretch=10)
HALF = ShiftRule("half", starts=(0, 3, 6, 8, 10), lengths=(8,))


def hall(people: int, queues: int, days: int, slots: int = 18, seed: int = 1) -> Rostering:
    """A hall of people with one to three skills, a sixth of them part-time, whose levels at the peak ask for about three in four."""
    rng = np.random.default_rng(seed)
    patterns = shifts([FULL, HALF], days, slots, first=9 * 3600 - 1800)
    halves = frozenset(p for p, name in enumerate(patterns.names) if name.startswith("half"))
    contracts = {
        "full": Contract(40, 5, shifts=frozenset(range(len(patterns))) - halves, absence=0.03),
        "part": Contract(20, 5, shifts=halves, hour=1.1, absence=0.03),
    }
    kinds: list[tuple[int, ...]] = []
    for _ in range(max(2, people // 4)):
        first = int(rng.integers(queues))
        kinds.append(tuple(sorted({(first + j) % queues for j in range(int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])))})))
    kinds = sorted(set(kinds) | {(k,) for k in range(queues)})
    of = np.concatenate([np.arange(len(kinds)), rng.integers(len(kinds), size=max(0, people - len(kinds)))])[:people]
    part = rng.random(people) < 1 / 6
    groups, skills = [], []
    for n, kind in enumerate(kinds):
        for contract in ("full", "part"):
            if size := int(((of == n) & (part == (contract == "part"))).sum()):
                groups.append(Group(f"{'+'.join(map(str, kind))} {contract}", f"body {kind[0] * 4 // queues}", contract, size))
                skills.append(frozenset(kind))
    bodies = sorted({group.employer for group in groups})
    serves = {(g, bodies.index(group.employer)): skills[g] for g, group in enumerate(groups)}
    heads = [sum(g.size for g in groups if g.employer == body) for body in bodies]
    able = np.array([sum(g.size / len(s) for g, s in zip(groups, skills, strict=True) if k in s) for k in range(queues)])
    clock = np.linspace(0, 1, slots)
    shape = 0.45 + 0.55 * np.exp(-(((clock - 0.25) / 0.16) ** 2)) + 0.35 * np.exp(-(((clock - 0.75) / 0.14) ** 2))
    busy = rng.uniform(0.85, 1.15, (days, 1, 1)) * shape * (0.62 * able)[:, None] * rng.uniform(0.85, 1.15, (days, queues, slots))
    return with_reserve(Rostering(
        groups=tuple(groups), contracts=contracts, patterns=patterns,
        windows=np.array([max(1, round(0.8 * n)) for n in heads]), window_names=tuple(f"windows of {body}" for body in bodies),
        serves=serves, required=np.round(busy).astype(np.int64), queue_names=tuple(f"queue {k}" for k in range(queues)),
        day_names=tuple(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")[:days]),
        missing=8.0, noon=(7, 8), noon_people=max(1, people // 10), training=6.0,
    ))  # fmt: skip
