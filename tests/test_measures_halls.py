"""Measures of several halls on small logs worked out by hand."""

from small_log import at, case, groups, small_log, sums, ticket, value, waits

from simulation.log import EventLog

TRAVEL = {"town": {"main": 600, "branch": 1800}, "north": {"main": 3600, "branch": 300}}


def visitors(**meta: object) -> EventLog:
    """Ways, there and back, in minutes: town 20 to the hall, 60 to the branch; north 120 and 10.

    case 1    of town, told what is missing in the hall, two days later granted at the branch: 20 + 60
    case 2    of north, left the queue of the branch, granted in the hall the next day: 10 + 120
    case 3+4  two files of one ticket of north at the branch, one occurrence: 10
    case 5    of town, online: 0
    case 6    of a zone that nobody knows: not counted

    Waits for the first call of a visit: in the hall 10 and 20 minutes (cases 1 and 2), at the branch 0 and 4 (cases 1 and 3): 15 - 2.
    """
    there = {"site": "branch", "queue": "b", "post": "b1"}
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:10"), at(0, "9:15"), outcome="supplement"),
        ticket(1, at(2, "9:00"), at(2, "9:00"), at(2, "9:20"), visit=2, **there),
        waits(2, at(0, "9:00"), at(0, "9:30"), "left", site="branch", queue="b"),
        ticket(2, at(1, "9:00"), at(1, "9:20"), at(1, "9:30"), visit=2),
        ticket(3, at(0, "10:00"), at(0, "10:04"), at(0, "10:10"), **there),
        ticket(4, None, at(0, "10:10"), at(0, "10:20"), **there),
        ticket(6, at(0, "11:00"), at(0, "11:15"), at(0, "11:20")),
    ]
    both = {"number": 3, "zone": "north"}
    cases = [
        case(1, at(0, "9:15"), at(2, "9:20"), zone="town"),
        case(2, at(1, "9:30"), at(1, "9:30"), zone="north", group="elderly"),
        case(3, at(0, "10:10"), at(0, "10:10"), **both),
        case(4, at(0, "10:20"), at(0, "10:20"), **both),
        case(5, at(0, "9:00"), at(0, "9:30"), zone="town", channel="online"),
        case(6, at(0, "11:20"), at(0, "11:20")),
    ]
    return small_log(events, cases, horizon=at(4, "17:00"), travel=TRAVEL, **meta)


def test_ways_are_counted_there_and_back_for_every_coming_of_an_occurrence() -> None:
    """(80 + 130 + 10 + 0) minutes over four occurrences whose zone is known."""
    total, n = sums(visitors(), "travel_per_need")
    assert (round(total * 60), n) == (220, 4)
    found = groups(visitors(), "travel_per_need")
    assert round(60 * (found["zone:town"] or 0)) == 40
    assert round(60 * (found["zone:north"] or 0)) == 70
    assert round(60 * (found["group:elderly"] or 0)) == 130


def test_the_gap_is_that_of_the_halls_with_the_longest_and_the_shortest_wait() -> None:
    """Hall (10 + 20 + 15) / 3, branch (0 + 4) / 2 minutes."""
    assert value(visitors(), "site_gap") == 15 * 60 - 2 * 60


def test_one_hall_has_no_gap_and_without_zones_there_is_no_way() -> None:
    one = small_log([ticket(1, at(0, "9:00"), at(0, "9:10"), at(0, "9:20"))], [case(1, at(0, "9:20"))], horizon=at(0, "17:00"))
    assert value(one, "site_gap") is None
    assert value(one, "travel_per_need") is None
