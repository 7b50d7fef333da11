"""Sessions of roles: for functions, for CodePipeline, and for CloudFormation with a service role.

MiniStack derives a function's session key, secret and token from the function's name and its role, so that whoever
knows the names knows the credentials. Here they are random, as STS's are, and the role's policies decide.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role

LONGEST_NAME = 64
"""Characters of a session's name."""

_of_functions: dict[tuple[str, str], "Session"] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Session:
    """The three parts of the credentials of somebody who acts as a role."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """The three variables from which any SDK reads them."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


def install() -> None:
    """Add one session at a time: MiniStack walks the sessions when it adds one, on whatever thread it is on."""
    lock = threading.Lock()

    def one_at_a_time(register_session: Callable[..., None]) -> Callable[..., None]:
        def register(*session: Any) -> None:  # noqa: ANN401 - MiniStack's own arguments
            with lock:
                register_session(*session)

        return register

    seams.REGISTER_SESSION.wrap(one_at_a_time)


def of_function(config: dict[str, Any]) -> Session:
    """The session of a function's role, from the function's configuration; it is made once for each function and role.

    It does not end, since nobody would renew it.
    """
    function, role_arn = config["FunctionArn"], config.get("Role", "")
    with _lock:
        if (function, role_arn) not in _of_functions:
            _of_functions[function, role_arn] = begin(role_arn, function.split(":")[6][:LONGEST_NAME])
        return _of_functions[function, role_arn]


def begin(role_arn: str, name: str, expiration: float | None = None) -> Session:
    """Make a session of a role, which MiniStack accepts from now on; `expiration` is in seconds since 1970."""
    session = Session(f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_urlsafe(96))
    seams.REGISTER_SESSION(
        session.access_key_id,
        {
            "Arn": role.session_arn(role_arn, name),
            "UserId": f"{role.record(role_arn).get('RoleId')}:{name}",
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
            "AccountId": role.account(role_arn),
            "PrincipalType": "AssumedRole",
            **({"Expiration": expiration} if expiration else {}),
        },
    )
    return session
