"""The evaluate section of params.yaml for tests: small numbers, any of them changed."""

from minillm.params import EvaluateParams

_SETTINGS: dict[str, object] = {
    "batch_size": 4,
    "device": "cpu",
    "max_tokens": 0,
    "bleu_prompts": 10,
    "bleu_prompt_tokens": 6,
    "bleu_continuation_tokens": 5,
    "stride": "auto",
    "baseline_order": 3,
    "minimal_pairs": "data/none",
    "ensemble": "checkpoints/none",
    "prompts": ["el río", "la ciudad de"],
    "sample_tokens": 12,
    "temperature": 0.8,
    "top_k": 5,
    "top_p": 1.0,
    "min_p": 0.0,
    "repetition_penalty": 1.0,
    "latency_runs": 12,
}


def settings(**changes: object) -> EvaluateParams:
    return EvaluateParams.model_validate(_SETTINGS | changes)
