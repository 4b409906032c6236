"""Draws: the chance of one replication, keyed by identity and therefore the same under every reform.

A uniform is named by (seed, replication, purpose, stream, detail, visit, file) and, inside that stream, by the date and by the
citizen's number within (need, date). The name's SHA-256 is the key of a Philox generator, date and number are its counter: nobody is
renumbered by a holiday, another horizon or another reform. Blocks are made on first use and kept; their content never depends on
the order of use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulation.distributions import Distribution
from simulation.plan import Demand, Plan
from simulation.routes import CHANNELS, luck_of
from simulation.shifts import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Whole = NDArray[np.int32] | NDArray[np.int64]
FOREVER = 2.0**53
"""Seconds that any time lasts at most: for ever, and still a whole number exactly."""
SURGE = 1_000_000
"""Citizens added by a surge are numbered from here, so that they renumber nobody."""


BLOCK = 64
"""Numbers of one date that lie side by side in a stream; whoever has a higher number is in a further block."""


def uniforms(name: tuple[object, ...], dates: Whole, numbers: Whole) -> Floats:
    """Return the uniforms in (0, 1) of the stream `name` at (date, number), element by element.

    Parameters
    ----------
    name : its SHA-256 is the key of the generator.
    dates, numbers : whole numbers, same shape (n,); dates as proleptic ordinals, numbers >= 0. Together they are the generator's counter.

    Example
    -------
    >>> uniforms(("a",), np.array([5, 6]), np.array([0, 2]))[1] == uniforms(("a",), np.array([6]), np.array([2]))[0]
    True
    """
    key, found = key_of(name), np.empty(len(dates))
    if not len(dates):
        return found
    first, blocks = int(dates.min()), numbers // BLOCK
    several = np.unique(blocks).tolist() if blocks.any() else [0]
    length = (int(dates.max()) - first + 1) * BLOCK
    at = (dates - first) * BLOCK + numbers % BLOCK
    for block in several:
        raw = np.random.Philox(key=key, counter=np.array([first * (BLOCK // 4), block, 0, 0], dtype=np.uint64)).random_raw(length)
        here = blocks == block if len(several) > 1 else slice(None)
        found[here] = ((raw[at[here]] >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    return found


def key_of(name: tuple[object, ...]) -> NDArray[np.uint64]:
    """Return the key of the stream `name`, uint64 (2,)."""
    return np.frombuffer(hashlib.sha256("\x1f".join(map(str, name)).encode()).digest()[:16], dtype="<u8").astype(np.uint64)


Uniforms = Callable[[tuple[object, ...], Whole, Whole], Floats]
"""`uniforms`, or what gives the same numbers faster."""


@dataclass(frozen=True)
class Citizens:
    """The occurrences of one stream (a Need, or one entry of the backlog), sorted by (day, number). All arrays have one row each, and
    those that are kept are as narrow as they may be: at ten million citizens they count."""

    day: Whole
    number: Whole
    arrives: Ints
    online: NDArray[np.bool_]
    files: Whole
    booked: NDArray[np.bool_] | None = None
    """Who comes by appointment; nobody when left out."""


@dataclass
class Draws:
    """Everything random that a Plan can ask for in one replication. Streams are the needs, then the entries of the backlog."""

    plan: Plan
    seed: int
    replication: int
    citizens: tuple[Citizens, ...] = ()
    absent: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))
    """bool (len(plan.absences), days)."""
    uniforms: Uniforms = uniforms
    _blocks: dict[tuple[object, ...], list[int]] = field(default_factory=dict, init=False)

    @cached_property
    def epoch(self) -> int:
        """The date of day 0 as proleptic ordinal."""
        return self.plan.calendar.date(0).toordinal()

    def _uniform(self, purpose: str, stream: int, detail: str, visit: int, file: int) -> Floats:
        people = self.citizens[stream]
        name = (self.seed, self.replication, purpose, self._stream_name(stream), detail, visit, file)
        return self.uniforms(name, self.epoch + people.day, people.number)

    def _stream_name(self, stream: int) -> str:
        needs = len(self.plan.needs)
        return self.plan.needs[stream] if stream < needs else f"backlog {_opening_name(self.plan, stream - needs)}"

    def _block(self, key: tuple[object, ...], values: Callable[[Floats], NDArray[np.generic]]) -> list[int]:
        if (block := self._blocks.get(key)) is None:
            purpose, stream, detail, visit, file = key[:5]
            block = self._blocks[key] = values(self._uniform(purpose, stream, detail, visit, file)).tolist()  # type: ignore[arg-type]
        return block

    def chance(self, purpose: str, stream: int, who: int, detail: str = "", visit: int = 1, file: int = 0) -> int:
        """Return a 32-bit uniform of citizen `who` of `stream`, to be compared with a threshold."""
        return self._block((purpose, stream, detail, visit, file), lambda u: np.floor(u * 2.0**32).astype(np.int64))[who]

    def seconds(self, law: Distribution, purpose: str, stream: int, who: int, detail: str = "", visit: int = 1, file: int = 0) -> int:
        """Return a duration in whole seconds, at least 1, rounded half up."""
        key = (purpose, stream, detail, visit, file, id(law))
        return self._block(key, lambda u: np.maximum(1, np.floor(np.minimum(law.ppf(u), FOREVER) + 0.5)).astype(np.int64))[who]

    def count(self, law: Distribution, purpose: str, stream: int, who: int, detail: str = "", visit: int = 1, file: int = 0) -> int:
        """Return a whole number (working days, files)."""
        return self._block((purpose, stream, detail, visit, file, id(law)), lambda u: np.floor(law.ppf(u) + 0.5).astype(np.int64))[who]

    def by_date(self, *purpose: object, back: int = 0) -> Floats:
        """Return one uniform for each day of the horizon, and for `back` days before it."""
        days = np.arange(self.epoch - back, self.epoch + self.plan.days)
        return self.uniforms((self.seed, self.replication, *purpose), days, np.zeros(len(days), dtype=np.int64))

    def of_duty(self, purpose: str, person: str, begins: int) -> Floats:
        """Return one uniform for each day of the horizon: of a person's interval of duty that begins at second `begins` of that day."""
        days = np.arange(self.epoch, self.epoch + self.plan.days)
        return self.uniforms((self.seed, self.replication, purpose, person), days, np.full(self.plan.days, begins))

    def of_officer(self, purpose: str, person: str) -> float:
        """Return the uniform that places a person among the others, the same on every day."""
        return float(self.uniforms((self.seed, self.replication, purpose, person), np.zeros(1, np.int64), np.zeros(1, np.int64))[0])

    def clock(self, stream: int, who: int, day: int, visit: int, site: int) -> int:
        """Return the second at which a citizen comes on `day` for a later visit, inside the hours of the hall `site`."""
        u = (self.chance("clock", stream, who, visit=visit) + 0.5) * 2.0**-32
        need = stream if stream < len(self.plan.needs) else self.plan.opening[stream - len(self.plan.needs)].need
        return int(_clock(self.plan, self.plan.demand[need], site, np.array([day]), np.array([u]))[0])


