"""The answer of each optimiser to its question, in one or two sentences made of its figures: what a planner reads first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.flow import answer_words, in_a_sentence, paid
from workbench.flow_said import answered, promises
from workbench.language import SEMICOLON, SEPARATOR, heading, title_of
from workbench.mergers import figure_name, gain_between, measure_words, titles_of
from workbench.quantities import number, resolved, span, unit_name
from workbench.solutions import cost_words, money_words
from workbench.staffing_said import COMMA, MOST, STOP, between, of_staffing
from workbench.titles import stress_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from optimization.flow import FlowSolution
    from optimization.flow_problem import FlowProblem
    from optimization.fourwords import Point
    from optimization.merging import Merger
    from optimization.merging_problem import MergingProblem
    from optimization.portfolio import Portfolio
    from optimization.promised import LimitsSolution, Promised
    from simulation.scenario import Scenario

PAID, HOURS = ("paid_hours", "all"), "h per working day"
WORDS = {
    "more": (" and {n} more", "等另{n}个"),
    "merged": ("{lead}: {bodies}. The model gains {gain:,.0f} CNY a year, no partition in the rules more than {bound:,.0f}: "
               "figures of a model, without an interval of chance",
               "{lead}：{bodies}。模型收益{gain:,.0f}元/年，规则之内任何方案不超过{bound:,.0f}元/年（模型数值，无随机区间）"),
    "become": ("Together become one", "合并为一"),
    "would become": ("The merger that the model prefers is", "模型所选的合并为"),
    "once": (". Merging costs {once} once, spread over {years} years: with that at its low end the same merger gains {high:,.0f} CNY a "
             "year, at its high end {low:,.0f}{loss}",
             "。合并一次性费用{once}，按{years}年分摊：取其低端时同一合并收益{high:,.0f}元/年，取其高端时{low:,.0f}元/年{loss}"),
    "a loss": (", a loss", "（即亏损）"),
    "nobody": ("No two departments gain by becoming one", "任何两个部门合并均无收益"),
    "no partition": ("No partition keeps all rules", "没有任何方案同时满足全部规则"),
    "rule": (". Of the rules the dearest is “{rule}” ({price:,.0f} CNY a year)", "。代价最大的规则是“{rule}”（{price:,.0f}元/年）"),
    "not worth": ("Do not merge: {names}. Held against {merger} and against today on the same fresh seeds, where a difference within 1 % "
                  "is none and how many departments there are does not count: ",
                  "不要合并：{names}。以下与{merger}及现状相比（同一批新种子；1%以内视为无差别，部门数不计）："),
    "do": ("do “{name}”", "应改行“{name}”"), "or do": (", or “{name}”", "，或“{name}”"), "keep": ("stay as today", "维持现状"),
    "or keep": (", or stay as today", "，或维持现状"),
    "sides": ("“{name}” ({cost}) is surely better than the merger in {over}, worse in nothing; better than today in {better}, worse in "
              "{worse}. ",
              "“{name}”（费用：{cost}）确定优于该合并者：{over}，无一项更差；确定优于现状者：{better}，更差者：{worse}。"),
    "none better": ("nothing", "无"),
    "simulated": (
        ". Simulated, it changes paid working time by {change}{span} {unit}{money}. The two count other hours: the model the work that is "
        "no longer done (hand-overs, second reviews, overlaps, less what merging takes), simulation everybody's time for the hall by the "
        "calendar, with overtime. Nobody is dismissed or hired, so that work saved is free for other things and no wage; and the officers "
        "of a merged body all give the hall the hours and the part of the day that those of its leading pool give it today, which moves "
        "this figure and which the model leaves out",
        "。仿真付薪工时变化{change}{span}（{unit}）{money}。两者所计不同：模型计不再需要的工作（交接、重复审查、职权交叉，减去合并所耗），"
        "仿真计全部人员按日历投入大厅的时间（含加班）。合并既不裁员也不增人，省下的工作可转作他用而不减工资；合并后全体经办人员按其牵头组现在的"
        "办公时间和投入大厅的工时比例工作，此数因此变化，模型未计",
    ),
    "worth": (", {money:+,.0f} CNY a year at the {hour:g} CNY an hour of the problem, {days} working days",
              "，按问题文件每小时{hour:g}元、每年{days}个工作日计{money:+,.0f}元/年"),
    "beside": (". {figure}, beside today: {told}", "。{figure}与现状之差：{told}"),
    "point": ("{name} {change}{span}", "{name}{change}{span}"),
    "cut": ("{k} of {n} promises can be shorter and still be kept by {share} of the cases",
            "{n}项承诺中{k}项可缩短而仍有{share}的办件守得住"),
    "longer": ("too short as they stand: {k}", "{k}项现承诺过短"), "stay": ("as today: {k}", "{k}项维持"),
    "unsure": ("not certified: {k}", "{k}项未获验证"),
    "refuted": ("not kept even at the limit by law: {k}", "{k}项即使按法定时限也守不住"),
    "days": ("{item} {today} to {limit} d", "{item}由{today}改为{limit}天"),
    "normal": (", {weak} of these only in normal weeks", "，其中{weak}项仅平常时期守得住"),
    "all normal": (", but only in normal weeks", "，但仅限平常时期"),
    "both": ("{item}: today {today} d, in normal weeks {limit}, in all that was tried {always}",
             "{item}：现承诺{today}天，平常时期可为{limit}天，所试各情形下{always}"),
    "always": ("{n}", "须{n}天"), "never": ("none shown", "未能证明"),
    "today fails": (" Under {stress} today's own promise is not kept either: {told}", "{stress}下，现承诺本身也守不住：{told}"),
    "today open": (" Under {stress} today's own promise was not shown to be kept: {told}",
                   "{stress}下，现承诺本身能否守住尚难判断：{told}"),
    "today's": ("{item}, {days} d, {share:.1%} on time", "{item}（{days}天，按时率{share:.1%}）"),
    "over ranges": ("the assumptions' ranges, on average,", "假设范围内（平均）"),
    "any weeks": (", under every stress asked too", "，在所问各压力情景下也守得住"),
    "untried": (", in normal weeks: no stress was asked", "，指平常时期：未问压力情景"),
    "staff holds": ("One day less for {item} holds with {heads} more in {pool}", "{item}再少一天：{pool}增{heads}人守得住"),
    "staff open": ("one day less was not shown for {items}, with the people asked about", "{items}再少一天：按所问增员未能证明"),
    "begin": ("Begin {told}", "开展{told}"),
    "in period": ("in period {t} {names}", "第{t}期{names}"),
    "none": ("Begin none of these reforms", "无需开展任何一项改革"),
    "clash": ("No choice keeps all requirements", "没有任何选择满足全部要求"),
    "gains": (": {gain:,.0f} CNY over the calendar{band} on fresh seeds", "：期内收益{gain:,.0f}元{band}（新种子）"),
    "most": ("; {name} brings most, {value:,.0f} CNY a year{band}", "；{name}贡献最大，每年{value:,.0f}元{band}"),
    "way": ("{item}: {way}", "{item}：{way}"), "routes stay": ("No route becomes better", "各流程均无可改进之处"),
    "clash order": ("No order keeps all that is asked", "没有任何次序满足全部要求"),
    "loses": (" Under {stress} it loses {loss:,.0f} CNY over the calendar by the model", "{stress}下按模型期内损失{loss:,.0f}元"),
    "misses": (" Under {stress} it gains {gain:,.0f} CNY by the model, {loss:,.0f} less than the best there",
               "{stress}下按模型收益{gain:,.0f}元，比当时最优少{loss:,.0f}元"),
    "recommend": (
        " Take the proposal where weeks like those of the baseline are expected, and {names} instead where {stress} may well come: for "
        "{cost:,} CNY in place of {now:,}, by the model that gains {less:,.0f} CNY less over the calendar in normal weeks and {more:,.0f} "
        "CNY more there.",
        "若预期与基准相近，取本方案；若{stress}很可能出现，则改取{names}：成本{cost:,}元（本方案{now:,}元），按模型平常时期少得{less:,.0f}元，"
        "彼时多得{more:,.0f}元。",
    ),
    "dominated": (
        " Take {names} instead, for {cost:,} CNY in place of {now:,}: by the model it gains {more:,.0f} CNY more over the calendar under "
        "{stress}, and no less in normal weeks.",
        "宜改取{names}（成本{cost:,}元，本方案{now:,}元）：按模型，在{stress}下多得{more:,.0f}元，平常时期也不少得。",
    ),
    "at": ("{name} (period {t})", "{name}（第{t}期）"),
    "none of them": ("none", "不开展"),
    "unshown": ("; not shown to bring anything: {names}", "；是否有贡献尚难判断：{names}"),
}  # fmt: skip


def of_merging(merger: Merger, problem: MergingProblem, scenario: Scenario, language: str = "en") -> str:
    """Say first whether to merge at all and what to do instead; then who becomes one, what that gains, at both ends of what it costs, what
    paid hours do in simulation, which rule is dearest, and how soon cases are decided under each.
    """
    zh, solution, titles = language == "zh", merger.solution, titles_of(merger, problem, language)
    if solution.status == "infeasible":
        return WORDS["no partition"][zh] + STOP[zh]
    shown = next((p for p in merger.proposals if p.reform == solution.reform), merger.proposals[0])
    bodies = [body for body in shown.bodies if len(body) > 1]
    if not bodies:
        return WORDS["nobody"][zh] + STOP[zh]
    names = COMMA[zh].join(" + ".join(title_of(scenario.centre.departments[n].title, language) for n in body) for body in bodies)
    better = [p for name in merger.instead for p in merger.beside if p.name == name]
    lead = WORDS["would become" if better else "become"][zh]
    told = _instead(merger, better, problem, titles, language) if better and shown.reform is not None else ""
    told += WORDS["merged"][zh].format(lead=lead, bodies=names, gain=shown.answer.value or 0.0, bound=shown.answer.bound or 0.0)
    if shown.reform is not None and (ends := gain_between(shown, problem)):
        once = money_words(shown.reform.cost.once, zh)
        loss = WORDS["a loss"][zh] if ends[0] < 0 else ""
        told += WORDS["once"][zh].format(once=once, years=int(problem.prices.years), low=ends[0], high=ends[1], loss=loss)
    mine = [p for p in merger.beside[1:] if shown.reform is not None and p.name == shown.reform.name]
    others = [p for p in merger.beside[1:] if p.name in problem.alternatives]
    for row in (p.figures[PAID] for p in mine if p.figures[PAID]["difference"] is not None):
        told += _paid_hours(row, float(problem.prices.hour), language)
    if solution.why:
        dear = solution.why[0]
        rule = next((words.zh for words in merger.rules if zh and words.en == dear.rule), dear.rule)
        told += WORDS["rule"][zh].format(rule=rule, price=dear.saving or 0.0)
    key = ("lead_wd", "all")
    rows = [(titles[p.name], p.figures[key]) for p in (*mine, *others) if p.figures[key]["difference"] is not None]
    if rows:
        changes = COMMA[zh].join(_change(name, {"measure": key[0], "unit": "wd", **row}, language) for name, row in rows)
        told += WORDS["beside"][zh].format(figure=f"{figure_name(*key, language)} ({unit_name('wd', language)})", told=changes)
    return told + STOP[zh]


def _instead(
    merger: Merger, better: Sequence[Point], problem: MergingProblem, titles: Mapping[str, str], language: str
) -> str:  # fmt: skip
    """Say what to do instead, what it costs, in what it is surely better and worse: than the merger, and than today as in the picture."""
    from optimization.fourwords import judged
    from optimization.outlay import cost_together
    from simulation.verbs import load_reform

    zh, today, reform = language == "zh", merger.beside[0].name, merger.solution.reform
    named = [(("or " if k else "") + ("keep" if p.name == today else "do"), titles[p.name]) for k, p in enumerate(better)]
    names = "".join(WORDS[key][zh].format(name=name) for key, name in named)
    told = WORDS["not worth"][zh].format(names=names, merger=titles[reform.name] if reform else "")
    for p in better:
        over, gained, lost = (
            COMMA[zh].join(measure_words(*key, language) for key, row in rows.items() if judged(row, key[0]) == side)
            for rows, side in ((p.apart, "better"), (p.figures, "better"), (p.figures, "worse"))
        )
        nothing = WORDS["none better"][zh]
        cost = cost_words(cost_together([load_reform(file) for file in problem.alternatives.get(p.name, ())]), zh)
        told += WORDS["sides"][zh].format(name=titles[p.name], cost=cost, over=over, better=gained or nothing, worse=lost or nothing)
    return told


def _paid_hours(row: Mapping[str, Any], hour: float, language: str) -> str:
    """Say what paid hours do in simulation, what they would cost, and how they differ from the hours that the model counts."""
    from optimization.weights import YEAR_WD

    zh, hours = language == "zh", {"measure": PAID[0], "unit": HOURS, **row}
    money = WORDS["worth"][zh].format(money=row["difference"] * YEAR_WD * hour, hour=hour, days=YEAR_WD) if resolved(hours) else ""
    ends = between(span(hours, "difference_low", "difference_high", signed=True))
    change = number(hours, "difference", signed=True)
    return WORDS["simulated"][zh].format(change=change, span=ends, unit=unit_name(HOURS, language), money=money)


def of_limits(solution: LimitsSolution, titles: Mapping[str, str], pools: Mapping[str, str], language: str = "en") -> str:
    """Say which promises can be shorter, which are too short, which could not be shown, and what one day less would take."""
    zh, rows = language == "zh", solution.promised
    known = [(row, row.limit_wd) for row in rows if row.limit_wd is not None]
    shorter, longer = ([(row, limit) for row, limit in known if (limit - row.today_wd) * way > 0] for way in (-1, 1))
    counts = {"n": len(rows), "k": len(shorter), "share": f"{solution.share:.0%}"}
    weak = sum(row.only_in_normal_weeks for row, _ in shorter)
    held = "any weeks" if all(row.held for row, _ in shorter) else "untried"
    weeks = "" if not shorter else "all normal" if weak == len(shorter) else "normal" if weak else held
    told = [WORDS["cut"][zh].format(**counts) + (WORDS[weeks][zh].format(k=len(shorter), weak=weak) if weeks else "")]
    told[0] += _days(shorter, titles, zh)
    told += [WORDS["longer"][zh].format(k=len(longer)) + _days(longer, titles, zh)] if longer else []
    same, refuted = len(known) - len(shorter) - len(longer), sum(row.refuted for row in rows)
    unsure = len(rows) - len(known) - refuted
    told += [WORDS[key][zh].format(k=k) for key, k in (("stay", same), ("refuted", refuted), ("unsure", unsure)) if k]
    said = SEMICOLON[zh].join(told) + STOP[zh] + _today_elsewhere(rows, titles, language)
    asked = [row for row in rows if row.staffing]
    able = [(row, next(s for s in row.staffing if s.shown == "holds")) for row in asked if any(s.shown == "holds" for s in row.staffing)]
    more = [WORDS["staff holds"][zh].format(item=titles[row.item], heads=s.heads, pool=pools[s.pool]) for row, s in able]
    left = [titles[row.item] for row in asked if not any(s.shown == "holds" for s in row.staffing)]
    more += [WORDS["staff open"][zh].format(items=COMMA[zh].join(left))] if left else []
    return said + (("" if zh else " ") + heading(SEMICOLON[zh].join(more)) + STOP[zh] if more else "")


def _today_elsewhere(rows: Sequence[Promised], titles: Mapping[str, str], language: str) -> str:
    """Say of each stress which of today's promises fail there, and which were not shown to be kept; nothing where all are."""
    zh, told = language == "zh", ""
    for name in dict.fromkeys(held.name for row in rows for held in row.held):
        title = WORDS["over ranges"][zh] if name == "ranges" else stress_title(name, language)
        title = title if zh else title[:1].lower() + title[1:]
        there = [(row, held) for row in rows for held in row.held if held.name == name and held.today_share is not None]
        for shown, key in (("fails", "today fails"), ("not shown", "today open")):
            weak = [(row, held.today_share or 0.0) for row, held in there if held.today_shown == shown]
            if weak:
                some = [WORDS["today's"][zh].format(item=titles[r.item], days=r.today_wd, share=s) for r, s in weak[:MOST]]
                rest = WORDS["more"][zh].format(n=len(weak) - MOST) if len(weak) > MOST else ""
                told += WORDS[key][zh].format(stress=title, told=SEMICOLON[zh].join(some) + rest) + STOP[zh]
    return told


