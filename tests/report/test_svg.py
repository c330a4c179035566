from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from minillm.report.svg import (
    Line,
    Mark,
    Reference,
    Scale,
    bar_chart,
    interval_chart,
    line_chart,
    tick_label,
    ticks,
)

FINITE = st.floats(-1e6, 1e6)


def shapes(svg: str, tag: str, kind: str) -> list[Element]:
    return [element for element in fromstring(svg).iter(tag) if element.get("class") == kind]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (4.2, 5.3, [4, 4.5, 5, 5.5]),
        (0, 3e-4, [0, 1e-4, 2e-4, 3e-4]),
        (-1.5, 34.6, [-10, 0, 10, 20, 30, 40]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


@given(FINITE, FINITE)
def test_ticks_enclose_the_values_and_can_be_told_apart(first: float, second: float) -> None:
    low, high = sorted((first, second))
    found = ticks(low, high)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= 8
    steps = [after - before for before, after in pairwise(found)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-3)
    assert steps[0] > 0


def test_labels_have_as_many_decimals_as_the_ticks_need() -> None:
    assert [tick_label(value, [0, 0.5, 1]) for value in (0, 0.5, 1)] == ["0.0", "0.5", "1.0"]
    assert [tick_label(value, [-1000, 0, 1000]) for value in (-1000, 0)] == ["−1,000", "0"]
    assert tick_label(3e-4, [0, 1e-4, 2e-4, 3e-4]) == "0.0003"
    assert tick_label(2e-7, [0, 1e-7, 2e-7]) == "2e−07"


def test_a_line_runs_through_the_places_of_its_values() -> None:
    points = [(0.0, 0.0), (5.0, 1.0), (10.0, 2.0)]
    svg = line_chart("a", "t", "d", [Line("l", points)], ("x", "y"), references=[Reference("half", 1.0)])
    (line,) = shapes(svg, "polyline", "line s1")
    places = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    (x0, y0), (x1, y1), (x2, y2) = places
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.1)
    assert y1 == pytest.approx((y0 + y2) / 2, abs=0.1)
    assert x0 < x2
    assert y0 > y2  # upwards
    (reference,) = shapes(svg, "line", "reference")
    assert float(reference.attrib["y1"]) == pytest.approx(y1)


def test_series_differ_in_dashes_and_are_named() -> None:
    points = [(0.0, 1.0), (1.0, 2.0)]
    svg = line_chart("a", "t", "d", [Line("train", points), Line("validation", points)], ("x", "y"))
    assert len(shapes(svg, "polyline", "line s1")) == len(shapes(svg, "polyline", "line s2")) == 1
    texts = [text.text for text in fromstring(svg).iter("text")]
    assert {"train", "validation", "x", "y"} <= set(texts)


def test_a_single_point_is_seen() -> None:
    svg = line_chart("a", "t", "d", [Line("l", [(3.0, 4.0)])], ("x", "y"))
    assert len(shapes(svg, "circle", "mark s1")) == 1


def test_bars_are_as_long_as_their_values_and_lie_on_both_sides_of_zero() -> None:
    svg = bar_chart("a", "t", "d", [("uno", 4.0), ("dos", 2.0), ("tres", -2.0)], "x")
    up, down = shapes(svg, "rect", "bar s1"), shapes(svg, "rect", "bar s2")
    widths = [float(bar.attrib["width"]) for bar in up]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert float(down[0].attrib["width"]) == pytest.approx(widths[1], abs=0.2)
    zero = float(up[0].attrib["x"])
    assert float(down[0].attrib["x"]) + widths[1] == pytest.approx(zero, abs=0.2)


def test_intervals_reach_from_low_to_high_around_their_value() -> None:
    rows = [("uno", [Mark(50.0, 40.0, 70.0), Mark(60.0)])]
    svg = interval_chart("a", "t", "d", rows, ["m", "n"], "x", reference=Reference("chance", 50.0))
    (interval,) = shapes(svg, "line", "interval s1")
    disc = shapes(svg, "circle", "mark s1")[0]
    low, high, value = float(interval.attrib["x1"]), float(interval.attrib["x2"]), float(disc.attrib["cx"])
    assert (value - low) / (high - low) == pytest.approx(1 / 3, abs=0.01)
    assert float(shapes(svg, "line", "reference")[0].attrib["x1"]) == pytest.approx(value)
    assert len(shapes(svg, "polygon", "mark s2")) == 2  # one is the legend's


def test_nothing_to_draw_is_an_empty_chart() -> None:
    assert shapes(bar_chart("a", "t", "d", [], "x"), "rect", "bar s1") == []


def test_text_is_escaped_and_the_chart_described() -> None:
    svg = bar_chart("name", 'a "<b>"', "<script>", [("</svg>&", 1.0)], "x")
    root = fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "name-title name-description"
    assert root.findtext("title") == 'a "<b>"'
    assert root.findtext("desc") == "<script>"
    assert "</svg>&" in [text.text for text in root.iter("text")]


@given(FINITE)
def test_a_scale_maps_its_ends_to_its_ends(value: float) -> None:
    scale = Scale(value, value + 2, 10, 30)
    assert scale(value) == pytest.approx(10)
    assert scale(value + 1) == pytest.approx(20)
    assert scale(value + 2) == pytest.approx(30)
