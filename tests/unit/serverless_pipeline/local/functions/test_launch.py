from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import environment, seams
from serverless_pipeline.local.functions import launch, programs, task_root
from serverless_pipeline.local.functions.launch import Launch
from serverless_pipeline.local.functions.layout import LAMBDA, Layout
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.functions.programs import Program
from serverless_pipeline.local.sandbox import kind, system
from serverless_pipeline.local.sandbox.bubblewrap import Bubblewrap
from serverless_pipeline.local.sandbox.kind import Unavailable
from serverless_pipeline.local.sandbox.root import Bind, Folder, Link, Memory, Root
from tests.support.frozen import changeable
from tests.support.lambdas import archived

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.sandbox.root import Entry

SANDBOX = Bubblewrap("/usr/bin/bwrap")
CONFIG = {"Runtime": "python3.13", "Handler": "index.handler"}
PROVIDED = {"Runtime": "provided.al2023", "Handler": "anything"}
LAYERED = {"Layers": [{"Arn": "arn:1"}]}
CODE = archived(("index.py", "", stat.S_IFREG | 0o644))
BOOTSTRAP = archived(("bootstrap", "#!/bin/sh\n", stat.S_IFREG | 0o755))
NO_PROGRAM = archived(("bootstrap", "#!/bin/sh\n", stat.S_IFREG | 0o644))
LAYER = archived(("python/shared.py", "", stat.S_IFREG | 0o644), ("data", "", stat.S_IFREG | 0o644))
LIBRARIES = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
BASE = Bind(Path("/scratch/bin"), "/usr/bin")
INDEX = Bind(Path("/srv/index"), "/srv/index")
PYTHON = Link("/var/lang/bin/python", "python3.13")
NAME = "0123.localhost"
NO_BOOTSTRAP = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"


