"""Time limits to promise: chosen on some replications, certified on others, tried under stress, and what people would allow a day less.

Promises feed back where a centre is supervised: alarms at shares of the promise move files forward. There all limits are set together and
simulated again until none moves, and a certificate is of the very limits that stand in its simulation; of others nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimization.certificates import bounds, certify, chosen, effective, loosest, needed, reaching, unseen, whatever
from optimization.joint import Vector, settle, stand
from optimization.kept import KEPT, Counts, counts_of
from optimization.limits_centre import ATTEMPTS, Centre, Certified, Found, certified, reform_of, shares_at
from optimization.limits_elsewhere import one_day_less, under_other_conditions
from optimization.problem import MOST, replications_flaw
from optimization.promised import LEVELS, LimitsProblem, LimitsSolution, Promised, candidates, least_runs, legal_wd, too_few
from optimization.solution import Verified
from optimization.solvers import Status
from simulation.errors import InputRefused, Problem
from simulation.experiment import FRESH, Variant
from simulation.items import Item
from simulation.result import make_result
from simulation.scenario import Scenario
from simulation.verbs import Settings, measures_named, moved_to

PLAIN = Settings()
NAMED = 3
"""So many limits at most that hold in normal weeks alone are named in the reason of the reform."""


def optimize_limits(scenario: Scenario, problem: LimitsProblem, settings: Settings = PLAIN) -> LimitsSolution:
    """Return for each item the tightest limit in working days that the asked share of its cases keeps, certified on fresh seeds.

    Parameters
    ----------
    scenario : today's.
    problem : share, confidence, items and what a limit must stand; its replications are overridden by those of `settings`.
    settings : seed, replications of the certificate, days, store and workers of the simulation.

    Raises
    ------
    InputRefused : fewer replications than can show the limit of one item, or more than a block has.
    """
    n = int(problem.replications) if settings.replications is None else settings.replications
    least = least_runs(scenario, problem, 1)
    if flaw := replications_flaw(n) or (too_few(n, least, problem) if n < least else None):
        raise InputRefused(Problem("replications", flaw.found, flaw.rule, flaw.remedy))
    moved, horizon = moved_to(scenario, problem.horizon or scenario.horizon, settings)
    seed = settings.seed if settings.seed is not None else int(problem.seed)
    centre = Centre(moved, horizon, seed, settings)
    items = {name: item for name, item in candidates(moved).items() if not problem.items or name in problem.items}
    today = {name: int(item.promise_wd) for name, item in items.items() if item.promise_wd is not None}
    lawful = {name: legal_wd(item) for name, item in items.items()}
    target, tolerated = float(problem.share), 1 - float(problem.confidence)

    seen: dict[str, Counts] = {}

    def choose(limits: Vector) -> dict[str, int]:
        rows = centre.rows([Variant("choice", "none", centre.under(limits))], range(int(problem.choosing)), [KEPT])
        seen.update(counts_of(rows, [*items]))
        return decided(seen, lawful, target)

    settled = settle({}, choose, centre.feedback)
    starts = {name: loosest(seen[name], lawful[name], target) for name in items}
    claimed = dict(settled.limits)
    error = tolerated / max(1, len(claimed) or len(items)) / (ATTEMPTS if centre.feedback else 1)
    tried: list[Certified] = []
    enough = n >= least_to_tell(seen, lawful, target, error, tolerated, centre.feedback)

    def passed(limits: Vector, attempt: int) -> dict[str, int]:
        block = range(FRESH + attempt * MOST, FRESH + attempt * MOST + n)
        tried.append(certified(centre, limits, [*items], {k: s for k, s in starts.items() if s is not None}, target, error, block))
        return tried[-1].limits

    claimed = claimed if enough else {}
    claimed = stand(claimed, passed, ATTEMPTS) if centre.feedback else passed(claimed, 0) if claimed else {}
    found = tried[-1] if tried else Certified({}, {}, {}, {}, None)
    asked = Found(settled, starts, lawful, today, claimed, found, seen, error, len(tried), centre.feedback, n)
    return _solution(centre, problem, asked)


def least_to_tell(seen: Mapping[str, Counts], lawful: Vector, target: float, error: float, tolerated: float, feedback: bool) -> int:
    """Return how many fresh replications can just show some limit, at the share asked for or at another of `LEVELS`.

    At another share the error is divided among the items whose limits are tested there; where promises feed back none is.
    """
    numbers = [needed(target, error)]
    for level in LEVELS:
        there = 0 if feedback or level == target else sum(_span(seen[name], lawful[name], level) is not None for name in seen)
        numbers += [needed(level, tolerated / there)] if there else []
    return min(numbers)


def decided(seen: Mapping[str, Counts], lawful: Vector, target: float) -> dict[str, int]:
    """Return the tightest limit of each item, a day at least, that the share asked for keeps as counted; none where there is none."""
    limits = {}
    for name, counts in seen.items():
        start = loosest(counts, lawful[name], target)
        tightest = None if start is None else chosen(counts, target, start)
        if tightest is not None and start is not None and start >= 1:
            limits[name] = max(1, tightest)
    return limits


def _solution(centre: Centre, problem: LimitsProblem, found: Found) -> LimitsSolution:
    target = float(problem.share)
    levels = levels_of(found, target, 1 - float(problem.confidence))
    promised = [replace(_promised(name, found, target), levels=levels[name]) for name in found.today]
    promised.sort(key=lambda p: (-p.cases, p.item))
    certain = {p.item: p.limit_wd for p in promised if p.limit_wd is not None}
    held = under_other_conditions(centre, problem, certain, target, found)
    staffing, people = one_day_less(centre, problem, promised, certain, target, found)
    promised = [replace(p, held=held.get(p.item, ()), staffing=staffing.get(p.item, ())) for p in promised]
    changed = {name: limit for name, limit in certain.items() if limit != found.today[name]}
    weight = sum(p.cases for p in promised if p.item in certain)
    objective, bound = (
        sum(p.cases * _days(p, found, proved) for p in promised if p.item in certain) / max(1, weight) for proved in (False, True)
    )  # fmt: skip
    gap = (objective - bound) / max(1.0, objective)
    today_wd = sum(p.cases * p.today_wd for p in promised if p.item in certain)
    told_of = bool(certain) and not found.feedback  # nothing is known of other limits where promises change what is done
    return LimitsSolution(
        status=_status(promised, found, gap),
        objective=objective if certain else None,
        bound=bound if told_of else None,
        gap=gap if told_of else None,
        backend=f"every whole day, {_tested(found)}",
        seed=centre.seed,
        first_replication=FRESH + max(0, found.attempts - 1) * MOST,
        reform=reform_of(centre.scenario, changed, told=_reason(centre.scenario, promised, changed, target)) if changed else None,
        verified=_verified(centre, found, certain, target),
        model=(("promised_wd_a_case_today", today_wd / max(1, weight)),) if certain else (),
        clash=tuple(f"{p.item}: {p.note}" for p in promised if p.refuted) if not certain else (),
        promised=tuple(promised),
        share=target,
        confidence=float(problem.confidence),
        feedback=found.feedback,
        rounds=found.settled.rounds,
        cycle=found.settled.cycle,
        attempts=found.attempts,
        remarks=_remarks(promised, found, problem, centre.scenario.centre.items, int(centre.horizon.window_wd), people),
    )


def _reason(scenario: Scenario, promised: Sequence[Promised], changed: Vector, target: float) -> tuple[str, str]:
    """Say what the limits are: how many move, and those that hold in normal weeks alone beside what was shown to hold always."""
    longer = sum(p.limit_wd is not None and p.limit_wd > p.today_wd for p in promised if p.item in changed)
    en = f"{target:.0%} of the cases keep them; {len(changed) - longer} shorter than today's, {longer} longer"
    zh = f"{target:.0%}的办件守得住；{len(changed) - longer}项短于现承诺，{longer}项长于现承诺"
    weak = [p for p in promised if p.item in changed and p.only_in_normal_weeks]
    for p in weak[:NAMED]:
        title, always = scenario.centre.items[p.item].title, p.any_week_wd
        en += f"; {title.en}: {p.limit_wd} in normal weeks, {always or 'none'} in all that was tried, {p.today_wd} today"
        zh += f"；{title.zh}：平常时期{p.limit_wd}天，所试各情形{'未能证明' if always is None else f'{always}天'}，现承诺{p.today_wd}天"
    more = len(weak) - NAMED
    return (f"{en}; {more} more in normal weeks alone", f"{zh}；另有{more}项仅平常时期守得住") if more > 0 else (en, zh)


def _tested(found: Found) -> str:
    if found.attempts:
        return "tested on fresh replications"
    return "none tested: too few fresh replications" if found.settled.limits else "none left to test on fresh replications"


def _status(promised: Sequence[Promised], found: Found, gap: float) -> Status:
    certain = [p for p in promised if p.limit_wd is not None]
    if not certain:
        return "infeasible" if any(p.refuted for p in promised) else "heuristic"
    return "heuristic" if found.feedback else "proved" if gap <= 1e-9 and len(certain) == len(promised) else "bounded"


def _remarks(
    promised: Sequence[Promised], found: Found, problem: LimitsProblem, items: Mapping[str, Item], window: int, people: int
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """What chance of replications leaves open: what is not excluded, what the mean replication keeps even so, how single runs differ."""
    certain = [p for p in promised if p.limit_wd is not None]
    few = _too_few(problem, found, people)
    if not certain:
        return few
    target, sure = float(problem.share), float(problem.confidence)
    rare = unseen(min(float(effective(found.certified.counts[p.item])[p.limit_wd]) for p in certain), found.error)
    free = sum(p.low_any_law is not None and p.low_any_law >= target for p in certain)
    worst = min(certain, key=lambda p: p.runs_reaching / max(1, p.runs))
    title, runs = items[worst.item].title, max(p.runs for p in certain)
    least = (", the least of all items", "，为各事项中最少") if len(certain) > 1 else ("", "")
    return (
        (
            f"“Proved” and “surely” rest on {runs} simulated runs of {window} working days each. Bad runs that come less often than in "
            f"{rare:.1%} of runs may be missing among them, and what lies outside the model is. Limits still shown to reach {target:.0%} "
            f"were such runs as bad as can be, each run counted once: {free} of {len(certain)}.",
            f"“已证明”和“至少”以{runs}次各{window}个工作日的仿真为据：出现比例低于{rare:.1%}的不利运行可能未曾出现，模型以外的情形亦不在内。"
            f"若这类运行坏到极点，{len(certain)}项时限中仍有{free}项可证明达到{target:.0%}（此处每次运行只计一次，不论件数）。",
        ),
        (
            f"{target:.0%} is meant of all cases together, not of every run: of {worst.runs} runs of {window} working days "
            f"{worst.runs_reaching} reach it for {title.en}{least[0]} (in the long run {worst.runs_reaching_low:.0%} of runs at least).",
            f"{target:.0%}就全部办件合计而言，并非每次运行均达到：{worst.runs}次运行（各{window}个工作日）中，{title.zh}有{worst.runs_reaching}次达到"
            f"{least[1]}（长期至少占{worst.runs_reaching_low:.0%}）。",
        ),
        (
            f"Lower bounds hold together with {sure:.0%}; upper bounds, behind “fails”, “proved” and limits not refuted, with {sure:.0%}; "
            f"both families at once with {2 * sure - 1:.0%}.",
            f"各下限同时成立的置信度为{sure:.0%}；“守不住”和“未被否定”所据的各上限另为{sure:.0%}；两者合计为{2 * sure - 1:.0%}。",
        ),
        *few,
    )


def _too_few(problem: LimitsProblem, found: Found, people: int) -> tuple[tuple[str, str], ...]:
    """Tell replications that are too few by arithmetic: without a late case R of them show no more than error^(1/R) (`needed`).

    `people` : those needed to show a day less with more people.
    """
    share, tolerated, told = float(problem.share), 1 - float(problem.confidence), []
    asked, runs = needed(share, found.error), max((len(counts.due) for counts in found.certified.counts.values()), default=0)
    numbers = [("replications", "重复", found.fresh if found.settled.limits else 0, asked, found.attempts > 0)]
    if found.claimed:
        numbers += [("worlds", "世界", int(problem.worlds), asked, False)]
        numbers += [("replications under stress", "压力情景重复", int(problem.stressed), asked, False)] if problem.stresses else []
        numbers += [("replications with more people", "增人情景重复", int(problem.stressed), people, True)]
    for name, chinese, n, least, simulated in numbers:
        if 0 < n < least:
            english = f"{n} {name} can show no limit here: {share:.0%} needs {least}{'' if simulated else '; not simulated'}."
            told.append((english, f"{chinese}{n}次无法证明任何时限：{share:.0%}须{least}次{'' if simulated else '，未仿真'}。"))
    more = {level: needed(level, tolerated / len(there)) for level in LEVELS if level != share and (there := _tested_at(found, level))}
    few = {level: n for level, n in more.items() if runs < n}
    told += [(f"{level:.0%} is not asked: it needs {n} replications.", f"未验证{level:.0%}：须{n}次重复。") for level, n in few.items()]
    return tuple(told)


def _refuted(name: str, found: Found, target: float) -> bool:
    """Whether an item misses the share even at the limit by law, which the runs see; a certificate that failed does not say so."""
    start = found.starts[name]
    if found.feedback or start is None or start != found.lawful[name] or name in found.claimed:
        return False
    return bool(bounds(found.certified.counts.get(name, found.seen[name]), found.error).high[start] < target)


def _days(row: Promised, found: Found, proved: bool) -> int:
    """The limit certified, or the tightest that the certificate does not refute."""
    unrefuted = found.certified.answers[row.item].unrefuted
    assert row.limit_wd is not None
    return max(1, min(row.limit_wd, row.limit_wd if unrefuted is None else unrefuted)) if proved else row.limit_wd


def levels_of(found: Found, target: float, tolerated: float) -> dict[str, tuple[tuple[float, int | None], ...]]:
    """Return for each item the limit certified at each share of `LEVELS`; the error is divided among the items tested at a share."""
    told: dict[str, list[tuple[float, int | None]]] = {name: [] for name in found.today}
    for level in LEVELS:
        there = {} if level == target else _tested_at(found, level)
        for name, some in told.items():
            limit = found.claimed.get(name) if level == target else None
            if name in there:
                limit = certify(found.certified.counts[name], level, tolerated / len(there), *there[name]).limit
            some.append((level, limit))
    return {name: tuple(some) for name, some in told.items()}


def _tested_at(found: Found, level: float) -> dict[str, tuple[int, int]]:
    """Items tested at a share; none where promises feed back."""
    names = () if found.feedback else found.certified.counts
    spans = {name: _span(found.seen[name], found.lawful[name], level) for name in names}
    return {name: span for name, span in spans.items() if span is not None}


def _span(seen: Counts, legal: int, level: float) -> tuple[int, int] | None:
    """The loosest and the tightest limit that a certificate at a share tests; None where none was chosen, or was to be seen."""
    far = loosest(seen, legal, level)
    tightest = None if far is None else chosen(seen, level, far)
    return None if far is None or tightest is None or far < 1 else (far, max(1, tightest))


def _promised(name: str, found: Found, target: float) -> Promised:
    counts = found.certified.counts.get(name, found.seen[name])
    start, limit = found.starts[name], found.claimed.get(name)
    reach = 0 if start is None else start
    known = bounds(counts, found.error)
    other = found.feedback  # the simulation is under one promise of this item, and says nothing of another
    told = [day == limit if other else bool(x == x) for day, x in enumerate(known.share[: reach + 1])]
    curve, lows, highs = (tuple(float(column[day]) if tell else None for day, tell in enumerate(told)) for column in known)
    reach_it, runs, often = (0, 0, 0.0) if limit is None else reaching(counts, limit, target, found.error)
    less = None if other or limit is None or limit <= 1 else limit - 1
    refuted = _refuted(name, found, target)
    why = ("", "") if limit is not None else _at_law(name, found, target) if refuted else _why_not(name, found, target)
    return Promised(
        item=name,
        cases=int(counts.due[:, 0].sum()),
        legal_wd=found.lawful[name],
        today_wd=found.today[name],
        limit_wd=limit,
        share=None if limit is None else float(known.share[limit]),
        low=None if limit is None else float(found.certified.answers[name].bounds.low[limit]),
        slack=None if limit is None else float(known.share[limit]) - target,
        less_share=None if less is None else float(known.share[less]),
        less_high=None if less is None else float(known.high[less]),
        less_misses=less is not None and bool(known.high[less] < target),
        levels=(),
        curve=curve,
        curve_low=lows,
        curve_high=highs,
        low_any_law=None if limit is None else float(whatever(counts, found.error)[limit]),
        runs=runs,
        runs_reaching=reach_it,
        runs_reaching_low=often,
        refuted=refuted,
        note=why[0],
        note_zh=why[1],
    )


def _at_law(name: str, found: Found, target: float) -> tuple[str, str]:
    """Say by which replications even the limit by law is not kept, in English and Chinese."""
    days, fresh = found.lawful[name], name in found.certified.counts
    counts = found.certified.counts[name] if fresh else found.seen[name]
    high, n = float(bounds(counts, found.error).high[days]), len(counts.due)
    which = (f"{n} fresh replications", f"{n}次新重复") if fresh else (
        f"the {n} replications from 0 on that choose limits (no fresh one was needed)", f"选取时限所用的自0起{n}次重复（无需新重复）",
    )  # fmt: skip
    return (
        f"even at the limit by law, {days} working days, no more than {high:.1%} of the cases are on time, less than {target:.0%}: "
        f"refuted on {which[0]}",
        f"即使按法定时限{days}个工作日，按时的办件也不超过{high:.1%}，低于{target:.0%}：依据为{which[1]}",
    )


def _why_not(name: str, found: Found, target: float) -> tuple[str, str]:
    if found.starts[name] is None:
        return "the run ends before any limit of these cases has passed", "仿真结束时，这些办件尚无任何时限届满"
    if name not in found.settled.limits:
        en = "no limit that the runs can see, within the law, is kept by the share asked for"
        return en, "法定时限之内、仿真可及的任何时限，均未达到所要求的比例"
    asked = needed(target, found.error)
    if name not in found.certified.counts and found.fresh < asked:
        most = f"{1 - unseen(found.fresh, found.error):.1%}"
        en = f"not simulated on fresh replications: {found.fresh} could show no more than {most}; {asked} are needed"
        return en, f"未用新种子仿真：{found.fresh}次重复至多可证明{most}，需{asked}次"
    n = float(effective(found.certified.counts[name])[found.starts[name]]) if name in found.certified.counts else 0.0
    if n < asked:
        most = f"{1 - unseen(n, found.error):.1%}"
        en = f"not shown: {n:.0f} replications in effect can show no more than {most}; {asked} are needed"
        return en, f"未能证明：有效重复{n:.0f}次至多可证明{most}，需{asked}次"
    return "not shown: the certificate failed, for too few cases or too little room", "未能证明：办件过少或余量过小，验证未通过"


def _verified(centre: Centre, found: Found, certain: Vector, target: float) -> tuple[Verified, ...]:
    """`on_time_promise` of each certified item, as `compare` has it; bounds and verdict are those of the certificate, one-sided each.

    A limit looser than the one simulated is certified only where promises change nothing else, so that its cases are those of the counts.
    """
    import pandas as pd

    if not certain:
        return ()
    measures = measures_named(["on_time_promise"], "optimize limits")
    name, today, proposed = measures[0].name, centre.scenario.name, centre.name
    before = shares_at(found.certified.today, found.today, today)
    after = shares_at(found.certified.counts, certain, proposed)
    result = make_result(pd.concat([before, after], ignore_index=True), measures, {today: today, proposed: today}, (), centre.scenario, {})
    told = []
    for item in certain:
        row = result.row(proposed, name, f"item:{item}")
        old = next((r["value"] for r in result.rows if (r["scenario"], r["group"]) == (today, row["group"])), None)
        low, high = (float(bound[certain[item]]) for bound in found.certified.answers[item].bounds[1:])
        told.append(
            Verified(
                name, row["group"], row["unit"], target, row["value"], low, high, int(row["n"]), "met" if low >= target else "undecided",
                old, row["difference"], row["difference_low"], row["difference_high"], None,
            )
        )  # fmt: skip
    return tuple(told)


__all__ = ["Certified", "certified", "decided", "optimize_limits", "reform_of", "settle"]
