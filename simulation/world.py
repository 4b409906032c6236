"""World: what the administration does not control, demand, chance and the responses to what is offered."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from simulation.distributions import Discrete, Law, Times, Whole
from simulation.errors import Broken
from simulation.frozen import Sourced, Title
from simulation.items import Guide, Notice
from simulation.units import Count, Day, Duration, Factor, Interval, Price, Rate, Share, TimeOfDay

Duty = Literal["none", "informs", "follows"]
"""What the first contact owes: nothing, information, or to follow the case (`centre.FirstContact`)."""
DUTIES: tuple[Duty, ...] = get_args(Duty)


MOST_FILES = 8000
"""Of one ticket; more is a slip of the unit, and no engine runs it."""


def _few(files: Law) -> Law:
    if isinstance(files, Discrete) and max(files.shares) > MOST_FILES:
        raise Broken(f"a ticket has at most {MOST_FILES:,} files", "write how many files one person brings, {discrete: {1: 0.7, 2: 0.3}}")
    return files


class Zone(Sourced):
    """A part of the district: who lives there, and how far it is to each place where a hall stands or may stand."""

    title: Title
    share: Share
    """Part of the citizens of every need that does not say otherwise."""
    travel: dict[str, Duration]
    """One way, by site."""


class Need(Sourced):
    """A stream of demand, independent of what is offered. Several ``items`` are handled one after another (a life event)."""

    title: Title
    items: tuple[str, ...]
    group: str
    rate: Rate
    """Occurrences per ordinary working day, all channels."""
    profile: str
    saturday: Share = Share(0)
    """Demand of an open Saturday as a share of a working day's."""
    online: Share = Share(0)
    """Share that files online where that is offered."""
    files: Annotated[Whole, AfterValidator(_few)] | None = None
    """Files a ticket (agents); one when left out."""
    dispersion: Share = Share(0)
    """Coefficient of variation of this need's daily gamma factor."""
    priority: Literal["normal", "first"] = "normal"
    complete: dict[Guide, Share] | None = None
    """Overrides the world's response where this demand differs."""
    zones: dict[str, Share] | None = None
    """Where its citizens live, when it is not where everybody does."""


class Responses(Sourced):
    """Probabilities as functions of what is offered. A reform edits the offer; the citizen keeps his uniform."""

    complete: dict[Guide, Share]
    """Papers complete at the first contact, by quality of the guide."""
    complete_again: dict[Notice, Share]
    """Papers complete at a later contact, by kind of notice."""
    corrected: Share
    """Of the incomplete: corrected on the spot (R12)."""
    misrouted: dict[Literal["desk", "none"], Share]
    """First ticket for a wrong queue, with and without having asked at the guide desk."""
    bounced: dict[Duty, Share] = Field(default={})
    """Of those referred from a wrong window: stand at a wrong one again, by the duty of the first contact; nobody when left out."""
    self_service: Share = Share(0)
    """Part of those who come for an item that takes the machine where one handles it."""
    books: Share = Share(0)
    """Part of those who come to a hall that book an appointment where it gives any."""
    no_show: Share = Share(0)
    """Of those who booked: do not come, but on another day (`comes_back_wd`), at an ordinary time and without an appointment."""
    asks_desk: Share
    """Part of the visitors who ask at a guide desk where there is one."""
    chooses: Share = Share(0)
    """Part of the visitors who wait for one officer and no other, where they may choose."""
    comes_back: Share
    """Of those who left or were sent home: come back another day."""
    wait_weight: Factor | None = None
    """Minutes of travel that weigh as much as a minute of posted wait in the choice of a hall; left out, everybody goes to the nearest."""


class Behaviour(Sourced):
    """Times that applicants take."""

    patience: Times
    comes_back_wd: Whole
    supplement_wd: Whole
    collect_wd: Whole


class Surge(Sourced):
    """A change of demand between two dates; above 1 adds citizens from a second stream, below 1 thins the first."""

    factor: Factor
    needs: tuple[str, ...] = ()
    first: Day | None = None
    last: Day | None = None


class Outage(Sourced):
    """A system that is down: its department's pools stand still and its queues are not served."""

    department: str
    first: Day
    last: Day
    hours: Interval | None = None


class Backlog(Sourced):
    """Cases already under way when the horizon begins, waiting at ``step`` since ``age_wd`` working days."""

    need: str
    item: str
    step: str
    cases: Count
    age_wd: Whole


class Burden(Sourced):
    """What an errand costs applicants beside their time in the hall. It moves nobody: only measures of burden read it."""

    trip: Duration
    """A round trip to the hall."""
    fare: Price
    """Out of pocket, a round trip."""
    hour: Price
    """What an hour of an applicant is worth."""
    hour_of: dict[str, Price] = Field(default_factory=dict)
    """The same for groups with whom it differs."""


class World(Sourced):
    """What the administration does not control."""

    groups: dict[str, Title]
    profiles: dict[str, dict[TimeOfDay, Share]]
    """Share of a day's arrivals by the half hour that begins at the key."""
    online_profile: str | None = None
    """Profile of those who file online; each need's own when left out."""
    weekday: tuple[Factor, ...] = (Factor(1),) * 5
    """Monday to Friday; a make-up day at a weekend counts as Friday."""
    after_break: Factor = Factor(1)
    """First working day after three or more days closed."""
    dispersion: Share = Share(0)
    """Coefficient of variation of the daily gamma factor common to the hall."""
    needs: dict[str, Need]
    responses: Responses
    behaviour: Behaviour
    backlog: tuple[Backlog, ...] = ()
    surges: tuple[Surge, ...] = ()
    outages: tuple[Outage, ...] = ()
    absence: Factor = Factor(1)
    """Multiplies every absence's chance."""
    burden: Burden | None = None
    """Measures of burden are left out where nobody states it."""
    zones: dict[str, Zone] = Field(default={})
    """Where citizens live; without any, every hall is as near as the others."""
