"""Laws of chance as the files write them: one key, the law's name, over its parameters.

``{lognormal: {median: 12 min, sigma: 0.5}}``, ``{exponential: {mean: 8 min}}``, ``{gamma: {mean: 8 min, cv: 0.4}}``,
``{erlang: {k: 3, mean: 9 min}}``, ``{uniform: {low: 2 min, high: 6 min}}``, ``{constant: 5 min}``,
``{empirical: {0: 2 min, 0.5: 9 min, 1: 60 min}}``, ``{discrete: {1: 0.7, 2: 0.2, 3: 0.1}}``.

Every draw is one uniform through `ppf`, so that the same citizen keeps the same luck under every reform. Continuous
laws are in seconds; `Discrete` is over whole numbers without unit.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from simulation.errors import Broken, nearest
from simulation.units import Count, Duration, Factor, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


WIDEST = 5.0
"""Sigma at which one time in forty is above eighteen thousand medians."""


class Law(BaseModel):
    """A law of chance: frozen parameters and its inverse distribution function."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str]
    scalar: ClassVar[str | None] = None
    """The one field that the file writes without its name, as in ``{constant: 5 min}``."""

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: Any) -> Any:
        if not isinstance(value, dict) or [*value] != [cls.name]:
            return value
        inner = value[cls.name]
        if cls.scalar is not None:
            return {cls.scalar: inner}
        if not isinstance(inner, dict):
            raise Broken(f"{cls.name} has named parameters", "write them as " + ", ".join(f"`{name}:`" for name in cls.parameters()))
        return inner

    @classmethod
    def parameters(cls) -> list[str]:
        """Names of the parameters as the file writes them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    def body(self) -> Any:
        """What stands below the name: the typed parameters that were given, or the one that is written without its name."""
        given = {field.alias or name: getattr(self, name) for name, field in type(self).model_fields.items()}
        return given[self.scalar] if self.scalar else {key: value for key, value in given.items() if value is not None}

    @model_serializer
    def written(self) -> dict[str, Any]:
        """The mapping that the file holds, as text; reads back as an equal law."""
        body = self.body()
        return {self.name: {str(key): str(value) for key, value in body.items()} if isinstance(body, dict) else str(body)}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        inner = handler.resolve_ref_schema(handler(schema))
        body = inner["properties"][cls.scalar] if cls.scalar else inner
        return {"type": "object", "properties": {cls.name: body}, "required": [cls.name], "additionalProperties": False}

    def ppf(self, u: Floats) -> Floats:
        """Inverse distribution function.

        Parameters
        ----------
        u : float64 in (0, 1), any shape

        Returns
        -------
        float64 of the same shape: seconds, or whole numbers for `Discrete`
        """
        raise NotImplementedError

    def mean(self) -> float:
        """Expected value, in the unit of `ppf`."""
        raise NotImplementedError

    def cv(self) -> float:
        """Standard deviation over mean; 0 where the mean is 0."""
        raise NotImplementedError


class Lognormal(Law):
    """exp(N(ln median, sigma²)), from `median` or `mean` and `sigma` or `cv`; cv² = exp(sigma²) - 1."""

    name = "lognormal"
    median: Duration | None = None
    average: Duration | None = Field(None, alias="mean")
    sigma: Factor | None = None
    variation: Factor | None = Field(None, alias="cv")

    @model_validator(mode="after")
    def _one_of_each(self) -> Lognormal:
        if (self.median is None) == (self.average is None) or (self.sigma is None) == (self.variation is None):
            raise Broken("lognormal has one of `median` and `mean`, and one of `sigma` and `cv`", "write {median: 12 min, sigma: 0.5}")
        if self._parameters()[1] > WIDEST:
            widest = math.sqrt(math.expm1(WIDEST**2))
            raise Broken(f"a lognormal has a sigma of {WIDEST:g} at most, or a cv of {widest:,.0f}", "write one like 0.5")
        if self.median == 0 or self.average == 0:
            raise Broken("the median or mean of a lognormal is greater than 0", "write {constant: 0 s} for no time at all")
        return self

    def _parameters(self) -> tuple[float, float]:
        sigma = math.sqrt(math.log1p(self.variation**2)) if self.variation is not None else float(self.sigma or 0)
        if self.median is not None:
            return float(self.median), sigma
        return float(self.average or 0) * math.exp(-(sigma**2) / 2), sigma

    def ppf(self, u: Floats) -> Floats:
        import numpy as np
        from scipy.special import ndtri

        median, sigma = self._parameters()
        return np.asarray(median * np.exp(sigma * ndtri(u)), dtype=np.float64)

    def mean(self) -> float:
        median, sigma = self._parameters()
        return median * math.exp(sigma**2 / 2)

    def cv(self) -> float:
        return math.sqrt(math.expm1(self._parameters()[1] ** 2))


class Exponential(Law):
    """Memoryless time with the mean given."""

    name = "exponential"
    average: Duration = Field(alias="mean")

    def ppf(self, u: Floats) -> Floats:
        import numpy as np

        return np.asarray(-float(self.average) * np.log1p(-u), dtype=np.float64)

    def mean(self) -> float:
        return float(self.average)

    def cv(self) -> float:
        return 1.0 if self.average else 0.0


class Gamma(Law):
    """Gamma time with the mean and the coefficient of variation given; shape 1/cv²."""

    name = "gamma"
    average: Duration = Field(alias="mean")
    variation: Factor = Field(alias="cv")

    def ppf(self, u: Floats) -> Floats:
        return _gamma(u, float(self.variation) ** -2, float(self.average))

    def mean(self) -> float:
        return float(self.average)

    def cv(self) -> float:
        return float(self.variation) if self.average else 0.0


class Erlang(Law):
    """Sum of `k` exponential phases with the mean given in all; cv = 1/sqrt(k)."""

    name = "erlang"
    k: Count
    average: Duration = Field(alias="mean")

    @model_validator(mode="after")
    def _has_a_phase(self) -> Erlang:
        if self.k < 1:
            raise Broken("erlang has at least one phase", "write k: 1 or more", at=("k",), found=self.k)
        return self

    def ppf(self, u: Floats) -> Floats:
        return _gamma(u, float(self.k), float(self.average))

    def mean(self) -> float:
        return float(self.average)

    def cv(self) -> float:
        return float(self.k) ** -0.5 if self.average else 0.0


def _gamma(u: Floats, shape: float, mean: float) -> Floats:
    import numpy as np
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(shape, u) * (mean / shape), dtype=np.float64)


class Uniform(Law):
    """Any time from `low` to `high`, all alike."""

    name = "uniform"
    low: Duration
    high: Duration

    @model_validator(mode="after")
    def _in_order(self) -> Uniform:
        if float(self.low) > float(self.high):
            raise Broken("`low` is at most `high`", "exchange the two", at=("low",), found=self.low)
        return self

    def ppf(self, u: Floats) -> Floats:
        import numpy as np

        return np.asarray(float(self.low) + u * (float(self.high) - float(self.low)), dtype=np.float64)

    def mean(self) -> float:
        return (float(self.low) + float(self.high)) / 2

    def cv(self) -> float:
        return (float(self.high) - float(self.low)) / math.sqrt(12) / self.mean() if self.high else 0.0


class Constant(Law):
    """Always the same time."""

    name = "constant"
    scalar = "value"
    value: Duration

    def ppf(self, u: Floats) -> Floats:
        import numpy as np

        return np.full(np.shape(u), float(self.value))

    def mean(self) -> float:
        return float(self.value)

    def cv(self) -> float:
        return 0.0


class Empirical(Law):
    """Quantiles as measured, straight lines between them; the first at 0, the last at 1."""

    name = "empirical"
    scalar = "quantiles"
    quantiles: dict[Share, Duration]

    @model_validator(mode="after")
    def _climbs_from_0_to_1(self) -> Empirical:
        shares, times = [*self.quantiles], [*self.quantiles.values()]
        if len(shares) < 2 or shares[0] != 0 or shares[-1] != 1:
            raise Broken("empirical gives quantiles from 0 to 1", "write {0: 2 min, 0.5: 9 min, 1: 60 min}")
        if any(a >= b for a, b in pairwise(shares)) or any(float(a) > float(b) for a, b in pairwise(times)):
            raise Broken("quantiles climb: each share is greater than the one before, and no time less", "put them in order")
        return self

    def ppf(self, u: Floats) -> Floats:
        import numpy as np

        return np.asarray(np.interp(u, [*map(float, self.quantiles)], [*map(float, self.quantiles.values())]), dtype=np.float64)

    def _pieces(self) -> list[tuple[float, float, float]]:
        return [(float(q - p), float(a), float(b)) for (p, a), (q, b) in pairwise(self.quantiles.items())]

    def mean(self) -> float:
        return math.fsum(weight * (a + b) / 2 for weight, a, b in self._pieces())

    def cv(self) -> float:
        mean = self.mean()
        square = math.fsum(weight * ((a - mean) ** 2 + (a - mean) * (b - mean) + (b - mean) ** 2) / 3 for weight, a, b in self._pieces())
        return math.sqrt(square) / mean if mean else 0.0


class Discrete(Law):
    """Whole numbers (working days, files a ticket) with their shares, which sum to 1."""

    name = "discrete"
    scalar = "shares"
    shares: dict[Count, Share]

    @model_validator(mode="after")
    def _sums_to_one(self) -> Discrete:
        total = math.fsum(self.shares.values())
        if abs(total - 1) > 1e-9:
            raise Broken("the shares of a discrete law sum to 1", f"they sum to {total:.10g}")
        return self

    def ppf(self, u: Floats) -> Floats:
        import numpy as np

        values = sorted(self.shares)
        climb = np.cumsum([float(self.shares[value]) for value in values])
        # Rounding may leave the last step a hair under 1; a uniform above it still belongs to the last value.
        index = np.minimum(np.searchsorted(climb, u, side="left"), len(values) - 1)
        return np.asarray([*map(float, values)], dtype=np.float64)[index]

    def mean(self) -> float:
        return math.fsum(value * share for value, share in self.shares.items())

    def cv(self) -> float:
        mean = self.mean()
        square = math.fsum((value - mean) ** 2 * share for value, share in self.shares.items())
        return math.sqrt(square) / mean if mean else 0.0


LAWS: dict[str, type[Law]] = {law.name: law for law in (Lognormal, Exponential, Gamma, Erlang, Uniform, Constant, Empirical, Discrete)}


def _shape(value: Any) -> Any:
    example = "{lognormal: {median: 12 min, sigma: 0.5}}"
    if isinstance(value, Law):
        return value
    if isinstance(value, str):
        raise Broken("a distribution is a law's name over its parameters", f"write {example}, or {{constant: …}} for a fixed time")
    if not isinstance(value, dict) or len(value) != 1:
        raise Broken("a distribution is one law's name over its parameters", f"write it like {example}")
    name = str(next(iter(value)))
    if name not in LAWS:
        raise Broken(f"`{name}` is not a law of chance", nearest(name, LAWS), at=(name,), found=name)
    return value


def _name(value: Any) -> str:
    return value.name if isinstance(value, Law) else str(next(iter(value)))


Distribution = Annotated[
    Annotated[Lognormal, Tag("lognormal")]
    | Annotated[Exponential, Tag("exponential")]
    | Annotated[Gamma, Tag("gamma")]
    | Annotated[Erlang, Tag("erlang")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[Constant, Tag("constant")]
    | Annotated[Empirical, Tag("empirical")]
    | Annotated[Discrete, Tag("discrete")],
    Discriminator(_name),
    BeforeValidator(_shape),
]
"""Any of them."""


def _time(law: Law) -> Law:
    if isinstance(law, Discrete):
        raise Broken("a time has a unit, and `discrete` is over whole numbers without one", "write {constant: 5 min} or {empirical: ...}")
    return law


def _whole(law: Law) -> Law:
    if not isinstance(law, Discrete):
        rule = "working days and files are whole numbers without unit, so their law is `discrete`"
        raise Broken(rule, "write {discrete: {1: 0.7, 2: 0.3}}")
    return law


Times = Annotated[Distribution, AfterValidator(_time)]
"""A law of how long something takes."""
Whole = Annotated[Distribution, AfterValidator(_whole)]
"""A law of working days, or of files a ticket."""
