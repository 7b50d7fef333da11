from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from lambdas.dependencies import resolution
from lambdas.dependencies.resolution import Resolution, Unsettled
from lambdas.tasks.project import Place
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., Resolution]

DAY = dt.date(2026, 11, 23)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read `requirements.txt` of a source that has these files."""

    def read(files: dict[str, str], **environment: str) -> Resolution:
        for name, text in files.items():
            path = tmp_path / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Resolution.from_source(Place(tmp_path / "source", tmp_path / "source"), "requirements.txt", environment)

    return read


def test_the_same_requirements_have_the_same_key_whatever_else_the_source_holds(read: Read) -> None:
    first = read({"requirements.txt": "invoke==3.0.3\n", "app/index.py": "1"})

    second = read({"requirements.txt": "invoke==3.0.3\n", "app/index.py": "2"})

    assert first.lasting_key == second.lasting_key


@pytest.mark.parametrize(
    ("changed", "environment"),
    [
        ({"requirements.txt": "-r more.txt\n-c bounds/all.txt\ninvoke==3.0.4\n"}, {}),
        ({"more.txt": "pyyaml==6.0.2\n"}, {}),
        ({"bounds/all.txt": "-r deep.txt\nsix==1.16.0\n"}, {}),
        ({"bounds/deep.txt": "idna==3.19\n"}, {}),
        ({"uv.toml": "no-index = true\n"}, {}),
        ({"pyproject.toml": "[tool.uv]\nno-index = true\n"}, {}),
        ({}, {"UV_INDEX_URL": "https://packages.example.com/simple"}),
        ({}, {"PIP_EXTRA_INDEX_URL": "https://packages.example.com/simple"}),
    ],
)
def test_whatever_changes_the_result_changes_the_key(
    read: Read, changed: dict[str, str], environment: dict[str, str]
) -> None:
    files = {
        "requirements.txt": "-r more.txt\n-c bounds/all.txt\ninvoke==3.0.3\n",
        "more.txt": "pyyaml==6.0.3\n",
        "bounds/all.txt": "-r deep.txt\nsix==1.17.0\n",
        "bounds/deep.txt": "idna==3.20\n",
    }
    before = read(files)

    after = read(files | changed, **environment)

    assert after.lasting_key != before.lasting_key


def test_a_settings_file_that_a_variable_names_counts_with_what_it_holds(read: Read, tmp_path: Path) -> None:
    settings = tmp_path / "uv.toml"
    settings.write_text("")
    before = read({"requirements.txt": ""}, UV_CONFIG_FILE=str(settings))
    settings.write_text("no-index = true\n")

    after = read({"requirements.txt": ""}, UV_CONFIG_FILE=str(settings))

    assert after.lasting_key != before.lasting_key


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        ("platform", "python_version", "3.99.0"),
        ("platform", "python_implementation", "PyPy"),
        ("sysconfig", "get_platform", "linux-other"),
    ],
)
def test_another_python_or_architecture_has_another_key(
    read: Read, monkeypatch: pytest.MonkeyPatch, module: str, name: str, value: str
) -> None:
    before = read({"requirements.txt": ""})
    monkeypatch.setattr(f"{module}.{name}", lambda: value)

    after = read({"requirements.txt": ""})

    assert after.lasting_key != before.lasting_key


def test_another_uv_has_another_key(read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = read({"requirements.txt": ""})
    (tmp_path / "tools.txt").write_text("uv==99.0\n")
    monkeypatch.setattr(resolution, "_TOOLS", tmp_path / "tools.txt")

    after = read({"requirements.txt": ""})

    assert after.lasting_key != before.lasting_key


@pytest.mark.parametrize(
    "line",
    [
        *("-e .", "--editable=./library", ".", "./library", "../library", "/opt/library", "library/wheel.whl"),
        *("greeting-1.0-py3-none-any.whl", "greeting-1.0.tar.gz", "greeting @ file:///opt/greeting.whl"),
        *("greeting-1.0.zip", "greeting-1.0.tgz", "greeting-1.0.tar.bz2", "greeting-1.0.tar.xz", "greeting @"),
        *("greeting @ ./greeting.whl", "--find-links wheels", "-f wheels", "--find-links=/opt/wheels"),
        *("--index-url file:///opt/simple", "-i file:///opt/simple", "-r https://example.com/more.txt"),
        *("-r /etc/hosts", "-r ../outside.txt", "-r missing.txt"),
    ],
)
def test_what_lies_somewhere_by_path_is_not_cached(read: Read, tmp_path: Path, line: str) -> None:
    (tmp_path / "outside.txt").write_text("")

    with pytest.raises(Unsettled):
        read({"requirements.txt": f"invoke==3.0.3\n{line}\n"})


def test_names_are_pinned_by_one_version_and_compared_as_the_index_does(read: Read) -> None:
    resolved = read(
        {
            "requirements.txt": "# tools\nInvoke==3.0.3  # runs tasks\nzope.interface === 7.0 ; python_version > '3'\n"
            "rich[all]>=15\npytest==9.*\nboto3\nsix==1.17.0,<2\njinja2 @ https://example.com/jinja2.whl\n"
            "PyYAML==6.0.3 \\\n    --hash=sha256:00\n-c bounds.txt\n",
            "bounds.txt": "idna==3.20\n",
        }
    )

    assert resolved.pins == {"invoke", "zope-interface", "pyyaml", "idna"}


def test_a_tree_is_settled_if_nothing_in_it_was_left_to_the_index(read: Read, tmp_path: Path) -> None:
    resolved = read({"requirements.txt": "Flask_Admin==2.0\n"})
    (tmp_path / "tree" / "flask_admin-2.0.dist-info").mkdir(parents=True)
    before = resolved.settles(tmp_path / "tree")
    (tmp_path / "tree" / "wtforms-3.0.dist-info").mkdir()

    after = resolved.settles(tmp_path / "tree")

    assert (before, after) == (True, False)


def test_the_key_of_a_day_is_its_own(read: Read) -> None:
    resolved = read({"requirements.txt": "invoke\n"})

    keys = {resolved.lasting_key, resolved.daily_key(DAY), resolved.daily_key(DAY + dt.timedelta(days=1))}

    assert {len(key) for key in keys} == {64}
    assert len(keys) == 3
    assert resolved.daily_key(DAY) == read({"requirements.txt": "invoke\n"}).daily_key(DAY)


def test_a_key_is_the_digest_of_everything_that_decides_about_the_result(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tools.txt").write_text("uv==0.13.9\n")
    (tmp_path / "uv.toml").write_text("native-tls = true\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(resolution, "_TOOLS", tmp_path / "tools.txt")
    monkeypatch.setattr("platform.python_implementation", lambda: "CPython")
    monkeypatch.setattr("platform.python_version", lambda: "3.13.1")
    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", "2.34"))
    monkeypatch.setattr("sysconfig.get_platform", lambda: "linux-x86_64")
    settings = {"UV_CONFIG_FILE": str(tmp_path / "uv.toml"), "PIP_INDEX_URL": "https://index", "UV_NO_CACHE": "uv.toml"}

    resolved = read(
        {"requirements.txt": "-r a/more.txt\n", "a/more.txt": "six\n", "pyproject.toml": "[project]\n"},
        PATH="/bin",
        **settings,
    )

    document = {
        "format": 2,
        "files": {"requirements.txt": sha256("-r a/more.txt\n"), "a/more.txt": sha256("six\n")},
        "settings": settings,
        "settings files": {
            str(tmp_path / "uv.toml"): sha256("native-tls = true\n"),
            str(tmp_path / "tools.txt"): sha256("uv==0.13.9\n"),
        },
        "settings of the source": {"pyproject.toml": sha256("[project]\n")},
        "python": ["CPython", "3.13.1"],
        "platform": ["linux-x86_64", "glibc", "2.34"],
    }
    assert resolved.lasting_key == sha256(json.dumps(document, sort_keys=True))
    assert resolved.daily_key(DAY) == sha256(f"{resolved.lasting_key} 2026-11-23")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_version_of_uv_stands_in_the_requirements_of_the_functions() -> None:
    assert resolution._TOOLS == ROOT / "lambdas" / "requirements.txt"


@pytest.mark.parametrize(
    "line",
    [
        *(
            "invoke",
            "invoke==3.0.3",
            "invoke >= 3, < 4",
            "invoke[extra]>=3",
            "invoke (>=3)",
            "invoke; python_version>'3'",
        ),
        *(
            "invoke @ https://example.com/invoke.whl",
            "invoke@http://example.com/x",
            "invoke @ git+https://example.com/x",
        ),
        *("invoke @ git+ssh://example.com/x", "--index-url https://example.com", "-i http://example.com"),
        *("--extra-index-url=https://example.com", '--find-links "https://example.com"', "-f=https://example.com"),
        *("--pre", "--no-index", "--require-hashes", "invoke==3.0.3 --hash=sha256:00", "-r 'more.txt'", "-c more.txt"),
        *("--requirement more.txt", "--constraint=more.txt", "-rmore.txt", "# a comment", "  ", "invoke # a comment"),
    ],
)
def test_what_an_index_or_an_address_decides_about_is_cached(read: Read, line: str) -> None:
    read({"more.txt": "six\n", "requirements.txt": f"{line}\n"})


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("./library # a comment", "'./library'"),
        ("-f \\\n wheels", "'-f   wheels'"),
        ("-f \\\r\n wheels", "'-f   wheels'"),
    ],
)
def test_the_line_that_is_not_cached_is_told_as_it_was_read(read: Read, line: str, what: str) -> None:
    with pytest.raises(Unsettled, match=f"^{re.escape(what)} does not say what it holds$"):
        read({"requirements.txt": f"invoke\n{line}\n"})


@pytest.mark.parametrize("line", ["-r missing.txt", "-r ../missing.txt", "-r folder.txt"])
def test_a_file_that_is_none_of_the_source_is_named(read: Read, tmp_path: Path, line: str) -> None:
    (tmp_path / "missing.txt").touch()
    (tmp_path / "source" / "folder.txt").mkdir(parents=True)

    with pytest.raises(Unsettled, match=rf"^{line.rpartition('/')[2].removeprefix('-r ')} is no file of the"):
        read({"requirements.txt": line})


def test_a_link_that_leads_out_of_the_source_is_no_file_of_it(read: Read, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("six\n")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "more.txt").symlink_to(tmp_path / "outside.txt")

    with pytest.raises(Unsettled, match=r"^more\.txt is no file of the source$"):
        read({"requirements.txt": "-r more.txt"})


def test_what_is_no_text_is_read_nevertheless(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"six==1.17.0 # \xff\n")

    assert Resolution.from_source(Place(tmp_path, tmp_path), "requirements.txt", {}).pins == {"six"}


def test_files_that_include_each_other_are_read_once(read: Read) -> None:
    resolved = read({"requirements.txt": "-r more.txt\nsix==1.17.0\n", "more.txt": "-r requirements.txt\nidna==3.20\n"})

    assert resolved.pins == {"six", "idna"}


@pytest.mark.parametrize(("text", "is_hashed"), [("six==1.17.0\n", False), ("six==1.17.0 --hash=sha256:00\n", True)])
def test_one_hash_makes_a_file_a_hashed_one(read: Read, text: str, is_hashed: bool) -> None:  # noqa: FBT001 - a table
    assert read({"requirements.txt": text}).is_hashed is is_hashed


@pytest.mark.parametrize("name", ["requirements.txt", "requirements.in"])
def test_a_list_of_requirements_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    Resolution.from_source(Place(tmp_path, tmp_path), name, {})


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements"])
def test_another_kind_of_file_is_not_cached(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    with pytest.raises(Unsettled, match=f"^{name} is no list of requirements$"):
        Resolution.from_source(Place(tmp_path, tmp_path), name, {})


LOCK = """
version = 1

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }

