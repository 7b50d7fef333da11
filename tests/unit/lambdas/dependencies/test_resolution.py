from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from lambdas.dependencies import resolution

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., resolution.Resolution]

DAY = dt.date(2026, 11, 23)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read `requirements.txt` of a source that has these files."""

    def reading(files: dict[str, str], **environment: str) -> resolution.Resolution:
        for name, text in files.items():
            path = tmp_path / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return resolution.read(tmp_path / "source", "requirements.txt", environment)

    return reading


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
        *("greeting @ ./greeting.whl", "--find-links wheels", "-f wheels", "--find-links=/opt/wheels"),
        *("--index-url file:///opt/simple", "-i file:///opt/simple", "-r https://example.com/more.txt"),
        *("-r /etc/hosts", "-r ../outside.txt", "-r missing.txt"),
    ],
)
def test_what_lies_somewhere_by_path_is_not_cached(read: Read, tmp_path: Path, line: str) -> None:
    (tmp_path / "outside.txt").write_text("")

    with pytest.raises(resolution.Unsettled):
        read({"requirements.txt": f"invoke==3.0.3\n{line}\n"})


def test_another_kind_of_file_is_not_cached(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")

    with pytest.raises(resolution.Unsettled, match=r"pyproject.toml is no list of requirements"):
        resolution.read(tmp_path, "pyproject.toml", {})


def test_names_are_pinned_by_one_version_and_compared_as_the_index_does(read: Read) -> None:
    told = read(
        {
            "requirements.txt": "# tools\nInvoke==3.0.3  # runs tasks\nzope.interface === 7.0 ; python_version > '3'\n"
            "rich[all]>=15\npytest==9.*\nboto3\nsix==1.17.0,<2\njinja2 @ https://example.com/jinja2.whl\n"
            "PyYAML==6.0.3 \\\n    --hash=sha256:00\n-c bounds.txt\n",
            "bounds.txt": "idna==3.20\n",
        }
    )

    assert told.pins == {"invoke", "zope-interface", "pyyaml", "idna"}
    assert told.is_hashed


def test_a_tree_is_settled_if_nothing_in_it_was_left_to_the_index(read: Read, tmp_path: Path) -> None:
    told = read({"requirements.txt": "Flask_Admin==2.0\n"})
    (tmp_path / "tree" / "flask_admin-2.0.dist-info").mkdir(parents=True)
    before = told.settles(tmp_path / "tree")
    (tmp_path / "tree" / "wtforms-3.0.dist-info").mkdir()

    after = told.settles(tmp_path / "tree")

    assert (before, after) == (True, False)


def test_the_key_of_a_day_is_its_own(read: Read) -> None:
    told = read({"requirements.txt": "invoke\n"})

    keys = {told.lasting_key, told.daily_key(DAY), told.daily_key(DAY + dt.timedelta(days=1))}

    assert len(keys) == 3
    assert told.daily_key(DAY) == read({"requirements.txt": "invoke\n"}).daily_key(DAY)
