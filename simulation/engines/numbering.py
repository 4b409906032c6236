"""Texts, lists and laws of chance by number, as the kernel's tables name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.distributions import Constant, Discrete, Distribution, Empirical, Erlang, Exponential, Gamma, Lognormal, Uniform
from simulation.engines.chance import CONSTANT, DISCRETE, EMPIRICAL, EXPONENTIAL, GAMMA_LAW, LOGNORMAL, UNIFORM


@dataclass
class Labels:
    """Texts by number; 0 is none."""

    names: list[str]
    place: dict[str, int]

    @classmethod
    def of(cls, names: tuple[str, ...]) -> Labels:
        return cls(list(names), {name: n for n, name in enumerate(names)})

    def number(self, name: str) -> int:
        if name not in self.place:
            self.place[name] = len(self.names)
            self.names.append(name)
        return self.place[name]


@dataclass
class Lists:
    """Lists of whole numbers end to end."""

    numbers: list[int]

    def add(self, values: Any) -> tuple[int, int]:
        """Return where a list begins, and how long it is."""
        first = len(self.numbers)
        self.numbers += map(int, values)
        return first, len(self.numbers) - first


@dataclass
class Laws:
    """Laws of chance by number, their parameters end to end."""

    rows: list[tuple[int, int, int]]
    parameters: list[float]
    place: dict[str, int]

    def number(self, law: Distribution | None) -> int:
        if law is None:
            return -1
        if (name := repr(law)) not in self.place:
            self.place[name] = len(self.rows)
            kind, n, values = _law(law)
            self.rows.append((kind, len(self.parameters), n))
            self.parameters += values
        return self.place[name]


def _law(law: Distribution) -> tuple[int, int, list[float]]:
    if isinstance(law, Lognormal):
        return LOGNORMAL, 2, [*law._parameters()]
    if isinstance(law, Constant):
        return CONSTANT, 1, [float(law.value)]
    if isinstance(law, Exponential):
        return EXPONENTIAL, 1, [float(law.average)]
    if isinstance(law, Gamma):
        shape = float(law.variation) ** -2
        return GAMMA_LAW, 2, [shape, float(law.average) / shape]
    if isinstance(law, Erlang):
        return GAMMA_LAW, 2, [float(law.k), float(law.average) / float(law.k)]
    if isinstance(law, Uniform):
        return UNIFORM, 2, [float(law.low), float(law.high)]
    if isinstance(law, Empirical):
        return EMPIRICAL, len(law.quantiles), [*map(float, law.quantiles), *map(float, law.quantiles.values())]
    assert isinstance(law, Discrete)
    values = sorted(law.shares)
    return DISCRETE, len(values), [*np.cumsum([float(law.shares[v]) for v in values]).tolist(), *map(float, values)]
