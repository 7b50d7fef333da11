from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from serverless_pipeline import aws
from serverless_pipeline.commands import link
from serverless_pipeline.project import bundle
from serverless_pipeline.settings import S3, Settings

if TYPE_CHECKING:
    import pytest

CHOSEN = Settings(stack_name="linked", source=S3())

SECRETIVE = "Parameters: {Word: {Type: String, NoEcho: true}, Size: {Type: Number}}"


def asked(address: str) -> dict[str, str]:
    """The query of a link."""
    return {key: value for key, (value,) in parse_qs(address.partition("?")[2].partition("?")[2]).items()}


def test_a_parameter_that_the_template_hides_is_not_in_a_link() -> None:
    assert link._public(SECRETIVE, {"Word": "secret", "Size": "3"}) == {"Size": "3"}


def test_signs_that_would_end_a_value_are_encoded() -> None:
    address = link.address("eu-west-1", "https://b/root.yml", "shop", {"Path": "a b&c=d#e"})

    assert asked(address)["param_Path"] == "a b&c=d#e"
    assert "a b" not in address


def test_each_region_gets_a_link_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class There:
        endpoint = None

        def __init__(self, region: str) -> None:
            self.region = region

    here: Any = There("us-east-1")
    monkeypatch.setattr(bundle, "build", lambda _: None)
    monkeypatch.setattr(aws, "connect", lambda settings: There(settings.region))
    monkeypatch.setattr(link, "publish", lambda _, clients, __: f"https://{clients.region}")

    link.show(replace(CHOSEN, target="aws"), here, "us-east-1, eu-west-1")

    assert capsys.readouterr().out.splitlines() == ["https://us-east-1", "https://eu-west-1"]
