from __future__ import annotations

import io
import os
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import install
import pytest
from ending import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import CodePipeline, Context, Store

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
    event: Callable[..., dict[str, Any]],
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


def test_wrong_parameters_and_artifacts_are_told_together(order: Callable[..., CodePipeline]) -> None:
    codepipeline = order({}, "requirement=x", ["Elsewhere"])

    assert codepipeline.failure == {
        "type": "ConfigurationError",
        "message": "The action is configured wrongly; mend its UserParameters or artifacts:\n"
        "  - requirements is missing in UserParameters\n"
        "  - requirement is no key of this function; it knows requirements\n"
        "  - the action lacks the output artifact DependenciesOutput\n"
        "  - the output artifact Elsewhere is not for this function",
    }


@pytest.mark.parametrize("parameters", ["requirements=app/requirements.txt", "requirements=none.txt"])
def test_nothing_but_the_cache_is_left_behind(
    order: Callable[..., CodePipeline], wheel: bytes, scratch: Path, parameters: str
) -> None:
    order({"app/requirements.txt": HERE, f"wheels/{WHEEL}": wheel}, parameters)

    assert {path.name for path in scratch.iterdir()} <= {"uv-cache", "uv"}


def test_uv_sees_its_own_settings_but_not_who_the_function_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session-token")
    monkeypatch.setenv("PYTHONPATH", "/var/runtime")
    monkeypatch.setenv("UV_INDEX_URL", "https://packages.example.com/simple")

    environment = install._environment()

    assert environment["UV_INDEX_URL"] == "https://packages.example.com/simple"
    assert [name for name in environment if name.startswith(("AWS_", "PYTHON"))] == []


def test_a_uv_that_lost_its_executable_bit_is_run_as_a_copy(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "uv"
    bundled.write_text("#!/bin/sh\n")
    bundled.chmod(0o644)
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(bundled))

    found = install.uv()

    assert found == str(scratch / "uv")
    assert os.access(found, os.X_OK)
    assert install.uv() == found


def test_a_bundle_without_uv_is_told_where_uv_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("no uv in /var/task/bin")

    monkeypatch.setattr("uv.find_uv_bin", nowhere)

    with pytest.raises(JobError, match=r"holds no uv; see lambdas/requirements.txt"):
        install.uv()
