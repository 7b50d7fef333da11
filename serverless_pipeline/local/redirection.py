"""Where the configuration of a website sends requests: all of them, those for a prefix, those that end in an error.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element

NAMESPACES = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}
MOVED_PERMANENTLY = 301


@dataclass(frozen=True)
class Target:
    """Where a request goes; what is empty stays as it was asked for. A prefix may become nothing: None leaves it."""

    host: str = ""
    protocol: str = ""
    status: int = MOVED_PERMANENTLY
    key: str = ""
    prefix: str | None = None

    @classmethod
    def from_element(cls, element: Element) -> "Target":
        """Of a `Redirect` or `RedirectAllRequestsTo`."""
        return cls(
            host=text(element, "HostName"),
            protocol=text(element, "Protocol"),
            status=int(text(element, "HttpRedirectCode") or MOVED_PERMANENTLY),
            key=text(element, "ReplaceKeyWith"),
            prefix=None if _child(element, "ReplaceKeyPrefixWith") is None else text(element, "ReplaceKeyPrefixWith"),
        )

    def address(self, root: str, key: str, asked_prefix: str = "") -> str:
        """The address to go on at; `root` is where the keys of the site itself begin.

        A protocol without a host changes nothing here: a laptop has http alone.
        """
        if self.key:
            key = self.key
        elif self.prefix is not None:
            key = self.prefix + key.removeprefix(asked_prefix)
        return f"{self.protocol or 'http'}://{self.host}/{quote(key)}" if self.host else f"{root}{quote(key)}"


@dataclass(frozen=True)
class Rule:
    """A routing rule: for keys that begin with `prefix`; with a status, only when the request ended in that error."""

    prefix: str
    status: int
    target: Target

    @classmethod
    def from_element(cls, element: Element) -> "Rule":
        """Of a `RoutingRule`."""
        condition, redirect = _child(element, "Condition"), _child(element, "Redirect")
        prefix = "" if condition is None else text(condition, "KeyPrefixEquals")
        status = "" if condition is None else text(condition, "HttpErrorCodeReturnedEquals")
        return cls(prefix, int(status or 0), Target() if redirect is None else Target.from_element(redirect))


def rule_for(rules: Sequence[Rule], key: str, status: int = 0) -> Rule | None:
    """The first rule for a key that ended in an error; without a status, for one that nobody has looked for yet."""
    return next((rule for rule in rules if rule.status == status and key.startswith(rule.prefix)), None)


def rules_of(configuration: Element) -> tuple[Rule, ...]:
    """The routing rules of a website configuration, in their order."""
    rules = configuration.findall("s3:RoutingRules/s3:RoutingRule", NAMESPACES)
    return tuple(Rule.from_element(rule) for rule in rules)


def text(element: Element, path: str) -> str:
    """The text of an element of S3's below another; empty where there is none."""
    return element.findtext("/".join(f"s3:{name}" for name in path.split("/")), "", NAMESPACES)


def _child(element: Element, name: str) -> Element | None:
    return element.find(f"s3:{name}", NAMESPACES)
