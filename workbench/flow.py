"""What `optimize flow` prints: the routes today and proposed, what the simulation says of each answer, and the proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.language import heading, measure_name
from workbench.quantities import NONE, number, span, unit_name
from workbench.report import print_json

if TYPE_CHECKING:
    from optimization.flow import Chosen, FlowSolution
    from optimization.flow_answers import FlowAnswer
    from optimization.flow_problem import FlowProblem
    from simulation.scenario import Scenario

WORDS = {
    "status": ("status", "状态"), "objective": ("objective", "目标值"), "bound": ("bound", "下界"), "gap": ("gap", "差距"),
    "today": ("today", "现状"), "taken": ("proposed", "方案"), "answer": ("answer", "备选"),
    "simulated": ("simulated {wd} working days", "仿真{wd}个工作日"), "order": ("order", "次序"),
    "otherwise": ("With a working day worth {day:.0f} min the model's best is another:", "若每个工作日按{day:.0f}分钟计，模型最优改为："),
    "as today": ("as today", "维持现状"),
    "steady": (
        "The model's best is the same with a working day worth {low:.0f} or {high:.0f} min.",
        "每个工作日按{low:.0f}或{high:.0f}分钟计，模型最优均不变。",
    ),
    "star": ("*: what is proposed, the cheapest with simulated days.", "*：按仿真天数最优、予以采用的方案。"),
    "nothing": ("no route becomes better: nothing to change", "各流程均无可改进之处，无需调整"),
    "clash": ("no order keeps all of these:", "以下要求无法同时满足："),
    "refused": ("Refused by an edit or by law:", "因规则或法律而不可行："),
    "saves": ("What each step of the proposal saves, minutes of people a working day:", "各项举措的节省（每工作日人员分钟数）："),
    "verdict": ("verdict", "结论"), "all": ("Whole centre", "全中心"),
    "interval": ("95 % interval, fresh seeds", "95% 区间（新种子）"), "difference": ("difference", "差值"),
    "identical": ("identical", "无变化"), "off": ("simulated less model", "仿真减模型"),
    "met": ("sooner", "更快"), "missed": ("later", "更慢"), "undecided": ("not resolved", "尚难判断"),
    "line": ("{wd:.2f} working days, {work:.0f} min of work", "{wd:.2f}个工作日，{work:.0f}分钟人工"),
    "price": (", price {price:.0f} min", "，代价{price:.0f}分钟"),
    "model": (
        "The model counts people's minutes and working days from receipt to decision at mean times, of a case filed at a window. It leaves "
        "out queues, absence, filing online, and that the slowest of several departments is slower than each on average; therefore the "
        "cheapest answers are simulated beside each other, and the proposal is verified on seeds used for nothing else.",
        "模型按平均时间计算窗口件的人工分钟数与自收件至决定的工作日数，不含排队、缺勤、网上申请，也不含多个部门并行时最慢者的影响；"
        "因此对最优的几个备选在相同申请人下仿真比较，并以未用于他处的新种子验证方案。",
    ),
    "objective is": (
        "Minutes of people a working day over these items: work, prices of moves, and {day:.0f} min for each working day of a case.",
        "上述事项每工作日的人员分钟数：人工、举措代价，以及每件每个工作日按{day:.0f}分钟计。",
    ),
}  # fmt: skip


def print_flow(solution: FlowSolution, problem: FlowProblem, scenario: Scenario, *, as_json: bool, language: str) -> None:
    """Print a solution as one JSON document, or as text."""
    if as_json:
        print_json(solution.document())
        return
    from optimization.flow import told

    zh = language == "zh"

    def word(key: str) -> str:
        return WORDS[key][zh]

    print(word("model"))
    print(f"{word('status')}: {solution.status}   {solution.backend}, seed {solution.seed}")
    if solution.clash:
        print("\n".join([word("clash"), *(f"  {rule}" for rule in solution.clash)]))
        return
    proof = f"{word('bound')} {solution.bound:.1f}   {word('gap')} {solution.gap:.2g}"
    print(f"{word('objective')} {solution.objective:.1f}   {proof}\n  {word('objective is').format(day=float(problem.day) / 60)}")
    for chosen in solution.routes:
        title = scenario.centre.items[chosen.today.item].title
        print(f"{title.zh if zh else title.en}")
        for line in _lines(chosen, problem, word, zh):
            print(f"  {line}")
    for remark in solution.remarks:
        print(remark[zh])
    print(word("star"))
    print(word("nothing") if solution.reform is None else solution.reform.title.zh if zh else solution.reform.title.en)
    for row in solution.verified:
        row_of = vars(row)
        group = word("all") if row.group == "all" else _title(scenario, row.group, zh)
        name = f"{group}, {heading(measure_name(row.measure, language))} ({unit_name(row.unit, language)})"
        change = f"{number(row_of, 'difference', signed=True)} [{span(row_of, 'difference_low', 'difference_high', signed=True) or NONE}]"
        change = word("identical") if row.difference == row.difference_low == row.difference_high == 0 else change
        line = f"{name}: {word('today')} {number(row_of, 'baseline')}, {word('taken')} {number(row_of, 'value')}"
        line += f" {word('interval')} [{span(row_of, 'low', 'high') or NONE}], {word('difference')} {change}"
        line += f", {word('verdict')} {word(row.verdict)}" if row.verdict else ""
        line += f", {word('off')} {row.gap:+.2f}" if row.gap is not None else ""
        print(f"{line} (n={row.n})")
    if solution.why:
        words = {t.en: t.zh if zh else t.en for c in solution.routes for t in (told(problem, c.today.item, m) for m in c.taken.moves)}
        print("\n".join([word("saves"), *(f"  {rule.price:8.1f}  {words[rule.rule]}" for rule in solution.why)]))
    days = sorted({day for day, _ in solution.otherwise})
    for day in days:
        print(word("otherwise").format(day=day))
        for answer in (a for d, a in solution.otherwise if d == day):
            title = scenario.centre.items[answer.item].title
            print(f"  {title.zh if zh else title.en}: {_told(answer, problem, '；' if zh else '; ', zh) or word('as today')}")
    if problem.day.low is not None and not days:
        print(word("steady").format(low=problem.day.low / 60, high=float(problem.day.high or 0) / 60))
    if solution.refused:
        print("\n".join([word("refused"), *(f"  {line}" for line in solution.refused)]))


def _lines(chosen: Chosen, problem: FlowProblem, word: Any, zh: bool) -> list[str]:
    lines = []
    for k, (answer, wd) in enumerate(chosen.compared):
        name = word("today") if k == 0 else f"{word('answer')} {k}"
        if k and not answer.edits:
            continue
        stop, comma = ("；", "，") if zh else ("; ", ", ")
        taken = answer is chosen.taken or (k == 0 and not chosen.taken.edits)
        shown = word("simulated").format(wd="-" if wd is None else f"{wd:.2f}")
        what = stop.join(filter(None, (f"{_costs(answer, word)}{comma}{shown}", _told(answer, problem, stop, zh))))
        lines.append(f"{'*' if taken else ' '} {name}: {what}")
    return lines


def _costs(answer: FlowAnswer, word: Any) -> str:
    line = str(word("line").format(wd=answer.wd, work=answer.work))
    return line + (word("price").format(price=answer.price) if answer.price else "")


def _told(answer: FlowAnswer, problem: FlowProblem, stop: str, zh: bool) -> str:
    """Return the moves by title, and the order of the checks."""
    titles = [problem.items[answer.item].moves[m].title for m in answer.moves]
    return stop.join(filter(None, [*(t.zh if zh else t.en for t in titles), answer.order.zh if zh else answer.order.en]))


def _title(scenario: Scenario, group: str, zh: bool) -> str:
    item = scenario.centre.items.get(group.removeprefix("item:"))
    return group if item is None else item.title.zh if zh else item.title.en


def draw_flow(solution: FlowSolution, scenario: Scenario, out: Path, language: str) -> list[Path]:
    """Draw the routes before and after into `out`, where any changes; return the files."""
    from simulation.reforms import apply
    from workbench.flow_picture import before_and_after
    from workbench.pictures import save

    if solution.reform is None:
        return []
    items = [c.today.item for c in sorted(solution.routes, key=lambda c: c.taken.wd - c.today.wd) if c.taken.edits]
    return save({"routes": before_and_after(scenario, apply(scenario, solution.reform), items, language)}, out)
