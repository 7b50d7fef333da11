"""A real MiniStack with CodePipeline, whose roles are enforced."""

from tests.support.codepipeline import approval, invoke, patiently, served, world

__all__ = ["approval", "invoke", "patiently", "served", "world"]
