"""The program `serverless-pipeline`: what there is to type before a project has tasks; all else are words of Invoke.

Nothing is imported before its word is known, so that `--help` and a mistake answer at once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "serverless-pipeline"

_WORDS = "All else is a word of Invoke, once a project has its files: invoke --list"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; answers the exit code: https://docs.python.org/3/library/argparse.html."""
    options = _parser().parse_args(arguments)
    from serverless_pipeline.errors import Error, Interrupted

    try:
        _init(options)
    except KeyboardInterrupt:
        return Interrupted.exit_code
    except Error as error:
        print(error, file=sys.stderr)  # noqa: T201 - as Invoke does for its tasks
        return error.exit_code
    return 0


def _init(options: argparse.Namespace) -> None:
    from serverless_pipeline.init import program

    program.init(Path(), options.template, dry=options.dry)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(PROGRAM, description="Continuous delivery without servers.", epilog=_WORDS)
    parser.add_argument("--version", action=_Version)
    words = parser.add_subparsers(title="words", metavar="word", required=True)
    init = words.add_parser(
        "init",
        help="look at this folder and write the files that its pipeline needs; nothing is overwritten",
        description="Look at this folder and write tasks.py, invoke.yaml and what else its pipeline needs. "
        "What is there is kept, and told with what to add to it.",
    )
    init.add_argument("--template", default="", metavar="PATH", help="the template to deliver, where there are several")
    init.add_argument("--dry", action="store_true", help="say what would be written, and write nothing")
    return parser


class _Version(argparse.Action):
    """Look the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="say the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version(PROGRAM)
        except PackageNotFoundError:  # a checkout that nobody installed
            number = "of a checkout"
        print(f"{PROGRAM} {number}")  # noqa: T201 - what was asked for
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
