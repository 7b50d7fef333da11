from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from serverless_pipeline.local import redirection
from serverless_pipeline.local.redirection import Rule, Target

ROOT = "/_website/site/"


def element(text: str) -> Element:
    return fromstring(f'<Root xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{text}</Root>')  # noqa: S314 - ours


@pytest.mark.parametrize(
    ("target", "key", "address"),
    [
        (Target(), "a/ü b", "/_website/site/a/%C3%BC%20b"),
        (Target(protocol="https"), "a", "/_website/site/a"),
        (Target("example.com"), "a", "http://example.com/a"),
        (Target("example.com", "https"), "a", "https://example.com/a"),
        (Target(key="x.html"), "docs/a", "/_website/site/x.html"),
        (Target(prefix="new/"), "docs/a", "/_website/site/new/a"),
        (Target(prefix=""), "docs/a", "/_website/site/a"),
        (Target("example.com", prefix="report-404/"), "a", "http://example.com/report-404/a"),
    ],
)
def test_an_address_is_what_was_asked_for_with_what_is_replaced(target: Target, key: str, address: str) -> None:
    assert target.address(ROOT, key, "docs/") == address


def test_a_target_is_read_whole() -> None:
    texts = {
        "HostName": "example.com",
        "Protocol": "https",
        "HttpRedirectCode": "307",
        "ReplaceKeyWith": "a",
        "ReplaceKeyPrefixWith": "b",
    }
    target = element("".join(f"<{name}>{text}</{name}>" for name, text in texts.items()))

    assert Target.from_element(target) == Target("example.com", "https", 307, "a", "b")


def test_a_target_without_anything_moves_permanently() -> None:
    assert Target.from_element(element("")) == Target("", "", 301, "", None)


def test_a_prefix_may_become_nothing() -> None:
    assert Target.from_element(element("<ReplaceKeyPrefixWith/>")).prefix == ""


def test_the_rules_are_read_in_their_order() -> None:
    first = "<Condition><KeyPrefixEquals>a</KeyPrefixEquals></Condition><Redirect><HostName>h</HostName></Redirect>"
    second = "<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect/>"
    rules = "".join(f"<RoutingRule>{rule}</RoutingRule>" for rule in (first, second, "<Redirect/>", ""))

    assert redirection.rules_of(element(f"<RoutingRules>{rules}</RoutingRules>")) == (
        Rule("a", 0, Target("h")),
        Rule("", 404, Target()),
        Rule("", 0, Target()),
        Rule("", 0, Target()),
    )


def test_the_first_rule_that_fits_counts() -> None:
    rules = [Rule("a/", 0, Target("1")), Rule("a/b", 0, Target("2")), Rule("", 404, Target("3"))]

    assert redirection.rule_for(rules, "a/b") == rules[0]
    assert redirection.rule_for(rules, "b") is None
    assert redirection.rule_for(rules, "a/b", 404) == rules[2]
    assert redirection.rule_for(rules, "a/b", 403) is None
