"""What things are called in the reader's language: measures, units of time, causes, dimensions; and the fonts that Chinese needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from simulation.log import EventLog

Language = Literal["en", "zh"]
SYSTEM = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei")

SEPARATOR = (", ", "，")
"""Between parts of one name."""
SEMICOLON, COLON = ("; ", "；"), (": ", "：")
EVERY, EVERY_ZH = "every ticket counted", "计全部取号"
MEASURES: Mapping[str, tuple[str, str]] = {
    "wait_mean": ("mean wait", "平均等候时间"),
    "wait_median": ("median wait", "等候时间中位数"),
    "wait_p90": ("wait that 9 in 10 visitors stay within", "九成群众不超过的等候时间"),
    "wait_over_15": ("share of visitors who wait more than 15 minutes", "等候超过15分钟的比例"),
    "wait_over_30": ("share of visitors who wait more than 30 minutes", "等候超过30分钟的比例"),
    "wait_mean_all": (f"mean wait, {EVERY}", f"平均等候时间（{EVERY_ZH}）"),
    "wait_median_all": (f"median wait, {EVERY}", f"等候时间中位数（{EVERY_ZH}）"),
    "wait_p90_all": (f"wait that 9 in 10 stay within, {EVERY}", f"九成取号不超过的等候时间（{EVERY_ZH}）"),
    "wait_over_15_all": (f"share that waits more than 15 minutes, {EVERY}", f"等候超过15分钟的比例（{EVERY_ZH}）"),
    "wait_over_30_all": (f"share that waits more than 30 minutes, {EVERY}", f"等候超过30分钟的比例（{EVERY_ZH}）"),
    "wait_peak": ("mean wait in the worst half hour of the worst queue", "最忙队列最忙半小时的平均等候时间"),
    "queue_length": ("average number of people waiting", "平均在等人数"),
    "tickets_per_day": ("number of tickets a working day", "每工作日取号量"),
    "walk_away_share": ("share of tickets given up before the call", "弃号率"),
    "sent_home_share": ("share of tickets sent home at closing", "闭厅时未叫到而劝返的比例"),
    "consultation_share": ("share of tickets for consultation", "咨询取号占比"),
    "collection_share": ("share of tickets for collecting a result", "领证取号占比"),
    "trips": ("number of trips per case", "每件跑动次数"),
    "trips_per_need": ("number of trips per need, online ones included", "每项办事需求的跑动次数（含网办）"),
    "contacts_per_case": ("face-to-face contacts per case", "每件面对面接触次数"),
    "two_person_share": ("share of decisions that two people looked at", "经双人办理的决定比例"),
    "on_the_spot_share": ("share of window cases decided on the spot", "当场办结率"),
    "incomplete_first": ("share of cases with papers missing at the first contact", "首次材料不齐率"),
    "bounces_per_visit": ("times sent on from a wrong window per visit", "每次到场被转引的次数"),
    "first_contact_share": ("share of visits settled without being sent on", "首问即准的到场占比"),
    "supplement_rate": ("share of cases asked for missing papers", "补正率"),
    "leakage": ("share of cases taken in outside the hall", "体外循环率"),
    "result_wd": ("mean time until the result is in hand", "平均取件用时"),
    "wait_borne": ("wait per ticket served, with that of those who left", "平均等候时间（计入弃号者）"),
    "visit_cap_share": ("share of cases given up at the last visit allowed", "因跑动次数达上限而放弃的比例"),
    "denied_share": ("share of decisions that deny", "不予许可率"),
    "burden_hours": ("time an errand costs its owner, travel included", "每项办事需求耗时（含往返）"),
    "burden_money": ("cost of an errand to its owner, time and fares", "每项办事需求的申请人成本（时间与路费）"),
    "lead_wd": ("mean charged time to decision", "平均计时办理时间"),
    "lead_wd_window": ("mean charged time to decision of promised cases filed at a window", "窗口承诺件平均计时办理时间"),
    "lead_median": ("median charged time to decision", "计时办理时间中位数"),
    "lead_gross_median": ("median time from receipt to decision, nothing taken out", "收件至办结时间的中位数（不扣停时）"),
    "lead_gross_p90": ("time from receipt to decision that 9 in 10 cases stay within", "九成办件自收件起不超过的时间"),
    "promise_judged": ("share of cases old enough to be judged by their promise", "承诺时限已届满、可判定的办件比例"),
    "legal_judged": ("share of cases old enough to be judged by the law", "法定时限已届满、可判定的办件比例"),
    "lead_p90": ("charged time to decision that 9 in 10 cases stay within", "九成办件不超过的计时办理时间"),
    "lead_gross_wd": ("mean time from receipt to decision, nothing deducted", "收件至决定平均用时（不作扣除）"),
    "lead_days": ("mean time from receipt to decision, days of the calendar", "收件至决定平均自然日"),
    "suspended_wd": ("mean time with the clock stopped", "平均停时"),
    "applicant_wd": ("mean time until missing papers came", "申请人补齐材料平均用时"),
    "touch_share": ("share of a case's time in which somebody works on it", "实际办理时间占比"),
    "hops": ("number of hand-overs of a file", "每件流转次数"),
    "transfer_wait": ("time a file waits for transport", "每件等待流转时间"),
    "join_wait": ("time departments that are done wait for the slowest", "并联审批中先办完部门等待最慢部门的时间"),
    "regulator_told": ("share of approvals the regulator has read in two working days", "批后两个工作日内监管部门已阅比例"),
    "open_cases": ("number of cases open at the end of the window", "期末在办件数"),
    "on_time_promise": ("share decided within the promised limit", "承诺时限内办结率"),
    "on_time_promise_worst": ("share within the promised limit, lowest it can be", "承诺时限内办结率（下限）"),
    "on_time_promise_best": ("share within the promised limit, highest it can be", "承诺时限内办结率（上限）"),
    "alerted_share": ("share of cases that supervision warned of", "电子监察预警率"),
    "late_promise": ("share later than the promised limit", "超承诺时限率"),
    "on_time_legal": ("share decided within the legal limit", "法定时限内办结率"),
    "on_time_legal_worst": ("share within the legal limit, lowest it can be", "法定时限内办结率（下限）"),
    "on_time_legal_best": ("share within the legal limit, highest it can be", "法定时限内办结率（上限）"),
    "late_legal": ("share later than the legal limit", "超法定时限率"),
    "limits_compressed": ("cut of the legal limit that is promised", "承诺时限压减比例"),
    "speed_up": ("cut of the legal limit that is achieved", "实际提速比例"),
    "on_time_reported": ("share within the promised limit, finished cases only", "承诺时限内办结率（仅计已办结件）"),
    "late_reported": ("share later than promised, finished cases only", "超承诺时限率（仅计已办结件）"),
    "late_by_date": ("share later than promised by date, finished cases only", "按日期计的超承诺时限率（仅计已办结件）"),
    "early_share": ("share decided earlier than promised", "提前办结率"),
    "wrong_class_share": ("share of cases that went another way than their class", "错类办件率"),
    "items_passing": ("share of items that are lawful, prompt and smooth", "三项全部合格的事项占比"),
    "items_lawful": ("share of items that promise no more than the law allows", "程序与时限合法的事项占比"),
    "items_prompt": ("share of items that keep their promise in 95 of 100 cases", "95%办件守诺的事项占比"),
    "items_smooth": ("share of items with a stable queue, few hand-overs, one notice", "运转顺畅的事项占比"),
    "items_tested": ("share of items known to keep or break their promise", "守诺与否已可判定的事项占比"),
    "utilisation": ("share of open window time in use", "窗口利用率"),
    "window_manned_share": ("share of rostered window time with somebody there", "窗口在岗率"),
    "busy_hours": ("time of service at all windows", "全部窗口服务时间"),
    "overtime_hours": ("overtime at all windows", "全部窗口加班时间"),
    "paid_hours": ("paid working time of all staff", "全部人员付薪工时"),
    "centre_cost": ("cost of all people on duty", "全部在岗人员成本"),
    "cost_per_case": ("cost of all people on duty, per case decided", "每件办结的人员成本"),
    "days_by_cause": ("share of the time of promised cases, by cause", "承诺件用时构成（按原因）"),
    "days_by_department": ("share of the time of promised cases, by department", "承诺件用时构成（按部门）"),
    "tidal_openings": ("openings of tidal windows", "潮汐窗口开启次数"),
    "travel_per_need": ("time on the way per need, there and back", "每项办事需求的往返路途时间"),
    "site_gap": ("difference of mean wait between halls", "大厅之间平均等候时间之差"),
    "late_days_by_cause": ("share of the time of late cases, by cause", "超期件用时构成（按原因）"),
    "late_days_by_department": ("share of the time of late cases, by department", "超期件用时构成（按部门）"),
}
"""Every measure of the catalogue, so worded that `the` may stand before it."""

CHARGED = frozenset({"lead_wd", "lead_wd_window", "lead_median", "lead_p90"})
"""Measures of charged time: working days of the legal clock."""

CAUSES: Mapping[str, tuple[str, str]] = {
    "working": ("being worked on", "正在办理"),
    "waiting": ("waiting its turn", "排队待办"),
    "stall": ("lying idle", "无人处理"),
    "leader": ("with the leader", "等待领导签批"),
    "other_department": ("in another department", "其他部门办理"),
    "transfer": ("waiting for and in transport", "流转途中"),
    "applicant": ("with the applicant", "申请人补正"),
    "stopped": ("clock stopped", "停时"),
    "unlogged": ("elsewhere, or not recorded", "中心以外或无记录"),
}
"""Causes of `simulation.measures.causes`."""

DIMENSIONS: Mapping[str, tuple[str, str]] = {
    "item": ("item", "事项"), "queue": ("queue", "队列"), "department": ("department", "部门"), "window": ("window", "窗口"),
    "site": ("hall", "大厅"), "group": ("group", "人群"), "channel": ("channel", "渠道"), "class": ("class", "办件类型"),
    "zone": ("zone", "片区"), "need": ("need", "办事需求"), "half_hour": ("half hour from", "时段起"), "cause": ("cause", "原因"),
    "day": ("day", "日"),
}  # fmt: skip
MEMBERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "cause": CAUSES,
    "class": {
        "instant": ("on the spot", "即办件"), "committed": ("committed", "承诺件"), "joint": ("joint", "联办件"),
        "upward": ("passed upward", "上报件"), "consultation": ("consultation", "咨询"),
    },
    "channel": {"counter": ("window", "窗口"), "online": ("online", "网上"), "mail": ("mail", "邮寄"), "email": ("e-mail", "电子邮件")},
    "day": {
        "mon": ("Monday", "周一"), "tue": ("Tuesday", "周二"), "wed": ("Wednesday", "周三"), "thu": ("Thursday", "周四"),
        "fri": ("Friday", "周五"), "sat": ("Saturday", "周六"), "sun": ("Sunday", "周日"),
    },
}  # fmt: skip


class Named(Protocol):
    """Anything with a name in both languages."""

    @property
    def en(self) -> str: ...

    @property
    def zh(self) -> str: ...


Labels = Mapping[str, Mapping[str, Named]]


OF_OPTIMISERS: Mapping[str, tuple[str, str]] = {
    "portfolio_gain": ("gain over the calendar", "期内收益"),
    "late_days_owned": ("share of the time of late cases with one named department", "超期时间中有明确责任部门的比例"),
    "rostered_hours": ("working time by the roster, without overtime", "排班工时（不含加班）"),
}
"""Measures that stand in no catalogue, since only an optimiser asks for them."""


def measure_name(code: str, language: str) -> str:
    """Return what a measure is called, in a form that fits into a sentence; its code when nobody named it.

    Example
    -------
    >>> measure_name("wait_mean", "en")
    'mean wait'
    """
    return {**MEASURES, **OF_OPTIMISERS}.get(code, (code, code))[language == "zh"]


def counted(n: int, noun: str) -> str:
    """Return so many of something, in English.

    >>> counted(1, "cell"), counted(1200, "cell")
    ('1 cell', '1,200 cells')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def heading(text: str) -> str:
    """Return a name as a heading: its first letter is a capital."""
    return text[:1].upper() + text[1:]


