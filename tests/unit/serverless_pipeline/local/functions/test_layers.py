from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import layers, task_root
from tests.support.lambdas import archived

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("empty_ministack")


def layer(name: str, text: str) -> bytes:
    return archived((f"python/{name}.py", text, stat.S_IFREG | 0o644))


def test_a_function_without_layers_has_no_such_folder(tmp_path: Path) -> None:
    assert layers.lay({}, tmp_path) is None
    assert layers.lay({"Layers": []}, tmp_path) is None
    assert layers.lay({"Layers": None}, tmp_path) is None


def test_layers_lie_one_over_the_other(tmp_path: Path) -> None:
    archives = {"arn:1": layer("shared", "first"), "arn:2": layer("shared", "second"), "arn:3": layer("own", "third")}
    seams.RESOLVE_LAYER_ZIP.replace(archives.get)

    folder = layers.lay({"Layers": [{"Arn": "arn:1"}, "arn:2", {"Arn": "arn:3"}]}, tmp_path)

    assert folder
    assert folder.parent == tmp_path
    assert {path.name: path.read_text() for path in (folder / "python").iterdir()} == {
        "shared.py": "second",
        "own.py": "third",
    }


def test_the_same_layers_are_laid_once_and_another_order_is_another_folder(tmp_path: Path) -> None:
    seams.RESOLVE_LAYER_ZIP.replace({"arn:1": layer("shared", "first"), "arn:2": layer("shared", "second")}.get)

    orders = (["arn:1", "arn:2"], ["arn:1", "arn:2"], ["arn:2", "arn:1"])
    first, again, other = (layers.lay({"Layers": order}, tmp_path) for order in orders)

    assert first == again
    assert first != other


def test_a_layer_that_is_gone_is_named(tmp_path: Path) -> None:
    seams.RESOLVE_LAYER_ZIP.replace(lambda _arn: None)

    with pytest.raises(task_root.Unusable, match="the layer arn:1 is not there"):
        layers.lay({"Layers": [{"Arn": "arn:1"}]}, tmp_path)


def test_a_layer_that_is_no_archive_is_unusable(tmp_path: Path) -> None:
    seams.RESOLVE_LAYER_ZIP.replace(lambda _arn: b"nothing")

    with pytest.raises(task_root.Unusable, match="no zip archive"):
        layers.lay({"Layers": ["arn:1"]}, tmp_path)


REFUSED = (None, "refused")


def resolved(resolution: layers.Resolution) -> layers.Resolution:
    """What is answered for the layer `arn:1` where MiniStack answers so."""

    def resolve(arn: str, spec: str, place: tuple[str, int]) -> layers.Resolution:
        assert (arn, spec, place) == ("arn:1", "spec", ("one", 1))
        return resolution

    return layers.refusing(resolve)("arn:1", "spec", ("one", 1))


def test_a_layer_of_another_account_that_is_held_is_given() -> None:
    seams.RESOLVE_LAYER_ZIP.replace(lambda _arn: b"zip")

    assert resolved(({"Version": 1}, None)) == ({"Version": 1}, None)


def test_one_that_is_refused_stays_refused() -> None:
    seams.RESOLVE_LAYER_ZIP.replace(lambda _arn: b"zip")

    assert resolved(REFUSED) == REFUSED


def test_one_that_would_be_made_up_is_refused_by_name() -> None:
    seams.RESOLVE_LAYER_ZIP.replace(lambda _arn: None)
    seams.ERROR_RESPONSE_JSON.replace(lambda code, message, status: (code, message, status))

    version, (code, message, status) = resolved(({"Version": 1}, None))

    assert (version, code, status) == (None, "AccessDeniedException", 403)
    assert message.startswith(
        "not authorized to perform: lambda:GetLayerVersion on resource: arn:1: "
        "the embedded AWS holds no layers of other accounts; publish it here"
    )
