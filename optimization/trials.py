"""Trials: staffings simulated under the same chance, and what each queue gives to or takes from each target.

Queues that share people, or windows, are one *section*; an excess of a target is a sum over sections. What a section's staffing does
to another section (chains of counters, those sent on from a wrong window) is in the simulated numbers, and not in the model of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from optimization.cover import Cover, Covered
from optimization.staffing_case import Case, as_reform
from optimization.targets import Target
from optimization.whole_days import paid_hours
from simulation.engines import Engine, replicate
from simulation.horizons import calendar_for
from simulation.measures import View
from simulation.plan import Plan, compile_plan
from simulation.scenario import Horizon, Scenario

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """A staffing and its simulation; J requirements, C sections, R replications.

    Attributes
    ----------
    people : (G, S, W), as of `Cover`; `moved` (G, G).
    excess : mean over replications of total - limit x n (J, C); a requirement holds where its row sums to 0 or less.
    spread : standard error over replications of the row sums (J,).
    n : tickets that each requirement counts, by section (J, C).
    cost : paid hours, people trained and people placed anew at their prices.
    patient : nobody gave up waiting.
    """

    people: Ints
    moved: Ints
    excess: Floats
    spread: Floats
    n: Floats
    cost: float
    patient: bool

    def misses(self, margin: Floats | float = 0.0) -> NDArray[np.bool_]:
        """Return which requirements it misses when asked to keep `margin` below each limit (J,)."""
        return np.asarray(self.excess.sum(axis=1) > -margin + 1e-9)


def cost(instance: Cover, people: Ints, moved: Ints) -> float:
    """Return paid hours a week, people trained and people placed anew, at the prices of the instance."""
    anew = float(np.maximum(people - instance.today, 0).sum())
    return paid_hours(instance, people) + instance.training * float(moved.sum()) + instance.change * anew


def sections(instance: Cover, classes: int) -> Ints:
    """Return the section of each ticket class (classes,): classes that somebody at some window serves together are of one."""
    label = np.arange(classes)
    for served in instance.serves.values():
        of = {int(label[k]) for k in served}
        label = np.where(np.isin(label, list(of)), min(of), label)
    return np.asarray(np.unique(label, return_inverse=True)[1], dtype=np.int64)


@dataclass
class Trials:
    """Simulates staffings of one case; remembers each with its moves, on which its cost depends, and the simulation does not.

    Attributes
    ----------
    scenario, horizon, seed, replications : what is simulated; replications the same for all staffings.
    workers : threads over replications; the numbers do not depend on it.
    engine : as in `simulation.engines.simulate`; they do not depend on it either.
    """

    scenario: Scenario
    horizon: Horizon
    seed: int
    replications: Sequence[int]
    case: Case
    plan: Plan
    targets: Sequence[Target]
    workers: int = 1
    engine: Engine = "auto"
    known: dict[tuple[bytes, bytes], Trial] = field(default_factory=dict)
    _counted: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        self.queues = tuple(self.scenario.centre.queues)
        self.section_of_class = sections(self.case.instance, len(self.plan.classes))
        self.sections = int(self.section_of_class.max(initial=-1)) + 1
        of = {queue: int(self.section_of_class[k]) for k, (queue, _) in enumerate(self.plan.classes)}
        self.section_of_queue = np.array([of.get(q, 0) for q in self.queues], dtype=np.int64)
        self.names = [(t, cell) for t in self.targets for cell in t.cells(self.queues)]

    def of(self, people: Ints, moved: Ints) -> Trial:
        """Return the trial of a staffing and its moves, simulated unless those people were before, whoever was trained for it.

        Raises
        ------
        SolverFailed : nobody can be seated so.
        """
        key = people.tobytes(), moved.tobytes()
        if key not in self.known:
            same = next((trial for (seated, _), trial in self.known.items() if seated == key[0]), None)
            worth = cost(self.case.instance, people, moved)
            self.known[key] = self._simulated(people, moved) if same is None else replace(same, moved=moved, cost=worth)
        return self.known[key]

    def seated(self, people: Ints, moved: Ints) -> Scenario:
        """Return the scenario with these people, empty windows left open; raises SolverFailed where nobody can be seated so.

        Where a group has fewer people than that, the rest are copies of its first: such a staffing is a cut, never an answer.
        """
        lacking = people.sum(axis=(1, 2)) - (self.case.instance.sizes - moved.sum(axis=1) + moved.sum(axis=0))
        members, staff = list(self.case.members), dict(self.scenario.centre.staff)
        for g in np.flatnonzero(lacking > 0).tolist():
            copies = tuple(f"{members[g][0]}-copy-{k + 1}" for k in range(int(lacking[g])))
            staff |= {name: staff[members[g][0]] for name in copies}
            members[g] = (*members[g], *copies)
        centre = self.scenario.centre.model_copy(update={"staff": staff})
        staffed = self.scenario.model_copy(update={"centre": centre})
        case = replace(self.case, members=tuple(members))
        reform = as_reform(staffed, case, Covered(people, moved, {}, np.zeros((0, 0))), close=False)
        for edit in () if reform is None else reform.edits:  # not `apply`: a trial may leave a queue without anybody
            staffed = edit.edit(staffed)
        return staffed

    def _simulated(self, people: Ints, moved: Ints) -> Trial:
        staffed = self.seated(people, moved)
        plan = compile_plan(staffed, calendar_for(staffed, self.horizon), self.horizon)

        def one(replication: int) -> tuple[Floats, Floats, Floats, bool]:
            view = View(replicate(plan, self.seed, replication, self.engine))
            sums = [target.sums(view, self.queues) for target in self.targets]
            left = bool(view.is_("events", "outcome", "left").any())
            excess = self._rows([total - t.limit * n for (total, n, _), t in zip(sums, self.targets, strict=True)])
            return excess, self._rows([n for _, n, _ in sums]), self._rows([tickets for _, _, tickets in sums]), left

        numbers = list(self.replications)
        found = [] if self.known else [one(numbers.pop(0))]  # alone, for it may load the compiled engine
        with ThreadPoolExecutor(max(1, self.workers)) as threads:
            try:
                found += threads.map(one, numbers)
            except KeyboardInterrupt:
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        excess, n = np.array([e for e, _, _, _ in found]), np.array([n for _, n, _, _ in found])
        if self._counted is None:  # fixed by the first staffing: cells with fewer tickets taken than dates they come ask for nothing
            days = np.concatenate([t.occasions(plan.calendar, plan.window, self.queues) for t in self.targets])
            single = np.array([cell != "all" for _, cell in self.names])
            self._counted = ~single | (np.mean([t.sum(axis=1) for _, _, t, _ in found], axis=0) >= days)
        excess[:, ~self._counted] = 0.0
        spread = excess.sum(axis=2).std(axis=0, ddof=1) / np.sqrt(len(found))
        worth = cost(self.case.instance, people, moved)
        return Trial(people, moved, excess.mean(axis=0), spread, n.mean(axis=0), worth, not any(left for _, _, _, left in found))

    def _rows(self, cells: Iterable[Floats]) -> Floats:
        """Turn cells by queue x half hour x day of each target into rows by section (J, C)."""
        at = np.eye(self.sections)[self.section_of_queue]
        rows = []
        for target, values in zip(self.targets, cells, strict=True):
            by = np.einsum("qhd,qc->qhdc", values, at)
            by = by if target.queue is not None else by.sum(axis=0)
            rows.append(by.reshape(-1, self.sections))
        return np.concatenate(rows)


__all__ = ["Trial", "Trials", "cost", "sections"]
