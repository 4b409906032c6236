"""Centre: what the administration controls, and the base of all models.

Every model is frozen and refuses unknown keys. Numbers are typed texts with a unit and, where they are assumptions, a range (see
``simulation.units``). A number's source is the nearest ``source:`` on the way from the number to the top of the file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulation.clocks import LOCAL, STATUTORY
from simulation.distributions import Distribution
from simulation.units import Count, Duration, Factor, Flag, Interval, Price, Share, TimeOfDay, WorkingDays

Contract = Literal["posted", "centre", "contracted"]
CaseClass = Literal["instant", "committed", "joint", "upward", "consultation"]
Guide = Literal["none", "list", "checked"]
Notice = Literal["piecemeal", "one_time"]
Source = str | dict[str, str]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


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


class Attendance(Sourced):
    """Whether people at the windows are where the roster puts them, in each interval of their duty.

    Late 迟到: the interval begins without them, for ``late_by``. A gap 空岗: once in an interval, from a second anywhere in it, they leave
    an open window for ``gap_lasts``. Whoever a round 巡查 finds missing is back ``returns`` after it.
    """

    late: Share
    late_by: Distribution
    gap: Share
    gap_lasts: Distribution
    patrol: tuple[TimeOfDay, ...] = ()
    returns: Duration = Duration(0)


class Discretion(Sourced):
    """How much officers at the windows differ 自由裁量. Each keeps his own place among them, whatever is edited."""

    spread: Share
    """Coefficient of variation of the officers' own factors of handling time, whose mean is 1."""
    unlisted: Share
    """Mean chance that complete papers are sent back for one more that no list names (R02, R10: nobody may ask for it)."""
    unlisted_spread: Share = Share(0)
    """Coefficient of variation of that chance among the officers."""


class FirstContact(Sourced):
    """What the officer of a wrong window owes a citizen who stands there (首问负责, 首办负责); the rules are in `engines.contact`."""

    duty: Literal["informs", "follows"]
    """Tells him the right window, where he keeps his place; or takes the papers in and brings the file there."""
    touch: Distribution
    """What it costs the window, on top of `wrong_window`."""


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
    attendance: Attendance | None = None
    """Everybody is where the roster puts him when left out."""
    cover: Literal["none", "department"] = "none"
    """Who sits in for a person absent that day (AB岗): nobody, or an officer of the first such pool of his employer."""
    cover_pace: Factor = Factor(1)
    """Pace of whoever sits in; he has the skills of the absent person."""
    discretion: Discretion | None = None
    """All officers are alike but for their pace when left out."""
    first_contact: FirstContact | None = None
    """Without it a referred citizen takes a new ticket behind everybody."""
    appointments: tuple[Interval, ...] = ()
    """Hours for which appointments are given, evenly: who books comes then, and is called before who has none (`draws`, `hall`)."""
    assignment: Literal["next_free", "applicant"] = "next_free"
    """Who serves a ticket: the first free officer; or, of those who care (``responses.chooses``), the one the applicant chooses."""
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


class Opinion(Sourced):
    """What a department says on a case that several handle: it may object, and it may be asked to answer within a time.

    Law: Administrative Licensing Law 26(2): the departments concerned give their opinions separately. That silence counts as consent
    缺席默认 is a rule of local practice between departments (R26), barred where a body protects safety, health or the environment.
    """

    objects: Share = Share(0)
    """Chance of a negative opinion."""
    deadline_wd: WorkingDays | None = None
    """Working days from the second at which the step begins to wait."""
    late: Literal["block", "escalate", "deemed_consent"] = "block"
    """What happens in the due second to an opinion not given: nothing; its file goes before all others; it counts as consent."""


class Join(Sourced):
    """How the step that waits for several opinions takes them.

    ``all``: it waits for all, and one negative opinion denies the case. ``k_of_n``: it begins with the k-th positive opinion, or when all
    are in; with fewer positive ones the case is denied. ``early_veto``: the first negative opinion ends the case at once.
    ``lead_decides``: it waits for all and is bound by none. The share `denial` of the item is drawn besides, whatever the rule.
    """

    rule: Literal["all", "k_of_n", "early_veto", "lead_decides"] = "all"
    k: Count | None = None


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
    opinion: Opinion | None = None
    join: Join | None = None
    """On the step that waits for opinions; without it they are taken by the rule `all` when the case is decided."""
    share_of: str | None = None
    """The step by whose luck a case needs this one: a signature is needed when the opinion under it is. Its own when left out."""
    afterwards: Flag = False
    """Nobody waits for it: the result is delivered without it, and it is done for cases that have ended."""


class TransferStep(Sourced):
    """The file waits for the next run and is carried."""

    kind: Literal["transfer"]
    after: tuple[str, ...] | None = None
    share: Share = Share(1)
    share_of: str | None = None
    """The step by whose luck a case needs this run; its own when left out."""


class SuspensionStep(Sourced):
    """A procedure by others. Whether a clock stops is said by the lists of reasons of the clocks, never here."""

    kind: Literal["suspension"]
    reason: str
    lasts_wd: Distribution
    noticed: Flag = True
    after: tuple[str, ...] | None = None
    share: Share = Share(1)


class MeetingStep(Sourced):
    """Bodies meet and handle cases one after another 会审: one member of each pool is away from it while they sit.

    They meet at `at` on working days (make-up Saturdays included), when a case is ready and `quorum` pools have somebody there that day.
    Steps with the same pools, dates, quorum and capacity are one meeting. Cases beyond `capacity` wait for the next date.
    """

    kind: Literal["meeting"]
    pools: tuple[str, ...]
    weekdays: tuple[Weekday, ...] = ()
    """Days of the week on which they meet; every working day when left out."""
    at: TimeOfDay
    quorum: Count
    capacity: Count
    work: dict[str, Distribution]
    """Time of one case at the table."""
    after: tuple[str, ...] | None = None
    share: Share = Share(1)
    decides: Flag = False


Step = Annotated[CounterStep | TaskStep | TransferStep | SuspensionStep | MeetingStep, Field(discriminator="kind")]


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
    matter: Literal["power", "service"] | None = None
    """A power of its department, bound by the law of licences (so when left out), or a public service 公共服务 of a firm or institution."""
    regulator: str | None = None
    """Department that supervises the licensees afterwards 监管, where it is another one (S38); its own when left out."""
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
    life_events: dict[str, LifeEvent] = {}
    incomplete_touch: Factor = Factor(1)
    """Counter time of a contact that ends with a supplement notice, as a factor of the full one."""
    correction_touch: Factor = Factor(1)
    """Counter time of a contact in which the papers are corrected on the spot."""
    clocks: Clocks = Clocks()
    supervision: tuple[Alarm, ...] = ()
    """Electronic supervision of the departments' files 电子监察, in the run."""
    pay: dict[Contract, Price] | None = None
    """What a person costs a year, by contract; measures of cost are left out where nobody states it."""
