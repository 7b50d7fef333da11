"""An engine that a test moves by hand."""

from tests.support.engine import in_memory

__all__ = ["in_memory"]
