"""What commands print: tables for people, one strict JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulation.errors import InputRefused, Problem
from simulation.experiment import code as called
from workbench.answer import VERDICTS, careful_verdict, in_short, limits_in_words, sentences, verdict
from workbench.language import CHARGED, Labels, group_name, heading, measure_name, member_name, title_of
from workbench.quantities import number, span, unit_name, unit_of
from workbench.tables import new_console, new_table
from workbench.titles import labels_of

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from simulation.experiment import Experiment
    from simulation.judgement import Judgement
    from simulation.result import Result
    from simulation.scenario import Scenario
    from workbench.lawfulness import Lawfulness
    from workbench.limits import Limits, Offer

SHOWN_ITEMS = 12
WORDS = {
    "measure": ("measure", "指标"), "value": ("value", "数值"), "interval": ("95 % interval", "95% 区间"),
    "difference": ("difference", "差值"), "scenario": ("scenario", "方案"), "unit": ("unit", "单位"), "verdict": ("verdict", "结论"),
    "code": ("code", "代码"), "chance": ("95 % interval (assumptions not included)", "95%区间\n（未计入假设）"),
    "marks": (
        "* simultaneous 95 % (Bonferroni): all intervals with a star hold together. Without a star: single 95 %, each for itself.",
        "* 同时 95%（Bonferroni 法）：所有带星号的区间同时成立；无星号：单独 95%，各自成立。",
    ),
    "single": ("Intervals: single 95 %, each for itself.", "区间：单独 95%，各自成立。"),
    "identical": (
        "identical: in all {n} replications; up to {differ:.0f} % of replications may differ (95 %).",
        "无变化：{n}次重复均如此；仍可能有至多{differ:.0f}%的重复与此不同（95%）。",
    ),
    "tiny": (
        "under 1 %: the difference is certain, but less than 1 % of today's value: none in practice.",
        "不足1%：差异确定，但不足现值的1%，实际可视为无差别。",
    ),
    "same": (
        "no difference: the whole interval lies within 1 % of today's value: none in practice.",
        "实际无差别：整个区间都在现值的1%以内。",
    ),
    "added": (
        "That counts the baseline's numbers; the reforms add {0} proposed or assumed and {1} from a source.",
        "以上仅计现状方案的数；各项改革另有{0}个数为拟定或假设，{1}个有来源。",
    ),
    "charged": (
        "Charged time: working days of the legal clock from acceptance on; waiting for papers and lawful stops are taken out.",
        "计时办理时间：自受理起按法定时限计的工作日，扣除补正等待和依法停时。",
    ),
    "steady": (
        "Steady view: everybody is trained and used to the new order; `view: transition` shows the way there.",
        "稳态：人员已培训、磨合已完成；过渡期请用 `view: transition`。",
    ),
    "transition": (
        "Transition view: today until the measured window, the reform from its first day.", "过渡：测量期首日起实行改革，此前为现状。",
    ),
    "n": ("replications", "重复次数"), "names": ("Names in files and JSON", "文件与 JSON 中的名称"), "answer": ("Answer", "回答"),
    "headline": ("With intervals that hold together (chance only; assumptions not included)", "同时成立的区间（仅含随机误差，未计入假设）"),
    "stress": ("Under stress", "压力情景"), "flips": ("the verdict turns here", "结论在此改变"),
    "limits": ("What time limits could we then promise?", "之后能承诺怎样的办结时限？"),
    "limits_unit": ("working days from acceptance that at least 9 in 10 cases keep", "自受理起、至少九成办件能守住的工作日数"),
    "item": ("item", "事项"), "law": ("legal limit", "法定时限"), "promise": ("promise today", "现承诺时限"),
    "could": ("could promise: {title}", "可承诺：{title}"), "few": ("too few cases", "件数太少"), "day": ("same day", "当日"),
    "beyond": ("not even the legal limit", "法定时限亦难守住"), "gone": ("no item of its own", "不再单独设项"),
    "longer": (
        "! longer than today's promise, which 9 in 10 cases are not sure to keep.", "! 长于现承诺时限：不能确定有九成办件守得住现承诺。",
    ),
    "broken": ("Today's promise is not sure to be kept by 9 in 10 cases", "不能确定有九成办件守得住现承诺的事项"),
    "instead": ("{item} (promised {promise}, holds {holds})", "{item}（承诺{promise}，守得住{holds}）"),
    "certain": (
        "Each number holds with one-sided confidence 97.5 %: chance only, assumptions not included; not confirmed on fresh seeds.",
        "每个数字的单侧置信度为97.5%：仅计随机性，未计入假设；尚未用新种子确认。",
    ),
    "more": (
        "Promises not sure to be kept come first; {n} items with fewer cases are not shown (--json lists all).",
        "守不住的承诺列在前；另有{n}个件数较少的事项未列出（--json 列出全部）。",
    ),
    "newly": ("On the spot today, but no longer under {title}", "现在当场办结，但在“{title}”下不再当场办结"),
    "not measurable": ("not measurable", "无法计算"), "missing": ("missing", "缺少"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def print_json(document: Mapping[str, Any]) -> None:
    """Print one strict JSON document (no NaN)."""
    print(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1))


def print_run(
    result: Result, scenario: Scenario, *, as_json: bool = False, language: str = "en", controls: pd.DataFrame | None = None
) -> None:
    """Print every measure of one scenario over all, and its intervals with control variates where these are given."""
    from workbench.certainty import plain_rows, print_controls

    if as_json:
        print_json({**result.document(), **({} if controls is None else {"controls": plain_rows(controls)})})
        return
    console = new_console()
    console.print(title_of(scenario.title, language), style="bold", highlight=False)
    cells: list[tuple[str, ...]] = []
    for measure, rows in _by_measure(row for row in result.rows if row["group"] == "all" or row["group"].startswith("cause:")):
        name, unit = heading(measure_name(measure, language)), unit_of(rows[0]["unit"]).name[language == "zh"]
        if rows[0]["group"] != "all":
            cells.append((name, measure, unit))
        for row in rows:
            head = (name, measure, unit) if row["group"] == "all" else (f"  {member_name(row['group'], language)}", "", "")
            cells.append((*head, number(row, "value"), span(row, "low", "high")))
    heads = [word(key, language) for key in ("measure", "code", "unit", "value", "chance")]
    console.print(new_table(heads, cells, (None, 23, 15, 9, 16), left=3))
    if controls is not None:
        print_controls(console, result, controls, {scenario.name: title_of(scenario.title, language)}, language)
    _close(console, result, language)


def print_comparison(
    result: Result, experiment: Experiment, scenarios: Mapping[str, Scenario], lawfulness: Lawfulness | None = None,
    *, as_json: bool = False, language: str = "en", synchronised: bool = False, controls: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Print a comparison: a section for each measure, then the answer in words and the limits that could be promised.

    Parameters
    ----------
    scenarios : the baseline and the main reforms, by code.
    lawfulness : what the law says of each scenario, by code; a mark stands beside it wherever it has a row.
    synchronised : say how well each scenario and today run side by side.
    controls : intervals with control variates, as of `simulation.verbs.controls_of`; not printed when left out.
    """
    from workbench.certainty import narrowness, plain_rows, print_controls, print_scores, scores
    from workbench.lawfulness import HEADING, documents, lines, mark, marked
    from workbench.limits import limits_of
    from workbench.titles import baseline_title, numbers_added, price, scenario_titles, stress_title

    limits, lawful = limits_of(result, scenarios), lawfulness or {}
    if as_json:
        more = {"synchronisation": scores(result)} if synchronised else {}
        more |= {} if controls is None else {"controls": plain_rows(controls)}
        print_json({**result.document(), "limits": limits.documents(), "lawfulness": documents(lawful), **more})
        return
    console, titles, labels = new_console(), scenario_titles(experiment, language), labels_of(*scenarios.values())
    rows_of = {name: marked(title, lawful.get(name, ()), language) for name, title in titles.items()}
    console.print(title_of(experiment.question, language), style="bold", highlight=False)
    for stress in dict.fromkeys(row["stress"] for row in result.rows):
        if stress != "none":
            console.print(f"\n{word('stress', language)}: {stress_title(stress, language)}", style="bold", highlight=False)
        asked = {(h.measure, h.group) for h in experiment.headline}
        for measure, rows in _by_measure(row for row in result.rows if row["stress"] == stress):
            groups = list(dict.fromkeys(row["group"] for row in rows))
            for group in [g for g in groups if g == "all" or "all" not in groups or (measure, g) in asked]:
                _section(console, [row for row in rows if row["group"] == group], rows_of, labels, language)
    if "window_wd" in result.provenance:
        from workbench import months

        shown = tuple(dict.fromkeys(h.measure for h in experiment.headline)) or experiment.measures
        after = {name: titles[name] for name in experiment.names}
        console.print(f"\n{months.word('title', language)}", style="bold")
        for line in months.lines(result.rows, after, shown, int(result.provenance["window_wd"]), language):
            console.print(line, highlight=False)
    console.print(f"\n{word('marks' if experiment.headline else 'single', language)}", highlight=False)
    verdicts = {careful_verdict(row) for row in result.rows}
    n = int(result.provenance["replications"])
    for key in ("tiny", "same", "identical"):
        if VERDICTS[key][0] in verdicts:
            console.print(word(key, language).format(n=n, differ=100 * (1 - 0.05 ** (1 / n))), highlight=False)
    for line in narrowness(result, titles, language, labels):
        console.print(line, highlight=False)
    if synchronised:
        print_scores(console, result, titles, language)
    if controls is not None:
        print_controls(console, result, controls, titles, language)
    _close(console, result, language)
    console.print(word("added", language).format(*numbers_added(experiment)), highlight=False)
    today = called(experiment.baseline)
    own = {**titles, today: f"{titles[today]} = {baseline_title(experiment, language)}"}
    console.print(f"\n{word('names', language)}", style="bold")
    for code, title in own.items():
        console.print(f"  [dim]{code}[/dim]  {title}", highlight=False)
    if any(lawful.values()):
        console.print(f"\n{HEADING[language == 'zh']}", style="bold")
        for name, findings in lawful.items():
            for line in [titles[name], *lines(findings, language)] if findings else ():
                console.print(line, highlight=False, markup=False)
    console.print(f"\n{word('answer', language)}", style="bold")
    prices = {name: price(experiment, name, language, ranges=True) for name in experiment.names}
    for name, told in ((n, mark(lawful.get(n, ()), language)) for n in prices):
        prices[name] = f"{told}; {prices[name]}" if told else prices[name]
    for line in in_short(experiment, result, titles, prices, language, labels):
        console.print(f"- {line}", highlight=False)
    if experiment.headline:
        console.print(f"\n{word('headline', language)}", style="bold")
    for line in sentences(experiment, result, titles, language, labels):
        console.print(line, highlight=False)
    if result.plausible is not None:
        from workbench.bands import print_bands

        print_bands(result.plausible, titles, language, labels)
    if result.groups:
        from workbench.fates import print_fates

        print_fates(result.groups, titles, language, labels)
    if limits.offers:
        print_limits(limits, titles, language)


