"""What `make` says before `dvc repro` of a dump or files that are not there, or lie where they do harm.

DVC looks at a stage's dependencies before the stage can say a word, and says `[Errno 2]`.
"""

import sys
from pathlib import Path

from minillm.errors import InputError
from minillm.own.finding import find_files
from minillm.params import read_params
from minillm.wikipedia.place import check_place, check_there

PARAMS = Path("params.yaml")


def main() -> None:
    """Exit with one line if the pipeline cannot begin."""
    try:
        extract = read_params(PARAMS).extract
        if extract.source == "dump" and not extract.dump_url:
            check_there(Path(extract.dump))
            check_place(Path(extract.dump), "extract.dump")
        elif extract.source == "files":
            find_files(Path(extract.files), extract.glob)
            check_place(Path(extract.files), "extract.files")
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
