"""`serverless-pipeline init`: say what lies in a folder, write what is missing, say what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.init import advice, files, next_commands, survey
from serverless_pipeline.init.files import Added, Kept, New

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.init.files import File

_MARGIN = " " * 11
"""Below the things that are said."""


def init(folder: Path, template: str = "", *, dry: bool = False) -> None:
    """Give a folder the files that its pipeline needs; `dry` only says which, and prints what would stand in them.

    Raises:
        Misconfigured: there is nothing to deliver, its template cannot be read, or several are as likely.
        Error: a file cannot be written.
    """
    here = survey.look(folder, template)
    for words in here.lines():
        console.say("Found", words)
    wanted = files.wanted(here)
    if all(isinstance(file, Kept) and not file.lacks for file in wanted):
        console.say("Unchanged", f"{folder.absolute()} has all that is needed")
        return
    for file in wanted:
        _settle(folder, file, dry=dry)
    for words in advice.lines(here):
        console.say("Missing", words, style="yellow")
    for command in next_commands.lines(here.place):
        console.say("Next", command)


def _settle(folder: Path, file: File, *, dry: bool) -> None:
    match file:
        case Kept(path, lacks):
            console.say("Kept", f"{path}; add to it by hand:" if lacks else str(path), style="yellow" if lacks else "")
            for line in lacks:
                console.line(_MARGIN, line)
        case New() | Added() if dry:
            console.say("Would", _intention(file))
            console.data(file.text.rstrip("\n") if isinstance(file, New) else "\n".join(file.lines))
        case New() | Added():
            files.write(folder, file)
            console.say("Wrote" if isinstance(file, New) else "Added", _outcome(file))


def _intention(file: New | Added) -> str:
    return f"write {file.path}" if isinstance(file, New) else f"add to {file.path}"


def _outcome(file: New | Added) -> str:
    return str(file.path) if isinstance(file, New) else f"to {file.path}: {' '.join(file.lines)}"
