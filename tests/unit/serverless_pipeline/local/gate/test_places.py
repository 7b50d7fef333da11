from __future__ import annotations

from serverless_pipeline.local.gate import places


def test_what_answers_without_a_signature_lies_below_an_underscore() -> None:
    everything = (*places.APIS, *places.DATA_PLANES, places.SITES, places.SOCKETS)

    assert {path for path in everything if not path.startswith(places.OURS)} == set()
    assert set(places.APIS) < set(places.DATA_PLANES)
    assert places.SITES not in places.DATA_PLANES
