"""A MiniGPT with a byte-level BPE tokenizer as a GGUF file, which llama.cpp runs.

Three of llama.cpp's architectures compute what a MiniGPT does: gpt2 (sinusoidal, layernorm, gelu), qwen3
(rope, rmsnorm, swiglu, qk_norm, tied) and llama (the same without qk_norm). Its gpt2 takes GELU's tanh
approximation.
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md has the names of what a file says.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import quantize
from tokenizers import Tokenizer, models
from torch import Tensor

from minillm.errors import InputError
from minillm.files import atomic_path
from minillm.model.export import NORM_EPSILON, architecture_of, renamed
from minillm.model.folding import Weights, plain_weights
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.model.positions import ROPE_BASE
from minillm.tokens.tokenizer import BOS, EOS, PAD, SPECIAL_TOKENS, UNK

_ARCHITECTURES = ("gpt2", "llama", "qwen3")
_NAMES = {
    "embedding": "token_embd",
    "positions": "position_embd.weight",
    "norm": "output_norm",
    "head": "output",
    "blocks": "blk",
    "attention_norm": "attn_norm",
    "attention.query_key_value": "attn_qkv",
    "attention.query": "attn_q",
    "attention.key": "attn_k",
    "attention.value": "attn_v",
    "attention.query_norm": "attn_q_norm",
    "attention.key_norm": "attn_k_norm",
    "attention.output": "attn_output",
    "feed_forward_norm": "ffn_norm",
    "feed_forward.gate": "ffn_gate",
    "feed_forward.input": "ffn_up",
    "feed_forward.output": "ffn_down",
}
_TYPES = {
    "float32": (GGMLQuantizationType.F32, LlamaFileType.ALL_F32),
    "float16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "bfloat16": (GGMLQuantizationType.BF16, LlamaFileType.MOSTLY_BF16),
}


def write_gguf(path: Path, model: MiniGPT, tokenizer: Tokenizer, dtype: str) -> None:
    """Write the file, whole or not at all; matrices are of `dtype`, all else is in float32.

    Raises InputError for a vocabulary of words and for a shape that llama.cpp does not compute.
    """
    kind = architecture_of(model.config)
    if not isinstance(tokenizer.model, models.BPE):
        raise InputError(
            "GGUF: the checkpoint's vocabulary is one of words, which llama.cpp cannot read; "
            "train with vocab.type = bpe"
        )
    if kind not in _ARCHITECTURES:
        raise InputError(
            f"GGUF: llama.cpp computes no {_said(model.config)}; it does sinusoidal + layernorm + gelu, and "
            "rope + rmsnorm + swiglu with model.tie_embeddings = true"
        )
    config, plain = plain_weights(model)
    parts: Callable[[str, Tensor], Weights] = _as_it_is
    if kind != "gpt2":
        parts = partial(_split, config.heads, kind == "llama")
    weights = renamed(plain, _NAMES, parts)
    if kind != "gpt2":  # it has none of these: the head is the embedding, positions are computed
        del weights["output.weight"], weights["position_embd.weight"]
    stored, file_type = _TYPES[dtype]
    with atomic_path(path) as temporary:
        writer = GGUFWriter(temporary, kind)
        _describe(writer, kind, config)
        writer.add_file_type(file_type)
        _add_tokenizer(writer, tokenizer)
        for name, value in weights.items():
            small = value.ndim < 2 or name == "position_embd.weight"
            of = GGMLQuantizationType.F32 if small else stored
            writer.add_tensor(name, quantize(value.numpy(), of), raw_dtype=of)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def _said(config: ModelConfig) -> str:
    head = "" if config.tie_embeddings else " and a head of its own"
    norms = " + qk_norm" * config.qk_norm
    return f"{config.positions} + {config.norm} + {config.activation}{norms}{head}"


def _describe(writer: GGUFWriter, kind: str, config: ModelConfig) -> None:
    writer.add_name("miniLLM: MiniGPT")
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.dim)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.feed_forward_dim)
    writer.add_head_count(config.heads)
    writer.add_vocab_size(config.vocab_size)
    if kind == "gpt2":
        writer.add_layer_norm_eps(NORM_EPSILON["layernorm"])
        return
    writer.add_layer_norm_rms_eps(NORM_EPSILON["rmsnorm"])
    writer.add_head_count_kv(config.heads)
    size = config.dim // config.heads
    writer.add_key_length(size)
    writer.add_value_length(size)
    writer.add_rope_dimension_count(size)
    writer.add_rope_freq_base(ROPE_BASE)


def _add_tokenizer(writer: GGUFWriter, tokenizer: Tokenizer) -> None:
    """Tokens in the order of their ids, and merges; a text begins with [BOS]."""
    content = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(content["vocab"], key=content["vocab"].__getitem__)
    writer.add_tokenizer_model("gpt2")  # byte-level BPE
    writer.add_tokenizer_pre("gpt-2")  # cut by GPT-2's regular expression first
    writer.add_token_list(tokens)
    special = [TokenType.CONTROL if token in SPECIAL_TOKENS else TokenType.NORMAL for token in tokens]
    writer.add_token_types(special)
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in content["merges"]])
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_unk_token_id(UNK)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(True)


def _as_it_is(module: str, value: Tensor) -> Weights:
    return {module: value}


def _split(heads: int, neighbours: bool, module: str, value: Tensor) -> Weights:
    """Query, key and value apart. `neighbours`: llama turns pairs side by side, and its rows stand so."""
    if module != "attention.query_key_value":
        return {module: value}
    query, key, value = value.chunk(3)
    if neighbours:
        query, key = (
            part.reshape(heads, 2, -1, *part.shape[1:]).transpose(1, 2).flatten(0, 2) for part in (query, key)
        )
    return {"attention.query": query, "attention.key": key, "attention.value": value}
