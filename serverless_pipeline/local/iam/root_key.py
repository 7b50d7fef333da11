"""One root key, whose signature is checked.

MiniStack counts several keys as root (the configured one, `test`, any twelve digits, none at all) and never checks
their signatures. Here no key is root by its name: the key of this start is a session of the root principal, signed
like any other, and a request without a key reaches what AWS lets strangers reach: objects that a bucket policy makes
public, and REST APIs without authorization.
"""

from typing import Any

from serverless_pipeline.local import seams

STRANGERS_WELCOME = frozenset({"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "execute-api:Invoke"})


def install(access_key_id: str, secret_access_key: str, account: str) -> None:
    """Make this the only root key."""
    seams.IS_ROOT_ACCESS_KEY.replace(_never)
    seams.ENFORCE.wrap(_strangers_apart)
    session = {
        "Arn": f"arn:aws:iam::{account}:root",
        "UserId": account,
        "AccountId": account,
        "PrincipalType": "Root",
        "SecretAccessKey": secret_access_key,
    }
    seams.REGISTER_SESSION(access_key_id, session)


def _never(_access_key_id: str) -> bool:
    return False


def _strangers_apart(enforce: Any) -> Any:  # noqa: ANN401 - MiniStack is untyped
    """A request without a key or a signature goes on only where the service itself asks a resource policy."""

    def decide(access_key_id: str, iam_action: str, service: str, region: str, **context: Any) -> Any:  # noqa: ANN401
        if not access_key_id and seams.SIGNED_REQUEST.value.get() is None:
            if iam_action in STRANGERS_WELCOME:
                return None
            if service == "s3":
                return seams.AUTH_ERROR("AccessDenied", "Access Denied")
        return enforce(access_key_id, iam_action, service, region, **context)

    return decide
