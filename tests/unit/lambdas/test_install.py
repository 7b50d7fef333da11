from __future__ import annotations

import contextlib
import re
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from botocore.exceptions import ClientError

from lambdas import install
from lambdas.dependencies import bytecode, uv
from lambdas.dependencies.uv import Installation
from lambdas.execution import storage
from lambdas.job import clients
from lambdas.job.ending import JobError
from tests.support.store import Store, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lambdas.dependencies.resolution import Resolution
    from lambdas.tasks.project import Place
    from tests.support.functions import CodePipeline, Context, Events

REQUIREMENTS = "app/requirements.txt"
OUTPUT = key_of("DependenciesOutput")
DIGEST = re.compile(r"cache/dependencies/([0-9a-f]{64})\.zip")
Order: TypeAlias = Callable[..., "CodePipeline"]


class Uv:
    """A uv that installs the version it was told of each distribution whose name a file holds, and takes 3 seconds."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, bool | None]] = []
        self.is_built = False
        self.error: JobError | None = None

    def install(
        self,
        place: Place,
        requirements: str,
        target: Path,
        deadline: float,
        resolution: Resolution | None = None,
    ) -> Installation:
        assert deadline > 0
        if self.error:
            raise self.error
        self.runs.append((requirements, resolution.is_hashed if resolution else None))
        source = place.project
        target.mkdir()
        for name in re.findall(r"^\w+", (source / requirements).read_text(), re.MULTILINE):
            (target / f"{name}.py").write_text("print()\n")
            (target / f"{name}-1.0.dist-info").mkdir()
            (target / f"{name}-1.0.dist-info" / "METADATA").touch()
        return Installation(3.0, self.is_built)


@pytest.fixture(autouse=True)
def installer(monkeypatch: pytest.MonkeyPatch) -> Uv:
    """A uv that installs at once; compiling takes a second."""

    def add(tree: Path, deadline: float) -> float:
        assert deadline > 0
        (tree / "compiled.pyc").touch()
        return 1.0

    installer = Uv()
    monkeypatch.setattr(uv, "install", installer.install)
    monkeypatch.setattr(bytecode, "add", add)
    monkeypatch.setattr(install, "_today", lambda: date(2026, 11, 23))
    return installer


@pytest.fixture
def order(event: Events, context: type[Context], store: Store, codepipeline: CodePipeline) -> Order:
    """Have the function do its job on a source; the answer is CodePipeline's."""

    def run(
        files: dict[str, str | bytes],
        parameters: str = f"requirements={REQUIREMENTS}",
        outputs: Sequence[str] = ("DependenciesOutput",),
        **data: Any,
    ) -> CodePipeline:
        codepipeline.answers.clear()
        store.put("SourceOutput", files)
        install.handler(event(parameters, ["SourceOutput"], list(outputs), **data), context())
        return codepipeline

    return run


def summary(codepipeline: CodePipeline) -> str:
    return str(codepipeline.answer["executionDetails"]["summary"])


def entries(store: Store) -> set[str]:
    """The entries of the cache."""
    return {match[1] for key in store.objects if (match := DIGEST.fullmatch(key))}


def test_wrong_parameters_and_artifacts_are_told_together(order: Order, installer: Uv) -> None:
    codepipeline = order({}, "requirement=x", ["Elsewhere"])

    assert codepipeline.failure == {
        "type": "ConfigurationError",
        "message": "The action is configured wrongly; mend its UserParameters or artifacts:\n"
        "  - requirements is missing in UserParameters\n"
        "  - requirement is no key of this function; it knows requirements, folder\n"
        "  - the action lacks the output artifact DependenciesOutput\n"
        "  - the output artifact Elsewhere is not for this function",
    }
    assert installer.runs == []


@pytest.mark.usefixtures("store")
def test_an_action_needs_the_source(event: Events, context: type[Context], codepipeline: CodePipeline) -> None:
    install.handler(event(f"requirements={REQUIREMENTS}", ["Other"], ["DependenciesOutput"]), context())

    assert codepipeline.failure["message"].splitlines()[1:] == [
        "  - the action lacks the input artifact SourceOutput",
        "  - the input artifact Other is not for this function",
    ]


