"""What `optimize` prints: the model's answer with its proof, and what the simulation says of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.language import heading, measure_name
from workbench.quantities import NONE, number, span, unit_name
from workbench.report import print_json

if TYPE_CHECKING:
    from optimization.solution import Solution
    from simulation.reforms import Reform

WORDS = {
    "status": ("status", "状态"), "objective": ("objective", "方案"), "bound": ("bound", "下界"), "gap": ("gap", "差距"),
    "model": ("model", "模型"), "target": ("target", "目标"), "today": ("today", "现状"), "proposed": ("proposed", "方案"),
    "interval": ("95 % interval, fresh seeds", "95% 区间（新种子）"), "difference": ("difference", "差值"),
    "verdict": ("verdict", "结论"), "rules": ("what one more would save, hours a week", "每增加一个单位可节省（小时/周）"),
    "none": ("the model would change nothing", "模型认为无需调整"),
}  # fmt: skip


def write_reform(reform: Reform, folder: Path, baseline: str) -> Path:
    """Write the reform file of `baseline`, as the user named it, into `folder` and return its path."""
    from simulation.files import dump

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{reform.name}.yaml"
    path.write_text(dump(reform.model_copy(update={"baseline": baseline})), encoding="utf-8")
    return path


def print_solution(solution: Solution, *, as_json: bool, language: str) -> None:
    """Print a solution as one JSON document, or as text."""
    if as_json:
        print_json(solution.document())
        return
    zh = language == "zh"

    def word(key: str) -> str:
        return WORDS[key][zh]

    print(f"{word('status')}: {solution.status}   {solution.backend}, seed {solution.seed}")
    if solution.objective is not None:
        proof = f"{word('bound')} {_number(solution.bound)}   {word('gap')} {_number(solution.gap)}"
        print(f"{word('objective')} {solution.objective:.1f}   {proof}")
    for name, value in solution.model:
        print(f"  {word('model')}: {name.replace('_', ' ')} {value:.1f}")
    print(solution.reform.title.zh if solution.reform and zh else solution.reform.title.en if solution.reform else word("none"))
    if solution.reform is not None and solution.reform.reason is not None:
        print(f"  {solution.reform.reason.zh if zh else solution.reform.reason.en}")
    for row in solution.verified:
        told = vars(row)
        name = f"{heading(measure_name(row.measure, language))} ({unit_name(row.unit, language)})"
        interval = span(told, "low", "high") or NONE
        change = f"{number(told, 'difference', signed=True)} [{span(told, 'difference_low', 'difference_high', signed=True) or NONE}]"
        print(
            f"{name}: {word('today')} {number(told, 'baseline')}, {word('proposed')} {number(told, 'value')} "
            f"{word('interval')} [{interval}], {word('difference')} {change}, "
            f"{word('target')} {number(told, 'target')}, {word('verdict')} {row.verdict or '-'} (n={row.n})"
        )
    if solution.why:
        print(f"{word('rules')}:")
    for rule in solution.why[:12]:
        print(f"  {rule.price:8.1f}  {rule.rule}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
