"""Characters that stand for a decision between two steps of cleaning; they never reach the output.

They are C0 controls, which the scanner removes from its input first and which no HTML entity can spell
(`html.unescape` gives "" for them), so that no article can forge one.
"""

HOLE = "\x01"
"""A value that the wikitext does not hold: a template that we cannot render, a URL."""

HEADING = "\x02"
"""Begins the line of a section title; the next character is its level, 1–6."""

BREAK = "\x03"
"""A line break inside a paragraph: <br>, a verse."""

EQUALS = "\x04"
"""An equals sign out of a formula or a template: it does not end the name of an argument."""

MISSING = "\x05"
"""A hole that surely gapes: the value of a parser function, a formula or an exponent that cannot be read."""

QUOTE = "\x06"
"""An apostrophe of two or more in a row: italics, bold or text, which only the whole line tells."""

APART = "\x11"
"""Between two runs of QUOTE that touch where markup is gone: Uno<ref/>Dos."""

ADDRESS = "\x07"
"""Begins the label of a link out of the wiki."""

ZERO, ONE = "\x0e", "\x0f"
"""Binary digits after a HOLE or MISSING: the number of the template that left it; none: no template did."""

FORMULA = "\x08"
"""A MISSING formula; if it has a line of its own, the sentence around it is read across the line."""

LITERAL = "\x10"
"""Before a character at the beginning of a line that would else begin a list or a table's row: it is text."""
