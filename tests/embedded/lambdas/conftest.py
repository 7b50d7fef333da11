"""Events as AWS sends them, functions and roles that are real but small."""

from tests.support.functions import codepipeline, context, event, output, pack, scratch, session, store
from tests.support.lambdas import ask, bucket, invoke, make, role

__all__ = [
    "ask",
    "bucket",
    "codepipeline",
    "context",
    "event",
    "invoke",
    "make",
    "output",
    "pack",
    "role",
    "scratch",
    "session",
    "store",
]
