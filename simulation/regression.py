"""Regression 回归: what an experiment or a scenario gave when it was last accepted, kept as readable text, and what it gives today.

The store is not asked: it knows our code, not the libraries'. What is kept is compared in `simulation.moved`.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, model_validator

from simulation.errors import Breaches, Broken, FileRefused, Problem, WorkerLost, nearest
from simulation.executor import executor
from simulation.expectations import LOOK
from simulation.experiment import Progress, Variant, calendar_for, until, with_days
from simulation.files import find, load_model, read, shown
from simulation.frozen import Frozen
from simulation.months import by_month, months
from simulation.scenario import Horizon
from simulation.units import Count, Factor, Share
from simulation.verbs import Settings, load, load_experiment, measures_named, prepared

if TYPE_CHECKING:
    from simulation.engines import Engine
    from simulation.log import EventLog
    from simulation.measures import Measure

ENDING = ".expected.yaml"
DIGITS = 10
"""Significant digits of a number that is kept."""
LIBRARIES = ("onewindow", "numpy", "scipy", "pandas")
PART = 5
"""Replications of one task."""
ALONE = Settings(workers=1)


@dataclass(frozen=True)
class Series:
    """One number for each replication, in order, written in one line: ``12.5 none 13``; `none` where nothing was to be measured.

    >>> str(Series.parse("12.50 none 3")), Series.of([1 / 3]).numbers
    ('12.5 none 3', (0.3333333333,))
    """

    numbers: tuple[float | None, ...]

    @classmethod
    def of(cls, numbers: Sequence[float | None]) -> Series:
        """Return numbers as a file keeps them."""
        return cls(tuple(None if x is None else float(f"{x:.{DIGITS}g}") + 0.0 for x in numbers))

    @classmethod
    def parse(cls, value: object) -> Series:
        """Read a line; raises `Broken`."""
        if isinstance(value, Series):
            return value
        words = value.split() if isinstance(value, str) else []
        wrong = [word for word in words if word != "none" and not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,60})?", word)]
        if wrong or not words:
            rule = "one number for each replication, in one line"
            raise Broken(rule, "write it like 12.5 none 13, without exponents", found=wrong[0] if wrong else None)
        return cls(tuple(None if word == "none" else float(word) for word in words))

    def __str__(self) -> str:
        return " ".join("none" if x is None else _numeral(x) for x in self.numbers)


def _numeral(x: float) -> str:
    text = format(Decimal(repr(x)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise Broken("a digest is sixteen hexadecimal digits", "let `onewindow regress --update` write it")
    return text


def _tolerance(share: Share) -> Share:
    if share < 1e-9:
        raise Broken(f"a tolerance is at least 0.000000001: numbers are kept with {DIGITS} digits", "write it like 0.000001")
    return share


Line = Annotated[Series, PlainValidator(Series.parse), PlainSerializer(str)]


class Run(Frozen):
    """What one scenario under one stress gave: each list and line holds one entry for each replication."""

    scenario: str
    stress: str = "none"
    digests: tuple[Annotated[str, AfterValidator(_digest)], ...]
    """First sixteen digits of the SHA-256 of each log."""
    counts: dict[str, Line]
    """Cases, events, and events by kind and outcome."""
    values: dict[str, Line]
    """Measures, in their own unit: of all cases (`trips`), and of a group where a headline asks for it (`lead_wd class:joint`)."""
    first: dict[str, Line] = Field(default_factory=dict)
    """What was accepted first, of measures that moved since within their margin (`--moved --update`): later moves are held against it."""


class Stated(Frozen):
    """What people write in `NAME.expected.yaml`: what is run, and how closely it must agree. What is found is not looked at here."""

    kind: Literal["expectations"]
    replications: Count
    seed: Count
    horizon: Horizon | None = None
    """That of the experiment or scenario when left out."""
    measures: tuple[str, ...] = ()
    """Of a scenario. An experiment names its own."""
    tolerance: Annotated[Share, AfterValidator(_tolerance)]
    """Part of a value by which it may differ from the value expected and still be equal."""
    margin: Share
    """With `--moved`: part of the value expected by which the mean may have moved."""
    margins: dict[str, Factor] = Field(default_factory=dict)
    """Margins of single measures instead, in the measure's own unit."""
    written_with: Any = None
    runs: Any = None


