"""A run as one .zip file, which another setscope takes in as it is."""

from __future__ import annotations

import lzma
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from set_engine.config import ConfigError, methods_of_others
from set_engine.run_record import RunRecord
from set_engine.store import DamagedRunError, RunStore
from set_engine.trash import FOLDER as TRASH
from set_engine.trash import RunExistsError
from topology import TopologyFileError

_FILES = re.compile(
    r"run\.json|metrics\.jsonl|notes\.json|reconstructions\.npz|topology/epoch_\d+\.npz"
    r"|checkpoint/(training|model)\.safetensors"
)
# The lock of an owner, and what file managers add.
_OF_NOBODY = re.compile(r"^[^/]+/lock$|^__MACOSX/|(^|/)\.DS_Store$")
# What zipfile raises at bytes that are none of its own; RuntimeError for methods and ciphers it
# does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,120})/(.+)")


class RunBundleError(ValueError):
    """A file that is no bundle of a run, or a damaged one; the message names it."""


def write_bundle(
    store: RunStore,
    run_id: str,
    file: str | Path | BinaryIO,
    progress: Callable[[float], object] = lambda _: None,
) -> None:
    """Write a run with all that was recorded of it as a .zip file with one folder, its id.

    Args:
        store: where the run is.
        run_id: of the run; one that is trained is written as it is now.
        file: a path, or an open binary file.
        progress: is given the share that is written, from 0 to 1.

    Raises:
        RunNotFoundError: if there is no such run.
        OSError: if the file cannot be written.
    """
    folder = store.folder(run_id)
    paths = [path for path in sorted(folder.rglob("*")) if _is_of_a_run(path, folder)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, path in enumerate(paths, start=1):
            # Wirings are compressed already; a log shrinks to a fifth.
            method = zipfile.ZIP_STORED if path.suffix == ".npz" else zipfile.ZIP_DEFLATED
            archive.write(path, f"{run_id}/{path.relative_to(folder).as_posix()}", method)
            progress(number / len(paths))


def _is_of_a_run(path: Path, folder: Path) -> bool:
    return bool(_FILES.fullmatch(path.relative_to(folder).as_posix())) and path.is_file()


class RunBundle:
    """A file of `write_bundle`, looked through before it is taken in.

    Args:
        file: a path, or an open binary file.

    Raises:
        FileNotFoundError: if there is no such file.
        RunBundleError: if it is none, or its `run.json` is damaged.

    Attributes:
        record: of the run.
        n_wirings: epochs whose wiring it has.
        n_bytes: that the run takes in a store.
    """

    def __init__(self, file: str | Path | BinaryIO) -> None:
        self._file = file
        self._named = str(file) if isinstance(file, str | Path) else "the file"
        with self._open() as archive:
            self._members = self._listed(archive)
            self.record = self._read_record(archive)
        self.n_wirings = sum(name.startswith("topology/") for name in self._members)
        self.n_bytes = sum(member.file_size for member in self._members.values())

    def add_to(self, store: RunStore, progress: Callable[[float], object] = lambda _: None) -> None:
        """Take the run in, under its own id, once all of its files are read and sound.

        Args:
            store: where it shall be.
            progress: is given the share that is done, from 0 to 1.

        Raises:
            RunExistsError: if the store, or its trash, has a run of this id.
            RunBundleError: if a file of it is damaged, or it has no room on the disk.
            OSError: if the store cannot be written.
        """
        run_id = self.record.id
        for place, where in ((store.root, "in the store"), (store.root / TRASH, "in the trash")):
            if (place / run_id).exists():
                raise RunExistsError(f"there is a run {run_id!r} {where} already")
        store.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(store.root).free
        if self.n_bytes > free:
            raise RunBundleError(
                f"run {run_id!r} takes {self.n_bytes:,} bytes; the disk has {free:,} left"
            )
        # Beside its place and then renamed: no reader sees half a run.
        with tempfile.TemporaryDirectory(dir=store.root, prefix=".import-") as partial:
            self._extract(Path(partial) / run_id, lambda share: progress(share / 2))
            self._check(RunStore(partial), lambda share: progress((1 + share) / 2))
            (Path(partial) / run_id).rename(store.root / run_id)

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except _DAMAGE as error:
            raise RunBundleError(f"{self._named} is no bundle of a run: {error}") from error

    def _listed(self, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
        """Members that are files of the run, by their names below its folder."""
        found: dict[str, zipfile.ZipInfo] = {}
        folders = set()
        for member in archive.infolist():
            if member.is_dir() or _OF_NOBODY.search(member.filename):
                continue
            match = _NAME.fullmatch(member.filename)
            if not match or not _FILES.fullmatch(match[2]):
                raise RunBundleError(
                    f"{self._named} is no bundle of a run: it holds {member.filename!r}"
                )
            folders.add(match[1])
            found[match[2]] = member
        if "run.json" not in found or len(folders) != 1:
            raise RunBundleError(
                f"{self._named} is no bundle of a run: it must hold one folder with a run.json"
            )
        (self._run_id,) = folders
        return found

    def _read_record(self, archive: zipfile.ZipFile) -> RunRecord:
        try:
            content = archive.read(self._members["run.json"])
            with methods_of_others():
                record = RunRecord.model_validate_json(content)
        except (*_DAMAGE, ValidationError, ConfigError) as error:
            raise RunBundleError(f"run.json of {self._named} is no run record: {error}") from error
        return record.model_copy(update={"id": self._run_id})

    def _extract(self, folder: Path, progress: Callable[[float], object]) -> None:
        with self._open() as archive:
            for number, (name, member) in enumerate(self._members.items(), start=1):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                try:
                    with archive.open(member) as packed, path.open("wb") as file:
                        shutil.copyfileobj(packed, file)
                except _DAMAGE as error:
                    raise RunBundleError(f"{name} of {self._named} is damaged: {error}") from error
                progress(number / len(self._members))

    def _check(self, store: RunStore, progress: Callable[[float], object]) -> None:
        run_id = self._run_id
        try:
            store.metrics(run_id)
            store.notes(run_id)
            store.reconstructions(run_id)
            epochs = store.epochs(run_id)
            for number, epoch in enumerate(epochs, start=1):
                store.snapshot(run_id, epoch)
                progress(number / len(epochs))
        except (DamagedRunError, TopologyFileError) as error:
            said = str(error).replace(f"{store.root}/", "")
            raise RunBundleError(f"{self._named} is damaged: {said}") from error
