"""A MiniStack that holds only what a test puts there, for tests of the modules that reach for it by seams."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import pytest

from serverless_pipeline.local import seams


@pytest.fixture
def empty_ministack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seams reach for modules without any name; a test puts its own there: `seams.LOG_GROUPS.replace({})`."""
    modules: defaultdict[str, SimpleNamespace] = defaultdict(SimpleNamespace)
    monkeypatch.setattr(seams, "_module", modules.__getitem__)
