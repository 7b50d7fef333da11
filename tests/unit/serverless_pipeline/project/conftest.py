"""Clients that reach nobody."""

from tests.support.offline import clients

__all__ = ["clients"]
