"""What optimisers call statuses, verdicts, figures of a model, requirements and cells, in the words and names that a reader knows.

Optimisers name rules in English with codes, since rules are compared and priced by these names. Here they are read again: each kind of
rule has a form, codes in it give way to titles, and in Chinese the form does too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulation.items import TaskStep
from workbench.language import MEMBERS, SEPARATOR, group_name, measure_name, title_of

if TYPE_CHECKING:
    from simulation.centre import Centre
    from simulation.items import Item
    from workbench.language import Labels, Named

STATUS = {
    "proved": ("proved", "已证明最优"), "bounded": ("bounded", "有界（未证最优）"), "heuristic": ("heuristic", "启发式（无界）"),
    "infeasible": ("infeasible", "无可行方案"),
}  # fmt: skip
VERDICT = {"met": ("met", "达到"), "missed": ("missed", "未达到"), "undecided": ("undecided", "尚难判断")}
FIGURES = {
    "paid_hours_a_week_today": ("paid hours a week today", "现状每周付薪工时"),
    "paid_hours_a_week": ("paid hours a week", "方案每周付薪工时"),
    "missing_hours_a_week_today": ("missing hours a week today", "现状每周缺员工时"),
    "missing_hours_a_week": ("missing hours a week", "方案每周缺员工时"),
    "people_trained": ("people trained", "培训人数"),
    "least_in_the_search": ("least in the search", "搜索所得最小目标值"),
    "bound_if_more_people_never_lengthen_a_wait_and_sections_do_not_affect_each_other": (
        "bound if more people never lengthen a wait and sections do not affect each other", "增人不延长等候、各组互不影响时的下界",
    ),
    "staffings_simulated": ("staffings simulated", "已仿真的排班方案数"),
    "paid_hours_a_week_without_the_budget": ("paid hours a week that do without the budget", "不设预算时可行方案的每周付薪工时"),
    "least_paid_hours_a_week_without_the_budget": (
        "paid hours a week that are needed at least without the budget", "不设预算时每周至少所需付薪工时",
    ),
    "searches_with_a_margin": ("searches with a margin", "留有余量的搜索次数"),
}  # fmt: skip
"""Figures of the staffing model, by their names in `Solution.model`."""
BACKENDS: tuple[tuple[str, str], ...] = (
    (r"every whole day, tested on fresh replications", "逐日取值，以新种子重复检验"),
    (r"every whole day, none tested: too few fresh replications", "逐日取值，新种子重复次数不足，未检验"),
    (r"every whole day, none left to test on fresh replications", "逐日取值，无须以新种子重复检验"),
    (r"GLOP over all bodies, bound recomputed", "GLOP（全部组合，上界重新计算）"),
    (r"(\S+) in OR-Tools ([^\s,]+)", r"\1（OR-Tools \2）"), (r", confirmed by (.+)", r"，经\1确认"),
    (r"sum of the positive gains", "正收益之和"), (r"dynamic programming", "动态规划"), (r"enumeration", "枚举"),
    (r"search for a cycle", "查找循环"), (r", ", "、"),
)  # fmt: skip
"""How what found an answer is said in Chinese, one pattern after the other."""
CONTRACTS = {"posted": ("posted", "派驻"), "centre": ("of the centre", "中心聘用"), "contracted": ("contracted", "劳务派遣")}
STEPS = {
    "review": ("review", "审查"), "check": ("check", "核查"), "visit": ("visit on site", "现场核查"),
    "report": ("report", "拟办"),
    "section": ("section head", "科长签批"), "leader": ("leader", "领导签批"), "sign": ("signature", "签批"),
    "join": ("joining", "汇总意见"),
    "decide": ("decision", "决定"), "make": ("certificate", "制证"), "accept": ("acceptance", "受理"), "issue": ("issue", "发证"),
    "inward": ("run to the department", "送审"), "outward": ("run to the window", "送回"), "expert-review": ("expert review", "专家评审"),
    "hearing": ("hearing", "听证"), "publicity": ("publicity", "公示"), "inspection": ("inspection", "检验检测"),
}  # fmt: skip
"""Steps by the names that routes usually give them."""
DENIALS = {"the same people, in today's order": "同一批人员，按现行次序"}
FORMS: tuple[tuple[str, str], ...] = (
    ("people: {people}", "人数：{people}"),
    ("windows: {windows}", "窗口数：{windows}"),
    ("people to be moved: {people}", "可调动人数：{people}"),
    ("employer and contract stay", "派驻单位与用工形式不变"),
    ("hours kept: somebody at all hours served today", "保留时段：现在有人服务的时段仍有人"),
    ("hours kept", "保留时段：现在有人服务的时段仍有人"),
    ("budget: {n} paid hours a week", "预算：每周{n}付薪工时"),
    ("budget", "工时预算"),
    ("simulated together: more people than this", "合并仿真：人数须多于此"),
    ("{reform} takes {n} periods, the calendar has {m}", "{reform}需{n}期，而全期只有{m}期"),
    ("{reform} is decided by {authority}, who may not be asked", "{reform}由{authority}决定，而本问题不得报请"),
    ("{reform} needs {other}", "{reform}以{other}为前提"),
    ("{reform} and {other} exclude each other", "{reform}与{other}互斥"),
    ("{reform} is wanted", "必须开展{reform}"),
    ("costs of at most {n} CNY over the calendar", "期内成本至多{n}元"),
    ("at most {n} people introduce reforms at one time", "同时推进改革至多{n}人"),
    ("one-off costs of at most {n} CNY in a period", "每期一次性成本至多{n}元"),
    ("a gain of at least {n} CNY over the calendar, by the model", "期内收益（模型值）至少{n}元"),
    ("{item}: {step} before {then} ({article})", "{item}：{step}先于{then}（{article}）"),
    ("{item}, {moves}: {why}", "{item}，{moves}：{why}"),
)
"""Forms of requirements. A target of a wait has another grammar, see `targets`."""
NUMBER = r"[\d.,]+"
TARGET = re.compile(
    rf"(?:wait at most (?P<wait>{NUMBER}) min|(?P<served>{NUMBER}) % served within (?P<within>{NUMBER}) min"
    rf"|at most (?P<left>{NUMBER}) % walk away)(?P<scope>(?:, (?!at most)(?:each [a-z]+(?: hour)?|[\w:-]+(?: [\w-]+)*?))*?)"
    r"(?: \[(?P<cell>[^\]]*)\])?(?= comes to| 为 |[;.；。]|$)"
)


def status_name(status: str, language: str) -> str:
    """Return what the status of a model is called.

    >>> status_name("proved", "zh")
    '已证明最优'
    """
    return STATUS[status][language == "zh"]


def verdict_name(verdict: str | None, language: str) -> str:
    """Return what a verdict is called; a dash where there is none."""
    return "-" if verdict is None else VERDICT[verdict][language == "zh"]


def figure_name(code: str, language: str) -> str:
    """Return what a figure of a staffing model is called."""
    return FIGURES.get(code, (code.replace("_", " "),) * 2)[language == "zh"]


def backend_name(backend: str, language: str) -> str:
    """Return what found an answer: a solver by its own name, other ways in the reader's language.

    >>> backend_name("HiGHS in OR-Tools 9.15, confirmed by CP-SAT in OR-Tools 9.15", "zh")
    'HiGHS（OR-Tools 9.15），经CP-SAT（OR-Tools 9.15）确认'
    >>> backend_name("dynamic programming, enumeration", "zh")
    '动态规划、枚举'
    """
    for pattern, words in BACKENDS if language == "zh" else ():
        backend = re.sub(pattern, words, backend)
    return backend


def cell_name(group: str, language: str, labels: Labels) -> str:
    """Return what a cell of a target is called: `queue:household half_hour:09:00` by its parts.

    >>> cell_name("queue:x day:mon", "en", {})
    'queue: x, day: Monday'
    """
    return SEPARATOR[language == "zh"].join(group_name(part, language, labels) for part in group.split(" "))


def scoped_measure(name: str, language: str, labels: Labels) -> str:
    """Return what the measure of a target is called: of the catalogue, with what it is taken by, `wait_borne by queue` say."""
    zh = language == "zh"
    plain, *scope = re.split(r" (?=by |at )", name)
    if plain.startswith("not_served_within_"):
        minutes = plain.removeprefix("not_served_within_").removesuffix("_min")
        told = f"{minutes}分钟内未办理占比" if zh else f"share not served within {minutes} minutes"
    else:
        told = measure_name(plain, language)
    by = [_dimension(one[3:], language) for one in scope if one.startswith("by ")]
    at = [group_name(one[3:], language, labels) for one in scope if one.startswith("at ")]
    if zh:
        return told + (f"（按{'、'.join(by)}）" if by else "") + (f"（{'，'.join(at)}）" if at else "")
    return told + (f" by {' and '.join(by)}" if by else "") + (f" ({', '.join(at)})" if at else "")


def requirement(rule: str, language: str, labels: Labels) -> str:
    """Return a requirement as a reader knows it, or words that hold requirements, with the targets among them.

    Parameters
    ----------
    labels : titles by dimension and code (`workbench.titles.labels_of`); reforms under `reform`.

    Example
    -------
    >>> requirement("budget: 40 paid hours a week", "zh", {})
    '预算：每周40付薪工时'
    """
    zh = language == "zh"
    for (pattern, named), (en, chinese) in zip(_PATTERNS, FORMS, strict=True):
        if found := pattern.fullmatch(rule):
            told = {key: NAMED[key](found[key], language, labels) if key in NAMED else found[key] for key in named}
            return (chinese if zh else en).format(**told)
    return targets(rule, language, labels)


def targets(words: str, language: str, labels: Labels) -> str:
    """Return words in which targets of waiting stand, each as a reader knows it.

    >>> targets("With everybody seated: wait at most 30 min, each queue [queue:x] comes to 45.0 min.", "zh", {})
    'With everybody seated: 等候不超过30分钟，每个队列（队列：x） comes to 45.0 min.'
    """
    return TARGET.sub(lambda found: _target(found, language, labels), words)


def remark_name(remark: tuple[str, str], language: str, labels: Labels) -> str:
    """Return a remark of an answer in the reader's language, requirements in it as he knows them."""
    told = targets(remark[language == "zh"], language, labels)
    if language == "zh":
        told = re.sub(r"(?<=[：; ])(hours kept|budget)(?=[;。])", lambda found: requirement(found[0], language, labels), told)
        told = told.replace("“proved”", f"“{status_name('proved', language)}”").replace("; ", "；")
    return told


