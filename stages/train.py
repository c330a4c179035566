"""train: MiniGPT on the training split, validated each epoch; goes on where it was killed."""

from pathlib import Path

from minillm.files import write_metrics
from minillm.params import Params, read_params
from minillm.stage import PARAMS_PATH, run_stage
from minillm.tokens.shards import check_vocabulary
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training.fingerprint import fingerprint
from minillm.training.initial import initial_files
from minillm.training.interrupts import Interrupts
from minillm.training.launch import errors_to_the_launcher, launch
from minillm.training.loop import Outputs, train
from minillm.training.processes import ALONE, World, joined, process_count, started_by_torchrun
from minillm.training.state import open_state

TOKENIZER = Path("data/vocab/tokenizer.json")
SPLITS = Path("data/splits")
SHARDS = [SPLITS / f"{split}.{kind}" for split in ("train", "validation") for kind in ("bin", "idx.npy")]
OUTPUTS = Outputs(
    best=Path("checkpoints/best"),
    last=Path("checkpoints/last"),
    curve=Path("metrics/plots/training.tsv"),
    steps=Path("metrics/plots/steps.tsv"),
)
METRICS = Path("metrics/train.json")


def main(params: Params) -> None:
    """Train and keep the best and the last checkpoint, in this process or in several."""
    if started_by_torchrun():
        with errors_to_the_launcher(), joined(params.train) as world:
            run(params, world)
    elif (count := process_count(params.train)) > 1:
        launch("stages.train", count)
    else:
        run(params, ALONE)


def run(params: Params, world: World) -> None:
    """What one of the processes does; the first one writes."""
    tokenizer = load_tokenizer(TOKENIZER)
    check_vocabulary(SPLITS, tokenizer)
    files = [TOKENIZER, *SHARDS, *initial_files(params.train.init_from)]
    inputs = fingerprint(params, files, world.size)
    with Interrupts() as interrupts, open_state(inputs.key, world) as state:
        metrics = train(params, SPLITS, tokenizer.get_vocab_size(), OUTPUTS, state, interrupts, world)
        if world.leads:
            inputs.refuse_changes(fingerprint(read_params(PARAMS_PATH), files, world.size))
            write_metrics(METRICS, metrics)
            state.remove()


if __name__ == "__main__":
    run_stage(main)
