"""Events as AWS sends them, and an artifact store in memory."""

from tests.support.functions import codepipeline, context, event, log, pack, scratch, store

__all__ = ["codepipeline", "context", "event", "log", "pack", "scratch", "store"]