@pytest.fixture(autouse=True)
def laptop(empty_ministack: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A laptop with an index of packages, a Python and a layer, all of which are only named."""
    del empty_ministack

    def index(variables: Mapping[str, str], home: Path) -> Iterator[Entry]:
        assert (variables, home) == ({"PIP_CONFIG_FILE": f"{tmp_path}/pip.conf", "UV_INDEX": "x"}, tmp_path)
        yield INDEX

    monkeypatch.setattr(launch, "_name", lambda: NAME)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "pip.conf").touch()
    network = {"PIP_CONFIG_FILE": f"{tmp_path}/pip.conf", "UV_INDEX": "x"}
    monkeypatch.setattr(environment, "network", lambda laptop: network if laptop is os.environ else {})
    monkeypatch.setattr(system, "index", index)
    monkeypatch.setattr(kind, "base", lambda folder: Root((replace(BASE, source=folder / "bin"),)))
    monkeypatch.setattr(programs, "program", program)
    monkeypatch.setattr(programs, "folder", lambda name, place: f"{place.runtimes}/{name}/bin")
    seams.RESOLVE_LAYER_ZIP.replace({"arn:1": LAYER, "arn:program": BOOTSTRAP, "arn:data": NO_PROGRAM}.get)


def program(name: str, handler: str, place: Place, layout: Layout) -> Program:
    """As the real one, with less in it."""
    del place
    if name.startswith("provided"):
        return Program((f"{layout.task}/bootstrap",), in_layers=(f"{layout.layers}/bootstrap",))
    return Program(
        words=(f"{layout.programs}/{name}", handler),
        entries=(PYTHON,),
        modules={"PYTHONPATH": f"{layout.layers}/python"},
        difference="another Python",
    )


def place_of(folder: Path, sandbox: kind.Kind) -> Place:
    """A place whose sandbox is known."""
    place = Place(folder / "scratch", "http://127.0.0.1:4600")
    place.__dict__["sandbox"] = sandbox
    return place


@pytest.fixture
def sandboxed(tmp_path: Path) -> Place:
    return place_of(tmp_path, SANDBOX)


@pytest.fixture
def beside(tmp_path: Path) -> Place:
    """A laptop without a sandbox."""
    return place_of(tmp_path, Unavailable("no rights"))


def root_of(place: Place, config: Mapping[str, Any], code: bytes = CODE) -> list[str]:
    """The words of a sandbox, for its entries."""
    words = launch.prepare(CONFIG | dict(config), code, place, place.scratch / "own").words
    return words[words.index("--ro-bind") : words.index("--proc")]


@pytest.mark.parametrize(("user", "uid"), [(0, 993), (1000, 1000)])
def test_in_a_sandbox_a_program_runs_on_lambdas_paths(
    sandboxed: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, uid: int
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: user)

    prepared = launch.prepare(CONFIG | LAYERED, CODE, sandboxed, tmp_path / "own")

    task = task_root.unpack(CODE, sandboxed.scratch / "code")
    opt = task_root.unpack(LAYER, sandboxed.scratch / "layers")
    root = Root(
        (
            Bind(sandboxed.files / "bin", "/usr/bin"),
            INDEX,
            PYTHON,
            Memory("/tmp", 512 * 1024 * 1024),  # noqa: S108 - of the sandbox
            Bind(task, "/var/task"),
            Folder("/opt"),
            Bind(opt / "data", "/opt/data"),
            Bind(opt / "python", "/opt/python"),
            Bind(tmp_path / "own" / "hosts", "/etc/hosts"),
        )
    )
    program = ["/var/lang/bin/python3.13", "index.handler"]
    assert prepared == Launch(
        words=SANDBOX.command(root, "/var/task", program, library_path=LIBRARIES),
        folder=task,
        layout=LAMBDA,
        variables={"PIP_CONFIG_FILE": "/etc/laptop/pip.conf", "PYTHONPATH": "/opt/python"},
        difference="another Python",
        generations=2,
        uid=uid,
        host=NAME,
    )


def test_a_sandbox_alone_knows_the_name_of_its_runtime_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(launch, "HOSTS", tmp_path / "hosts")
    folders = tmp_path / "one", tmp_path / "other"

    hosts = [launch._hosts(launch._name(), folder) for folder in folders]
    (tmp_path / "hosts").write_text("192.0.2.1 printer\n")
    third = launch._hosts("c.localhost", tmp_path / "third")

    texts = [path.read_text() for path in hosts]
    assert all(re.fullmatch(r"127\.0\.0\.1 [0-9a-f]{32}\.localhost\n", text) for text in texts)
    assert texts[0] != texts[1]
    assert third.read_text() == "127.0.0.1 c.localhost\n192.0.2.1 printer\n"
    assert stat.S_IMODE(third.stat().st_mode) == 0o644


def test_without_one_it_runs_on_folders_of_the_laptop(beside: Place, tmp_path: Path) -> None:
    own = tmp_path / "deep" / "own"

    prepared = launch.prepare(CONFIG | LAYERED, CODE, beside, own)

    task = task_root.unpack(CODE, beside.scratch / "code")
    opt = task_root.unpack(LAYER, beside.scratch / "layers")
    assert prepared == Launch(
        words=[f"{beside.runtimes}/python3.13/bin/python3.13", "index.handler"],
        folder=task,
        layout=Layout(
            task=str(task),
            runtime=str(programs.NODE_CLIENT.parent),
            layers=str(opt),
            temporary=str(own / "tmp"),
            programs=f"{beside.runtimes}/python3.13/bin",
            home=str(own),
        ),
        variables={"PYTHONPATH": f"{opt}/python"},
        difference="another Python",
        generations=0,
        uid=os.getuid(),
    )
    assert list((own / "tmp").iterdir()) == []


def test_an_environment_can_be_prepared_again(beside: Place, tmp_path: Path) -> None:
    first = launch.prepare(CONFIG, CODE, beside, tmp_path / "own")

    assert launch.prepare(CONFIG, CODE, beside, tmp_path / "own") == first


@pytest.mark.parametrize("layers", [{}, {"Layers": []}])
def test_without_layers_there_is_an_empty_folder_for_them_in_a_sandbox_and_none_without(
    sandboxed: Place, beside: Place, tmp_path: Path, layers: dict[str, Any]
) -> None:
    assert root_of(sandboxed, layers)[-7:-5] == ["--dir", "/opt"]
    assert launch.prepare(CONFIG | layers, CODE, beside, tmp_path / "own").layout.layers == ""


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({}, 536870912),
        ({"EphemeralStorage": None}, 536870912),
        ({"EphemeralStorage": {}}, 536870912),
        ({"EphemeralStorage": {"Size": 1024}}, 1073741824),
        ({"EphemeralStorage": {"Size": "10240"}}, 10737418240),
    ],
)
def test_tmp_has_the_size_that_is_configured_or_lambdas_default(
    sandboxed: Place, config: dict[str, Any], size: int
) -> None:
    words = root_of(sandboxed, config)

    assert words[words.index("--size") : words.index("--size") + 4] == ["--size", str(size), "--tmpfs", "/tmp"]  # noqa: S108


def test_a_configuration_without_a_runtime_has_the_program_of_none(sandboxed: Place, tmp_path: Path) -> None:
    words = launch.prepare({"Runtime": None}, CODE, sandboxed, tmp_path / "own").words

    assert words[-2:] == ["/var/lang/bin/", ""]


@pytest.mark.parametrize(
    ("code", "layers", "folder"),
    [
        (BOOTSTRAP, [], "/var/task"),
        (BOOTSTRAP, ["arn:program"], "/var/task"),
        (CODE, ["arn:program"], "/opt"),
        (NO_PROGRAM, ["arn:program"], "/opt"),
    ],
)
def test_a_bootstrap_is_taken_from_the_code_then_from_the_layers_where_it_is_a_program(
    sandboxed: Place, tmp_path: Path, code: bytes, layers: list[str], folder: str
) -> None:
    prepared = launch.prepare(PROVIDED | {"Layers": layers}, code, sandboxed, tmp_path / "own")

    assert prepared.words[-1] == f"{folder}/bootstrap"


@pytest.mark.parametrize(
    ("code", "layers", "folder"), [(BOOTSTRAP, ["arn:program"], "code"), (CODE, ["arn:program"], "layers")]
)
def test_without_a_sandbox_it_is_taken_from_the_same_places(
    beside: Place, tmp_path: Path, code: bytes, layers: list[str], folder: str
) -> None:
    prepared = launch.prepare(PROVIDED | {"Layers": layers}, code, beside, tmp_path / "own")

    found = task_root.unpack(BOOTSTRAP, beside.scratch / folder)
    assert prepared.words == [f"{found}/bootstrap"]


@pytest.mark.parametrize("sandbox", [SANDBOX, Unavailable("no rights")])
@pytest.mark.parametrize(
    ("code", "layers"), [(CODE, []), (NO_PROGRAM, []), (CODE, ["arn:1"]), (CODE, ["arn:data"]), (NO_PROGRAM, ["arn:1"])]
)
def test_a_bootstrap_that_is_not_there_or_no_program_is_unusable_in_lambdas_words(
    tmp_path: Path, sandbox: kind.Kind, code: bytes, layers: list[str]
) -> None:
    with pytest.raises(task_root.Unusable) as caught:
        launch.prepare(PROVIDED | {"Layers": layers}, code, place_of(tmp_path, sandbox), tmp_path / "own")

    assert str(caught.value) == NO_BOOTSTRAP


@pytest.mark.parametrize(
    ("config", "code", "message"),
    [
        (CONFIG, b"nothing", "no zip archive"),
        (CONFIG | {"Layers": ["arn:gone"]}, CODE, "the layer arn:gone is not there"),
    ],
)
def test_code_or_a_layer_that_is_not_there_is_unusable(
    sandboxed: Place, tmp_path: Path, config: dict[str, Any], code: bytes, message: str
) -> None:
    with pytest.raises(task_root.Unusable, match=message):
        launch.prepare(config, code, sandboxed, tmp_path / "own")


def test_what_was_prepared_does_not_change(beside: Place, tmp_path: Path) -> None:
    assert changeable(launch.prepare(CONFIG, CODE, beside, tmp_path / "own")) == []
