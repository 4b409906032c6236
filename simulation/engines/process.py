"""The SimPy engine: one process for each occurrence of a Need, told as the citizen lives it.

The way to the right window is `contact`, the hall calls tickets (`hall`), the departments work on files (`office`); here stands what a
person does: comes, waits, leaves, is told what is missing, comes again, collects. Everything random was drawn before and is only looked up.
"""

from __future__ import annotations

import gc
import heapq
from collections.abc import Iterator

import simpy

from simulation.distributions import Distribution
from simulation.draws import Draws
from simulation.engines import duty
from simulation.engines.attendance import Presence
from simulation.engines.cases import Case
from simulation.engines.choice import Choice
from simulation.engines.contact import FOUND, Contact
from simulation.engines.hall import Hall
from simulation.engines.joint import JointOffice
from simulation.engines.meetings import Meetings
from simulation.engines.office import Office
from simulation.engines.officer import Officers
from simulation.engines.passing import Passing
from simulation.engines.phases import RETURN, Moment, Process
from simulation.engines.rows import END, OUTCOME, REASON, Row, Rows, event_log, origin
from simulation.engines.tide import TidalHall
from simulation.log import EventLog
from simulation.plan import Plan
from simulation.routes import COUNTER
from simulation.shifts import DAY


def simulate(plan: Plan, draws: Draws) -> EventLog:
    """Run one replication.

    Parameters
    ----------
    plan : Plan
    draws : Draws of the same plan.

    Returns
    -------
    EventLog with all activities until the horizon; what did not finish is `open`.
    """
    collecting = gc.isenabled()
    gc.disable()  # a run makes hundreds of thousands of small objects that all live to its end
    try:
        centre = Centre(plan, draws)
        centre.env.run(until=plan.end)
        return event_log(plan, centre.rows, centre.cases, centre.duty(), origin("process", plan, draws))
    finally:
        if collecting:
            gc.enable()


