"""One root key, whose signature is checked.

MiniStack counts several keys as root (the configured one, `test`, any twelve digits, none at all) and never checks
their signatures. Here no key is root by its name: the key of this start is a session of the root principal, signed
like any other, and a request without a key reaches what AWS lets strangers reach: objects that a bucket policy makes
public, and REST APIs without authorization.
"""

from typing import Any

STRANGERS_WELCOME = frozenset({"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "execute-api:Invoke"})


def install(access_key_id: str, secret_access_key: str, account: str) -> None:
    """Make this the only root key; MiniStack's services must not be imported yet, they copy the rule."""
    from ministack.core import iam_evaluator

    iam_evaluator.is_root_access_key = _never
    iam_evaluator.enforce = _strangers_apart(iam_evaluator.enforce)
    from ministack.services import sts

    if sts.is_root_access_key is not _never:
        message = "ministack.services.sts was imported before the root key was set"
        raise RuntimeError(message)
    session = {
        "Arn": f"arn:aws:iam::{account}:root",
        "UserId": account,
        "AccountId": account,
        "PrincipalType": "Root",
        "SecretAccessKey": secret_access_key,
    }
    sts.register_session(access_key_id, session)


def _never(_access_key_id: str) -> bool:
    return False


def _strangers_apart(enforce: Any) -> Any:  # noqa: ANN401 - MiniStack is untyped
    """A request without a key or a signature goes on only where the service itself asks a resource policy."""
    from ministack.core import iam_evaluator

    def decide(access_key_id: str, iam_action: str, service: str, region: str, **context: Any) -> Any:  # noqa: ANN401
        if not access_key_id and iam_evaluator._signed_request.get() is None:  # noqa: SLF001
            if iam_action in STRANGERS_WELCOME:
                return None
            if service == "s3":
                return iam_evaluator.AuthError("AccessDenied", "Access Denied")
        return enforce(access_key_id, iam_action, service, region, **context)

    return decide
