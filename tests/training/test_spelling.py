import torch
from torch import nn
from torch.nn.utils import parametrize

from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.training.checkpoints import plain_weights
from minillm.training.spelling import share_spelling, spelling_parts

WORDS = ["[PAD]", "[UNK]", "[BOS]", "[EOS]", "cantaba", "cantó", "Cantó", "1492", ",", "Ġcantó", "xyz"]
CONFIG = ModelConfig(
    vocab_size=len(WORDS), dim=8, layers=1, heads=2, feed_forward_dim=8, context=4, dropout=0.0,
    tie_embeddings=True,
)  # fmt: skip


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


def test_an_embedding_is_its_own_vector_plus_the_scaled_sum_of_its_parts() -> None:
    model = MiniGPT(CONFIG)
    own = model.embedding.weight.detach().clone()
    share_spelling(model, WORDS)
    vectors = dict(model.named_parameters())["embedding.parametrizations.weight.0.parts"]
    seen = 0
    for index, row in enumerate(spelling_parts(WORDS)):
        expected = own[index].clone()
        for part in row:
            expected += vectors[part].detach() / len(row) ** 0.5
        torch.testing.assert_close(model.embedding.weight[index].detach(), expected)
        seen += len(row)
    assert seen > 20
    torch.testing.assert_close(model.head.weight, model.embedding.weight)  # the tied head has them too


def test_a_gradient_reaches_both_the_word_and_its_parts() -> None:
    model = MiniGPT(CONFIG)
    share_spelling(model, WORDS)
    torch.autograd.backward(model.embedding.weight[WORDS.index("cantó")].sum())
    grads = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    parts = spelling_parts(WORDS)[WORDS.index("cantó")]
    reached = grads["embedding.parametrizations.weight.0.parts"].abs().sum(1).nonzero().flatten().tolist()
    assert reached == parts
    own = grads["embedding.parametrizations.weight.original"].abs().sum(1).nonzero().flatten().tolist()
    assert own == [WORDS.index("cantó")]


def test_the_plain_weights_are_a_model_without_parts_and_with_the_same_logits() -> None:
    torch.manual_seed(0)
    model = MiniGPT(CONFIG)
    share_spelling(model, WORDS)
    with torch.no_grad():
        for parameter in model.parameters():
            nn.init.normal_(parameter)
    plain = MiniGPT(CONFIG)
    plain.load_state_dict(plain_weights(model))
    assert not parametrize.is_parametrized(plain.embedding)
    tokens = torch.tensor([[2, 4, 5, 7]])
    torch.testing.assert_close(plain(tokens), model(tokens), rtol=0, atol=0)


def test_the_plain_weights_of_a_model_without_parts_are_its_state() -> None:
    model = MiniGPT(CONFIG)
    state = plain_weights(model)
    assert state.keys() == model.state_dict().keys()


def test_parts_of_a_trained_model_begin_at_zero() -> None:
    model = MiniGPT(CONFIG)
    before = model.embedding.weight.detach().clone()
    share_spelling(model, WORDS, trained=True)
    assert torch.equal(model.embedding.weight, before)
