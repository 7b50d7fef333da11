"""The embedded AWS that runs for a session of tests."""

from tests.support.embedded import clients

__all__ = ["clients"]
