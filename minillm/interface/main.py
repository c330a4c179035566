"""minillm: use the model that `make` has trained.

  minillm generate "La capital de" "El agua es"             continue prompts (or lines of standard input)
  minillm generate --temperature 0 --tokens 20 --stream "El agua es"
  minillm evaluate article.txt other.txt                    perplexity and bits per byte of any text
  minillm evaluate --tokens article.txt                     token by token, surprise in colour on a terminal
  minillm compare checkpoints/best other/checkpoints/best   on the test articles, with an interval
  minillm inspect --rejected 9 --kept 0                     articles beside their source
  minillm export checkpoints/best FOLDER                    for transformers; --format onnx, --format gguf
  minillm serve                                             for OpenAI's clients, and a page to play with
  minillm info                                              size, training, tokenizer, SHA-256

Every command has its own --help. Status: 0; 1 where the input or a file is at fault, said in one line; 2 for
a wrong option; 130 where Ctrl-C ended it. From Python: `from minillm import load` (docs/use.md).
"""

import argparse
import importlib
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from minillm.cores import tell_libraries
from minillm.errors import (
    InputError,
    interrupt_in_one_line,
    is_out_of_memory,
    reason,
    shown_path,
    system_says,
)
from minillm.files import print_any_text

BEST = Path("checkpoints/best")
_MOST_SAID = 300
"""Characters of an error."""
EXAMPLES = {
    "generate": (
        '"La capital de" "El agua es"',
        '--temperature 0 --stream "El agua es"',
        "--json < prompts.txt",
    ),
    "evaluate": ("article.txt other.txt", "--tokens article.txt", "--json - < article.txt"),
    "compare": (
        "checkpoints/best ../other/checkpoints/best",
        "--json checkpoints/best ../other/checkpoints/best article.txt",
    ),
    "inspect": ("--rejected 9 --kept 0 --reason too_short", "--title Teide --lines 0", "--template unidad"),
    "export": ("checkpoints/best FOLDER", "--format gguf --dtype float16 checkpoints/best FOLDER"),
    "serve": ("--port 8080", "--checkpoint modelo-1=checkpoints/best moderno=../other/checkpoints/best"),
    "info": ("", "--json ../other/checkpoints/best"),
}
"""What each command's page of help ends with."""


class _Parser(argparse.ArgumentParser):
    """One whose errors are one line, as those of the stages."""

    def error(self, message: str) -> NoReturn:
        said = " ".join(message.split())
        if len(said) > _MOST_SAID:  # of a value that is a whole text
            said = f"{said[:_MOST_SAID]}…"
        self.exit(2, f"error: {said}; {self.prog} --help shows what there is\n")


def main() -> None:
    """What the program does that was started."""
    interrupt_in_one_line()
    print_any_text()
    tell_libraries()
    if hasattr(signal, "SIGPIPE"):  # `| head` has seen enough: end as every program does
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    run(sys.argv[1:])


def run(words: Sequence[str]) -> None:
    """Run the command that `words` name. Raises SystemExit with an error in one line."""
    parser = make_parser()
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        parser.prog += f" {arguments.command}"  # whose page of help has those that there are
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        # Only the chosen command is imported: most of them take torch, which takes seconds.
        importlib.import_module(f"minillm.interface.{arguments.command}").run(arguments)
    except InputError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        place = "" if error.filename is None else f"{shown_path(error.filename)}: "
        sys.exit(
            f"error: minillm {arguments.command}: {place}{system_says(error)}; see to its permissions and "
            "the room on its disk, or name another place"
        )
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        said = reason(error) or type(error).__name__
        sys.exit(f"error: minillm {arguments.command}: out of memory ({said}); free some, or take less text")


