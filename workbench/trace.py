"""One citizen's path in words: what he waited for, who had the file, what the clocks say; before and after a reform."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.errors import InputRefused, Problem
from simulation.log import EventLog
from simulation.measures import View
from workbench.language import Labels, member_name, title_of

TEXT = {
    "service": ("at the counter", "在窗口办理"), "queue": ("waited for the counter", "在窗口排队"),
    "task": ("in the department", "部门办理"), "transfer": ("file carried", "材料流转"), "suspension": ("clock stopped", "停时"),
    "meeting": ("at a meeting", "会审"), "alert": ("alert", "预警"),
    "notice": ("notice to the applicant", "告知申请人"), "decision": ("decision", "决定"), "delivery": ("result handed over", "送达结果"),
    "waited": ("waited", "等候"), "open": ("not finished", "未完成"), "before": ("Before the reform", "改革前"),
    "after": ("After", "改革后"), "received": ("received", "收件"), "accepted": ("accepted", "受理"),
    "decided": ("decided", "决定"), "delivered": ("delivered", "送达"), "wd": ("working days", "个工作日"),
    "promise": ("promised clock", "承诺时限"), "law": ("legal clock", "法定时限"), "of": ("of", "/"), "stopped": ("stopped for", "停时"),
    "late": ("late", "超期"), "in_time": ("in time", "按时"), "too_young": ("cannot be said yet", "尚无法判断"),
    "granted": ("granted", "准予"),
}  # fmt: skip


SAID = {
    "supplement": "补正", "not_accepted": "不予受理", "denied": "不予许可", "no_show": "叫号未到", "left": "弃号离开",
    "interrupted": "中止", "withdrawn": "撤回", "wrong_window": "走错窗口", "sent_on": "转由部门", "deferred": "转由部门决定",
    "unlisted_paper": "清单外材料", "leader": "领导签批", "stall": "搁置", "deemed_consent": "逾期视为同意", "veto": "一票否决",
    "late_opinion": "意见逾期", "no_quorum": "不足人数", "max_visits": "跑动次数达上限", "counter": "窗口", "mail": "邮寄",
    "online": "网上",
    "hearing": "听证", "tender": "招标", "auction": "拍卖", "inspection": "检验", "testing": "检测", "quarantine": "检疫",
    "appraisal": "鉴定", "expert_review": "专家评审", "publicity": "公示", "site_survey": "现场踏勘", "upper_level": "上级审批",
    "acceptance": "受理",
}  # fmt: skip
"""Outcomes and reasons of a log in Chinese; in English their codes are words."""


def said(code: str, language: str) -> str:
    """Return an outcome or a reason in the reader's language; a code that nobody named stays.

    Example
    -------
    >>> said("wrong_window", "en"), said("wrong_window", "zh")
    ('wrong window', '走错窗口')
    """
    return SAID.get(code, code) if language == "zh" else code.replace("_", " ")


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return TEXT[key][language == "zh"]


def trace_case(scenario: str, reform: str | None, case: int, seed: int, days: int, language: str) -> list[str]:
    """Return the story of case `case` of the first replication, and of the same citizen under `reform`."""
    from simulation import verbs
    from simulation.reforms import apply
    from workbench.titles import labels_of

    before = verbs.load(scenario)
    told = verbs.Settings(seed=seed, days=days)
    log = verbs.log_of(before, told)
    rows = log.cases[log.cases["case"] == case]
    if rows.empty:
        last = int(log.cases["case"].max())
        raise InputRefused(Problem("CASE", str(case), f"a case of this run: 0 to {last}", "name another"))
    lines = [f"{word('before', language)}: {title_of(before.title, language)}", *story(log, case, language, labels_of(before))]
    if reform is not None:
        edit = verbs.load_reform(reform)
        after = apply(before, edit)
        other = verbs.log_of(after, told)
        who = rows.iloc[0]
        same = other.cases[(other.cases["need"].astype(object) == who["need"]) & (other.cases["number"] == who["number"])]
        lines += ["", f"{word('after', language)}: {title_of(edit.title, language)}"]
        for number in same["case"].tolist():
            lines += story(other, int(number), language, labels_of(before, after))
    return lines


def story(log: EventLog, case: int, language: str = "en", labels: Labels | None = None) -> list[str]:
    """Return one line for each thing that happened to a case, in order, and its clocks.

    Parameters
    ----------
    labels : names by dimension and code, beside those of the log; a step has none.
    """
    known = {**log.meta.labels, **(labels or {})}

    def called(kind: str, code: Any) -> str:
        return member_name(f"{kind}:{code}", language, known)

    who = log.cases[log.cases["case"] == case].iloc[0]
    lines = [f"  {' · '.join(called(kind, who[kind]) for kind in ('item', 'need', 'group', 'channel'))} · #{case}"]
    events = log.events[log.events["case"] == case]
    for at, (_, row) in sorted(enumerate(events.iterrows()), key=lambda pair: (_first(pair[1][1]), pair[0])):
        del at
        entered, start, end = (_value(row[c]) for c in ("entered", "start", "end"))
        waited = "" if entered is None or start is None or start == entered else f", {word('waited', language)} {_length(start - entered)}"
        done = (
            word("open", language) if end is None else "" if end == (start or end) else _length(end - (start if start is not None else end))
        )
        kind = "pool" if row["kind"] in ("task", "meeting") else "queue"
        queues = [called(kind, code) for code in row["queue"].split(", ")] if isinstance(row["queue"], str) else []
        place = " ".join(str(x) for x in (row["step"], ", ".join(queues), row["post"]) if isinstance(x, str) and x)
        decided = row["kind"] == "decision" and row["outcome"] == "done"
        told = word("granted", language) if decided else "" if row["outcome"] in ("done", "open") else said(row["outcome"], language)
        result = f" -> {told}" if told else ""
        reason = f" ({said(row['reason'], language)})" if isinstance(row["reason"], str) else ""
        lines.append(f"  {_when(log, _first(row))}  {word(row['kind'], language)}: {place}{reason} {done}{waited}{result}".rstrip())
    stamps = {name: _value(who[name]) for name in ("received", "accepted", "decided", "delivered")}
    lines.append("  " + "; ".join(f"{word(name, language)} {_when(log, t)}" for name, t in stamps.items() if t is not None))
    return [*lines, *_clocks(log, case, language)]


def _clocks(log: EventLog, case: int, language: str) -> list[str]:
    """Return what each clock of a case says: days charged, the limit, and the days that suspensions took out."""
    clocks = View(log).clocks
    at = int(np.flatnonzero(log.cases["case"] == case)[0])
    if clocks.accepted[at] == MISSING:
        return []
    lines, calendar = [], log.meta.calendar()
    whole = int(calendar.wd(int(clocks.accepted[at]) // DAY, int(clocks.until[at]) // DAY))
    for name, used, judged in (("promise", clocks.promise_wd, clocks.promise), ("law", clocks.legal_wd, clocks.legal)):
        limit = _value(log.cases.iloc[at]["promise_wd" if name == "promise" else "legal_wd"])
        stopped = whole - int(used[at])
        told = word("late" if judged.late[at] else "too_young" if judged.unknown[at] else "in_time", language)
        text = f"  {word(name, language)}: {int(used[at])} {word('of', language)} {'–' if limit is None else limit} {word('wd', language)}"
        text += f", {word('stopped', language)} {stopped}" if stopped else ""
        lines.append(f"{text}: {told}" if judged.limited[at] else text)
    return lines


def _value(x: Any) -> int | None:
    return None if pd.isna(x) else int(x)


def _first(row: Any) -> int:
    found = [t for t in (_value(row[c]) for c in ("entered", "start", "end")) if t is not None]
    return min(found) if found else MISSING


def _when(log: EventLog, t: int) -> str:
    return f"{datetime.combine(log.meta.epoch, datetime.min.time()) + timedelta(seconds=t):%m-%d %H:%M}"


def _length(s: int) -> str:
    return f"{s // 60} min" if s < 7200 else f"{s / 3600:.1f} h" if s < 172_800 else f"{s / 86_400:.1f} d"
