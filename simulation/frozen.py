"""What all models are made of: frozen, unknown keys refused, numbers with their source, names in both languages.

A number's source is the nearest ``source:`` on the way from the number to the top of the file.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Source = str | dict[str, str]


class Frozen(BaseModel):
    """Base of every model: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Frozen):
    """A model whose numbers may name their source, all together or field by field."""

    source: Source | None = None


class Title(Frozen):
    """A name in both languages."""

    en: str
    zh: str


class SourceEntry(Frozen):
    """Where numbers come from: a document, a register, a judgement somebody signs."""

    title: str
    basis: Literal["measured", "law", "document", "judgement", "choice"] = "document"
    """What a number from it rests on; what is judged or chosen is no evidence of how the world is."""
    address: str | None = None
    note: str | None = None
