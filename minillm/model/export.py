"""A MiniGPT in the terms of transformers: config.json and renamed weights, nothing of transformers is needed.

Where one of its architectures computes the same, the model becomes that one, and `from_pretrained` needs no
code of ours:

GPT-2      sinusoidal (as its learned positions), layernorm, gelu
Persimmon  rope, layernorm, gelu, with or without qk_norm
Qwen3      rope, rmsnorm, swiglu, qk_norm, tied; Llama without qk_norm; Arcee with gelu and without qk_norm

The first two also with a head of its own, whose bias is folded into the weights (folding.py). With rmsnorm no
such fold exists, since nothing constant comes out of it, and the other combinations are nobody's: for them a
small modelling file goes with the weights (modeling_minillm.py).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from minillm.model.folding import Weights, plain_weights
from minillm.model.minigpt import RMS_EPSILON, MiniGPT, ModelConfig
from minillm.model.positions import ROPE_BASE
from minillm.tokens.tokenizer import BOS, EOS, PAD

OWN = "minillm"
MODELLING_FILE = Path(__file__).with_name("modeling_minillm.py")
NORM_EPSILON = {"layernorm": 1e-5, "rmsnorm": RMS_EPSILON}  # the first is torch's
_CLASSES = {
    "gpt2": "GPT2LMHeadModel",
    "persimmon": "PersimmonForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "llama": "LlamaForCausalLM",
    "arcee": "ArceeForCausalLM",
    OWN: "MiniLLMForCausalLM",
}
_GPT2_NAMES = {
    "embedding": "transformer.wte",
    "positions": "transformer.wpe.weight",
    "norm": "transformer.ln_f",
    "head": "lm_head",
    "blocks": "transformer.h",
    "attention_norm": "ln_1",
    "attention.query_key_value": "attn.c_attn",
    "attention.output": "attn.c_proj",
    "feed_forward_norm": "ln_2",
    "feed_forward.input": "mlp.c_fc",
    "feed_forward.output": "mlp.c_proj",
}
_PERSIMMON_NAMES = {
    "embedding": "model.embed_tokens",
    "norm": "model.final_layernorm",
    "head": "lm_head",
    "blocks": "model.layers",
    "attention_norm": "input_layernorm",
    "attention.query_key_value": "self_attn.query_key_value",
    "attention.query_norm": "self_attn.q_layernorm",
    "attention.key_norm": "self_attn.k_layernorm",
    "attention.output": "self_attn.dense",
    "feed_forward_norm": "post_attention_layernorm",
    "feed_forward.input": "mlp.dense_h_to_4h",
    "feed_forward.output": "mlp.dense_4h_to_h",
}
_LLAMA_NAMES = {
    "embedding": "model.embed_tokens",
    "norm": "model.norm",
    "blocks": "model.layers",
    "attention_norm": "input_layernorm",
    "attention.query_norm": "self_attn.q_norm",
    "attention.key_norm": "self_attn.k_norm",
    "attention.output": "self_attn.o_proj",
    "feed_forward_norm": "post_attention_layernorm",
    "feed_forward.gate": "mlp.gate_proj",
    "feed_forward.input": "mlp.up_proj",
    "feed_forward.output": "mlp.down_proj",
}


def architecture_of(config: ModelConfig) -> str:
    """The model_type in config.json; OWN where the modelling file has to go with the weights."""
    if config.norm == "layernorm" and config.activation == "gelu":
        if config.positions == "rope":
            return "persimmon"
        return OWN if config.qk_norm else "gpt2"
    if config.norm == "rmsnorm" and config.positions == "rope" and config.tie_embeddings:
        kinds = {("swiglu", True): "qwen3", ("swiglu", False): "llama", ("gelu", False): "arcee"}
        return kinds.get((config.activation, config.qk_norm), OWN)
    return OWN


def to_transformers(model: MiniGPT) -> tuple[dict[str, Any], Weights]:
    """The content of config.json and the weights in float32, as transformers names them."""
    kind = architecture_of(model.config)
    if kind == OWN:
        return config_of(model.config), {**model.state_dict(), "positions": model.positions}
    config, plain = plain_weights(model)
    if kind == "gpt2":
        return config_of(config), renamed(plain, _GPT2_NAMES, _gpt2_parts)
    if kind == "persimmon":
        return config_of(config), renamed(plain, _PERSIMMON_NAMES, partial(_persimmon_parts, config.heads))
    return config_of(config), renamed(plain, _LLAMA_NAMES, _llama_parts)


def config_of(config: ModelConfig) -> dict[str, Any]:
    """The content of config.json for a model of this shape; what is folded has a wider one."""
    kind = architecture_of(config)
    own = {"gpt2": _gpt2_config, "persimmon": _persimmon_config, OWN: _own_config}.get(kind, _llama_config)
    return {
        "architectures": [_CLASSES[kind]],
        "model_type": kind,
        "dtype": "float32",
        "vocab_size": config.vocab_size,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "pad_token_id": PAD,
        "tie_word_embeddings": False,
        **own(config),
    }


def _gpt2_config(config: ModelConfig) -> dict[str, Any]:
    return {
        "n_embd": config.dim,
        "n_inner": config.feed_forward_dim,
        "n_layer": config.layers,
        "n_head": config.heads,
        "n_positions": config.context,
        "layer_norm_epsilon": NORM_EPSILON["layernorm"],
        "activation_function": "gelu",
    }


def _sizes(config: ModelConfig) -> dict[str, Any]:
    return {
        "hidden_size": config.dim,
        "intermediate_size": config.feed_forward_dim,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "max_position_embeddings": config.context,
    }


def _persimmon_config(config: ModelConfig) -> dict[str, Any]:
    return {
        **_sizes(config),
        "hidden_act": "gelu",
        "layer_norm_eps": NORM_EPSILON["layernorm"],
        "qk_layernorm": config.qk_norm,
        "rope_parameters": {"rope_theta": ROPE_BASE, "rope_type": "default", "partial_rotary_factor": 1.0},
    }


def _llama_config(config: ModelConfig) -> dict[str, Any]:
    return {
        **_sizes(config),
        "num_key_value_heads": config.heads,
        "head_dim": config.dim // config.heads,
        "hidden_act": "silu" if config.activation == "swiglu" else "gelu",
        "rms_norm_eps": NORM_EPSILON["rmsnorm"],
        "rope_parameters": {"rope_theta": ROPE_BASE, "rope_type": "default"},
        "tie_word_embeddings": True,
    }


def _own_config(config: ModelConfig) -> dict[str, Any]:
    module, model = MODELLING_FILE.stem, _CLASSES[OWN]
    return {
        **_sizes(config),
        "positions": config.positions,
        "norm": config.norm,
        "norm_eps": NORM_EPSILON[config.norm],
        "activation": config.activation,
        "qk_norm": config.qk_norm,
        "tied_head": config.tie_embeddings,
        "auto_map": {"AutoConfig": f"{module}.MiniLLMConfig", "AutoModelForCausalLM": f"{module}.{model}"},
    }


def renamed(plain: Weights, names: dict[str, str], parts: Callable[[str, Tensor], Weights]) -> Weights:
    """The weights that `names` has, by their names there; `parts` makes of one in a block what is stored."""
    renamed: Weights = {}
    for name, value in plain.items():
        if not name.startswith("blocks."):
            module, _, kind = name.partition(".")
            if module in names:
                renamed[".".join(filter(None, (names[module], kind)))] = value.contiguous()
            continue
        _, layer, rest = name.split(".", 2)
        module, _, kind = rest.rpartition(".")
        for part, tensor in parts(module, value).items():
            renamed[f"{names['blocks']}.{layer}.{names.get(part, part)}.{kind}"] = tensor.contiguous()
    return renamed


def _gpt2_parts(module: str, value: Tensor) -> Weights:
    return {module: value.T if value.ndim == 2 else value}  # stored (in, out) there


def _persimmon_parts(heads: int, module: str, value: Tensor) -> Weights:
    """Query, key and value of each head stand together there."""
    if module == "attention.query_key_value":
        value = value.view(3, heads, -1, *value.shape[1:]).transpose(0, 1).flatten(0, 2)
    return {module: value}


def _llama_parts(module: str, value: Tensor) -> Weights:
    if module != "attention.query_key_value":
        return {module: value}
    return {f"self_attn.{name}_proj": part for name, part in zip("qkv", value.chunk(3), strict=True)}