def step_names(item: Item, centre: Centre, language: str) -> dict[str, str]:
    """Return what the steps of an item's route are called: by who looks where that is another department, else by what is usually meant."""
    zh, told = language == "zh", dict[str, str]()
    pools = {code: centre.pools[step.pool] for code, step in item.route.items() if isinstance(step, TaskStep)}
    desks = {(p.department, p.title.en) for p in pools.values() if p.role == "officers"}
    for code in item.route:
        pool = pools.get(code)
        if pool is None or pool.department == item.department:
            told[code] = STEPS[code][zh] if code in STEPS else code if pool is None else title_of(pool.title, language)
            continue
        single = sum(department == pool.department for department, _ in desks) == 1
        name = title_of(centre.departments[pool.department].title if single else pool.title, language)
        told[code] = name if pool.role == "officers" or not single else f"{name}{'签批' if zh else ', signature'}"
    return told


def order_words(words: str, steps: Mapping[str, str]) -> str:
    """Return an order of checks with the names of its steps for their codes.

    >>> order_words("visit; then look-fire after visit", {"visit": "visit on site", "look-fire": "Fire brigade"})
    'visit on site; then Fire brigade after visit on site'
    """
    return re.sub(r"[a-z][a-z0-9_-]*", lambda found: steps.get(found[0], found[0]), words)


