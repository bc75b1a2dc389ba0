from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from topology import write_atomically


def _mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _break_after(*parts: bytes, error: BaseException):
    def write(file):
        for part in parts:
            file.write(part)
        raise error

    return write


class TestWriteAtomically:
    def test_writes_and_leaves_nothing_beside(self, tmp_path):
        path = tmp_path / "note"
        for content in (b"first", b"", b"the second, longer one"):
            write_atomically(path, lambda file, content=content: file.write(content))
            assert path.read_bytes() == content
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("error", [OSError("full"), ValueError("bad"), KeyboardInterrupt()])
    def test_a_write_that_fails_leaves_the_old_file(self, tmp_path, error):
        path = tmp_path / "note"
        path.write_bytes(b"old")
        with pytest.raises(type(error)):
            write_atomically(path, _break_after(b"half", error=error))
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_first_write_that_fails_leaves_nothing(self, tmp_path):
        with pytest.raises(OSError, match="disk full"):
            write_atomically(tmp_path / "note", _break_after(b"half", error=OSError("disk full")))
        assert list(tmp_path.iterdir()) == []

    def test_a_rename_that_fails_leaves_nothing_beside(self, tmp_path):
        (tmp_path / "note" / "inside").mkdir(parents=True)
        with pytest.raises(OSError, match="note"):
            write_atomically(tmp_path / "note", lambda file: file.write(b"new"))
        assert list(tmp_path.iterdir()) == [tmp_path / "note"]

    def test_the_old_file_stands_until_the_new_one_is_whole(self, tmp_path):
        path = tmp_path / "note"
        path.write_bytes(b"old")
        seen = []

        def write(file):
            file.write(b"new")
            file.flush()
            seen.append(path.read_bytes())

        write_atomically(path, write)
        assert seen == [b"old"]
        assert path.read_bytes() == b"new"

    def test_a_reader_of_the_old_file_reads_on(self, tmp_path):
        path = tmp_path / "note"
        path.write_bytes(b"old")
        with path.open("rb") as reader:
            write_atomically(path, lambda file: file.write(b"new"))
            assert reader.read() == b"old"

    def test_is_synced_before_it_is_renamed(self, tmp_path, monkeypatch):
        path, synced = tmp_path / "note", []
        real = os.fsync

        def fsync(descriptor):
            synced.append((os.fstat(descriptor).st_size, path.exists()))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        write_atomically(path, lambda file: file.write(b"12345"))
        assert synced == [(5, False)]

    def test_needs_its_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            write_atomically(tmp_path / "absent" / "note", lambda file: file.write(b""))

    def test_is_as_readable_as_any_new_file(self, tmp_path):
        (tmp_path / "plain").touch()
        write_atomically(tmp_path / "note", lambda file: file.write(b""))
        assert _mode(tmp_path / "note") == _mode(tmp_path / "plain")

    @pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o002, 0o664)])
    def test_respects_the_umask(self, tmp_path, umask, mode):
        script = (
            "import os, sys; from pathlib import Path\n"
            f"os.umask({umask})\n"
            "from topology import write_atomically\n"
            "write_atomically(Path(sys.argv[1]), lambda file: file.write(b'x'))\n"
            f"assert os.umask(0) == {umask}\n"
        )
        subprocess.run([sys.executable, "-c", script, str(tmp_path / "note")], check=True)
        assert _mode(tmp_path / "note") == mode
