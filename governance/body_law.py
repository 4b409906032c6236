"""Rules about bodies: whose powers, how many bodies, how many heads, who watches whom. Each is (proposal, terms) -> breaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from governance.proposal import Breach, Predicate, Proposal, Terms, decider, place
from simulation.consistency import Loc
from simulation.items import Item
from simulation.reforms import Edit
from simulation.reforms.bodies import MergeDepartments

ASSUMED = "assumed"
"""What an approval says that is still to be had."""
MOVING = ("sc_approval", "prov_decision")
"""Fields of an edit that moves powers: approval of the State Council, decision of the provincial government (R05)."""
MERGING = ("proposed_by", "approved_by", "filed_with")
NOTHING = frozenset({"", "-", "–", "—", "/", "none", "no", "n/a", "null", "false", "无", "没有", "否", "空"})
"""What is written where there is no document."""


# --- whose powers (R05) -------------------------------------------------------------------------------------------


def power_moved(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items that another body decides than today, though today's still exists, without approval and decision on the edit."""
    moved = [(name, old, new) for name, old, new in _moved(proposal) if old in proposal.centre.departments]
    if not moved:
        return
    carried = [(loc, edit) for loc, edit, _ in proposal.edits() if any(hasattr(edit, f) for f in MOVING)]
    approved = [one for one in carried if not _lacking(one[1], MOVING)]
    missing = [(loc, _lacking(edit, MOVING)) for loc, edit in carried if (loc, edit) not in approved]
    if not approved:
        en = f"; missing on the edit: {', '.join(f for _, fs in missing for f in fs)}" if missing else ""
        for name, old, new in moved:
            yield Breach(place(name, "department"), f"{old} -> {new}{en}", f"{old} → {new}")
    for loc, edit in approved:
        yield from _to_be_had(loc, edit, MOVING)


def power_not_transferable(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items taken from a body whose powers may not be moved."""
    for name, old, new in _moved(proposal):
        body = None if proposal.today is None else proposal.today.centre.departments.get(old)
        if body is not None and not body.transferable:
            why = body.reason or "no reason stated"
            yield Breach(place(name, "department"), f"{old} -> {new}; {why}", f"{old} → {new}（{why}）")


def _moved(proposal: Proposal) -> Iterator[tuple[str, str, str]]:
    """Yield (item, body that decides today, body that decides then) where they differ."""
    for name, old, new in proposal.pairs():
        assert proposal.today is not None
        was, now = decider(proposal.today.centre, old), decider(proposal.centre, new)
        if was != now:
            yield name, was, now


# --- how many bodies (R40) ----------------------------------------------------------------------------------------


def bodies_changed(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find bodies merged, abolished or created without proposal, approval from above and filing, or by too low an authority."""
    if proposal.today is None:
        return
    named: set[str] = set()
    for loc, edit, reform in proposal.edits():
        if isinstance(edit, MergeDepartments):
            named |= {*edit.departments, edit.into}
            what = ", ".join(edit.departments)
            if edit.approval is None:
                yield Breach((*loc, "approval"), f"merging {what}: no approval stated", f"合并 {what}：未列明批准手续")
            else:
                for field in _lacking(edit.approval, MERGING):
                    said = str(getattr(edit.approval, field))
                    yield Breach((*loc, "approval", field), f"merging {what}: `{said}` is no document", f"合并 {what}：“{said}”不是文件")
                yield from _to_be_had((*loc, "approval"), edit.approval, MERGING)
            if reform.authority not in terms.among:
                yield Breach((reform.name, "authority"), f"authority: {reform.authority}", f"决定权：{reform.authority}")
        elif not _lacking(edit, MOVING):
            named |= _owners(proposal) - {*proposal.today.centre.departments}
    old, new = {*proposal.today.centre.departments}, {*proposal.centre.departments}
    for name in sorted((old - new) - named):
        yield Breach(("centre", "departments", name), "abolished", "撤销")
    for name in sorted(((new - old) & _owners(proposal)) - named):
        yield Breach(("centre", "departments", name), "created, with powers", "新设并赋予职权")


def changed_twice(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find bodies that one plan changes more than once."""
    times: Counter[str] = Counter()
    for loc, edit, _ in proposal.edits():
        if isinstance(edit, MergeDepartments):
            for name in sorted({*edit.departments, edit.into}):
                times[name] += 1
                if times[name] > 1:
                    yield Breach((*loc, "departments"), f"{name}: changed before in this plan", f"{name} 在本方案中已调整过")


def _owners(proposal: Proposal) -> set[str]:
    return {decider(proposal.centre, item) for _, item in proposal.items()}


def _lacking(holder: Edit | object, fields: Iterable[str]) -> list[str]:
    """Return the fields that name no document: left out, empty, or the word for nothing."""
    return [f for f in fields if str(getattr(holder, f, None) or "").strip().strip(".。").casefold() in NOTHING]


def _to_be_had(loc: Loc, holder: Edit | object, fields: Iterable[str]) -> Iterator[Breach]:
    """Warn of every approval that is only assumed."""
    for field in fields:
        if str(getattr(holder, field, "")).strip().lower() == ASSUMED:
            yield Breach((*loc, field), "assumed: to be authorised", "暂按已获批处理，尚待批准", eased=True)


# --- how many heads (R42) -----------------------------------------------------------------------------------------


def heads_above_quota(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find departments with more heads of one contract than their quota; members of pools are posted."""
    centre = proposal.centre
    heads: Counter[tuple[str, str]] = Counter((s.employer, s.contract) for s in centre.staff.values())
    for pool in centre.pools.values():
        heads[pool.department, "posted"] += sum(map(int, pool.people.values()))
    for name, body in centre.departments.items():
        for kind, most in (body.quota or {}).items():
            if (has := heads[name, kind]) > most:
                en = f"{has} {kind}, quota {int(most)}"
                yield Breach(("centre", "departments", name, "quota", kind), en, f"{has}人，编制{int(most)}人")


# --- who watches whom (R31, S38) ----------------------------------------------------------------------------------


def regulator_merged(proposal: Proposal, terms: Terms) -> Iterator[Breach]:
    """Find items whose body and regulator are two today and would be one."""
    for name, old, new in proposal.pairs():
        if _watched(old) and not _watched(new):
            en = f"{old.department} approves and {old.regulator} regulates today; {new.department} would do both"
            zh = f"现由 {old.department} 审批、{old.regulator} 监管，之后均归 {new.department}"
            yield Breach(place(name, "regulator"), en, zh)


def _watched(item: Item) -> bool:
    return item.regulator is not None and item.regulator != item.department


BODY_LAW = {
    "power_moved": Predicate(power_moved),
    "power_not_transferable": Predicate(power_not_transferable),
    "bodies_changed": Predicate(bodies_changed, named=True),
    "changed_twice": Predicate(changed_twice),
    "heads_above_quota": Predicate(heads_above_quota),
    "regulator_merged": Predicate(regulator_merged),
}
