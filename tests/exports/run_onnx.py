"""`python run_onnx.py FOLDER`: what onnxruntime computes of FOLDER/ids.json, into FOLDER/found.json.

Logits of the whole rows, the same in steps with past keys, and a greedy continuation of the first prompt. It
needs onnxruntime and NumPy, nothing of ours.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime

folder = Path(sys.argv[1])
asked = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
ids = np.array(asked["ids"])  # (B, T)
whole = onnxruntime.InferenceSession(folder / "model_without_past.onnx")
(logits,) = whole.run(["logits"], {"input_ids": ids})
session = onnxruntime.InferenceSession(folder / "model.onnx")
outputs = [output.name for output in session.get_outputs()]
empty = {
    given.name: (given.shape[1], given.shape[3])
    for given in session.get_inputs()
    if given.name.startswith("past_key_values.")
}


class Text:
    """What the model has read so far of some texts."""

    def __init__(self, batch: int) -> None:
        self.mask = np.zeros((batch, 0), np.int64)
        self.past = {
            name: np.zeros((batch, heads, 0, size), np.float32) for name, (heads, size) in empty.items()
        }

    def read(self, tokens: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
        """Logits (B, T, V) after each of the tokens (B, T)."""
        new = np.ones_like(tokens) if mask is None else mask
        self.mask = np.concatenate([self.mask, new], axis=1)
        values = session.run(None, {"input_ids": tokens, "attention_mask": self.mask, **self.past})
        found = dict(zip(outputs, values, strict=True))
        self.past = {name: found[name.replace("past_key_values", "present")] for name in self.past}
        return found["logits"]


def continued(prompt: np.ndarray, new: int, mask: np.ndarray | None = None) -> list[int]:
    text, tokens = Text(len(prompt)), []
    last = text.read(prompt, mask)[:, -1]
    for _ in range(new):
        last[:, :3] = -np.inf  # [PAD], [UNK], [BOS]
        chosen = last.argmax(axis=1)[:, None]
        tokens.append(int(chosen[0, 0]))
        last = text.read(chosen)[:, -1]
    return tokens


text = Text(len(ids))
cuts = [0, 3, 4, 5, ids.shape[1]]
steps = [text.read(ids[:, first:last]) for first, last in pairwise(cuts)]
prompt = ids[:1, : asked["prompt"]]
padding = np.zeros((1, 2), np.int64)
padded = np.concatenate([padding, prompt], axis=1), np.concatenate([padding, np.ones_like(prompt)], axis=1)
found = {
    "without_past": logits.tolist(),
    "with_past": np.concatenate(steps, axis=1).tolist(),
    "greedy": continued(prompt, asked["new"]),
    "padded": continued(padded[0], asked["new"], padded[1]),
}
(folder / "found.json").write_text(json.dumps(found), encoding="utf-8")
