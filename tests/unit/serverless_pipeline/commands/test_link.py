from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from serverless_pipeline import aws
from serverless_pipeline.commands import link
from serverless_pipeline.commands.link import Link
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import plan
from serverless_pipeline.settings import S3, Settings

CHOSEN = Settings(stack_name="linked", source=S3())

SECRETIVE = "Parameters: {Word: {Type: String, NoEcho: true}, Size: {Type: Number}}"


def query(address: str) -> dict[str, str]:
    """The query of a link."""
    return {key: value for key, (value,) in parse_qs(address.partition("?")[2].partition("?")[2]).items()}


def test_a_parameter_that_the_template_hides_is_not_in_a_link() -> None:
    assert link._public(SECRETIVE, {"Word": "secret", "Size": "3"}) == {"Size": "3"}


def test_signs_that_would_end_a_value_are_encoded() -> None:
    address = link.address("eu-west-1", "https://b/root.yml", "shop", {"Path": "a b&c=d#e"})

    assert query(address)["param_Path"] == "a b&c=d#e"
    assert "a b" not in address


class There:
    """Clients of an account's region."""

    endpoint = None

    def __init__(self, region: str) -> None:
        self.region = region


@pytest.mark.parametrize(
    ("regions", "addresses"),
    [("", ["https://us-east-1"]), ("us-east-1, eu-west-1,", ["https://us-east-1", "https://eu-west-1"])],
)
def test_each_region_gets_a_link_of_its_own(
    monkeypatch: pytest.MonkeyPatch, regions: str, addresses: list[str]
) -> None:
    here: Any = There("us-east-1")
    monkeypatch.setattr(aws, "connect", lambda settings: There(settings.region))
    monkeypatch.setattr(plan, "make", lambda _, clients: clients.region)
    monkeypatch.setattr(link, "of", lambda planned, clients: Link(f"https://{clients.region}", (), (planned,)))

    links = list(link.publish(replace(CHOSEN, target="aws"), here, regions))

    assert [one.address for one in links] == addresses
    assert [f"https://{one.skipped[0]}" for one in links] == addresses


def test_no_console_looks_at_the_embedded_aws() -> None:
    here: Any = There("us-east-1")
    here.endpoint = object()

    with pytest.raises(Misconfigured, match=r"embedded AWS\.\n  Next: invoke pipeline\.link --target aws"):
        list(link.publish(CHOSEN, here, ""))


def test_a_link_is_data_and_what_was_done_for_it_is_progress(capsys: pytest.CaptureFixture[str]) -> None:
    link.show(Link("https://link", (("Created", "bucket b"), ("Published", "s3://b/k")), ("a look",)))
    link.show_end()

    shown = capsys.readouterr()
    assert shown.out == "https://link\n"
    assert shown.err.splitlines() == [
        "Skipped    a look",
        "Created    bucket b",
        "Published  s3://b/k",
        (
            "Published  what the links need; who opens one acknowledges"
            " CAPABILITY_IAM, CAPABILITY_NAMED_IAM and CAPABILITY_AUTO_EXPAND"
        ),
    ]
