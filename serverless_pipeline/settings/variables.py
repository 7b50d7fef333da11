"""What a task finds in its environment: values, and secrets by the place where they are kept.

`secretsmanager:<name>`, `secretsmanager:<name>:<key of its JSON>`, `ssm:<name>`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SERVICES = ("secretsmanager", "ssm")
ADDRESS = "TARGET_URL"
"""What the test task finds anyway: where the site answers that it tests."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_SECRET = re.compile(rf"({'|'.join(SERVICES)}):([\w/+=.@-]+)(?::([\w.-]+))?")


@dataclass(frozen=True)
class Secret:
    """Where a secret is kept; `key` is one of the JSON object that it holds, empty if it is taken whole."""

    service: str
    name: str
    key: str = ""

    @classmethod
    def read(cls, text: str) -> "Secret":
        """Read a place.

        Raises:
            ValueError: it has another form.
        """
        form = _SECRET.fullmatch(text)
        if not form:
            forms = "secretsmanager:NAME, secretsmanager:NAME:KEY or ssm:NAME"
            raise ValueError(f"{text!r} must say where a secret is kept, {forms}")
        service, name, key = form.groups()
        return cls(service, name, key or "")


def mistakes(values: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the variables of a task, in words."""
    for name in (*values, *secrets):
        if not _NAME.fullmatch(name):
            yield f"{name!r} cannot be the name of an environment variable"
    for name in values.keys() & secrets.keys():
        yield f"{name} is there twice, as a value and as a secret"
    for text in secrets.values():
        try:
            Secret.read(text)
        except ValueError as error:
            yield str(error)
