"""Addresses that a template puts together are those at which this AWS answers.

An ordinary template prints `https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/Prod/`, names of AWS's that do
not resolve to this machine; MiniStack leaves them as they are, or makes names below its own host of them, which do not
resolve either. Here each text that CloudFormation makes of its functions is looked at, wherever it goes: to an output,
an export, a parameter of a nested stack, a variable of a function. If it holds the address of a REST, HTTP or WebSocket
API, a function URL, a website, a bucket or a distribution that is here, the address becomes one below this server's
own. What a template says in plain text, and what is not here, stays; but the address of a template or a stack policy
is read from here, in whichever way it names its bucket.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html,
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html and VirtualHosting.html.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from serverless_pipeline.local import seams, website
from serverless_pipeline.local.cloudfront import viewer

EXECUTE_API = "/_aws/execute-api/"
FUNCTION_URL = "/_aws/lambda-url/"

_PLAIN = {"https": "http", "http": "http", "wss": "ws", "ws": "ws"}
"""The embedded AWS has no certificate."""
_SUFFIX = r"amazonaws\.com(?:\.cn)?"
_END = r"(?![\w.-])"
"""After a host comes a port, a path or the end, but no further label."""


@dataclass(frozen=True)
class Address:
    """A kind of address: how AWS writes it, the path that it has here, and whether what it names is here."""

    pattern: re.Pattern[str]
    path: str
    is_here: Callable[[str], bool]

    @classmethod
    def of(cls, scheme: str, host: str, path: str, is_here: Callable[[str], bool]) -> "Address":
        return cls(re.compile(rf"(?<!\w)(?P<scheme>{scheme})://{host}{_END}"), path, is_here)


def install(url: str) -> None:
    """Look at what the functions of templates make, and at what is to be fetched; `url` is this server."""
    here = urlsplit(url).netloc
    addresses = _addresses(here)
    seams.RESOLVE_REFS.wrap(lambda resolve: answering(resolve, here, addresses))
    seams.RESOLVE_DOCUMENT.wrap(lambda fetch: fetching(fetch, here, addresses))


def answering(resolve: Callable[..., Any], here: str, addresses: tuple[Address, ...]) -> Callable[..., Any]:
    """What a node of a template comes to, with addresses that answer."""

    def resolve_here(value: Any, *others: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        text = resolve(value, *others)
        if not isinstance(value, dict) or not isinstance(text, str) or "://" not in text:
            return text
        return _moved(text, here, addresses)

    return resolve_here


def fetching(fetch: Callable[..., Any], here: str, addresses: tuple[Address, ...]) -> Callable[..., Any]:
    """A document by its address, which MiniStack reads as a bucket and a key."""

    def fetch_here(parameters: Any, body_key: str, url_key: str, label: str) -> Any:  # noqa: ANN401 - as MiniStack's
        url = _moved(str(seams.PARAMETER(parameters, url_key, "") or ""), here, addresses)
        return fetch({**parameters, url_key: [url]} if url else parameters, body_key, url_key, label)

    return fetch_here


def _moved(text: str, here: str, addresses: tuple[Address, ...]) -> str:
    for address in addresses:
        text = _moved_once(text, here, address)
    return text


def _moved_once(text: str, here: str, address: Address) -> str:
    def move(match: re.Match[str]) -> str:
        if not address.is_here(match["name"]):
            return match[0]
        # MiniStack's own address of a WebSocket API does not say what is spoken there.
        scheme = "ws" if match[0].endswith(here) and _is_websocket_api(match["name"]) else _PLAIN[match["scheme"]]
        return f"{scheme}://{here}{address.path}{match['name']}"

    return address.pattern.sub(move, text)


def _addresses(here: str) -> tuple[Address, ...]:
    api = rf"(?P<name>[a-z0-9]+)\.execute-api\.(?:[a-z0-9-]+\.{_SUFFIX}|{re.escape(here)})"
    function = r"(?P<name>[a-z0-9-]+)\.lambda-url\.[a-z0-9-]+\.on\.aws"
    site = rf"(?P<name>[a-z0-9.-]+)\.s3-website[.-][a-z0-9-]+\.{_SUFFIX}"
    bucket = rf"(?P<name>[a-z0-9.-]+)\.s3(?:\.(?:dualstack\.)?[a-z0-9-]+)?\.{_SUFFIX}"
    path = rf"s3(?:\.(?:dualstack\.)?[a-z0-9-]+)?\.{_SUFFIX}/(?P<name>[a-z0-9.-]+)"
    return (
        Address.of("https?|wss?", api, EXECUTE_API, _is_api),
        Address.of("https", function, FUNCTION_URL, _is_function_url),
        Address.of("https?", site, website.PREFIX, _is_bucket),
        Address.of("https?", bucket, "/", _is_bucket),
        Address.of("https?", path, "/", _is_bucket),
        Address.of("https?", r"(?P<name>[a-z0-9]+)\.cloudfront\.net", viewer.PREFIX, _is_distribution),
    )


def _is_api(name: str) -> bool:
    return name in seams.REST_APIS.value or name in seams.HTTP_APIS.value


def _is_websocket_api(name: str) -> bool:
    return bool(seams.HTTP_APIS.value.get(name, {}).get("protocolType") == "WEBSOCKET")


def _is_function_url(name: str) -> bool:
    return seams.RESOLVE_FUNCTION_URL(name) is not None


def _is_distribution(name: str) -> bool:
    return viewer.find(name) is not None


def _is_bucket(name: str) -> bool:
    return name in seams.BUCKETS.value
