from __future__ import annotations

import ctypes
import errno
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import psutil
import pytest

from serverless_pipeline.local.sandbox import kind
from serverless_pipeline.local.sandbox.namespaces import Namespaces
from serverless_pipeline.local.sandbox.root import Bind, Entry, Folder, Link, Memory, Root, Writable, place
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these namespaces")

PATIENT = 20
TEMPORARY = Memory("/tmp", 1 << 20)  # noqa: S108 - of the sandbox
ORPHAN = """
(sh -c 'echo $$ >/tmp/new && mv /tmp/new /tmp/orphan' &)
until [ -e /tmp/orphan ]; do :; done
read orphan </tmp/orphan
while [ -e /proc/$orphan ]; do :; done
echo collected
"""
STARTER = "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()"


@dataclass(frozen=True)
class Laptop:
    """What every sandbox has, and the empty folder that a root is built at."""

    base: Root
    folder: Path

    def words(self, script: str, *entries: Entry, folder: str = "/", library_path: str = "") -> list[str]:
        """The command that runs a script of the shell in a root with these entries."""
        sandbox = Namespaces(sys.executable, self.folder)
        root = Root.of(self.base.entries, [TEMPORARY, *entries])
        return sandbox.command(root, folder, ["/bin/sh", "-c", script], library_path=library_path)

    def run(self, script: str, *entries: Entry, **options: Any) -> subprocess.CompletedProcess[str]:
        """What the script printed, and how it ended."""
        words = self.words(script, *entries, **options)
        return subprocess.run(words, capture_output=True, text=True, timeout=PATIENT, check=False)

    def lines(self, script: str, *entries: Entry, **options: Any) -> list[str]:
        """What a script that succeeds printed."""
        ended = self.run(script, *entries, **options)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout.splitlines()


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    folder = tmp_path_factory.mktemp("sandbox")
    (folder / "root").mkdir()
    return Laptop(kind.base(folder), folder / "root")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder that everybody can read."""
    folder = tmp_path / "code"
    folder.mkdir(mode=0o755)
    return folder


def running(word: str) -> list[psutil.Process]:
    """The processes that have this among their words."""
    return [process for process in psutil.process_iter(["cmdline"]) if word in (process.info["cmdline"] or [])]


def test_nothing_can_be_written_but_tmp(laptop: Laptop, code: Path) -> None:
    code.chmod(0o777)
    script = 'for folder in / /opt /var/task /dev /etc /usr/bin /tmp; do touch "$folder/x" && echo "$folder"; done'

    ended = laptop.run(script, Bind(code, "/var/task"), Folder("/opt"))

    assert ended.stdout.splitlines() == ["/tmp"]  # noqa: S108
    assert ended.stderr.count("Read-only file system") == 6
    assert list(code.iterdir()) == []


def test_the_folder_of_a_build_can_be_written_to_and_takes_no_rights(laptop: Laptop, code: Path) -> None:
    code.chmod(0o777)

    seen = laptop.lines("echo x >/build/file; cat /proc/self/mounts", Writable(code, "/build"))

    assert (code / "file").read_text() == "x\n"
    options = next(line.split()[3].split(",") for line in seen if line.split()[1] == "/build")
    assert {"rw", "nosuid", "nodev"} <= set(options)


def test_no_mount_is_writable_but_tmp_the_kernels_own_and_the_devices(laptop: Laptop) -> None:
    mounts = [line.split() for line in laptop.lines("cat /proc/self/mounts")]

    writable = {place for _, place, _, options, *_ in mounts if "ro" not in options.split(",")}
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")}
    assert writable == {"/proc", "/tmp"} | devices  # noqa: S108


def test_its_own_mounts_take_no_rights_and_no_devices(laptop: Laptop) -> None:
    mounts = [line.split() for line in laptop.lines("cat /proc/self/mounts")]

    restrictions = {"ro", "nosuid", "nodev", "noexec"}
    assert {
        place: restrictions & set(options.split(","))
        for _, place, _, options, *_ in mounts
        if place in {"/", "/proc", "/tmp", "/dev"}  # noqa: S108
    } == {
        "/": {"ro", "nosuid", "nodev"},
        "/proc": {"nosuid", "nodev", "noexec"},
        "/tmp": {"nosuid", "nodev"},  # noqa: S108
        "/dev": {"ro", "nosuid"},
    }


@pytest.mark.parametrize("megabytes", [1, 3])
def test_tmp_has_the_size_that_it_is_given(laptop: Laptop, megabytes: int) -> None:
    script = "head -c 8000000 /dev/zero >/tmp/big; wc -c </tmp/big"

    ended = laptop.run(script, Memory("/tmp", megabytes << 20))  # noqa: S108

    assert int(ended.stdout) == megabytes << 20
    assert "No space left on device" in ended.stderr


def test_tmp_is_everybodys_and_empty_each_time(laptop: Laptop) -> None:
    script = "stat -c %a /tmp; ls -A /tmp; touch /tmp/left"

    assert [laptop.lines(script), laptop.lines(script)] == [["1777"], ["1777"]]


def test_it_is_lambdas_user_without_groups_and_rights(laptop: Laptop) -> None:
    rights = "awk '/^(CapEff|CapPrm|NoNewPrivs)/ {print $2}' /proc/self/status"

    user, group, *seen = laptop.lines(f"id -u; id -g; {rights}")

    assert (user, group, seen) == ("993", "990", ["0" * 16, "0" * 16, "1"])


def test_the_laptops_processes_are_not_seen_and_the_command_leads_a_session(laptop: Laptop) -> None:
    script = """
