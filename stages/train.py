"""train: MiniGPT on the training split, validated on the way; goes on where it was killed."""

from pathlib import Path

from minillm.arithmetic import lift_limits
from minillm.files import write_checksums, write_metrics
from minillm.params import Params, read_params
from minillm.stage import PARAMS_PATH, memory_errors, run_stage
from minillm.tokens.shards import check_vocabulary
from minillm.tokens.tokenizer import load_tokenizer
from minillm.tracking import open_log
from minillm.training.distillation import teacher_files
from minillm.training.fingerprint import fingerprint
from minillm.training.initial import initial_files
from minillm.training.interrupts import Interrupts
from minillm.training.launch import errors_to_the_launcher, launch
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from minillm.training.processes import ALONE, World, check_processes, joined, started_with_others
from minillm.training.state import open_state

TOKENIZER = Path("data/vocab/tokenizer.json")
SPLITS = Path("data/splits")
OUTPUTS = Outputs(
    best=Path("checkpoints/best"),
    curve=Path("metrics/plots/training.tsv"),
    steps=Path("metrics/plots/steps.tsv"),
)
METRICS = Path("metrics/train.json")
MEMORY = (
    "the saved state is kept, and `dvc repro` goes on from it where more is free; else lower "
    "train.batch_size, model.context, model.dim, model.layers or vocab.vocab_size, or raise train.lanes"
)


def main(params: Params) -> None:
    """Train and keep the best checkpoint, in this process or in several."""
    if params.train.precision == "bfloat16" or params.train.compile:
        lift_limits()
    if started_with_others():
        with errors_to_the_launcher(), joined(params.train) as world:
            run(params, world)
        return
    check_processes(params.train)
    if params.train.processes > 1:
        launch("stages.train", params.train.processes)
    else:
        run(params, ALONE)


def run(params: Params, world: World) -> None:
    """What one of the processes does; the first one writes."""
    tokenizer = load_tokenizer(TOKENIZER)
    check_vocabulary(SPLITS, tokenizer)
    inputs = fingerprint(params, input_files(params))
    kind = params.machine.log if world.is_main else "none"
    with (
        memory_errors(MEMORY),
        open_state(inputs, world) as state,
        Interrupts() as interrupts,
        open_log(kind, inputs.key[:12]) as log,
    ):
        metrics = train(params, SPLITS, tokenizer.get_vocab_size(), OUTPUTS, state, interrupts, world, log)
        if world.is_main:
            inputs.refuse_changes(fingerprint(read_params(PARAMS_PATH), input_files(params)))
            write_checksums(OUTPUTS.curve, OUTPUTS.steps)
            write_metrics(METRICS, metrics)
            state.remove()


def input_files(params: Params, tokenizer: Path = TOKENIZER, splits: Path = SPLITS) -> list[Path]:
    """What the training reads."""
    shards = [splits / f"{split}.{kind}" for split in ("train", "validation") for kind in ("bin", "idx.npy")]
    given = [*initial_files(params.train.init_from), *teacher_files(params.train.teacher)]
    return [tokenizer, *shards, *given]


if __name__ == "__main__":
    run_stage(main)
