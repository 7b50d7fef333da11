"""Odd requests by the service models: `null` for members, other types, deep and endless values, junk for JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from botocore.model import OperationModel, ServiceModel

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"
SURROGATE = "\ud800"
VALUES: tuple[Any, ...] = (
    *(None, 5, -1, 0, 1.5, 1e300, 10**30, "x", "", [], {}, [None], {"a": None}, [[]], [{}], True),
    *("\u0000", SURROGATE, "é" * 3, "x" * 300, "a/b", "../..", "arn:aws:", "arn:aws:x:y:z:a:b", "*", "${a}", "#{"),
)
WORDS = (
    "a",
    "a-1",
    "1",
    "arn:aws:iam::000000000000:role/a",
    "11111111-1111-1111-1111-111111111111",
    "{}",
    "[]",
    "null",
)
_INTEGERS = (0, 1, 2, 5, 100, 1000, -1, 2**31, 2**63)
_NUMBERS = (0, 1.5, -1, 1e300)
SCALARS: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "integer": _INTEGERS,
    "long": _INTEGERS,
    "float": _NUMBERS,
    "double": _NUMBERS,
    "timestamp": (0, 1.5, "2020-01-01T00:00:00Z", -1, 1e18),
    "blob": ("", "e30=", "x", "AAAA"),
}
JUNK = (
    *(b"", b"null", b"[]", b'"x"', b"5", b"{", b'{"', b"[" * 5000, b'{"a":' * 5000, b"[" * 200_000),
    *(bytes(range(256)), b'{"name":NaN}', b'{"name":Infinity}', b'{"maxResults":' + b"9" * 5000 + b"}"),
    *(
        b'{"name":"a","name":"b"}',
        b'{"name":"\\ud800"}',
        b'{"\\udfff":1}',
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"\x00",
    ),
    *(b"[" * 90 + b"]" * 90, b"a=b", b"Action=", b"<a/>", b"<?xml version='1.0'?><a>&b;</a>", b"{} {}", b"{}\x00"),
    b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
    b"<a>" * 3000,
)
STREAMS = frozenset(
    {
        *("StartLiveTail", "SubscribeToShard", "GetActivityTask", "StartSyncExecution", "ReceiveMessage"),
        *("ExecuteChangeSet",),
    }
)
"""Operations that answer when something happens."""


@dataclass(frozen=True)
class Odd:
    """A request to sign and send."""

    service: str
    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def requests(random: Random, service: str, count: int) -> Iterator[Odd]:
    """As many requests to a service, each operation about as often."""
    names = [name for name in model(service).operation_names if name not in STREAMS]
    for index in range(count):
        yield request(random, model(service).operation_model(names[index % len(names)]))


def request(random: Random, operation: OperationModel) -> Odd:
    service = operation.service_model
    signing = str(service.metadata.get("signingName") or service.metadata["endpointPrefix"])
    members = value(random, operation.input_shape) if operation.input_shape else {}
    protocol = service.metadata["protocol"]
    path, headers = "/", {}
    body = json.dumps(members).encode()
    if protocol == "json":
        target = f"{service.metadata['targetPrefix']}.{operation.name}"
        headers = {"x-amz-target": target, "content-type": JSON}
    elif protocol in {"query", "smithy-rpc-v2-cbor"}:
        headers = {"content-type": FORM}
        fields = {"Action": operation.name, "Version": service.api_version}
        body = urlencode(fields | dict(flat(members)), errors="replace").encode()
    else:
        path = place(random, operation, members)
        body = body if protocol == "rest-json" else xml(members)
        headers = {"content-type": "application/json" if protocol == "rest-json" else "application/xml"}
    if random.random() < 0.1 and operation.http["method"] not in {"GET", "HEAD"}:
        body = random.choice(JUNK)
    method = operation.http["method"]
    if method in {"GET", "HEAD", "DELETE"}:
        body = b""
    return Odd(signing, f"{service.service_name}:{operation.name}", method, path, headers, body)


def value(random: Random, shape: Any, depth: int = 0) -> Any:
    """A value of a shape, or another in one case of fifteen."""
    if random.random() < 0.07 or depth > 6:
        return random.choice(VALUES)
    if shape.type_name == "structure":
        required = set(shape.required_members)
        return {
            name: value(random, member, depth + 1)
            for name, member in shape.members.items()
            if (name in required and random.random() < 0.95) or random.random() < 0.3
        }
    if shape.type_name == "list":
        return [value(random, shape.member, depth + 1) for _ in range(random.choice((0, 1, 1, 2)))]
    if shape.type_name == "map":
        return {f"k{number}": value(random, shape.value, depth + 1) for number in range(random.choice((0, 1, 2)))}
    return random.choice(SCALARS.get(shape.type_name) or (*shape.metadata.get("enum", ()), *WORDS))


def flat(members: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """As the query protocol writes members: `A.member.1.B`."""
    if isinstance(members, dict):
        for name, item in members.items():
            yield from flat(item, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(members, list):
        for number, item in enumerate(members, start=1):
            yield from flat(item, f"{prefix}.member.{number}")
    else:
        yield prefix or "x", text(members)


def place(random: Random, operation: OperationModel, members: Any) -> str:
    """The path, filled with what the members say or with a word."""
    taken = members if isinstance(members, dict) else {}
    path = operation.http["requestUri"].replace("+}", "}")
    for name in [part.split("}")[0] for part in path.split("{")[1:]]:
        said = taken.get(name) if isinstance(taken.get(name), str) else None
        path = path.replace(
            "{" + name + "}", quote(said or random.choice((*WORDS, "x\u0000", "..")), safe="", errors="replace")
        )
    return str(path)


def xml(members: Any, name: str = "Odd") -> bytes:
    inner = b"".join(xml(item, str(key)) for key, item in members.items()) if isinstance(members, dict) else b""
    if isinstance(members, list):
        return b"".join(xml(item, name) for item in members)
    return b"<%b>%b</%b>" % (name.encode(), inner or text(members).encode("utf-8", "replace"), name.encode())


def text(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item)