cd /proc
echo [0-9]*
read pid _ _ _ _ session _ <self/stat
echo $pid $session
"""

    assert laptop.lines(script) == ["1 2", "2 2"]


def test_the_root_holds_what_it_is_given_and_nothing_of_the_laptop(laptop: Laptop, code: Path) -> None:
    (code / "index.py").write_text("code\n")
    entries = (
        Bind(code, "/var/task"),
        Bind(code / "index.py", "/var/runtime/deep/file"),
        Link("/var/lang/bin/python", "python3.13"),
        Folder("/opt/layers"),
    )
    script = """
cat /var/task/index.py /var/runtime/deep/file
readlink /var/lang/bin/python
ls -A /opt /var/lang
ls -A /
"""

    seen = laptop.lines(script, *entries)

    base = {PurePosixPath(place(entry)).parts[1] for entry in laptop.base.entries}
    assert seen[:7] == ["code", "code", "python3.13", "/opt:", "layers", "", "/var/lang:"]
    assert seen[7:] == ["bin", *sorted(base | {"dev", "opt", "proc", "tmp", "var"})]


def test_a_file_is_laid_over_one_that_is_there(laptop: Laptop, code: Path, tmp_path: Path) -> None:
    (code / "file").write_text("lower\n")
    (tmp_path / "file").write_text("upper\n")

    seen = laptop.lines("cat /var/task/file", Bind(code, "/var/task"), Bind(tmp_path / "file", "/var/task/file"))

    assert (seen, (code / "file").read_text()) == (["upper"], "lower\n")


def test_devices_work_and_there_are_no_others(laptop: Laptop) -> None:
    script = """
ls -A /dev
readlink /dev/fd /dev/stdin /dev/stdout /dev/stderr
echo lost >/dev/null
head -c 3 /dev/zero | wc -c
head -c 3 /dev/urandom | wc -c
echo in | cat /dev/stdin
"""

    devices = ["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"]
    links = ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"]
    assert laptop.lines(script) == [*devices, *links, "3", "3", "in"]


def test_it_starts_in_the_folder_with_the_variables_of_the_process(
    laptop: Laptop, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "two words")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    script = 'pwd; echo "$WORD"; echo "${LD_LIBRARY_PATH-none}"'
    task = Bind(code, "/var/task")

    assert laptop.lines(script, task, folder="/var/task") == ["/var/task", "two words", "none"]
    assert laptop.lines(script, task, library_path="/opt/lib") == ["/", "two words", "/opt/lib"]


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -15 $$", 143)],
)
def test_it_ends_as_its_command_ends(laptop: Laptop, script: str, code: int) -> None:
    assert laptop.run(script).returncode == code


def test_an_orphan_is_collected(laptop: Laptop) -> None:
    assert laptop.lines(ORPHAN) == ["collected"]


def test_what_the_command_leaves_ends_with_it(laptop: Laptop) -> None:
    seconds = f"600.{uuid.uuid4().int}"

    ended = laptop.run(f"(sleep {seconds} &) ; exit 3")

    assert (ended.returncode, running(seconds)) == (3, [])


@pytest.mark.parametrize("killed", ["the process that started it", "the program itself"])
def test_it_ends_with_whoever_is_killed(laptop: Laptop, killed: str) -> None:
    seconds = f"600.{uuid.uuid4().int}"
    words = laptop.words(f"sleep {seconds} & exec sleep {seconds}")
    starter = [sys.executable, "-S", "-c", STARTER] if killed == "the process that started it" else []

    with subprocess.Popen([*starter, *words]) as process:
        until(lambda: len(running(seconds)) == 2, "the command and its child")
        process.kill()

    until(lambda: not running(seconds), "their end")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (Bind(Path("/gone/source"), "/place"), "[Errno 2] mount at {0}/place: No such file or directory\n"),
        (
            Bind(Path("/etc/hosts"), "/usr/bin/more"),
            "[Errno 30] Read-only file system: '{0}/usr/bin/more'\n",
        ),
    ],
)
def test_what_cannot_be_laid_is_named(laptop: Laptop, entry: Entry, message: str) -> None:
    ended = laptop.run("echo run", entry)

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", message.format(laptop.folder))


def test_a_command_that_is_not_there_is_told(laptop: Laptop) -> None:
    words = Namespaces(sys.executable, laptop.folder).command(Root((Folder("/empty"),)), "/empty", ["/bin/true"])

    ended = subprocess.run(words, capture_output=True, text=True, timeout=PATIENT, check=False)

    assert (ended.returncode, ended.stderr) == (1, "[Errno 2] No such file or directory\n")


def test_a_folder_that_is_not_there_is_told(laptop: Laptop) -> None:
    ended = laptop.run("echo run", folder="/gone")

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "[Errno 2] No such file or directory: '/gone'\n")


def test_a_call_that_the_kernel_refuses_is_named_with_its_reason() -> None:
    from serverless_pipeline.local.sandbox import unshare

    ctypes.set_errno(errno.EPERM)

    with pytest.raises(PermissionError) as caught:
        unshare._check(-1, "unshare")

    assert str(caught.value) == "[Errno 1] unshare: Operation not permitted"


def test_the_laptop_sees_nothing_of_the_mounts(laptop: Laptop) -> None:
    laptop.lines("true")

    assert list(laptop.folder.iterdir()) == []
    assert str(laptop.folder) not in Path("/proc/self/mounts").read_text()
