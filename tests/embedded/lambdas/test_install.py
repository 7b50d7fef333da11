"""Real installs by uv, from wheels that need no index; each takes a good part of a second."""

from __future__ import annotations

import hashlib
import io
import stat
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas import install
from lambdas.dependencies import uv
from lambdas.execution import traces
from lambdas.execution.traces import Traces
from lambdas.tasks import process
from tests.support.libraries import library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.support.functions import CodePipeline, Context, Events
    from tests.support.store import Store

WHEEL = "greeting-1.0-py3-none-any.whl"
HERE = f"--no-index\n./wheels/{WHEEL}\n"


@pytest.fixture
def wheel(pack: Callable[..., bytes]) -> bytes:
    """A distribution that needs no index: a module and a command."""
    info = "greeting-1.0.dist-info"
    return pack(
        {
            "greeting.py": "def main():\n    print('hello')\n",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": "[console_scripts]\ngreet = greeting:main\n",
            f"{info}/RECORD": "",
        }
    )


@pytest.fixture
def order(
    event: Events,
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> Callable[..., CodePipeline]:
    """Have the function do its job on a source; the answer is CodePipeline's."""

    def run(
        files: dict[str, str | bytes],
        parameters: str = "requirements=app/requirements.txt",
        outputs: Sequence[str] = ("DependenciesOutput",),
    ) -> CodePipeline:
        store.put("SourceOutput", files)
        install.handler(event(parameters, ["SourceOutput"], list(outputs)), context())
        return codepipeline

    return run


def test_the_requirements_become_an_artifact_with_commands_that_can_be_run(
    order: Callable[..., CodePipeline], store: Store, wheel: bytes
) -> None:
    codepipeline = order({"app/requirements.txt": HERE, f"wheels/{WHEEL}": wheel})

    assert codepipeline.answer["executionDetails"]["summary"].startswith("app/requirements.txt installed in ")
    with zipfile.ZipFile(io.BytesIO(store.objects["dromedary/Dependenci/DependenciesOutput"])) as packed:
        assert {"greeting.py", "bin/greet"} <= set(packed.namelist())
        assert ".lock" not in packed.namelist()
        assert (packed.getinfo("bin/greet").external_attr >> 16) & stat.S_IXUSR


def test_no_requirements_are_an_empty_artifact(order: Callable[..., CodePipeline], store: Store) -> None:
    order({"app/requirements.txt": "# nothing\n"})

    assert store.files("DependenciesOutput") == {}


def test_a_source_without_the_file_is_told_which_setting_names_it(order: Callable[..., CodePipeline]) -> None:
    codepipeline = order({"tasks.py": ""})

    assert "The source has no app/requirements.txt" in codepipeline.failure["message"]
    assert "setting `requirements`" in codepipeline.failure["message"]


def test_requirements_that_cannot_be_resolved_are_told_in_uvs_own_words(order: Callable[..., CodePipeline]) -> None:
    codepipeline = order({"app/requirements.txt": "--no-index\nno-such-thing==9.9\n"})

    message = codepipeline.failure["message"]
    assert message.startswith("Installing app/requirements.txt: uv ended with exit code 1:\n")
    assert "no-such-thing" in message


@pytest.mark.parametrize("parameters", ["requirements=app/requirements.txt", "requirements=none.txt"])
def test_nothing_but_the_cache_is_left_behind(
    order: Callable[..., CodePipeline], wheel: bytes, scratch: Path, parameters: str
) -> None:
    order({"app/requirements.txt": HERE, f"wheels/{WHEEL}": wheel}, parameters)

    assert {path.name for path in scratch.iterdir()} <= {"uv-cache", "uv"}


@pytest.fixture
def index(tmp_path: Path, wheel: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that uv takes for an index."""
    (tmp_path / WHEEL).write_bytes(wheel)
    for name, value in {"UV_FIND_LINKS": str(tmp_path), "UV_NO_INDEX": "1"}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def summary(codepipeline: CodePipeline) -> str:
    return str(codepipeline.answers[-1]["executionDetails"]["summary"])


OUTPUT = "dromedary/Dependenci/DependenciesOutput"


@pytest.mark.usefixtures("index")
def test_unchanged_requirements_come_from_the_cache_and_nothing_is_installed(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order({"app/requirements.txt": "greeting==1.0\n"})
    first = store.objects.pop(OUTPUT)
    store.calls.clear()
    monkeypatch.setattr(uv, "install", None)

    codepipeline = order({"app/requirements.txt": "greeting==1.0\n", "app/index.py": "changed"})

    assert summary(codepipeline) == "app/requirements.txt from the cache"
    assert store.objects[OUTPUT] == first
    assert store.calls == [f"put {OUTPUT}"]


@pytest.mark.usefixtures("index")
def test_what_is_cached_holds_bytecode_and_is_the_same_zip_each_time(
    order: Callable[..., CodePipeline], store: Store
) -> None:
    order({"app/requirements.txt": "greeting==1.0\n"})
    first = store.objects[OUTPUT]
    store.objects.clear()

    order({"app/requirements.txt": "greeting==1.0\n"})

    assert store.objects[OUTPUT] == first
    assert f"__pycache__/greeting.{sys.implementation.cache_tag}.pyc" in store.files("DependenciesOutput")


@pytest.mark.usefixtures("index")
def test_changed_requirements_are_installed(order: Callable[..., CodePipeline], store: Store) -> None:
    order({"app/requirements.txt": "\n"})

    codepipeline = order({"app/requirements.txt": "greeting==1.0\n"})

    assert summary(codepipeline).startswith("app/requirements.txt installed in ")
    assert "greeting.py" in store.files("DependenciesOutput")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("harm", [lambda body: body[:-1], lambda body: body[::-1]], ids=["truncated", "poisoned"])
def test_a_spoilt_entry_is_installed_anew_and_mended(
    order: Callable[..., CodePipeline], store: Store, harm: Callable[[bytes], bytes]
) -> None:
    order({"app/requirements.txt": "greeting==1.0\n"})
    good = store.objects[OUTPUT]
    [entry] = [key for key in store.objects if key.startswith("cache/") and key.endswith(".zip")]
    store.objects[entry] = harm(good)

    first = summary(order({"app/requirements.txt": "greeting==1.0\n"}))
    second = summary(order({"app/requirements.txt": "greeting==1.0\n"}))

    assert first.startswith("app/requirements.txt installed in ")
    assert second == "app/requirements.txt from the cache"
    assert store.objects[OUTPUT] == store.objects[entry] == good


@pytest.mark.usefixtures("index")
def test_versions_that_are_left_open_are_cached_for_a_day_and_the_summary_says_so(
    order: Callable[..., CodePipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "_today", lambda: date(2026, 11, 23))
    first = summary(order({"app/requirements.txt": "greeting\n"}))
    same_day = summary(order({"app/requirements.txt": "greeting\n"}))
    monkeypatch.setattr(install, "_today", lambda: date(2026, 11, 24))

    next_day = summary(order({"app/requirements.txt": "greeting\n"}))

    assert first.endswith(" s; cached for today, since not every version is pinned")
    assert same_day == "app/requirements.txt from the cache"
    assert "installed in" in next_day


def test_what_lies_in_the_source_is_installed_each_time_and_the_summary_says_why(
    order: Callable[..., CodePipeline], store: Store, wheel: bytes
) -> None:
    codepipeline = order({"app/requirements.txt": HERE, f"wheels/{WHEEL}": wheel})

    assert summary(codepipeline).endswith(f" s; not cached: './wheels/{WHEEL}' does not say what it holds")
    assert [key for key in store.objects if key.startswith("cache/")] == []


@pytest.mark.usefixtures("index")
def test_a_session_without_a_right_to_the_cache_still_delivers(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_request: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "HeadObject")

    monkeypatch.setattr(store, "head_object", refuse)

    codepipeline = order({"app/requirements.txt": "greeting==1.0\n"})

    assert summary(codepipeline).startswith("app/requirements.txt installed in ")
    assert "greeting.py" in store.files("DependenciesOutput")


@pytest.mark.usefixtures("index")
def test_a_file_whose_hash_is_right_is_installed(
    order: Callable[..., CodePipeline], wheel: bytes, store: Store
) -> None:
    digest = hashlib.sha256(wheel).hexdigest()

    order({"app/requirements.txt": f"greeting==1.0 \\\n    --hash=sha256:{digest}\n"})

    assert "greeting.py" in store.files("DependenciesOutput")


@pytest.mark.usefixtures("index")
def test_a_file_whose_hash_is_wrong_is_refused_with_both_hashes(
    order: Callable[..., CodePipeline], wheel: bytes, store: Store
) -> None:
    wrong = "0" * 64

    codepipeline = order({"app/requirements.txt": f"greeting==1.0 --hash=sha256:{wrong}\n"})

    message = codepipeline.failure["message"]
    assert "Hash mismatch for `greeting" in message
    assert wrong in message
    assert hashlib.sha256(wheel).hexdigest() in message
    assert [key for key in store.objects if key != "dromedary/SourceOutp/SourceOutput"] == []


@pytest.mark.usefixtures("index")
def test_one_hash_asks_for_all_of_them(order: Callable[..., CodePipeline], wheel: bytes) -> None:
    digest = hashlib.sha256(wheel).hexdigest()

    codepipeline = order({"app/requirements.txt": f"greeting==1.0 --hash=sha256:{digest}\nother==1.0\n"})

    assert "other" in codepipeline.failure["message"]
    assert "hash" in codepipeline.failure["message"]


PROJECT = """
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["plain"]

[dependency-groups]
dev = ["sdk"]

[tool.uv.sources]
plain = { path = "libs/plain" }
sdk = { path = "libs/sdk", editable = true }
"""


@pytest.mark.parametrize(
    ("setting", "files", "installed"),
    [
        (
            "requirements.txt",
            {"requirements.txt": "--no-index\n-e ./libs/sdk\n-r more.txt\n"},
            {"_sdk.pth", "plain.py"},
        ),
        ("pyproject.toml", {"pyproject.toml": PROJECT}, {"plain.py"}),
        ("pyproject.toml:dev", {"pyproject.toml": PROJECT}, {"_sdk.pth", "plain.py"}),
        ("uv.lock", {"pyproject.toml": PROJECT}, {"_sdk.pth", "plain.py"}),
    ],
)
def test_libraries_of_the_source_are_installed_and_editable_ones_stay_there(  # noqa: PLR0913, PLR0917 - a table
    order: Callable[..., CodePipeline],
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    files: dict[str, str],
    installed: set[str],
) -> None:
    monkeypatch.setenv("UV_NO_INDEX", "1")
    source = {**library("sdk"), **library("plain"), "more.txt": "./libs/plain\n", **files}
    if setting == "uv.lock":
        source["uv.lock"] = lock(tmp_path, source)

    order(source, f"requirements={setting}")

    delivered = store.files("DependenciesOutput")
    assert {name for name in delivered if "/" not in name} == installed
    assert delivered.get("_sdk.pth", b"/~source~/libs/sdk/src\n") == b"/~source~/libs/sdk/src\n"


def lock(folder: Path, files: dict[str, str]) -> str:
    """The lock that uv makes of a project."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    subprocess.run([uv.executable(), "lock", "--quiet", "--offline"], cwd=folder, check=True)
    return (folder / "uv.lock").read_text()


BACKEND = """
import os, pathlib, tempfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    cache = pathlib.Path(tempfile.gettempdir()) / "uv-cache"
    for path in cache.rglob("greeting.py"):
        path.write_text("POISON = 1")
    (pathlib.Path(tempfile.gettempdir()) / "uv.toml").write_text("offline = true")
    pathlib.Path(os.environ["RAN"]).touch()
    raise SystemExit("no such thing")

build_wheel = build_editable
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "evil"
version = "1"
"""
EVIL: dict[str, str | bytes] = {"evil/backend.py": BACKEND, "evil/pyproject.toml": PROJECT}
HIDDEN = "greeting==1.0\n# a note that goes on \\\n-e ./evil\n"


@pytest.fixture
def ran(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What exists once code of the source ran; the process is one of Lambda's, and has its own temporary folder."""
    scratch.chmod(0o700)
    monkeypatch.setenv("LAMBDA_TASK_ROOT", "/elsewhere")
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("RAN", str(tmp_path / "ran"))
    monkeypatch.setattr(traces, "HERE", Traces())
    monkeypatch.setattr(traces, "end", lambda _own: None)
    return tmp_path / "ran"


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("requirements", ["greeting==1.0\n./evil\n", "greeting==1.0\n-e ./evil\n", HIDDEN])
def test_what_is_built_reaches_no_cache_that_a_later_job_uses(
    order: Callable[..., CodePipeline], store: Store, scratch: Path, ran: Path, requirements: str
) -> None:
    order({"app/requirements.txt": "greeting==1.0\n", **EVIL})
    clean = store.objects.pop(OUTPUT)
    kept = {key: content for key, content in store.objects.items() if key.startswith("cache/")}
    assert (scratch / "uv-cache").is_dir()
    files = {name.replace("evil/", "app/evil/"): content for name, content in EVIL.items()} | EVIL

    order({"app/requirements.txt": requirements, **files})

    assert ran.exists()
    assert list(scratch.iterdir()) == []
    assert {key: content for key, content in store.objects.items() if key.startswith("cache/")} == kept
    for key in kept:
        del store.objects[key]
    order({"app/requirements.txt": "greeting==1.0\n"})
    assert store.objects[OUTPUT] == clean


@pytest.mark.usefixtures("index")
def test_what_uv_finds_beside_the_lists_is_nothing_of_the_source(
    order: Callable[..., CodePipeline], ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[bool] = []
    run = process.run

    def note(*words: Any, **options: Any) -> process.Result:
        before = ran.exists()
        result = run(*words, **options)
        runs.append(options["runs_code"])
        assert options["runs_code"] or ran.exists() is before
        return result

    monkeypatch.setattr(process, "run", note)
    files = {name.replace("evil/", "app/evil/"): content for name, content in EVIL.items()} | EVIL

    order({"app/requirements.txt": HIDDEN, **files})

    assert runs == [False, True]
    assert ran.exists()


class Index(BaseHTTPRequestHandler):
    """An index of one distribution, which says that all it answers stays true; as a proxy it is any index."""

    wheel = b""

    def do_GET(self) -> None:
        is_wheel = self.path.endswith(".whl")
        body = self.wheel if is_wheel else f'<a href="/{WHEEL}">{WHEEL}</a>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if is_wheel else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public, max-age=31536000, immutable")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


def repacked(wheel: bytes, old: bytes, new: bytes) -> bytes:
    """A wheel in which something is replaced."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as opened, zipfile.ZipFile(sink, "w") as archive:
        for name in opened.namelist():
            archive.writestr(name, opened.read(name).replace(old, new))
    return sink.getvalue()


@contextmanager
def serve(wheel: bytes) -> Iterator[str]:
    """The address of an index that has this wheel."""
    kind = type("Own", (Index,), {"wheel": wheel})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.usefixtures("ran")
@pytest.mark.parametrize("place", ["uv.toml", "pyproject.toml"])
def test_what_a_source_has_fetched_its_own_way_is_in_no_cache_of_later_jobs(
    order: Callable[..., CodePipeline], store: Store, wheel: bytes, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """No code runs: the settings of the source name a proxy, and that is whatever index it likes."""
    for name in ("UV_NO_INDEX", "UV_FIND_LINKS", "no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    poisoned = repacked(wheel, b"hello", b"POISO")
    with serve(wheel) as honest, serve(poisoned) as evil:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"{honest}/simple")
        head = "" if place == "uv.toml" else "[tool.uv]\n"
        order({"app/requirements.txt": "greeting==1.0\n", place: f'{head}http-proxy = "{evil}"\n'})
        assert b"POISO" in store.files("DependenciesOutput")["greeting.py"]

        order({"app/requirements.txt": "greeting==1.0\n"})

    assert b"hello" in store.files("DependenciesOutput")["greeting.py"]
