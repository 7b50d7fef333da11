from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline import local
from serverless_pipeline.local import additions
from serverless_pipeline.local.cloudfront import remarks
from serverless_pipeline.local.cloudfront.cache import CACHE
from serverless_pipeline.local.codebuild import service as build_service
from serverless_pipeline.local.codepipeline import remarks as pipeline_remarks
from serverless_pipeline.local.codepipeline.providers.work import Timing
from serverless_pipeline.local.connections import service as connections
from serverless_pipeline.local.functions import report
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.modes import Modes

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

URL = "http://127.0.0.1:4600"


def modules() -> dict[str, Any]:
    """Every module that adds to MiniStack, by its name below this package; CodePipeline's stands for its package."""
    folder = Path(str(local.__file__)).parent
    paths = (path for path in folder.rglob("*.py") if "\ndef install(" in path.read_text())
    names = (".".join(path.relative_to(folder).with_suffix("").parts) for path in paths)
    public = [name.removesuffix(".service") for name in names]
    return {name: importlib.import_module(f"{local.__name__}.{name}") for name in public}


def test_every_addition_is_installed_and_the_root_key_before_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that wrap the same function of MiniStack's depend on their order: caller stands before the root key."""
    installed: list[Any] = []
    additions_there = modules()

    def note(name: str) -> Callable[..., None]:
        return lambda *words, **_: installed.append((name, *words))

    for name, module in additions_there.items():
        monkeypatch.setattr(module, "install", note(name))
    place = Place(Path("/project/.local/tmp"), URL)

    additions.add(place, Modes(eventual=0.5, concurrency=7, codepipeline_timing="look=2"), "AKIA", "secret")

    names = [name for name, *_ in installed]
    assert installed[:21] == [
        ("iam.root_key", "AKIA", "secret", "000000000000"),
        ("s3.account",),
        ("s3.versions",),
        ("iam.sessions",),
        ("gate.handover",),
        ("protocol.dispatch",),
        ("protocol.listings",),
        ("functions.logs",),
        ("functions.pool", place, 7),
        ("functions.layers",),
        ("functions.report", place),
        ("functions.aliases",),
        ("iam.function_actions",),
        ("iam.function_urls",),
        ("iam.condition_keys",),
        ("functions.lost_events", URL),
        ("functions.waiting_events",),
        ("functions.refusals",),
        ("functions.inline_code",),
        ("functions.event_sources",),
        ("iam.deliveries",),
    ]
    assert installed[-19:] == [
        ("cloudformation.addresses", URL),
        ("cloudfront.origin", CACHE),
        ("cloudfront.invalidations", CACHE, 0.5),
        (
            "cloudformation.remarks",
            {
                "AWS::CloudFront::Distribution": remarks.of_distribution,
                "AWS::Lambda::Function": report.difference_of_function,
                "AWS::CodePipeline::Pipeline": pipeline_remarks.of_pipeline,
                "AWS::CodeBuild::Project": build_service.remark,
                "AWS::CodeStarConnections::Connection": connections.sentence,
                "AWS::CodeConnections::Connection": connections.sentence,
            },
        ),
        ("codebuild", place),
        ("connections",),
        ("codepipeline", URL, Timing(look=2)),
        ("cloudformation.caller",),
        ("cloudformation.authority",),
        ("iam.trust",),
        ("cloudformation.eventual", 0.5),
        ("eventual.functions", 0.5),
        ("eventual.deletions", 0.5),
        ("eventual.aliases", 0.5),
        ("eventual.roles", 0.5),
        ("eventual.policies", 0.5),
        ("eventual.buckets", 0.5),
        ("eventual.quotas",),
        ("protocol.failure",),
    ]
    assert sorted(names) == sorted(additions_there)


def test_unless_it_is_asked_for_nothing_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    for name, module in modules().items():
        monkeypatch.setattr(module, "install", lambda *_, name=name, **__: installed.append(name))

    additions.add(Place(Path("/project/.local/tmp"), URL), Modes(), "AKIA", "secret")

    slow = {name for name in modules() if "eventual" in name}
    assert (slow & set(installed), slow | set(installed)) == (set(), set(modules()))
