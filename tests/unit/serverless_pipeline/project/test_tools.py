"""What a project brings to its tasks becomes layers, packed once for what is in them."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from serverless_pipeline import archive
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import machine, tools
from serverless_pipeline.project.tools import Layer
from serverless_pipeline.settings import Settings

ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:node:3"
X86 = b"\x7fELF\x02\x01\x01" + b"\0" * 11 + (62).to_bytes(2, "little") + b"code"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def program(path: str, content: bytes = b"#!/bin/sh\n", mode: int = 0o755) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(mode)
    return file


def built(*chosen: str) -> tuple[Layer, ...]:
    return tools.build(Settings(tools=chosen))


def test_a_folder_is_packed_with_its_programs_and_links() -> None:
    program("tools/bin/node", X86)
    Path("tools/bin/nodejs").symlink_to("node")

    [layer] = built("tools")

    assert layer.key == f"tools/{archive.digest([layer.path])}.zip"
    assert layer.path.parent == Path(".local/tools")
    with zipfile.ZipFile(layer.path) as zipped:
        assert zipped.read("bin/node") == X86
        modes = {member.filename: oct(member.external_attr >> 16) for member in zipped.infolist()}
    assert modes == {"bin/node": "0o100755", "bin/nodejs": "0o120777"}
    assert layer.unpacked == len(X86) + len("node")


def test_what_did_not_change_is_not_packed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    program("tools/bin/node")
    first = built("tools")
    monkeypatch.setattr(archive, "pack_files", None)

    assert built("tools") == first


@pytest.mark.parametrize("change", ["content", "name", "mode", "link"])
def test_what_changed_is_another_layer(change: str) -> None:
    node = program("tools/bin/node")
    link = Path("tools/bin/n")
    link.symlink_to("node")
    [first] = built("tools")

    match change:
        case "content":
            node.write_text("#!/bin/bash\n")
        case "name":
            node.rename("tools/bin/deno")
        case "mode":
            node.chmod(0o644)
        case "link":
            link.unlink()
            link.symlink_to("deno")
    [second] = built("tools")

    assert first.digest != second.digest


def test_a_zip_is_a_layer_as_it_is_and_an_arn_is_none_of_ours() -> None:
    with zipfile.ZipFile("node.zip", "w") as zipped:
        zipped.writestr("bin/node", "x")

    assert built(ARN, "node.zip") == (Layer("node.zip", Path("node.zip"), archive.digest([Path("node.zip")])),)


def test_the_parameters_are_keys_and_arns_in_the_order_of_the_setting() -> None:
    program("one/bin/one")
    settings = Settings(tools=(ARN, "one"))
    [layer] = layers = tools.build(settings)

    assert tools.values(settings, layers) == {"Tools1": ARN, "Tools2": layer.key}
    assert tools.values(Settings(), ()) == {}


def test_what_is_not_there_or_no_zip_is_refused_by_name() -> None:
    Path("node.zip").write_text("no zip")

    with pytest.raises(Misconfigured, match=r"tools: missing is not there\.\n  Next: name a folder or a zip"):
        built("missing")
    with pytest.raises(Misconfigured, match=r"tools: node.zip is no zip\."):
        built("node.zip")


def test_a_damaged_zip_is_refused_by_name() -> None:
    with zipfile.ZipFile("node.zip", "w") as zipped:
        zipped.writestr("bin/node", "x" * 100)
    content = bytearray(Path("node.zip").read_bytes())
    content[content.index(b"PK\x01\x02")] = 0
    Path("node.zip").write_bytes(content)

    with pytest.raises(Misconfigured, match=r"tools: node.zip is damaged: .+\.\n  Next: pack node.zip anew"):
        built("node.zip")


def test_a_damaged_program_of_a_zip_is_told() -> None:
    program("bin/node", X86)
    with zipfile.ZipFile("node.zip", "w") as zipped:
        zipped.write("bin/node")
    content = bytearray(Path("node.zip").read_bytes())
    content[content.index(b"code")] = 0
    Path("node.zip").write_bytes(content)
    [layer] = built("node.zip")

    [words] = layer.mistakes(Settings(target="aws"))

    assert words.startswith("tools: bin/node of node.zip cannot be read: ")


def test_an_empty_folder_is_refused() -> None:
    Path("tools/bin").mkdir(parents=True)

    with pytest.raises(Misconfigured, match=r"tools: tools is empty\.\n  Next: put programs into tools/bin"):
        built("tools")


def test_what_is_neither_a_file_nor_a_link_is_refused_and_not_waited_for() -> None:
    program("tools/bin/node")
    os.mkfifo("tools/bin/pipe")

    with pytest.raises(Misconfigured, match=r"bin/pipe of tools is neither a file nor a link\.\n  Next: rm tools/bin"):
        built("tools")


def mistakes(architecture: str = "x86_64") -> list[str]:
    [layer] = built("tools")
    return list(layer.mistakes(Settings(target="aws", architecture=architecture)))


def test_programs_for_the_functions_machine_and_scripts_are_well() -> None:
    program("tools/bin/node", X86)
    program("tools/bin/npm", b"#!/opt/bin/node\n")
    Path("tools/bin/nodejs").symlink_to("node")
    program("tools/lib/node.so", X86, 0o644)
    program("tools/lib/bin/other", X86, 0o644)

    assert mistakes() == []


def test_a_program_for_another_machine_is_told() -> None:
    program("tools/bin/node", X86)

    assert mistakes("arm64") == ["tools: bin/node of tools is built for x86_64, the functions are arm64"]


def test_a_program_that_nobody_may_execute_is_told() -> None:
    program("tools/bin/node", X86, 0o644)

    assert mistakes() == ["tools: bin/node of tools may not be executed by everybody; chmod a+rx"]


def test_no_more_than_the_first_bytes_of_a_program_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    headers: list[bytes] = []

    def built_for(header: bytes) -> str:
        headers.append(header)
        return ""

    monkeypatch.setattr(machine, "built_for", built_for)
    program("tools/bin/node", X86 * 100)

    mistakes()

    assert headers == [X86[: machine.HEADER]]
