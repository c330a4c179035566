import sys
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.evaluation.pair_file import file_questions
from minillm.params import VocabParams
from minillm.tokens.tokenizer import train_tokenizer
from tools.conllu import Sentence, read_sentences
from tools.pairs import derive, main

FEATURES = {
    "N": "NOUN",
    "A": "ADJ",
    "D": "DET",
    "V": "VERB",
    "X": "AUX",
    "P": "PROPN",
    "C": "CCONJ",
    "R": "ADP",
    "S": "PRON",
}
NAMES = {
    "m": "Gender=Masc",
    "f": "Gender=Fem",
    "s": "Number=Sing",
    "p": "Number=Plur",
    "i": "Mood=Ind|Person=3|VerbForm=Fin",
    "t": "VerbForm=Part",
    "!": "Typo=Yes",
}


def line(number: int | str, form: str, tag: str = "", head: int | str = 0, relation: str = "_") -> str:
    """A line of CoNLL-U; form/lemma, and a tag such as Nms: noun, masculine, singular."""
    form, _, lemma = form.partition("/")
    form, glued = form.removesuffix("_"), form.endswith("_")
    kind = FEATURES.get(tag[:1], "X") if tag else "_"
    features = "|".join(NAMES[letter] for letter in tag[1:]) or "_"
    notes = "SpaceAfter=No" if glued else "_"
    return f"{number}\t{form}\t{lemma or form}\t{kind}\t_\t{features}\t{head}\t{relation}\t_\t{notes}"


def sentence(text: str) -> list[str]:
    """Words as `form/lemma tag head relation`, one a line; `2-3 del` is a range, `8.1 x` an empty node."""
    lines, number = [], 0
    for row in filter(None, map(str.strip, text.splitlines())):
        first, *rest = row.split()
        if first[0].isdigit():
            lines.append(line(first, rest[0]))
            continue
        number += 1
        tag, head, relation = rest
        lines.append(line(number, first, tag, head, relation))
    return lines


def treebank(folder: Path, *sentences: str, end: str = "\n") -> Path:
    path = folder / "t.conllu"
    blocks = [end.join(["# sent_id = 1", "# text = no matter what", *sentence(text)]) for text in sentences]
    path.write_bytes((f"{end}{end}".join(blocks) + end).encode())
    return path


LEXICON = """
    llega/llegar Vsi 0 root
    llegan/llegar Vpi 0 root
    es/ser Xsi 0 root
    son/ser Xpi 0 root
    rojo/rojo Ams 0 root
    roja/rojo Afs 0 root
    rojos/rojo Amp 0 root
    rojas/rojo Afp 0 root
    escrito/escribir Vmst 0 root
    escrita/escribir Vfst 0 root
"""


def pairs(folder: Path, text: str) -> list[tuple[str, str]]:
    """The phenomenon and the wrong sentence of each pair."""
    found = derive(read_sentences(treebank(folder, text, LEXICON)))
    return [(phenomenon, wrong) for phenomenon, _, wrong in found]


def test_a_verb_gets_the_other_number(tmp_path: Path) -> None:
    text = """
        El/el Dms 2 det
        tren/tren Nms 3 nsubj
        llega_/llegar Vsi 0 root
        . X 3 punct
    """
    assert pairs(tmp_path, text) == [("subject_verb_number", "El tren llegan.")]


def test_a_predicate_gets_the_other_number_and_the_other_gender(tmp_path: Path) -> None:
    text = """
        La/el Dfs 2 det
        casa/casa Nfs 4 nsubj
        es/ser Xsi 4 cop
        roja/rojo Afs 0 root
    """
    assert pairs(tmp_path, text) == [
        ("subject_verb_number", "La casa son roja"),
        ("subject_predicate_gender", "La casa es rojo"),
        ("subject_predicate_number", "La casa es rojas"),
    ]


def test_an_adjective_and_a_participle_get_them_beside_a_noun(tmp_path: Path) -> None:
    text = """
        un/uno Dms 2 det
        libro/libro Nms 0 root
        rojo/rojo Ams 2 amod
        escrito/escribir Vmst 2 acl
    """
    assert pairs(tmp_path, text) == [
        ("noun_adjective_gender", "un libro roja escrito"),
        ("noun_adjective_number", "un libro rojos escrito"),
        ("noun_adjective_gender", "un libro rojo escrita"),
    ]


