"""For which machine a program is built shows in its first bytes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import pytest

from serverless_pipeline.local.functions import runtime
from serverless_pipeline.project import machine
from serverless_pipeline.settings import Settings


def elf(number: int) -> bytes:
    return b"\x7fELF\x02\x01\x01" + b"\0" * 11 + number.to_bytes(2, "little")


@pytest.mark.parametrize(
    ("header", "built"),
    [
        (elf(62), "x86_64"),
        (elf(183), "arm64"),
        (elf(40), "another machine (ELF 40)"),
        (b"\xcf\xfa\xed\xfe" + b"\0" * 16, "macOS"),
        (b"\xca\xfe\xba\xbe" + b"\0" * 16, "macOS"),
        (b"#!/bin/sh\nexec node", ""),
        (b"", ""),
    ],
)
def test_a_program_names_its_machine(header: bytes, built: str) -> None:
    assert machine.built_for(header) == built


@pytest.mark.skipif(sys.platform != "linux", reason="a program of Linux")
def test_this_interpreter_is_built_for_this_laptop() -> None:
    _, architecture = runtime.identity()

    with Path(sys.executable).open("rb") as program:
        assert machine.built_for(program.read(machine.HEADER)) == architecture


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
@pytest.mark.parametrize(
    ("target", "system", "expected"),
    [("aws", "linux", None), ("aws", "darwin", None), ("local", "linux", None), ("local", "darwin", "macOS")],
)
def test_the_functions_are_for_the_chosen_machine_or_processes_of_this_laptop(
    monkeypatch: pytest.MonkeyPatch,
    architecture: str,
    target: Literal["local", "aws"],
    system: str,
    expected: str | None,
) -> None:
    monkeypatch.setattr(sys, "platform", system)

    assert machine.of(Settings(target=target, architecture=architecture)) == (expected or architecture)
