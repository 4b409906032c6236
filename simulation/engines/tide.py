"""Tidal windows 潮汐窗口: windows whose person is on duty, and which stand by until too many people wait.

The board shows how many owners of tickets wait for what a window serves, as it stood at the end of the previous second, abandonments
over. Where it shows more than `opens_above` the window opens; where it shows `closes_below` or fewer it closes: nobody is called to it
any more, and it is closed when it is free. Each window reads the board for itself. An interval of duty begins on standby; a window opens
within it only, and is then one like any other, up to its last call. While it is open its person is away from his pool.
"""

from __future__ import annotations

from collections.abc import Callable

import simpy

from simulation.engines.attendance import Presence
from simulation.engines.cases import Case
from simulation.engines.duty import tidal_homes
from simulation.engines.hall import WAITING, Hall, Ticket
from simulation.engines.phases import BOARD, STATE, Moment
from simulation.engines.rows import Row, Rows
from simulation.plan import Plan


class TidalHall(Hall):
    """A hall with tidal windows; `send(pool, more)` lets their people leave the pool and come back."""

    def __init__(
        self, env: simpy.Environment, plan: Plan, presence: Presence, rows: Rows, send: Callable[[int, int], None]
    ) -> None:
        super().__init__(env, plan, presence, rows)
        self.send = send
        self.tides = {tide.window: tide for tide in plan.tides}
        self.home = tidal_homes(plan, presence)
        """Pool of the person at each tidal post, None where he only stands by."""
        self.board = dict.fromkeys(sorted(frozenset[int]().union(*(plan.post_classes[k] for k in self.home))), 0)
        """People waiting by ticket class, as it stood at the end of the last second in which that changed."""
        self.ready: dict[int, int] = {}
        """Post whose person is, or was last, on duty at each tidal window."""
        self.manned: dict[int, tuple[int, int]] = {}
        """Post, and second since, at each tidal window that is open, or closing."""
        self.spells: list[tuple[int, int, int]] = []
        """Post, from and to of each opening that is over."""
        self._asked = False

    def take(self, case: Case, visit: int, cls: int, patience: int, row: Row, began: int, since: int | None = None) -> Ticket:
        """Take a ticket, and let the board show it."""
        self._changed(cls)
        return super().take(case, visit, cls, patience, row, began, since)

    def release(self, window: int) -> None:
        """Free a window; one that was closing is closed, and may open again."""
        super().release(window)
        if window in self.manned and self.at[window] < 0:
            self._closed(window)
            self._turn(window)

    def openings(self) -> list[tuple[int, int, int]]:
        """Return when tidal windows were open."""
        return [*self.spells, *((post, since, self.plan.end) for post, since in self.manned.values())]

    def _call(self, ticket: Ticket, window: int) -> None:
        super()._call(ticket, window)
        self._changed(ticket.cls)

    def _end(self, ticket: Ticket, outcome: str, answer: str) -> None:
        super()._end(ticket, outcome, answer)
        self._changed(ticket.cls)

    def _changed(self, cls: int) -> None:
        """Read the board at the end of this second, once."""
        if cls in self.board and not self._asked:
            self._asked = True
            Moment(self.env, BOARD, 0, self._read)

    def _read(self) -> None:
        self._asked = False
        for c in self.board:
            self.board[c] = sum(entry[-1].state == WAITING for entry in self.waiting[c])
        Moment(self.env, STATE, 1, self._tide)

    def _tide(self) -> None:
        for window in self.ready:
            self._turn(window)

    def _man(self, window: int, post: int) -> None:
        """A tidal window is not manned at the beginning of its post: it stands by."""
        if window not in self.tides:
            super()._man(window, post)
            return
        self._close(window)
        if post >= 0:
            self.ready[window] = post
            self._turn(window)

    def _turn(self, window: int) -> None:
        """Open or close a tidal window as the board says."""
        tide, post = self.tides[window], self.ready[window]
        waiting = sum(self.board[c] for c in self.plan.post_classes[post])
        if window not in self.manned and waiting > tide.opens_above and self.env.now < self.posts[post]["closes"]:
            self.manned[window] = post, int(self.env.now)
            self._away(post, 1)
            super()._man(window, post)
        elif window in self.manned and waiting <= tide.closes_below:
            self._close(window)

    def _close(self, window: int) -> None:
        """Call nobody to a window any more; it is closed when it is free."""
        super()._man(window, -1)
        if window in self.manned and not self.busy[window]:
            self._closed(window)

    def _closed(self, window: int) -> None:
        post, since = self.manned.pop(window)
        self.spells.append((post, since, int(self.env.now)))
        self._away(post, -1)

    def _away(self, post: int, more: int) -> None:
        if (pool := self.home[post]) is not None:
            self.send(pool, more)
