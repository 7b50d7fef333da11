"""Where a function finds what: Lambda's own paths in a sandbox, folders of this laptop without one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The folders of the code, of the runtime, of the layers, of what may be written, and of the language's programs.

    `home` is a folder of the function's own where the user has one; in Lambda there is none.
    """

    task: str
    runtime: str
    layers: str
    temporary: str
    programs: str
    home: str | None = None


LAMBDA = Layout("/var/task", "/var/runtime", "/opt", "/tmp", "/var/lang/bin")  # noqa: S108 - of the sandbox
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html."""