def test_the_other_form_begins_with_a_capital_where_this_one_does(tmp_path: Path) -> None:
    verb = """
        casas/casa Nfp 2 nsubj
        Llegan/llegar Vpi 0 root
    """
    assert pairs(tmp_path, verb) == [("subject_verb_number", "casas Llega")]


@pytest.mark.parametrize(
    "text",
    [
        # «llegan el tren» may say that others make it come
        "llega/llegar Vsi 0 root\nel/el Dms 3 det\ntren/tren Nms 1 nsubj",
        # joined with another
        "el/el Dms 2 det\nrey/rey Nms 5 nsubj\ny C 4 cc\nreina/reina Nfs 2 conj\nllega/llegar Vsi 0 root",
        "casas/casa Nfp 0 root\nroja/rojo Afs 1 amod\ny C 4 cc\nrojas/rojo Afp 2 conj",
        "un/uno Dms 2 det\nlibro/libro Nms 0 root\nrojo/rojo Ams 2 amod\ny C 5 cc\nlargo/largo Ams 3 conj",
        "roja/rojo Afs 2 amod\ncasa/casa Nfs 0 root\ny C 4 cc\ncalle/calle Nfs 2 conj",
        "casa/casa Nfs 3 nsubj\nes/ser Xsi 3 cop\nroja/rojo Afs 0 root\ny C 5 cc\nlarga/largo Afs 3 conj",
        # the verb before, the predicate after
        "es/ser Xsi 3 cop\ncasa/casa Nfs 3 nsubj\nrojo/rojo Ams 0 root",
        # what is counted may agree too
        "la/el Dfs 2 det\nmitad/mitad Nfs 4 nsubj\ntrenes/tren Nmp 2 nmod\nllega/llegar Vsi 0 root",
        # the company
        "rey/rey Nms 4 nsubj\njunto/junto X 3 case\nreina/reina Nfs 1 nmod\nllega/llegar Vsi 0 root",
        # a name, a relative pronoun
        "Roma/Roma Ps 2 nsubj\nllega/llegar Vsi 0 root",
        "que/que S 2 nsubj\nllega/llegar Vsi 0 root",
        # the predicate has another number: «el problema es» and «son los trenes»
        "problema/problema Nms 3 nsubj\nson/ser Xpi 3 cop\ntrenes/tren Nmp 0 root",
        "problema/problema Nms 3 nsubj\nes/ser Xsi 3 cop\ntrenes/tren Nmp 0 root",
        # the treebank itself says that it is an error, or does not agree
        "tren/tren Nms 2 nsubj\nllega/llegar Vsi! 0 root",
        "tren/tren Nms 2 nsubj\nllegan/llegar Vpi 0 root",
        # the treebank has no other form
        "tren/tren Nms 2 nsubj\nsale/salir Vsi 0 root",
        # another noun stands between, or above: «roja» may be the house's
        "el/el Dms 2 det\nlibro/libro Nms 0 root\ncasa/casa Nfs 2 nmod\nrojo/rojo Ams 2 amod",
        "casas/casa Nfp 0 root\ndel/de R 3 case\nlibro/libro Nms 1 nmod\nrojo/rojo Ams 3 amod",
        # no adjective, but a part of a name
        "un/uno Dms 2 det\nlibro/libro Nms 0 root\nRojo/rojo Ams 2 amod",
        # a perfect, which agrees with nothing
        "el/el Dms 2 det\nhijo/hijo Nms 4 nsubj\nha/haber Xsi 4 aux\nescrito/escribir Vmst 0 root",
    ],
)
def test_a_place_that_allows_both_forms_or_shows_neither_is_left_out(tmp_path: Path, text: str) -> None:
    assert pairs(tmp_path, text) == []


def test_a_form_that_is_of_both_numbers_is_no_wrong_one(tmp_path: Path) -> None:
    text = "tren/tren Nms 2 nsubj\nllega/llegar Vsi 0 root"
    path = treebank(tmp_path, text, LEXICON, *["llega/llegar Vpi 0 root"] * 2)
    assert list(derive(read_sentences(path))) == []


