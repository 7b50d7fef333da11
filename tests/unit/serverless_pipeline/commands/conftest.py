"""Clients that reach nobody."""

from tests.support.offline import clients, codepipeline

__all__ = ["clients", "codepipeline"]
