"""A client that nobody answers but the tests."""

from tests.support.offline import clients, codepipeline

__all__ = ["clients", "codepipeline"]