def make_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = _Parser(
        prog="minillm",
        description=(__doc__ or "").replace("%", "%%"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="minillm COMMAND …",
    )
    commands = parser.add_subparsers(
        prog="minillm", dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS
    )
    for add, name, description in (
        (_add_generate, "generate", "Continue prompts."),
        (_add_evaluate, "evaluate", "How probable the model finds texts."),
        (_add_compare, "compare", "Which of two models finds texts likelier."),
        (_add_inspect, "inspect", "Random articles beside their wikitext."),
        (_add_export, "export", "Write a checkpoint for other tools."),
        (_add_serve, "serve", "OpenAI's completions over HTTP, and a page."),
        (_add_info, "info", "What is known of a checkpoint."),
    ):
        examples = "\n".join(
            ["examples:", *(f"  minillm {name} {words}".rstrip() for words in EXAMPLES[name])]
        )
        add(
            commands.add_parser(
                name,
                description=description,
                epilog=examples,
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
        )
    return parser


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prompts", nargs="*", metavar="PROMPT", help="none: each line of standard input is one"
    )
    _add_model(parser, "one that holds checkpoints: what they say together; ")
    parser.add_argument("--tokens", type=int, default=60, help="how many at most (default: %(default)s)")
    parser.add_argument(
        "--temperature", type=float, default=0.8, help="0 takes the likeliest token (default: %(default)s)"
    )
    parser.add_argument(
        "--top-k", type=int, default=50, help="of the k likeliest; 0: all (default: %(default)s)"
    )
    parser.add_argument(
        "--top-p", type=float, default=1.0, help="of those with so much probability together (default: all)"
    )
    parser.add_argument(
        "--min-p", type=float, default=0.0, help="of those so probable beside the likeliest (default: all)"
    )
    parser.add_argument("--repetition-penalty", type=float, default=1.0, metavar="R", help="1: none")
    parser.add_argument(
        "--seed",
        type=int,
        default=42,
        help="of the first prompt; the next has the next (default: %(default)s)",
    )
    parser.add_argument("--stream", action="store_true", help="print each token as it comes")
    _add_json(parser, "a line of JSON for each prompt")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="plain text, UTF-8; - is standard input"
    )
    _add_model(parser)
    parser.add_argument("--tokens", action="store_true", help="each token with its surprise, in bits")
    _add_json(parser)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", type=Path, metavar="A", help="a checkpoint's folder")
    parser.add_argument("second", type=Path, metavar="B", help="another one's")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="texts (default: A's test articles)"
    )
    _add_device(parser)
    _add_json(parser)


def _add_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kept", type=int, default=3, help="how many kept articles (default: %(default)s)")
    parser.add_argument(
        "--rejected", type=int, default=3, help="how many rejected articles (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="another one shows other articles (default: %(default)s)"
    )
    parser.add_argument("--reason", help="only articles rejected for this reason, such as near_duplicate")
    parser.add_argument("--title", help="only the article with this title")
    parser.add_argument("--template", metavar="NAME", help="where this template stands in the wikitext")
    parser.add_argument(
        "--lines", type=int, default=40, help="of each article; 0: all (default: %(default)s)"
    )
    parser.add_argument(
        "--width",
        type=int,
        default=min(shutil.get_terminal_size((120, 40)).columns, 1000),  # COLUMNS may be any number
        help="of both columns (default: the terminal's)",
    )


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, help="such as checkpoints/best")
    parser.add_argument("folder", type=Path, help="is made if it is missing")
    parser.add_argument(
        "--format",
        choices=("transformers", "onnx", "gguf"),
        default="transformers",
        help="onnx: for onnxruntime; gguf: for llama.cpp (default: %(default)s)",
    )
    parser.add_argument(
        "--dtype",
        choices=("float32", "float16", "bfloat16"),
        default="float32",
        help="of the weights in the file (default: %(default)s)",
    )
    _add_tokenizer(parser)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint",
        nargs="+",
        default=[str(BEST)],
        metavar="FOLDER",
        help=f"one or more; clients call each by its folder's name, or NAME=FOLDER (default: {BEST})",
    )
    _add_tokenizer(parser)
    _add_device(parser)
    parser.add_argument(
        "--host", default="127.0.0.1", help="another address lets other computers in (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=8000, help="0: any free one (default: %(default)s)")
    for name, default, what in (
        ("prompt-tokens", 4096, "tokens of a prompt"),
        ("tokens", 1024, "new tokens of a choice"),
        ("seconds", 120, "seconds for a request, waiting included"),
        ("clients", 64, "requests at once; one more is told to come back"),
    ):
        parser.add_argument(
            f"--max-{name}", type=int, default=default, metavar="N", help=f"{what} (default: %(default)s)"
        )


def _add_info(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", nargs="?", type=Path, default=BEST, help="default: %(default)s")
    _add_tokenizer(parser)
    _add_json(parser)


def _add_model(parser: argparse.ArgumentParser, more: str = "") -> None:
    parser.add_argument(
        "--checkpoint", type=Path, default=BEST, metavar="FOLDER", help=f"{more}default: %(default)s"
    )
    _add_tokenizer(parser)
    _add_device(parser)


def _add_tokenizer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tokenizer", type=Path, metavar="FILE", help="its tokenizer.json (default: that of its project)"
    )


def _add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU if there is one"
    )


def _add_json(parser: argparse.ArgumentParser, what: str = "one JSON value") -> None:
    parser.add_argument("--json", action="store_true", help=f"print {what}")
