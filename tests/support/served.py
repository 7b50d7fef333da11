"""MiniStack with CodePipeline in a process of its own, with short times: `python served.py PORT`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_pipeline.local.reply import Receive, Scope, Send


def main(port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    from serverless_pipeline.local.codepipeline import install, page
    from serverless_pipeline.local.codepipeline.providers.work import Timing
    from serverless_pipeline.local.modes import Modes

    modes = Modes.from_environment(os.environ)
    install(f"http://127.0.0.1:{port}", Timing(answer=30.0, continuation=0.05), stub_providers=modes.stub_providers)

    async def serve_pages_too(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/_pipeline/"):
            text = page.render(scope["path"].removeprefix("/_pipeline/"))
            await send({"type": "http.response.start", "status": 200 if text else 404, "headers": []})
            await send({"type": "http.response.body", "body": (text or "").encode()})
        else:
            await app(scope, receive, send)

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    asyncio.run(serve(serve_pages_too, config))


if __name__ == "__main__":
    main(int(sys.argv[1]))
