"""The thread that computes for all: who joins or leaves changes nobody's text."""

import asyncio
import math
from typing import cast

import pytest
from torch import Tensor

from minillm.interface.language_model import LanguageModel, load_model
from minillm.model.generation import generate
from minillm.model.sampling import GREEDY, Sampling
from minillm.serving import engine, scoring
from minillm.serving.engine import MOST_ROWS, Engine, Event, Finished, Scored, Sequence
from minillm.serving.scoring import Found
from minillm.tokens.detokenizing import BANNED
from minillm.tokens.tokenizer import BOS, EOS
from minillm.training.threads import ONE_THREAD
from tests.interface.project import make_project
from tests.serving.servers import biased


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    root = make_project(tmp_path_factory.mktemp("project"))
    return load_model(root / "checkpoints/best", None, "cpu")


def wanted(
    ids: list[int],
    tokens: int,
    seed: int = 0,
    sampling: Sampling | None = None,
    top: int | None = None,
    *,
    scored: bool = False,
) -> Sequence:
    events: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()
    return Sequence(ids, tokens, sampling or Sampling(), seed, top, scored, 0, events)


def computed(model: LanguageModel, sequences: list[Sequence]) -> list[list[Event]]:
    """All events of each, from an engine of their own; they are submitted in several turns."""

    async def events() -> list[list[Event]]:
        engine = Engine(model.model, ONE_THREAD)
        engine.start(asyncio.get_running_loop())
        try:
            for sequence in sequences:
                engine.submit(sequence)
                await asyncio.sleep(0.001)
            return [await all_of(sequence) for sequence in sequences]
        finally:
            engine.close()

    return asyncio.run(events())


async def all_of(sequence: Sequence) -> list[Event]:
    found: list[Event] = []
    while not found or not isinstance(found[-1], Finished | Exception):
        found.append((await sequence.events.get())[1])
    return found


def ids_of(events: list[Event]) -> list[int]:
    return [event.id for event in events if isinstance(event, Found)]


def test_a_greedy_text_is_the_one_that_generate_writes_also_beyond_the_context(model: LanguageModel) -> None:
    prompts = [[BOS], [BOS, 5, 6], [BOS, *[7] * 20]]
    expected = [
        generate(model.model, [prompt], GREEDY, max_new_tokens=30, stop=EOS, banned=BANNED)[0]
        for prompt in prompts
    ]
    found = computed(model, [wanted(list(prompt), 30, sampling=GREEDY) for prompt in prompts])
    for events, ids in zip(found, expected, strict=True):
        assert ids_of(events) == ids
        assert events[-1] == Finished("stop" if ids[-1] == EOS else "length")
    assert max(map(len, expected)) > model.model.config.context


def test_the_same_seed_gives_the_same_text_alone_and_among_more_than_there_is_room_for(
    model: LanguageModel,
) -> None:
    def asked(index: int) -> Sequence:
        sampling = Sampling(0.7 + index % 3 / 4, top_p=1 - index % 2 / 4)
        return wanted([BOS, *range(4, 4 + index % 9)], 3 + index % 20, seed=index, sampling=sampling, top=2)

    count = MOST_ROWS + 9
    together = computed(model, [asked(index) for index in range(count)])
    for index in range(0, count, 5):
        assert computed(model, [asked(index)])[0] == together[index]  # log-probabilities too, to the bit
    assert len({tuple(ids_of(events)) for events in together}) > count / 2


def test_who_is_cancelled_gets_no_more_and_the_others_their_text(model: LanguageModel) -> None:
    def others() -> list[Sequence]:
        return [wanted([BOS, 4], 12, seed=seed) for seed in range(3)]

    async def run() -> list[list[int]]:
        engine = Engine(model.model, ONE_THREAD)
        engine.start(asyncio.get_running_loop())
        endless, sequences = wanted([BOS, 5], 10**6), others()
        for sequence in (endless, *sequences):
            engine.submit(sequence)
        await endless.events.get()
        endless.cancelled = True
        found = [ids_of(await all_of(sequence)) for sequence in sequences]
        while engine.is_busy:  # else this test does not end
            await asyncio.sleep(0.001)
        engine.close()
        return found

    with biased(model, EOS, -1e9):
        assert asyncio.run(run()) == [ids_of(events) for events in computed(model, others())]


