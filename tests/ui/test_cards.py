"""Line-ups of cards: ids, places, and names that tell them apart."""

from dataclasses import dataclass

from ui import cards


@dataclass(frozen=True)
class Entry:
    value: str
    id: int = 0


LINE = cards.numbered([Entry("a"), Entry("b"), Entry("c")])


def test_entries_are_numbered_from_one():
    assert [entry.id for entry in LINE] == [1, 2, 3]
    assert cards.numbered([]) == ()


def test_one_more_has_an_id_of_its_own_and_a_full_line_up_stays():
    few = cards.without(LINE, 2)
    assert [entry.value for entry in few] == ["a", "c"]
    more = cards.add(few, Entry("d"), most=4)
    assert more[-1] == Entry("d", 4)
    between = cards.add(more, Entry("e"), most=4, at=1)
    assert [(entry.value, entry.id) for entry in between] == [("a", 1), ("e", 5), ("c", 3), ("d", 4)]
    assert cards.add(between, Entry("f"), most=4) is between
    assert cards.add((), Entry("a"), most=1) == (Entry("a", 1),)
    assert cards.place(between, 3) == 2


def test_names_that_occur_twice_are_numbered():
    assert cards.distinct(["a", "b", "a", "a"]) == ("a #1", "b", "a #2", "a #3")
    assert cards.distinct([]) == ()
