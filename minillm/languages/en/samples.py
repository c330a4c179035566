"""English words of metrics/samples.md."""

from minillm.languages.samples import SamplesPage
from minillm.params import EvaluateParams


def _introduction(params: EvaluateParams, seed: int, end: str) -> str:
    among = f"among the {params.top_k} likeliest tokens" if params.top_k else "among all tokens"
    if params.top_k == 1:
        among = "the likeliest token alone"
    tokens = "token" if params.sample_tokens == 1 else "tokens"
    options = "".join(
        f"{name} {value:g}, "
        for name, value, off in (
            ("top-p", params.top_p, 1),
            ("min-p", params.min_p, 0),
            ("repetition penalty", params.repetition_penalty, 1),
        )
        if value != off
    )
    return (
        "# Samples\n\n"
        f"Each beginning, in bold, continued by the model with up to {params.sample_tokens} {tokens}: "
        "once with the likeliest token at each step (greedy) and once drawn "
        f"({among}, {options}temperature {params.temperature:g}, seed {seed}). "
        f"The sign{end} says that the model ended the article there. "
        "The text is made up: nothing that it says is reliable."
    )


SAMPLES_PAGE = SamplesPage(
    introduction=_introduction,
    without_prompt="Beginning of an article",
    greedy="Greedy",
    sampled="Drawn",
    comparison="To compare: a real article begins so",
    test_article="Test article",
    unknown="\\[UNK\\] is a word that is not in the vocabulary; the model does not see it.",
)
