"""The three phases of a second (Tocher): state changes, then dispatch, then abandonments.

Times to answer end when all state changes of their second are over, so that who is done in it is in time. Meetings are called first of
what is dispatched, for they draw members from several pools. Files go back to the applicant when all else of the second is over: who gives
up then does so after all work that ended in it.

SimPy orders events of one moment by priority. Processes and plain timeouts run with priorities 0 and 1, that is among the state
changes; what happens in the later phases is scheduled through `Moment`. Whoever reads the state to act on it later reads it at the
very end of a second (`BOARD`), when all of them are over, and acts in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

Process = Generator[simpy.Event, Any, Any]
STATE, DUE, CALL, DISPATCH, ABANDON, RETURN, BOARD = 1, 2, 3, 4, 5, 6, 7


class Moment(simpy.Event):
    """An action at `delay` seconds from now, in a given phase."""

    def __init__(self, env: simpy.Environment, phase: int, delay: int, action: Callable[[], None]) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        self.callbacks.append(lambda _: action())
        env.schedule(self, priority=phase, delay=delay)  # type: ignore[arg-type]  # any order of ints will do


class Dispatcher:
    """Calls `action` once in the dispatch phase of every second in which it was asked for."""

    def __init__(self, env: simpy.Environment, action: Callable[[], None]) -> None:
        self._env, self._action, self._asked = env, action, False

    def ask(self) -> None:
        """Ask for a dispatch in this second."""
        if not self._asked:
            self._asked = True
            Moment(self._env, DISPATCH, 0, self._run)

    def _run(self) -> None:
        self._asked = False
        self._action()