def make_draws(plan: Plan, seed: int, replication: int, uniforms: Uniforms = uniforms) -> Draws:
    """Determine all chance of one replication of `plan`; blocks that only some plans need are made when first asked for.

    Parameters
    ----------
    seed, replication : int >= 0; replications from 1,000,000 up are kept for confirmation.
    uniforms : what draws; there is a faster one in `engines.chance`.
    """
    draws = Draws(plan, seed, replication, uniforms=uniforms)
    factor = np.ones((len(plan.site_hours), plan.days))
    if (cv := float(plan.scenario.world.dispersion)) > 0:
        for k, site in enumerate(plan.sites):
            factor[k] = _gamma_factor(draws.by_date("hall", site), cv)
    people = [_arrive(draws, n, d, factor[int(plan.need_rows["site"][n])]) for n, d in enumerate(plan.demand)]
    for opening in plan.opening:
        n = opening.cases
        zero = np.zeros(n, dtype=np.int32)
        people.append(Citizens(zero, np.arange(n, dtype=np.int32), zero.astype(np.int64), zero > 0, zero + 1))
    draws.citizens = tuple(people)
    draws.absent = _absent(draws)
    return draws


def _opening_name(plan: Plan, k: int) -> str:
    """Return the identity of an entry of the backlog: need, item and step, whichever route its cases are kept on."""
    names = [f"{plan.needs[o.need]}/{luck_of(plan.items[o.item], plan.routes.names[o.step])}" for o in plan.opening[: k + 1]]
    return f"{names[k]}/{names[:k].count(names[k])}"


