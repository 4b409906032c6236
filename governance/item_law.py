"""Rules about items: who acts, how many check, how long it may take, how one applies. Each is (proposal, terms) -> breaches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from governance.proposal import Breach, Predicate, Proposal, Terms, bodies, decider, deciding, place
from simulation.centre import Centre, Staff
from simulation.distributions import Distribution
from simulation.items import CounterStep, Item, TaskStep
from simulation.reforms.approval import CleanUpItems
from simulation.scenario import Scenario
from simulation.units import Number
from simulation.workload import may_sit

NEARLY_ALL = 0.99
"""Of a law of times without end, the share that a limit is held against."""
SHOWN = 3
"""Windows that a finding names."""
RISKS = {"safety": "公共安全、生命财产安全", "health": "人身健康", "environment": "生态环境保护"}
GENERAL = ("Administrative Licensing Law", "行政许可法")
"""The law whose limits are the general ones, in whatever words its title is written: no special law."""


# --- who acts (R04) -----------------------------------------------------------------------------------------------


def decided_by_others(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items whose deciding counter has anybody of a body that is neither competent nor entrusted: a ticket chooses no officer.

    An edit that lists the item under `delegated` declares the entrustment: it is still to be written and published.
    """
    declared = {name for _, edit, _ in proposal.edits() for name in getattr(edit, "delegated", ())}
    for name, item in proposal.items():
        step = deciding(item)
        if step is None or not isinstance(step[1], CounterStep):
            continue
        others = [(w, p) for w, p in seats(proposal.centre, step[1]) if not competent(proposal.centre, p, item.department)]
        if others:
            by = frozenset(p.employer for _, p in others)
            who = ", ".join(sorted(by))
            windows = [*dict.fromkeys(w for w, _ in others)]
            at, more = ", ".join(windows[:SHOWN]), len(windows) - SHOWN
            en = f"at {at}" + (f" and {more} more windows" if more > 0 else "")
            zh = f"在窗口 {at}" + (f" 等{len(windows)}个窗口" if more > 0 else "")
            where = place(name, "route", step[0])
            if name in declared:
                yield Breach(where, f"{who} decides for {item.department} {en}", f"由 {who} {zh} 代 {item.department} 作出决定", True, by)
            else:
                en = f"decided by people of {who}, not of {item.department}, {en}"
                yield Breach(where, en, f"{zh} 由 {who} 而非 {item.department} 的人员决定", by=by)