def _target(found: re.Match[str], language: str, labels: Labels) -> str:
    zh = language == "zh"
    if found["wait"]:
        told = f"等候不超过{found['wait']}分钟" if zh else f"wait at most {found['wait']} min"
    elif found["served"]:
        told = f"{found['within']}分钟内叫到{found['served']}%" if zh else f"{found['served']} % served within {found['within']} min"
    else:
        told = f"弃号不超过{found['left']}%" if zh else f"at most {found['left']} % walk away"
    scope = [_scope(one, language, labels) for one in found["scope"].split(", ") if one]
    told = SEPARATOR[zh].join([told, *scope])
    if not found["cell"]:
        return told
    cell = cell_name(found["cell"], language, labels)
    return f"{told}（{cell}）" if zh else f"{told} [{cell}]"


def _scope(word: str, language: str, labels: Labels) -> str:
    """Return what a target is asked of: each member of a dimension, or one of them."""
    if word.startswith("each "):
        name = _dimension(word.removeprefix("each ").replace(" ", "_"), language)
        return f"每个{name}" if language == "zh" else f"each {name}"
    if (usual := MEMBERS["day"].get(word)) is not None:
        return usual[language == "zh"]
    return _of("queue")(word.replace(" ", "_") if word.replace(" ", "_") in labels.get("queue", {}) else word, language, labels)