def test_a_prompt_is_scored_as_evaluate_does(model: LanguageModel) -> None:
    text = "el río de la ciudad y el mar ¡Ñandú! " * 3
    expected = model.score(text).tokens[:-1]  # without the end
    ids = model.tokenizer.encode(text, add_special_tokens=False).ids
    scored, finished = computed(model, [wanted([BOS, *ids], 0, top=3, scored=True)])[0]
    assert isinstance(scored, Scored)
    assert finished == Finished("length")
    assert scored.tokens[0] is None
    for found, token in zip(scored.tokens[1:], expected, strict=True):
        assert found is not None
        assert found.id == token.id
        assert -found.logprob / math.log(2) == pytest.approx(token.bits, abs=1e-4)
        assert len(found.top) == 3
        assert found.top == sorted(found.top, key=lambda pair: -pair[1])


def test_a_scored_prompt_is_then_continued_as_one_that_is_not(model: LanguageModel) -> None:
    events = computed(model, [wanted([BOS, 4, 5], 6, seed=3, top=0, scored=True)])[0]
    assert isinstance(events[0], Scored)
    assert ids_of(events) == ids_of(computed(model, [wanted([BOS, 4, 5], 6, seed=3)])[0])


def test_a_long_prompt_is_scored_in_chunks_with_the_same_result(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scored() -> list[Found | None]:
        event = computed(model, [wanted([BOS, *[*range(4, 16)] * 3], 0, top=1, scored=True)])[0][0]
        assert isinstance(event, Scored)
        return event.tokens

    whole = scored()
    head = model.model.head.forward
    sizes: list[int] = []

    def watched(hidden: Tensor) -> Tensor:
        sizes.append(len(hidden))
        return cast(Tensor, head(hidden))

    monkeypatch.setattr(model.model.head, "forward", watched)
    monkeypatch.setattr(scoring, "_CHUNK_LOGITS", 3 * model.model.config.vocab_size)
    for one, other in zip(scored()[1:], whole[1:], strict=True):
        assert one is not None
        assert other is not None
        assert one.logprob == pytest.approx(other.logprob, abs=1e-5)
    assert max(sizes) == 3


@pytest.mark.parametrize("tokens", [0, 9])
def test_who_is_scored_hears_of_a_failure_too(model: LanguageModel, tokens: int) -> None:
    with biased(model, 4, math.nan):
        found = computed(model, [wanted([BOS, 4], tokens, top=0, scored=True), wanted([BOS], 9)])
    for events in found:
        assert "predicts no numbers" in str(events[-1])


def test_a_failure_reaches_also_who_waits_and_loses_no_event(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the second turn: the first is scored then and waits for a row, the other has a token already."""

    def fails(*_: object) -> Tensor:
        raise ValueError("no memory")

    monkeypatch.setattr(engine, "step", fails)

    async def run() -> list[list[Event]]:
        found = Engine(model.model, ONE_THREAD)
        sequences = [wanted([BOS, 4], 9, top=0, scored=True), wanted([BOS], 9)]
        for sequence in sequences:
            found.submit(sequence)  # both are there at the first turn
        found.start(asyncio.get_running_loop())
        events = [await all_of(sequence) for sequence in sequences]
        found.close()
        return events

    with biased(model, EOS, -1e9):
        (scored, failure), (token, other) = asyncio.run(run())
    assert isinstance(scored, Scored)
    assert isinstance(token, Found)
    assert isinstance(failure, ValueError)
    assert failure is other


def test_a_model_that_predicts_no_numbers_tells_everybody_and_goes_on(model: LanguageModel) -> None:
    async def run() -> None:
        engine = Engine(model.model, ONE_THREAD)
        engine.start(asyncio.get_running_loop())
        sequences = [wanted([BOS], 9), wanted([BOS, 4], 9)]
        with biased(model, 4, math.nan):
            for sequence in sequences:
                engine.submit(sequence)
            for sequence in sequences:
                assert "predicts no numbers" in str((await all_of(sequence))[-1])
        later = wanted([BOS], 2)
        engine.submit(later)
        assert isinstance((await all_of(later))[-1], Finished)
        engine.close()

    asyncio.run(run())
