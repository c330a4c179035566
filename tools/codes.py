"""Writes codes.py of a language: names of countries by their codes, and of languages by theirs.

The names are of Unicode's CLDR (as Babel has it), the codes of the IOC, of FIFA and of ISO 3166-1
(country_converter's table). What they lack or say otherwise is in its names.py. The file is
committed, so that a new version of these packages changes nobody's text; to write it anew:

    pip install --target DIR --no-deps babel==2.19.0 country_converter==1.3.2
    PYTHONPATH=DIR python -m tools.codes es en
"""

import csv
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

KINDS_OF_CODES = ("ISO3", "FIFA", "IOC")
"""Where two countries have one code, the last one counts: BRN is Baréin."""

NO_LANGUAGES = ("mul", "und", "zxx")
"""Several ones, an unknown one, none."""


def main() -> None:
    """Write the files of the languages that are named."""
    for code in sys.argv[1:]:
        text = "\n".join(_lines(code)) + "\n"
        Path(f"minillm/languages/{code}/codes.py").write_text(text, encoding="utf-8")


def _lines(language: str) -> list[str]:
    locale = import_module("babel").Locale(language)
    package = find_spec("country_converter")  # not imported: it would want pandas
    assert package
    assert package.origin
    table = Path(package.origin).with_name("country_data.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines(), delimiter="\t"))
    territories = {
        row[kind]: locale.territories[row["ISO2"]]
        for kind in KINDS_OF_CODES
        for row in rows
        if row["ISO2"] in locale.territories and row[kind] and len(row[kind]) == 3
    }
    languages = {
        code.replace("_", "-").lower(): name
        for code, name in locale.languages.items()
        if code not in NO_LANGUAGES
    }
    return [
        '"""Names of countries by their codes (ISO 3166-1, FIFA, IOC) and of languages by theirs, of CLDR.',
        "",
        f"Written by tools/codes.py with Babel {import_module('babel').__version__}; what Wikipedia says",
        'otherwise is in names.py.\n"""',
        *_written("TERRITORIES", territories),
        *_written("LANGUAGES_OF_CLDR", languages),
    ]


def _written(name: str, table: dict[str, str]) -> Iterator[str]:
    items = ", ".join(f'"{code}":\xa0"{text}"'.replace(" ", "\xa0") for code, text in sorted(table.items()))
    yield f"\n{name} = {{"
    for line in textwrap.wrap(items, 105, break_on_hyphens=False, break_long_words=False):
        yield f"    {line.rstrip(',')},".replace("\xa0", " ")
    yield "}  # fmt: skip"


if __name__ == "__main__":
    main()
