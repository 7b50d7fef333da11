"""The way to AWS: the only place that makes clients, and the only one that knows an endpoint.

::

    session       Endpoint, and sessions: there, or with the credentials and the region that lead to an account
    models        the models of services, looked for one by one
    clients       Clients, and `connect`, which opens a session for them
    transfer      a file on its way to S3
    clock         how far this machine's clock is off
    refusal       what AWS says when it does not do what is asked, by its codes, and in words
    pages         page after page, as long as AWS goes on
"""

from serverless_pipeline.aws.clients import Clients, connect
from serverless_pipeline.aws.pages import moving, pages
from serverless_pipeline.aws.refusal import (
    code,
    failures,
    is_absent,
    is_absent_object,
    is_refused,
    is_throttled,
    misreadings,
    refuses_credentials,
    words,
)
from serverless_pipeline.aws.session import LOCAL_ACCOUNT, Endpoint
from serverless_pipeline.aws.transfer import upload

__all__ = [
    "LOCAL_ACCOUNT",
    "Clients",
    "Endpoint",
    "code",
    "connect",
    "failures",
    "is_absent",
    "is_absent_object",
    "is_refused",
    "is_throttled",
    "misreadings",
    "moving",
    "pages",
    "refuses_credentials",
    "upload",
    "words",
]
