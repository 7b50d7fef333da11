"""The way to AWS: the only place that makes clients, and the only one that knows an endpoint.

::

    clients       Endpoint, Clients, and `connect`, which finds credentials and a region
    refusal       what AWS says when it does not do what is asked, by its codes
    pages         operations that have pages and no paginator
"""

from serverless_pipeline.aws.clients import LOCAL_ACCOUNT, Clients, Endpoint, connect
from serverless_pipeline.aws.pages import pages
from serverless_pipeline.aws.refusal import (
    code,
    failures,
    is_absent,
    is_absent_object,
    is_refused,
    is_throttled,
    misreadings,
    refuses_credentials,
)

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
    "pages",
    "refuses_credentials",
]
