from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from serverless_pipeline.commands import link
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bucket, bundle
from serverless_pipeline.project import plan as blueprint
from serverless_pipeline.settings import S3, Settings

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

CHOSEN = Settings(stack_name="linked", source=S3())


def asked(address: str) -> dict[str, str]:
    """The query of a link."""
    return {key: value for key, (value,) in parse_qs(address.partition("?")[2].partition("?")[2]).items()}


def test_the_link_has_the_published_template_and_every_parameter(clients: Clients) -> None:
    built = bundle.build(CHOSEN)

    address = link.publish(CHOSEN, clients, built)

    plan = blueprint.draw(CHOSEN, clients)
    values = blueprint.parameters(CHOSEN, clients, plan, built)
    given = asked(address)
    assert address.startswith(
        "https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/create/review?"
    )
    assert given.pop("stackName") == "linked"
    key = given.pop("templateURL").partition(f"/{plan.bucket}/")[2]
    assert clients.s3.get_object(Bucket=plan.bucket, Key=key)["Body"].read().decode() == plan.root
    assert bucket.head(clients, plan.bucket, blueprint.bundle_key(built)) is not None
    assert given == {f"param_{name}": value for name, value in values.items() if value}
    bucket.delete(clients, plan.bucket)


def test_no_console_creates_anything_on_the_embedded_aws(clients: Clients) -> None:
    with pytest.raises(Misconfigured, match=r"embedded AWS\.\n  Next: invoke pipeline\.link --target aws"):
        link.show(CHOSEN, clients, "")
