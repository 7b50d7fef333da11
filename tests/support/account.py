"""An account without AWS: clients that answer well, unless a test says something else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError


def account(**services: Any) -> Any:
    """Clients of an account that answers well, unless something else is said."""
    well = {
        "codepipeline": SimpleNamespace(list_pipelines=lambda **_: {}),
        "connections": SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "AVAILABLE"}}),
        "functions": SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": 1000}}),
        "client": public_access(),
    }
    return SimpleNamespace(endpoint=None, account="123456789012", region="eu-west-1", **(well | services))


def public_access(**blocks: bool) -> Any:
    """Makes the client of S3's own account settings, which block nothing unless something is said."""

    def get_public_access_block(**request: str) -> dict[str, Any]:
        assert request == {"AccountId": "123456789012"}
        if not blocks:
            raise ClientError({"Error": {"Code": "NoSuchPublicAccessBlockConfiguration"}}, "GetPublicAccessBlock")
        return {"PublicAccessBlockConfiguration": blocks}

    clients = {"s3control": SimpleNamespace(get_public_access_block=get_public_access_block)}
    return clients.__getitem__
