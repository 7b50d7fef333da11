"""The ASGI application: our own addresses first, then MiniStack's.

MiniStack has addresses that take no credentials and change or show everything (`/_ministack/reset`, queued messages,
code downloads). Any page in the user's browser could call them, so all that starts with an underscore is shut but our
own, and a request under a name that was made to resolve to this machine is turned away.
"""

import json
import os

from serverless_pipeline.local import astray, website
from serverless_pipeline.local.client import health
from serverless_pipeline.local.cloudformation import addresses, caller
from serverless_pipeline.local.cloudfront import viewer
from serverless_pipeline.local.functions import report
from serverless_pipeline.local.reply import HTML, Application, Receive, Scope, Send, say

HOSTS = frozenset({"127.0.0.1", "localhost"})
DATA_PLANES = (addresses.EXECUTE_API, addresses.FUNCTION_URL)
"""Where APIs and function URLs answer, each to whom it lets in itself."""
PIPELINE = "/_pipeline/"
PERMISSIONS = "/_local/permissions"
FUNCTIONS = "/_local/functions"


def application(ministack: Application) -> Application:
    """Put our addresses before MiniStack's."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and await _answer(ministack, scope, receive, send):
            return
        await ministack(_rooted(scope), receive, send)

    return serve


async def _answer(ministack: Application, scope: Scope, receive: Receive, send: Send) -> bool:
    """Whether the request was for us, and is answered."""
    path = scope["path"]
    if _host(scope) not in HOSTS:
        await say(send, 421, "The embedded AWS answers to 127.0.0.1 and localhost only.\n")
    elif place := astray.place(scope):
        await say(send, 307, "", headers=[(b"location", place.encode())])
    elif not path.startswith("/_") or path.startswith(DATA_PLANES):
        return False
    elif path == health.PATH:
        await say(send, 200, json.dumps({"pid": os.getpid()}), "application/json")
    elif path == PERMISSIONS:
        await say(send, 200, caller.actions_by_key(), "application/json")
    elif path == FUNCTIONS:
        await say(send, 200, report.document(), "application/json")
    elif path.startswith(PIPELINE):
        await _pipeline(send, path.removeprefix(PIPELINE).rstrip("/"))
    elif path.startswith(website.PREFIX):
        await website.serve(ministack, scope, send)
    elif path.startswith(viewer.PREFIX):
        await viewer.serve(scope, receive, send)
    else:
        await say(send, 404, f"The embedded AWS has nothing at {path}\n")
    return True


def _rooted(scope: Scope) -> Scope:
    """The address of an HTTP API is printed without a slash, and means its root."""
    path = scope.get("path", "")
    name = path.removeprefix(addresses.EXECUTE_API)
    if name == path or not name or "/" in name:
        return scope
    return scope | {"path": f"{path}/", "raw_path": scope["raw_path"] + b"/"}


async def _pipeline(send: Send, name: str) -> None:
    from serverless_pipeline.local.codepipeline import page

    if text := page.render(name):
        await say(send, 200, text, HTML)
    else:
        await say(send, 404, f"There is no pipeline {name}; `invoke pipeline.up` makes it.\n")


def _host(scope: Scope) -> str:
    """The host a client asked for, without the port."""
    header: bytes = dict(scope["headers"]).get(b"host", b"")
    name = header.decode("latin-1")
    return name.rpartition(":")[0] or name