class Expectations(Stated):
    """The whole file: what is stated, and what it gave."""

    written_with: dict[str, str] = Field(default_factory=dict)
    runs: tuple[Run, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Expectations:
        n, wrong = int(self.replications), []
        if n == 0:
            wrong.append(Broken("at least one replication is run", "write it like 4", at=("replications",), found="0"))
        for k, run in enumerate(self.runs):
            lengths: dict[tuple[str, ...], int] = {("digests",): len(run.digests)}
            lengths |= {("counts", what): len(line.numbers) for what, line in run.counts.items()}
            lengths |= {("values", what): len(line.numbers) for what, line in run.values.items()}
            lengths |= {("first", what): len(line.numbers) for what, line in run.first.items()}
            for place, length in lengths.items():
                if length != n:
                    rule = f"one entry for each of the {n} replications"
                    wrong.append(Broken(rule, "write anew with --update", at=("runs", k, *place), found=f"{length} entries"))
            if any((run.scenario, run.stress) == (other.scenario, other.stress) for other in self.runs[:k]):
                wrong.append(Broken("a scenario under a stress stands once", "delete one", at=("runs", k), found=run.scenario))
        if wrong:
            raise Breaches(wrong)
        return self


@dataclass(frozen=True)
class Question:
    """What is run: variants, horizon, measures, and the (measure, group) whose values are kept; all groups of what has no sum of all."""

    name: str
    variants: tuple[Variant, ...]
    horizon: Horizon
    measures: tuple[Measure, ...]
    wanted: tuple[tuple[str, str], ...]


def subject(path: Path) -> Path:
    """Return the experiment or scenario that the file `NAME.expected.yaml` is about: `NAME.yaml` beside it, or of the library.

    Raises
    ------
    FileRefused : there is none; names the nearest
    """
    name = path.name.removesuffix(ENDING)
    beside = path.with_name(f"{name}.yaml")
    if beside.is_file():
        return beside
    try:
        return find(name, "experiments")
    except FileRefused as refused:
        try:
            return find(name, "baselines")
        except FileRefused:
            remedy = refused.problems[0].remedy
    rule = f"{path.name} is about {name}.yaml beside it, or about an experiment or a scenario of the library called {name}"
    raise FileRefused(Problem(shown(path), f"no {name}.yaml", rule, remedy))


def load_expectations(path: Path, anew: bool = False) -> Expectations:
    """Return the expectations in a file.

    Parameters
    ----------
    anew : they are to be written anew: what was found may be broken, or of other replications, and is then left out.

    Raises
    ------
    FileRefused : with every problem, measures that nobody knows included
    """
    try:
        expected = load_model(path, Expectations)
    except FileRefused:
        if not anew:
            raise
        expected = Expectations(**load_model(path, Stated).model_dump(exclude={"runs", "written_with"}))
    document = read(path)
    from simulation.measures import CATALOGUE

    named = [(("measures", k), name) for k, name in enumerate(expected.measures)] + [(("margins", name), name) for name in expected.margins]
    rule = "a measure of the catalogue"
    if wrong := [Problem(document.where(at), name, rule, nearest(name, CATALOGUE)) for at, name in named if name not in CATALOGUE]:
        raise FileRefused(wrong)
    return expected


def first_expectations(about: Path, seed: int | None = None, replications: int | None = None, days: int | None = None) -> Expectations:
    """Return expectations without runs: seed and pilot of the experiment unless stated.

    Of a scenario: seed 1, four replications, and the measures of every reform's own question.

    Parameters
    ----------
    days : measured window in working days, for a horizon of its own; that of the file when None.
    """
    experiment = load_experiment(about) if kind_of(about) == "experiment" else None
    own = (experiment and experiment.horizon) or load(about if experiment is None else experiment.baseline).horizon
    return Expectations(
        kind="expectations",
        replications=Count(replications or (4 if experiment is None else experiment.replications.pilot)),
        seed=Count(seed if seed is not None else (1 if experiment is None else experiment.seed)),
        horizon=None if days is None else with_days(own, days),
        measures=LOOK if experiment is None else (),
        tolerance=Share(0.000001),
        margin=Share(0.05),
    )


def kind_of(path: Path) -> str:
    """Return what a file says it is."""
    return str(read(path).data.get("kind", ""))


def question(about: Path, expected: Expectations) -> Question:
    """Return what `expected` runs of the experiment or scenario in the file `about`."""
    if kind_of(about) == "experiment":
        experiment = load_experiment(about)
        if expected.measures:
            rule = "the measures of an experiment are named in its own file"
            raise FileRefused(Problem(f"{about.stem}{ENDING}: measures", ", ".join(expected.measures), rule, "delete `measures:`"))
        if expected.horizon is not None:
            experiment = experiment.model_copy(update={"horizon": expected.horizon})
        variants, horizon = prepared(experiment, load(experiment.baseline), Settings())
        asked = [(h.measure, h.group) for h in experiment.headline]
        return _question(experiment.name, variants, horizon, experiment.measures, asked)
    scenario = load(about)
    moved, horizon = until(expected.horizon or scenario.horizon, scenario, None, None)
    return _question(scenario.name, [Variant(scenario.name, "none", moved)], horizon, expected.measures or LOOK, [])


def _question(
    name: str, variants: Sequence[Variant], horizon: Horizon, measures: Sequence[str], asked: Sequence[tuple[str, str]]
) -> Question:
    wanted = dict.fromkeys([*((one, "all") for one in measures), *asked])
    return Question(name, tuple(variants), horizon, tuple(measures_named(measures, f"{name}: measures")), tuple(wanted))


@dataclass(frozen=True)
class Look:
    """Some replications of one variant; a worker needs nothing else."""

    place: int
    variant: Variant
    horizon: Horizon
    seed: int
    replications: tuple[int, ...]
    measures: tuple[Measure, ...]
    wanted: tuple[tuple[str, str], ...]
    engine: Engine = "auto"

    def __str__(self) -> str:
        return f"scenario {self.variant.name}, stress {self.variant.stress}, seed {self.seed}, replications {self.replications}"


Seen = tuple[str, dict[str, int], dict[str, float | None]]
"""Of one replication: digest, counts, values."""


def observe(look: Look) -> list[Seen]:
    """Run the replications of `look` and return what is kept of each; this is what a worker does."""
    import pandas as pd

    from simulation.engines import replicate
    from simulation.measures import measure

    calendar = calendar_for(look.variant.scenario, look.horizon)
    plan, window_wd, found = look.variant.plan(calendar, look.horizon), int(look.horizon.window_wd), []
    by_name = {m.name: m for m in look.measures}
    for replication in look.replications:
        log = replicate(plan, look.seed, replication, look.engine)
        rows = measure(log, look.measures)
        if look.variant.dated and months(window_wd):
            rows = pd.concat([rows, *by_month(log, look.measures, calendar, plan.window, window_wd)])
        values: dict[str, float | None] = {}
        summed = set(rows["measure"][rows["group"] == "all"])
        for row in rows.to_dict("records"):
            if (row["measure"], row["group"]) in look.wanted or row["measure"] not in summed:
                values[_what(row["measure"], row["group"])] = by_name[row["measure"]].value(row["total"], row["n"], row["values"])
        found.append((log.digest()[:16], _counts(log), values))
    return found


def _what(measure: str, group: str) -> str:
    return measure if group == "all" else f"{measure} {group}"


def _counts(log: EventLog) -> dict[str, int]:
    rows = zip(log.events["kind"], log.events["outcome"], strict=True)
    return {"cases": len(log.cases), "events": len(log.events)} | Counter(f"{kind} {outcome}" for kind, outcome in rows)


def observed(asked: Question, expected: Expectations, settings: Settings = ALONE) -> list[Run]:
    """Run `asked` with the seed and replications of `expected`; the first error of a worker is raised after all others are done.

    Parameters
    ----------
    settings : where it runs, by which engine, and who is told of it; nothing else of them is looked at.
    """
    n = int(expected.replications)
    parts = [tuple(range(k, min(n, k + PART))) for k in range(0, n, PART)]
    looks = [
        Look(place, variant, asked.horizon, int(expected.seed), part, asked.measures, asked.wanted, settings.engine)
        for part in parts
        for place, variant in enumerate(asked.variants)
    ]
    seen: dict[tuple[int, int], Seen] = {}
    failed: list[tuple[Look, BaseException]] = []
    for look, answer in executor(settings.on, settings.workers)(observe, looks):
        if isinstance(answer, BaseException):
            failed.append((look, answer))
            continue
        seen |= {(look.place, number): one for number, one in zip(look.replications, answer, strict=True)}
        if settings.progress is not None:
            settings.progress(Progress(len(seen), n * len(asked.variants), 0))
    if lost := sorted(str(look) for look, error in failed if isinstance(error, WorkerLost)):
        raise WorkerLost(lost, "every worker that tried these runs died (most often: too little memory for so many at once)", "")
    if failed:
        raise failed[0][1]
    return [_run(variant, [seen[place, k] for k in range(n)]) for place, variant in enumerate(asked.variants)]


def _run(variant: Variant, seen: list[Seen]) -> Run:
    counted = dict.fromkeys(["cases", "events", *sorted({name for _, counts, _ in seen for name in counts})])
    measured = dict.fromkeys(what for _, _, values in seen for what in values)
    return Run(
        scenario=variant.name,
        stress=variant.stress,
        digests=tuple(digest for digest, _, _ in seen),
        counts={name: Series.of([counts.get(name, 0) for _, counts, _ in seen]) for name in counted},
        values={what: Series.of([values.get(what) for _, _, values in seen]) for what in measured},
    )


def versions() -> dict[str, str]:
    """Return the versions that a number could depend on."""
    return {"python": ".".join(platform.python_version_tuple()[:2])} | {name: version(name) for name in LIBRARIES}
