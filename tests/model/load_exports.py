"""Load exported folders as somebody does who has transformers and nothing of ours; say what they compute.

`python load_exports.py FOLDER` writes, for each NAME in FOLDER with its NAME/ids.json, the
logits and the greedy continuations of its beginnings, as NAME/found.safetensors. A program of its own: it
imports neither the package nor the tests.
"""

import json
import sys
from pathlib import Path

sys.modules["minillm"] = None  # type: ignore[assignment]  # importing it fails, wherever it is installed

import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from torch import Tensor  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationMixin  # noqa: E402


@torch.inference_mode()
def compute(folder: Path) -> None:
    asked = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
    trust = "auto_map" in (folder / "config.json").read_text(encoding="utf-8")
    model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=trust)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = tokenizer(asked["text"], return_tensors="pt")
    ids = torch.tensor(asked["ids"])  # (B, T)
    prompts = ids[:, : asked["prompt"]]
    found = {
        "logits": model(ids).logits.float(),
        "greedy": continued(model, asked["new"], prompts),
        "encoded": encoded.input_ids,
        "parameters": torch.tensor(model.num_parameters()),
    }
    if asked["thorough"]:
        # A shorter prompt with padding before it, beside the others: it is continued as it is alone.
        padded, mask = prompts.clone(), torch.ones_like(prompts)
        padded[0, :2] = tokenizer.pad_token_id
        mask[0, :2] = 0
        found["padded"] = continued(model, asked["new"], padded, attention_mask=mask)[:1]
        found["alone"] = continued(model, asked["new"], prompts[:1, 2:])
        found["uncached"] = continued(model, asked["new"], prompts, use_cache=False)
    save_file({name: value.contiguous() for name, value in found.items()}, folder / "found.safetensors")
    decoded = tokenizer.decode(encoded.input_ids[0], skip_special_tokens=True)
    said = {"dtype": str(model.dtype), "decoded": decoded, "type": model.config.model_type}
    (folder / "found.json").write_text(json.dumps(said), encoding="utf-8")


def continued(model: GenerationMixin, new: int, prompts: Tensor, **options: object) -> Tensor:
    limits = {"max_new_tokens": new, "min_new_tokens": new, "do_sample": False}
    return model.generate(prompts, **limits, **options)[:, prompts.shape[1] :]


for path in sorted(Path(sys.argv[1]).glob("*/ids.json")):
    compute(path.parent)
