import pytest

from minillm.languages.loading import load_language
from minillm.wikitext.scanner import plain_text

ENGLISH = load_language("en")


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("'''Ann Ruiz''', {{post-nominals|country=GBR|OBE}}, is a poet.", "Ann Ruiz, OBE, is a poet."),
        ("Ann Ruiz, {{postnominals|OBE|FRS|size=100%}}, sang.", "Ann Ruiz, OBE FRS, sang."),
        ("Ann Ruiz, {{post-nom|sep=,|OBE|FRS}}, sang.", "Ann Ruiz, OBE, FRS, sang."),
        ("Ann Ruiz, {{post-nominals|unlinked=PC CC}}, sang.", "Ann Ruiz, PC CC, sang."),
        ("Ann Ruiz ({{née|Smith}}) sang.", "Ann Ruiz (née Smith) sang."),
        ("Ann Ruiz, {{nee|Smith}}, sang.", "Ann Ruiz, née Smith, sang."),
        ("Ann Ruiz ({{née}} Smith) sang.", "Ann Ruiz (née Smith) sang."),
        ("Ann Ruiz ({{floruit}} 1400) sang.", "Ann Ruiz (fl. 1400) sang."),
        ("Ann Ruiz ({{fl.|1400}}) sang.", "Ann Ruiz (fl. 1400) sang."),
        ("Ann Ruiz ({{fl}} 1400-1410) sang.", "Ann Ruiz (fl. 1400-1410) sang."),
        ("It is in {{music|time|3|4}} time.", "It is in 3/4 time."),
        ("It is in {{music|time|3}} time. Yes.", "Yes."),
        ("It is in B{{music|bb}} and F{{music|x}}.", "It is in B𝄫 and F𝄪."),
        ("It is in B{{flat}}, F{{sharp}} and C{{natural}}.", "It is in B♭, F♯ and C♮."),
        ("Here {{abs|x}} is small.", "Here |x| is small."),
        ("{{abs|x}} is small, 3{{abs|y}} as well.", "|x| is small, 3|y| as well."),
        ("Text.\n\n''{{abs|''x''}}'' is small (as {{abs|y}}).", "Text.\n\n|x| is small (as |y|)."),
        ("Of {{mset|a, b}} and {{mset|x {{!}} x > 0}}.", "Of {a, b} and {x | x > 0}."),
        ("It is {{mset|1|2}} here.", ""),
        ("In {{closed-closed|a|b}} and {{open-open|a, b}}.", "In [a, b] and (a, b)."),
        ("In {{closed-open|0|1}} and {{open-closed|0|1}}.", "In [0, 1) and (0, 1]."),
        ("From {{stn|London Bridge}} to {{rws|Bramley|Hampshire}}.", "From London Bridge to Bramley."),
        ("To {{stnlnk|Ashford International||Ashford Intl}}.", "To Ashford Intl."),
        ("It saw {{mp|2005 FY|9}} and {{mp|1992 QB|1}}.", "It saw 2005 FY₉ and 1992 QB₁."),
        ("It won in {{mlby|2011}} and {{wbby|2012}}.", "It won in 2011 and 2012."),
        ("The mass is 1.989{{x10^|30}} kg.", "The mass is 1.989 × 10³⁰ kg."),
        ("See {{bibleverse|1 Kings|3:16}} too.", "See 1 Kings 3:16 too."),
        ("See {{bibleverse|1|Kings|3:16|KJV}} too.", "See 1 Kings 3:16 too."),
        ("See {{bibleverse|1|3:16}} too. Yes.", "Yes."),
    ],
)
def test_templates_in_sentences(wikitext: str, expected: str) -> None:
    assert plain_text(wikitext, ENGLISH) == expected


@pytest.mark.parametrize(
    "verses",
    [
        "{{poemquote|Green wind.\nGreen branches.}}",
        "{{poem quote|text=\nGreen wind.\n:Green branches.\n|author=Ann}}",
        "{{poemquote|Green wind.<br>\nGreen branches.}}",
        "{{poemquote|<poem>\nGreen wind.\nGreen branches.\n</poem>}}",
        "<poem>\nGreen wind.\nGreen branches.\n</poem>",
    ],
)
def test_verses_stand_in_lines_as_in_a_poem(verses: str) -> None:
    assert plain_text(f"She wrote:\n\n{verses}\n\nIt is known.", ENGLISH) == (
        "She wrote:\n\nGreen wind.\nGreen branches.\n\nIt is known."
    )
