"""Clients that reach nobody."""

from tests.support.offline import clients, cloudformation

__all__ = ["clients", "cloudformation"]
