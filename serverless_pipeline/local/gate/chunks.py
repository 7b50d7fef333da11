r"""A body that is signed chunk by chunk, checked as it passes: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and `…-TRAILER`.

Each chunk is `<size in hex>;chunk-signature=<signature>\r\n<data>\r\n`, each signature rests on the one before, the
first on the head's. The last chunk is empty; where trailing headers are announced they follow it, with a signature of
their own. See https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.gate.signature import EMPTY, MISMATCH

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.signature import Signature

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

_LONGEST_LINE = 256
_LONGEST_TRAILER = 4096
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8});chunk-signature=([0-9a-f]{64})")
_TRAILER_SIGNATURE = "x-amz-trailer-signature"


class SignedChunks:
    """Is fed with the body as it comes, and raises Refused as soon as a part of it is not what was signed."""

    def __init__(self, signature: Signature, *, trailer: bool) -> None:
        self._signature = signature
        self._before: str = signature.parts.signature
        self._trailer = trailer
        self._line = bytearray()
        self._left = 0
        self._expected = ""
        self._hash = hashlib.sha256()
        self._read = self._read_line

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._read(rest) :]

    def finish(self) -> None:
        """The body is over."""
        if self._trailer and self._read == self._read_trailer:
            self._check_trailer()
        elif self._read != self._read_end:
            raise _incomplete()

    def _read_line(self, data: memoryview) -> int:
        """The head of a chunk."""
        taken = self._take_line(data)
        if self._line.endswith(b"\r\n"):
            match = _CHUNK.fullmatch(bytes(self._line[:-2]))
            if not match:
                raise _incomplete()
            self._left, self._expected = int(match[1], 16), match[2].decode()
            self._line.clear()
            self._hash = hashlib.sha256()
            if self._left:
                self._read = self._read_data
            else:
                self._check_chunk()
                self._read = self._read_trailer if self._trailer else self._read_end
        return taken

    def _read_data(self, data: memoryview) -> int:
        part = data[: self._left]
        self._hash.update(part)
        self._left -= len(part)
        if not self._left:
            self._check_chunk()
            self._read = self._read_break
        return len(part)

    def _read_break(self, data: memoryview) -> int:
        """The end of a line after the data."""
        taken = self._take_line(data)
        if not b"\r\n".startswith(self._line):
            raise _incomplete()
        if self._line.endswith(b"\n"):
            self._line.clear()
            self._read = self._read_line
        return taken

    def _read_trailer(self, data: memoryview) -> int:
        self._line += data
        if len(self._line) > _LONGEST_TRAILER:
            raise _incomplete()
        return len(data)

    def _read_end(self, data: memoryview) -> int:
        """After the last chunk comes the end of a line, and nothing else."""
        self._line += data[:3]
        if not b"\r\n".startswith(self._line):
            raise _incomplete()
        return len(data)

    def _take_line(self, data: memoryview) -> int:
        """Take as much as belongs to the line."""
        head, found, _ = bytes(data[:_LONGEST_LINE]).partition(b"\n")
        self._line += head + found
        if len(self._line) > _LONGEST_LINE:
            raise _incomplete()
        return len(head + found)

    def _check_chunk(self) -> None:
        text = [EMPTY, self._hash.hexdigest()]
        self._advance("AWS4-HMAC-SHA256-PAYLOAD", text, self._expected)

    def _check_trailer(self) -> None:
        """The trailing headers, a line for each, without their signature."""
        lines = [line for line in self._line.decode("latin-1").split("\r\n") if line]
        pairs = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        signed = "".join(f"{name}:{value}\n" for name, value in pairs if name != _TRAILER_SIGNATURE)
        expected = dict(pairs).get(_TRAILER_SIGNATURE, "")
        self._advance("AWS4-HMAC-SHA256-TRAILER", [hashlib.sha256(signed.encode("latin-1")).hexdigest()], expected)

    def _advance(self, algorithm: str, hashes: list[str], expected: str) -> None:
        signature = self._signature
        text = "\n".join([algorithm, signature.parts.amz_date, signature.scope, self._before, *hashes])
        self._before = signature.sign(text)
        if not hmac.compare_digest(self._before.encode(), expected.encode()):
            raise Refused("SignatureDoesNotMatch", MISMATCH)


def _incomplete() -> Refused:
    return Refused("IncompleteBody", "The request body terminated unexpectedly, or is not in signed chunks.", 400)
