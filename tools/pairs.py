"""`python -m tools.pairs FILE.conllu … --output FILE.tsv`: pairs of agreement from a Spanish treebank.

As in MultiBLiMP (Jumelet et al. 2025): in a sentence that somebody wrote, a form that agrees gets the other
number or gender, and nothing is made up: the form is one of the treebank's own, with the same lemma and the
same features but that one. A place is taken only where no reading allows the other form: subjects before the
verb that are no quantity and joined with nothing, adjectives without a second noun to belong to. The file is
what evaluate.minimal_pairs reads.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from minillm.errors import InputError
from minillm.files import write_tsv
from tools.conllu import Sentence, Word, read_sentences

COLUMNS = ("phenomenon", "sen", "wrong_sen")
OTHER = {"Sing": "Plur", "Plur": "Sing", "Masc": "Fem", "Fem": "Masc"}
_NOMINAL = ("NOUN", "PROPN", "PRON", "NUM")
# «La mitad de los libros está» and «están»: the verb may agree with what is counted.
_QUANTITIES = """
mayoría minoría parte mitad resto tercio cuarto serie grupo conjunto número cantidad par porcentaje ciento
decena docena centenar millar millón multitud infinidad montón total tipo clase
"""
# «El rey, junto con su hijo, llegó» and «llegaron».
_COMPANY = ("junto", "como", "y", "e", "o", "u", "ni")
_SHOW_GENDER = ("o", "ción", "sión", "dad", "tad")
"""Ends of nouns that are of one gender, as artista is not."""

Key = tuple[str, str, frozenset[tuple[str, str]]]


class Lexicon:
    """The forms of the treebank by lemma, part of speech and features."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self._forms: dict[Key, Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            for word in sentence.words.values():
                if word.start is not None and "Typo" not in word.features:
                    self._forms[_key(word)][word.form.lower()] += 1

    def other_form(self, word: Word, feature: str) -> str | None:
        """The same word with the other number or gender, the most frequent form if there are several."""
        forms = self._forms.get(_key(word, feature))
        if not forms:
            return None
        form = min(forms, key=lambda form: (-forms[form], form))
        if form in self._forms[_key(word)]:
            return None  # both, like «crisis»
        return form[0].upper() + form[1:] if word.form[0].isupper() else form


def _key(word: Word, swapped: str = "") -> Key:
    features = {name: OTHER[value] if name == swapped else value for name, value in word.features.items()}
    kind = "VERB" if word.kind == "AUX" else word.kind
    return word.lemma.lower(), kind, frozenset(features.items())


