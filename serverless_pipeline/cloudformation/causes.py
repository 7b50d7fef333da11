"""What the well-known reasons of CloudFormation usually mean, and what to do about them.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html and
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """What a reason usually means, and the next command or step."""

    meaning: str
    hint: str


_KNOWN = (
    (
        r"already exists|AlreadyExists|BucketAlreadyOwnedByYou",
        Cause(
            "something of that name is there that this stack did not make, perhaps left by an earlier one",
            "delete it or choose another stack_name, then invoke pipeline.up",
        ),
    ),
    (
        r"MemorySize|less than or equal to 3008",
        Cause(
            "the account's quota of memory per function is reduced, as it is for new accounts",
            "set memory: 3008 or less in invoke.yaml or ask AWS Support for more, then invoke pipeline.up",
        ),
    ),
    (
        r"UnreservedConcurrentExecution|ConcurrentInvocationLimit|ReservedConcurrentExecutions",
        Cause(
            "the account's quota of concurrent executions is reduced, as it is for new accounts",
            "ask for more under Service Quotas (Lambda, concurrent executions), then invoke pipeline.up",
        ),
    ),
    (
        r"BucketNotEmpty|bucket you tried to delete is not empty",
        Cause("something wrote into the bucket while it was being emptied", "invoke pipeline.down"),
    ),
    (
        r"is not authorized to perform|AccessDenied|Access Denied|UnauthorizedOperation",
        Cause(
            "who deploys, or the service role, may not do this",
            "add the action that the reason names to its policy, then type the same command again",
        ),
    ),
    (
        r"cannot be assumed|invalid principal|Invalid principal",
        Cause("a role was not there yet when it was used, or its trust names a stranger", "invoke pipeline.up again"),
    ),
    (
        r"LimitExceeded|limit exceeded|TooMany|quota",
        Cause("a quota of the account is used up", "delete what is not used or ask for more under Service Quotas"),
    ),
    (
        r"Rate exceeded|Throttling|TooManyRequests",
        Cause("the account asks this service more often than it allows", "wait a minute, then invoke pipeline.up"),
    ),
    (
        r"Connection .*(?:PENDING|not available|not in AVAILABLE)",
        Cause(
            "nobody has finished the handshake with GitHub yet",
            "finish it in the console under Developer Tools, Settings, Connections",
        ),
    ),
    (
        r"does not exist|NotFound|not found|No such",
        Cause(
            "something that the template counts on was deleted by hand or never made",
            "invoke pipeline.drift names what is gone; or invoke pipeline.down, then invoke pipeline.up",
        ),
    ),
    (
        r"[Tt]imed out|[Ee]xceeded attempts to wait|did not stabilize",
        Cause("the service took longer than CloudFormation waits", "invoke pipeline.up again"),
    ),
)


def explain(reason: str) -> Cause | None:
    """What a reason usually means; None if it is not one of the well-known."""
    return next((cause for pattern, cause in _KNOWN if re.search(pattern, reason)), None)