class Centre:
    """A centre that runs: its hall, its office, its citizens."""

    def __init__(self, plan: Plan, draws: Draws) -> None:
        self.plan, self.draws = plan, draws
        self.env = simpy.Environment()
        self.rows = Rows()
        self.cases: list[Case] = []
        presence = Presence(plan, draws)
        self.office = (JointOffice if plan.joint else Office)(self.env, plan, draws, presence, self.rows)
        meetings = Meetings(self.office)
        self.office.meet, self.office.call_off = meetings.wait, meetings.call_off
        hall = (self.env, plan, presence, self.rows)
        self.hall = TidalHall(*hall, self.office.send) if plan.tides else Hall(*hall)
        self.officers = Officers(plan, draws, self.hall) if plan.chooses else None
        self.office.resubmit = self._resubmit
        self.office.deliver = self._deliver
        self.counters = [
            [s for s in range(a, b) if plan.routes.steps["kind"][s] == COUNTER]
            for a, b in zip(plan.routes.first, plan.routes.first[1:], strict=False)
        ]
        self.items, self.sites = plan.item_rows, plan.sites
        self.passing = Passing(plan, draws, self.office)
        self.choice = Choice(plan, draws, self.hall, self.counters)
        self.contact = Contact(self.env, plan, draws, self.hall, self.rows, self._wait, self.choice.ticket)
        self._backlog()
        self._start(self._arrivals())

    def duty(self) -> duty.Columns:
        """Write down who was on duty when."""
        sent = {pool.index: pool.sent for pool in self.office.pools if pool.sent}
        return duty.columns(self.plan, self.hall.presence, self.hall.openings(), sent)

    def _start(self, process: Process) -> None:
        self.env.process(process)

    def _chance(self, purpose: str, case: Case, visit: int, of_file: bool = False) -> int:
        """Return a 32-bit uniform of the citizen at this visit, or of one of his files."""
        return self.draws.chance(purpose, case.stream, case.who, visit=case.key(visit), file=case.file if of_file else 0)

    def _count(self, law: Distribution, purpose: str, case: Case, visit: int, of_file: bool = False) -> int:
        """Return a whole number of days, likewise."""
        return self.draws.count(law, purpose, case.stream, case.who, visit=case.key(visit), file=case.file if of_file else 0)

    def _arrivals(self) -> Process:
        """Let everybody begin at his second; case numbers follow the order of arrival."""
        number = len(self.cases)
        for arrives, _, stream, who in heapq.merge(*(self._stream(n) for n in range(len(self.plan.needs)))):
            items, files = self.plan.need_items[stream], int(self.draws.citizens[stream].files[who])
            if arrives > self.env.now:
                yield self.env.timeout(arrives - self.env.now)
            self._start(self._occurrence(stream, who, number))
            number += len(items) * files

    def _stream(self, need: int) -> Iterator[tuple[int, int, int, int]]:
        people = self.draws.citizens[need]
        order = people.arrives.argsort(kind="stable").tolist()
        arrives = people.arrives.tolist()
        return ((arrives[k], need, need, k) for k in order)

    def _occurrence(self, need: int, who: int, number: int) -> Process:
        """One citizen with one Need; a life event handled item by item goes on when the item before it is finished."""
        people = self.draws.citizens[need]
        files, online = int(people.files[who]), bool(people.online[who])
        name = self.plan.calendar.date(int(people.day[who])).toordinal() * 10_000_000 + int(people.number[who])
        for k, item in enumerate(self.plan.need_items[need]):
            now = int(self.env.now)
            channel = online and self.plan.item_routes[item, 1] >= 0
            zone = self.choice.zone(need, who)
            machine = not channel and self.contact.takes_machine(need, who, item)
            if machine:
                at_counter = Case(self.env, self.plan, number, need, who, 0, item, False, need, name, k)
                at_counter.zone = zone
                machine = self.choice.has_machine(at_counter, now)
            cases = [
                Case(self.env, self.plan, number + k * files + f, need, who, f, item, channel, need, name, k, machine) for f in range(files)
            ]
            self.cases += cases
            for case in cases:
                case.arrived, case.zone = now, zone
                case.booked = int(k == 0 and people.booked is not None and people.booked[who])
            if channel:
                for case in cases:
                    case.visit, case.received = 1, now
                    self.office.begin(case, int(self.plan.routes.first[case.route]))
            else:
                yield from self._visit(cases, 1, 0)
            if k + 1 < len(self.plan.need_items[need]):
                if (yield cases[0].finished) != "done":
                    return
                yield from self._return(cases[0], 1, 100)

    def _visit(self, cases: list[Case], visit: int, position: int) -> Process:
        """One coming to the hall with some files: guide desk, perhaps a wrong window, then the counters one after another."""
        lead, began = cases[0], int(self.env.now)
        site = self.choice.hall(lead, visit, began)
        for case in cases:
            case.visit, case.site = visit, site
        supplement: list[Case] = []
        counters = self.counters[lead.route]
        way = FOUND
        if position == 0 and (way := (yield from self.contact.find_window(cases, visit, site, counters[0]))).answer != "done":
            self._gave_up(cases, visit, position)
            return
        for k in range(position, len(counters)):
            step = counters[k]
            cls = self.choice.ticket(lead, int(self.plan.routes.steps["place"][step]), int(self.env.now))
            answer, row = yield from self._wait(lead, visit, cls, self.plan.routes.names[step], k, began, way.since, way.brought)
            way = FOUND
            if answer in ("left", "home"):
                self._gave_up(cases, visit, k)
                break
            window = self.hall.posts[answer]["window"]
            served: list[Case] = []
            for j, case in enumerate(cases):
                if j:
                    place = {"queue": row[8], "site": row[7], "post": row[10]}
                    row = self.rows.begin(case, visit, self.plan.routes.names[step], "service", None, int(self.env.now), **place)
                yield from self._serve(case, visit, step, answer, row, k == 0)
                if row[REASON] == "sent_on":
                    self._start(self._to_department(case, visit))
                else:
                    (supplement if row[OUTCOME] == "supplement" else served).append(case)
            self.hall.release(window)
            for case in served:
                if self.passing.deferred(case, self.plan.site_at(site, int(self.env.now))):
                    self.passing.pass_on(case, "deferred")
                else:
                    self.office.complete(case, step)
            cases = [case for case in served if not case.closed and case.passed is None]
            if not cases:
                break
            lead = cases[0]
        if supplement:
            yield from self._supplement(supplement, visit)

    def _wait(
        self, case: Case, visit: int, cls: int, step: str, position: int, began: int, since: int | None = None, brought: bool = False
    ) -> Process:
        """Take a ticket and wait; answer with the post that calls, `left` or `home`, and the row.

        Whoever began his visit before tickets were stopped gets them for the later counters too. Who was referred may have kept the
        place of a ticket taken at second `since`, and is ever patient where an officer has `brought` his papers.
        """
        now = int(self.env.now)
        cls = self.plan.class_at(cls, now)
        site, queue = int(self.plan.class_site[cls]), self.plan.classes[cls][0]
        row = self.rows.begin(case, visit, step, "queue", now, site=self.sites[site], queue=queue)
        if now >= self.plan.site_hours[site][now // DAY][1] or began % DAY >= self.plan.stop_tickets[site]:
            row[END], row[OUTCOME] = now, "interrupted"
            return "home", row
        patience = DAY
        if not brought:
            patience = self.draws.seconds(self.plan.patience, "patience", case.stream, case.who, str(position), case.key(visit))
        ticket = self.hall.take(case, visit, cls, patience, row, began, since)
        if self.officers is not None and (officer := self.officers.choose(case, visit, cls, now)) is not None:
            self.hall.reserve(ticket, *officer)
        answer = yield ticket.called
        return answer, row

    def _serve(self, case: Case, visit: int, step: int, post: int, row: Row, first: bool) -> Process:
        """Be served at a counter: papers are looked at at the first one."""
        seconds, outcome, reason, plan = self.office.work(case, step), "done", None, self.plan
        site = plan.site_at(case.site, int(self.env.now))
        if first and case.received is None and self.passing.sent_on(case):
            law = plan.wrong_window[site]
            seconds = self.draws.seconds(law, "wrong_window", case.stream, case.who, "sent_on", case.key(visit), case.file)
            outcome, reason = "not_accepted", "sent_on"
        elif first and case.complete is None and self.items[case.item].case_class != "consultation":
            limit = int(plan.halls.rules.get(site, plan.complete)[int(case.received is not None), case.need, case.item])
            limit = max(limit, int(plan.assisted[case.need])) if case.helped else limit
            case.helped = False
            if self._chance("complete", case, visit, of_file=True) >= limit:
                if self._chance("corrected", case, visit, of_file=True) < plan.corrected:
                    seconds = (seconds * int(plan.correction_touch[site]) + 500) // 1000
                elif self._chance("wrongly", case, visit, of_file=True) < self.hall.posts[post]["wrong"]:
                    case.flawed = True
                else:
                    seconds, outcome = (seconds * int(plan.incomplete_touch[site]) + 500) // 1000, "supplement"
            elif (asks := self.hall.posts[post]["unlisted"]) and self._chance("unlisted", case, visit, of_file=True) < asks:
                seconds = (seconds * int(plan.incomplete_touch[site]) + 500) // 1000
                outcome, reason = "supplement", "unlisted_paper"
        yield self.env.timeout(self.hall.pace(post, max(1, seconds)))
        now = int(self.env.now)
        row[END], row[OUTCOME], row[REASON] = now, outcome, reason
        if first and outcome != "not_accepted":
            case.received = now if case.received is None else case.received
            if outcome == "done":
                case.accepted = now if case.accepted is None else case.accepted
                case.complete = now if case.complete is None and not case.flawed else case.complete
            else:
                self.office.notice(case)

    def _to_department(self, case: Case, visit: int) -> Process:
        """Go to the department itself on the next working day; it takes the papers in as if they had been sent online."""
        if self._again([case], visit):
            yield from self._return(case, 1, visit + 1)
            case.visit, case.looked, case.received = visit + 1, visit, int(self.env.now)
            self.passing.pass_on(case, "sent_on")

    def _supplement(self, cases: list[Case], visit: int) -> Process:
        """Mend the papers at home and come again."""
        cases = self._again(cases, visit)
        if cases:
            wd = self._count(self.plan.supplement_wd, "supplement_wd", cases[0], visit)
            yield from self._return(cases[0], wd, visit + 1)
            yield from self._visit(cases, visit + 1, 0)

    def _gave_up(self, cases: list[Case], visit: int, position: int) -> None:
        """Come back another day to where one left, or never."""
        lead = cases[0]
        if self._chance("back", lead, visit) < self.plan.comes_back:
            if cases := self._again(cases, visit):
                self._start(self._come_back(cases, visit, position))
        else:
            for case in cases:
                case.close("withdrawn")

    def _come_back(self, cases: list[Case], visit: int, position: int) -> Process:
        wd = self._count(self.plan.comes_back_wd, "comes_back_wd", cases[0], visit)
        yield from self._return(cases[0], wd, visit + 1)
        yield from self._visit(cases, visit + 1, position)

    def _again(self, cases: list[Case], visit: int) -> list[Case]:
        """Give up the cases that have used their visits."""
        over = [case for case in cases if visit + 1 > int(self.items[case.item].max_visits)]
        for case in over:
            self.rows.moment(case, visit, "alert", int(self.env.now), reason="max_visits")
            case.close("withdrawn")
        return [case for case in cases if case not in over]

    def _return(self, case: Case, wd: int, visit: int) -> Process:
        """Sleep until one's clock time on the `wd`-th working day from now."""
        day = self.office.later(int(self.env.now), max(1, wd)) // DAY
        t = self.draws.clock(case.stream, case.who, day, case.key(visit), case.site) if day < self.plan.days else self.plan.end + 1
        yield self.env.timeout(t - int(self.env.now))

    def _resubmit(self, case: Case) -> None:
        """Give a file back when this second is over, unless the case is over too."""
        Moment(self.env, RETURN, 0, lambda: None if case.closed else self._start(self._mend(case)))

    def _mend(self, case: Case) -> Process:
        """A department found papers missing after acceptance: the applicant mends them, and the steps are done again."""
        wd = self._count(self.plan.supplement_wd, "supplement_wd", case, 50 + case.visit, of_file=True)
        if not self._again([case], case.visit):
            return
        yield from self._return(case, wd, 50 + case.visit)
        case.visit += 1
        if not case.online and case.passed != "sent_on":
            first, now = self.counters[int(self.plan.item_routes[case.item, 0])][0], int(self.env.now)
            cls = self.choice.ticket(case, int(self.plan.routes.steps["place"][first]), now)
            answer, row = yield from self._wait(case, case.visit, cls, "supplement", 80, now)
            if answer in ("left", "home"):
                yield from self._mend(case)
                return
            site = self.plan.site_at(case.site, int(self.env.now))
            touch = self.office.work(case, first) * int(self.plan.incomplete_touch[site]) // 1000
            yield self.env.timeout(self.hall.pace(answer, max(1, touch)))
            row[END], row[OUTCOME] = int(self.env.now), "done"
            self.hall.release(self.hall.posts[answer]["window"])
            case.complete = int(self.env.now)
        case.mended = int(self.env.now)
        steps, case.redo, case.flawed = case.redo, [], False
        for step in steps:
            self.office.begin(case, step)

    def _deliver(self, case: Case) -> None:
        """All steps are done: hand over in this visit, online, by mail, or let it be collected."""
        now, route = int(self.env.now), case.route if case.passed is None else int(self.plan.item_routes[case.item, 0])
        collect, mail = self.plan.routes.collect[route], self.plan.routes.mail_wd[route]
        if case.decided is None:
            case.decided = now
        if case.online or not any(self.office.steps[s]["kind"] != COUNTER for s in case.missing):
            self._handed(case, "online" if case.online else "counter")
        elif collect is not None and self._chance("collect", case, 1, of_file=True) < collect[1]:
            self._start(self._collect(case, collect))
        elif mail >= 0:
            wd = self._count(self.plan.routes.distributions[mail], "mail", case, 1, of_file=True)
            self._start(self._post(case, self.office.later(now, wd)))
        else:
            self._handed(case, "mail")

    def _handed(self, case: Case, way: str, row: Row | None = None) -> None:
        case.delivered = int(self.env.now)
        if row is None:
            row = self.rows.begin(case, case.visit, "delivery", "delivery", case.decided, case.delivered, reason=way)
        row[END], row[OUTCOME] = case.delivered, "done"
        case.close("done")

    def _post(self, case: Case, t: int) -> Process:
        row = self.rows.begin(case, case.visit, "delivery", "delivery", int(self.env.now), int(self.env.now), reason="mail")
        yield self.env.timeout(t - int(self.env.now))
        self._handed(case, "mail", row)

    def _collect(self, case: Case, way: tuple[int, int, int]) -> Process:
        """Come for the result; who loses patience tries again, as often as one may come."""
        row = self.rows.begin(case, case.visit, "delivery", "delivery", int(self.env.now), None, reason="counter")
        cls, _, law = way
        wd = self._count(self.plan.collect_wd, "collect_wd", case, 1, of_file=True)
        for _ in range(int(self.items[case.item].max_visits)):
            case.visit += 1
            yield from self._return(case, wd, case.visit)
            now = int(self.env.now)
            answer, ticket = yield from self._wait(case, case.visit, self.choice.ticket(case, cls, now), "collect", 70, now)
            if answer not in ("left", "home"):
                break
            wd = self._count(self.plan.comes_back_wd, "comes_back_wd", case, case.visit, of_file=True)
        else:
            self.rows.moment(case, case.visit, "alert", int(self.env.now), reason="max_visits")
            case.close("done")
            return
        law_of_touch = self.plan.routes.distributions[law]
        seconds = self.draws.seconds(law_of_touch, "collect", case.stream, case.who, visit=case.key(1), file=case.file)
        row[5] = int(self.env.now)
        yield self.env.timeout(self.hall.pace(answer, seconds))
        ticket[END], ticket[OUTCOME] = int(self.env.now), "done"
        self.hall.release(self.hall.posts[answer]["window"])
        self._handed(case, "counter", row)

    def _backlog(self) -> None:
        """Put the cases that are already under way before the steps they wait for."""
        worked = [d for d in self.office.working if d < 0]
        for k, opening in enumerate(self.plan.opening):
            stream, routes = len(self.plan.needs) + k, self.plan.routes
            for who in range(opening.cases):
                number = len(self.cases)
                case = Case(self.env, self.plan, number, stream, who, 0, opening.item, False, opening.need, -1 - number)
                self.cases.append(case)
                age = min(len(worked), max(1, self.draws.count(opening.age_wd, "age_wd", stream, who)))
                since = worked[-age] * DAY + DAY // 2
                case.arrived = case.received = case.complete = case.accepted = since
                case.visit = 1
                for step in sorted(case.missing):
                    if opening.step in _descendants(routes.successors, step) or self.office.steps[step]["kind"] == COUNTER:
                        case.done += 1
                        for following in routes.successors[step]:
                            case.missing[following] -= 1
                        case.missing[step] = -1
                        case.behind.add(step)
                for step in [s for s, n in case.missing.items() if n == 0]:
                    self.office.begin(case, step, since)


def _descendants(successors: tuple[tuple[int, ...], ...], step: int) -> set[int]:
    found: set[int] = set()
    front = list(successors[step])
    while front:
        s = front.pop()
        if s not in found:
            found.add(s)
            front += successors[s]
    return found
