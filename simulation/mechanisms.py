"""Register of mechanisms 机制登记表: the 51 mechanisms of good administration that the essay names, and how each is represented.

What the register expects is the essay's claim and is only reported; a surprise is a finding. (What the author of a reform file claims is
another thing, see `simulation.expectations`.) How it is measured and judged: `simulation.ablation`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from simulation.errors import Breaches, Broken, FileRefused, Problem, nearest
from simulation.experiment import Experiment, Replications
from simulation.files import load_model
from simulation.frozen import Frozen, Sourced, Title
from simulation.reforms import Reform
from simulation.units import Count, Share

Form = Literal["reform", "rule", "measure", "check", "gate", "not_yet"]

NUMBER = 51
FULL = 10
"""Replications of the full measurement; its window is the baseline's own, four weeks."""


class Mechanism(Frozen):
    """One row of the register."""

    id: str
    english: str
    chinese: str
    form: tuple[Form, ...]
    """How it is represented; several where it is, say, both a reform and a measure."""
    edits: tuple[str, ...] = ()
    """Kinds of edits in its reform."""
    reform: str | None = None
    """Stem of the file that switches it on."""
    measure: str | None = None
    group: str = "all"
    expected: Literal["lower", "higher", "none"]
    """Which way the essay expects `measure` to go; none where it names no direction."""
    why: Title
    assumes: Title | None = None
    misses: Title
    """What it does not capture; of a row that is not represented yet, what is missing."""

    @model_validator(mode="after")
    def _holds_together(self) -> Mechanism:
        broken = []
        if not self.form or len(set(self.form)) < len(self.form):
            broken.append(Broken("a mechanism is represented in one way or more, each named once", "see `form`", ("form",), str(self.form)))
        if "not_yet" in self.form and (len(self.form) > 1 or self.reform is not None):
            broken.append(Broken("what is not represented yet is represented in no other way", "leave `reform` out", ("form",), "not_yet"))
        if ("reform" in self.form) != (self.reform is not None):
            broken.append(Broken("form `reform` and a reform file go together", "name both or neither", ("form",), str(self.form)))
        if self.reform is not None and (self.measure is None or self.expected == "none" or not self.edits):
            rule = "a reform is shown by a measure, in a direction, and has edits"
            broken.append(Broken(rule, "state all three", ("reform",), self.reform))
        if "not_yet" not in self.form and self.assumes is None:
            broken.append(Broken("what is represented assumes something", "state `assumes`", ("id",), self.id))
        if broken:
            raise Breaches(broken)
        return self


class Pair(Frozen):
    """Two reforms whose effects may not add up (domain.md 9.4)."""

    id: str
    english: str
    chinese: str
    reforms: tuple[str, str]
    """Stems, adopted in this order."""
    measure: str
    group: str = "all"
    misses: Title

    @property
    def bundle(self) -> str:
        """The name of both together in an experiment."""
        return "+".join(self.reforms)


class Register(Sourced):
    """The file ``scenarios/mechanisms.yaml``."""

    kind: Literal["mechanisms"]
    schema_: Literal["1"] = Field("1", alias="schema")
    baseline: str
    smallest: Share
    """Smallest effect of interest, as a share of today's value of a measure."""
    mechanisms: tuple[Mechanism, ...]
    pairs: tuple[Pair, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Register:
        due = [f"S{k:02}" for k in range(1, NUMBER + 1)]
        if (ids := [m.id for m in self.mechanisms]) != due:
            wrong = next((a for a, b in zip([*ids, "nothing"], due, strict=False) if a != b), ids[-1])
            raise Broken(f"the register has S01 to S{NUMBER}, each once and in order", "add or move the row", ("mechanisms",), wrong)
        return self

    def switched(self) -> tuple[Mechanism, ...]:
        """Return the mechanisms that a reform file switches on."""
        return tuple(m for m in self.mechanisms if m.reform is not None)

    def rows(self) -> tuple[Mechanism | Pair, ...]:
        """Return what is measured: the mechanisms switched on by a file, and the pairs."""
        return (*self.switched(), *self.pairs)


def register_path() -> Path:
    """Return where the register is."""
    return Path(str(files("scenarios").joinpath("mechanisms.yaml")))


def load_register(path: Path | None = None) -> Register:
    """Return the register.

    Raises
    ------
    FileRefused
        With every problem of the file.
    """
    return load_model(path or register_path(), Register)


def misfits(register: Register, reform_of: Callable[[str], Reform]) -> list[Problem]:
    """Return where the register contradicts the reform files and the catalogue of measures.

    Parameters
    ----------
    reform_of : loads a reform by stem.
    """
    from simulation.measures import CATALOGUE

    found = []
    rows: tuple[Mechanism | Pair, ...] = (*register.mechanisms, *register.pairs)
    for row in rows:
        where = f"mechanism {row.id}"
        if row.measure is not None and row.measure not in CATALOGUE:
            found.append(Problem(f"{where}: measure", row.measure, "a measure of the catalogue", nearest(row.measure, CATALOGUE)))
        elif row.measure is not None and "quantile" in CATALOGUE[row.measure].kind:
            found.append(Problem(f"{where}: measure", row.measure, "a mean, share, ratio, rate or count", "choose one that adds up"))
        for stem in row.reforms if isinstance(row, Pair) else [row.reform]:
            if stem is None:
                continue
            try:
                reform = reform_of(stem)
            except FileRefused as refused:
                found += [Problem(f"{where}: {p.where}", p.found, p.rule, p.remedy) for p in refused.problems]
                continue
            if reform.baseline != register.baseline:
                rule = f"its reform is one of the register's baseline, `{register.baseline}`"
                found.append(Problem(f"{where}: reform {stem}", reform.baseline, rule, "name another"))
            if isinstance(row, Mechanism) and (kinds := {e.kind for e in reform.edits}) != set(row.edits):
                found.append(Problem(f"{where}: edits", str(sorted(row.edits)), "the kinds of edits in its file", f"write {sorted(kinds)}"))
    return found


def ablation(register: Register, only: Collection[str] = ()) -> Experiment:
    """Return the experiment that tries each mechanism's reform alone against the baseline, and each pair together.

    Parameters
    ----------
    only : ids of mechanisms and pairs; all when empty.
    """
    alone = [m for m in register.switched() if not only or m.id in only]
    pairs = [p for p in register.pairs if not only or p.id in only]
    title = Title(en="What each mechanism does alone", zh="各项机制单独的作用")
    stems = [*(m.reform for m in alone if m.reform is not None), *(s for p in pairs for s in p.reforms)]
    return Experiment(
        kind="experiment",
        name="mechanisms",
        title=title,
        question=title,
        baseline=register.baseline,
        reforms=tuple(dict.fromkeys(stems)),
        bundles={p.bundle: p.reforms for p in pairs},
        measures=tuple(dict.fromkeys([*(m.measure for m in alone if m.measure is not None), *(p.measure for p in pairs)])),
        replications=Replications(pilot=Count(FULL), cap=Count(FULL)),
    )
