"""Actions of a pipeline, as a declaration has them."""

from tests.support.codepipeline import approval, invoke, patiently

__all__ = ["approval", "invoke", "patiently"]
