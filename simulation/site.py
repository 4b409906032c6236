"""Sites 大厅: opening hours, what happens at the door and at closing, and how people at the windows conduct themselves."""

from __future__ import annotations

from typing import Literal

from simulation.distributions import Times
from simulation.frozen import Frozen, Sourced, Title
from simulation.items import Guide, Notice
from simulation.units import Duration, Factor, Interval, Share, TimeOfDay


class TransferRun(Frozen):
    """One daily run that carries files between counters and departments; an arrival not after ``leaves`` is on the next working day."""

    leaves: TimeOfDay
    arrives: TimeOfDay


class GuideDesk(Sourced):
    """A desk at the door that looks at papers and names the right queue; those who use it are not misrouted."""

    queue: str
    touch: Times
    assists: Times | None = None
    """Time on top in which it completes the papers of whoever asks, as far as a checked guide would 帮办; nobody does when left out."""


class Attendance(Sourced):
    """Whether people at the windows are where the roster puts them, in each interval of their duty.

    Late 迟到: the interval begins without them, for ``late_by``. A gap 空岗: once in an interval, from a second anywhere in it, they leave
    an open window for ``gap_lasts``. Whoever a round 巡查 finds missing is back ``returns`` after it.
    """

    late: Share
    late_by: Times
    gap: Share
    gap_lasts: Times
    patrol: tuple[TimeOfDay, ...] = ()
    returns: Duration = Duration(0)


class Discretion(Sourced):
    """How much officers at the windows differ 自由裁量. Each keeps his own place among them, whatever is edited."""

    spread: Share
    """Coefficient of variation of the officers' own factors of handling time; their mean speed is 1."""
    unlisted: Share
    """Mean chance that complete papers are sent back for one more that no list names (R02, R10: nobody may ask for it)."""
    unlisted_spread: Share = Share(0)
    """Coefficient of variation of that chance among the officers."""
    defers: Share = Share(0)
    """Chance that a case which the window decides by its class 即办件 is taken in for the department instead (S21, `process`)."""


class FirstContact(Sourced):
    """What the officer of a wrong window owes a citizen who stands there (首问负责, 首办负责); the rules are in `engines.contact`."""

    duty: Literal["informs", "follows"]
    """Tells him the right window, where he keeps his place; or takes the papers in and brings the file there."""
    touch: Times
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
    wrong_window: Times
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
    """Hours for which appointments are given, evenly: who books comes then, and is called before who has none (`draws`, `hall`).
    Who files online or takes a machine books nothing."""
    assignment: Literal["next_free", "applicant"] = "next_free"
    """Who serves a ticket: the first free officer; or, of those who care (``responses.chooses``), the one the applicant chooses."""
    rules: Rules | None = None
    """The version of the rules here; that of the items when left out."""
    items: tuple[str, ...] | None = None
    """Items handled here; when left out all whose counters are here."""
