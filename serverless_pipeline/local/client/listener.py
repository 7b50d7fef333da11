"""The listening socket of the embedded AWS: opened before its process starts: a port is either ours or taken."""

import shutil
import socket
import subprocess

from serverless_pipeline.errors import Misconfigured

ADDRESS = "127.0.0.1"


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
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise _taken(port, error) from error
    return listening


def _answers(port: int) -> bool:
    """Whether something listens; on some systems a bind would succeed beside one that listens on every address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((ADDRESS, port)) == 0


def _taken(port: int, error: OSError | None = None) -> Misconfigured:
    reason = f" ({error.strerror})" if error else ""
    holder = _holder(port)
    return Misconfigured(
        f"port: {ADDRESS}:{port} is taken{holder and f' by {holder}'}{reason}; the embedded AWS cannot listen there.",
        hint="end that process, or choose another port: INVOKE_PIPELINE_PORT=4600 (0 is any free one)",
    )


def _holder(port: int) -> str:
    """Which process listens, as far as `ss` or `lsof` may tell this user; empty if they may not or are not there."""
    for words in (["ss", "-Hltnp", f"sport = :{port}"], ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]):
        if shutil.which(words[0]):
            told = subprocess.run(words, capture_output=True, text=True, check=False).stdout  # noqa: S603
            if found := (_from_ss(told) if words[0] == "ss" else _from_lsof(told)):
                return found
    return ""


def _from_ss(told: str) -> str:
    """`users:(("python3",pid=42,fd=3))`."""
    name = told.partition('(("')[2].partition('"')[0]
    pid = told.partition("pid=")[2].partition(",")[0]
    return f"{name} (pid {pid})" if name and pid else ""


def _from_lsof(told: str) -> str:
    """A line `p42`, then a line `cpython3`."""
    fields = {line[0]: line[1:] for line in reversed(told.splitlines()) if line}
    return f"{fields['c']} (pid {fields['p']})" if {"c", "p"} <= fields.keys() else ""
