"""The embedded AWS that runs for a session of tests, and one that takes its time."""

from tests.support.embedded import clients, slow

__all__ = ["clients", "slow"]
