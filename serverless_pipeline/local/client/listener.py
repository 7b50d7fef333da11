"""The listening socket of the embedded AWS, opened before its process starts: a port is either ours or taken."""

import contextlib
import socket

import psutil

from serverless_pipeline.errors import Misconfigured

ADDRESS = "127.0.0.1"
BACKLOG = 128
PROBE_SECONDS = 1


def listen(port: int) -> socket.socket:
    """Listen on the loopback interface; port 0 is any free one.

    Raises:
        Misconfigured: somebody else holds the port, or this user may not open it.
    """
    if port and _answers(port):
        raise _taken(port)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _taken(port, f" ({error.strerror})") from error
    return listening


def _answers(port: int) -> bool:
    """Whether something listens; on some systems a bind would succeed beside one that listens on every address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_SECONDS)
        return probe.connect_ex((ADDRESS, port)) == 0


def _taken(port: int, reason: str = "") -> Misconfigured:
    holder = _holder(port)
    return Misconfigured(
        f"port: {ADDRESS}:{port} is taken{holder and f' by {holder}'}{reason}; the embedded AWS cannot listen there.",
        hint="end that process, or choose another port: INVOKE_PIPELINE_PORT=4600 (0 is any free one)",
    )


def _holder(port: int) -> str:
    """Which process listens, as far as this user may see; empty if they may not.

    Each process is asked for its own: on macOS only root may ask for all connections at once.
    """
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                for connection in process.net_connections("tcp")
            ):
                return f"{process.name()} (pid {process.pid})"
    return ""
