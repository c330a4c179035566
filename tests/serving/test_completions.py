"""/v1/completions and /v1/models, asked by OpenAI's own client."""

import asyncio
import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import openai
import pytest
from openai import OpenAI
from openai.types import Completion as Answer
from openai.types import CompletionChoice

from minillm.serving.completions import Completion, Served
from minillm.serving.engine import Engine, Finished, Sequence
from minillm.serving.request import ApiError, CompletionRequest, Limits
from minillm.tokens.tokenizer import BOS, UNK
from tests.interface.project import make_project
from tests.serving.servers import Running, biased, refused, running

KINDS = ("word", "bpe")


HUGE = 10**4299
"""Of as many digits as Python reads; one more, and it writes none."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folders = {
        kind: make_project(tmp_path_factory.mktemp(kind), kind) / "checkpoints" / "best" for kind in KINDS
    }
    with running(folders) as found:
        yield found


@pytest.fixture(scope="module")
def client(server: Running) -> Iterator[OpenAI]:
    with server.client() as client:
        yield client


def joined(chunks: openai.Stream[Answer], place: int = 0) -> tuple[str, list[str | None]]:
    """The text and the finish reasons of a stream's choice."""
    choices = [choice for chunk in chunks for choice in chunk.choices if choice.index == place]
    return "".join(choice.text for choice in choices), [choice.finish_reason for choice in choices]


