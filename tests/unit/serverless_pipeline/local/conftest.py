"""A MiniStack that holds only what a test puts there."""

from tests.support.seams import empty_ministack

__all__ = ["empty_ministack"]
