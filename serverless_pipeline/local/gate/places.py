"""What a path is for: a service, or something of ours that answers without a signature."""

from __future__ import annotations

from serverless_pipeline.local import website
from serverless_pipeline.local.cloudformation import addresses
from serverless_pipeline.local.cloudfront import viewer

APIS = (addresses.EXECUTE_API, addresses.FUNCTION_URL)
"""Where APIs and function URLs answer, each to whom it lets in itself."""
DATA_PLANES = (*APIS, viewer.PREFIX)
"""And distributions."""
S3_CONTROL = "/v20180820/"
"""Where S3 Control answers, told from S3 by nothing else."""
SITES = website.PREFIX
WEBHOOKS = "/_webhook/"
"""Where a pipeline is started from outside, each webhook by whom it believes itself."""
OURS = "/_"
SOCKETS = addresses.EXECUTE_API
"""Where WebSocket APIs answer."""
