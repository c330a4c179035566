import numpy as np
import pytest
import sacrebleu

from minillm.errors import InputError
from minillm.evaluation.bleu import Bleu, Continuations, continue_articles, measure_bleu
from minillm.params import EvaluateParams, VocabParams
from minillm.tokens.tokenizer import BOS, EOS, UNK, train_tokenizer
from tests.evaluation.models import random_model
from tests.evaluation.settings import settings
from tests.tokens.corpus import random_texts, shard_of

TOKENIZER = train_tokenizer(
    lambda: random_texts(40), VocabParams(type="word", vocab_size=20, sample_characters=0)
)
MODEL = random_model()
# Article i is i tokens long and holds nothing but the id i + 4.
SHARD = shard_of([[length + 4] * length for length in range(20)])


def params(**changes: object) -> EvaluateParams:
    return settings(bleu_prompts=100, bleu_prompt_tokens=6, bleu_continuation_tokens=5, **changes)


def ids(text: str) -> list[int]:
    found: list[int] = TOKENIZER.encode(text, add_special_tokens=False).ids
    return found


class TestContinuations:
    def test_are_of_the_articles_that_are_long_enough(self) -> None:
        continuations = continue_articles(MODEL, SHARD, params(), seed=1)
        assert continuations.prompts == [[BOS] + [length + 4] * 6 for length in range(11, 20)]
        assert continuations.human == [[length + 4] * (length - 6) for length in range(11, 20)]
        assert continuations.bleu_tokens == 5

    @pytest.mark.parametrize(("asked", "written"), [(1, 32), (5, 32), (40, 40)])
    def test_are_long_enough_to_repeat_and_to_copy_however_few_tokens_bleu_takes(
        self, asked: int, written: int
    ) -> None:
        shard = shard_of([[7] * 60] * 2)
        few = continue_articles(MODEL, shard, settings(bleu_continuation_tokens=asked), seed=1)
        for texts in (few.greedy, few.sampled, few.human):
            assert [len(text) for text in texts] == [written] * 2

    def test_are_of_the_models_own_distribution_whatever_samples_are_drawn_with(self) -> None:
        shard = shard_of([[7] * 12] * 2)
        plain = continue_articles(MODEL, shard, params(temperature=1.0, top_k=0), seed=1)
        tame = params(temperature=0.01, top_k=1, top_p=0.01, min_p=0.99, repetition_penalty=100.0)
        assert continue_articles(MODEL, shard, tame, seed=1) == plain
        assert plain.sampled != plain.greedy

    def test_hold_no_special_token_and_are_the_models_first_choice(self) -> None:
        greedy = continue_articles(MODEL, SHARD, params(), seed=1).greedy
        assert min(min(text) for text in greedy) > EOS
        assert len({token for text in greedy for token in text}) > 3

    def test_sampled_ones_depend_on_the_seed_and_differ_among_equal_prompts(self) -> None:
        shard = shard_of([[7] * 12] * 3)
        first, second = (continue_articles(MODEL, shard, params(top_k=0), seed=seed) for seed in (1, 9))
        assert first.greedy == second.greedy
        assert first.sampled != second.sampled
        assert len({tuple(tokens) for tokens in first.sampled}) == 3
        assert min(min(tokens) for tokens in first.sampled) > EOS

    def test_do_not_depend_on_the_batch_size(self) -> None:
        together = continue_articles(MODEL, SHARD, params(), seed=1)
        assert continue_articles(MODEL, SHARD, params(batch_size=2), seed=1) == together

    def test_are_spread_over_the_split_when_there_are_more_articles_than_asked_for(self) -> None:
        few = continue_articles(MODEL, SHARD, settings(bleu_prompts=3, bleu_prompt_tokens=6), seed=1)
        lengths = [prompt[1] - 4 for prompt in few.prompts]
        assert lengths == [11, 14, 17]

    def test_may_take_up_the_whole_article(self) -> None:
        longest = settings(bleu_prompt_tokens=15, bleu_continuation_tokens=4)
        assert len(continue_articles(MODEL, SHARD, longest, seed=1).prompts) == 1

    def test_without_an_article_long_enough_name_the_parameters(self) -> None:
        with pytest.raises(
            InputError,
            match=r"prompt_tokens = 16, evaluate\.bleu_continuation_tokens = 4: .*longest has 19\); lower",
        ):
            continue_articles(
                MODEL, SHARD, settings(bleu_prompt_tokens=16, bleu_continuation_tokens=4), seed=1
            )