def of_portfolio(portfolio: Portfolio, language: str = "en") -> str:
    """Say what to begin when, what that gains on fresh seeds, who brings most of it and who was not shown to bring anything."""
    zh = language == "zh"
    if portfolio.solution.status == "infeasible":
        return WORDS["clash"][zh] + STOP[zh]
    if not portfolio.begins:
        return WORDS["none"][zh] + STOP[zh]
    name = {i: portfolio.titles[c.name][zh] for i, c in enumerate(portfolio.instance.candidates)}
    begun = {t: [name[i] for i in sorted(portfolio.begins) if portfolio.begins[i] == t] for t in sorted({*portfolio.begins.values()})}
    told = SEMICOLON[zh].join(WORDS["in period"][zh].format(t=t + 1, names=COMMA[zh].join(names)) for t, names in begun.items())
    told = WORDS["begin"][zh].format(told=told)
    for row in portfolio.solution.verified:
        if row.measure == "portfolio_gain" and row.value is not None:
            told += WORDS["gains"][zh].format(gain=row.value, band=_band(row.low, row.high))
    told += paid(portfolio.solution.verified, language)
    if portfolio.shares:
        best = max(portfolio.shares, key=lambda share: share.shapley.value)
        most = {"value": best.shapley.value, "band": _band(best.shapley.low, best.shapley.high)}
        told += WORDS["most"][zh].format(name=portfolio.titles[best.reform][zh], **most)
    weak = [portfolio.titles[s.reform][zh] for s in portfolio.shares if s.shapley.low is None or s.shapley.low <= 0]
    told += (WORDS["unshown"][zh].format(names=COMMA[zh].join(weak)) if weak else "") + STOP[zh]
    return told + _stressed(portfolio, name, language)


