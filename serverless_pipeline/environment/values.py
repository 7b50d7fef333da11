"""The values of an environment, in a file of CloudFormation's own form for pipelines, or of its command line's.

`{"Parameters": {"Size": "2"}, "Tags": {"Team": "shop"}}`:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html;
`[{"ParameterKey": "Size", "ParameterValue": "2"}]`:
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-stack.html. As YAML, both may be written too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_pipeline.environment import notation, text
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LATER = {"StackPolicy": "a stack's policy is not set by a pipeline yet"}
_FORM = 'it must be {"Parameters": {…}, "Tags": {…}}, or a list of {"ParameterKey": …, "ParameterValue": …}'


@dataclass(frozen=True)
class Values:
    """The values of a stack's parameters, and its tags, as the texts that CloudFormation asks for."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def read(path: Path, root: Path | None = None) -> Values:
    """The values in a file; its path is from `root`, if one is named.

    Raises:
        Misconfigured: there is no such file, it is neither YAML nor JSON, or of another form; tells all that is wrong.
    """
    body = notation.read(text.read(root / path if root else path, str(path)), str(path))
    reading = _Reading()
    match body:
        case dict():
            values = reading.sections(body)
        case list():
            values = Values(reading.pairs(body))
        case _:
            notation.refuse(str(path), _FORM if body is not None else f"it is empty; {_FORM}")
    if reading.mistakes:
        listed = "\n".join(f"  {mistake}" for mistake in reading.mistakes)
        raise Misconfigured(f"{path} is no file of values:\n{listed}", hint=_FORM)
    return values


@dataclass
class _Reading:
    """`mistakes` are all that are found on the way, in words."""

    mistakes: list[str] = field(default_factory=list)

    def sections(self, body: Mapping[str, object]) -> Values:
        for name in body:
            if name not in ("Parameters", "Tags"):
                self.mistakes.append(f"{name}: {_LATER.get(name, 'there is no such section')}")
        return Values(self._section(body, "Parameters"), self._section(body, "Tags"))

    def pairs(self, items: list[object]) -> dict[str, str]:
        """The command line's form."""
        values: dict[str, str] = {}
        for position, item in enumerate(items, 1):
            match item:
                case {"ParameterKey": str(key), "ParameterValue": value, **others} if not others:
                    if key in values:
                        self.mistakes.append(f"{key}: it has two values")
                    values[key] = self._text(key, value)
                case _:
                    self.mistakes.append(f"{position}. item: it must have a ParameterKey and a ParameterValue, no more")
        return values

    def _section(self, body: Mapping[str, object], name: str) -> dict[str, str]:
        match body.get(name, {}):
            case dict(section):
                return {key: self._text(f"{name}.{key}", value) for key, value in section.items()}
        self.mistakes.append(f"{name}: it must map names to values")
        return {}

    def _text(self, where: str, value: object) -> str:
        """A value as CloudFormation takes it; a list is the text of a CommaDelimitedList."""
        match value:
            case bool():
                return str(value).lower()
            case str() | int() | float():
                return str(value)
            case list() if not any(isinstance(item, list) for item in value):
                return ",".join(self._text(where, item) for item in value)
        self.mistakes.append(f"{where}: it must be a text, a number, true, false or a list of them")
        return ""
