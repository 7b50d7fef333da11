from pathlib import Path

import pytest

from serverless_pipeline import assets
from serverless_pipeline.errors import Error


def test_in_a_checkout_the_assets_lie_beside_the_package() -> None:
    root = Path(__file__).parents[1]

    assert assets.templates() == root / "cfn"
    assert assets.functions() == root / "lambdas"


def test_in_a_wheel_the_assets_lie_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "serverless_pipeline"
    (package / "cfn").mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", package)

    assert assets.templates() == package / "cfn"


def test_assets_that_are_missing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path / "serverless_pipeline")

    with pytest.raises(Error, match=r"folder cfn is missing[\s\S]*install serverless-pipeline"):
        assets.templates()
