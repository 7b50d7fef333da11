from __future__ import annotations

import pytest

from serverless_pipeline import tags
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings


def test_tags_are_read_by_key() -> None:
    assert tags.read("Team=shop, Cost Center = 4=2 ,Empty=") == {"Team": "shop", "Cost Center": "4=2", "Empty": ""}


def test_a_map_in_invoke_yaml_is_as_good_as_text() -> None:
    assert Settings.from_config({"tags": {"Team": "shop", "Cost": 42}}).tags == "Team=shop,Cost=42"


def test_the_stacks_own_tag_comes_with_them() -> None:
    assert Settings(stack_name="shop", tags="Team=a").stack_tags == {"Application": "shop", "Team": "a"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Team", "'Team' must be Key=Value"),
        ("aws:team=shop", "'aws:team=shop' must be 1 to 128"),
        ("=shop", "'=shop' must be 1 to 128"),
        ("Team=a*b", "'Team=a*b' must be 1 to 128"),
        ("Team=" + "a" * 257, "must be 1 to 128 and 0 to 256"),
        ("Application=x", "Application is the pipeline's own"),
        ("Team=a,Team=b", "names a key twice"),
        (",".join(f"K{number}=v" for number in range(46)), "46 are more than 45"),
    ],
)
def test_what_aws_would_refuse_is_told(text: str, words: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Settings.from_config({"tags": text})

    assert words in str(caught.value.message)


def test_no_tags_are_no_mistake() -> None:
    assert list(tags.mistakes("")) == []
    assert tags.read("") == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_role", "deployer"),
        ("service_role", "arn:aws:iam::1:role/deployer"),
        ("permissions_boundary", "bounds"),
        ("permissions_boundary", "arn:aws:iam::123456789012:role/bounds"),
    ],
)
def test_what_is_no_arn_of_its_kind_is_told(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=rf"{name}: '{value}' must be the ARN of a"):
        Settings.from_config({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_role", "arn:aws-cn:iam::123456789012:role/team/deployer"),
        ("permissions_boundary", "arn:aws:iam::aws:policy/PowerUserAccess"),
        ("permissions_boundary", "arn:aws:iam::123456789012:policy/team/bounds"),
    ],
)
def test_arns_of_roles_and_policies_are_taken(name: str, value: str) -> None:
    assert getattr(Settings.from_config({name: value}), name) == value
