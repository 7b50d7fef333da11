"""Clients that reach nobody, and a repository of git."""

from tests.support.offline import clients
from tests.support.repository import repository

__all__ = ["clients", "repository"]
