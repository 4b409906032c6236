"""Reforms of how citizens and the centre meet: the duty of the first contact, and the channels that are offered."""

from __future__ import annotations

from typing import Literal

from simulation.distributions import Distribution
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, put
from simulation.scenario import Scenario
from simulation.site import FirstContact as Duty
from simulation.units import Interval


class FirstContact(Edit):
    """The first officer asked is responsible 首问负责制, 首办负责制.

    Mechanism: whoever stands at a wrong window costs it `touch` more. The one who `informs` names the right window and calls ahead: the
    citizen keeps the place of his first ticket. The one who `follows` takes the papers in and brings them to the right counter, where
    they wait in that place and are not given up. How often a referred citizen is led astray again is the world's answer to the duty.

    Assumes: the first officer knows who does what; a kept place is kept by the ticket system and borne by those who wait there; nobody
    comes to a wrong window on purpose. Fewer first tickets for a wrong queue are not assumed (that is a guide desk).

    Law: local rules on the first person asked and the first person handling, after the Regulation on Optimising the Business
    Environment 2019, Art 36-37; they bind inside the centre and move no power between organs.
    """

    kind: Literal["first_contact"]
    site: str
    duty: Literal["informs", "follows"]
    touch: Distribution

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("first_contact")
        refusals.known([self.site], scenario.centre.sites, "site")
        refusals.check()
        duty = Duty(duty=self.duty, touch=self.touch, source=REFORM)
        return put(scenario, sites={self.site: amended(scenario.centre.sites[self.site], first_contact=duty)})


class ChangeChannels(Edit):
    """Other ways to be served 服务方式创新: appointments 预约办理.

    Mechanism: of those who come to the site, the part that books (the world's response) comes evenly over the appointment hours of its
    day instead of in the rush, and is called before those without an appointment, behind those who go first by right. Who misses it comes
    another day at his usual time.

    Assumes: an appointment holds no window free; who books is no other than who does not; the day stays the same. Nobody is made to book:
    a queue for those who just come remains (elderly: State Council, Guobanfa 2020 No. 45).

    Law: Regulation on Optimising the Business Environment 2019, Art 37 (channels beside each other, the applicant chooses).
    """

    kind: Literal["change_channels"]
    site: str
    appointments: tuple[Interval, ...]
    """Hours for which appointments are given from now on; none ends them."""

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("change_channels")
        refusals.known([self.site], scenario.centre.sites, "site")
        if self.appointments and not scenario.world.responses.books:
            rule = "the world says how many book an appointment where it is offered"
            refusals.say("responses.books", rule, "add `books:` and `no_show:` to its responses, each with a range")
        refusals.check()
        return put(scenario, sites={self.site: amended(scenario.centre.sites[self.site], appointments=self.appointments)})


__all__ = ["ChangeChannels", "FirstContact"]
