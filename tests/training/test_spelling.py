import torch

from minillm.training.spelling import SharedSpelling, spelling_parts

WORDS = ["[PAD]", "[UNK]", "[BOS]", "[EOS]", "cantaba", "cantó", "Cantó", "1492", ",", "Ġcantó", "xyz"]


def test_words_share_the_parts_that_their_spelling_shares() -> None:
    parts = {word: set(row) for word, row in zip(WORDS, spelling_parts(WORDS), strict=True)}
    assert len(parts["cantaba"] & parts["cantó"]) == 5  # begins <c, <ca, <can, <cant, and is a small word
    assert parts["cantó"] == parts["Ġcantó"]
    assert parts["cantó"] - parts["Cantó"] != set() != parts["Cantó"] & parts["cantó"]
    assert not parts["1492"] & parts["cantó"]
    assert not parts["xyz"] & parts["1492"]


def test_a_part_of_one_word_alone_is_left_out() -> None:
    rows = spelling_parts(WORDS)
    used = sorted({part for row in rows for part in row})
    assert used == list(range(len(used)))
    for part in used:
        assert sum(part in row for row in rows) > 1


def spelling(**options: bool) -> tuple[torch.Tensor, SharedSpelling]:
    embedding = torch.randn(len(WORDS), 8, generator=torch.Generator().manual_seed(0))
    return embedding, SharedSpelling(WORDS, embedding, **options)


def test_an_embedding_is_its_own_vector_plus_the_scaled_sum_of_its_parts() -> None:
    own, shared = spelling()
    composed = torch.zeros_like(own)
    shared.write_to(composed)
    seen = 0
    for index, row in enumerate(spelling_parts(WORDS)):
        expected = own[index].clone()
        for part in row:
            expected += shared.parts[part].detach() / len(row) ** 0.5
        torch.testing.assert_close(composed[index], expected)
        seen += len(row)
    assert seen > 20


def test_a_gradient_reaches_both_the_word_and_its_parts() -> None:
    embedding, shared = spelling()
    shared.write_to(embedding)
    gradient = torch.zeros(len(WORDS), 8)
    gradient[WORDS.index("cantó")] = torch.arange(8.0)
    own, parts = shared.gradients(gradient)
    row = spelling_parts(WORDS)[WORDS.index("cantó")]
    assert torch.equal(own, gradient)
    assert parts.abs().sum(1).nonzero().flatten().tolist() == row
    torch.testing.assert_close(parts[row[0]], torch.arange(8.0) / len(row) ** 0.5)


def test_parts_of_a_trained_model_begin_at_zero() -> None:
    before, shared = spelling(trained=True)
    embedding = torch.zeros_like(before)
    shared.write_to(embedding)
    assert torch.equal(embedding, before)
