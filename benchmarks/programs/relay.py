"""A relay in front of a server of HTTP: it counts the signed requests by method, and holds each back for a while.

    python -m benchmarks.programs.relay PORT SECONDS

What is not signed is no request to AWS: the library asks in that way whether the embedded AWS is well.
It prints its own port. Whatever line comes in on its standard input, it prints the counts as JSON and begins at zero.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

CHUNK = 256 * 1024


async def main(port: int, seconds: float) -> None:
    counts: Counter[str] = Counter()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", port)
        back = asyncio.create_task(copy(there, writer))
        try:
            await forward(reader, here, counts, seconds)
        finally:
            here.close()
            back.cancel()
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=CHUNK)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(counts), flush=True)
        counts.clear()


async def forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counts: Counter[str], seconds: float
) -> None:
    """Pass requests on, one after another, until the client has no more."""
    while head := await request_head(reader):
        if b"authorization" in fields(head):
            counts[head.split(b" ", 1)[0].decode()] += 1
        await asyncio.sleep(seconds)
        writer.write(head)
        left = content_length(head)
        while left:
            chunk = await reader.read(min(left, CHUNK))
            if not chunk:
                return
            writer.write(chunk)
            left -= len(chunk)
        await writer.drain()


async def request_head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        return b""  # the client or the relay has ended


def content_length(head: bytes) -> int:
    if b"transfer-encoding" in fields(head):
        sys.exit("The relay knows requests with a Content-Length only")
    return int(fields(head).get(b"content-length", 0))


def fields(head: bytes) -> dict[bytes, bytes]:
    """The header fields of a request, in small letters."""
    return dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if line)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
