from __future__ import annotations

from collections import defaultdict
from contextvars import ContextVar
from types import SimpleNamespace

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import handover

SIGNED: ContextVar[object] = ContextVar("signed", default="kept")
ANONYMOUS: ContextVar[bool] = ContextVar("anonymous", default=True)
KEY: ContextVar[str] = ContextVar("key", default="")


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    modules: defaultdict[str, SimpleNamespace] = defaultdict(SimpleNamespace)
    monkeypatch.setattr(seams, "_module", modules.__getitem__)
    pinned: list[object] = []
    seams.SIGNED_REQUEST.replace(SIGNED)
    seams.ANONYMOUS.replace(ANONYMOUS)
    seams.VERIFIED_KEY.replace(KEY)
    seams.PIN_SIGNED_REQUEST.replace(lambda *words, **more: pinned.append((words, more)))
    handover.install()
    return pinned


def test_what_the_gate_did_not_check_ministack_keeps_for_its_own_check(pinned: list[object]) -> None:
    seams.PIN_SIGNED_REQUEST("GET", "/", handshake=True)

    assert pinned == [(("GET", "/"), {"handshake": True})]
    assert seams._module("app").pin_signed_request is seams.PIN_SIGNED_REQUEST.value


def test_what_the_gate_checked_is_believed(pinned: list[object]) -> None:
    token = handover.VERIFIED.set("AKIA")

    seams.PIN_SIGNED_REQUEST("GET", "/")

    handover.VERIFIED.reset(token)
    assert pinned == []
    assert (SIGNED.get(), ANONYMOUS.get(), KEY.get()) == (None, False, "AKIA")
