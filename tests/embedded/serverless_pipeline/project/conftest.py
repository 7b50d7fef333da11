"""A repository of git."""

from tests.support.repository import repository

__all__ = ["repository"]
