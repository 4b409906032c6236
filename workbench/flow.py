"""What `optimize flow` prints: the routes today and proposed, what the simulation says of each answer, and the proof."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.frozen import Title
from workbench.flow_said import answered, off_today, outside, promises
from workbench.language import heading, measure_name
from workbench.quantities import NONE, number, span, unit_name, unit_of
from workbench.report import print_json
from workbench.requirements import order_words, requirement, step_names
from workbench.solutions import status_line
from workbench.titles import labels_of

if TYPE_CHECKING:
    from optimization.flow import Chosen, FlowSolution
    from optimization.flow_answers import FlowAnswer
    from optimization.flow_problem import FlowProblem
    from optimization.solution import Verified
    from simulation.scenario import Scenario

WORDS = {
    "objective": ("objective", "目标值"), "bound": ("bound", "下界"), "gap": ("gap", "差距"),
    "today": ("today", "现状"), "taken": ("proposed", "方案"), "answer": ("answer", "备选"),
    "simulated": ("simulated {wd} working days", "仿真{wd}个工作日"), "order": ("order", "次序"),
    "otherwise": ("With a working day worth {day:.0f} min the model's best is another:", "若每个工作日按{day:.0f}分钟计，模型最优改为："),
    "as today": ("as today", "维持现状"),
    "steady": (
        "The model's best is the same with a working day worth {low:.0f} or {high:.0f} min.",
        "每个工作日按{low:.0f}或{high:.0f}分钟计，模型最优均不变。",
    ),
    "star": ("*: what is proposed, the cheapest with simulated days.", "*：所提方案，即按仿真天数计代价最低者。"),
    "nothing": ("no route becomes better: nothing to change", "各流程均无可改进之处，无需调整"),
    "clash": ("no order keeps all of these:", "以下要求无法同时满足："),
    "refused": ("Refused by an edit or by law:", "因规则或法律而不可行："),
    "saves": (
        "What the proposal saves each working day over all cases of that day, by the model, without an interval: working days of "
        "applicants; minutes of people (work, and prices of moves); both as minutes, a working day at {day:.0f} min. Of a step: against "
        "the best answer without it (–: not among those simulated).",
        "方案每个工作日在当日全部办件上的节省（模型数值，无区间）：申请人的工作日；人员分钟数（人工与举措代价）；"
        "两者折合分钟（每个工作日按{day:.0f}分钟计）。各举措与不含该举措的最优方案相比（–：未列入仿真备选）。",
    ),
    "heads": ("wd", "工作日"), "minutes": ("min", "分钟"), "sum": ("min in all", "合计分钟"),
    "sooner": ("{item} {days:.2f} working days sooner", "{item}快{days:.2f}个工作日"),
    "later": ("{item} {days:.2f} working days later", "{item}慢{days:.2f}个工作日"),
    "makes": ("Simulated on fresh seeds, it makes {items}", "按新种子仿真，方案使{items}"),
    "no item": ("no item surely sooner", "无事项可确定加快"),
    "wait_mean": (
        "a mean wait in the whole centre {much} {unit} {way}{figures}", "全中心平均等候{way}{much}{unit}{figures}",
    ),
    "walk_away_share": (
        "a share who give up in the whole centre {much} {unit} {way}{figures}", "全中心弃号率{way}{much}{unit}{figures}",
    ),
    "price of": (", at the price of ", "，代价是"), "and": (", and with it ", "，并使"), "points": ("percentage points", "个百分点"),
    "not surely": (
        "; the {what} of the whole centre is not told apart from today's: {much} {unit}{figures}",
        "；全中心{what}与现状尚难区分：{much}{unit}{figures}",
    ),
    "stays": ("; the {what} of the whole centre stays what it is", "；全中心{what}不变"),
    "less than": ("less than {much:g}", "不足{much:g}"), "from": (" ({before} to {after})", "（{before}→{after}）"),
    "longer": ("longer", "延长"), "shorter": ("shorter", "缩短"), "higher": ("higher", "上升"), "lower": ("lower", "下降"),
    "verdict": ("verdict", "结论"), "all": ("Whole centre", "全中心"),
    "interval": ("95 % interval, fresh seeds", "95% 区间（新种子）"), "difference": ("difference", "差值"),
    "identical": ("identical", "无变化"), "off": ("simulated less model", "仿真减模型"),
    "met": ("sooner", "更快"), "missed": ("later", "更慢"), "undecided": ("not told apart", "尚难区分"),
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
HARMS = {"wait_mean": ("longer", "shorter"), "walk_away_share": ("higher", "lower")}
"""Measures of the whole centre that a proposal may spoil, and what they become when there is more and less of them."""
HARM = frozenset(more for more, _ in HARMS.values())


def print_flow(solution: FlowSolution, problem: FlowProblem, scenario: Scenario, *, as_json: bool, language: str, law: str = "") -> None:
    """Print a solution as one JSON document, or as text; what the law says of it stands after the first sentence."""
    if as_json:
        print_json(solution.document())
        return
    zh = language == "zh"

    def word(key: str) -> str:
        return WORDS[key][zh]

    if solution.reform is not None:
        print(f"{answered(solution, problem, language)}{'' if zh else ' '}{in_a_sentence(solution, scenario, language)}")
        print("".join(f"{line}\n" for line in promises(solution, scenario, language)), end="")
    if law:
        print(law)
    print(word("model"))
    print(status_line(solution, language))
    if solution.clash:
        print("\n".join([word("clash"), *(f"  {_requirement(rule, problem, scenario, language)}" for rule in solution.clash)]))
        return
    proof = f"{word('bound')} {solution.bound:.1f}   {word('gap')} {solution.gap:.2g}"
    print(f"{word('objective')} {solution.objective:.1f}   {proof}\n  {word('objective is').format(day=float(problem.day) / 60)}")
    for chosen in solution.routes:
        title = scenario.centre.items[chosen.today.item].title
        print(f"{title.zh if zh else title.en}")
        for line in _lines(chosen, problem, scenario, word, zh):
            print(f"  {line}")
    for remark in solution.remarks:
        print(remark[zh])
    print(word("star"))
    print(word("nothing") if solution.reform is None else solution.reform.title.zh if zh else solution.reform.title.en)
    for row in sorted(solution.verified, key=lambda row: row.group != "all"):
        row_of = vars(row)
        group = word("all") if row.group == "all" else _title(scenario, row.group, zh)
        name = f"{group}, {heading(measure_name(row.measure, language))} ({unit_name(row.unit, language)})"
        change = f"{number(row_of, 'difference', signed=True)} [{span(row_of, 'difference_low', 'difference_high', signed=True) or NONE}]"
        change = word("identical") if _same(row) else change
        line = f"{name}: {word('today')} {number(row_of, 'baseline')}, {word('taken')} {number(row_of, 'value')}"
        line += f" {word('interval')} [{span(row_of, 'low', 'high') or NONE}], {word('difference')} {change}"
        line += f", {word('verdict')} {said}" if (said := _verdict(row, word)) else ""
        if row.gap is not None and (known := off_today(solution, row)):
            line += f", {word('off')}: {word('today')} {known[2]:+.2f}, {word('taken')} {row.gap:+.2f}"
        print(f"{line} (n={row.n})")
    print("".join(f"{line}\n" for line in outside(solution, scenario, language)), end="")
    _print_saved(solution, problem, scenario, zh)
    days = sorted({day for day, _ in solution.otherwise})
    for day in days:
        print(word("otherwise").format(day=day))
        for answer in (a for d, a in solution.otherwise if d == day):
            title = scenario.centre.items[answer.item].title
            print(f"  {title.zh if zh else title.en}: {answer_words(answer, problem, scenario, language) or word('as today')}")
    if problem.day.low is not None and not days:
        print(word("steady").format(low=problem.day.low / 60, high=float(problem.day.high or 0) / 60))
    if solution.refused:
        print("\n".join([word("refused"), *(f"  {_requirement(line, problem, scenario, language)}" for line in solution.refused)]))


def in_a_sentence(solution: FlowSolution, scenario: Scenario, language: str) -> str:
    """Return how much sooner the items are decided, and what that does to the wait and to who gives up in the whole centre."""
    from optimization.flow import DAYS

    zh = language == "zh"
    sure = [(row, "sooner" if row.verdict == "met" else "later") for row in solution.verified if row.measure == DAYS]
    sure = [(row, way) for row, way in sure if row.verdict in ("met", "missed") and not _same(row)]
    items = [WORDS[way][zh].format(item=_title(scenario, row.group, zh), days=abs(row.difference or 0.0)) for row, way in sure]
    told = WORDS["makes"][zh].format(items=("、" if zh else "; ").join(items) or WORDS["no item"][zh])
    return f"{told}{paid(solution.verified, language)}{'。' if zh else '.'}"


def paid(verified: Iterable[Verified], language: str) -> str:
    """Return what the wait and who gives up in the whole centre become, as the end of a sentence; nothing where they are not verified.

    That a measure stays is said only where no replication differs; a change of less than the last decimal is told without its figures.
    """
    zh, told = language == "zh", ""
    for row in verified:
        if row.group != "all" or row.measure not in HARMS or row.difference is None:
            continue
        way, seen, what = way_of(row), vars(row), measure_name(row.measure, language)
        if _same(row):
            told += WORDS["stays"][zh].format(what=what)
            continue
        unit = WORDS["points"][zh] if row.unit == "share" else unit_name(row.unit, language)
        ends = span(seen, "difference_low", "difference_high", signed=True)
        values = WORDS["from"][zh].format(before=number(seen, "baseline"), after=number(seen, "value"))
        figures = (f" [{ends}]" if ends else "") + values
        much = number(seen if way is None else {**seen, "difference": abs(row.difference)}, "difference", signed=way is None)
        told_of = ("difference",) if way else ("difference", "difference_low", "difference_high")
        if not any(float(number(seen, end).replace(",", "")) for end in told_of if seen[end] is not None):
            much, figures = WORDS["less than"][zh].format(much=0.1**unit_of(row.unit).decimals), ""
        if way is None:
            told += WORDS["not surely"][zh].format(what=what, much=much, unit=unit, figures=figures)
            continue
        told += WORDS["price of" if way in HARM else "and"][zh]
        told += WORDS[row.measure][zh].format(much=much, unit=unit, way=WORDS[way][zh], figures=figures)
    return told


def _same(row: Verified) -> bool:
    """Say whether nothing changed in any replication, which is neither sooner nor later."""
    return row.difference == row.difference_low == row.difference_high == 0


def way_of(row: Verified) -> str | None:
    """Say which way a measure of harm surely goes, by its paired interval; None where that holds zero or is not known."""
    if row.difference_low is None or row.difference_high is None:
        return None
    more, less = HARMS[row.measure]
    return more if row.difference_low > 0 else less if row.difference_high < 0 else None


def _verdict(row: Verified, word: Callable[[str], str]) -> str:
    """Return the verdict of a row: that of the optimiser, or of the whole centre which way it surely goes; none where nothing changed."""
    if _same(row):
        return ""
    if row.group == "all" and row.measure in HARMS:
        return word(way_of(row) or "undecided")
    return word(row.verdict) if row.verdict else ""


def saved(solution: FlowSolution, problem: FlowProblem) -> list[dict[str, Any]]:
    """Return what the proposal saves in the model each working day, for each item changed and then for each of its moves.

    A row has `item`, `move` (None: the whole change), `days` of applicants, `minutes` of people and `weighted` minutes, a day at its worth.
    The days and minutes of a move are None where the best answer without it is not among those that were simulated.
    """
    from optimization.flow import told

    savings, rows = {rule.rule: rule.saving or 0.0 for rule in solution.why}, list[dict[str, Any]]()
    for chosen in (c for c in solution.routes if c.taken.edits):
        taken, cases = chosen.taken, chosen.cases
        pairs: list[tuple[str | None, FlowAnswer | None]] = [(None, chosen.today)]
        for move in taken.moves:
            value = taken.value + savings[told(problem, taken.item, move).en] / cases if cases else taken.value
            others = [a for a, _ in chosen.compared if move not in a.moves and isclose(a.value, value, rel_tol=1e-9)]
            pairs.append((move, others[0] if others else None))
        for name, other in pairs:
            days = None if other is None else cases * (other.wd - taken.wd)
            minutes = None if other is None else cases * (other.work + other.price - taken.work - taken.price)
            weighted = cases * (chosen.today.value - taken.value) if name is None else savings[told(problem, taken.item, name).en]
            rows.append({"item": taken.item, "move": name, "days": days, "minutes": minutes, "weighted": weighted})
    return rows


def _print_saved(solution: FlowSolution, problem: FlowProblem, scenario: Scenario, zh: bool) -> None:
    rows = saved(solution, problem)
    if not rows:
        return
    print(WORDS["saves"][zh].format(day=float(problem.day) / 60))
    print("".join(f"{WORDS[key][zh]:>{12 - len(WORDS[key][zh]) * zh}}" for key in ("heads", "minutes", "sum")))
    for row in rows:
        if row["move"] is None:
            name = _title(scenario, f"item:{row['item']}", zh)
        else:
            move = problem.items[row["item"]].moves[row["move"]]
            name = f"  {move.title.zh}（{move.article.zh}）" if zh else f"  {move.title.en} ({move.article.en})"
        days, minutes = (NONE if row[key] is None else f"{row[key]:.1f}" for key in ("days", "minutes"))
        print(f"{days:>12}{minutes:>12}{row['weighted']:>12.1f}  {name}")


def _requirement(rule: str, problem: FlowProblem, scenario: Scenario, language: str) -> str:
    """Return a precedence or a refusal with the names of its item, its checks, its moves and its article."""
    code = re.split(r"[:,]", rule, maxsplit=1)[0]
    asked, item = problem.items.get(code), scenario.centre.items.get(code)
    if asked is None or item is None:
        return rule
    steps = {step: Title(en=name, zh=name) for step, name in step_names(item, scenario.centre, language).items()}
    labels = {
        **labels_of(scenario), "step": steps, "move": {name: move.title for name, move in asked.moves.items()},
        "article": {str(k): p.article for k, p in enumerate(asked.precedence)},
    }  # fmt: skip
    return requirement(rule, language, labels)


def _lines(chosen: Chosen, problem: FlowProblem, scenario: Scenario, word: Any, zh: bool) -> list[str]:
    lines = []
    for k, (answer, wd) in enumerate(chosen.compared):
        name = word("today") if k == 0 else f"{word('answer')} {k}"
        if k and not answer.edits:
            continue
        stop, comma = ("；", "，") if zh else ("; ", ", ")
        taken = answer is chosen.taken or (k == 0 and not chosen.taken.edits)
        shown = word("simulated").format(wd="-" if wd is None else f"{wd:.2f}")
        way = answer_words(answer, problem, scenario, "zh" if zh else "en")
        what = stop.join(filter(None, (f"{_costs(answer, word)}{comma}{shown}", way)))
        lines.append(f"{'*' if taken else ' '} {name}: {what}")
    return lines


def _costs(answer: FlowAnswer, word: Any) -> str:
    line = str(word("line").format(wd=answer.wd, work=answer.work))
    return line + (word("price").format(price=answer.price) if answer.price else "")


def answer_words(answer: FlowAnswer, problem: FlowProblem, scenario: Scenario, language: str) -> str:
    """Return the moves of an answer by title, and the order of its checks by who looks."""
    zh = language == "zh"
    titles = [problem.items[answer.item].moves[m].title for m in answer.moves]
    steps = step_names(scenario.centre.items[answer.item], scenario.centre, language)
    order = order_words(answer.order.zh.replace(", ", "、").replace("其后 ", "其后") if zh else answer.order.en, steps)
    return ("；" if zh else "; ").join(filter(None, [*(t.zh if zh else t.en for t in titles), order]))


def _title(scenario: Scenario, group: str, zh: bool) -> str:
    item = scenario.centre.items.get(group.removeprefix("item:"))
    return group if item is None else item.title.zh if zh else item.title.en


def draw_flow(solution: FlowSolution, scenario: Scenario, out: Path, language: str) -> list[Path]:
    """Draw the routes before and after and how much sooner items are decided into `out`, where any changes; return the files."""
    from simulation.reforms import apply
    from workbench.flow_picture import before_and_after, sooner
    from workbench.pictures import save

    if solution.reform is None:
        return []
    items = [c.today.item for c in sorted(solution.routes, key=lambda c: c.taken.wd - c.today.wd) if c.taken.edits]
    routes = before_and_after(scenario, apply(scenario, solution.reform), items, language)
    return save({"routes": routes, "days-sooner": sooner(solution, scenario, language)}, out)
