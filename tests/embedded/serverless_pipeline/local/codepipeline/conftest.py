"""A real MiniStack with CodePipeline, and what it takes to make a pipeline of real functions."""

from tests.support.building import builder
from tests.support.codepipeline import approval, invoke, served, world

__all__ = ["approval", "builder", "invoke", "served", "world"]