def _section(
    console: Console, rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str], labels: Labels, language: str
) -> None:
    """One measure: its name and unit once, then a row for each scenario."""
    first = rows[0]
    name = heading(measure_name(first["measure"], language))
    if first["group"] != "all":
        name += f"{'，' if language == 'zh' else ', '}{group_name(first['group'], language, labels)}"
    console.print(f"\n[bold]{name}[/bold]{_in_brackets(unit_name(first['unit'], language), language)}", highlight=False)
    cells = []
    for row in rows:
        star = "*" if row["simultaneous"] and not row["identical"] else " "
        apart = row["difference"] is not None and not row["identical"]
        change = number(row, "difference", signed=True) if apart else ""
        between = f"{span(row, 'difference_low', 'difference_high', signed=True)}{star}" if apart else ""
        title = titles.get(row["scenario"], row["scenario"])
        cells.append((title, number(row, "value"), span(row, "low", "high"), change, between, careful_verdict(row, language)))
    heads = [word(key, language) for key in ("scenario", "value", "chance", "difference", "chance", "verdict")]
    console.print(new_table(heads, cells, (None, 7, 15, 10, 17, 12)))


def print_limits(limits: Limits, titles: Mapping[str, str], language: str) -> None:
    """Print the second half of the question: what could be promised, item by item.

    Parameters
    ----------
    titles : of the scenarios, by code.
    """
    console = new_console()
    console.print(f"\n[bold]{word('limits', language)}[/bold]{_in_brackets(word('limits_unit', language), language)}", highlight=False)
    for line in limits_in_words(limits, titles, language):
        console.print(line, highlight=False)
    could = [word("could", language).format(title=titles[s]) for s in limits.scenarios]
    cells: list[tuple[str, ...]] = []
    shown = limits.telling()[:SHOWN_ITEMS]
    for item in shown:
        by = limits.offers[item]
        today = by[limits.today]
        holds = (_holds(by.get(s), today.promise_wd, language) for s in limits.scenarios)
        cells.append((limits.title(item, language), _days(today.legal_wd), _days(today.promise_wd), *holds))
    heads = [*(word(key, language) for key in ("item", "law", "promise")), *could]
    console.print(new_table(heads, cells, (None, 8, 10, *([16] * len(could))), folded=True))
    if hidden := len(limits.promised()) - len(shown):
        console.print(word("more", language).format(n=hidden), highlight=False)
    if any("!" in cell for row in cells for cell in row):
        console.print(word("longer", language), highlight=False)
    broken = [limits.offers[i][limits.today] for i in limits.promised() if limits.offers[i][limits.today].broken]
    told = [
        word("instead", language).format(item=limits.title(o.item, language), promise=o.promise_wd, holds=_holds(o, None, language).strip())
        for o in broken
    ]
    _print_list(console, word("broken", language), told, language)
    for scenario in limits.scenarios[1:]:
        new = limits.newly_promised(scenario)
        holds = (_holds(limits.offers[i][scenario], None, language).strip() for i in new)
        told = [f"{limits.title(i, language)}{_in_brackets(days, language)}" for i, days in zip(new, holds, strict=True)]
        _print_list(console, word("newly", language).format(title=titles[scenario]), told, language)
    console.print(word("certain", language), highlight=False)


