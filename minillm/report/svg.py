"""Charts as inline SVG: small, without a script, in the colours of the page around them (CSS classes).

Every chart has role="img", a title and a description that says in words what it shows. Series differ in
dashes and in the shape of their marks as well as in colour. The drawing is 400 units wide, so that its text
of 13 units stays legible on a telephone.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 400
_TOP, _RIGHT, _BOTTOM = 14, 16, 44  # margins; the left one depends on the labels
_LEGEND = 20  # height of a line of the legend
_CHARACTER = 7.2  # mean width of a character of 13 units, generous
_ROW = 24  # height of a bar or of a row of intervals
_PLOT_HEIGHT = 190


class Line(NamedTuple):
    """A series of a line chart."""

    label: str
    points: Sequence[tuple[float, float]]


class Reference(NamedTuple):
    """A straight line to compare with, at a value of the vertical axis (line charts) or horizontal one."""

    label: str
    value: float


class Mark(NamedTuple):
    """A value with its interval, if it has one."""

    value: float
    low: float | None = None
    high: float | None = None


class Scale(NamedTuple):
    """From values in [low, high] to places in [start, stop]."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)


def line_chart(
    name: str,
    title: str,
    description: str,
    lines: Sequence[Line],
    labels: tuple[str, str],
    *,
    references: Sequence[Reference] = (),
    diagonal: str = "",
    marks: bool = False,
) -> str:
    """Lines over common axes; `labels` are those of x and y, `diagonal` is the label of the line y = x."""
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points] + [reference.value for reference in references]
    if diagonal:
        xs, ys = [0.0, *xs], [0.0, *ys, max(xs)]
    x_ticks, y_ticks = ticks(min(xs), max(xs)), ticks(min(ys), max(ys))
    legend = [line.label for line in lines] + [diagonal] * bool(diagonal)
    top = _TOP + _LEGEND * (len(legend) if len(legend) > 1 else 0)
    left = 24 + _CHARACTER * max(len(tick_label(tick, y_ticks)) for tick in y_ticks)
    height = top + _PLOT_HEIGHT + _BOTTOM
    x = Scale(x_ticks[0], x_ticks[-1], left, WIDTH - _RIGHT)
    y = Scale(y_ticks[0], y_ticks[-1], height - _BOTTOM, top)
    svg = _canvas(name, title, description, height)
    _x_axis(svg, x, x_ticks, labels[0], top, height)
    _y_axis(svg, y, y_ticks, labels[1], left)
    for reference in references:
        _line(svg, left, y(reference.value), WIDTH - _RIGHT, y(reference.value), "reference")
    if diagonal:
        end = min(x_ticks[-1], y_ticks[-1])
        _line(svg, x(0), y(0), x(end), y(end), "reference")
    for number, line in enumerate(lines, start=1):
        _points(svg, [(x(a), y(b)) for a, b in line.points], number, marks=marks)
    for reference in references:  # after the lines, so that it stands on them
        _text(svg, left + 5, y(reference.value) - 4, reference.label, **{"class": "note"})
    if len(legend) > 1:
        for number, label in enumerate(legend, start=1):
            here = _TOP + _LEGEND * (number - 1)
            _line(svg, left, here, left + 30, here, "reference" if number > len(lines) else f"line s{number}")
            _text(svg, left + 36, here + 4, label)
    return ET.tostring(svg, encoding="unicode")


def bar_chart(
    name: str, title: str, description: str, bars: Sequence[tuple[str, float]], x_label: str
) -> str:
    """Horizontal bars from zero, each with its value."""
    values = [value for _, value in bars]
    x_ticks = ticks(min([0, *values]), max([0, *values]), 4)
    left = _label_width([label for label, _ in bars])
    height = _TOP + _ROW * len(bars) + _BOTTOM
    x = Scale(x_ticks[0], x_ticks[-1], left, WIDTH - _RIGHT - 3)
    svg = _canvas(name, title, description, height)
    _x_axis(svg, x, x_ticks, x_label, _TOP, height)
    for number, (label, value) in enumerate(bars):
        top = _TOP + _ROW * number
        start, stop = sorted((x(0), x(value)))
        kind = "s1" if value >= 0 else "s2"
        box = {"x": start, "y": top + 4, "width": max(0.5, stop - start), "height": _ROW - 8}
        bar = _shape(svg, "rect", f"bar {kind}", **{key: f"{place:.1f}" for key, place in box.items()})
        ET.SubElement(bar, "title").text = f"{label}: {value:.4g}"
        _row_label(svg, left, top, label)
    _line(svg, x(0), _TOP, x(0), height - _BOTTOM, "axis")
    return ET.tostring(svg, encoding="unicode")