[[package]]
name = "Some.Thing"
version = "1.17.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "fork"
version = "1"
source = { git = "https://example.com/fork?rev=1#0123" }
"""


def locked(folder: Path, text: str = LOCK, setting: str = "api/uv.lock") -> Resolution:
    (folder / "api").mkdir(exist_ok=True)
    (folder / "api" / "uv.lock").write_text(text)
    return Resolution.from_source(Place(folder, folder), setting, {})


def test_a_lock_pins_everything(tmp_path: Path) -> None:
    resolution = locked(tmp_path)

    assert resolution.pins == {"shop", "some-thing", "fork"}
    assert not resolution.is_hashed


def test_a_locks_key_is_of_the_lock_its_project_and_the_groups(tmp_path: Path) -> None:
    first, again = locked(tmp_path), locked(tmp_path)
    others = [locked(tmp_path, f"{LOCK}# changed\n"), locked(tmp_path, setting="api/uv.lock:docs")]
    (tmp_path / "api" / "pyproject.toml").write_text("[project]\n")
    others.append(locked(tmp_path))

    assert first.lasting_key == again.lasting_key
    assert len({first.lasting_key, *(other.lasting_key for other in others)}) == 4


@pytest.mark.parametrize("source", ['{ editable = "libs/sdk" }', '{ directory = "libs/sdk" }', '{ path = "a.whl" }'])
def test_what_lies_in_the_source_settles_no_lock(tmp_path: Path, source: str) -> None:
    text = f'{LOCK}\n[[package]]\nname = "sdk"\nversion = "1"\nsource = {source}\n'

    with pytest.raises(Unsettled, match=r"^sdk lies in the source$"):
        locked(tmp_path, text)


@pytest.mark.parametrize("text", ["[[", "package = 1", "version = 1", '[[package]]\nname = "sdk"\n', "package = [1]"])
def test_a_lock_that_cannot_be_read_settles_nothing(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unsettled, match=r"^api/uv\.lock cannot be read$"):
        locked(tmp_path, text)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be-sig"])
def test_a_file_is_read_by_its_byte_order_mark_as_uv_reads_it(tmp_path: Path, encoding: str) -> None:
    text = "six==1.17.0\r\n"
    content = codecs.BOM_UTF16_BE + text.encode("utf-16-be") if encoding == "utf-16-be-sig" else text.encode(encoding)
    (tmp_path / "requirements.txt").write_bytes(content)

    assert Resolution.from_source(Place(tmp_path, tmp_path), "requirements.txt", {}).pins == {"six"}
