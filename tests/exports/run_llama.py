"""`python run_llama.py FOLDER`: how llama.cpp reads and continues FOLDER/ids.json, into FOLDER/found.json.

It needs llama-cpp-python, nothing of ours. Keys and values are kept in float32, as the model has them.
"""

import json
import sys
from pathlib import Path

from llama_cpp import GGML_TYPE_F32, Llama

folder = Path(sys.argv[1])
asked = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
model = Llama(
    str(folder / "model.gguf"),
    n_ctx=asked["context"],
    n_threads=1,
    type_k=GGML_TYPE_F32,
    type_v=GGML_TYPE_F32,
    logits_all=True,
    verbose=False,
)
continued, logits = [], []
for prompt in asked["prompts"]:
    model.reset()
    model.eval(prompt)
    logits.append(model.scores[len(prompt) - 1].tolist())
    tokens = []
    for token in model.generate(prompt, temp=0.0, top_k=1, repeat_penalty=1.0):
        tokens.append(token)
        if len(tokens) == asked["new"]:
            break
    continued.append(tokens)
found = {
    "tokens": model.tokenize(asked["text"].encode(), add_bos=True, special=False),
    "text": model.detokenize(asked["prompts"][0][1:]).decode(),
    "logits": logits,
    "greedy": continued,
    "metadata": model.metadata,
}
(folder / "found.json").write_text(json.dumps(found), encoding="utf-8")