def test_a_noun_of_both_genders_needs_a_determiner(tmp_path: Path) -> None:
    alone = "artista/artista Nms 0 root\nrojo/rojo Ams 1 amod"
    assert [phenomenon for phenomenon, _ in pairs(tmp_path, alone)] == ["noun_adjective_number"]
    determined = "un/uno Dms 2 det\nartista/artista Nms 0 root\nrojo/rojo Ams 2 amod"
    assert pairs(tmp_path, determined)[0] == ("noun_adjective_gender", "un artista roja")


def test_the_text_has_contractions_once_and_no_empty_nodes(tmp_path: Path) -> None:
    text = """
        «_/« X 3 punct
        trenes/tren Nmp 8 nsubj
        3-4 del
        de/de R 5 case
        el/el Dms 5 det
        2.1 nada
        sur/sur Nms 2 nmod
        6-7 al
        a/a R 2 case
        el/el Dms 2 det
        llegan/llegar Vpi 0 root
    """
    path = treebank(tmp_path, text, LEXICON, end="\r\n")
    first, _ = read_sentences(path)
    assert first.text == "«trenes del sur al llegan"
    assert " ".join(word.form for word in first.words.values()) == "« trenes de el sur a el llegan"
    assert {word.form for word in first.words.values() if word.start is None} == {"de", "el", "a"}
    assert [wrong for _, _, wrong in derive([*read_sentences(path)])] == ["«trenes del sur al llega"]


def test_a_form_that_is_written_with_others_is_neither_changed_nor_learnt(tmp_path: Path) -> None:
    text = """
        tren/tren Nms 2 nsubj
        2-3 llégase
        llega/llegar Vsi 0 root
        se/se S 2 obj
    """
    assert pairs(tmp_path, text) == []
    path = treebank(tmp_path, text, "tren/tren Nms 2 nsubj\nllega/llegar Vsi 0 root")
    assert list(derive(read_sentences(path))) == []


def test_a_file_without_a_last_empty_line_and_one_with_several_between(tmp_path: Path) -> None:
    path = tmp_path / "t.conllu"
    one = line(1, "sí", "X", 0, "root")
    path.write_text(f"\ufeff# newdoc\n\n\n{one}\n\n \n\n# a comment\n{one}", encoding="utf-8")
    assert [found.text for found in read_sentences(path)] == ["sí", "sí"]
    path.write_text("# nothing\n", encoding="utf-8")
    assert list(read_sentences(path)) == []


def test_a_word_without_a_head_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "t.conllu"
    path.write_text(line(1, "sí", "X", "_") + "\n", encoding="utf-8")
    (found,) = read_sentences(path)
    assert isinstance(found, Sentence)
    assert list(derive([found])) == []


@pytest.mark.parametrize(
    "row", ["word", "1\ta\tb", line("x", "a"), line("1-", "a"), line(1, "a", "X", "two")]
)
def test_what_is_no_conllu_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    path = tmp_path / "t.conllu"
    path.write_text(f"# text\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.conllu, line 2: .* is no line of CoNLL-U"):
        list(read_sentences(path))
    monkeypatch.setattr(sys, "argv", ["pairs", str(tmp_path / "none"), "--output", str(tmp_path / "o.tsv")])
    with pytest.raises(SystemExit, match=r"error: .*none cannot be read \(.*\); name a treebank in CoNLL-U"):
        main()


def test_the_file_is_what_the_evaluation_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '"_ X 3 punct\ntren/tren Nms 3 nsubj\nllega/llegar Vsi 0 root\n" X 3 punct'
    path, output = treebank(tmp_path, text, LEXICON), tmp_path / "pairs.tsv"
    monkeypatch.setattr(sys, "argv", ["pairs", str(path), str(path), "--output", str(output)])
    main()
    assert capsys.readouterr().out.splitlines() == [
        "subject_verb_number          1",
        f"1 pairs of 4 sentences in {output}",
    ]
    words = 'tren llega llegan " a b c d e f g h i'
    tokenizer = train_tokenizer(lambda: [words], VocabParams(type="word", vocab_size=16, sample_characters=0))
    asked = file_questions(str(output), tokenizer)
    assert asked
    assert asked.pairs[0][2:] == ('"tren llega "', '"tren llegan "')
