from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.protocol import listings

KEYS = {"a\x01b": "a%01b", "c/d": "c/d", "new\nline": "new%0Aline", "ü&<>\"'%+ ": "%C3%BC%26%3C%3E%22%27%25%2B%20"}


def listing(key: str) -> bytes:
    root = Element("ListVersionsResult")
    SubElement(root, "Prefix").text = key
    SubElement(root, "KeyMarker").text = key
    SubElement(SubElement(root, "Version"), "Key").text = key
    return tostring(root, encoding="unicode").encode()


@pytest.mark.parametrize("asked", ["url", ["url"]])
@pytest.mark.parametrize(("key", "written"), KEYS.items())
def test_keys_are_written_as_in_addresses(key: str, written: str, asked: Any) -> None:
    answer = listings.encoding(lambda *_: (200, {}, listing(key)))("b", {"encoding-type": asked})

    assert answer[2].decode() == (
        f"<ListVersionsResult><Prefix>{written}</Prefix><KeyMarker>{written}</KeyMarker>"
        f"<Version><Key>{written}</Key></Version><EncodingType>url</EncodingType></ListVersionsResult>"
    )


@pytest.mark.parametrize(("status", "query"), [(200, {}), (404, {"encoding-type": ["url"]})])
def test_any_other_answer_stays(status: int, query: dict[str, Any]) -> None:
    answer = (status, {"a": "b"}, listing("ü"))

    assert listings.encoding(lambda *_: answer)("b", query) == answer


def test_it_stands_in_ministacks_place(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(_list_object_versions=lambda *_: (200, {}, listing("ü")))
    monkeypatch.setattr(seams, "_module", {"services.s3": module}.__getitem__)

    listings.install()

    assert b"%C3%BC" in module._list_object_versions("b", {"encoding-type": "url"})[2]
