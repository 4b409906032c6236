"""Reforms of how citizens and the centre meet: the duty of the first contact, and the channels that are offered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulation.centre import Queue, Window
from simulation.distributions import Times
from simulation.items import SelfService
from simulation.reforms.amend import REFORM, Edit, Refusals, amended, put
from simulation.scenario import Scenario
from simulation.site import FirstContact as Duty
from simulation.units import Interval, Share


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
    touch: Times

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("first_contact")
        refusals.known([self.site], scenario.centre.sites, "site")
        refusals.check()
        duty = Duty(duty=self.duty, touch=self.touch, source=REFORM)
        return put(scenario, sites={self.site: amended(scenario.centre.sites[self.site], first_contact=duty)})


class ChangeChannels(Edit):
    """Other ways to be served 服务方式创新: appointments 预约办理, machines 自助办理, assistance 帮办; everything enters the hall 应进必进.

    Mechanism: of those who come to the site, the part that books (the world's response) comes evenly over the appointment hours of its
    day instead of in the rush, and is called before those without an appointment, behind those who go first by right. Who misses it comes
    another day at his usual time. Of those who come for an item that a machine handles, the part that takes it (the world's response) waits
    for the machine, which does the first counter's work times `factor`; who stays at the counter is whom the machine does not suit.
    With assistance the guide desk also completes the papers of whoever asks there, as far as a checked guide would, and takes so much
    longer for each. What `enter` names is taken in at the window for everybody: nobody is sent on to the department, with another way to
    go, to be taken in there.

    Assumes: an appointment holds no window free; who books is no other than who does not; the day stays the same. A machine is never
    absent and finds missing papers as an officer does. Nobody is made to book or to use a machine: the counter remains for those who
    just come (elderly: State Council, Guobanfa 2020 No. 45). Filing on behalf 代办 is no channel here: whom a clerk would come for is
    a trait of demand (groups, files a ticket), the world states no uptake for it, and a reform may not touch the world.

    Law: Regulation on Optimising the Business Environment 2019, Art 35 (one hall takes in), 37 (channels beside each other, the applicant
    chooses).
    """

    kind: Literal["change_channels"]
    site: str
    appointments: tuple[Interval, ...] | None = None
    """Hours for which appointments are given from now on; an empty list ends them."""
    queues: dict[str, Queue] = Field(default_factory=dict)
    """Queues of machines."""
    machines: dict[str, Window] = Field(default_factory=dict)
    """Windows that are machines."""
    self_service: dict[str, SelfService] = Field(default_factory=dict)
    """By item."""
    assists: Times | None = None
    """Time on top of the guide desk's own in which it completes papers."""
    enter: tuple[str, ...] = ()
    """Items of which the window sends on nobody from now on."""

    def edit(self, scenario: Scenario) -> Scenario:
        refusals = Refusals("change_channels")
        refusals.known([self.site], scenario.centre.sites, "site")
        if self.appointments and not scenario.world.responses.books:
            rule = "the world says how many book an appointment where it is offered"
            refusals.say("responses.books", rule, "add `books:` and `no_show:` to its responses, each with a range")
        centre = scenario.centre
        refusals.known([*self.self_service, *self.enter], centre.items, "item")
        if self.self_service and not scenario.world.responses.self_service:
            rule = "the world says how many take a machine where there is one"
            refusals.say("responses.self_service", rule, "add `self_service:` to its responses, with a range")
        for name in (n for n in self.enter if n in centre.items and not centre.items[n].sent_on):
            refusals.say(name, f"nobody who comes for `{name}` is sent on", "leave it out")
        for name in {*self.machines} & {*centre.windows} | {*self.queues} & {*centre.queues}:
            refusals.say(name, f"there is already a window or queue called `{name}`", "choose another name")
        for name, window in self.machines.items():
            if window.machine_shift is None:
                refusals.say(name, f"window `{name}` is no machine", "add `machine_shift:`, or open it with `change_windows`")
        refusals.check()
        site = centre.sites[self.site]
        if self.assists is not None and site.guide is None:
            refusals.say(self.site, f"`{self.site}` has no guide desk to assist anybody", "open one with `guide:` of the site")
            refusals.check()
        if self.appointments is not None:
            site = amended(site, appointments=self.appointments)
        if self.assists is not None and site.guide is not None:
            site = amended(site, guide=amended(site.guide, assists=self.assists))
        items = {name: amended(centre.items[name], sent_on=Share(0)) for name in self.enter}
        for name, how in self.self_service.items():
            items[name] = amended(items.get(name, centre.items[name]), self_service=amended(how, source=REFORM))
        windows = {name: window if window.source else amended(window, source=REFORM) for name, window in self.machines.items()}
        return put(scenario, sites={self.site: site}, items=items, windows=windows, queues=self.queues)


__all__ = ["ChangeChannels", "FirstContact"]
