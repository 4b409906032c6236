"""How long a post was on duty until any second: the clock of a window or a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.log import seconds

if TYPE_CHECKING:
    from simulation.measures.view import View

Ints = NDArray[np.int64]
ROOM = 1 << 40


class OnDuty:
    """The intervals of `duty` in the given states, joined end to end for each post."""

    def __init__(self, view: View, *states: str) -> None:
        duty = view.log.duty
        rows = np.flatnonzero(view.is_("duty", "state", *states) & (duty["people"].to_numpy() > 0))
        post, start, end = duty["post"].cat.codes.to_numpy()[rows].astype(np.int64), seconds(duty["from"])[rows], seconds(duty["to"])[rows]
        order = np.lexsort((start, post))
        self.names = [str(name) for name in duty["post"].cat.categories]
        self.post, self.start, self.end = post[order], start[order], end[order]
        self.length = self.end - self.start
        self.before = np.cumsum(self.length) - self.length

    def posts(self, names: list[str], prefix: str = "") -> Ints:
        """Number of each named post here, -1 where it has no duty."""
        known = set(np.unique(self.post).tolist())
        place = {name: k for k, name in enumerate(self.names) if k in known}
        return np.array([place.get(prefix + name, -1) for name in names] + [-1], dtype=np.int64)

    def until(self, post: Ints, t: Ints) -> Ints:
        """Seconds on duty before second `t`, up to a constant of the post; `post` as numbered here and never -1."""
        if not len(self.post):
            return np.zeros(len(t), dtype=np.int64)
        at = np.searchsorted(self.post * ROOM + self.start, post * ROOM + t, "right") - 1
        first = np.searchsorted(self.post, np.arange(len(self.names)))[post]
        began = at >= first
        at = np.where(began, at, first)
        passed: Ints = self.before[at] + np.where(began, np.minimum(t - self.start[at], self.length[at]), 0)
        return passed
