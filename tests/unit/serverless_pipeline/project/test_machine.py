"""For which machine a program is built shows in its first bytes."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

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
    with Path(sys.executable).open("rb") as program:
        assert machine.built_for(program.read(machine.HEADER)) == machine.of(Settings())


@pytest.mark.parametrize(
    ("system", "name", "expected"),
    [
        ("linux", "AMD64", "x86_64"),
        ("linux", "x86_64", "x86_64"),
        ("linux", "aarch64", "arm64"),
        ("linux", "riscv64", "riscv64"),
        ("darwin", "arm64", "macOS"),
    ],
)
def test_the_functions_of_the_embedded_aws_are_for_this_laptop(
    monkeypatch: pytest.MonkeyPatch, system: str, name: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: name)

    assert machine.of(Settings()) == expected


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_those_of_an_account_are_for_the_chosen_one(architecture: str) -> None:
    assert machine.of(Settings(target="aws", architecture=architecture)) == architecture