def main() -> None:
    """Read the treebanks, write the pairs and say how many there are of each kind."""
    parser = argparse.ArgumentParser(prog="python -m tools.pairs", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("treebanks", nargs="+", type=Path, metavar="FILE.conllu")
    parser.add_argument("--output", required=True, type=Path, metavar="FILE.tsv")
    arguments = parser.parse_args()
    try:
        sentences = [sentence for path in arguments.treebanks for sentence in read_sentences(path)]
        pairs = list(dict.fromkeys(derive(sentences)))
        write_tsv(arguments.output, COLUMNS, pairs)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    for phenomenon, count in sorted(Counter(phenomenon for phenomenon, _, _ in pairs).items()):
        print(f"{phenomenon:24}{count:6}")
    print(f"{len(pairs)} pairs of {len(sentences)} sentences in {arguments.output}")


def derive(sentences: Iterable[Sentence]) -> Iterator[tuple[str, str, str]]:
    """Yield rows of COLUMNS; the lexicon is that of all sentences."""
    sentences = list(sentences)
    lexicon = Lexicon(sentences)
    for sentence in sentences:
        for phenomenon, word, feature in agreements(sentence):
            if word.start is None or "Typo" in word.features:
                continue
            other = lexicon.other_form(word, feature)
            if other:
                end = word.start + len(word.form)
                yield phenomenon, sentence.text, sentence.text[: word.start] + other + sentence.text[end:]


def agreements(sentence: Sentence) -> Iterator[tuple[str, Word, str]]:
    """Yield words that have to agree: the name of the phenomenon, the word, and the feature."""
    for word in sentence.words.values():
        head = sentence.words.get(word.head)
        if head is None or _joined(sentence, word):
            continue
        if word.relation == "nsubj" and _is_countable(word):
            yield from _with_subject(sentence, word, head)
        elif word.relation in ("amod", "acl") and head.kind == "NOUN" and not _joined(sentence, head):
            for feature in _shared(sentence, head, word):
                if not _has_rival(sentence, word, head, feature):
                    yield f"noun_adjective_{feature.lower()}", word, feature


def _with_subject(sentence: Sentence, subject: Word, predicate: Word) -> Iterator[tuple[str, Word, str]]:
    """The verb that agrees with a subject in number, and an adjective or participle in both."""
    if any(word.lemma.lower() in _COMPANY for word in _between(sentence, subject, predicate)):
        return
    auxiliaries = [word for word in sentence.children(predicate) if word.relation in ("aux", "cop")]
    finite = [word for word in (*auxiliaries, predicate) if word.features.get("VerbForm") == "Fin"]
    if len(finite) != 1 or finite[0].number < subject.number:
        return
    verb, number = finite[0], subject.features["Number"]
    if verb.features.get("Number") != number or verb.features.get("Person", "3") != "3":
        return
    copula = any(word.lemma in ("ser", "estar") for word in auxiliaries)
    if copula and (_joined(sentence, predicate) or predicate.features.get("Number", number) != number):
        return  # «lo primero es» and «son los hijos»
    yield "subject_verb_number", verb, "Number"
    if copula:
        for feature in _shared(sentence, subject, predicate):
            yield f"subject_predicate_{feature.lower()}", predicate, feature


def _is_countable(word: Word) -> bool:
    """Whether it is a noun with a number, and none that counts other things."""
    return word.kind == "NOUN" and "Number" in word.features and word.lemma.lower() not in _QUANTITIES.split()


def _joined(sentence: Sentence, word: Word) -> bool:
    """Whether it is one of several, «el rey y la reina»."""
    return word.relation == "conj" or any(child.relation == "conj" for child in sentence.children(word))


def _between(sentence: Sentence, some: Word, other: Word) -> list[Word]:
    first, last = sorted((some.number, other.number))
    return [word for number, word in sentence.words.items() if first < number < last]


def _has_rival(sentence: Sentence, adjective: Word, noun: Word, feature: str) -> bool:
    """Whether there is another noun to which the other form could belong.

    It stands between them, or it is what the noun before the adjective depends on: «el jefe de la empresa
    china» and «chino».
    """
    if any(word.kind in _NOMINAL for word in _between(sentence, adjective, noun)):
        return True
    above: Word | None = noun
    while adjective.number > noun.number and above is not None and above.relation == "nmod":
        above = sentence.words.get(above.head)
        if above is not None and above.features.get(feature) != adjective.features[feature]:
            return True
    return False


def _shared(sentence: Sentence, noun: Word, adjective: Word) -> Iterator[str]:
    """Features in which an adjective or participle agrees with a noun that shows them.

    By its determiner or by its form. A name, such as «Unidos», is no adjective.
    """
    participle = adjective.kind == "VERB" and adjective.features.get("VerbForm") == "Part"
    if not (adjective.kind == "ADJ" or participle) or not adjective.form.islower():
        return
    determiners = [child.features for child in sentence.children(noun) if child.relation == "det"]
    by_form = {
        "Gender": noun.lemma.lower().endswith(_SHOW_GENDER),
        "Number": noun.form.endswith("s") == (noun.features.get("Number") == "Plur"),
    }
    for feature, shown in by_form.items():
        value = noun.features.get(feature, "")
        determined = any(features.get(feature) == value for features in determiners)
        if value in OTHER and adjective.features.get(feature) == value and (shown or determined):
            yield feature


if __name__ == "__main__":
    main()
