from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from serverless_pipeline.local.sandbox import system
from serverless_pipeline.local.sandbox.root import Bind, Entry, Link


def shown(*paths: Path) -> list[Entry]:
    """Each at its own place."""
    return [Bind(path, str(path)) for path in paths]


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop without libraries, stores, a configuration or an index."""
    monkeypatch.setattr(system, "LIBRARIES", ())
    monkeypatch.setattr(system, "STORES", ())
    monkeypatch.setattr(system, "CONFIGURATION", ())
    monkeypatch.setattr(system, "INDEX_FILES", ())
    return tmp_path


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_libraries_kept_apart_by_architecture_are_this_ones_and_other_folders_are_whole(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = make(laptop / "usr" / "lib" / "this-linux-gnu")
    make(laptop / "usr" / "lib" / "git-core")
    whole = make(laptop / "usr" / "lib64")
    (laptop / "lib").symlink_to("usr/lib")
    folders = ("usr/lib", "usr/lib64", "usr/lib32", "lib")
    monkeypatch.setattr(system, "LIBRARIES", tuple(str(laptop / name) for name in folders))
    monkeypatch.setattr(sysconfig, "get_config_var", {"MULTIARCH": "this-linux-gnu"}.get)

    entries = list(system.libraries())

    assert entries == [Link("/bin", "usr/bin"), *shown(here, whole), Link(str(laptop / "lib"), "usr/lib")]


def test_an_interpreter_that_knows_no_architecture_takes_the_whole_folder(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "LIBRARIES", (str(laptop),))
    monkeypatch.setattr(sysconfig, "get_config_var", {}.get)

    assert list(system.libraries()) == [Link("/bin", "usr/bin"), *shown(laptop)]


def test_the_store_of_a_system_that_keeps_everything_there_is_shown(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make(laptop / "nix" / "store")
    monkeypatch.setattr(system, "STORES", (str(store), str(laptop / "gnu" / "store")))

    assert list(system.libraries()) == [Link("/bin", "usr/bin"), *shown(store)]


def test_etc_holds_accounts_of_the_sandbox_and_what_the_laptop_has_of_its_configuration(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts, certificates = write(laptop / "hosts"), make(laptop / "ssl")
    monkeypatch.setattr(system, "CONFIGURATION", tuple(map(str, (hosts, certificates, laptop / "pki"))))
    folder = laptop / "deep" / "etc"

    entries = list(system.configuration(folder))

    accounts = [Bind(folder / name, f"/etc/{name}") for name in ("passwd", "group", "nsswitch.conf")]
    assert entries == [*accounts, *shown(hosts, certificates)]
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "passwd": "root:x:0:0:root:/root:/bin/bash\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n",
        "group": "root:x:0:\nsbx_user1051:x:990:\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }


@pytest.mark.usefixtures("laptop")
def test_etc_can_be_made_again(tmp_path: Path) -> None:
    before = list(system.configuration(tmp_path / "etc"))

    assert list(system.configuration(tmp_path / "etc")) == before


@pytest.mark.parametrize(
    "value",
    ["{0}", "file://{0}", "--find-links {0} --quiet", "https://pypi.org/simple,{0}", "'{0}'", "[{0}];", "own={0}"],
)
def test_a_folder_that_a_variable_names_is_shown_at_its_own_place(laptop: Path, value: str) -> None:
    wheels = make(laptop / "wheels")

    entries = list(system.index({"PIP_FIND_LINKS": value.format(wheels)}, Path("/home/me")))

    assert entries == shown(wheels)


@pytest.mark.parametrize("value", ["https://pypi.org/simple", "/", "/tmp", "/usr", "", "a word", "usr/lib", "1"])  # noqa: S108
@pytest.mark.usefixtures("laptop")
def test_what_is_no_path_or_a_folder_of_the_whole_system_is_not_shown(value: str) -> None:
    assert list(system.index({"PIP_INDEX_URL": value}, Path("/home/me"))) == []


def test_what_is_not_there_is_not_shown(laptop: Path) -> None:
    assert list(system.index({"UV_INDEX": f"file://{laptop}/gone"}, Path("/home/me"))) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pip.conf", "[global]\nindex-url = https://pypi.org/simple\nfind-links =\n    {0}\n    file://{1}\n"),
        ("uv.toml", 'find-links = ["{0}", "file://{1}"]\n'),
        ("pip.ini", "[install]\nfind-links={0};{1}\n"),
    ],
)
def test_folders_that_a_configuration_names_are_shown_with_it(laptop: Path, name: str, text: str) -> None:
    first, second = make(laptop / "first"), make(laptop / "second")
    file = write(laptop / "etc" / name, text.format(first, second))

    entries = list(system.index({"PIP_CONFIG_FILE": str(file)}, Path("/home/me")))

    assert entries == shown(file, first, second)


def test_the_configuration_of_the_whole_laptop_is_looked_into_where_it_has_one(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = make(laptop / "wheels")
    file = write(laptop / "etc" / "uv.toml", f'index-url = "{wheels}"\n')
    monkeypatch.setattr(system, "INDEX_FILES", (str(file), str(laptop / "etc" / "pip.conf")))

    assert list(system.index({}, Path("/home/me"))) == shown(file, wheels)


def test_a_bundle_of_certificates_names_nothing(laptop: Path) -> None:
    wheels = make(laptop / "wheels")
    bundle = write(laptop / "etc" / "ca.pem", f"# made from {wheels}\n")

    assert list(system.index({"SSL_CERT_FILE": str(bundle)}, Path("/home/me"))) == shown(bundle)


def test_a_simple_index_comes_with_the_archives_beside_it(laptop: Path) -> None:
    simple = make(laptop / "index" / "simple")

    entries = list(system.index({"UV_INDEX": f"file://{simple}", "PIP_INDEX_URL": str(simple)}, Path("/home/me")))

    assert entries == shown(laptop / "index")


def test_a_file_of_that_name_is_a_file(laptop: Path) -> None:
    file = write(laptop / "index" / "simple")

    assert list(system.index({"UV_INDEX": str(file)}, Path("/home/me"))) == shown(file)


def test_a_configuration_in_the_users_home_is_seen_elsewhere_and_what_it_names_at_its_place(laptop: Path) -> None:
    home, wheels = laptop / "home" / "me", make(laptop / "wheels")
    file = write(home / ".config" / "pip" / "pip.conf", f"[global]\nfind-links = {wheels}\n")

    entries = list(system.index({"PIP_CONFIG_FILE": str(file)}, home))

    assert entries == [Bind(file, "/etc/laptop/.config/pip/pip.conf"), *shown(wheels)]


def test_files_of_the_home_are_moved_and_nothing_else(laptop: Path) -> None:
    home = laptop / "home" / "me"
    pip = write(home / ".config" / "pip" / "pip.conf")
    variables = {
        "PIP_CONFIG_FILE": str(pip),
        "SSL_CERT_FILE": str(write(laptop / "etc" / "ca.pem")),
        "UV_CONFIG_FILE": str(home / "gone" / "uv.toml"),
        "PIP_FIND_LINKS": str(make(home / "wheels")),
        "UV_INDEX": f"file://{pip}",
        "PIP_QUIET": "1",
    }

    moved = system.moved(variables, home)

    assert moved == {"PIP_CONFIG_FILE": "/etc/laptop/.config/pip/pip.conf"}
