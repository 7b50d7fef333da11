from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from serverless_pipeline.local.functions import lifecycle
from serverless_pipeline.local.functions.lifecycle import CREATE, UPDATE, Block

OLD = {"create-block": "2026-03-01", "update-block": "2026-04-01", "successor": "python3.14"}
CURRENT = {"create-block": "2029-07-31", "update-block": "2029-08-31", "successor": None}
UNTIL_TOLD = {"create-block": None, "update-block": None, "successor": None}
TABLE = {
    "python3.9": OLD,
    "python3.14": CURRENT,
    "nodejs24.x": UNTIL_TOLD,
    "provided.al2023": CURRENT,
    "java25": CURRENT,
    "ruby3.4": CURRENT,
    "ruby2.7": OLD | {"successor": "ruby3.4"},
}
NEWEST = "python3.15"
BETWEEN = date(2026, 3, 15)
NO_LONGER = (
    "The runtime parameter of python3.9 is no longer supported for creating or updating AWS Lambda functions. "
    "We recommend you use a supported runtime (python3.14) while creating or updating functions."
)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small table of runtimes, and one that only botocore knows."""
    monkeypatch.setattr(lifecycle, "_lifecycles", lambda: TABLE)
    monkeypatch.setattr(lifecycle, "_names", lambda: frozenset({NEWEST}))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("block", [CREATE, UPDATE])
@pytest.mark.parametrize("runtime", ["python3.14", "nodejs24.x", "provided.al2023", NEWEST])
def test_what_lambda_offers_and_this_laptop_may_run_is_not_refused(runtime: str, block: Block) -> None:
    assert lifecycle.refusal(runtime, block, BETWEEN) == ""


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("block", "today", "refusal"),
    [
        (CREATE, date(2026, 2, 28), ""),
        (CREATE, date(2026, 3, 1), NO_LONGER),
        (CREATE, date(2026, 12, 24), NO_LONGER),
        (UPDATE, date(2026, 3, 31), ""),
        (UPDATE, date(2026, 4, 1), NO_LONGER),
    ],
)
def test_from_its_day_on_a_runtime_is_not_created_and_later_not_updated(
    block: Block, today: date, refusal: str
) -> None:
    assert lifecycle.refusal("python3.9", block, today) == refusal


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("runtime", ["python3.99", "cobol", "PYTHON3.14", " python3.14", "python"])
def test_a_name_that_lambda_does_not_know_is_refused_with_those_that_can_be_created(runtime: str) -> None:
    refusal = lifecycle.refusal(runtime, CREATE, BETWEEN)

    assert refusal == (
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        "[python3.14, nodejs24.x, provided.al2023, java25, ruby3.4] or be a valid ARN"
    )


@pytest.mark.parametrize(
    ("runtime", "language"),
    [("java25", "Java"), ("dotnet10", ".NET"), ("go2.x", "Go"), ("ruby3.4", "Ruby"), ("rust1", "rust1")],
)
def test_a_language_that_this_laptop_does_not_run_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, runtime: str, language: str
) -> None:
    monkeypatch.setattr(lifecycle, "_lifecycles", lambda: {runtime: CURRENT})

    assert lifecycle.refusal(runtime, CREATE, BETWEEN) == (
        f"The embedded AWS runs Python, Node.js and `provided` functions, and no {language}; the runtime is {runtime}. "
        "Deliver this function to an account, or leave it out here by a condition"
    )


@pytest.mark.usefixtures("table")
def test_what_lambda_no_longer_creates_is_refused_as_lambda_does_whatever_the_language() -> None:
    refusal = lifecycle.refusal("ruby2.7", CREATE, BETWEEN)

    assert refusal == NO_LONGER.replace("python3.9", "ruby2.7").replace("python3.14", "ruby3.4")


def test_the_day_is_todays(monkeypatch: pytest.MonkeyPatch) -> None:
    today = datetime.now(UTC).date()
    blocks = {"ended": today - timedelta(1), "ending": today + timedelta(2)}
    table = {f"python3.{name}": OLD | {"create-block": day.isoformat()} for name, day in blocks.items()}
    monkeypatch.setattr(lifecycle, "_lifecycles", lambda: table)

    refused = [bool(lifecycle.refusal(name, CREATE)) for name in table]

    assert refused == [True, False]


@pytest.mark.parametrize(
    ("runtime", "day", "is_refused"),
    [
        ("python3.6", date(2022, 7, 17), False),
        ("python3.6", date(2022, 7, 18), True),
        ("python3.13", date(2026, 1, 1), False),
        ("nodejs22.x", date(2026, 1, 1), False),
        ("provided.al2023", date(2026, 1, 1), False),
        ("java21", date(2026, 1, 1), True),
        ("python3.5", date(2026, 1, 1), True),
    ],
)
def test_the_days_are_those_of_cfn_lint_and_the_names_botocores(runtime: str, day: date, *, is_refused: bool) -> None:
    assert bool(lifecycle.refusal(runtime, CREATE, day)) == is_refused