def _gamma_factor(u: Floats, cv: float) -> Floats:
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(cv**-2, u) * cv**2, dtype=np.float64)


def _poisson(u: Floats, mean: Floats) -> Ints:
    """Inverse distribution function of the Poisson law."""
    from scipy.special import pdtr, pdtrik

    safe = np.maximum(mean, 1e-12)
    k = np.maximum(0, np.ceil(np.nan_to_num(pdtrik(u, safe))))
    k = np.where(u <= pdtr(0, safe), 0, k)
    k = np.where((k > 0) & (pdtr(np.maximum(k - 1, 0), safe) >= u), k - 1, k)
    return np.where(mean > 0, k, 0).astype(np.int64)


def _clock(plan: Plan, demand: Demand, site: int, days: Ints, u: Floats, online: bool = False) -> Ints:
    edges, shares = demand.online if online else demand.profile
    if online:
        return days * DAY + np.floor(np.interp(u, shares, edges)).astype(np.int64)
    dates, place = np.unique(days, return_inverse=True)
    hours = np.array([_ticket_hours(plan, site, int(d)) for d in dates]).reshape(-1, 2)[place]
    low, high = np.interp(hours[:, 0], edges, shares), np.interp(hours[:, 1], edges, shares)
    inside = np.where(high > low, np.interp(low + u * (high - low), shares, edges), hours[:, 0] + u * (hours[:, 1] - hours[:, 0]))
    seconds: Ints = days * DAY + np.minimum(np.floor(inside), hours[:, 1] - 1).astype(np.int64)
    return seconds


def _ticket_hours(plan: Plan, site: int, day: int) -> tuple[int, int]:
    site = plan.site_at(site, day * DAY)
    opens, closes = plan.site_hours[site][day] if day < plan.days else (9 * 3600, 17 * 3600)
    rows = plan.site_rows[site]
    overrun = int(rows.overrun) if rows.closing == "serve" else 0
    return (opens % DAY, opens % DAY + closes - overrun - opens) if day < plan.days else (opens, closes)


def _arrive(draws: Draws, need: int, demand: Demand, hall: Floats) -> Citizens:
    """Number the occurrences of one need by day, and say when and how each comes."""
    plan, here = draws.plan, demand.need
    factor = hall * (_gamma_factor(draws.by_date("need-day", here), demand.dispersion) if demand.dispersion > 0 else 1.0)
    counts = _poisson(draws.by_date("arrivals", here), demand.mean * factor)
    extra = _poisson(draws.by_date("surge", here), demand.extra * factor) if demand.extra.any() else np.zeros(plan.days, dtype=np.int64)
    day = np.concatenate([np.repeat(np.arange(plan.days), counts), np.repeat(np.arange(plan.days), extra)])
    number = np.concatenate([_numbers(counts), SURGE + _numbers(extra)])
    order = np.lexsort((number, day))
    day, number = day[order], number[order]
    probe = replace(draws, citizens=(*[_NOBODY] * need, Citizens(day, number, day, day > 0, day)))

    def u(purpose: str) -> Floats:
        return probe._uniform(purpose, need, "", 1, 0)

    if (demand.thin < 1).any():
        stays = (number >= SURGE) | (u("thin") < demand.thin[day])
        day, number = day[stays], number[stays]
        probe = replace(draws, citizens=(*[_NOBODY] * need, Citizens(day, number, day, day > 0, day)))
    online = np.floor(u("channel") * 2.0**32) < int(plan.need_rows["online"][need])
    time, site = u("clock"), int(plan.need_rows["site"][need])
    arrives = _clock(plan, demand, site, day, time)
    if online.any():
        arrives = np.where(online, _clock(plan, demand, site, day, time, online=True), arrives)
    booked = None
    if plan.site_rows[site].appointments and plan.scenario.world.responses.books > 0:
        elsewhere = online | _at_machine(plan, need, u)
        arrives, booked = _by_appointment(plan, demand, site, day, np.where(elsewhere, 1.0, u("books")), u, arrives)
    files = np.ones(len(day), dtype=np.int64)
    if demand.files is not None:
        files = np.maximum(1, np.floor(demand.files.ppf(u("files")) + 0.5)).astype(np.int64)
    return Citizens(day.astype(np.int32), number.astype(np.int32), arrives, online, files.astype(np.int32), booked)


