"""Files that go the department's own way: sent on by a window that takes nothing in 体外循环, or deferred by one that could decide.

The department takes such a file in with its own officers, as it takes in one filed online. Whoever is sent on goes there on the next
working day and is received then; a deferred file was received at the window. Machines send nobody on and defer nothing.
"""

from __future__ import annotations

from simulation.draws import Draws
from simulation.engines.cases import Case
from simulation.engines.office import Office
from simulation.plan import Plan
from simulation.routes import CHANNELS
from simulation.seating import threshold

ONLINE = CHANNELS.index("online")


class Passing:
    """Which files are passed on, and how they go on. A citizen's luck is that of his file, whenever he comes."""

    def __init__(self, plan: Plan, draws: Draws, office: Office) -> None:
        self.plan, self.draws, self.office = plan, draws, office
        self._sent_on = [threshold(item.sent_on) for item in plan.item_rows]
        self._defers = [0 if s.discretion is None else threshold(s.discretion.defers) for s in plan.site_rows]

    def sent_on(self, case: Case) -> bool:
        """Say whether the right window sends the citizen on to the department."""
        return not case.machine and self._drawn("sent_on", case, self._sent_on[case.item])

    def deferred(self, case: Case, site: int) -> bool:
        """Say whether the officer takes a case in for the department that its class lets him decide, alone and at once."""
        item = self.plan.item_rows[case.item]
        if case.machine or item.case_class != "instant" or item.online is None or len(case.missing) > 1:
            return False
        return self._drawn("defers", case, self._defers[site])

    def pass_on(self, case: Case, why: str) -> None:
        """Give a file to the department."""
        case.passed = why
        case.take(self.plan, int(self.plan.item_routes[case.item, ONLINE]))
        self.office.begin(case, int(self.plan.routes.first[case.route]))

    def _drawn(self, purpose: str, case: Case, share: int) -> bool:
        return share > 0 and self.draws.chance(purpose, case.stream, case.who, visit=case.key(1), file=case.file) < share
