"""Clients that reach nobody."""

from tests.support.offline import clients, cloudformation, codepipeline

__all__ = ["clients", "cloudformation", "codepipeline"]