def under_stress(portfolio: Portfolio) -> dict[str, float]:
    """Return what the model of singles and pairs says the choice gains under each stress, yuan over the calendar."""
    from optimization.choice import gain_of

    effects = {stress: [band.value for band in found.values()] for stress, found in portfolio.effects.items() if stress != "none"}
    return {stress: float(gain_of(portfolio.instance, portfolio.begins, np.array(found))) for stress, found in effects.items()}


def _stressed(portfolio: Portfolio, name: Mapping[int, str], language: str) -> str:
    """Say under which stresses the choice loses, else misses more than the robust one, and which of both to take when."""
    from optimization.choice import cost_of

    robust, zh, told = portfolio.robust, language == "zh", ""
    if robust is None:
        return told
    for stress, gain in under_stress(portfolio).items():
        missed, other = robust.regrets[stress]
        loss = -gain if gain < 0 else missed if missed > other else 0.0
        if loss:
            key = "loses" if gain < 0 else "misses"
            title = stress_title(stress, language)
            told += WORDS[key][zh].format(stress=title if zh else title[:1].lower() + title[1:], gain=gain, loss=loss)
            told += STOP[zh]
    apart = {stress: mine - other for stress, (mine, other) in robust.regrets.items() if stress != "none"}
    worst = max(apart, key=lambda stress: apart[stress], default=None)
    if worst is None or apart[worst] <= 0 or dict(robust.begins) == dict(portfolio.begins):
        return told
    mine, other = robust.regrets.get("none", (0, 0))
    begun = sorted(robust.begins, key=lambda i: (robust.begins[i], i))
    names = COMMA[zh].join(WORDS["at"][zh].format(name=name[i], t=robust.begins[i] + 1) for i in begun) or WORDS["none of them"][zh]
    title = stress_title(worst, language)
    figures = {"stress": title if zh else title[:1].lower() + title[1:], "less": other - mine, "more": apart[worst], "names": names}
    figures |= {"cost": cost_of(portfolio.instance, robust.begins), "now": cost_of(portfolio.instance, portfolio.begins)}
    return told + WORDS["recommend" if other > mine else "dominated"][zh].format(**figures)


