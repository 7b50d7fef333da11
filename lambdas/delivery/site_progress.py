"""How far a delivery is whose files are there, and whose distribution still has to forget what it had of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from lambdas.delivery.order import RELEASE_AGAIN
from lambdas.job.ending import Continued, Misconfigured, Succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.delivery.invalidation import Invalidation

INVALIDATION = "InvalidationId"


@dataclass(frozen=True)
class Progress:
    """What a token carries: the success that waits, and the invalidation; empty while CloudFront takes none."""

    summary: str
    variables: Mapping[str, str]
    invalidation: str = ""

    @classmethod
    def from_success(cls, success: Succeeded) -> Progress:
        return cls(success.summary, success.variables)

    @classmethod
    def from_token(cls, token: str) -> Progress:
        """Read a token.

        Raises:
            Misconfigured: it is none.
        """
        try:
            return cls(**json.loads(token))
        except (ValueError, TypeError):
            raise Misconfigured([f"the continuation token is none of a site's; {RELEASE_AGAIN}"]) from None

    def token(self) -> str:
        return json.dumps(asdict(self))

    def wait(self) -> Continued:
        """The delivery goes on in the next job, which asks once more for an invalidation."""
        return Continued(self.token(), "CloudFront has too many invalidations in progress, this one comes when it can")

    def after(self, invalidation: Invalidation) -> Succeeded | Continued:
        """How the delivery goes on with an invalidation as it is now."""
        if not invalidation.is_complete:
            going_on = replace(self, invalidation=invalidation.id)
            return Continued(going_on.token(), f"CloudFront is working on the invalidation {invalidation.id}")
        return Succeeded(self.summary, {**self.variables, INVALIDATION: invalidation.id})