def group_name(group: str, language: str, labels: Labels | None = None) -> str:
    """Return what a group of rows (`item:pension`) is called.

    Parameters
    ----------
    labels : names by dimension and code, such as those of a log.

    Example
    -------
    >>> group_name("cause:stall", "en")
    'cause: lying idle'
    """
    kind = group.partition(":")[0]
    dimension = DIMENSIONS.get(kind, (kind, kind))[language == "zh"]
    return f"{dimension}{'：' if language == 'zh' else ': '}{member_name(group, language, labels)}"


def member_name(group: str, language: str, labels: Labels | None = None) -> str:
    """Return what a group of rows is called, without the dimension it belongs to."""
    kind, _, code = group.partition(":")
    named = (labels or {}).get(kind, {}).get(code)
    usual = MEMBERS.get(kind, {}).get(code)
    if named is not None and (usual is None or language == "en" or named.zh):
        return title_of(named, language)
    return code if usual is None else usual[language == "zh"]


def title_of(named: Named, language: str) -> str:
    """Return a title in the reader's language; English where there is no Chinese one."""
    return (named.zh or named.en) if language == "zh" else named.en


def name_of(log: EventLog, kind: str, code: str, language: str) -> str:
    """Return what a code of a log is called in the reader's language; the code itself when nothing else is known."""
    label = log.meta.labels.get(kind, {}).get(code)
    return code if label is None else title_of(label, language)


def fonts() -> list[str]:
    """Return font families for both languages: Latin first, then a Chinese one, of the system or of the font package.

    DejaVu comes first because a Chinese font would turn the minus signs of an axis into wide ones.
    """
    from matplotlib import font_manager

    known = {f.name for f in font_manager.fontManager.ttflist}
    for name in SYSTEM:
        if name in known:
            return ["DejaVu Sans", name]
    font = str(files("pylopdf_fonts_zh_cn").joinpath("NotoSansSC-Regular.otf"))
    font_manager.fontManager.addfont(font)
    return ["DejaVu Sans", font_manager.FontProperties(fname=font).get_name()]
