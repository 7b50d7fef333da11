"""Whose pipelines: an account and a region, in which a name is one pipeline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """An account, twelve digits, and a region."""

    account: str
    region: str

    def arn(self, name: str) -> str:
        """The ARN of a pipeline."""
        return f"arn:aws:codepipeline:{self.region}:{self.account}:{name}"