def _print_list(console: Console, head: str, told: Sequence[str], language: str) -> None:
    """One line that names several things; nothing where there are none."""
    if told:
        colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
        console.print(f"{head}{colon}{comma.join(told)}", highlight=False)


def _holds(offer: Offer | None, promise_wd: int | None, language: str) -> str:
    """What could be promised, with a mark where today's promise is shorter."""
    if offer is None:
        return word("gone", language)
    if offer.holds_wd is None:
        return word("few", language)
    if not offer.lawful:
        return word("beyond", language)
    said = word("day", language) if offer.holds_wd == 0 else str(offer.holds_wd)
    return f"{said} {'!' if offer.tighter(promise_wd) else ' '}"


def _in_brackets(text: str, language: str) -> str:
    return f"（{text}）" if language == "zh" else f" ({text})"


def _days(limit: int | None) -> str:
    return "–" if limit is None else str(limit)


def _close(console: Console, result: Result, language: str) -> None:
    """The lines that every report ends with."""
    _charged(console, result.rows, language)
    view = result.provenance.get("view")
    told = f" {word(view, language)}" if view in ("steady", "transition") else ""
    n, begin = result.provenance["replications"], result.provenance.get("first_replication")
    which = f" ({begin:,}..{begin + n - 1:,})" if begin else ""
    console.print(f"{word('n', language)}: {n}{which}.{told}", highlight=False)
    console.print(result.evidence.line(language, included=result.plausible is not None), highlight=False)