def test_the_models_are_listed_and_described_by_name(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == list(KINDS)
    model = client.models.retrieve("bpe")
    assert (model.id, model.object, model.owned_by) == ("bpe", "model", "minillm")


def test_a_greedy_completion_is_the_text_that_minillm_generate_writes(
    client: OpenAI, server: Running
) -> None:
    for kind in KINDS:
        answer = client.completions.create(
            model=kind, prompt="el río, de la", max_tokens=20, temperature=0, logprobs=0
        )
        text = server.models[kind].generate("el río, de la", tokens=20, temperature=0)
        assert answer.choices[0].text == text
        assert text
        assert answer.object == "text_completion"
        assert answer.model == kind
        logprobs = answer.choices[0].logprobs
        assert logprobs is not None
        assert logprobs.tokens is not None
        assert "".join(logprobs.tokens) == text


@pytest.mark.parametrize("kind", KINDS)
def test_a_completion_has_no_space_where_the_prompt_ends_in_one(client: OpenAI, kind: str) -> None:
    for seed in range(30):
        asked = {"model": kind, "max_tokens": 5, "seed": seed, "logprobs": 2}
        bare, choice = (
            client.completions.create(**asked, prompt=p).choices[0] for p in ("la luz", "la luz ")
        )
        if kind == "word":
            assert choice.text == bare.text.removeprefix(" ")
        if len(choice.text) > 1 and choice.finish_reason == "length" and bare.text.startswith(" "):
            break
    else:
        pytest.fail("no continuation of two characters or more")
    assert not choice.text.startswith(" ")
    assert choice.logprobs is not None
    assert choice.logprobs.tokens is not None
    assert choice.logprobs.text_offset is not None
    assert "".join(choice.logprobs.tokens) == choice.text
    assert choice.logprobs.text_offset[0] == len("la luz ")
    assert choice.logprobs.top_logprobs is not None
    assert choice.logprobs.tokens[0] in choice.logprobs.top_logprobs[0]
    assert joined(client.completions.create(**asked, prompt="la luz ", stream=True))[0] == choice.text
    for options in ({}, {"logprobs": None}):
        echoed = client.completions.create(**asked | options, prompt="la luz ", echo=True).choices[0]
        assert echoed.text == f"la luz {choice.text}"
    stop = choice.text[:2]  # how the text begins, without the space
    ended = client.completions.create(**asked, prompt="la luz ", stop=stop).choices[0]
    assert (ended.text, ended.finish_reason) == ("", "stop")
    echo = client.completions.create(model=kind, prompt=" ", max_tokens=2, echo=True).choices[0]
    assert echo.text.startswith(" ")


def test_a_prompt_that_is_only_scored_is_read_with_the_space_at_its_end(
    client: OpenAI, server: Running
) -> None:
    asked = {"model": "bpe", "prompt": "la luz ", "echo": True, "logprobs": 0}
    found = client.completions.create(**asked, max_tokens=0).choices[0].logprobs
    assert found is not None
    assert found.tokens is not None
    expected = server.models["bpe"].score("la luz ").tokens[:-1]
    assert found.tokens == [token.text for token in expected]
    assert found.tokens[-1] == " "


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_is_the_same_answer_in_parts(client: OpenAI, kind: str) -> None:
    asked = {"model": kind, "prompt": "la luz", "max_tokens": 25, "seed": 7, "top_p": 0.9}
    whole = client.completions.create(**asked, stream=False)
    text, reasons = joined(client.completions.create(**asked, stream=True))
    assert text == whole.choices[0].text
    assert reasons[-1] == whole.choices[0].finish_reason
    assert set(reasons[:-1]) <= {None}
    assert len(reasons) > 3


def test_usage_counts_tokens_also_at_the_end_of_a_stream(client: OpenAI, server: Running) -> None:
    prompt = "el río de la luz"
    count = len(server.models["word"].tokenizer.encode(prompt, add_special_tokens=False).ids)
    with biased(server.models["word"], 3, -1e9):
        chunks = list(
            client.completions.create(
                model="word", prompt=[prompt, prompt], max_tokens=4, n=2, stream=True,
                stream_options={"include_usage": True, "include_obfuscation": False},
            )
        )  # fmt: skip
    usage = chunks[-1].usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (
        2 * count, 16, 2 * count + 16,
    )  # fmt: skip
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_choices_are_in_the_prompts_order_and_drawn_apart(client: OpenAI) -> None:
    prompts = ["el río", "la luz"]
    asked = {"model": "bpe", "max_tokens": 12, "temperature": 1.5}
    answer = client.completions.create(**asked, prompt=prompts, n=3, seed=5)
    assert [choice.index for choice in answer.choices] == list(range(6))
    alone = [
        client.completions.create(**asked, prompt=prompts[place // 3], seed=5 + place).choices[0].text
        for place in range(6)
    ]
    assert [choice.text for choice in answer.choices] == alone
    assert len(set(alone)) == 6


def test_many_clients_at_once_get_the_texts_that_each_gets_alone(client: OpenAI) -> None:
    def text(seed: int) -> CompletionChoice:
        return client.completions.create(
            model="word", prompt="el agua " * (seed % 4), max_tokens=4 + seed, seed=seed, logprobs=2
        ).choices[0]

    with ThreadPoolExecutor(20) as pool:
        together = list(pool.map(text, range(20)))
    assert together == [text(seed) for seed in range(20)]  # log-probabilities too


def test_token_ids_are_the_text_that_they_stand_for(client: OpenAI, server: Running) -> None:
    for kind in KINDS:
        ids = server.models[kind].tokenizer.encode("el río de la luz", add_special_tokens=False).ids
        asked = {"model": kind, "max_tokens": 8, "temperature": 0}
        answer = client.completions.create(**asked, prompt=[ids, [BOS, *ids]])
        text = client.completions.create(**asked, prompt="el río de la luz").choices[0].text
        assert [choice.text for choice in answer.choices] == [text, text]


def test_a_scored_prompt_has_each_of_its_tokens_and_no_more(client: OpenAI, server: Running) -> None:
    prompt = "el río, ¡Ñandú! de la luz"
    expected = server.models["word"].score(prompt).tokens[:-1]
    answer = client.completions.create(model="word", prompt=prompt, max_tokens=0, echo=True, logprobs=3)
    found = answer.choices[0].logprobs
    assert found is not None
    assert found.tokens == [token.text for token in expected]
    assert "".join(found.tokens) == answer.choices[0].text == prompt
    assert found.text_offset == [prompt.index(token) for token in found.tokens]
    assert found.token_logprobs is not None
    assert found.top_logprobs is not None
    for token, logprob, top in zip(expected, found.token_logprobs, found.top_logprobs, strict=True):
        assert -logprob / math.log(2) == pytest.approx(token.bits, abs=1e-4)
        assert logprob in top.values()
        assert 3 <= len(top) <= 4
        assert max(top, key=lambda name: top[name]).strip() == token.likeliest
    assert any(token.id == UNK for token in expected)


def test_said_ids_are_scored_one_by_one_with_their_begin_of_text(client: OpenAI) -> None:
    """What lm-evaluation-harness counts on: as many values as it sent ids, and those of the new tokens."""
    for ids in ([5, 6, 7], [BOS, 5, 6, 7]):
        answer = client.completions.create(
            model="word", prompt=ids, max_tokens=1, temperature=0, echo=True, logprobs=1
        )
        found = answer.choices[0].logprobs
        assert found is not None
        assert found.token_logprobs is not None
        assert len(found.token_logprobs) == len(ids) + (answer.usage.completion_tokens if answer.usage else 9)
        assert [value is None for value in found.token_logprobs[: len(ids)]] == [id == BOS for id in ids]


def test_a_text_ends_before_its_stop_also_where_a_stream_has_it_in_parts(client: OpenAI) -> None:
    asked = {"model": "bpe", "prompt": "el", "max_tokens": 60, "seed": 1, "logprobs": 0}
    whole = client.completions.create(**asked).choices[0].text
    stop = whole[20:24]
    assert len(stop.encode()) > 3  # of several tokens
    expected = whole[: whole.index(stop)]
    answer = client.completions.create(**asked, stop=["never", stop]).choices[0]
    assert (answer.text, answer.finish_reason) == (expected, "stop")
    assert answer.logprobs is not None
    assert answer.logprobs.tokens is not None
    assert "".join(answer.logprobs.tokens) == expected
    text, reasons = joined(client.completions.create(**asked, stop=stop, stream=True))
    assert (text, reasons[-1]) == (expected, "stop")


def test_the_end_of_a_text_is_a_stop_that_is_not_written(client: OpenAI, server: Running) -> None:
    with biased(server.models["word"], 3, 1e9):
        answer = client.completions.create(model="word", prompt="el río", max_tokens=9, logprobs=1)
        text, reasons = joined(
            client.completions.create(model="word", prompt="el", max_tokens=9, stream=True)
        )
    choice = answer.choices[0]
    assert (choice.text, choice.finish_reason) == (text, reasons[-1]) == ("", "stop")
    assert choice.logprobs is not None
    assert choice.logprobs.tokens == ["[EOS]"]  # a token all the same, with its log-probability
    assert choice.logprobs.token_logprobs == [0.0]
    assert choice.logprobs.top_logprobs is not None
    assert "[EOS]" in choice.logprobs.top_logprobs[0]


@pytest.mark.parametrize(
    ("asked", "param", "words"),
    [
        ({"prompt": 5}, "prompt", "a text, a list of texts"),
        ({"prompt": []}, "prompt", "a text, a list of texts"),
        ({"prompt": ["a", 5]}, "prompt", "5 is neither"),
        ({"prompt": [[]]}, "prompt", "[] is neither"),
        ({"prompt": [True]}, "prompt", "True is neither"),
        ({"prompt": [[16]]}, "prompt", "no token 16 (0 to 15)"),
        ({"prompt": [[-1]]}, "prompt", "no token -1"),
        ({"prompt": [[HUGE]]}, "prompt", "no token 1000"),
        ({"prompt": ["a"] * 30, "n": HUGE}, "n", "less than or equal to"),
        ({"prompt": "a", "max_tokens": HUGE}, "max_tokens", "less than or equal to"),
        ({"prompt": "a", "seed": HUGE}, "seed", "less than"),
        ({"prompt": "a", "logit_bias": {"x" * 999: "y"}}, f"logit_bias.{'x' * 49}", "valid number"),
        ({"prompt": "a " * 5000}, "prompt", "5000 tokens; this server reads 4096 at most"),
        ({"prompt": ["a"] * 33}, "prompt", "33 choices"),
        ({"prompt": "a", "n": 33}, "n", "33 choices"),
        ({"prompt": "a", "n": 0}, "n", "n = 0"),
        ({"prompt": "a", "max_tokens": 1025}, "max_tokens", "1024 at most"),
        ({"prompt": "a", "max_tokens": -1}, "max_tokens", "max_tokens = -1"),
        ({"prompt": "a", "max_tokens": 0}, "max_tokens", "with echo"),
        ({"prompt": "a", "max_tokens": "9"}, "max_tokens", "valid integer"),
        ({"prompt": "a", "temperature": 2.5}, "temperature", "less than or equal to 2"),
        ({"prompt": "a", "temperature": 1e-9}, "temperature", "0.01 to 2"),
        ({"prompt": "a", "top_p": 0}, "top_p", "greater than 0"),
        ({"prompt": "a", "logprobs": 6}, "logprobs", "less than or equal to 5"),
        ({"prompt": "a", "seed": 1.5}, "seed", "valid integer"),
        ({"prompt": "a", "stop": [""]}, "stop", "none of them empty"),
        ({"prompt": "a", "stop": list("abcde")}, "stop", "4 are allowed"),
        ({"prompt": "a", "best_of": 3}, "best_of", "only n"),
        ({"prompt": "a", "suffix": "b"}, "suffix", "leave it out"),
        ({"prompt": "a", "frequency_penalty": 0.5}, "frequency_penalty", "leave it out"),
        ({"prompt": "a", "logit_bias": {"5": 1}}, "logit_bias", "leave it out"),
        ({"prompt": "a", "stream_options": {"include_usage": True}}, "stream_options", "only for a stream"),
        ({"prompt": "a", "extra_body": {"top_k": 5}}, "top_k", "no field"),
        (
            {"prompt": "a", "stream": True, "stream_options": {"x": 1}},
            "stream_options.x",
            "no field of a request (known: include_usage, include_obfuscation)",
        ),
        ({"prompt": "a", "extra_body": {"x" * 999: 5}}, "x" * 60, "no field"),
        ({"prompt": "a", "extra_body": {"x.y": 5}}, "x.y", "no field of a request (known: model, prompt,"),
    ],
)
def test_what_cannot_be_asked_is_one_error_that_names_the_field(
    client: OpenAI, asked: dict[str, object], param: str, words: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model="word", **asked)  # type: ignore[call-overload]
    body = refused(caught.value)
    assert body["type"] == "invalid_request_error"
    assert body["param"] == param
    message = str(body["message"])
    assert words in message
    assert len(message) < 400
    assert "\n" not in message


def test_a_prompt_that_is_too_long_has_openais_code(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model="word", prompt="a " * 5000)
    assert caught.value.code == "context_length_exceeded"


class Told:
    """An engine by which a text is finished when it is asked for, and then its request stopped."""

    def __init__(self) -> None:
        self.completion: Completion | None = None

    def submit(self, sequence: Sequence) -> None:
        if sequence.choice == 0:
            assert self.completion is not None
            sequence.events.put_nowait((0, Finished("length")))
            self.completion.stop(ApiError("this server stops"))


def told(server: Running, limits: Limits, **asked: object) -> object:
    """The answer of such an engine."""
    engine = Told()
    request = CompletionRequest.model_validate({"model": "word", "prompt": "el", **asked})
    served = Served("word", cast(Engine, engine), server.models["word"].tokenizer)
    engine.completion = Completion(request, served, limits)
    return asyncio.run(engine.completion.whole())


def test_a_stop_is_heard_also_where_one_of_the_texts_has_just_ended(server: Running) -> None:
    with pytest.raises(ApiError, match="this server stops"):
        told(server, Limits(), n=2)


def test_a_time_that_is_over_is_over_also_for_what_is_ready(server: Running) -> None:
    with pytest.raises(ApiError, match="not done after 0 s"):
        told(server, Limits(seconds=0), n=1)


def test_an_unknown_model_is_not_found_and_the_known_ones_are_named(client: OpenAI) -> None:
    for ask in (
        lambda: client.completions.create(model="gpt", prompt="a"),
        lambda: client.models.retrieve("gpt"),
        lambda: client.models.retrieve("../word"),
    ):
        with pytest.raises(openai.NotFoundError) as caught:
            ask()
        body = refused(caught.value)
        assert body["code"] == "model_not_found"
        assert "there is: word, bpe" in json.dumps(body)