def decided_elsewhere(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items that a pool of another body decides."""
    for name, item in proposal.items():
        step = deciding(item)
        if step is not None and not isinstance(step[1], CounterStep):
            body = decider(proposal.centre, item)
            if body != item.department and item.department not in proposal.centre.departments[body].entrusted_by:
                where = place(name, "route", step[0], "pool" if isinstance(step[1], TaskStep) else "pools")
                yield Breach(where, f"decided by {body}, not by {item.department}", f"由 {body} 而非 {item.department} 决定")


def decided_by_contract(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find deciding counters with contracted staff; where a colleague of the body can sign, only a warning."""
    for name, item in proposal.items():
        step = deciding(item)
        if step is None or not isinstance(step[1], CounterStep):
            continue
        people = {name: p for _, name, p in _served(proposal.centre, step[1])}
        hired = frozenset(name for name, p in people.items() if p.contract == "contracted")
        if hired:
            yield Breach(
                place(name, "route", step[0]),
                f"{len(hired)} of {len(people)} who may decide there are contracted",
                f"可在此决定的{len(people)}人中有{len(hired)}人为劳务派遣",
                eased=len(hired) < len(people),
                by=hired,
            )


def accepted_by_others(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items whose counters only receive and have people of other bodies only."""
    for name, item in proposal.items():
        for n, step in item.route.items():
            if not isinstance(step, CounterStep) or step.decides:
                continue
            people = servers(proposal.centre, step)
            if people and n == next(iter(item.route)) and not any(competent(proposal.centre, p, item.department) for p in people):
                who = ", ".join(sorted({p.employer for p in people}))
                yield Breach(place(name, "route", n), f"{who} accepts for {item.department}", f"由 {who} 代 {item.department} 受理")


def servers(centre: Centre, step: CounterStep) -> list[Staff]:
    """Return everybody who may serve a counter."""
    able = {name for _, name, _ in _served(centre, step)}
    return [person for name, person in centre.staff.items() if name in able]


def seats(centre: Centre, step: CounterStep) -> list[tuple[str, Staff]]:
    """Return (window, person) of everybody who may serve a counter, at every window at which he may, branches included."""
    return [(window, person) for window, _, person in _served(centre, step)]


def _served(centre: Centre, step: CounterStep) -> Iterator[tuple[str, str, Staff]]:
    skill = step.skill or step.queue
    taking = {step.queue: skill}
    taking |= {q: q if skill == step.queue else skill for q, row in centre.queues.items() if row.serves == step.queue}
    for n, window in centre.windows.items():
        if asked := {taking[q] for q in window.queues if q in taking}:
            yield from ((n, name, p) for name, p in centre.staff.items() if asked & {*p.skills} and may_sit(p, n, window))


def competent(centre: Centre, person: Staff, department: str) -> bool:
    """Say whether a person acts for `department`: its own, or of a body that it entrusted."""
    body = centre.departments.get(person.employer)
    return person.employer == department or (body is not None and department in body.entrusted_by)


# --- how many check (R17) -----------------------------------------------------------------------------------------


def checked_by_too_few(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find site checks with too few people.

    A task is a site check when its department keeps it and it has an appointment, when its name (behind the last slash) is among those
    of the rule, or when its work needs that many today.
    """
    least = terms.at_least["people"]
    olds = {} if proposal.today is None else _joint_work(proposal.today, least)
    for name, item in proposal.items():
        for n, step in item.route.items():
            where = place(name, "route", n)
            heads = int(step.people) if isinstance(step, TaskStep) else 1
            if heads >= least or not isinstance(step, TaskStep | CounterStep):
                continue
            if moved := [w for w in step.work if (name, w) in olds or tuple(w.split("/", 1)) in olds]:
                yield Breach(where, f"{', '.join(moved)} needs {least} people today, {heads} then", f"现由{least}人核查，之后仅{heads}人")
            elif isinstance(step, TaskStep) and _site_check(n, step, terms.among):
                yield Breach((*where, "people"), f"a site check by {heads}", f"现场核查仅{heads}人")


def _site_check(name: str, step: TaskStep, names: tuple[str, ...]) -> bool:
    return name.rpartition("/")[2] in names or (not step.delegable and step.delay_wd is not None)


def _joint_work(scenario: Scenario, least: int) -> set[tuple[str, ...]]:
    """Return (item, work) of all that several people do together."""
    items = scenario.centre.items.items()
    return {(i, w) for i, item in items for s in item.route.values() if isinstance(s, TaskStep) and s.people >= least for w in s.work}


# --- how long (R21-R24, R34) --------------------------------------------------------------------------------------


def limit_beyond_law(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find legal limits above the general one where no special law is named as their source.

    The limit of joint handling is for what several bodies handle, whatever the class says. What one body handles alone under that limit
    is only a warning where the promise keeps the general one.
    """
    joint = "joint" in terms.at_most
    for name, item in proposal.items():
        most = terms.at_most["joint" if joint else "wd"]
        together = _jointly(proposal.centre, name, item)
        if together != joint or item.legal_wd is None or item.legal_wd <= most or _of_law(proposal.scenario, item):
            continue
        found, alone = int(item.legal_wd), item.case_class == "joint" and not joint
        en, zh = (f": {decider(proposal.centre, item)} handles it alone", "：仅由一个部门办理") if alone else ("", "")
        kept = [promise <= most for _, promise in _promises(name, item)]
        eased = alone and item.promise_wd is not None and all(kept)
        where = place(name, "legal_wd")
        yield Breach(where, f"{found} working days, {most} allowed{en}", f"{found}个工作日，法定至多{most}个{zh}", eased)


def _jointly(centre: Centre, name: str, item: Item) -> bool:
    """Say whether an item is handled by several bodies and says so: 42(2) is for no other."""
    return item.case_class == "joint" and len(bodies(centre, name, item)) > 1


def _of_law(scenario: Scenario, item: Item) -> bool:
    named = item.source if isinstance(item.source, str | None) else item.source.get("legal_wd", item.source.get("*"))
    entry = scenario.sources.get(named or "")
    return entry is not None and entry.basis == "law" and not any(law in entry.title for law in GENERAL)


def legal_limit_lengthened(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find legal limits that become longer or go; an item that several bodies begin to handle jointly takes the limit of joint handling."""
    for name, old, new in proposal.pairs():
        if old.legal_wd is None or (old.case_class != "joint" and new.legal_wd is not None and _jointly(proposal.centre, name, new)):
            continue
        if new.legal_wd is None or new.legal_wd > old.legal_wd:
            was, now = int(old.legal_wd), "none" if new.legal_wd is None else str(int(new.legal_wd))
            yield Breach(place(name, "legal_wd"), f"{was} -> {now} working days", f"{was} → {now}个工作日")


def promise_beyond_law(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find promises above the legal limit, at the counter and online."""
    for name, item in proposal.items():
        for where, promise in _promises(name, item):
            if item.legal_wd is not None and promise > item.legal_wd:
                en = f"promised {int(promise)}, by law {int(item.legal_wd)} working days"
                yield Breach(where, en, f"承诺{int(promise)}个、法定{int(item.legal_wd)}个工作日")


def promise_lengthened(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find promises that become longer or go."""
    for name, old, new in proposal.pairs():
        was, now = dict(_promises(name, old)), dict(_promises(name, new))
        for where, promise in was.items():
            if where in now and now[where] > promise:
                en = f"{int(promise)} -> {int(now[where])} working days"
                yield Breach(where, en, f"{int(promise)} → {int(now[where])}个工作日")
        if old.promise_wd is not None and new.promise_wd is None:
            yield Breach(place(name, "promise_wd"), f"{int(old.promise_wd)} working days -> no promise", "取消承诺时限")


def neither_limit_nor_promise(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items without a legal limit that promise none either."""
    for name, item in proposal.items():
        if item.legal_wd is None and item.promise_wd is None:
            yield Breach(place(name, "promise_wd"), "neither legal limit nor promise", "既无法定时限、又无承诺时限")


def promise_above(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find promises above what a local rule allows for items by name."""
    for name, item in proposal.items():
        most = terms.at_most.get(name)
        if most is not None and (item.promise_wd is None or item.promise_wd > most):
            found = "no promise" if item.promise_wd is None else f"{int(item.promise_wd)} working days"
            zh = "无承诺" if item.promise_wd is None else f"{int(item.promise_wd)}个工作日"
            yield Breach(place(name, "promise_wd"), f"{found}, {most} allowed", f"{zh}，至多{most}个")


def _promises(name: str, item: Item) -> Iterator[tuple[tuple[str | int, ...], Number]]:
    if item.promise_wd is not None:
        yield place(name, "promise_wd"), item.promise_wd
    if item.online is not None and item.online.promise_wd is not None:
        yield place(name, "online", "promise_wd"), item.online.promise_wd


def delivered_late(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find results whose way by mail may take longer than the law gives for issue and delivery."""
    for name, item in proposal.items():
        law = item.delivery.mail_wd
        if law is not None and (longest := _longest(law)) > terms.at_most["wd"]:
            en = f"up to {longest:g} working days, {terms.at_most['wd']} allowed"
            yield Breach(place(name, "delivery", "mail_wd"), en, f"最长{longest:g}个工作日，至多{terms.at_most['wd']}个")


def _longest(law: Distribution) -> float:
    """Return what nearly all draws stay within."""
    return float(law.ppf(np.array([NEARLY_ALL]))[0])


def clock_stopped_otherwise(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find reasons that stop the legal clock and are not in the closed list."""
    for k, reason in enumerate(proposal.centre.clocks.legal):
        if reason not in terms.among:
            yield Breach(("centre", "clocks", "legal", k), reason, reason)


# --- by which way (R35) -------------------------------------------------------------------------------------------


def online_only(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items without a counter that anybody serves."""
    for name, item in proposal.items():
        counters = [s for s in item.route.values() if isinstance(s, CounterStep)]
        if not counters or not all(servers(proposal.centre, s) for s in counters[:1]):
            yield Breach(place(name, "route"), "no counter accepts it", "没有窗口受理")


# --- on a commitment (R38) ----------------------------------------------------------------------------------------


def committed_where_barred(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items that an edit lets be decided on a commitment though their department protects safety, health or environment."""
    if proposal.today is None:
        return
    for loc, edit, _ in proposal.edits():
        for k, name in enumerate(edit.commitment if isinstance(edit, CleanUpItems) else ()):
            centre = proposal.today.centre if name in proposal.today.centre.items else proposal.centre
            item = centre.items.get(name)
            if item is None or item.matter == "service":
                continue
            if (risk := centre.departments[item.department].risk) in RISKS:
                zh = f"{name}：{item.department} 的许可直接关系{RISKS[risk]}"
                yield Breach((*loc, "commitment", k), f"{name}: a licence of {item.department}, which protects {risk}", zh)


# --- how many sign (local) ----------------------------------------------------------------------------------------


def signatures(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items for which one body signs more often than allowed: whoever handles the file, then each desk of the roles named."""
    most = terms.at_most["signatures"]
    for name, item in proposal.items():
        signed: dict[str, list[str]] = {}
        for n, step in item.route.items():
            if isinstance(step, TaskStep) and (pool := proposal.centre.pools[step.pool]).role in terms.among:
                signed.setdefault(pool.department, []).append(n)
        for body, desks in signed.items():
            if len(desks) + 1 > most:
                en = f"{len(desks) + 1} signatures of {body}: the handler, {', '.join(desks)}"
                yield Breach(place(name, "route"), en, f"{body} 有{len(desks) + 1}道签批：经办、{'、'.join(desks)}")


ITEM_LAW = {
    "decided_by_others": Predicate(decided_by_others),
    "decided_elsewhere": Predicate(decided_elsewhere),
    "decided_by_contract": Predicate(decided_by_contract),
    "accepted_by_others": Predicate(accepted_by_others),
    "checked_by_too_few": Predicate(checked_by_too_few, at_least=("people",), named=True),
    "limit_beyond_law": Predicate(limit_beyond_law, at_most=("wd",)),
    "joint_limit_beyond_law": Predicate(limit_beyond_law, at_most=("joint",)),
    "legal_limit_lengthened": Predicate(legal_limit_lengthened),
    "promise_beyond_law": Predicate(promise_beyond_law),
    "promise_lengthened": Predicate(promise_lengthened),
    "neither_limit_nor_promise": Predicate(neither_limit_nor_promise),
    "promise_above": Predicate(promise_above),
    "delivered_late": Predicate(delivered_late, at_most=("wd",)),
    "clock_stopped_otherwise": Predicate(clock_stopped_otherwise, named=True),
    "online_only": Predicate(online_only),
    "committed_where_barred": Predicate(committed_where_barred),
    "signatures": Predicate(signatures, at_most=("signatures",), named=True),
}
