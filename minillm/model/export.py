"""A MiniGPT in the terms of transformers, for the shapes that are a known architecture's.

Qwen3: rope, rmsnorm, swiglu, qk_norm, tied. GPT-2: sinusoidal (as its learned positions), layernorm, gelu,
tied. Nothing of transformers is needed: a config and renamed weights are all that its classes load.
"""

from typing import Any

from torch import Tensor

from minillm.errors import InputError
from minillm.model.minigpt import RMS_EPSILON, MiniGPT, ModelConfig
from minillm.model.positions import ROPE_BASE
from minillm.tokens.tokenizer import BOS, EOS, PAD

_ARCHITECTURES = {
    "qwen3": {
        "positions": "rope",
        "norm": "rmsnorm",
        "activation": "swiglu",
        "qk_norm": True,
        "tie_embeddings": True,
    },
    "gpt2": {
        "positions": "sinusoidal",
        "norm": "layernorm",
        "activation": "gelu",
        "qk_norm": False,
        "tie_embeddings": True,
    },
}


def to_transformers(model: MiniGPT) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The content of config.json and the weights, as transformers names them.

    Raises InputError for a shape that is no known architecture's.
    """
    switches = {name: getattr(model.config, name) for name in _ARCHITECTURES["qwen3"]}
    if switches == _ARCHITECTURES["qwen3"]:
        return _qwen3_config(model.config), _qwen3_weights(model)
    if switches == _ARCHITECTURES["gpt2"]:
        return _gpt2_config(model.config), _gpt2_weights(model)
    known = "; ".join(f"{name}: {_said(values)}" for name, values in _ARCHITECTURES.items())
    raise InputError(
        f"a model with {_said(switches)} is no architecture of transformers; train one of these: {known}"
    )


def _said(switches: dict[str, Any]) -> str:
    return ", ".join(f"model.{name} = {value}" for name, value in switches.items())


def _qwen3_config(config: ModelConfig) -> dict[str, Any]:
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": config.vocab_size,
        "hidden_size": config.dim,
        "intermediate_size": config.feed_forward_dim,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.heads,
        "head_dim": config.dim // config.heads,
        "max_position_embeddings": config.context,
        "rms_norm_eps": RMS_EPSILON,
        "rope_parameters": {"rope_theta": ROPE_BASE, "rope_type": "default"},
        "tie_word_embeddings": True,
        **_token_ids(),
    }


def _qwen3_weights(model: MiniGPT) -> dict[str, Tensor]:
    own = model.state_dict()
    weights = {"model.embed_tokens.weight": own["embedding.weight"], "model.norm.weight": own["norm.weight"]}
    for layer in range(model.config.layers):
        ours, theirs = f"blocks.{layer}.", f"model.layers.{layer}."
        parts = own[ours + "attention.query_key_value.weight"].chunk(3)  # each (D, D)
        for name, part in zip("qkv", parts, strict=True):
            weights[f"{theirs}self_attn.{name}_proj.weight"] = part.contiguous()
        for their_name, our_name in {
            "self_attn.q_norm": "attention.query_norm",
            "self_attn.k_norm": "attention.key_norm",
            "self_attn.o_proj": "attention.output",
            "input_layernorm": "attention_norm",
            "post_attention_layernorm": "feed_forward_norm",
            "mlp.gate_proj": "feed_forward.gate",
            "mlp.up_proj": "feed_forward.input",
            "mlp.down_proj": "feed_forward.output",
        }.items():
            weights[f"{theirs}{their_name}.weight"] = own[f"{ours}{our_name}.weight"]
    return weights


def _gpt2_config(config: ModelConfig) -> dict[str, Any]:
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": config.vocab_size,
        "n_embd": config.dim,
        "n_inner": config.feed_forward_dim,
        "n_layer": config.layers,
        "n_head": config.heads,
        "n_positions": config.context,
        "activation_function": "gelu",
        "tie_word_embeddings": False,  # the embedding is scaled, the head is not
        **_token_ids(),
    }


def _gpt2_weights(model: MiniGPT) -> dict[str, Tensor]:
    own = model.state_dict()
    weights = {
        "transformer.wte.weight": own["embedding.weight"] * model.config.embedding_scale,
        "transformer.wpe.weight": model.positions,
        "lm_head.weight": own["embedding.weight"],
    }
    for kind in ("weight", "bias"):
        weights[f"transformer.ln_f.{kind}"] = own[f"norm.{kind}"]
        for layer in range(model.config.layers):
            ours, theirs = f"blocks.{layer}.", f"transformer.h.{layer}."
            for their_name, our_name in {"ln_1": "attention_norm", "ln_2": "feed_forward_norm"}.items():
                weights[f"{theirs}{their_name}.{kind}"] = own[f"{ours}{our_name}.{kind}"]
            for their_name, our_name in {
                "attn.c_attn": "attention.query_key_value",
                "attn.c_proj": "attention.output",
                "mlp.c_fc": "feed_forward.input",
                "mlp.c_proj": "feed_forward.output",
            }.items():  # stored (in, out) there
                weights[f"{theirs}{their_name}.{kind}"] = _transposed(own[f"{ours}{our_name}.{kind}"])
    return weights


def _token_ids() -> dict[str, int]:
    return {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD}


def _transposed(value: Tensor) -> Tensor:
    return value.T.contiguous() if value.ndim == 2 else value
