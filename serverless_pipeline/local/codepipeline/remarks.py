"""What of a pipeline or webhook has no effect is said: in the event of its stack, and by `local.status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.providers import absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
    from serverless_pipeline.local.codepipeline.model.store import Store

_stores: list[Store] = []
_UNREGISTERED = (
    "no third party is told of the webhook, since it cannot reach this machine; send what it would send to its URL"
)


def look_at(store: Store) -> None:
    """Look at the pipelines of this store."""
    _stores[:] = [store]


def of_declaration(pipeline: Pipeline) -> Iterator[str]:
    """A sentence for each key of a configuration that its provider goes without, and for each stand-in."""
    for stage in pipeline.stages:
        for action in stage.actions:
            if lacking := absent.find(action.type):
                kind = f"{action.type.category}/{action.type.provider}"
                yield f"{stage.name}/{action.name} does nothing: the embedded AWS lacks {kind}; {lacking.way}"
            provider = providers.find(action.type)
            for ignored in provider.ignored if provider else ():
                if action.configuration.get(ignored.key, ignored.default) not in ("", "false"):
                    yield f"{ignored.key} of {stage.name}/{action.name}: {ignored.sentence}"


def of_pipeline(name: str) -> str:
    """What is to be said of the pipelines or the webhook of a name, in one line; empty if there is nothing."""
    return "; ".join(dict.fromkeys(sentence for one, sentence in _sentences() if one == name))


def document() -> str:
    """`["NAME: a sentence", …]`, for every pipeline and webhook."""
    return json.dumps([f"{name}: {sentence}" for name, sentence in _sentences()])


def _sentences() -> Iterator[tuple[str, str]]:
    for store in _stores:
        with store.lock:
            pipelines = [record.pipeline for record in store.pipelines.values()]
            webhooks = [webhook.name for webhook in store.webhooks.values() if webhook.registered]
        yield from ((pipeline.name, sentence) for pipeline in pipelines for sentence in of_declaration(pipeline))
        yield from ((name, _UNREGISTERED) for name in webhooks)
