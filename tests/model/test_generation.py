from dataclasses import replace

import pytest
import torch

from minillm.errors import InputError
from minillm.model.generation import generate, stream
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.model.sampling import GREEDY, Sampling

CONFIG = ModelConfig(vocab_size=40, dim=16, layers=2, heads=2, feed_forward_dim=32, context=10, dropout=0.1)
PROMPTS = [[5, 6, 7], [8], [9, 10, 11, 12], [13, 14, 15]]


@pytest.fixture(scope="module", params=["sinusoidal", "rope"])
def model(request: pytest.FixtureRequest) -> MiniGPT:
    torch.manual_seed(3)
    model = MiniGPT(replace(CONFIG, positions=request.param))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def greedy_without_cache(model: MiniGPT, prompt: list[int], count: int) -> list[int]:
    """The likeliest next token again and again, with the documented sliding window and no cache."""
    tokens = list(prompt)
    start = max(0, len(tokens) - CONFIG.context)
    for _ in range(count):
        if len(tokens) - start > CONFIG.context:
            start = len(tokens) - CONFIG.context // 2
        logits = model(torch.tensor([tokens[start:]]))[0, -1]
        tokens.append(int(logits.argmax()))
    return tokens[len(prompt) :]


def test_greedy_tokens_equal_those_without_a_cache_also_past_the_context(model: MiniGPT) -> None:
    generated = generate(model, PROMPTS, GREEDY, max_new_tokens=30)
    model.eval()
    for prompt, tokens in zip(PROMPTS, generated, strict=True):
        assert tokens == greedy_without_cache(model, prompt, 30)
    assert len({token for tokens in generated for token in tokens}) > 3


def test_models_together_write_what_the_means_of_their_probabilities_say(model: MiniGPT) -> None:
    torch.manual_seed(4)
    other = MiniGPT(model.config).eval()
    for parameter in other.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.eval()
    tokens = [5, 6, 7]
    for _ in range(7):  # within the context
        both = [one(torch.tensor([tokens]))[0, -1].softmax(0) for one in (model, other)]
        tokens.append(int((both[0] + both[1]).argmax()))
    written = [*stream(model, [5, 6, 7], GREEDY, max_new_tokens=7, beside=[other])]
    assert written == tokens[3:]
    alone = [[*stream(one, [5, 6, 7], GREEDY, max_new_tokens=7)] for one in (model, other)]
    assert written not in alone
    twice = stream(model, [5, 6, 7], Sampling(), max_new_tokens=20, seed=3, beside=[model])
    assert [*twice] == [*stream(model, [5, 6, 7], Sampling(), max_new_tokens=20, seed=3)]


def test_a_prompt_longer_than_the_context_is_cut_on_the_left(model: MiniGPT) -> None:
    prompt = list(range(4, 29))
    tokens = generate(model, [prompt], GREEDY, max_new_tokens=1)[0]
    assert tokens == generate(model, [prompt[-10:]], GREEDY, max_new_tokens=1)[0]


def test_sampling_depends_on_the_seed_and_not_on_the_other_prompts(model: MiniGPT) -> None:
    together = generate(model, PROMPTS, Sampling(), max_new_tokens=12, seed=1)
    alone = [generate(model, [prompt], Sampling(), max_new_tokens=12, seed=1)[0] for prompt in PROMPTS]
    assert together == alone
    assert generate(model, PROMPTS, Sampling(), max_new_tokens=12, seed=2) != together


def test_samples_equal_those_without_a_cache_also_past_the_context(model: MiniGPT) -> None:
    sampling = Sampling(temperature=0.9, top_k=20, top_p=0.95, min_p=0.01, repetition_penalty=1.3)
    generated = generate(model, PROMPTS, sampling, max_new_tokens=30, seed=5)
    for prompt, new in zip(PROMPTS, generated, strict=True):
        tokens, start, draw = list(prompt), 0, torch.Generator().manual_seed(5)
        for _ in range(30):
            if len(tokens) - start > CONFIG.context:
                start = len(tokens) - CONFIG.context // 2
            logits = model(torch.tensor([tokens[start:]]))[:, -1]
            tokens.append(int(sampling.choose(logits, torch.tensor([tokens]), [draw])))
        assert tokens[len(prompt) :] == new
    assert len({token for tokens in generated for token in tokens}) > 15


def test_top_k_of_one_is_greedy_and_top_k_bounds_the_choice(model: MiniGPT) -> None:
    greedy = generate(model, PROMPTS, GREEDY, max_new_tokens=8)
    assert generate(model, PROMPTS, Sampling(top_k=1), max_new_tokens=8) == greedy
    likeliest = set(model(torch.tensor([[5, 6, 7]]))[0, -1].topk(3).indices.tolist())
    first = {
        generate(model, [[5, 6, 7]], Sampling(top_k=3), max_new_tokens=1, seed=s)[0][0] for s in range(60)
    }
    assert first == likeliest


def test_samples_follow_the_models_probabilities(model: MiniGPT) -> None:
    expected = (model(torch.tensor([[5, 6]]))[0, -1] / 2).softmax(0)
    counts = torch.zeros(CONFIG.vocab_size)
    for seed in range(2000):
        counts[generate(model, [[5, 6]], Sampling(temperature=2.0), max_new_tokens=1, seed=seed)[0][0]] += 1
    assert (counts / 2000 - expected).abs().max() < 0.04


def test_stops_at_the_stop_token_and_never_gives_a_banned_one(model: MiniGPT) -> None:
    free = generate(model, PROMPTS, GREEDY, max_new_tokens=30)
    stop = free[0][4]
    stopped = generate(model, PROMPTS, GREEDY, max_new_tokens=30, stop=stop)
    for with_stop, without in zip(stopped, free, strict=True):
        expected = without[: without.index(stop) + 1] if stop in without else without
        assert with_stop == expected
    banned = generate(model, PROMPTS, GREEDY, max_new_tokens=30, banned=[stop])
    assert stop not in {token for tokens in banned for token in tokens}


def test_an_empty_prompt_is_a_clear_error(model: MiniGPT) -> None:
    with pytest.raises(InputError, match="at least one word"):
        generate(model, [[5], []], Sampling(), max_new_tokens=1)
