"""Spanish names of countries (by the code that {{ESP}} is made of) and of languages (by {{lang-xx}}).

They are CLDR's (`codes.py`); here stands what it lacks or what reads otherwise in Spanish Wikipedia.
"""

from minillm.languages.es.codes import LANGUAGES_OF_CLDR, TERRITORIES

COUNTRIES = TERRITORIES | {
    # Countries that have no code in ISO 3166 or had one: the codes of sports.
    "AHO": "Antillas Neerlandesas", "ENG": "Inglaterra", "EUN": "Equipo Unificado",
    "FRG": "Alemania Occidental", "GDR": "Alemania Oriental", "NIR": "Irlanda del Norte",
    "SCG": "Serbia y Montenegro", "SCO": "Escocia", "TCH": "Checoslovaquia", "TPE": "China Taipéi",
    "URS": "Unión Soviética", "WAL": "Gales", "YUG": "Yugoslavia",
    # Codes of before, and Spanish ones.
    "ALE": "Alemania", "EEUU": "Estados Unidos", "EUA": "Estados Unidos", "GBR": "Reino Unido",
    "GRC": "Grecia", "GRE": "Grecia", "LIB": "Líbano", "ROM": "Rumania", "UK": "Reino Unido",
    "URSS": "Unión Soviética",
    # Names of articles in Spanish Wikipedia that differ from CLDR's.
    "CGO": "República del Congo", "CIV": "Costa de Marfil", "COG": "República del Congo",
    "CZE": "República Checa", "HKG": "Hong Kong", "ISV": "Islas Vírgenes de los Estados Unidos",
    "KSA": "Arabia Saudita", "MAC": "Macao", "MMR": "Birmania", "MYA": "Birmania", "PLE": "Palestina",
    "PSE": "Palestina", "ROU": "Rumania", "SAU": "Arabia Saudita",
    "SGS": "Islas Georgias del Sur y Sandwich del Sur",
    "UMI": "Islas Ultramarinas Menores de los Estados Unidos", "VIR": "Islas Vírgenes de los Estados Unidos",
}  # fmt: skip

LANGUAGES = LANGUAGES_OF_CLDR | {
    "arn": "mapudungun", "az": "azerí", "fy": "frisón", "nah": "náhuatl", "nb": "noruego", "nn": "nynorsk",
    "te": "télugu", "yua": "maya",
}  # fmt: skip


def language_name(code: str) -> str:
    """`de` → "alemán", `sr-latn` → "serbio"; "" if it has none."""
    return LANGUAGES.get(code) or LANGUAGES.get(code.partition("-")[0], "")
