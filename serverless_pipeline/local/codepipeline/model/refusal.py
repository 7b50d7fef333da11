"""How CodePipeline says no: a code that names the mistake and a message that names the thing."""

from __future__ import annotations


class Refusal(Exception):
    """One of AWS's exceptions, by its code, such as `PipelineNotFoundException`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
