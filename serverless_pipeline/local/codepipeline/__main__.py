"""What is imitated of CodePipeline, as a page: docs/embedded-aws.md is what this prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.providers import absent
from serverless_pipeline.local.codepipeline.wire import boundary, shapes
from serverless_pipeline.local.codepipeline.wire.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
# What the embedded AWS has of CodePipeline

Made from the code by `python -m serverless_pipeline.local.codepipeline`; a test holds it against the service model.
What is not done is refused by name, or said in the event of the stack and by `invoke local.status`.
AWS's own rules come first: what AWS would refuse is refused in its words.
`UpdateActionType` makes a type of the owner ThirdParty known, which AWS itself does for its partners.
The client token of a third party's job is the value of `ClientToken` in the configuration of its action.
"""


def page() -> str:
    """The page, in Markdown."""
    return "\n".join([HEAD, *_operations(), "", *_members(), "", *_providers()]) + "\n"


def _operations() -> Iterator[str]:
    every = sorted(shapes.operations())
    yield f"## Operations: {len(OPERATIONS)} of {len(every)}"
    yield from ("", "| operation | |", "| --- | --- |")
    for name in every:
        yield f"| `{name}` | {'done' if name in OPERATIONS else 'refused: `UnknownOperationException`'} |"


def _members() -> Iterator[str]:
    yield from ("## Members that are refused", "")
    yield "Every other member of the operations that are done, and every other property of the resource, is done."
    yield from ("", "| member | instead |", "| --- | --- |")
    yield from (f"| `{member}` | {way} |" for member, way in boundary.REFUSED.items())
    for name, provider in zip(providers.names(), providers.PROVIDERS.values(), strict=True):
        yield from (f"| {name} `{one.key}` `{one.value}` | {one.way} |" for one in provider.refused)


def _providers() -> Iterator[str]:
    yield from ("## Providers", "", "| provider | configuration | without effect |", "| --- | --- | --- |")
    for name, provider in zip(providers.names(), providers.PROVIDERS.values(), strict=True):
        keys = ", ".join(f"`{key}`" for key in (*provider.required, *provider.optional))
        ignored = "; ".join(f"`{one.key}`: {one.sentence}" for one in provider.ignored)
        yield f"| {name} | {keys} | {ignored} |"
    yield from (
        "",
        "Those that are refused when a pipeline is declared, unless `local_stub_providers` lets them do nothing:",
        "",
        "| provider | instead |",
        "| --- | --- |",
    )
    yield from (f"| {name} | {way} |" for name, way in absent.names().items())


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the page is what is asked for