def _at_machine(plan: Plan, need: int, u: Callable[[str], Floats]) -> NDArray[np.bool_]:
    """Say who takes a machine for his first item, and therefore books nothing: the luck is that of `engines.contact`."""
    offered = plan.item_routes[plan.need_items[need][0], CHANNELS.index("self_service")] >= 0
    return np.asarray(np.floor(u("self_service") * 2.0**32) < (plan.self_service if offered else 0))


def _by_appointment(
    plan: Plan, demand: Demand, site: int, day: Ints, books: Floats, u: Callable[[str], Floats], arrives: Ints
) -> tuple[Ints, NDArray[np.bool_]]:
    """Say when everybody comes, and who by appointment, given when all would come without.

    An appointment is at the citizen's uniform of the clock, evenly over the appointment hours in which the hall is open that day; where
    there are none nobody books. Who misses it comes `comes_back_wd` working days later at his ordinary time, and has none.
    """
    answers, arrives, time = plan.scenario.world.responses, arrives.copy(), u("clock")
    booked = books < float(answers.books)
    for d in np.unique(day[booked]).tolist():
        opens, closes = _ticket_hours(plan, site, d)
        spans = [(max(opens, i.start), min(closes, i.end)) for i in plan.site_rows[site].appointments if i.start < closes and opens < i.end]
        here = booked & (day == d)
        if not spans:
            booked &= ~here
            continue
        passed = np.cumsum([0, *(b - a for a, b in spans)])
        slot = np.floor(time[here] * passed[-1]).astype(np.int64)
        span = np.searchsorted(passed, slot, "right") - 1
        arrives[here] = d * DAY + np.array([a for a, _ in spans])[span] + slot - passed[span]
    missed = booked & (u("no_show") < float(answers.no_show))
    wd = np.maximum(1, np.floor(plan.comes_back_wd.ppf(u("missed_wd")) + 0.5)).astype(np.int64)
    arrives[missed] = _clock(plan, demand, site, plan.calendar.add_wd(day[missed], wd[missed]), time[missed])
    return arrives, booked & ~missed


_NOBODY = Citizens(*(np.zeros(0, dtype=np.int64),) * 3, np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64))


def _numbers(counts: Ints) -> Ints:
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _absent(draws: Draws) -> NDArray[np.bool_]:
    """Mark absent days: a spell begins on a working day by the person's uniform of that date and covers its length in working days."""
    plan, back = draws.plan, 60
    days = np.array([d for d in range(-back, plan.days) if plan.calendar.is_working(d)])
    absent = np.zeros((len(plan.absences), plan.days), dtype=bool)
    for k, (person, starts, law, first, last) in enumerate(plan.absences):
        begins = np.flatnonzero(draws.by_date("absence", person, "starts", back=back)[days + back] < starts)
        if not len(begins):
            continue
        length = law.ppf(draws.by_date("absence", person, "lasts", back=back)[days + back][begins])
        for b, n in zip(begins, length, strict=True):
            away = days[b : b + max(1, int(n))]
            absent[k, away[(away >= first) & (away < last)]] = True
    return absent
