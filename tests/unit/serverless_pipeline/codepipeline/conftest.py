"""Clients that reach nobody."""

from tests.support.offline import clients, codepipeline, logs

__all__ = ["clients", "codepipeline", "logs"]
