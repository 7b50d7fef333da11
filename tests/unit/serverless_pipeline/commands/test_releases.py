from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serverless_pipeline.commands import releases as word
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import releases
from serverless_pipeline.project.releases import Release, Site
from serverless_pipeline.settings import Settings

SETTINGS = Settings(stack_name="shop", environments=("Test", "Prod"))
CLIENTS: Any = object()
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TIME = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
DOCS, SHOP = Site("docs", "1"), Site("shop", "1")
BOTH = frozenset({"Docs", "Shop"})
NEWEST = Release("d", "20260102-030405", TIME, {"Docs": DOCS, "Shop": SHOP}, None)
HALF = Release("c", "20260102-020304", TIME - timedelta(minutes=1), {"Docs": DOCS}, BOTH)
NOW = Release("b", COMMIT, TIME - timedelta(hours=1), {"Docs": DOCS, "Shop": SHOP}, BOTH)
OLD = Release("a", "20260101-000000", TIME - timedelta(days=1), {}, frozenset())
HISTORY = [NEWEST, HALF, NOW, OLD]


def entry(release: Release, *, commit: str | None = None, complete: bool = True, current: bool = False) -> Any:
    return {
        "execution": release.execution,
        "version": release.version,
        "commit": commit,
        "time": release.time.isoformat(timespec="milliseconds"),
        "complete": complete,
        "current": current,
    }


DOCUMENT = {
    "environments": [
        {"name": "Test", "releases": []},
        {
            "name": "Prod",
            "releases": [
                entry(NEWEST, complete=False),
                entry(HALF, complete=False),
                entry(NOW, commit=COMMIT, current=True),
                entry(OLD),
            ],
        },
    ]
}


@pytest.fixture(autouse=True)
def _records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases to the last environment: without its stack, half of it, the one in place, and a stack alone."""
    history = {("artifacts", "Test"): [], ("artifacts", "Prod"): HISTORY}
    monkeypatch.setattr(releases, "bucket", lambda settings, _: {"shop": "artifacts"}[settings.stack_name])
    monkeypatch.setattr(releases, "read", lambda _, *place: history[place])
    monkeypatch.setattr(releases, "current", lambda _, some: NOW if some else None)


def test_the_releases_of_all_environments_are_described_in_their_order() -> None:
    assert word.describe(SETTINGS, CLIENTS) == DOCUMENT


def test_the_releases_of_one_environment_are_described_alone() -> None:
    assert word.describe(SETTINGS, CLIENTS, "prod") == {"environments": DOCUMENT["environments"][1:]}


def test_an_environment_that_there_is_not_is_refused_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(releases, "bucket")

    with pytest.raises(Misconfigured, match="--environment: 'Live' must be one of Test, Prod"):
        word.describe(SETTINGS, CLIENTS, "Live")


def test_programs_read_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    word.show(DOCUMENT, "json")

    assert json.loads(capsys.readouterr().out) == DOCUMENT


def test_people_read_a_line_for_each_release(capsys: pytest.CaptureFixture[str]) -> None:
    word.show(DOCUMENT, "text")

    newest, half, now, old = (f"{one.time.astimezone():%Y-%m-%d %H:%M:%S}" for one in HISTORY)
    assert capsys.readouterr().out.splitlines() == [
        "Test",
        "  no release on record yet",
        "Prod",
        f"  d  20260102-030405  {'-':<40}  {newest}  incomplete",
        f"  c  20260102-020304  {'-':<40}  {half}  incomplete",
        f"  b  0123456789ab     {COMMIT}  {now}  current",
        f"  a  20260101-000000  {'-':<40}  {old}",
    ]
