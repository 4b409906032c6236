"""Scenario: one frozen, complete description of a centre, of the world around it, and of where each number comes from.

A reform edits ``Centre``, a stress edits ``World``; nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from simulation.centre import Centre
from simulation.frozen import Sourced, SourceEntry, Title
from simulation.units import Count, Day, Number, WorkingDays
from simulation.world import World


class Horizon(Sourced):
    """Working days of warm-up, measured window and run-out."""

    warm_up_wd: WorkingDays
    window_wd: WorkingDays
    run_out_wd: WorkingDays


class Scenario(Sourced):
    """One complete description; see the module."""

    kind: Literal["scenario"]
    schema_: Literal["1"] = Field(alias="schema")
    name: str
    title: Title
    zone: str = "Asia/Shanghai"
    calendar: str = "cn"
    assume_years: tuple[Count, ...] = ()
    start: Day
    horizon: Horizon
    sources: dict[str, SourceEntry] = Field(default={})
    centre: Centre
    world: World

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def seasoned(scenario: Scenario) -> Scenario:
    """Return `scenario` when everybody is used to it: training done, mergers digested. What fades has faded."""
    staff = {
        n: s if s.training is None else s.model_copy(update={"training": None, "wrong_acceptance": type(s.wrong_acceptance)(0)})
        for n, s in scenario.centre.staff.items()
    }
    pools = {n: p if p.dip is None else p.model_copy(update={"dip": None}) for n, p in scenario.centre.pools.items()}
    return scenario.model_copy(update={"centre": scenario.centre.model_copy(update={"staff": staff, "pools": pools})})


def evidence(model: BaseModel, path: str = "", inherited: str | None = None) -> Iterator[tuple[str, Number, str | None]]:
    """Yield ``(path, number, source)`` for every number below `model` that its author wrote; source None when none is named."""
    own = getattr(model, "source", None)
    for name in model.model_fields_set:
        if name in ("source", "sources"):
            continue
        source = own.get(name, own.get("*", inherited)) if isinstance(own, dict) else own or inherited
        yield from _below(getattr(model, name), f"{path}.{name}".lstrip("."), source)


def _below(value: object, path: str, source: str | None) -> Iterator[tuple[str, Number, str | None]]:
    if isinstance(value, Number):
        yield path, value, source
    elif isinstance(value, BaseModel):
        yield from evidence(value, path, source)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _below(member, f"{path}.{key}", source)
    elif isinstance(value, tuple):
        for k, member in enumerate(value):
            yield from _below(member, f"{path}.{k}", source)
