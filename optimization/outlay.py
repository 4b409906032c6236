"""Outlay: what reforms adopted together cost, and who decides on them.

Each reform states its cost, lead time and authority in its own file, and nowhere else: approval flow and portfolio read them there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from simulation.reforms import Authority, Cost, Reform
from simulation.units import Duration, Money

RANKED: tuple[Authority, ...] = get_args(Authority)
"""Who decides, from the nearest to the centre up."""


def cost_together(reforms: Sequence[Reform]) -> Cost:
    """Return the sum of what reforms cost, yuan."""
    return Cost(once=_added([r.cost.once for r in reforms]), yearly=_added([r.cost.yearly for r in reforms]))


def as_one(reforms: Sequence[Reform], name: str, baseline: str) -> Reform:
    """Return reforms that begin together as one: edits in their order, costs added up, ready when the last is, decided by the highest.

    A single one is handed back as it is, for the baseline asked for.
    """
    if len(reforms) == 1:
        return reforms[0].model_copy(update={"baseline": baseline})
    title = {"en": " + ".join(r.title.en for r in reforms), "zh": "＋".join(r.title.zh for r in reforms)}
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": name, "baseline": baseline, "title": title, "source": "assumption",
            "edits": tuple(edit for r in reforms for edit in r.edits), "cost": cost_together(reforms),
            "lead_time": Duration(max(float(r.lead_time) for r in reforms)), "authority": highest([r.authority for r in reforms]),
        }
    )  # fmt: skip


def highest(authorities: Sequence[Authority]) -> Authority:
    """Return who decides on all of them together.

    >>> highest(["district", "centre"])
    'district'
    """
    return max(authorities, key=RANKED.index)


def _added(parts: Sequence[Money]) -> Money:
    """Return the sum of amounts; its range holds where any of them has one."""
    total = sum(float(m) for m in parts)
    if all(m.low is None for m in parts):
        return Money(total)
    low, high = (sum(float(m) if end is None else end for m, end in zip(parts, ends, strict=True))
                 for ends in ([m.low for m in parts], [m.high for m in parts]))  # fmt: skip
    return Money(total, low, high)
