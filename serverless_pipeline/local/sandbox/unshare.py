"""The program that enters namespaces of its own, builds the root of a sandbox and runs a command in it.

`python -I -S unshare.py PLAN WORDS…`, where PLAN is the document of `namespaces.py`. It imports the standard library
only. Three processes: this one waits, the first in the new namespace of processes builds the root and collects what is
orphaned, and the third becomes the command. All end with the process that started this one.

System calls: mount(2), pivot_root(2), unshare(2), user_namespaces(7), prctl(2).
"""

import ctypes
import json
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Any

NEW_NAMESPACE, NEW_USER, NEW_PROCESSES, NEW_IPC, NEW_NAMES = 0x20000, 0x10000000, 0x20000000, 0x08000000, 0x04000000
READ_ONLY, NO_SUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
KEPT = {os.ST_NOSUID: 2, os.ST_NODEV: 4, os.ST_NOEXEC: 8, os.ST_NOATIME: 1024, os.ST_NODIRATIME: 2048}
KEPT_RELATIVE, RELATIVE_TIME = 4096, 1 << 21
"""A mount of the laptop keeps its own restrictions when it is made read-only; the kernel insists on it."""

PARENT_DEATH, NO_NEW_PRIVILEGES = 1, 38
DETACH = 2
HOST = b"lambda"
MOUNT_SETATTR, AT_WORKING_FOLDER, AT_RECURSIVE = 442, -100, 0x8000
_ATTRIBUTES = (ctypes.c_uint64 * 4)(READ_ONLY | NO_SUID, 0, 0, 0)
"""mount_setattr(2) makes what is mounted below read-only as well; Linux before 5.12 has no such call."""
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_libc = ctypes.CDLL(None, use_errno=True)


def main(plan: dict[str, Any], words: list[str]) -> None:
    """Run the command, and end as it ends."""
    _end_with_parent()
    is_root = os.getuid() == 0
    _enter(plan, is_root=is_root)
    sys.exit(_wait(_fork(lambda: _first(plan, words, is_root=is_root))))


def _enter(plan: dict[str, Any], *, is_root: bool) -> None:
    user, group = os.getuid(), os.getgid()
    own = 0 if is_root else NEW_USER
    _check(_libc.unshare(own | NEW_NAMESPACE | NEW_PROCESSES | NEW_IPC | NEW_NAMES), "unshare")
    if own:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{plan['user']} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{plan['group']} {group} 1")
    _check(_libc.sethostname(HOST, len(HOST)), "sethostname")


def _first(plan: dict[str, Any], words: list[str], *, is_root: bool) -> None:
    """The first process of the namespace."""
    _end_with_parent()
    _build(plan)
    child = _fork(lambda: _become(plan, words, is_root=is_root))
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(_code(status))


def _become(plan: dict[str, Any], words: list[str], *, is_root: bool) -> None:
    os.setsid()
    if is_root:
        os.setgroups([])
        os.setresgid(*[plan["group"]] * 3)
        os.setresuid(*[plan["user"]] * 3)
    _check(_libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")
    if plan["library_path"]:
        os.environ["LD_LIBRARY_PATH"] = plan["library_path"]
    os.execv(words[0], words)  # noqa: S606 - the command of the sandbox


def _build(plan: dict[str, Any]) -> None:
    """Lay the entries into a file system in memory, and make it the root."""
    _mount(None, "/", None, RECURSIVE | PRIVATE)
    base = plan["base"]
    _mount("tmpfs", base, "tmpfs", NO_SUID | NO_DEVICES, "mode=755")
    for entry in plan["entries"]:
        _lay(base, entry)
    _folder(f"{base}/proc")
    _mount("proc", f"{base}/proc", "proc", NO_SUID | NO_DEVICES | 8)
    _devices(base, plan["devices"])
    _folder(f"{base}/.laptop")
    os.chdir(base)
    _check(_libc.syscall(PIVOT_ROOT[platform.machine()], b".", b".laptop"), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(b"/.laptop", DETACH), "umount2")
    os.rmdir("/.laptop")  # noqa: PTH106 - one call
    _mount(None, "/", None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEVICES)
    os.chdir(plan["folder"])


def _lay(base: str, entry: dict[str, str]) -> None:
    place = base + entry.get("path", "") if entry["kind"] in {"Link", "Folder"} else base + entry["target"]
    if entry["kind"] == "Link":
        _folder(os.path.dirname(place))  # noqa: PTH120 - texts throughout
        os.symlink(entry["target"], place)  # noqa: PTH211
    elif entry["kind"] == "Folder":
        _folder(place)
    elif entry["kind"] == "Memory":
        _folder(place)
        _mount("tmpfs", place, "tmpfs", NO_SUID | NO_DEVICES, f"mode=1777,size={entry['size']}")
    else:
        _bind(entry["source"], place, NO_SUID | NO_DEVICES if entry["kind"] == "Writable" else READ_ONLY)


def _bind(source: str, place: str, flags: int) -> None:
    if Path(source).is_dir():
        _folder(place)
    else:
        _folder(os.path.dirname(place))  # noqa: PTH120
        if not Path(place).exists():
            Path(place).touch()
    _mount(source, place, None, BIND | RECURSIVE)
    if flags == READ_ONLY and not _libc.syscall(
        MOUNT_SETATTR, AT_WORKING_FOLDER, place.encode(), AT_RECURSIVE, _ATTRIBUTES, 32
    ):
        return
    kept = os.statvfs(place).f_flag
    more = sum(mount for flag, mount in KEPT.items() if kept & flag)
    more |= RELATIVE_TIME if kept & KEPT_RELATIVE else 0
    _mount(None, place, None, REMOUNT | BIND | flags | more)


def _devices(base: str, names: list[str]) -> None:
    _folder(f"{base}/dev")
    _mount("tmpfs", f"{base}/dev", "tmpfs", NO_SUID, "mode=755")
    for name in names:
        _bind(f"/dev/{name}", f"{base}/dev/{name}", 0)
    for name, target in {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}.items():
        os.symlink(f"/proc/self/fd{target}", f"{base}/dev/{name}")  # noqa: PTH211
    _mount(None, f"{base}/dev", None, REMOUNT | BIND | READ_ONLY | NO_SUID)


def _folder(path: str) -> None:
    os.makedirs(path, exist_ok=True)  # noqa: PTH103


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    text = [value.encode() if value else None for value in (source, target, kind)]
    _check(_libc.mount(*text, ctypes.c_ulong(flags), options.encode() or None), f"mount at {target}")


def _end_with_parent() -> None:
    _check(_libc.prctl(PARENT_DEATH, signal.SIGKILL, 0, 0, 0), "prctl")


def _fork(child: Any) -> int:  # noqa: ANN401 - a function without arguments
    pid = os.fork()
    if not pid:
        try:
            child()
        except OSError as error:
            sys.stderr.write(f"{error}\n")
        os._exit(1)
    return pid


def _wait(pid: int) -> int:
    return _code(os.waitpid(pid, 0)[1])


def _code(status: int) -> int:
    """As a shell and bubblewrap say it: 128 and the number of the signal."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
