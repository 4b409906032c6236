"""What `onewindow kinds` prints: the kinds of edits and of problem files with their fields, all of it read from their models."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from inspect import cleandoc, getsource
from itertools import pairwise
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from simulation.distributions import Law
from simulation.errors import InputRefused, Problem, nearest
from simulation.reforms import Change, Strain
from simulation.units import Number
from workbench.language import heading

KINDS: dict[str, type[BaseModel]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for union in (Change, Strain) for model in get_args(get_args(union)[0])
}
"""The model of every kind of edit by its name in files; those of stresses come last."""
ATTRIBUTES = "Attributes\n----------"
SOURCE = "Where the numbers beside it come from: a name of `sources`, or one for each key."


def described(name: str | None) -> Iterator[str]:
    """Yield a line for each kind of edit and of problem file; or what one kind is, its fields and those of its parts."""
    from optimization.problem import MODELS, model_of

    if name is None:
        listed = {**KINDS, **{kind: model_of(kind) for kind in MODELS}}
        yield from (f"{kind:<18}  {_doc(model)[0]}" for kind, model in listed.items())
        return
    if name not in KINDS and name not in MODELS:
        raise InputRefused(Problem("kinds", name, "a kind of edit, or of problem file", nearest(name, [*KINDS, *MODELS])))
    first: type[BaseModel] = KINDS[name] if name in KINDS else model_of(name)
    yield from _doc(first)
    models = [first]
    for model in models:
        if model is not first:
            yield "\n".join(["", f"{model.__name__}: {_doc(model)[0]}", *(_doc(model)[1:] if name in MODELS else ())])
        else:
            yield "\nFields"
        notes = _notes(model)
        for key, field in model.model_fields.items():
            value = field.get_default(call_default_factory=True)
            default = "required" if field.is_required() else left_out(value)
            said = notes.get(key) or next((_doc(part)[0] for part in _parts(field.annotation) if part not in KINDS.values()), "")
            yield "\n      ".join([f"  {field.alias or key}: {typed(field.annotation)}; {default}", *said.splitlines()])
            parts = [part for part in _parts(field.annotation) if part not in models]
            models += dict.fromkeys(part for part in parts if name in KINDS or part not in KINDS.values())


def left_out(value: object) -> str:
    """Return what stands where a key with this default is left out.

    >>> left_out(None), left_out(()), left_out(("a", "b")), left_out(0)
    ('may be left out', 'empty when left out', '[a, b] when left out', '0 when left out')
    """
    if value is None:
        return "may be left out"
    if isinstance(value, BaseModel):
        return "as told below when left out"
    if isinstance(value, tuple | dict) and not value:
        return "empty when left out"
    return f"{'[' + ', '.join(map(str, value)) + ']' if isinstance(value, tuple) else value} when left out"


def typed(hint: Any) -> str:
    """Return a type as a planner writes its value: ``{name: [text, ..]}``."""
    origin, inner = get_origin(hint), [one for one in get_args(hint) if one not in (NoneType, ...)]
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in inner)
    if origin is dict:
        return f"{{name: {typed(inner[1])}}}"
    if origin is tuple:
        return f"[{typed(inner[0])}, ..]"
    if len(inner) > 1 and all(one in KINDS.values() for one in inner):
        return "an edit, of a kind that `onewindow kinds` lists"
    if inner:
        return typed(inner[0]) if origin is Annotated else " or ".join(dict.fromkeys(map(typed, inner)))
    if issubclass(hint, Law):
        return "a law of times like {constant: 12 min (9..15)}"
    return f"{hint.noun} like {hint.example}" if issubclass(hint, Number) else {str: "text", bool: "true or false"}.get(hint, hint.__name__)


def _doc(model: type[BaseModel]) -> list[str]:
    """Return the lines of a model's docstring, without what it says of its fields: that stands beside each (`_notes`)."""
    return cleandoc(model.__doc__ or "").partition(f"\n\n{ATTRIBUTES}")[0].splitlines()


def _parts(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel) and not issubclass(hint, Law):
        yield hint
    yield from (part for one in get_args(hint) for part in _parts(one))


def _notes(model: type[BaseModel]) -> dict[str, str]:
    """Return what a model and those it comes from say of each field: in the section of attributes, or in a docstring under it."""
    found = {"source": SOURCE}
    for part in (one for one in reversed(model.__mro__) if issubclass(one, BaseModel) and one is not BaseModel):
        said = cleandoc(part.__doc__ or "").partition(f"{ATTRIBUTES}\n")[2]
        for names, text in re.findall(r"^(\w+(?:, \w+)*) : (.*(?:\n    .*)*)", said, re.M):
            found |= dict.fromkeys(names.split(", "), heading("\n".join(line.strip() for line in text.splitlines())))
        body = getattr(ast.parse(getsource(part)).body[0], "body", [])
        pairs = [(row.target, low.value) for row, low in pairwise(body) if isinstance(row, ast.AnnAssign) and isinstance(low, ast.Expr)]
        found |= {ast.unparse(name): cleandoc(str(ast.literal_eval(text))) for name, text in pairs}
    return found
