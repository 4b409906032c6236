"""Reforms of supervision while the centre runs."""

from __future__ import annotations

from typing import Literal

from simulation.centre import Alarm
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, with_centre
from simulation.scenario import Scenario


class Supervise(Edit):
    """Watch every file's promise and move it forward when it is in danger 电子监察.

    Mechanism: alarms go off when a share of the promise is used up by the promised clock; from then on the file stands before those of
    lower rank in its departments' queues, and if the alarm wakes it, it lies idle no longer. Alarms take the place of those there were.

    Assumes: every step is in the record the alarms read; officers obey; nobody works faster, stops a clock without cause or returns a
    file to win time (that would be a Response). Law: local rules of efficiency supervision; licences of limited number go by the
    order of acceptance, Administrative Licensing Law 57, and should not be moved.
    """

    kind: Literal["supervise"]
    alarms: tuple[Alarm, ...]

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("supervise")
        if not self.alarms:
            refusals.say("[]", "supervision rings at least one alarm", "state its level and the share of the promise used")
        levels = [a.level for a in self.alarms]
        for level in dict.fromkeys(level for level in levels if levels.count(level) > 1):
            refusals.say(level, "each level rings once", "leave one of them out")
        for a, b in zip(self.alarms, self.alarms[1:], strict=False):
            if b.used <= a.used or b.ahead < a.ahead:
                refusals.say(b.level, "alarms are listed by the share used, and a later one moves a file no less far", "put them in order")
        refusals.check()
        return with_centre(scenario, supervision=tuple(a if a.source else amended(a, source=REFORM) for a in self.alarms))


__all__ = ["Supervise"]
