"""The ASGI application: our own addresses first, then MiniStack's.

MiniStack has addresses that take no credentials and change or show everything (`/_ministack/reset`, queued messages,
code downloads). Any process of this machine could call them, so all that starts with an underscore is shut but our
own, which only tell, and tell no other user of this machine more than that the server is well. Who comes so far has
passed the gate.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator

from serverless_pipeline.local import astray, website
from serverless_pipeline.local.client import health
from serverless_pipeline.local.cloudformation import addresses, caller
from serverless_pipeline.local.cloudfront import viewer
from serverless_pipeline.local.functions import peers, report
from serverless_pipeline.local.gate import gate, places
from serverless_pipeline.local.reply import HTML, Application, Receive, Scope, Send, say

PIPELINE = "/_pipeline/"
PERMISSIONS = "/_local/permissions"
FUNCTIONS = "/_local/functions"
PIPELINES = "/_local/pipelines"
TOLD = (PERMISSIONS, FUNCTIONS, PIPELINES)
OURS = (health.PATH, *TOLD, PIPELINE)
ROOT = 0
"""It sees everything, and carries connections on for others: a container's, those of a machine around this one."""


def application(ministack: Application) -> Application:
    """Put the gate and our addresses before MiniStack's."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and await _answer(ministack, scope, receive, send):
            return
        await ministack(_rooted(scope), receive, send)

    return gate.guard(serve)


async def _answer(ministack: Application, scope: Scope, receive: Receive, send: Send) -> bool:
    """Whether the request was for us, and is answered."""
    path = scope["path"]
    if place := astray.place(scope):
        await say(send, 307, "", headers=[(b"location", place.encode())])
    elif not path.startswith("/_") or path.startswith(places.APIS):
        return False
    elif path.startswith(website.PREFIX):
        await website.serve(ministack, scope, send)
    elif path.startswith(viewer.PREFIX):
        await viewer.serve(scope, receive, send)
    elif path.startswith(places.WEBHOOKS):
        await _webhook(scope, receive, send)
    elif path.startswith(OURS) and (refused := _refusal(scope)):
        await say(send, *refused)
    elif path == health.PATH:
        await say(send, 200, json.dumps({"pid": os.getpid()}), "application/json")
    elif path in TOLD:
        await say(send, 200, await asyncio.to_thread(_told, path), "application/json")
    elif path.startswith(PIPELINE):
        await _pipeline(send, path.removeprefix(PIPELINE).rstrip("/"))
    else:
        await say(send, 404, f"The embedded AWS has nothing at {path}\n")
    return True


def _refusal(scope: Scope) -> tuple[int, str] | tuple[()]:
    """Why one of our addresses tells nothing: a status and words; nothing if it tells."""
    if scope["method"] not in {"GET", "HEAD"}:
        return 405, "The embedded AWS tells here, and is told nothing.\n"
    if scope["path"] != health.PATH and not _is_own(scope):
        return 403, "The embedded AWS tells this to nobody but its own user.\n"
    return ()


def _is_own(scope: Scope) -> bool:
    """Whether a process of this user asks, as far as the system tells it."""
    return peers.owner(scope["client"], scope["server"]) in {os.getuid(), ROOT, None}


def _rooted(scope: Scope) -> Scope:
    """The address of an HTTP API is printed without a slash, and means its root."""
    path = scope.get("path", "")
    name = path.removeprefix(addresses.EXECUTE_API)
    if name == path or not name or "/" in name:
        return scope
    return scope | {"path": f"{path}/", "raw_path": scope["raw_path"] + b"/"}


async def _webhook(scope: Scope, receive: Receive, send: Send) -> None:
    """Somebody outside starts a pipeline, if its webhook believes them."""
    from serverless_pipeline.local.codepipeline import webhook_deliveries

    if scope["method"] != "POST":
        await say(send, 405, "A webhook takes POST only.\n")
        return
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    content = b"".join([part async for part in _parts(receive)])
    client = (scope["client"] or ("",))[0]
    await say(send, *await asyncio.to_thread(webhook_deliveries.deliver, scope["path"], headers, content, client))


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """The body of a request as it comes."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _pipeline(send: Send, name: str) -> None:
    from serverless_pipeline.local.codepipeline import page

    if text := page.render(name):
        await say(send, 200, text, HTML)
    else:
        await say(send, 404, f"There is no pipeline {name}; `invoke pipeline.up` makes it.\n")


def _told(path: str) -> str:
    """What is told as JSON at one of our addresses; what pipelines ask for comes with the first of them."""
    from serverless_pipeline.local.codepipeline import remarks

    tell = {PERMISSIONS: caller.actions_by_key, FUNCTIONS: report.document, PIPELINES: remarks.document}
    return tell[path]()