class TestBleu:
    def bleu(self, hypotheses: list[str], references: list[str]) -> dict[str, object]:
        return dict(self.measure(hypotheses, references).metrics())

    def measure(self, hypotheses: list[str], references: list[str]) -> Bleu:
        ours, theirs = ([ids(text) for text in texts] for texts in (hypotheses, references))
        return measure_bleu(Continuations([], ours, [], theirs, bleu_tokens=99), TOKENIZER)

    def test_equals_sacrebleus_own_score_of_the_texts(self) -> None:
        random = np.random.default_rng(0)
        words = ["el", "la", "río", "de", "en", "mar", "y"]
        hypotheses, references = ([" ".join(random.choice(words, 12)) for _ in range(10)] for _ in range(2))
        scores = self.measure(hypotheses, references).scores
        previous = 100.0
        for order in (1, 2, 3, 4):
            scorer = sacrebleu.BLEU(tokenize="intl", max_ngram_order=order)
            expected = scorer.corpus_score(hypotheses, [references])
            assert scores[order].mean == expected.score
            assert 0 < expected.score < previous
            previous = expected.score

    def test_the_true_continuation_is_worth_100_and_a_foreign_one_0(self) -> None:
        texts = ["el río de la sierra", "la ciudad en el mar"]
        perfect = self.measure(texts, texts)
        assert [perfect.scores[order].mean for order in (1, 2, 3, 4)] == pytest.approx([100] * 4)
        assert 0 < perfect.chance[1] < 60
        foreign = self.measure(["y y y y y"] * 2, texts)
        assert [foreign.scores[order].mean for order in (1, 2, 3, 4)] == [0] * 4

    def test_takes_no_more_tokens_than_asked_for(self) -> None:
        text = ids("el río de la sierra")
        longer = Continuations([], [[*text, *ids("y y y y")]], [], [[*text, *ids("mar mar")]], bleu_tokens=5)
        assert measure_bleu(longer, TOKENIZER).scores[4].mean == pytest.approx(100)

    def test_an_unknown_word_of_the_reference_is_never_matched(self) -> None:
        unknown = "zorro zorro zorro zorro zorro"
        assert ids(unknown) == [UNK] * 5
        bleu = self.measure([unknown, "el río de la mar"], [unknown, "el río de la mar"])
        assert bleu.scores[1].mean == pytest.approx(50)
        assert bleu.chance[1] == 0

    def test_the_signature_and_the_number_of_prompts_stand_beside_it(self) -> None:
        metrics = self.bleu(["el río"] * 3, ["la ciudad"] * 3)
        assert metrics["prompts"] == 3
        version = sacrebleu.__version__
        assert metrics["signature"] == (
            f"nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:intl|smooth:exp|version:{version}"
        )

    def test_an_order_of_which_no_reference_has_an_ngram_is_not_measured(self) -> None:
        three = self.measure(["el río de"] * 2, ["el río de", "la ciudad y"])
        assert three.scores.keys() == three.chance.keys() == {1, 2, 3}
        assert [row[0] for row in three.table()] == [1, 2, 3]
        assert three.metrics()["bleu_4"] == three.metrics()["chance_4"] == "not measured"
        four = self.bleu(["el río de"] * 2, ["el río de", "la ciudad y mar"])
        assert four["bleu_4"] == 0  # a 4-gram was there to be found

    def test_an_order_that_the_articles_own_words_cannot_reach_is_not_measured(self) -> None:
        known, unknown = "el río de zorro la mar", "zorro zorro zorro zorro zorro zorro"
        assert self.measure([known] * 2, [known, unknown]).scores.keys() == {1, 2, 3}
        nothing = self.measure([known] * 2, [unknown] * 2)
        assert nothing.table() == []
        assert nothing.metrics()["bleu_4"] == nothing.metrics()["chance_4"] == "not measured"

    def test_a_single_article_has_neither_chance_nor_interval(self) -> None:
        text = "el río de la sierra"
        alone = self.measure([text], [text])
        assert alone.table() == [(order, pytest.approx(100), None, None, None) for order in (1, 2, 3, 4)]
        assert alone.metrics()["chance_4"] == "not measured"

    def test_the_interval_is_sacrebleus_own_bootstrap(self) -> None:
        random = np.random.default_rng(1)
        words = ["el", "la", "río", "de", "en"]
        hypotheses, references = ([" ".join(random.choice(words, 12)) for _ in range(15)] for _ in range(2))
        interval = self.measure(hypotheses, references).scores[4]
        scorer = sacrebleu.BLEU(tokenize="intl")
        expected = scorer.corpus_score(hypotheses, [references], n_bootstrap=1000)
        assert interval == pytest.approx(
            (expected.score, expected._mean - expected._ci, expected._mean + expected._ci), abs=1e-5
        )
        assert interval.low < interval.mean < interval.high
