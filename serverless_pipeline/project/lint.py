"""What cfn-lint says of the templates; those in which it found nothing are not linted again.

In the environments' template, which may be anybody's, a warning is no obstacle: `pipeline.lint` alone tells it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import marks, templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnlint.rules import Match, Rules

    from serverless_pipeline.project.templates import Templates

_ERROR = "error"
_CHOICES = (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml")


@dataclass(frozen=True)
class Finding:
    """What cfn-lint has to say about a line of a rendered template; `level` is error or warning."""

    template: str
    line: int
    rule: str
    level: str
    message: str
    text: str

    def __str__(self) -> str:
        """Two lines: where and what, then the rendered line."""
        return f"{self.template}:{self.line}  {self.rule}  {self.message}\n    | {self.text.strip()}"


def findings(drawn: Templates) -> list[Finding]:
    """What is in the way: errors and warnings in our templates, errors in the environments' own.

    A project's `.cfnlintrc` counts. Ours are read as for an account: cfn-lint takes an address of the embedded AWS for
    a file (W3002).
    """
    mark = key(drawn)
    if marks.is_set(marks.LINTED, mark):
        return []
    everything = _everything(drawn, mark)
    own = str(drawn.environment.document.path)
    obstacles = [one for one in everything if one.level == _ERROR or one.template != own]
    if not obstacles:
        marks.set_(marks.LINTED, mark)
    return obstacles


def key(drawn: Templates) -> str:
    """What decides about a finding: the templates, cfn-lint, and the project's own choice of rules."""
    texts = drawn.at(templates.ACCOUNT).texts
    choices = [path.read_text() for path in map(Path, _CHOICES) if path.is_file()]
    total = hashlib.sha256(metadata.version("cfn-lint").encode())
    for text in [*texts, *texts.values(), drawn.environment.document.text, *choices]:
        total.update(hashlib.sha256(text.encode()).digest())
    return total.hexdigest()


def check(drawn: Templates) -> int:
    """Refuse templates in which cfn-lint finds something, be it a warning; answers how many it read.

    Raises:
        Misconfigured: names each finding with its rendered line.
    """
    mark = key(drawn)
    if not marks.is_set(marks.SPOTLESS, mark) and (mistakes := _everything(drawn, mark)):
        listed = "\n".join(f"  {finding}" for finding in mistakes)
        number = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise Misconfigured(f"The templates have {number}:\n{listed}", hint="mend them, then invoke pipeline.lint")
    return len(drawn.texts) + 1


def lint(name: str, text: str) -> Iterator[Finding]:
    """What cfn-lint finds in one rendered template, in the order of its lines."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode import decode_str
    from cfnlint.runner import run_template_by_data

    template, matches = decode_str(text)
    if not matches:
        matches = run_template_by_data(template, ConfigMixIn(), _rules())
    lines = text.splitlines()
    for match in sorted(matches, key=lambda match: (match.linenumber, match.rule.id)):
        if match.rule.severity != "informational":
            yield _finding(name, lines, match)


def _everything(drawn: Templates, mark: str) -> list[Finding]:
    """All findings in all templates; that there are none is remembered under the mark."""
    document = drawn.environment.document
    texts = {f"{name}.yml": text for name, text in drawn.at(templates.ACCOUNT).texts.items()}
    texts[str(document.path)] = document.text
    listed = [finding for name, text in texts.items() for finding in lint(name, text)]
    if not listed:
        marks.set_(marks.SPOTLESS, mark)
    return listed


@cache
def _rules() -> Rules:
    """Loading the rules takes longer than linting a template, so it is done once."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn()).rules


def _finding(name: str, lines: list[str], match: Match) -> Finding:
    line = match.linenumber
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return Finding(name, line, match.rule.id, match.rule.severity, match.message, text)
