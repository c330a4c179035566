import pytest
from tokenizers import Tokenizer

from minillm.evaluation import samples as samples_module
from minillm.evaluation.samples import Sample, make_samples, sample_pieces, samples_page
from minillm.languages.samples import load_samples_page
from minillm.params import VocabParams
from minillm.tokens.tokenizer import BOS, EOS, PAD, UNK, train_tokenizer
from tests.evaluation.models import random_model
from tests.evaluation.settings import settings
from tests.tokens.corpus import random_texts, shard_of

TEXTS = [f"{text} ({text}), ¿[*_el_*]" for text in random_texts(40)]


def tokenizer_of(kind: str) -> Tokenizer:
    size = 28 if kind == "word" else 290
    return train_tokenizer(
        lambda: TEXTS, VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0})
    )


def page(kind: str = "word", seed: int = 1, **changes: object) -> str:
    tokenizer = tokenizer_of(kind)
    articles = [tokenizer.encode(text, add_special_tokens=False).ids for text in ("el", "la mar", *TEXTS[:1])]
    model = random_model(vocab_size=tokenizer.get_vocab_size())
    params = settings(**changes)
    samples = make_samples(model, tokenizer, params, seed)
    return samples_page(samples, tokenizer, shard_of(articles), params, seed, load_samples_page("es"))


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_each_prompt_has_a_greedy_and_a_sampled_continuation_that_never_change(kind: str) -> None:
    text = page(kind)
    assert text == page(kind)
    for prompt in ("el río", "la ciudad de"):
        section = text.split(f"## {prompt}\n\n")[1].split("\n\n")[:2]
        greedy, sampled = (line.split(f"**{prompt}**")[1] for line in section)
        assert section[0].startswith("Voraz: ")
        assert section[1].startswith("Sorteada: ")
        assert greedy.strip()
        assert greedy != sampled
    assert "hasta 12 tokens" in text
    assert "entre los 5 tokens más probables, temperatura 0.8, semilla 1" in text


def test_only_the_sampled_continuations_depend_on_the_seed() -> None:
    first, second = (page(seed=seed).splitlines() for seed in (1, 2))
    different = [a.split(":")[0] for a, b in zip(first[3:], second[3:], strict=True) if a != b]
    assert set(different) == {"Sorteada"}


def test_equal_prompts_are_sampled_differently() -> None:
    lines = [line for line in page(prompts=["el"] * 3, top_k=0).splitlines() if line.startswith("Sorteada")]
    assert len(lines) == len(set(lines)) == 3


def stub(monkeypatch: pytest.MonkeyPatch, kind: str, continuation: str, *, ended: bool = False) -> None:
    ids = tokenizer_of(kind).encode(continuation, add_special_tokens=False).ids + [EOS] * ended
    monkeypatch.setattr(samples_module, "generate", lambda *_, **__: [ids])


@pytest.mark.parametrize(
    ("kind", "prompt", "continuation", "expected"),
    [
        ("word", "el", "río", "**el** río"),
        ("word", "el", ", la", "**el**, la"),
        ("word", "el (", "río", r"**el (**río"),
        ("word", "desconocida", "río", "**desconocida** río"),
        ("word", "", "la mar", "… la mar"),
        ("bpe", "el", " río", "**el** río"),
        ("bpe", "el", "río", "**el**río"),
        ("bpe", "el", " la\n\nmar", "**el** la mar"),
    ],
)
def test_a_continuation_joins_its_prompt_as_spanish_does(
    monkeypatch: pytest.MonkeyPatch, kind: str, prompt: str, continuation: str, expected: str
) -> None:
    stub(monkeypatch, kind, continuation)
    assert f"Voraz: {expected}\n" in page(kind, prompts=[prompt])


def test_the_end_of_an_article_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, "word", "río", ended=True)
    assert "Voraz: **el** río ∎\n" in page(prompts=["el"])
    stub(monkeypatch, "word", "", ended=True)
    assert "Voraz: **el** ∎\n" in page(prompts=["el"])


