"""Artifacts: fetched, unpacked, packed and delivered."""
