"""Whose process is at the other end of a connection over the loopback.

The kernel of Linux says it in `/proc/net/tcp`; where there is no such file, nobody is turned away by this.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path

TABLE = Path("/proc/net/tcp")
ADDRESS, PEER, UID = 1, 2, 7
"""The columns: https://docs.kernel.org/networking/proc_net_tcp.html."""


def owner(peer: tuple[str, int], here: tuple[str, int]) -> int | None:
    """The user of the process at `peer`, as this one sees users; None where the system does not say it.

    A connection that is not in the table belongs to nobody, which is -1.
    """
    if not TABLE.exists():
        return None
    ends = (_written(peer), _written(here))
    with TABLE.open() as table:
        for line in table:
            columns = line.split()
            if (columns[ADDRESS], columns[PEER]) == ends:
                return int(columns[UID])
    return -1


def _written(address: tuple[str, int]) -> str:
    """As the table writes it: the number of the address in the machine's own order of bytes."""
    host, port = address[:2]
    return f"{struct.unpack('=I', socket.inet_aton(host))[0]:08X}:{port:04X}"
