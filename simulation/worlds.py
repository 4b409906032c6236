"""Plausible worlds: the same centre and reforms, where the assumptions lie elsewhere within their ranges.

An *assumption* is a kind of number: the same field of every member of a table (``centre.items.*.online.factor``), and of an edit of
whatever reform makes it (``pool_windows.pace``). All numbers of one assumption lie at the same *place* within their ranges: who judged one
item wrongly misjudged the others alike, while thousands of errors of their own would average out and hide the risk. Place 0 is the low end,
0.5 the value as stated, 1 the high end, with straight lines between: a world at 0.5 everywhere is the scenario itself, and as much of the
belief lies below the stated value as above it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor, fsum
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from simulation.consistency import ASSUMPTION, problems
from simulation.distributions import Discrete
from simulation.errors import Breaches, Broken, Problem
from simulation.experiment import Variant, run_variants
from simulation.explain import explain
from simulation.reforms import Reform
from simulation.scenario import Horizon, Scenario, evidence
from simulation.store import Store
from simulation.units import Duration, Factor, Number, Rate, Share

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from simulation.measures import Measure
    from simulation.verbs import Settings

    Floats = NDArray[np.float64]

STATED = 0.5
"""The place of the value as the file states it."""
WHOLES = ("profiles", "zones")
"""Tables in which the shares of a whole stand, beside discrete laws; they are filled up to 1."""
AT = "@"
"""Between the name of a scenario and the number of its world, while several run side by side."""
DIGITS = 6
"""Significant digits of a sampled value."""

RANGED = (Duration, Factor, Rate, Share)
"""Kinds of numbers that estimate something; a count, an hour or a price of an edit is what is proposed."""

Change = Callable[[str, Number], float]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Assumption:
    """A kind of number that is assumed with a range; `numbers` in the order of the files, by place there."""

    kind: str
    numbers: tuple[tuple[str, Number], ...]

    @property
    def example(self) -> str:
        """The value and range of the first of its numbers, as the file writes them."""
        return str(self.numbers[0][1])

    def at(self, place: float) -> Number:
        """The first of its numbers where this assumption lies at `place`."""
        number = self.numbers[0][1]
        return valued(number, value_at(number, place))


@dataclass(frozen=True)
class PlausibleWorld:
    """One world of an outer sample.

    Attributes
    ----------
    number : from 0 on.
    places : of every assumption within its range, by kind.
    scenario, reforms : as they are there; as stated where there are `problems`.
    problems : why this world contradicts itself; none where it may be run.
    """

    number: int
    places: Mapping[str, float]
    scenario: Scenario
    reforms: Mapping[str, Reform]
    problems: tuple[Problem, ...] = field(default=())


def assumptions(scenario: Scenario, reforms: Mapping[str, Reform]) -> list[Assumption]:
    """Return every assumption with a range, of a scenario and of the edits of reforms, sorted by kind.

    What a reform costs is none: no result depends on it.
    """
    found: dict[str, list[tuple[str, Number]]] = {}

    def note(file: str) -> Change:
        def change(kind: str, number: Number) -> float:
            found.setdefault(kind, []).append((file, number))
            return float(number)

        return change

    _changed(scenario, "", None, note(scenario.name))
    for name, reform in reforms.items():
        _with_edits(reform, note(name))
    return [Assumption(kind, tuple(numbers)) for kind, numbers in sorted(found.items())]


def without_range(scenario: Scenario, reforms: Mapping[str, Reform]) -> list[tuple[str, str, Number | None]]:
    """Return, for a scenario and each reform, its name, and path and value of an assumed number that could state a range and does not.

    A time, rate, factor or share behind which stands no source; path "" and None where there is no such number.
    """
    found: list[tuple[str, str, Number | None]] = []
    for name, model, below in ((scenario.name, scenario, ""), *((name, reform, "edits.") for name, reform in reforms.items())):
        bare = {
            path: number for path, number, source in evidence(model)
            if path.startswith(below) and source in (None, ASSUMPTION) and number.low is None and isinstance(number, RANGED)
        }  # fmt: skip
        first = min(bare, default="")
        found.append((name, first, bare.get(first)))
    return found


def sampled_places(kinds: Sequence[str], n: int, seed: int) -> Floats:
    """Return a Latin hypercube: places of `kinds` in `n` worlds, float64 (n, kinds) in (0, 1).

    Each column has one place in each nth of the range, in an order of its own, keyed by (seed, kind): another assumption moves no column.

    References
    ----------
    McKay, Beckman and Conover (1979), A comparison of three methods for selecting values of input variables in the analysis of output
    from a computer code. Technometrics 21, 239-245.
    """
    import numpy as np

    columns = []
    for kind in kinds:
        word = int.from_bytes(hashlib.sha256(f"plausible {kind}".encode()).digest()[:8])
        chance = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, word])))
        columns.append((chance.permutation(n) + chance.random(n)) / n)
    return np.array(columns, dtype=np.float64).reshape(len(kinds), n).T


def worlds(scenario: Scenario, reforms: Mapping[str, Reform], n: int, seed: int) -> list[PlausibleWorld]:
    """Return `n` plausible worlds, a Latin hypercube over all assumptions; what contradicts itself carries its problems.

    Parameters
    ----------
    scenario : the baseline. reforms : by the name of their files.

    Example
    -------
    >>> len(worlds(scenario, {"one-window": reform}, 20, seed=1))  # doctest: +SKIP
    20
    """
    kinds = [a.kind for a in assumptions(scenario, reforms)]
    rows = sampled_places(kinds, n, seed)
    return [world_at(scenario, reforms, dict(zip(kinds, map(float, row), strict=True)), k) for k, row in enumerate(rows)]


def world_at(scenario: Scenario, reforms: Mapping[str, Reform], places: Mapping[str, float], number: int = 0) -> PlausibleWorld:
    """Return the world in which assumptions lie at `places` (by kind, 0 to 1) within their ranges; the others stay as stated."""

    def change(kind: str, of: Number) -> float:
        return value_at(of, places[kind]) if kind in places else float(of)

    return changed_world(scenario, reforms, change, places, number)


def changed_world(
    scenario: Scenario, reforms: Mapping[str, Reform], change: Change, places: Mapping[str, float], number: int = 0
) -> PlausibleWorld:
    """Return the world in which every assumed number is what `change` (of its kind and itself) says, in its own unit."""
    where = f"plausible world {number}"
    try:
        there = _changed(scenario, "", None, change)
        edited = {name: _with_edits(reform, change) for name, reform in reforms.items()}
    except ValidationError as error:
        flaws = tuple(f.problem(where) for f in explain(error, Scenario, {}))
        return PlausibleWorld(number, places, scenario, reforms, flaws)
    except (Broken, Breaches) as error:
        broken = error.broken if isinstance(error, Breaches) else (error,)
        flaws = tuple(Problem(where, "a sampled value", b.rule, "narrow the range") for b in broken)
        return PlausibleWorld(number, places, scenario, reforms, flaws)
    known = {p.where for p in problems(scenario)}
    wrong = tuple(Problem(f"{where}: {p.where}", p.found, p.rule, p.remedy) for p in problems(there) if p.where not in known)
    return PlausibleWorld(number, places, there, edited, wrong)


def value_at(number: Number, place: float) -> float:
    """Return the value at `place` of a number's range: straight from its low end (0) to the stated value (0.5) to its high end (1).

    Example
    -------
    >>> from simulation.units import Factor
    >>> [value_at(Factor.parse("1.1 (1..1.4)"), place) for place in (0, 0.25, 0.5, 1)]
    [1.0, 1.05, 1.1, 1.4]
    """
    low, middle, high = (float(x) for x in (number.low, number, number.high) if x is not None)
    value = low + 2 * place * (middle - low) if place < STATED else middle + (2 * place - 1) * (high - middle)
    return min(high, max(low, float(f"{value:.{DIGITS}g}")))


def valued(number: Number, value: float) -> Number:
    """Return a number with another value, whole where it is one (half up), and its range, widened to hold it."""
    new = float(floor(value + 0.5)) if number.whole else value
    ends = [] if number.low is None or number.high is None else [min(number.low, new), max(number.high, new)]
    return type(number)(new, *ends)


def _with_edits(reform: Reform, change: Change) -> Reform:
    """Return a reform whose assumed numbers are changed; an edit of one kind is one assumption, whatever reform makes it."""
    source = reform.source.get("edits", reform.source.get("*")) if isinstance(reform.source, dict) else reform.source
    edits = tuple(_changed(edit, edit.kind, source, change) for edit in reform.edits)
    same = all(a is b for a, b in zip(edits, reform.edits, strict=True))
    return reform if same else reform.model_copy(update={"edits": edits})


def _changed(value: Any, kind: str, source: str | None, change: Change) -> Any:
    """Return what stands at a place with every assumed number changed: the very same object where nothing changed."""
    if isinstance(value, Number):
        if source not in (None, ASSUMPTION) or value.low is None or value.low == value.high:
            return value
        new = change(kind, value)
        return value if new == float(value) else valued(value, new)
    if isinstance(value, Discrete):
        shares = _members(value.shares, kind, source, change)
        return value if shares is None else Discrete(shares=_filled(value.shares, shares))
    if isinstance(value, BaseModel):
        return _model(value, kind, source, change)
    if isinstance(value, dict):
        members = _members(value, kind, source, change)
        return value if members is None else members
    if isinstance(value, tuple):
        new_members = tuple(_changed(member, f"{kind}.*", source, change) for member in value)
        return value if all(a is b for a, b in zip(new_members, value, strict=True)) else new_members
    return value


def _model(value: Model, kind: str, inherited: str | None, change: Change) -> Model:
    own = getattr(value, "source", None)
    new, fields = {}, type(value).model_fields
    for name in (n for n in fields if n in value.model_fields_set and n not in ("source", "sources")):
        key = fields[name].alias or name
        source = own.get(name, own.get("*", inherited)) if isinstance(own, dict) else own or inherited
        old = getattr(value, name)
        member = _changed(old, f"{kind}.{key}".lstrip("."), source, change)
        if member is not old:
            new[key] = _whole(name, old, member)
    if not new:
        return value
    kept = {fields[n].alias or n: getattr(value, n) for n in fields if n in value.model_fields_set}
    return type(value).model_validate({**kept, **new})


def _members(table: Mapping[Any, Any], kind: str, source: str | None, change: Change) -> dict[Any, Any] | None:
    """The members of a table after the change, None where all are the same; names of members that are no numbers are left out of kinds."""
    plain = all(isinstance(member, Number) for member in table.values())
    found = {key: _changed(member, f"{kind}.{key if plain else '*'}", source, change) for key, member in table.items()}
    return None if all(found[key] is table[key] for key in table) else found


def _whole(name: str, old: Any, new: Any) -> Any:
    """Shares of a whole, filled up to what they summed to."""
    if name not in WHOLES or not isinstance(new, dict):
        return new
    if all(isinstance(member, Share) for member in new.values()):
        return _filled(old, new)
    if all(isinstance(member, dict) for member in new.values()):
        return {key: _whole(name, old[key], member) for key, member in new.items()}
    shares = _filled({k: m.share for k, m in old.items()}, {k: m.share for k, m in new.items()})
    return {key: member.model_copy(update={"share": shares[key]}) for key, member in new.items()}


def _filled(old: Mapping[Any, Share], new: Mapping[Any, Share]) -> dict[Any, Share]:
    """Shares that sum to 1: those that nobody moved share what the moved ones leave, or all are scaled where none are left."""
    moved = [key for key in new if float(new[key]) != float(old[key])]
    taken, free = fsum(map(float, (new[k] for k in moved))), fsum(float(new[k]) for k in new if k not in moved)
    if not moved:
        return dict(new)
    if free > 0 and taken <= 1:
        return {k: v if k in moved else valued_share(v, float(v) * (1 - taken) / free) for k, v in new.items()}
    return {k: valued_share(v, float(v) / (taken + free)) for k, v in new.items()}


def valued_share(share: Share, value: float) -> Share:
    """Return a share with another value, and its range, widened to hold it."""
    new = valued(share, min(1.0, value))
    assert isinstance(new, Share)
    return new


def run_worlds(
    variants: Sequence[Sequence[Variant]], horizon: Horizon, seed: int, replications: Sequence[int], measures: Sequence[Measure],
    settings: Settings,
) -> list[pd.DataFrame]:  # fmt: skip
    """Run the variants of several worlds side by side, for the same replications, and return the rows of each world."""
    named = [replace(v, name=f"{v.name}{AT}{k}") for k, there in enumerate(variants) for v in there]
    rows = run_variants(
        named, horizon, seed, replications, measures, Store(settings.store),
        workers=settings.workers, on=settings.on, engine=settings.engine, fresh=settings.fresh, progress=settings.progress,
    )  # fmt: skip
    parts = rows["scenario"].str.rpartition(AT)
    rows = rows.assign(scenario=parts[0])
    return [rows[parts[2] == str(k)] for k in range(len(variants))]