def test_marks_of_markdown_are_shown_and_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, "bpe", " [el](la) *río* <b> `x` a_b_\n# mar")
    line = page("bpe", prompts=["el"]).split("Voraz: ")[1].split("\n")[0]
    assert line == r"**el** \[el\](la) \*río\* \<b\> \`x\` a\_b\_ \# mar"


def test_special_tokens_are_banned_and_a_real_article_stands_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def generate(*_: object, **arguments: object) -> list[list[int]]:
        asked.append(arguments)
        return [[4]]

    monkeypatch.setattr(samples_module, "generate", generate)
    text = page()
    assert {call["banned"] for call in asked} == {(PAD, UNK, BOS)}
    assert {call["stop"] for call in asked} == {EOS}
    assert text.endswith("Artículo de prueba: la mar ∎\n")  # of median length


@pytest.mark.parametrize("kind", ["word", "bpe"])
@pytest.mark.parametrize(
    "sentence",
    [
        "el río, la mar y la ciudad; en el campo: luz.",
        "«el mar» y ¿el año? ¡la luz! en (el campo, la sierra) y [el rey].",
    ],
)
def test_both_vocabularies_give_readable_spanish_back(kind: str, sentence: str) -> None:
    marks = [f"{mark} " * 50 for mark in "«»¿?¡!()[],;:."]
    size = 36 if kind == "word" else 290
    params = VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0})
    tokenizer = train_tokenizer(lambda: [*TEXTS, *marks], params)
    ids = tokenizer.encode(sentence, add_special_tokens=False).ids
    assert UNK not in ids
    assert tokenizer.decode(ids) == sentence


def test_the_page_names_just_the_filters_that_are_on() -> None:
    assert "top-p" not in page()
    assert "5 tokens más probables, top-p 0.9, penalización de repeticiones 1.2, temp" in page(
        top_p=0.9, repetition_penalty=1.2
    )


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_pieces_say_what_is_copied_and_what_repeats_and_are_together_the_text(kind: str) -> None:
    tokenizer = tokenizer_of(kind)

    def ids(text: str) -> list[int]:
        found: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return found

    source = "la mar el campo en la sierra de luz y el agua"
    train = shard_of([ids(source)])
    prompt, copied = [BOS, *ids("el rey")], " de la mar el campo en la sierra de luz y"
    loop = " obra obra obra obra obra obra obra"
    samples = [
        Sample("el rey", "greedy", prompt, [*ids(copied), EOS]),
        Sample("el rey", "sampled", prompt, ids(loop)),
    ]
    rows = sample_pieces(samples, tokenizer, train)
    for sample, text in zip(samples, (copied, loop), strict=True):
        pieces = [row for row in rows if row[1] == sample.sampling]
        assert "".join(row[2] for row in pieces) == text
        assert {row[0] for row in pieces} == {"el rey"}
    assert any(row[3] and "mar el campo en la sierra" in row[2] for row in rows if row[1] == "greedy")
    assert not any(row[3] for row in rows if row[1] == "sampled")
    assert sum(row[2].count("obra") for row in rows if row[4]) >= 4
    assert not any(row[4] for row in rows if row[1] == "greedy")


def test_a_text_that_ends_at_once_is_a_piece_too() -> None:
    samples = [Sample("el", kind, [BOS, 5], [EOS]) for kind in ("greedy", "sampled")]
    rows = sample_pieces(samples, tokenizer_of("word"), shard_of([range(4, 9)]))
    assert rows == [("el", kind, "", False, False) for kind in ("greedy", "sampled")]


def test_one_token_is_told_in_the_singular() -> None:
    introduction = page(sample_tokens=1, top_k=1).splitlines()[2]
    assert "con hasta 1 token: una vez" in introduction
    assert "por sorteo (solo el token más probable, temperatura" in introduction
    assert "con hasta 2 tokens: una vez" in page(sample_tokens=2).splitlines()[2]
