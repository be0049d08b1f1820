"""Folders and spare users of kernels. All of it blocks on the disk: call it in a thread."""

import contextlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from engine.kernels.recipes import SPARE_USERS, Home, Recipe
from engine.ports import KernelFailed

LONGEST = 80
"""A socket's path may have 107 bytes."""


class Homes:
    """Makes and removes the folders of kernels under one folder of ours."""

    def __init__(self, runs: Path, users: range = SPARE_USERS) -> None:
        self._runs = runs
        self._users = users
        self._taken: set[int] = set()

    def make(self, recipe: Recipe, workspace: Path | None = None) -> Home:
        """Make a private run folder, and a workspace if none is given, for a user of their own."""
        uid = self._spare_user() if recipe.spare_user else None
        try:
            self._runs.mkdir(mode=0o711, parents=True, exist_ok=True)
            base = self._runs if len(str(self._runs)) < LONGEST else None
            run = Path(tempfile.mkdtemp(prefix=f"k{os.getpid()}-", dir=base))
            if workspace is None:
                workspace = Path(tempfile.mkdtemp(prefix=f"w{os.getpid()}-", dir=base))
            else:
                workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
            if uid is not None:
                give_to(run, uid)
                give_to(workspace, uid)
        except OSError as error:
            self._taken.discard(uid or -1)
            raise KernelFailed("workspace_failed", f"No folder for the kernel: {error}.") from error
        return Home(workspace=workspace, run=run, uid=uid)

    def remove(self, home: Home, with_workspace: bool) -> None:
        """Remove the run folder, and the workspace if it is not to be kept; give the user back."""
        shutil.rmtree(home.run, ignore_errors=True)
        if with_workspace:
            shutil.rmtree(home.workspace, ignore_errors=True)
        if home.uid is not None:
            self._taken.discard(home.uid)

    def sweep(self, workspaces: Path | None) -> None:
        """Remove what servers left here that were killed: run folders and warm workspaces."""
        for folder in filter(None, (self._runs, workspaces)):
            for left in folder.glob("*") if folder.is_dir() else ():
                owner = _LEFT.match(left.name)
                if owner and not _lives(int(owner[1])):
                    shutil.rmtree(left, ignore_errors=True)

    def move_in(self, home: Home, workspace: Path) -> Home:
        """Let a kernel that runs already have `workspace`: its folder takes that place and content.

        The kernel sees the folder by its inode, so it does not notice.
        """
        workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
        for entry in list(workspace.iterdir()):
            entry.rename(home.workspace / entry.name)
        if home.uid is not None:
            give_to(home.workspace, home.uid)
        workspace.rmdir()
        home.workspace.rename(workspace)
        return Home(workspace=workspace, run=home.run, uid=home.uid)

    def _spare_user(self) -> int:
        used = self._taken | _users_of_processes()
        for uid in self._users:
            if uid not in used:
                self._taken.add(uid)
                return uid
        raise KernelFailed("too_many_kernels", "No spare user is left for another kernel.")


def warm_name(number: int) -> str:
    """Return the name of a workspace that belongs to nobody yet."""
    return f".warm-{os.getpid()}-{number}"


_LEFT = re.compile(r"(?:k|w|\.warm-)(\d+)-")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _users_of_processes() -> set[int]:
    users = set()
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit():
                users.add(os.stat(f"/proc/{name}").st_uid)
    return users


def give_to(folder: Path, uid: int) -> None:
    """Make `uid` the owner of a folder and all in it, never following a link out of it."""
    for _, folders, files, place in os.fwalk(folder, follow_symlinks=False):
        for name in (*folders, *files):
            _give(name, uid, place)
        os.fchown(place, uid, uid)


def _give(name: str, uid: int, place: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(name, dir_fd=place, follow_symlinks=False)
        # A second name of a file may lie elsewhere: what it names is not ours to give.
        if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
            return
        os.chown(name, uid, uid, dir_fd=place, follow_symlinks=False)