def of_flow(solution: FlowSolution, problem: FlowProblem, scenario: Scenario, language: str = "en") -> str:
    """Answer the question, say how much sooner items are decided, what that does to the whole centre and what is promised anew; then the
    order and the moves of each item that changes.
    """
    zh = language == "zh"
    if solution.reform is None:
        return WORDS["clash order" if solution.clash else "routes stay"][zh] + STOP[zh]
    changed = [chosen.taken for chosen in solution.routes if chosen.taken.edits]
    ways = [(title_of(scenario.centre.items[a.item].title, language), answer_words(a, problem, scenario, language)) for a in changed]
    told = ("；" if zh else ". ").join(WORDS["way"][zh].format(item=item, way=way) for item, way in ways)
    first = [answered(solution, problem, language), in_a_sentence(solution, scenario, language), *promises(solution, scenario, language)]
    return ("" if zh else " ").join([*first, told]) + STOP[zh]


def _band(low: float | None, high: float | None) -> str:
    """Return an interval of money in brackets, nothing where there is none."""
    return "" if low is None or high is None else f" [{low:,.0f} .. {high:,.0f}]"


def _change(name: str, row: Mapping[str, object], language: str) -> str:
    ends = between(span(row, "difference_low", "difference_high", signed=True))
    return WORDS["point"][language == "zh"].format(name=name, change=number(row, "difference", signed=True), span=ends)


def _days(rows: Iterable[tuple[Promised, int]], titles: Mapping[str, str], zh: bool) -> str:
    told = []
    for row, limit in rows:
        always = WORDS["never"][zh] if row.any_week_wd is None else WORDS["always"][zh].format(n=row.any_week_wd)
        key = "both" if row.only_in_normal_weeks else "days"
        told.append(WORDS[key][zh].format(item=titles[row.item], today=row.today_wd, limit=limit, always=always))
    apart = SEMICOLON if any(row.only_in_normal_weeks for row, _ in rows) else SEPARATOR
    return "" if not told else f"（{apart[zh].join(told)}）" if zh else f" ({apart[zh].join(told)})"


__all__ = ["of_flow", "of_limits", "of_merging", "of_portfolio", "of_staffing"]
