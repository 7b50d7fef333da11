"""A real MiniStack with CodePipeline, whose roles are enforced."""

from tests.support.codepipeline import approval, invoke, served, world

__all__ = ["approval", "invoke", "served", "world"]
