"""What a model says of data it refuses, in the words of the file: the place, the rule, the nearest valid name."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from simulation.errors import Breaches, Broken, Problem, nearest

Loc = tuple[str | int, ...]

WORDS = {
    "string_type": ("text is due here", "write one piece of text"),
    "model_type": ("a mapping is due here", "write lines `key: value` below"),
    "model_attributes_type": ("a mapping is due here", "write lines `key: value` below"),
    "dict_type": ("a mapping is due here", "write lines `key: value` below"),
    "tuple_type": ("a list is due here", "write [a, b], or lines that begin with `- `"),
    "list_type": ("a list is due here", "write [a, b], or lines that begin with `- `"),
    "set_type": ("a list is due here", "write [a, b], or lines that begin with `- `"),
    "frozen_set_type": ("a list is due here", "write [a, b], or lines that begin with `- `"),
}


@dataclass(frozen=True)
class Flaw:
    """A problem before its file is named: `loc` is a path inside the data."""

    loc: Loc
    found: str
    rule: str
    remedy: str = ""

    def problem(self, where: str) -> Problem:
        """The same, with its place in words."""
        return Problem(where, self.found, self.rule, self.remedy)


def explain(error: ValidationError, model: Any, data: Any) -> Iterator[Flaw]:
    """Every flaw that pydantic found in `data`, in the order of its fields.

    Parameters
    ----------
    error : raised when `model` refused `data`
    model : the type validated against; gives the names that would have been valid
    data : mappings, lists and text
    """
    every = error.errors(include_url=False)
    for one in every:
        loc, cause = one["loc"], one.get("ctx", {}).get("error")
        if one["type"] == "too_short" and any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in every):
            continue  # it is short of what is refused in it
        if isinstance(cause, Broken | Breaches):
            for broken in cause.broken if isinstance(cause, Breaches) else (cause,):
                found = one["input"] if broken.found is None else broken.found
                yield Flaw(locate(data, (*loc, *broken.at)), said(found), broken.rule, broken.remedy)
        else:
            yield _flaw(one, loc, model, data)


def _flaw(one: ErrorDetails, loc: Loc, model: Any, data: Any) -> Flaw:
    kind, context = one["type"], one.get("ctx", {})
    if kind == "missing":
        return Flaw((*locate(data, loc[:-1]), loc[-1]), "nothing", f"`{loc[-1]}` is required here", f"add `{loc[-1]}:`")
    if kind == "extra_forbidden":
        key = said(loc[-1])
        return Flaw(locate(data, loc), f"`{key}:`", f"`{key}` is no key known here", nearest(key, names(model, loc[:-1])))
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        due = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
        key = str(context.get("discriminator", "")).strip("'")
        place = (*loc, key) if kind == "union_tag_invalid" and not key.endswith("()") else loc
        given = str(context.get("tag", one["input"]))
        rule = "one of " + ", ".join(f"`{name}`" for name in due) + " is due here"
        return Flaw(locate(data, place), said(given), rule, nearest(given, due))
    if kind == "union_tag_not_found":
        key = str(context.get("discriminator", "")).strip("'")
        return Flaw(locate(data, loc), said(one["input"]), f"`{key}` says which kind this is, and is required here", f"add `{key}:`")
    if kind == "too_short":
        return Flaw(locate(data, loc), said(one["input"]), f"{context['min_length']} or more are due here", "add what is missing")
    rule, remedy = WORDS.get(kind, (one["msg"].removeprefix("Value error, "), ""))
    if kind in {"model_type", "model_attributes_type"} and 0 < len(keys := names(model, loc)) <= 6:
        remedy = "write " + "{" + ", ".join(f"{key}: ..." for key in keys if key != "source") + "}"
    return Flaw(locate(data, loc), said(one["input"]), rule, remedy)


def said(value: Any) -> str:
    """A value as a message shows it, on one line and cut where it is long."""
    text = _flow(value)
    return text if len(text) <= 100 else f"{text[:80]}… ({len(text):,} characters)"


def _flow(value: Any, levels: int = 3) -> str:
    if not levels:
        return "…"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one, levels - 1)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one, levels - 1) for one in value) + "]"
    return "" if isinstance(value, BaseModel) else str(value)


def locate(data: Any, loc: Loc) -> Loc:
    """The part of pydantic's `loc` that exists in the data: tags of unions and names of unwritten wrappers fall out."""
    here: list[str | int] = []
    for part in loc:
        if isinstance(data, dict) and str(part) in data:
            here, data = [*here, str(part)], data[str(part)]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            here, data = [*here, part], data[part]
        elif isinstance(data, dict) and len(data) == 1:
            # The one-key mapping of a distribution: the key is no part of the model.
            key, inner = next(iter(data.items()))
            if isinstance(inner, dict) and str(part) in inner:
                here, data = [*here, key, str(part)], inner[str(part)]
    return tuple(here)


def names(model: Any, loc: Loc) -> list[str]:
    """Keys that the models at `loc` know."""
    types = [*_flat(model)]
    for part in loc:
        below = [found for _, one in types for found in _below(one, part)]
        types = below or [found for found in types if _answers(found, part)] or types
    return [field.alias or name for _, one in types if _is_model(one) for name, field in one.model_fields.items()]


def _is_model(one: Any) -> bool:
    return inspect.isclass(one) and issubclass(one, BaseModel)


def _flat(one: Any, tag: str = "") -> Iterator[tuple[str, Any]]:
    if get_origin(one) is Annotated:
        tag = next((mark.tag for mark in one.__metadata__ if isinstance(mark, Tag)), tag)
        yield from _flat(get_args(one)[0], tag)
    elif get_origin(one) in (Union, UnionType):
        for member in get_args(one):
            yield from _flat(member, tag)
    else:
        yield tag, one


def _below(one: Any, part: str | int) -> list[tuple[str, Any]]:
    if _is_model(one):
        return [found for name, field in one.model_fields.items() if part in (name, field.alias) for found in _flat(field.annotation)]
    origin, inner = get_origin(one), get_args(one)
    if origin in (dict, Mapping) and isinstance(part, str):
        return [*_flat(inner[1])]
    if origin in (list, tuple, set, frozenset) and isinstance(part, int):
        return [*_flat(inner[0])]
    return []


def _answers(found: tuple[str, Any], part: str | int) -> bool:
    tag, one = found
    kinds = [field.annotation for field in one.model_fields.values()] if _is_model(one) else []
    return part in (tag, getattr(one, "__name__", None)) or any(part in get_args(kind) for kind in kinds if get_origin(kind) is Literal)