def _charged(console: Console, rows: Iterable[Mapping[str, Any]], language: str) -> None:
    """What charged time is, where a report shows any."""
    if CHARGED & {row["measure"] for row in rows}:
        console.print(word("charged", language), highlight=False)


def _by_measure(rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    """Rows by measure, in the order of their first appearance."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["measure"], []).append(row)
    return found.items()


def steps(text: str) -> tuple[str, list[str]]:
    """Return the path and the values of ``PATH=FROM:TO:STEP``; a unit may follow, as in ``…=60:120:20 per day``.

    Example
    -------
    >>> steps("world.dispersion=0.1:0.2:0.05")
    ('world.dispersion', ['0.1', '0.15', '0.2'])
    """
    rule = "PATH=FROM:TO:STEP, a unit may follow"
    path, _, span = text.partition("=")
    span, _, unit = span.partition(" ")
    try:
        first, last, step = (Decimal(part) for part in span.split(":"))
    except (ValueError, ArithmeticError):
        raise InputRefused(Problem("--vary", text, rule, "write for example world.dispersion=0.1:0.2:0.05")) from None
    if step <= 0 or last < first or (last - first) / step > 50:
        raise InputRefused(Problem("--vary", text, "FROM <= TO, STEP > 0, at most 50 steps", "mend the three figures"))
    values = [first + k * step for k in range(int((last - first) / step) + 1)]
    return path, [f"{v.normalize():f} {unit}".strip() for v in values]


def print_sweep(experiment: Experiment, path: str, found: Sequence[tuple[str, Result]], *, as_json: bool, language: str) -> None:
    """Print the headline at each value, and where its verdict turns."""
    from workbench.titles import main_scenarios, scenario_titles

    sections = []
    for h in experiment.headline:
        rows: list[dict[str, Any]] = []
        for value, result in found:
            row = result.row(h.reform, h.measure, h.group, h.stress)
            now = verdict(row, language)
            rows.append({"path": path, "at": value, **row, "verdict": now, "flips": bool(rows) and now != rows[-1]["verdict"]})
        sections.append(rows)
    if as_json:
        print_json({"experiment": experiment.name, "vary": path, "rows": [row for rows in sections for row in rows]})
        return
    console, titles = new_console(), scenario_titles(experiment, language)
    labels = labels_of(*main_scenarios(experiment).values())
    for rows in sections:
        first = rows[0]
        colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
        group = "" if first["group"] == "all" else f"{comma}{group_name(first['group'], language, labels)}"
        what = f"{heading(measure_name(first['measure'], language))}{group}{_in_brackets(unit_name(first['unit'], language), language)}"
        console.print(f"\n[bold]{titles[first['scenario']]}{colon}{what}[/bold]", highlight=False)
        cells = []
        for row in rows:
            said = careful_verdict(row, language)
            turn = f"<- {word('flips', language)}" if row["flips"] else ""
            star = "*" if row["simultaneous"] and not row["identical"] else " "
            interval = f"{span(row, 'difference_low', 'difference_high', signed=True)}{star}"
            cells.append((row["at"], number(row, "difference", signed=True), interval, said, turn))
        heads = [path, *(word(key, language) for key in ("difference", "chance", "verdict")), ""]
        console.print(new_table(heads, cells, (None, 10, 17, 12, 24)))
    console.print(word("marks", language), highlight=False)


def print_judgement(judgement: Judgement, *, as_json: bool, language: str) -> None:
    """Print what a real log says, and which measures it cannot support."""
    if as_json:
        print_json(judgement.document())
        return
    console = new_console()
    for line in judgement.said(language):
        console.print(line, style="bold", highlight=False)
    cells: list[tuple[str, ...]] = []
    for measure, rows in _by_measure(judgement.rows):
        name, unit = heading(measure_name(measure, language)), unit_of(rows[0]["unit"]).name[language == "zh"]
        if rows[0]["group"] != "all":
            cells.append((name, unit))
        for row in rows:
            head = (name, unit) if row["group"] == "all" else (f"  {group_name(row['group'], language, judgement.meta.labels)}", "")
            cells.append((*head, number(row, "value"), span(row, "low", "high")))
    heads = [word(key, language) for key in ("measure", "unit", "value", "interval")]
    console.print(new_table(heads, cells, (None, 12, 9, 16), left=2))
    _charged(console, judgement.rows, language)
    for code, column in judgement.unsupported:
        told = f"{measure_name(code, language)} ({code}; {word('missing', language)}: {column})"
        console.print(f"{word('not measurable', language)}: {told}", highlight=False)
    for line in judgement.caveats(language):
        console.print(line, highlight=False)