def test_what_is_pinned_is_installed_compiled_cached_for_ever_and_delivered(
    order: Order, store: Store, installer: Uv
) -> None:
    codepipeline = order({REQUIREMENTS: "greeting==1.0\n"}, encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"})

    assert summary(codepipeline) == f"{REQUIREMENTS} installed in 4.0 s"
    assert installer.runs == [(REQUIREMENTS, False)]
    assert store.files("DependenciesOutput").keys() == {
        "compiled.pyc",
        "greeting.py",
        "greeting-1.0.dist-info/METADATA",
    }
    [entry] = entries(store)
    assert [(put["Key"], put["SSEKMSKeyId"]) for put in store.puts] == [
        (key, "arn:aws:kms:key")
        for key in (f"cache/dependencies/{entry}.zip", f"cache/dependencies/{entry}.json", OUTPUT)
    ]


def test_unchanged_requirements_come_from_the_cache_and_nothing_is_installed(
    order: Order, store: Store, installer: Uv
) -> None:
    order({REQUIREMENTS: "greeting==1.0\n"})
    first = store.objects.pop(OUTPUT)
    store.calls.clear()
    installer.runs.clear()

    codepipeline = order({REQUIREMENTS: "greeting==1.0\n", "app/index.py": "changed"})

    assert summary(codepipeline) == f"{REQUIREMENTS} from the cache"
    assert installer.runs == []
    assert store.objects[OUTPUT] == first
    assert store.calls == [f"put {OUTPUT}"]


def test_what_was_built_is_kept_for_the_very_source_alone(order: Order, store: Store, installer: Uv) -> None:
    installer.is_built = True
    source: dict[str, str | bytes] = {REQUIREMENTS: "greeting==1.0\n"}

    first = summary(order(source))
    same = summary(order(source))
    another = summary(order(source | {"app/index.py": "changed"}))

    assert first == f"{REQUIREMENTS} installed in 4.0 s; cached for this source alone, since something was built"
    assert same == f"{REQUIREMENTS} from the cache"
    assert another == first
    assert len(entries(store)) == 2


def test_of_what_was_built_in_open_versions_the_cache_is_for_the_day_and_the_source(
    order: Order, installer: Uv, monkeypatch: pytest.MonkeyPatch
) -> None:
    installer.is_built = True

    first, same_day = summary(order({REQUIREMENTS: "greeting\n"})), summary(order({REQUIREMENTS: "greeting\n"}))
    monkeypatch.setattr(install, "_today", lambda: date(2026, 11, 24))
    next_day = summary(order({REQUIREMENTS: "greeting\n"}))

    assert (same_day, next_day) == (f"{REQUIREMENTS} from the cache", first)


def test_the_cache_is_reached_as_the_function_and_never_with_the_jobs_session(
    order: Order, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Store()
    monkeypatch.setattr(clients, "s3", lambda: own)

    order({REQUIREMENTS: "greeting==1.0\n"})

    assert {key.split("/")[0] for key in own.objects} == {"cache"}
    assert [call for call in store.calls if "cache" in call] == []


def test_changed_requirements_are_installed(order: Order, store: Store) -> None:
    order({REQUIREMENTS: "\n"})

    codepipeline = order({REQUIREMENTS: "greeting==1.0\n"})

    assert summary(codepipeline) == f"{REQUIREMENTS} installed in 4.0 s"
    assert "greeting.py" in store.files("DependenciesOutput")


def test_other_settings_of_uv_are_another_entry(order: Order, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    order({REQUIREMENTS: "greeting==1.0\n"})
    monkeypatch.setattr(uv, "environment", lambda: {"UV_INDEX_URL": "https://packages.example.com/simple"})

    codepipeline = order({REQUIREMENTS: "greeting==1.0\n"})

    assert "installed" in summary(codepipeline)
    assert len(entries(store)) == 2


def test_versions_that_are_left_open_are_cached_for_a_day_and_the_summary_says_so(
    order: Order, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = summary(order({REQUIREMENTS: "greeting\n"}))
    same_day = summary(order({REQUIREMENTS: "greeting\n"}))
    monkeypatch.setattr(install, "_today", lambda: date(2026, 11, 24))

    next_day = summary(order({REQUIREMENTS: "greeting\n"}))

    assert first == f"{REQUIREMENTS} installed in 4.0 s; cached for today, since not every version is pinned"
    assert same_day == f"{REQUIREMENTS} from the cache"
    assert next_day == first
    assert len(entries(store)) == 2


def test_today_is_the_day_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    before = datetime.now(UTC).date()

    today = install._today()

    assert before <= today <= datetime.now(UTC).date()


def test_what_lies_in_the_source_is_installed_each_time_and_the_summary_says_why(
    order: Order, store: Store, installer: Uv
) -> None:
    codepipeline = order(
        {REQUIREMENTS: "greeting\n./library\n"}, encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"}
    )

    assert (
        summary(codepipeline)
        == f"{REQUIREMENTS} installed in 3.0 s; not cached: './library' does not say what it holds"
    )
    assert installer.runs == [(REQUIREMENTS, None)]
    assert entries(store) == set()
    assert "greeting.py" in store.files("DependenciesOutput")
    assert [(put["Key"], put["SSEKMSKeyId"]) for put in store.puts] == [(OUTPUT, "arn:aws:kms:key")]


def test_one_hash_asks_for_all_of_them(order: Order, installer: Uv) -> None:
    order({REQUIREMENTS: "greeting==1.0 --hash=sha256:00\n"})

    assert installer.runs == [(REQUIREMENTS, True)]


def test_a_function_without_a_right_to_the_cache_still_delivers(
    order: Order, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**request: Any) -> None:
        if "IfNoneMatch" not in request:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    deliveries: list[dict[str, Any]] = []
    monkeypatch.setattr(store, "put_object", refuse)
    monkeypatch.setattr(
        store,
        "upload_fileobj",
        lambda _body, bucket, key, **options: deliveries.append({"at": (bucket, key), **options}),
    )

    codepipeline = order({REQUIREMENTS: "greeting==1.0\n"}, encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"})

    assert summary(codepipeline) == f"{REQUIREMENTS} installed in 4.0 s"
    [delivery] = deliveries
    assert delivery["at"] == ("artifact-bucket", OUTPUT)
    assert delivery["ExtraArgs"]["SSEKMSKeyId"] == "arn:aws:kms:key"


def test_requirements_that_cannot_be_installed_fail_the_job_and_nothing_is_delivered(
    order: Order, store: Store, installer: Uv
) -> None:
    installer.error = JobError("Installing app/requirements.txt: uv ended with exit code 1")

    codepipeline = order({REQUIREMENTS: "greeting==1.0\n"})

    assert codepipeline.failure == {"type": "JobFailed", "message": str(installer.error)}
    assert store.puts == []


@pytest.mark.parametrize("parameters", [f"requirements={REQUIREMENTS}", "requirements=none.txt"])
def test_nothing_is_left_behind_however_it_ends(order: Order, scratch: Path, parameters: str) -> None:
    order({REQUIREMENTS: "greeting==1.0\n"}, parameters)

    assert list(scratch.iterdir()) == []


def test_the_work_lies_in_a_folder_that_only_the_function_can_enter(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[tuple[str, int]] = []
    make = storage.work

    @contextlib.contextmanager
    def work(prefix: str) -> Iterator[Path]:
        with make(prefix) as folder:
            folders.append((prefix, stat.S_IMODE(folder.stat().st_mode)))
            yield folder

    monkeypatch.setattr(storage, "work", work)

    order({REQUIREMENTS: "greeting==1.0\n"})

    assert folders == [("install-", 0o700)]


def test_the_requirements_of_one_project_of_several_are_those_of_its_folder(order: Order, installer: Uv) -> None:
    codepipeline = order(
        {"api/requirements.txt": "./library\n", "requirements.txt": "other\n"},
        "requirements=requirements.txt&folder=api",
    )

    assert summary(codepipeline).startswith("requirements.txt installed in 3.0 s; not cached: ")
    assert installer.runs == [("requirements.txt", None)]
    assert order({}, "requirements=requirements.txt&folder=api").failure["message"] == (
        "The source has no folder api, in which the project lies; mend the setting `folder`"
    )
