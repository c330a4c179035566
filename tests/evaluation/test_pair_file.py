from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.evaluation.pair_file import MOST_BYTES, NO_PAIRS, file_questions
from minillm.params import VocabParams
from minillm.tokens.tokenizer import UNK, train_tokenizer

TEXT = "el los río ríos es son largo largos muy más , ."
TOKENIZER = train_tokenizer(
    lambda: [TEXT], VocabParams(type="word", vocab_size=4 + len(TEXT.split()), sample_characters=0)
)
GOOD = "sen\twrong_sen\n"


def write(folder: Path, content: str | bytes) -> str:
    path = folder / "pairs.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def known(folder: Path, right: str, wrong: str) -> bool:
    """Whether a pair counts, beside one that does."""
    asked = file_questions(write(folder, f"{GOOD}el río\tlos río\n{right}\t{wrong}\n"), TOKENIZER)
    assert asked
    return len(asked.pairs) == 2


def test_data_none_is_no_file() -> None:
    assert file_questions(NO_PAIRS, TOKENIZER) is None
    assert file_questions(f"./{NO_PAIRS}/", TOKENIZER) is None
    assert (Path(__file__).parents[2] / NO_PAIRS).is_dir()  # DVC depends on it


def test_a_file_has_more_columns_in_any_order_quoted_as_in_csv(tmp_path: Path) -> None:
    content = '\ufeffnum\twrong_sen\tphenomenon\tsen\r\n1\t"el río ""son"""\tSV-#\t"el río ""es"""\r\n'
    asked = file_questions(write(tmp_path, content), TOKENIZER)
    assert asked
    assert asked.pairs == [("SV-#", 'el río "es"', 'el río "es"', 'el río "son"')]
    assert asked.skipped == []
    assert len(asked.shard) == 2


def test_a_quotation_mark_that_nothing_closes_is_text(tmp_path: Path) -> None:
    content = f'{GOOD}"el río es\t"el río son\n\n«el» "río" es\t«el» "río" son\nel río es"\tel río son"\n'
    asked = file_questions(write(tmp_path, content), TOKENIZER)
    assert asked
    assert [pair.right for pair in asked.pairs] == ['"el río es', '«el» "río" es', 'el río es"']
    assert [pair.wrong for pair in asked.pairs] == ['"el río son', '«el» "río" son', 'el río son"']


@pytest.mark.parametrize(
    ("right", "wrong", "counts"),
    [
        ("el río es largo", "el río son largo", True),
        ("el ancho río es largo", "el ancho río son largo", True),  # unknown in both, and not asked about
        ("el ancho es largo", "el ancha es largo", False),  # both unknown
        ("el río es ancho", "el río son largo", False),  # one of several is unknown
        ("el ancho río es", "el ancha río son", False),  # differs twice, and the first is unknown
        ("el río ancho es", "los río ancho son", False),  # stands between two differences
        ("el río es.", "el río son.", True),
        ("el río", "el río, largo", True),  # one is longer
        ("el el río", "el río", True),  # their beginning and end overlap
        ("el río", "el río", False),
        ("e\u0301l río es", "e\u0301l río son", True),  # composed or not: places are of the text as given
    ],
)
def test_a_pair_counts_if_the_words_that_differ_are_known(
    tmp_path: Path, right: str, wrong: str, counts: bool
) -> None:
    assert known(tmp_path, right, wrong) is counts


def test_pairs_that_do_not_count_are_left_out_and_said(tmp_path: Path) -> None:
    content = f"{GOOD}el ancho río es\tel ancho río son\nel x\tel y\n"
    asked = file_questions(write(tmp_path, content), TOKENIZER)
    assert asked
    assert [len(asked.pairs), len(asked.skipped)] == [1, 1]
    assert UNK in asked.shard.tokens
    assert asked.pairs[0].phenomenon == "pairs"


def test_pairs_of_the_same_sentence_are_a_cluster(tmp_path: Path) -> None:
    content = f"{GOOD}el río es\tel río son\nel río es\tlos río es\nlos ríos son\tlos ríos es\n"
    asked = file_questions(write(tmp_path, content), TOKENIZER)
    assert asked
    first, second, third = (pair.cluster for pair in asked.pairs)
    assert first == second != third


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it has no column sen"),
        ("sen\twrong\na\tb\n", "it has no column wrong_sen"),
        ("sen,wrong_sen\na,b\n", "it has no column sen"),
        (GOOD, "it has no pair"),
        (f"{GOOD}el río\n", "line 2 has no sen or no wrong_sen"),
        (f"{GOOD}el río\tlos río\n\tlos río\n", "line 3 has no sen or no wrong_sen"),
        (
            f"{GOOD}x\ty\nel\tel\n",
            "none of its 2 pairs can be asked: they differ in words that the vocabulary",
        ),
        (b"sen\twrong_sen\n\xff\xfe\tb\n", "it cannot be read ('utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_file_that_is_no_such_file_is_refused_in_one_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InputError) as caught:
        file_questions(path, TOKENIZER)
    assert str(caught.value).startswith(f"evaluate.minimal_pairs = {path}: {message}")
    assert str(caught.value).endswith(
        "name a TSV file with the columns sen and wrong_sen, or data/none for none"
    )
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_a_folder_or_too_large_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.tsv"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for path, message in (
        (tmp_path / "none.tsv", "it cannot be read ([Errno 2] No such file"),
        (tmp_path, "it cannot be read ([Errno 21] Is a directory"),
        (large, "it is larger than 64 MiB"),
    ):
        with pytest.raises(InputError) as caught:
            file_questions(str(path), TOKENIZER)
        assert str(caught.value).startswith(f"evaluate.minimal_pairs = {path}: {message}")
