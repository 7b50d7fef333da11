"""Clients of AWS that answer what a test says; they are made once, and none of them reaches a network."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.stub import Stubber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient


@cache
def session() -> boto3.Session:
    """A session of nobody; the services it has read are not read again."""
    return boto3.Session("AKIDEXAMPLE", "a-secret", region_name="eu-west-1")


@contextmanager
def stubbed(client: BaseClient) -> Iterator[Stubber]:
    """Have a client answer what the test adds; at the end all of it must have been asked for."""
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()
