"""The hand tools of all edits: change a frozen model, refuse by name, scale a law.

What an edit changes or creates carries the source ``reform``, so that the evidence of a reformed scenario tells measured numbers from
those that somebody proposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel

from simulation.centre import Centre, Department
from simulation.distributions import Distribution, Law
from simulation.errors import Problem, ReformRefused, nearest
from simulation.frozen import Frozen, Sourced
from simulation.items import Item, MeetingStep, Step, TaskStep
from simulation.joint import opinions_of
from simulation.routes import contract, predecessors
from simulation.scenario import Scenario
from simulation.units import Count, Duration

Model = TypeVar("Model", bound=BaseModel)

REFORM = "reform"
"""Source of every number that an edit wrote."""


class Edit(Frozen):
    """One typed change: a pure function from scenario to scenario."""

    redirects: ClassVar[bool] = False
    """Whether needs may be pointed at another item (what they ask for stays; what it is called changes)."""

    def edit(self, scenario: Scenario) -> Scenario:
        """Return the scenario with this change made; `ReformRefused` with every reason when it does not fit."""
        raise NotImplementedError


class Refusals:
    """Reasons not to make an edit, collected so that all come back at once."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.problems: list[Problem] = []

    def say(self, found: str, rule: str, remedy: str = "") -> None:
        """Note one reason."""
        self.problems.append(Problem(self.kind, found, rule, remedy))

    def known(self, names: Iterable[str | None], mapping: Iterable[str], noun: str) -> None:
        """Note every name that is not in `mapping`."""
        valid = tuple(mapping)
        for name in names:
            if name is not None and name not in valid:
                self.say(name, f"`{name}` is not a known {noun}", nearest(name, valid))

    def check(self) -> None:
        """Refuse if there is any reason."""
        if self.problems:
            raise ReformRefused(self.problems)


def amended(model: Model, **changes: Any) -> Model:
    """Return `model` with some fields changed, validated; changed fields that hold numbers get the source ``reform``."""
    fields = {name: getattr(model, name) for name in model.model_fields_set}
    if isinstance(model, Sourced) and "source" not in changes:
        old = model.source
        named = dict(old) if isinstance(old, dict) else {} if old is None else {"*": old}
        quiet = {name for name in changes if _same_numbers(getattr(model, name), changes[name])}
        if stamp := dict.fromkeys(sorted(set(changes) - quiet), REFORM):
            fields["source"] = {**named, **stamp}
    return type(model).model_validate({**fields, **changes})


def _same_numbers(old: object, new: object) -> bool:
    """Say whether nothing below needs a new source: containers of models carry their own."""
    holder = next(iter(new.values()), None) if isinstance(new, Mapping) else new
    if isinstance(holder, Law):
        return old == new
    return old == new or isinstance(holder, BaseModel | str | bool) or (isinstance(new, tuple) and all(isinstance(v, str) for v in new))


def put(scenario: Scenario, **changes: Mapping[str, Any]) -> Scenario:
    """Return `scenario` with members of its centre's tables replaced, added, or, where the new value is None, taken out."""
    centre = scenario.centre
    tables = {}
    for table, members in changes.items():
        merged = {**getattr(centre, table), **members}
        tables[table] = {name: member for name, member in merged.items() if member is not None}
    return with_centre(scenario, **tables)


def with_centre(scenario: Scenario, **changes: Any) -> Scenario:
    """Return `scenario` with whole fields of its centre replaced."""
    return scenario.model_copy(update={"centre": amended(scenario.centre, **changes)})


def rerouted(item: Item, route: Mapping[str, Step], before: Mapping[str, tuple[str, ...]], **changes: Any) -> Item:
    """Return `item` with `route`, in listed order, each step with its predecessors written out.

    None goes by the luck of a step that is gone, and none joins opinions that nobody gives any more.
    """
    steps = {name: step.model_copy(update={"after": before[name], **_own_luck(step, route)}) for name, step in route.items()}
    for name, step in steps.items():
        if getattr(step, "join", None) is not None and not _unheard(item, name) and not opinions_of(steps, dict(before), name):
            steps[name] = step.model_copy(update={"join": None})
    return amended(item, route=simplified(steps), **changes)


def _unheard(item: Item, name: str) -> bool:
    """Say whether a step of `item` joined no opinions."""
    step = item.route.get(name)
    return getattr(step, "join", None) is None or not opinions_of(item.route, predecessors(item.route), name)


def _own_luck(step: Step, route: Mapping[str, Step]) -> dict[str, None]:
    return {} if getattr(step, "share_of", None) in (None, *route) else {"share_of": None}


def simplified(route: dict[str, Step]) -> dict[str, Step]:
    """Leave ``after`` out where it says what the order of listing says."""
    names = list(route)
    plain = {n for k, (n, s) in enumerate(route.items()) if s.after == tuple(names[k - 1 : k] if k else ())}
    return {n: s.model_copy(update={"after": None}) if n in plain else s for n, s in route.items()}


def without(item: Item, gone: set[str]) -> tuple[dict[str, Step], dict[str, tuple[str, ...]]]:
    """Return route and predecessors of `item` without the steps `gone`."""
    before = contract(predecessors(item.route), gone)
    return {n: s for n, s in item.route.items() if n not in gone}, before


def inherited(step: Step, heir: dict[str, str]) -> Step:
    """Return a step of a pool that was joined as one of the pool it joined; a body that sits at a meeting twice sits there once."""
    if isinstance(step, TaskStep) and step.pool in heir:
        return amended(step, pool=heir[step.pool])
    if isinstance(step, MeetingStep) and heir.keys() & {*step.pools}:
        seats = tuple(dict.fromkeys(heir.get(p, p) for p in step.pools))
        return amended(step, pools=seats, quorum=Count(min(int(step.quorum), len(seats))))
    return step


def idle_transfers(route: Mapping[str, Step], before: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return runs that carry a file to nobody: behind another run, or in a route where nothing is left to do in a department."""
    runs = {n for n, s in route.items() if s.kind == "transfer"}
    if not any(s.kind in ("task", "suspension", "meeting") for s in route.values()):
        return runs
    return {n for n in runs if before[n] and all(p in runs for p in before[n])}


def scaled(law: Distribution, factor: float) -> Distribution:
    """Return a law of times multiplied by `factor`; a citizen's uniform then gives `factor` times his old time."""

    def times(value: object) -> object:
        if isinstance(value, Duration):
            ends = (None, None) if value.low is None or value.high is None else (value.low * factor, value.high * factor)
            return Duration(float(value) * factor, *ends)
        return {k: times(v) for k, v in value.items()} if isinstance(value, Mapping) else value

    return law if factor == 1 else law.model_copy(update={name: times(getattr(law, name)) for name in type(law).model_fields})


def riskiest(bodies: Iterable[Department]) -> Literal["none", "safety", "health", "environment"]:
    """Return what a body that joins `bodies` protects: what the first of them does that protects something (R26)."""
    return next((one.risk for one in bodies if one.risk != "none"), "none")


def officers_of(centre: Centre, department: str) -> str | None:
    """Return the first pool of officers of a department, or any pool of it but a leader's desk."""
    own = [n for n, p in centre.pools.items() if p.department == department and p.role != "leader"]
    return next((n for n in own if centre.pools[n].role == "officers"), next(iter(own), None))
