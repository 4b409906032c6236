"""The escape hatch: set one field of a scenario by its path."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from simulation.distributions import Law
from simulation.errors import Broken, Problem, ReformRefused, nearest
from simulation.explain import explain
from simulation.reforms.amend import REFORM, Edit
from simulation.scenario import Scenario


def set_path(scenario: Scenario, path: str, value: object) -> Scenario:
    """Return `scenario` with the field at `path` set to `value`, text as a file would hold it.

    Parameters
    ----------
    path : keys with dots between, as in ``centre.items.trade-licence.promise_wd`` or ``world.behaviour.patience.lognormal.median``.

    Raises
    ------
    ReformRefused : no such path (with the nearest key), or a value that the field refuses.

    Example
    -------
    >>> set_path(scenario, "world.needs.start-trade.rate", "40 per day")  # doctest: +SKIP
    """
    changed = _set(scenario, path.split("."), value, f"set {path}")
    assert isinstance(changed, Scenario)
    return changed


def _set(place: object, keys: list[str], value: object, where: str) -> object:
    if isinstance(place, Law) and keys[0] == place.name:
        keys = keys[1:] or [place.scalar or place.name]
    if isinstance(place, dict):
        named = {str(k): k for k in place}
        found, rest = _longest(keys, named, where)
        return {**place, named[found]: value if not rest else _set(place[named[found]], rest, value, where)}
    if isinstance(place, tuple):
        found, rest = _longest(keys, {str(k): k for k in range(len(place))}, where)
        k = int(found)
        return (*place[:k], value if not rest else _set(place[k], rest, value, where), *place[k + 1 :])
    if not isinstance(place, BaseModel):
        raise ReformRefused(Problem(where, keys[0], "nothing lies below this value", "shorten the path"))
    fields = {f.alias or n: n for n, f in type(place).model_fields.items()}
    if isinstance(place, Law) and place.scalar is not None and keys[0] not in fields:
        keys = [place.scalar, *keys]
    found, rest = _longest(keys, fields, where)
    name = fields[found]
    new = value if not rest else _set(getattr(place, name), rest, value, where)
    kept = {n: getattr(place, n) for n in place.model_fields_set}
    # Only the model that directly holds the value is stamped: what lies above keeps its own sources.
    if not rest or not isinstance(getattr(place, name), BaseModel | dict):
        kept |= _stamp(place, name)
    try:
        return type(place).model_validate({**kept, name: new})
    except ValidationError as error:
        flaws = [f.problem(where) for f in explain(error, type(place), {name: new})]
        raise ReformRefused(flaws) from error
    except Broken as error:
        raise ReformRefused(Problem(where, str(value), error.rule, error.remedy)) from error


def _longest(keys: list[str], known: dict[str, Any], where: str) -> tuple[str, list[str]]:
    """Return the longest known key that `keys` begins with (a key may have dots in it), and what follows it."""
    for n in range(len(keys), 0, -1):
        if (key := ".".join(keys[:n])) in known:
            return key, keys[n:]
    raise ReformRefused(Problem(where, keys[0], f"`{keys[0]}` is not a key here", nearest(keys[0], known)))


def _stamp(place: BaseModel, name: str) -> dict[str, object]:
    if "source" not in type(place).model_fields or name in ("source", "sources", "title"):
        return {}
    old = getattr(place, "source", None)
    named = dict(old) if isinstance(old, dict) else {} if old is None else {"*": old}
    return {"source": {**named, name: REFORM}}


class Set(Edit):
    """Set one field, reported as "ad hoc": no mechanism, no law is claimed. Write a kind when a second file needs it."""

    kind: Literal["set"]
    path: str
    value: Any

    def edit(self, scenario: Scenario) -> Scenario:
        return set_path(scenario, self.path, self.value)
