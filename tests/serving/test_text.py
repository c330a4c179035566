"""Where a text has to stop."""

import pytest

from minillm.serving.text import end_of, held_back


@pytest.mark.parametrize(
    ("text", "stops", "end", "held"),
    [
        ("uno dos", ["dos"], 4, 0),
        ("uno d", ["dos"], None, 1),
        ("uno do", ["o", "dos"], 2, 2),
        ("uno", [], None, 0),
        ("aaa", ["aab"], None, 2),
        ("x\n", ["\n\n"], None, 1),
    ],
)
def test_a_text_ends_at_the_first_stop_and_what_may_begin_one_is_held_back(
    text: str, stops: list[str], end: int | None, held: int
) -> None:
    assert end_of(text, stops) == end
    assert held_back(text, stops) == held
