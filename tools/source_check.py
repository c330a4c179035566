"""What `make` says before `dvc repro` of inputs that are not there, or lie where they do harm.

DVC looks at a stage's dependencies before the stage can say a word, and says `[Errno 2]`, or of an output
that the stage is to depend on `Same item(s) are defined as both a dependency and an output`.
"""

import sys
from pathlib import Path

from minillm.errors import InputError
from minillm.own.finding import find_files
from minillm.params import read_params
from minillm.wikipedia.dumps import find_dumps
from minillm.wikipedia.place import check_place, check_there

PARAMS = Path("params.yaml")
TRAINED = Path("checkpoints/best")


def main() -> None:
    """Exit with one line if the pipeline cannot begin."""
    try:
        params = read_params(PARAMS)
        extract = params.extract
        if extract.source == "dump" and not extract.dump_url:
            check_there(Path(extract.dump))
            find_dumps(Path(extract.dump))
            check_place(Path(extract.dump), "extract.dump")
        elif extract.source == "files":
            find_files(Path(extract.files), extract.glob)
            check_place(Path(extract.files), "extract.files")
        _check_optional("train.init_from", params.train.init_from, "checkpoints/none")
        _check_optional("evaluate.minimal_pairs", params.evaluate.minimal_pairs, "data/none")
        _check_optional("evaluate.ensemble", params.evaluate.ensemble, "checkpoints/none")
        _check_optional("train.teacher", params.train.teacher, "data/none")
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")


def _check_optional(name: str, path: str, none: str) -> None:
    """Refuse what is not there, and what `train` is going to delete before it could read it."""
    here, trained = Path(path).resolve(), TRAINED.resolve()
    if name.startswith("train.") and (here.is_relative_to(trained) or trained.is_relative_to(here)):
        raise InputError(
            f"{name} = {path}: train writes {TRAINED}, which is deleted before a run; name a copy "
            f"(`cp -r {TRAINED} checkpoints/mine`), or {none} for none"
        )
    if not Path(path).exists():
        raise InputError(f"{name} = {path}: there is nothing of that name; correct it, or {none} for none")


if __name__ == "__main__":
    main()
