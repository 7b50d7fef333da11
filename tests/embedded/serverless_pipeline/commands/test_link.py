from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from serverless_pipeline.commands import link
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bucket, plan
from serverless_pipeline.settings import S3, Settings

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

CHOSEN = Settings(stack_name="linked", source=S3(), template="app/environment.yml")


def asked(address: str) -> dict[str, str]:
    """The query of a link."""
    return {key: value for key, (value,) in parse_qs(address.partition("?")[2].partition("?")[2]).items()}


def test_the_link_has_the_published_template_and_every_parameter(clients: Clients) -> None:
    planned = plan.make(CHOSEN, clients)

    shortcut = link.of(planned, clients)

    query = asked(shortcut.address)
    assert shortcut.address.startswith(
        "https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/create/review?"
    )
    assert query.pop("stackName") == "linked"
    key = query.pop("templateURL").partition(f"/{planned.bucket}/")[2]
    published = clients.s3.get_object(Bucket=planned.bucket, Key=key)["Body"].read().decode()
    assert published == planned.templates.root
    assert bucket.head(clients, planned.bucket, planned.bundle.key) is not None
    assert query == {f"param_{name}": value for name, value in planned.values.items() if value}
    assert [verb for verb, _ in shortcut.published] == ["Created", *["Published"] * 5]
    bucket.delete(clients, planned.bucket)


def test_no_console_creates_anything_on_the_embedded_aws(clients: Clients) -> None:
    with pytest.raises(Misconfigured, match=r"embedded AWS\.\n  Next: invoke pipeline\.link --target aws"):
        list(link.publish(CHOSEN, clients, ""))
