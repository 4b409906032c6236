"""Centre: what the administration controls, and the base of all models.

Every model is frozen and refuses unknown keys. Numbers are typed texts with a unit and, where they are assumptions, a range (see
``simulation.units``). A number's source is the nearest ``source:`` on the way from the number to the top of the file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulation.clocks import LOCAL, STATUTORY
from simulation.distributions import Distribution
from simulation.units import Count, Duration, Factor, Flag, Interval, Share, TimeOfDay, WorkingDays

CaseClass = Literal["instant", "committed", "joint", "upward", "consultation"]
Guide = Literal["none", "list", "checked"]
Notice = Literal["piecemeal", "one_time"]
Source = str | dict[str, str]


class Frozen(BaseModel):
    """Base of every model: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Frozen):
    """A model whose numbers may name their source, all together or field by field."""

    source: Source | None = None


class Title(Frozen):
    """A name in both languages."""

    en: str
    zh: str


class SourceEntry(Frozen):
    """Where numbers come from: a document, a register, a judgement somebody signs."""

    title: str
    basis: Literal["measured", "law", "document", "judgement", "choice"] = "document"
    """What a number from it rests on; what is judged or chosen is no evidence of how the world is."""
    address: str | None = None
    note: str | None = None


class Absence(Sourced):
    """Absence of one person: a spell begins on a working day with chance ``starts`` and lasts ``lasts_wd`` working days."""

    starts: Share
    lasts_wd: Distribution


class TransferRun(Frozen):
    """One daily run that carries files between counters and departments; an arrival not after ``leaves`` is on the next working day."""

    leaves: TimeOfDay
    arrives: TimeOfDay


class GuideDesk(Sourced):
    """A desk at the door that looks at papers and names the right queue; those who use it are not misrouted."""

    queue: str
    touch: Distribution


class Rules(Sourced):
    """A version of the rules by which one hall works, where it is not the items' own: an older guide, another kind of notice."""

    guide: Guide | None = None
    notice: Notice | None = None


class Site(Sourced):
    """A hall: opening hours, what happens at closing, and its runs to the departments."""

    title: Title
    working: tuple[Interval, ...]
    saturday: tuple[Interval, ...] = ()
    closing: Literal["serve", "send_home"] = "serve"
    stop_tickets_at: TimeOfDay | None = None
    """No ticket is given out from this time on."""
    overrun: Duration = Duration(0)
    """With ``serve``: how long after a closing the tickets taken before it are still called."""
    no_show: Duration = Duration(0)
    """What a called ticket without its owner costs the post; 0 s: it is skipped."""
    wrong_window: Distribution
    """Counter time of a citizen who stands at the wrong window until he is referred on."""
    transfers: tuple[TransferRun, ...] = ()
    guide: GuideDesk | None = None
    rules: Rules | None = None
    """The version of the rules here; that of the items when left out."""
    items: tuple[str, ...] | None = None
    """Items handled here; when left out all whose counters are here."""


class Department(Sourced):
    """A legal body with its powers."""

    title: Title
    level: Literal["district", "city", "province", "national"] = "district"
    transferable: Flag = True
    reason: str | None = None
    """Why its powers may not be moved to another body, when they may not."""


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


class Window(Sourced):
    """One numbered seat and the queues it accepts, in this order of the hall."""

    site: str
    group: str
    department: str
    queues: tuple[str, ...]


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
    contract: Literal["posted", "centre", "contracted"] = "posted"
    skills: tuple[str, ...]
    shift: str
    window: str | None = None
    pace: Factor = Factor(1)
    training: Fading | None = None
    """Slowness that fades with practice, on top of ``pace``."""
    wrong_acceptance: Share = Share(0)
    """Chance that incomplete papers are accepted; it fades together with ``training``."""
    absence: Absence | None = None


class Stall(Sourced):
    """A file lies idle in the department before anybody looks at it; the clock runs."""

    share: Share
    lasts_wd: Distribution


class CounterStep(Sourced):
    """A counter of the filing visit. Counter steps are walked in the order in which they are listed."""

    kind: Literal["counter"]
    queue: str
    skill: str | None = None
    """What the person must be able to do; the queue's own name when left out."""
    work: dict[str, Distribution]
    decides: Flag = False
    after: tuple[str, ...] | None = None


class TaskStep(Sourced):
    """Work of ``people`` members of one pool at the same time (two for a site check: R17)."""

    kind: Literal["task"]
    pool: str
    work: dict[str, Distribution]
    people: Count = Count(1)
    after: tuple[str, ...] | None = None
    share: Share = Share(1)
    """The part of the cases that need this step."""
    delay_wd: Distribution | None = None
    """Working days until the appointment for it (a site visit), clock running."""
    stall: Stall | None = None
    decides: Flag = False
    delegable: Flag = True
    """Whether a window may be authorised to do it (S15)."""


class TransferStep(Sourced):
    """The file waits for the next run and is carried."""

    kind: Literal["transfer"]
    after: tuple[str, ...] | None = None
    share: Share = Share(1)


class SuspensionStep(Sourced):
    """A procedure by others. Whether a clock stops is said by the lists of reasons of the clocks, never here."""

    kind: Literal["suspension"]
    reason: str
    lasts_wd: Distribution
    noticed: Flag = True
    after: tuple[str, ...] | None = None
    share: Share = Share(1)


Step = Annotated[CounterStep | TaskStep | TransferStep | SuspensionStep, Field(discriminator="kind")]


class Delivery(Sourced):
    """How the result reaches the applicant: in the visit, collected at ``queue`` by ``collect`` of them, else by mail (or online)."""

    queue: str | None = None
    collect: Share = Share(0)
    touch: Distribution | None = None
    mail_wd: Distribution | None = None


class Online(Sourced):
    """What stands in for the counter when the case is filed online: the acceptance work, times ``factor``, in ``pool``."""

    pool: str
    factor: Factor = Factor(1)
    promise_wd: WorkingDays | None = None
    """Promised limit of a case filed online; the item's own when left out."""


class Item(Sourced):
    """What the centre offers for a Need."""

    title: Title
    department: str
    case_class: CaseClass
    stands_for: Count = Count(1)
    """How many entries of the catalogue it represents; item-weighted indicators use it."""
    legal_wd: WorkingDays | None = None
    promise_wd: WorkingDays | None = None
    guide: Guide = "list"
    notice: Notice = "one_time"
    papers: Count = Count(1)
    online: Online | None = None
    denial: Share = Share(0)
    delivery: Delivery = Delivery()
    max_visits: Count = Count(4)
    route: dict[str, Step]
    """Steps by name. A step without ``after`` follows the one listed before it; ``after: []`` begins with the case."""


class LifeEvent(Sourced):
    """Items that one event in a life or a firm needs; informative until a reform bundles them."""

    title: Title
    items: tuple[str, ...]
    lead: str


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
    life_events: dict[str, LifeEvent] = {}
    incomplete_touch: Factor = Factor(1)
    """Counter time of a contact that ends with a supplement notice, as a factor of the full one."""
    correction_touch: Factor = Factor(1)
    """Counter time of a contact in which the papers are corrected on the spot."""
    clocks: Clocks = Clocks()
