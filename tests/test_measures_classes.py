"""Whether cases went the way of their class, on a small log worked out by hand."""

from small_log import at, case, small_log, sums, task, ticket


def test_a_case_that_goes_another_way_than_its_class_is_wrongly_classed() -> None:
    """Of eleven decided cases five are wrong:

    1 instant, decided at once; 2 instant, decided on Tuesday: wrong; 3 instant online, decided on Tuesday; 4 the same on Wednesday: wrong
    5 committed, one department; 6 committed, decided at the window: wrong; 7 committed, two departments: wrong
    8 joint, two departments; 9 joint, one department before the decision and a second after it: wrong; 10 committed, filed online,
    no department seen (a log may not tell); 11 instant, open: left out; 12 a consultation: left out; 13 joint, decided at a meeting of two
    """
    ten = at(0, "10:00")
    tax = {"department": "tax"}
    later = [task(k, ten, at(0, "11:00"), at(0, "12:00")) for k in (5, 7, 8, 9)]
    events = [
        *(ticket(k, ten, ten, at(0, "10:10"), post=f"w{k}") for k in (1, 2, 5, 6, 7, 8, 9)),
        *later,
        *(task(k, ten, at(1, "9:00"), at(1, "10:00"), **tax) for k in (7, 8)),
        task(9, ten, at(3, "9:00"), at(3, "10:00"), **tax),
        task(13, ten, at(1, "14:00"), at(1, "14:10"), kind="meeting", department=None, people=2),
    ]
    cases = [
        case(1, ten, at(0, "10:10"), **{"class": "instant"}),
        case(2, ten, at(1, "10:10"), **{"class": "instant"}),
        case(3, ten, at(1, "10:10"), **{"class": "instant"}, channel="online"),
        case(4, ten, at(2, "10:10"), **{"class": "instant"}, channel="online"),
        *(case(k, ten, at(2, "10:00")) for k in (5, 6, 7)),
        *(case(k, ten, at(2, "10:00"), **{"class": "joint"}) for k in (8, 9)),
        case(10, ten, at(2, "10:00"), channel="online"),
        case(11, ten, **{"class": "instant"}),
        case(12, ten, at(0, "10:10"), **{"class": "consultation"}),
        case(13, ten, at(1, "14:10"), **{"class": "joint"}),
    ]
    log = small_log(events, cases, horizon=at(4, "17:00"))
    assert sums(log, "wrong_class_share") == (5, 11)
    assert [sums(log, "wrong_class_share", f"class:{c}") for c in ("instant", "committed", "joint")] == [(2, 4), (2, 4), (1, 3)]
