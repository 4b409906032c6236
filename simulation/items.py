"""Items 事项: what the centre offers for a Need, and the route of its steps."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulation.distributions import Times, Whole
from simulation.frozen import Sourced, Title
from simulation.units import Count, Factor, Flag, Share, TimeOfDay, WorkingDays

CaseClass = Literal["instant", "committed", "joint", "upward", "consultation"]
Guide = Literal["none", "list", "checked"]
Notice = Literal["piecemeal", "one_time"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Stall(Sourced):
    """A file lies idle in the department before anybody looks at it; the clock runs."""

    share: Share
    lasts_wd: Whole


class CounterStep(Sourced):
    """A counter of the filing visit. Counter steps are walked in the order in which they are listed."""

    kind: Literal["counter"]
    queue: str
    skill: str | None = None
    """What the person must be able to do; the queue's own name when left out."""
    work: dict[str, Times]
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
    work: dict[str, Times]
    people: Count = Count(1)
    after: tuple[str, ...] | None = None
    share: Share = Share(1)
    """The part of the cases that need this step."""
    delay_wd: Whole | None = None
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
    lasts_wd: Whole
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
    work: dict[str, Times]
    """Time of one case at the table."""
    after: tuple[str, ...] | None = None
    share: Share = Share(1)
    decides: Flag = False


Step = Annotated[CounterStep | TaskStep | TransferStep | SuspensionStep | MeetingStep, Field(discriminator="kind")]


class Delivery(Sourced):
    """How the result reaches the applicant: in the visit, collected at ``queue`` by ``collect`` of them, else by mail (or online)."""

    queue: str | None = None
    collect: Share = Share(0)
    touch: Times | None = None
    mail_wd: Whole | None = None


class Online(Sourced):
    """What stands in for the counter when the case is filed online: the acceptance work, times ``factor``, in ``pool``."""

    pool: str
    factor: Factor = Factor(1)
    promise_wd: WorkingDays | None = None
    """Promised limit of a case filed online; the item's own when left out."""


class SelfService(Sourced):
    """A machine in the hall stands in for the first counter: its work, times ``factor``, at the machines' ``queue``."""

    queue: str
    factor: Factor = Factor(1)


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
    self_service: SelfService | None = None
    sent_on: Share = Share(0)
    """Part of the cases brought to the window that it sends on to the department, which takes them in itself 体外循环 (`process`)."""
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
