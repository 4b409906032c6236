"""The change in words 修改对照表: every difference of two scenarios, in the reader's language, from old to new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel

from simulation.distributions import Law
from simulation.frozen import Title
from simulation.items import Step
from simulation.reforms.vocabulary import TABLES, VALUES, WORDS
from simulation.routes import predecessors
from simulation.scenario import Scenario
from simulation.units import WorkingDays

Language = Literal["en", "zh"]

SILENT = frozenset({"source", "sources", "name"})


def redline(before: Scenario, after: Scenario, language: Language = "en") -> list[str]:
    """Return one line for each difference between two scenarios, old -> new, with names in `language`.

    A difference is taken from the models, not from what edits say they do; what is not mentioned is the same.

    Example
    -------
    ``Item Trade licence (trade-licence), promised limit: 5 -> 3 working days``
    """
    lines: list[str] = []
    for room in ("centre", "world"):
        old, new = getattr(before, room), getattr(after, room)
        for field in type(old).model_fields:
            lines += _field(getattr(old, field), getattr(new, field), field, language)
    return lines


def _field(old: object, new: object, field: str, language: Language) -> Iterator[str]:
    if old == new or field in SILENT:
        return
    if isinstance(old, tuple) and isinstance(new, tuple) and all(isinstance(v, BaseModel) for v in (*old, *new)):
        yield from (_line(_word(field, language), v, None, language) for v in old if v not in new)
        yield from (_line(_word(field, language), None, v, language) for v in new if v not in old)
        return
    if field not in TABLES or not isinstance(old, dict) or not isinstance(new, dict):
        yield from (_line(*change, language) for change in _changes(old, new, _word(field, language), language))
        return
    for name in [*old, *(n for n in new if n not in old)]:
        who = f"{TABLES[field][language == 'zh']} {_named(name, new.get(name, old.get(name)), language)}"
        if name not in new:
            yield f"{who}: goes" if language == "en" else f"{who}：取消"
        elif name not in old:
            colon, words = (": ", "new") if language == "en" else ("：", "新增")
            yield f"{who}{colon}{words}{_summary(new[name], language)}"
        else:
            comma = ", " if language == "en" else "，"
            for part, a, b in _changes(old[name], new[name], "", language):
                yield _line(f"{who}{comma}{part}" if part else who, a, b, language)


def _changes(old: object, new: object, label: str, language: Language) -> Iterator[tuple[str, object, object]]:
    """Yield (label, old, new) of every smallest difference that a reader can understand alone."""
    if old == new:
        return
    if isinstance(old, Law | Title) or isinstance(new, Law) or not isinstance(old, BaseModel | dict) or type(old) is not type(new):
        yield label, old, new
        return
    olds, news = _members(old), _members(new)
    for key in [*olds, *(k for k in news if k not in olds)]:
        if key in SILENT or olds.get(key) == news.get(key):
            continue
        name = _word(key, language) if isinstance(old, BaseModel) else str(key)
        deeper = f"{label} {name}".strip()
        if key == "route":
            if (walked := _walk(old)) != (walks := _walk(new)):
                yield f"{label} {'route' if language == 'en' else '流程'}".strip(), walked, walks
            for n, (was, is_now) in _both(olds[key], news[key]).items():
                yield from _changes(was, is_now, f"{label} {'step' if language == 'en' else '环节'} {n}".strip(), language)
        else:
            yield from _changes(olds.get(key), news.get(key), deeper, language)


def _both(olds: dict[str, Step], news: dict[str, Step]) -> dict[str, tuple[Step, Step]]:
    """Return the steps that are in both routes, without their places: those are told by the walk."""
    blank = {"after": None}
    return {n: (olds[n].model_copy(update=blank), s.model_copy(update=blank)) for n, s in news.items() if n in olds}


def _members(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return {str(k): v for k, v in value.items()}
    return {n: getattr(value, n) for n in getattr(type(value), "model_fields", ())}


def _walk(item: object) -> str:
    """Return a route as it is walked: ``accept > inward > (a | b) > sign``, steps side by side in brackets."""
    left, layers = dict(predecessors(_members(item)["route"])), []
    while layer := [n for n, ps in left.items() if not any(p in left for p in ps)]:
        layers.append(layer[0] if len(layer) == 1 else f"({' | '.join(layer)})")
        left = {n: ps for n, ps in left.items() if n not in layer}
    return " > ".join(layers)


def _line(label: str, old: object, new: object, language: Language) -> str:
    unit = {"en": " working days", "zh": " 个工作日"}[language] if isinstance(new if new is not None else old, WorkingDays) else ""
    colon, arrow = (": ", " -> ") if language == "en" else ("：", " → ")
    return f"{label}{colon}{said(old, language)}{arrow}{said(new, language)}{unit}"


def _summary(value: object, language: Language) -> str:
    parts = [f"{_word(k, language)} {said(v, language)}" for k, v in _members(value).items() if k in _TOLD and v not in (None, (), {})]
    if "route" in _members(value):
        parts.append(_walk(value))
    return f" ({'; '.join(parts)})" if parts and language == "en" else f"（{'；'.join(parts)}）" if parts else ""


_TOLD = (
    "queues", "tide", "employer", "skills", "shift", "window", "pool", "case_class", "promise_wd", "legal_wd", "people", "lead", "items",
    "serves", "rules",
)  # fmt: skip


def said(value: object, language: Language = "en") -> str:
    """Return a value in words."""
    if value is None or value == () or value == {}:
        return "none" if language == "en" else "无"
    if isinstance(value, Title):
        return value.en if language == "en" else value.zh
    if isinstance(value, Law):
        body = value.body()
        inner = ", ".join(f"{k} {v}" for k, v in body.items()) if isinstance(body, dict) else str(body)
        return f"{value.name} {inner}"
    if isinstance(value, BaseModel):
        told = {k: v for k, v in _members(value).items() if k not in SILENT and v not in (None, ())}
        return ", ".join(f"{_word(k, language)} {said(v, language)}" for k, v in told.items())
    if isinstance(value, dict):
        return ", ".join(f"{k} {said(v, language)}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(said(v, language) for v in value)
    return VALUES.get(str(value), str(value)) if language == "zh" else str(value).replace("_", " ")


def _word(field: str, language: Language) -> str:
    en, zh = WORDS.get(field, (field.replace("_", " "), field))
    return zh if language == "zh" else en


def _named(name: str, value: object, language: Language) -> str:
    title = getattr(value, "title", None)
    if not isinstance(title, Title):
        return name
    return f"{title.en} ({name})" if language == "en" else f"{title.zh}（{name}）"
