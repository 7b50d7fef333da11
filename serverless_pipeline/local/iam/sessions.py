"""A function's credentials cannot be guessed.

MiniStack derives a function's session key, secret and token from the function's name and its role, so that whoever
knows the names knows the credentials. Here they are random, made once for each function and role, and as on AWS they
are a session of the role, so the role's policies decide.
"""

import secrets
import threading
from typing import Any

from serverless_pipeline.local import seams

LONGEST_NAME = 64
"""Characters of a session's name."""

_sessions: dict[tuple[str, str], dict[str, str]] = {}
_lock = threading.Lock()


def credentials(config: dict[str, Any]) -> dict[str, str]:
    """The three variables of a function's role, from the function's configuration."""
    function, role = config["FunctionArn"], config.get("Role", "")
    with _lock:
        if (function, role) not in _sessions:
            _sessions[function, role] = register(role, function.split(":")[6][:LONGEST_NAME])
        return _sessions[function, role]


def register(role: str, session_name: str) -> dict[str, str]:
    """Make a session of a role; answers the three variables of it."""
    account, name = role.split(":")[4], role.rsplit("/", 1)[-1]
    access_key_id, secret, token = (
        f"ASIA{secrets.token_hex(8).upper()}",
        secrets.token_urlsafe(30),
        secrets.token_hex(64),
    )
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
        "UserId": f"{name}:{session_name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    seams.REGISTER_SESSION(access_key_id, session)
    return {"AWS_ACCESS_KEY_ID": access_key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}
