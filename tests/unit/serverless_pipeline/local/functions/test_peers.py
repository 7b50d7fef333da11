from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions import peers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
PEER, HERE = ("127.0.0.1", 36864), ("127.0.0.1", 4660)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """The kernel's table, with a line for each of these connections: from where, to where, and whose."""

    def write(*connections: tuple[str, str, int]) -> None:
        lines = [
            f"   {number}: {address} {peer} 01 00000000:00000000 00:00000000 00000000 {user:5d}        0 71 1 0 20 4\n"
            for number, (address, peer, user) in enumerate(connections)
        ]
        (tmp_path / "tcp").write_text(HEAD + "".join(lines))
        monkeypatch.setattr(peers, "TABLE", tmp_path / "tcp")

    return write


def written(host: str, port: str) -> str:
    """As the kernel writes it on this machine, whose order of bytes it takes for hosts."""
    return f"{host if sys.byteorder == 'little' else bytes.fromhex(host)[::-1].hex().upper()}:{port}"


LOOPBACK = "0100007F"
CALLER, API = written(LOOPBACK, "9000"), written(LOOPBACK, "1234")


def test_the_user_stands_in_the_line_of_the_callers_own_end(table: Callable[..., None]) -> None:
    table((API, CALLER, 0), (CALLER, API, 993))

    assert peers.owner(PEER, HERE) == 993


def test_both_ends_are_looked_at(table: Callable[..., None]) -> None:
    table(
        (CALLER, written(LOOPBACK, "1235"), 1),
        (written(LOOPBACK, "9001"), API, 2),
        (written("0200007F", "9000"), API, 3),
        (CALLER, API, 4),
    )

    assert peers.owner(PEER, HERE) == 4


def test_a_connection_that_is_not_in_the_table_is_nobodys(table: Callable[..., None]) -> None:
    table((API, CALLER, 0))

    assert peers.owner(PEER, HERE) == -1


def test_where_there_is_no_table_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "TABLE", tmp_path / "tcp")

    assert peers.owner(PEER, HERE) is None


@pytest.mark.skipif(not peers.TABLE.exists(), reason="the system has no table of connections")
def test_a_connection_of_this_process_is_this_users() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as own:
        own.connect(listening.getsockname())
        connection, peer = listening.accept()
        with connection:
            here = connection.getsockname()
            other = (peer[0], peer[1] - 1)

            assert [peers.owner(peer, here), peers.owner(other, here)] == [os.getuid(), -1]
