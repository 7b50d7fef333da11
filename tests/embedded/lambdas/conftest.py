"""Artifacts and functions in the embedded AWS, real but small."""

from tests.support.artifacts import output, session
from tests.support.functions import codepipeline, context, event, pack, scratch, store
from tests.support.lambdas import ask, bucket, invoke, make, role
from tests.support.sites import deploy_site, site

__all__ = [
    "ask",
    "bucket",
    "codepipeline",
    "context",
    "deploy_site",
    "event",
    "invoke",
    "make",
    "output",
    "pack",
    "role",
    "scratch",
    "session",
    "site",
    "store",
]
