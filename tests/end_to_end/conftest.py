"""The embedded AWS that runs for a session of tests, and a shop that is brought up in one of its own."""

from tests.support.embedded import clients
from tests.support.shop import project, shop

__all__ = ["clients", "project", "shop"]
