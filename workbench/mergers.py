"""What `optimize merging` prints: who becomes one body, what is proved of it, what each rule costs, and what simulation says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workbench.language import heading, measure_name, title_of
from workbench.quantities import NONE, number, span, unit_name
from workbench.report import print_json
from workbench.solutions import status_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from optimization.fourwords import Point
    from optimization.merging import Merger, Proposal
    from optimization.merging_problem import MergingProblem
    from simulation.frozen import Title
    from simulation.scenario import Scenario

WORDS = {
    "gain": ("gain", "收益"), "bound": ("bound", "上界"), "gap": ("gap", "差距"),
    "today": ("today", "现状"), "proposed": ("proposed", "方案"), "n": ("n", "重复"),
    "money": ("CNY a year", "元/年"), "hours": ("h a year", "小时/年"),
    "infeasible": ("No partition keeps all rules. These cannot be kept together; none of them can be spared:",
                   "没有任何方案同时满足全部规则。以下规则互相矛盾，且缺一即不矛盾："),
    "nothing": ("The best partition merges nobody.", "最优方案是不合并任何部门。"),
    "proposals": ("Proposals, the model's best first", "备选方案（模型最优者在前）"),
    "components": ("Components of the gain of {name}", "{name}的收益构成"),
    "chosen": ("Chosen in simulation (KN, {measure}): {name}, after {n} replications; fresh ones: {confirmed}",
               "模拟择优（KN法，{measure}）：{name}，{n}次重复；新重复：{confirmed}"),
    "open": ("not decided within {n} replications; in front: {name}; fresh ones: {confirmed}",
             "{n}次重复内未分出；领先者：{name}；新重复：{confirmed}"),
    "confirmed": ("confirmed", "确认"), "refuted": ("refuted", "否定"), "unresolved": ("neither confirmed nor refuted", "未确认亦未否定"),
    "verified": ("On fresh seeds, difference from today with single 95 % intervals, over replications (assumptions not included)",
                 "新种子验证：与现状之差及逐项95%区间（按重复计，未计入假设）"),
    "aim": ("the model: {change}", "模型：{change}"),
    "rules": ("What each rule costs, {money}: the optimum without it less the optimum",
              "每条规则的代价（{money}）：去掉该规则后的最优值减去最优值"),
    "front": ("The four words on fresh seeds: value [single 95 % interval]{star}", "四项指标对照（新种子）：数值[逐项95%区间]{star}"),
    "star": ("; * nobody is as good in all and better in one, by values", "；*表示按数值不被其他方案全面超过"),
    "all front": ("; by values nobody is as good as another in all and better in one", "；按数值，各方案互不全面超过"),
    "one site": ("unified: the scenario has one site, so that there is no gap between sites", "统一：本方案只有一个大厅，无大厅间差距"),
    "bodies": ("{n} bodies", "{n}个部门"),
    "pairs": (
        "In a body of three or more the model counts for each pair what each department bears once, the cost of merging and the dip: "
        "its gain is {extra:,.0f} CNY a year too low for that. The cost that the reform states counts each department that joins once.",
        "三个及以上部门合为一个时，模型按两两计算本应各部门只计一次的合并成本和磨合损失，收益因此少算{extra:,.0f}元/年；改革文件所列费用按并入部门数计。",
    ),
    "weights": ("Prices are judgements of the problem file; replace them by your own before anybody decides.",
                "价格为问题文件中的判断，决策前请以本地数据替换。"),
}  # fmt: skip
PARTS = {
    "handing": ("files no longer handed over", "减少文件交接"), "waiting": ("files no longer lying between departments", "减少部门间滞留"),
    "duplicates": ("duplicate reviews", "重复审查"), "overlaps": ("overlapping powers", "职权交叉"),
    "similarity": ("similar functions", "职能相近"), "span": ("wider span of control", "管理幅度增大"),
    "specialisation": ("specialists lost", "专业性损失"), "transition": ("dip while people get used to it", "磨合期损失"),
    "merger": ("cost of merging, spread", "合并成本（分摊）"),
}  # fmt: skip

def measure_words(measure: str, group: str, language: str) -> str:
    """Return what a measure of a group is called within a sentence."""
    name = measure_name(measure, language)
    return name if group == "all" else f"联办件{name}" if language == "zh" else f"{name} of joint cases"


def figure_name(measure: str, group: str, language: str) -> str:
    """Return what a measure of a group is called as a heading."""
    return heading(measure_words(measure, group, language))


def titles_of(merger: Merger, problem: MergingProblem, language: str) -> dict[str, str]:
    """Return what proposals and alternatives are called, by their names in `merger.beside`; the scenario itself is today."""
    from simulation.verbs import load_reform

    plus = "＋" if language == "zh" else " + "
    told = {name: plus.join(title_of(load_reform(f).title, language) for f in files) for name, files in problem.alternatives.items()}
    today = {point.name: WORDS["today"][language == "zh"] for point in merger.beside[:1]}
    return {**told, **{p.reform.name: title_of(p.reform.title, language) for p in merger.proposals if p.reform}, **today}


def counted_twice(merger: Merger, proposal: Proposal) -> float:
    """Return what the model counts too much of merging and its dip in bodies of three or more, CNY a year.

    With k departments in a body it counts merging for each of k (k - 1) / 2 pairs, where k - 1 join; and each one's dip k - 1 times.

    Example
    -------
    Three departments, merging at 12,000 a year and dips of 10 h each at 72: 36,000 - 24,000 + 60 x 72 - 30 x 72 = 14,160.
    """
    found, extra = merger.weights, 0.0
    for body in (b for b in proposal.bodies if len(b) > 2):
        at, k = [found.names.index(name) for name in body], len(body)
        pairs = [(i, j) for a, i in enumerate(at) for j in at[a + 1 :]]
        merging, dip = (-float(sum(found.parts[part][i, j] for i, j in pairs)) for part in ("merger", "transition"))
        extra += merging * (1 - 2 / k) + dip * found.hour * (1 - 1 / (k - 1))
    return extra


def gain_between(proposal: Proposal, problem: MergingProblem) -> tuple[float, float] | None:
    """Return what the same merger gains at the high and at the low end of what merging costs once, CNY a year; None without a range.

    Example
    -------
    A gain of 90,926 with 36,000 a year for mergers at 120 thousand, of 60 to 400: 36,000 x (400 / 120 - 1) = 84,000 less, 18,000 more.
    """
    price, spread = problem.prices.merger, -proposal.parts.get("merger", 0.0)
    if price.low is None or price.high is None or not spread or proposal.answer.value is None:
        return None
    low, high = (proposal.answer.value - spread * (end / price - 1) for end in (price.high, price.low))
    return low, high


def print_merger(merger: Merger, problem: MergingProblem, scenario: Scenario, *, as_json: bool, language: str) -> None:
    """Print the answer as one JSON document, or as text."""
    if as_json:
        print_json(merger.document())
        return
    zh = language == "zh"

    def word(key: str, **told: Any) -> str:
        return WORDS[key][zh].format(**told)

    def title(name: str) -> str:
        found: Title = scenario.centre.departments[name].title
        return found.zh if zh else found.en

    solution, titles = merger.solution, titles_of(merger, problem, language)
    print(status_line(solution, language))
    if solution.status == "infeasible":
        print(word("infeasible"))
        for words in merger.clash:
            print(f"  - {words.zh if zh else words.en}")
        return
    print(word("proposals"))
    for k, proposal in enumerate(merger.proposals, 1):
        name, answer = titles[proposal.reform.name] if proposal.reform else word("today"), proposal.answer
        told = (
            f"{word('gain')} {_money(answer.value)}, {word('bound')} {_money(answer.bound)} {word('money')}, {word('gap')} {answer.gap:.3g}"
        )
        print(f"  {k}. {name}: {told}")
        for body in (b for b in proposal.bodies if len(b) > 1):
            print(f"       {' + '.join(map(title, body))}")
    contest = merger.contest
    if contest is None:
        print(word("nothing"))
    else:
        what = heading(measure_name(contest.measure.name, language))
        key = "chosen" if contest.selection.decided else "open"
        front = titles.get(contest.front[0], word("today"))
        print(word(key, measure=what, name=front, n=contest.selection.n, confirmed=word(contest.confirmed)))
    known = titles | {code: measure_name(code, language) for point in merger.beside for code in point.unknown}
    for remark in solution.remarks:
        print(re.sub(r"[A-Za-z][\w-]*", lambda found: known.get(found[0], found[0]), remark[zh]))
    shown = next((p for p in merger.proposals if p.reform == solution.reform), merger.proposals[0])
    _print_parts(shown, titles[shown.reform.name] if shown.reform else word("today"), zh)
    if extra := counted_twice(merger, shown):
        print(word("pairs", extra=extra))
    if solution.verified:
        print(word("verified"))
    for row in solution.verified:
        seen = vars(row)
        change = f"{number(seen, 'difference', signed=True)} [{span(seen, 'difference_low', 'difference_high', signed=True) or NONE}]"
        name = figure_name(row.measure, row.group, language)
        aim = "" if row.gap is None or row.difference is None else f", {word('aim', change=f'{row.difference - row.gap:+.3g}')}"
        told = f"{number(seen, 'baseline')} -> {number(seen, 'value')}, {change}{aim} (n={row.n})"
        print(f"  {name} ({unit_name(row.unit, language)}): {told}")
    if solution.why:
        print(word("rules", money=word("money")))
    for rule in solution.why:
        said = next((words.zh for words in merger.rules if zh and words.en == rule.rule), rule.rule)
        print(f"  {_money(rule.saving or 0.0):>10}  {said}")
    _print_front(merger.beside, titles, zh)
    print(word("weights"))


def draw_merger(merger: Merger, problem: MergingProblem, scenario: Scenario, out: Path, language: str) -> list[Path]:
    """Draw the map of departments and the four words into `out`, where something is proposed; return the files."""
    from workbench.merger_pictures import department_map, four_words
    from workbench.pictures import save

    if merger.solution.status == "infeasible":
        return []
    titles = titles_of(merger, problem, language)
    pictures = {"department-map": department_map(merger, scenario, language), "four-words": four_words(merger, titles, language)}
    return save(pictures, out)


def _print_parts(proposal: Proposal, name: str, zh: bool) -> None:
    from optimization.weights import MONEY_COMPONENTS

    print(WORDS["components"][zh].format(name=name))
    for part, value in proposal.parts.items():
        if value:
            print(f"  {_money(value):>10} {WORDS['money' if part in MONEY_COMPONENTS else 'hours'][zh]:<11} {PARTS[part][zh]}")


def _print_front(points: tuple[Point, ...], titles: Mapping[str, str], zh: bool) -> None:
    from optimization.fourwords import GAP, MEASURES

    if not points:
        return
    every = all(p.front for p in points)
    print(WORDS["front"][zh].format(star=WORDS["all front" if every else "star"][zh]))
    if all(GAP not in p.figures for p in points):
        print(f"  {WORDS['one site'][zh]}")
    for p in points:
        print(f"  {'*' if p.front and not every else ' '} {titles.get(p.name, p.name)}: {WORDS['bodies'][zh].format(n=p.bodies)}")
        for (measure, group), row in p.figures.items():
            language = "zh" if zh else "en"
            unit = next(m.unit for m in MEASURES if m.name == measure)
            told = {"measure": measure, "unit": unit, **row}
            name = f"{figure_name(measure, group, language)} ({unit_name(unit, language)})"
            print(f"      {name}: {number(told, 'value')} [{span(told, 'low', 'high') or NONE}]")


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