def _dimension(code: str, language: str) -> str:
    from workbench.language import DIMENSIONS

    if code == "half_hour":
        return "半小时" if language == "zh" else "half hour"
    return DIMENSIONS.get(code, (code, code))[language == "zh"]


def _of(kind: str) -> Callable[[str, str, Labels], str]:
    """Return how a code of this kind is named."""

    def named(code: str, language: str, labels: Labels) -> str:
        title: Named | None = labels.get(kind, {}).get(code)
        return code if title is None else title_of(title, language)

    return named


def _people(words: str, language: str, labels: Labels) -> str:
    """Name a group of people: employer, contract, hall where there are several, skills."""
    zh = language == "zh"
    employer, *rest = words.split(", ")
    told = [_of("department")(employer, language, labels), *(CONTRACTS.get(one, (one,) * 2)[zh] for one in rest[:1])]
    told += [*(_of("site")(one, language, labels) for one in rest[1:-1]), *(_queues(one, language, labels) for one in rest[1:][-1:])]
    return SEPARATOR[zh].join(told)


def windows_name(words: str, language: str, labels: Labels) -> str:
    """Return what a kind of windows is called: whose they are, in which hall where there are several, and for which queues."""
    department, *rest = words.split(", ")
    told = [_of("department")(department, language, labels)]
    told += [*(_of("site")(one, language, labels) for one in rest[:-1]), *(_queues(one, language, labels) for one in rest[-1:])]
    return SEPARATOR[language == "zh"].join(told)


def _queues(words: str, language: str, labels: Labels) -> str:
    return ("、" if language == "zh" else " + ").join(_of("queue")(one, language, labels) for one in words.split("+"))


def _authority(code: str, language: str, labels: Labels) -> str:
    from workbench.titles import AUTHORITY

    return AUTHORITY.get(code, (code, code))[language == "zh"]


def _moves(words: str, language: str, labels: Labels) -> str:
    if words == "order":
        return "次序" if language == "zh" else words
    return ("、" if language == "zh" else " + ").join(_of("move")(one, language, labels) for one in words.split(" + "))


def _article(words: str, language: str, labels: Labels) -> str:
    found = {title.en: title for title in labels.get("article", {}).values()}
    return title_of(found[words], language) if words in found else DENIALS.get(words, words) if language == "zh" else words


NAMED: Mapping[str, Callable[[str, str, Labels], str]] = {
    "people": _people, "windows": windows_name, "reform": _of("reform"), "other": _of("reform"), "authority": _authority,
    "item": _of("item"), "step": _of("step"), "then": _of("step"), "article": _article, "moves": _moves,
}  # fmt: skip
"""How the codes in a form are named, by their place in it."""


def _pattern(form: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    parts = re.split(r"\{(\w+)\}", form)
    told = "".join(
        re.escape(part) if k % 2 == 0 else f"(?P<{part}>{NUMBER if part in 'nm' else '.+' if part in ('why', 'article') else '[^:]+?'})"
        for k, part in enumerate(parts)
    )
    return re.compile(told), tuple(parts[1::2])


_PATTERNS = tuple(_pattern(en) for en, _ in FORMS)
