"""What of a file is well formed, while other parts of it are not: so that checks across its fields tell what they can, all at once.

A field that is not well formed is *absent*: whoever asks for it gets an AttributeError, and no check takes a default for what somebody
wrote in another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from simulation.errors import OneWindowError

Model = TypeVar("Model", bound=BaseModel)
Flaw = TypeVar("Flaw")
ABSENT = object()


def formed(model: type[Model], data: Mapping[str, Any]) -> Model:
    """Return a model of data that may not fit it: the fields that do, or in parts those that are models, and none of the others.

    A field that is not written has its default, unless an unknown key looks like it.
    """
    keys = {field.alias or name: name for name, field in model.model_fields.items()}
    unwritten = [key for key in keys if key not in data]
    meant = {key for one in data if one not in keys for key in get_close_matches(one, unwritten, 1)}
    values = {name: _part(model.model_fields[name], data[key]) for key, name in keys.items() if key in data}
    absent = {keys[key] for key in unwritten if key in meant or model.model_fields[keys[key]].is_required()}
    absent |= {name for name, value in values.items() if value is ABSENT}
    made = model.model_construct(None, **{name: value for name, value in values.items() if value is not ABSENT})
    for name in absent:
        made.__dict__.pop(name, None)
    return made


def told(checks: Iterable[Iterable[Flaw]]) -> Iterator[Flaw]:
    """Yield what checks find of a model of which parts are absent; one stops where it asks for such a part."""
    for check in checks:
        try:
            yield from check
        except (AttributeError, OneWindowError):
            continue


def _part(field: FieldInfo, data: Any) -> Any:
    """Return a value where it is well formed; of a model, or a list or mapping of models, what there is of it."""
    hint: Any = field.annotation
    try:
        whole = TypeAdapter(hint).validate_python(data)
    except ValidationError:
        return _below(hint, data)
    return whole


def _below(hint: Any, data: Any) -> Any:
    inner = [one for one in get_args(hint) if one not in (NoneType, ...)]
    if get_origin(hint) in (Union, UnionType) and len(inner) == 1:
        return _below(inner[0], data)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return formed(hint, data) if isinstance(data, dict) else ABSENT
    model = inner[-1] if inner else None
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return ABSENT
    if get_origin(hint) is dict and isinstance(data, dict) and all(isinstance(one, dict) for one in data.values()):
        return {name: formed(model, one) for name, one in data.items()}
    if get_origin(hint) is tuple and isinstance(data, list) and all(isinstance(one, dict) for one in data):
        return tuple(formed(model, one) for one in data)
    return ABSENT
