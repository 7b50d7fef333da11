"""What a policy of a role allows or forbids counts after a while; IAM tells it at once.

IAM is eventually consistent, and who may do what is decided by what has arrived
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency): until
then a role may do what it might before the request. CloudFormation waits until a policy that it made is known, so this
is about requests. Policies of users and groups count at once, and so do new versions of managed policies.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import roles

Change = Callable[[Mapping[str, Any]], Any]
Gather = Callable[[str, str], Any]

CHANGES = ("PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy")

_before: dict[tuple[str, str], list[tuple[float, Any]]] = {}
"""By account and name of a role: until when it may do what before each of its latest changes, oldest first."""


def install(seconds: float) -> None:
    """Let policies of roles count after as many seconds."""
    _before.clear()
    gather: Gather = seams.GATHER_ROLE_POLICIES.value
    operations = seams.IAM_OPERATIONS.value
    for name in CHANGES:
        operations[name] = noting(operations[name], gather, seconds, time.monotonic)
    seams.GATHER_ROLE_POLICIES.replace(arrived(gather, time.monotonic))


def noting(change: Change, gather: Gather, seconds: float, clock: Callable[[], float]) -> Change:
    """A change of a role's policies; what the role might do before it."""

    def change_noted(parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as MiniStack's
        account, name = roles.named(parameters)
        before = gather(name, account)
        answer = change(parameters)
        if gather(name, account) != before:
            _before.setdefault((account, name), []).append((clock() + seconds, before))
        return answer

    return change_noted


def arrived(gather: Gather, clock: Callable[[], float]) -> Gather:
    """The policies of a role that count by now: those from before the oldest change that has not arrived."""

    def gather_arrived(role_name: str, account: str) -> Any:  # noqa: ANN401 - as MiniStack's
        now, role = clock(), (account, role_name)
        waiting = [entry for entry in _before.get(role, []) if entry[0] > now]
        if not waiting:
            _before.pop(role, None)
            return gather(role_name, account)
        _before[role] = waiting
        return waiting[0][1]

    return gather_arrived
