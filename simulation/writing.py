"""A model as YAML that a person can read, and that reads back as an equal model."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any, Literal, get_origin

from pydantic import BaseModel

from simulation.distributions import Law
from simulation.text import seen

# Words and figures that some YAML reader takes for something other than text.
ODD = re.compile(
    r"(?i)(true|false|yes|no|on|off|y|n|null|none|nan|inf)"
    r"|[\W\d_].*|.*[^\w\-./()+,%;&'，。、：；（）“”《》·—–… ].*|.*( |  .*)"
)


def dump(model: BaseModel) -> str:
    """YAML text that reads back as an equal model: block style, optional fields at their default left out."""
    plain = _plain(model)
    if "kind" in plain:
        plain = {"kind": plain.pop("kind"), "schema": int(plain.pop("schema", 1)), **plain}
    return "".join(f"{line}\n" for line in _lines(plain, 0))


def _plain(value: Any) -> Any:
    if isinstance(value, Law):
        return {value.name: _plain(value.body())}
    if isinstance(value, BaseModel):
        if type(value).__pydantic_decorators__.model_serializers:
            return value.model_dump(mode="json", by_alias=True, exclude_none=True)
        fields = {name: field.alias or name for name, field in type(value).model_fields.items()}
        return {key: _plain(getattr(value, name)) for name, key in fields.items() if _written(value, name)}
    if isinstance(value, Mapping):
        return {_plain(key): _plain(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if value is None:
        raise TypeError("None has no text: leave the entry out")
    return value


def _written(model: BaseModel, name: str) -> bool:
    field, value = type(model).model_fields[name], getattr(model, name)
    if field.is_required() or get_origin(field.annotation) is Literal:
        return True
    return bool(value != field.get_default(call_default_factory=True))


def _lines(value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    pairs = ((f"{_scalar(key)}:", one) for key, one in value.items()) if isinstance(value, dict) else (("-", one) for one in value)
    for head, one in pairs:
        if isinstance(one, dict | list) and one:
            below = list(_lines(one, indent + 2))
            if head == "-":
                yield f"{pad}- {below.pop(0)[indent + 2 :]}"
            else:
                yield f"{pad}{head}"
            yield from below
        elif isinstance(one, str) and "\n" in one and all(line and line == line.strip() and seen(line) for line in one.split("\n")):
            yield f"{pad}{head} |-"
            yield from (f"{pad}  {line}" for line in one.split("\n"))
        else:
            yield f"{pad}{head} {_scalar(one)}"


def _scalar(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, date) else str(value)
    return value if value and not ODD.fullmatch(value) and seen(value) else _quoted(value)


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(c) or (c if seen(c) else f"\\U{ord(c):08x}") for c in text) + '"'
