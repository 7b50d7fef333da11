"""The examples of AWS's own documentation: sigv4-streaming.html and sigv4-streaming-trailers.html."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate.chunks import SignedChunks
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.gate.signature import Signature

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNKS = (
    (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
)
SEED_TRAILER = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
CHUNKS_TRAILER = (
    (65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
    (1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
    (0, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
)
TRAILER = b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
TRAILER_SIGNATURE = b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"


def signature(seed: str) -> Signature:
    """The head's."""
    parts = SimpleNamespace(
        signature=seed, amz_date="20130524T000000Z", date_stamp="20130524", region="us-east-1", service="s3"
    )
    key = seams.DERIVE_SIGNING_KEY(SECRET, "20130524", "us-east-1", "s3")
    return Signature(parts, key, presigned=False)


def body(chunks: tuple[tuple[int, str], ...], letter: bytes = b"a") -> bytes:
    parts = []
    for size, signed in chunks:
        parts.append(f"{size:x};chunk-signature={signed}\r\n".encode())
        if size:
            parts.append(letter * size + b"\r\n")
    return b"".join(parts)


WHOLE = body(CHUNKS) + b"\r\n"
WHOLE_TRAILER = body(CHUNKS_TRAILER) + TRAILER + TRAILER_SIGNATURE + b"\r\n"


def feed(data: bytes, *, trailer: bool = False, step: int = 65536) -> None:
    chunks = SignedChunks(signature(SEED_TRAILER if trailer else SEED), trailer=trailer)
    for first in range(0, len(data), step):
        chunks.feed(data[first : first + step])
    chunks.finish()


@pytest.mark.parametrize("step", [1, 7, 4096, 65536, 10**6])
def test_the_example_passes_in_whichever_pieces_it_comes(step: int) -> None:
    feed(WHOLE, step=step)
    feed(body(CHUNKS), step=step)


@pytest.mark.parametrize("step", [1, 7, 4096, 65536, 10**6])
def test_the_example_with_trailing_headers_passes(step: int) -> None:
    feed(WHOLE_TRAILER, trailer=True, step=step)


def test_other_data_is_refused_at_the_end_of_its_chunk() -> None:
    chunks = SignedChunks(signature(SEED), trailer=False)

    with pytest.raises(Refused) as caught:
        chunks.feed(body(CHUNKS[:1], b"b"))

    assert caught.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "data",
    [
        body((CHUNKS[1], CHUNKS[0], CHUNKS[2])),
        body((CHUNKS[0], CHUNKS[2])),
        body(((0, "0" * 64),)),
        body(((0, CHUNKS[2][1]),)),
    ],
    ids=["another order", "one left out", "another signature", "only the end"],
)
def test_the_chain_of_signatures_must_hold(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        feed(data)

    assert caught.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE[:100],
        body(CHUNKS[:2]),
        b"5\r\nhello\r\n0\r\n\r\n",
        b"zz;chunk-signature=" + b"0" * 64 + b"\r\n",
        b"fffffffff;chunk-signature=" + b"0" * 64 + b"\r\n",
        b"a" * 100_000,
        body(CHUNKS[:1])[:-2] + b"xx",
        WHOLE + b"more",
    ],
)
def test_what_is_not_in_signed_chunks_or_not_whole_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        feed(data)

    assert (caught.value.code, caught.value.status) == ("IncompleteBody", 400)


@pytest.mark.parametrize(
    "trailer", [b"", TRAILER, TRAILER.replace(b"sOO8", b"sOO9") + TRAILER_SIGNATURE, TRAILER_SIGNATURE]
)
def test_trailing_headers_must_be_signed(trailer: bytes) -> None:
    with pytest.raises(Refused) as caught:
        feed(body(CHUNKS_TRAILER) + trailer + b"\r\n", trailer=True)

    assert caught.value.code == "SignatureDoesNotMatch"


def test_trailing_headers_are_few() -> None:
    with pytest.raises(Refused) as caught:
        feed(body(CHUNKS_TRAILER) + b"x" * 5000, trailer=True)

    assert caught.value.code == "IncompleteBody"
