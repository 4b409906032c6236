"""What `optimize portfolio` prints and draws: which reforms begin when, who brought how much, what could be had instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from optimization.flow import HARMS
from simulation.frozen import Title
from workbench.answer import TIMES
from workbench.figures import choices_front, gain_shares, sequence
from workbench.language import COLON, SEMICOLON, SEPARATOR, group_name, heading, measure_name
from workbench.pictures import save
from workbench.portfolio_pictures import word as picture_word
from workbench.quantities import NONE, number, span, unit_name
from workbench.report import print_json
from workbench.requirements import requirement, status_name
from workbench.solutions import status_line
from workbench.titles import labels_of, stress_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimization.bundles import Band
    from optimization.choice import Begins
    from optimization.portfolio import Portfolio
    from optimization.portfolio_problem import PortfolioProblem
    from optimization.solution import Verified
    from simulation.scenario import Scenario
    from simulation.units import Money
    from workbench.language import Labels

WORDS = {
    "gain": ("gain over the calendar, by the model", "期内收益（模型值）"), "bound": ("bound", "上界"),
    "gap": ("gap", "差距"), "cost": ("cost over the calendar", "期内成本"), "today": ("today", "现状"), "proposed": ("proposed", "方案"),
    "clash": ("These requirements cannot hold together, and each of them is needed for that: give way in one of them",
              "以下要求不能同时满足，且缺一则不再矛盾：须放宽其中之一"),
    "nothing": ("The model would begin none of these reforms.", "模型认为无需开展任何一项改革。"),
    "sequence": ("Begin, in this sequence (periods of {days:g} days)", "开展顺序（每期{days:g}天）"),
    "begins": ("period {t}: {name}, ready {days:g} days later, counted as in effect from period {ready}",
               "第{t}期：{name}，{days:g}天后就绪，第{ready}期起计为生效"),
    "begins at once": ("period {t}: {name}, counted as in effect from its first day: no {lacking} stated",
                       "第{t}期：{name}，自期初计为生效：未列{lacking}"),
    "lead": ("lead time", "推进时间"), "lead and cost": ("lead time and no cost", "推进时间和成本"),
    "counts": (
        "Gains are what these prices make of the measures, before cost: less its cost the proposal gains {net:,.0f}{yuan} by the model.",
        "收益仅按上述单价折算，未减成本：减去成本后，方案按模型收益{net:,.0f}{yuan}。",
    ),
    "counts not": (" No price is put on: {names}; the gain counts nothing for them.", "{names}未定价，不计入收益。"),
    "at": ("{name} (period {t})", "{name}（第{t}期）"), "pair": ("interaction of {names}", "{names}的交互"), "and": (" and ", "与"),
    "identical": ("as today", "与现状相同"), "open": ("not told apart from today", "与现状尚难区分"),
    "longer": ("longer than today", "比现状长"), "shorter": ("shorter than today", "比现状短"),
    "higher": ("higher than today", "比现状高"), "lower": ("lower than today", "比现状低"),
    "more": ("a gain over today", "比现状有收益"), "less": ("a loss against today", "比现状有损失"),
    "order": ("Within the bundle edits follow each other in the order of the problem file, whichever begins first: they do not commute.",
              "组合内各项修改按问题文件中的次序依次应用，与开展先后无关；次序不同，结果不同。"),
    "verified": ("On fresh seeds, single 95 % intervals; of money, mean over replications (assumptions not included)",
                 "新种子验证，逐项95%区间；金额为各次重复的均值（未计入假设）"),
    "model says": ("simulated less model {gap:+,.0f}", "模拟减模型{gap:+,.0f}"),
    "portfolio gain": ("gain over the calendar", "期内收益"),
    "shares": (
        "Who brought how much, CNY a year with all in effect, on fresh seeds: Shapley value (these sum to the whole), alone, last in; "
        "mean over replications, single 95 % intervals",
        "各项贡献（全部生效后，元/年，新种子）：沙普利值（合计等于总收益）、单独实施、最后加入；各次重复的均值，逐项95%区间",
    ),
    "whole": ("the whole bundle", "整个组合"),
    "effects": ("Designed experiment on common draws, CNY a year: singles, and interactions of pairs (what both together "
                "gain beyond the sum of each alone; below zero they do the same work twice); mean over replications, single 95 % intervals",
                "设计试验（共同随机数，元/年）：单项与两两交互；交互为负表示作用重叠；各次重复的均值，逐项95%区间"),
    "unfit": ("The model of singles and pairs misses {names} most: simulated less model {band}",
              "单项与两两模型偏差最大者为{names}：模拟减模型{band}"),
    "tried": ("The best bundles by the model, simulated on the replications of the experiment, CNY over the calendar, "
              "single 95 % intervals; of each bundle the sequence that gains most within the limits",
              "模型最优的几个组合，在试验的重复中模拟（期内，元；逐项95%区间）；每个组合取限额内收益最大的开展顺序"),
    "by model": ("model {gain:,} (bound {bound}), cost {cost:,}", "模型{gain:,}（上界{bound}），成本{cost:,}"),
    "rules": ("What leaving a requirement out would gain, by the model, CNY over the calendar",
              "取消某项要求可增加的收益（模型值，期内，元）"),
    "front": ("Front: cost, when all is in effect, gain by the model (whole CNY a period) with its bound and its single "
              "95 % interval by the model's replications{risk}; CNY over the calendar. "
              "The same reforms in another sequence cost and gain otherwise",
              "前沿：成本、何时全部生效、模型收益（每期取整）及其上界与逐项95%区间（按试验重复）{risk}；期内，元。"
              "同样的改革，顺序不同则成本与收益不同"),
    "risk": (", largest regret under the stresses (a model's figure)", "、各压力情景下最大遗憾（模型值）"),
    "point": ("cost {cost:,}, {ready}, gain {gain:,}, bound {bound}, interval [{low} .. {high}]{regret}: {names}",
              "成本{cost:,}，{ready}，收益{gain:,}，上界{bound}，区间[{low} .. {high}]{regret}：{names}"),
    "regret": (", regret {regret:,}", "，遗憾{regret:,}"),
    "robust": ("Robust choice (least largest regret, {status}; figures of the model, CNY over the calendar): {names}",
               "稳健选择（最大遗憾最小，{status}；模型值，期内，元）：{names}"),
    "loses": ("{stress}: the proposal gains {chosen:,} less than the best choice there, the robust one {robust:,} less",
              "{stress}：方案比当时最优少{chosen:,}，稳健选择少{robust:,}"),
    "normal": ("normal weeks", "平常时期"), "none": ("none", "不开展"),
    "as priced": ("At both ends of the range of each price, one at a time, the model chooses the same.",
                  "各单价逐一取其范围两端，模型的选择均不变。"),
    "repriced": ("With the {measure} worth {price} CNY a unit the model would choose: {names}",
                 "若{measure}的单价为{price}元，模型会选择：{names}"),
    "no choice": ("nothing keeps the requirements", "没有选择满足要求"),
    "worth": ("Prices are those of the problem `{name}`: {told}. Replace judgements by your own before anybody decides.",
              "单价取自问题文件 {name}：{told}。其中的判断值，决策前请以本地数据替换。"),
}  # fmt: skip


def print_portfolio(portfolio: Portfolio, problem: PortfolioProblem, scenario: Scenario, *, as_json: bool, language: str) -> None:
    """Print the answer as one JSON document, or as text."""
    if as_json:
        print_json(portfolio.document())
        return
    zh, solution = language == "zh", portfolio.solution
    labels: Labels = {**labels_of(scenario), "reform": {name: Title(en=en, zh=chinese) for name, (en, chinese) in portfolio.titles.items()}}

    def word(key: str, **told: object) -> str:
        return WORDS[key][zh].format(**told)

    def named(names: tuple[str, ...]) -> str:
        return ("、" if zh else " + ").join(portfolio.titles[n][zh] for n in names) or word("none")

    def sequenced(begins: Begins) -> str:
        order = sorted(begins, key=lambda i: (begins[i], i))
        told = [word("at", name=portfolio.titles[candidates[i].name][zh], t=begins[i] + 1) for i in order]
        return ("、" if zh else " + ").join(told) or word("none")

    candidates, yuan = portfolio.instance.candidates, "元" if zh else " CNY"
    comma, semicolon, colon = SEPARATOR[zh], SEMICOLON[zh], COLON[zh]
    print(status_line(solution, language))
    if solution.status == "infeasible":
        print(word("clash") + colon.strip())
        for rule in solution.clash:
            print(f"  {requirement(rule, language, labels)}")
        return
    proof = f"{word('bound')} {solution.bound or 0:,.0f}{yuan}   {word('gap')} {solution.gap or 0:.3g}"
    cost = dict(solution.model)["cost_over_the_calendar"]
    print(f"{word('gain')} {solution.objective or 0:,.0f}{yuan}   {proof}   {word('cost')} {cost:,.0f}{yuan}")
    year = "/年" if zh else " a year"
    prices = [(heading(measure_name(w.measure, language)), _priced(w.unit, zh), f"{int(w.a_year):,}{year}") for w in problem.worth]
    told = semicolon.join(f"{name} {price}{comma}{times}" for name, price, times in prices)
    print(word("worth", name=problem.name, told=told))
    unpriced = ("、" if zh else ", ").join(measure_name(harm, language) for harm in _unpriced(problem))
    net = word("counts", net=(solution.objective or 0) - cost, yuan=yuan)
    print(net + (word("counts not", names=unpriced) if unpriced else ""))
    if portfolio.repriced and all(row.same for row in portfolio.repriced):
        print(word("as priced"))
    for end in (r for r in portfolio.repriced if not r.same):
        group = "" if end.group == "all" else f" ({group_name(end.group, language, labels)})"
        names = word("no choice") if end.reforms is None else named(end.reforms)
        print(word("repriced", measure=f"{measure_name(end.measure, language)}{group}", price=f"{end.price:g}", names=names))
    print(word("sequence", days=float(problem.calendar.length) / 86_400) if portfolio.begins else word("nothing"))
    for i, t in sorted(portfolio.begins.items(), key=lambda row: (row[1], row[0])):
        one = candidates[i]
        lacking = word("lead" if one.once or one.yearly else "lead and cost")
        told_of = {"t": t + 1, "name": portfolio.titles[one.name][zh], "ready": t + 1 + one.lead, "days": one.days, "lacking": lacking}
        print("  " + word("begins" if one.days else "begins at once", **told_of))
    print(word("order"))
    if solution.verified:
        print(word("verified"))
    for row in solution.verified:
        seen, money = vars(row), row.measure == "portfolio_gain"
        name = word("portfolio gain") if money else heading(measure_name(row.measure, language))
        change = f"{number(seen, 'difference', signed=True)} [{span(seen, 'difference_low', 'difference_high', signed=True) or NONE}]"
        said = f"{row.value or 0:,.0f}{yuan}{_ends(row.low, row.high)}{comma}{word('model says', gap=row.gap or 0)}"
        moved = comma.join([f"{word('today')} {number(seen, 'baseline')}", f"{word('proposed')} {number(seen, 'value')}", change])
        which = "" if row.group == "all" else f"{comma}{group_name(row.group, language, labels)}"
        unit = unit_name(row.unit, language)
        head = name if money else f"{name}{which}（{unit}）" if zh else f"{name}{which} ({unit})"
        runs = f"（n={row.n}）" if zh else f" (n={row.n})"
        print(f"  {head}{colon}{said if money else moved}{comma}{word(_beside_today(row))}{runs}")
    if portfolio.shares:
        print(word("shares"))
    for share in portfolio.shares:
        print(f"  {portfolio.titles[share.reform][zh]}{colon}{semicolon.join(map(shown, (share.shapley, share.alone, share.last)))}")
    if portfolio.whole is not None:
        print(f"  {word('whole')}{colon}{shown(portfolio.whole)}")
    print(word("effects"))
    _print_effects(portfolio.effects, named, language)
    if portfolio.unfit is not None:
        print(word("unfit", names=named(portfolio.unfit[0]), band=shown(portfolio.unfit[1])))
    print(word("tried"))
    for trial in portfolio.tried:
        model = word("by model", gain=trial.chosen.gain, bound=_whole(trial.chosen.bound), cost=trial.chosen.cost)
        print(f"  {sequenced(trial.chosen.begins or {})}{colon}{shown(trial.simulated)}{semicolon}{model}")
    if solution.why:
        print(word("rules"))
    for relief in solution.why:
        print(f"  {_whole(relief.saving):>10}  {requirement(relief.rule, language, labels)}")
    print(word("front", risk=word("risk") if portfolio.robust else ""))
    for point, service in zip(portfolio.front, portfolio.services, strict=True):
        names, ready = sequenced(point.begins), picture_word("ready" if point.ready else "at once", language).format(n=point.ready)
        regret = "" if point.regret is None else word("regret", regret=point.regret)
        figures = {"gain": point.gain, "bound": _whole(point.bound), "low": _whole(service.low), "high": _whole(service.high)}
        print("  " + word("point", cost=point.cost, ready=ready, regret=regret, names=names, **figures))
    if (robust := portfolio.robust) is not None:
        status = status_name(robust.status, language)
        print(word("robust", status=status, names=sequenced(robust.begins)))
        for stress, (chosen, other) in robust.regrets.items():
            where = word("normal") if stress == "none" else stress_title(stress, language)
            print("  " + word("loses", stress=where, chosen=chosen, robust=other))


def draw_portfolio(portfolio: Portfolio, problem: PortfolioProblem, out: Path, language: str) -> list[Path]:
    """Draw the shares, the front and the sequence into `out`."""
    days = float(problem.calendar.length) / 86_400
    return save(
        {
            "gain-shares": gain_shares(portfolio, language),
            "portfolio-front": choices_front(portfolio, language),
            "reform-sequence": sequence(portfolio, days, language),
        },
        out,
    )


def shown(found: Band) -> str:
    """Return a value with its interval in whole yuan.

    >>> from optimization.bundles import Band
    >>> shown(Band(1234.5, 1000.2, 1468.8))
    '1,234 [1,000 .. 1,469]'
    """
    return f"{_whole(found.value)}{_ends(found.low, found.high)}"


def _ends(low: float | None, high: float | None) -> str:
    """Return an interval in brackets, nothing where there is none.

    >>> _ends(1.0, 2000.0), _ends(None, None)
    (' [1 .. 2,000]', '')
    """
    return "" if low is None or high is None else f" [{low:,.0f} .. {high:,.0f}]"


def _beside_today(row: Verified) -> str:
    """Return the word for which way a row surely goes beside today, by its paired interval."""
    low, high = row.difference_low, row.difference_high
    if row.difference == low == high == 0:
        return "identical"
    more, less = ("more", "less") if row.unit == "CNY" else ("longer", "shorter") if row.unit in TIMES else ("higher", "lower")
    return "open" if low is None or high is None or low <= 0 <= high else more if low > 0 else less


def _unpriced(problem: PortfolioProblem) -> list[str]:
    """Return the harms that no price counts: a wait is in the price of waits, and of the time that an errand costs."""
    within = {"wait_mean": ("wait_", "burden_"), "walk_away_share": ("walk_",)}
    return [harm for harm in HARMS if not any(worth.measure.startswith(within[harm]) for worth in problem.worth)]


def _print_effects(effects: Mapping[str, Mapping[tuple[str, ...], Band]], named: object, language: str) -> None:
    assert callable(named)
    zh = language == "zh"
    for stress, found in effects.items():
        print(f"  {WORDS['normal'][zh] if stress == 'none' else stress_title(stress, language)}{COLON[zh].strip()}")
        for names, effect in found.items():
            pair = WORDS["pair"][zh].format(names=WORDS["and"][zh].join(named((name,)) for name in names))
            print(f"    {named(names) if len(names) == 1 else pair}{COLON[zh]}{shown(effect)}")


def _priced(unit: Money, zh: bool) -> str:
    """Return a price a unit with its range."""
    return str(unit).replace(" CNY", "元").replace(" (", "（").replace(")", "）") if zh else str(unit)


def _whole(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"
