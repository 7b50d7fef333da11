"""What functions leave for a test, and a test for them: files of a folder, over HTTP on the loopback.

A function reaches none of this machine's files; where it runs without a sandbox it could, and does not need to.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENT = '''
import urllib.error
import urllib.request

BOARD = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def write(name, text=""):
    """Whether there was nothing of the name yet; what there is stays."""
    request = urllib.request.Request("@BOARD@/" + name, text.encode(), method="PUT")
    try:
        BOARD.open(request).close()
    except urllib.error.HTTPError:
        return False
    return True


def is_written(name):
    """Also False where nobody serves the board any more."""
    try:
        BOARD.open("@BOARD@/" + name).close()
    except OSError:
        return False
    return True
'''


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the folder; the source in Python with which a function writes and looks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200 if (folder / self.path[1:]).exists() else 404)

        def do_PUT(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                with (folder / self.path[1:]).open("xb") as file:
                    file.write(text)
            except FileExistsError:
                self._say(409)
            else:
                self._say(201)

        def _say(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield CLIENT.replace("@BOARD@", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
