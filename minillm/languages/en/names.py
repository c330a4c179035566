"""English names of countries (by the code that {{USA}} is made of) and of languages (by {{lang-xx}}).

They are CLDR's (`codes.py`); here stands what it lacks or what reads otherwise in English Wikipedia.
"""

from minillm.languages.en.codes import LANGUAGES_OF_CLDR, TERRITORIES

_TERRITORIES = {
    code: name.replace("St. ", "Saint ").replace(" & ", " and ") for code, name in TERRITORIES.items()
}

COUNTRIES = _TERRITORIES | {
    # Countries that have no code in ISO 3166 or had one: the codes of sports.
    "AHO": "Netherlands Antilles", "ENG": "England", "EUN": "Unified Team", "FRG": "West Germany",
    "GDR": "East Germany", "NIR": "Northern Ireland", "SCG": "Serbia and Montenegro", "SCO": "Scotland",
    "TCH": "Czechoslovakia", "TPE": "Chinese Taipei", "URS": "Soviet Union", "WAL": "Wales",
    "YUG": "Yugoslavia",
    # Codes of before, and short ones.
    "GBR": "United Kingdom", "GRC": "Greece", "GRE": "Greece", "ROM": "Romania", "UK": "United Kingdom",
    "US": "United States", "USSR": "Soviet Union",
    # Names of articles in English Wikipedia that differ from CLDR's.
    "CCK": "Cocos Islands", "ISV": "United States Virgin Islands", "VIR": "United States Virgin Islands",
    "UMI": "United States Minor Outlying Islands",
    "CGO": "Republic of the Congo", "CIV": "Ivory Coast", "COD": "Democratic Republic of the Congo",
    "COG": "Republic of the Congo", "CZE": "Czech Republic", "HKG": "Hong Kong", "MAC": "Macau",
    "MMR": "Myanmar", "MYA": "Myanmar", "PLE": "Palestine", "PSE": "Palestine",
    "TUR": "Turkey", "VCT": "Saint Vincent and the Grenadines", "VIN": "Saint Vincent and the Grenadines",
}  # fmt: skip

LANGUAGES = LANGUAGES_OF_CLDR | {
    "ang": "Old English", "bn": "Bengali", "fa": "Persian", "gd": "Scottish Gaelic", "ps": "Pashto",
}  # fmt: skip


def language_name(code: str) -> str:
    """`de` → "German", `sr-latn` → "Serbian"; "" if it has none."""
    return LANGUAGES.get(code) or LANGUAGES.get(code.partition("-")[0], "")
