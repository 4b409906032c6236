"""Centre: what the administration controls.

Every model is frozen and refuses unknown keys. Numbers are typed texts with a unit and, where they are assumptions, a range (see
``simulation.units``). A number's source is the nearest ``source:`` on the way from the number to the top of the file.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulation.clocks import LOCAL, STATUTORY
from simulation.distributions import Whole
from simulation.frozen import Frozen, Sourced, Title
from simulation.items import Item, LifeEvent
from simulation.site import Site
from simulation.units import Count, Duration, Factor, Flag, Interval, Price, Share

Contract = Literal["posted", "centre", "contracted"]


class Absence(Sourced):
    """Absence of one person: a spell begins on a working day with chance ``starts`` and lasts ``lasts_wd`` working days."""

    starts: Share
    lasts_wd: Whole


class Department(Sourced):
    """A legal body with its powers."""

    title: Title
    level: Literal["district", "city", "province", "national"] = "district"
    transferable: Flag = True
    reason: str | None = None
    """Why its powers may not be moved to another body, when they may not."""
    quota: dict[Contract, Count] | None = None
    """Heads allowed by kind of contract 编制 (R42); members of a pool count as posted. A kind not named is not limited."""
    entrusted_by: tuple[str, ...] = ()
    """Departments that entrust it, in writing and published, to act in their name (R04)."""
    risk: Literal["none", "safety", "health", "environment"] = "none"
    """What it protects; silence of such a body is never consent (R26)."""


class Pool(Sourced):
    """A back office: one calendar, a daily head count. ``people`` counts the members by section, so that a merger keeps identities."""

    title: Title
    department: str
    people: dict[str, Count]
    role: Literal["officers", "section", "leader", "centre"] = "officers"
    hours: tuple[Interval, ...] | None = None
    hall_share: Share | None = None
    """Instead of ``hours``: the share of each opening interval, from its start, that the officers give to the hall's files."""
    absence: Absence | None = None
    pace: Factor = Factor(1)
    """Touch time is multiplied by it; 1.1 takes ten per cent longer."""
    dip: Fading | None = None


class Queue(Sourced):
    """The class of tickets that a set of windows serves."""

    title: Title
    site: str
    department: str | None = None
    poolable: Flag = True
    reason: str | None = None
    """Why its work may not move to a comprehensive window, when it may not."""
    serves: str | None = None
    """The queue of another hall whose tickets are also taken here (cross-hall acceptance). Its people have skills of its own name."""


class Shift(Sourced):
    """A pattern of on-duty intervals."""

    working: tuple[Interval, ...] = ()
    saturday: tuple[Interval, ...] = ()


class Tide(Sourced):
    """When a tidal window 潮汐窗口 opens and closes, by the number of people who wait in the queues it serves.

    The hall looks at the number as it stood at the end of a second and acts in the next. What should open one after the other has
    thresholds one after the other.
    """

    opens_above: Count
    closes_below: Count
    """It closes with so many or fewer; whom it serves it finishes."""


class Window(Sourced):
    """One numbered seat and the queues it accepts, in this order of the hall."""

    site: str
    group: str
    department: str
    queues: tuple[str, ...]
    tide: Tide | None = None
    """Stands by, its person on duty, until so many wait; always open while somebody is on duty when left out."""
    machine_shift: str | None = None
    """The window is a machine: it serves all its queues in this shift, at pace 1, is never absent, and nobody sits there."""


class Fading(Sourced):
    """An extra factor that fades: ``1 + (start - 1) * exp(-t / fades_over)``.

    t runs from the scenario's first day and counts ``after``, the time already gone by then, in.
    """

    start: Factor
    fades_over: Duration
    after: Duration = Duration(0)


class Staff(Sourced):
    """A person: employer, contract, what he may serve, when he is on duty, which window is his."""

    employer: str
    contract: Contract = "posted"
    skills: tuple[str, ...]
    shift: str
    window: str | None = None
    pool: str | None = None
    """Back office in which he works while his tidal window is closed, one head more than its ``people``; without it he waits idly."""
    pace: Factor = Factor(1)
    training: Fading | None = None
    """Slowness that fades with practice, on top of ``pace``."""
    wrong_acceptance: Share = Share(0)
    """Chance that incomplete papers are accepted; it fades together with ``training``."""
    absence: Absence | None = None


class Alarm(Sourced):
    """What efficiency supervision does when a share of the promise is used up: it is written down, and may move the file forward."""

    level: Literal["reminder", "warning", "yellow", "red"]
    used: Factor
    """Share of the promised working days; 1 is the limit itself, 0.8 of five days is the end of the fourth."""
    ahead: Count = Count(0)
    """Rank of the file from then on: 1 and more stand before all files without, the higher before the lower; 0 leaves it where it is."""
    wakes: Flag = False
    """Whether a file that lies idle in a department is taken up at once."""


class Clocks(Frozen):
    """Reasons of suspension that stop each clock; a reason in no list stops none."""

    legal: tuple[str, ...] = tuple(sorted(STATUTORY))
    """At most the closed list of Administrative Licensing Law, Art 45."""
    promise: tuple[str, ...] = tuple(sorted(STATUTORY | LOCAL))


class Centre(Sourced):
    """What the administration controls."""

    sites: dict[str, Site]
    departments: dict[str, Department]
    pools: dict[str, Pool]
    queues: dict[str, Queue]
    shifts: dict[str, Shift]
    windows: dict[str, Window]
    staff: dict[str, Staff]
    items: dict[str, Item]
    life_events: dict[str, LifeEvent] = Field(default={})
    incomplete_touch: Factor = Factor(1)
    """Counter time of a contact that ends with a supplement notice, as a factor of the full one."""
    correction_touch: Factor = Factor(1)
    """Counter time of a contact in which the papers are corrected on the spot."""
    clocks: Clocks = Clocks()
    supervision: tuple[Alarm, ...] = ()
    """Electronic supervision of the departments' files 电子监察, in the run."""
    pay: dict[Contract, Price] | None = None
    """What a person costs a year, by contract; measures of cost are left out where nobody states it."""