def interval_chart(
    name: str,
    title: str,
    description: str,
    rows: Sequence[tuple[str, Sequence[Mark]]],
    series: Sequence[str],
    x_label: str,
    *,
    reference: Reference | None = None,
) -> str:
    """A row for each thing measured, with a mark for each series and a bar for its interval."""
    everything = [mark for _, marks in rows for mark in marks]
    ends = [end for mark in everything for end in (mark.value, mark.low, mark.high) if end is not None]
    x_ticks = ticks(min([0, *ends]), max([0, *ends]), 5)
    left = _label_width([label for label, _ in rows])
    legend = [*series, *([reference.label] if reference else [])]
    top = _TOP + _LEGEND * len(legend)
    height = top + _ROW * len(rows) + _BOTTOM
    x = Scale(x_ticks[0], x_ticks[-1], left, WIDTH - _RIGHT - 3)
    svg = _canvas(name, title, description, height)
    _x_axis(svg, x, x_ticks, x_label, top, height)
    if reference:
        _line(svg, x(reference.value), top, x(reference.value), height - _BOTTOM, "reference")
    for row, (label, marks) in enumerate(rows):
        middle = top + _ROW * (row + 0.5)
        _row_label(svg, left, top + _ROW * row, label)
        for number, mark in reversed(list(enumerate(marks, start=1))):
            if mark.low is not None and mark.high is not None:
                _line(svg, x(mark.low), middle, x(mark.high), middle, f"interval s{number}")
            drawn = _mark(svg, x(mark.value), middle, number)
            ET.SubElement(drawn, "title").text = f"{label}, {series[number - 1]}: {mark.value:.4g}"
    for number, label in enumerate(legend, start=1):
        here = _TOP + _LEGEND * (number - 1)
        if number <= len(series):
            _mark(svg, 20, here, number)
        else:
            _line(svg, 10, here, 30, here, "reference")
        _text(svg, 36, here + 4, label)
    return ET.tostring(svg, encoding="unicode")


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values, some `count` of them, evenly spaced, that enclose [low, high]; two at the least."""
    if high - low < 1e-9 * max(1.0, abs(high)):
        half = abs(high) / 2 if abs(high) > 1e-9 else 0.5
        low, high = low - half, high + half
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def tick_label(value: float, among: Sequence[float]) -> str:
    """As many decimals as the ticks need; powers of ten where there would be too many."""
    step = among[1] - among[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:.0e}" if decimals > 4 and value else f"{value:,.{min(decimals, 4)}f}"
    return text.replace("-", "−")


def _canvas(name: str, title: str, description: str, height: float) -> ET.Element:
    svg = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {WIDTH} {height:g}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-description",
        },
    )
    ET.SubElement(svg, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(svg, "desc", {"id": f"{name}-description"}).text = description
    return svg


def _x_axis(
    svg: ET.Element, x: Scale, x_ticks: Sequence[float], label: str, top: float, height: float
) -> None:
    bottom = height - _BOTTOM
    _line(svg, x.start, bottom, x.stop, bottom, "axis")
    for tick in x_ticks:
        _line(svg, x(tick), top, x(tick), bottom + 4, "grid")
        text = tick_label(tick, x_ticks)
        _text(svg, min(x(tick), WIDTH - _CHARACTER * len(text) / 2), bottom + 18, text, "middle")
    half = _CHARACTER * len(label) / 2
    centre = min((x.start + x.stop) / 2, WIDTH - half)  # below the middle, if the label is not too long
    _text(svg, centre, height - 6, label, "middle")


def _y_axis(svg: ET.Element, y: Scale, y_ticks: Sequence[float], label: str, left: float) -> None:
    for tick in y_ticks:
        _line(svg, left, y(tick), WIDTH - _RIGHT, y(tick), "grid")
        _text(svg, left - 5, y(tick) + 4, tick_label(tick, y_ticks), "end")
    middle = (y.start + y.stop) / 2
    _text(svg, 12, middle, label, "middle", transform=f"rotate(-90 12 {middle:.1f})")


def _row_label(svg: ET.Element, left: float, top: float, label: str) -> None:
    shown = label if len(label) <= 24 else f"{label[:23]}…"
    _text(svg, left - 6, top + _ROW / 2 + 4.5, shown, "end")


def _label_width(labels: Sequence[str]) -> float:
    return 14 + _CHARACTER * min(24, max(map(len, labels), default=0))


def _points(svg: ET.Element, places: Sequence[tuple[float, float]], number: int, *, marks: bool) -> None:
    """A line through the places; a single one would not be seen without its mark."""
    _shape(svg, "polyline", f"line s{number}", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in places))
    if marks or len(places) == 1:
        for a, b in places:
            _mark(svg, a, b, number)


def _mark(svg: ET.Element, x: float, y: float, number: int) -> ET.Element:
    """A disc, a diamond, a square: the shapes of series 1 to 3."""
    if number == 1:
        return _shape(svg, "circle", "mark s1", cx=f"{x:.1f}", cy=f"{y:.1f}", r="4.5")
    if number == 2:
        corners = ((x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y))
        return _shape(svg, "polygon", "mark s2", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners))
    return _shape(svg, "rect", "mark s3", x=f"{x - 4:.1f}", y=f"{y - 4:.1f}", width="8", height="8")


def _line(svg: ET.Element, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
    places = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    _shape(svg, "line", kind, **{key: f"{place:.1f}" for key, place in places.items()})


def _shape(svg: ET.Element, tag: str, kind: str, **attributes: str) -> ET.Element:
    return ET.SubElement(svg, tag, {"class": kind, **attributes})


def _text(svg: ET.Element, x: float, y: float, text: str, anchor: str = "start", **more: str) -> None:
    places = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    ET.SubElement(svg, "text", places | more).text = text
