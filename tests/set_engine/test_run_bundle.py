"""A run leaves as a file and comes in elsewhere as it was."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from set_engine import (
    RunBundle,
    RunBundleError,
    RunExistsError,
    RunNotes,
    RunNotFoundError,
    RunStatus,
    RunStore,
    RunTrash,
    TrainingConfig,
    record_run,
    write_bundle,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def run_id(store: RunStore) -> str:
    """An RBM, which has files of all kinds."""
    config = TrainingConfig(model="rbm", hidden=(30,), epochs=3)
    writer = store.create(config)
    record_run(writer, config)
    store.write_notes(writer.run_id, RunNotes(name="Mine", tags=("a",), note="why"))
    return writer.run_id


@pytest.fixture
def bundle(store: RunStore, run_id: str, tmp_path: Path) -> Path:
    path = tmp_path / "run.zip"
    write_bundle(store, run_id, path)
    return path


@pytest.fixture
def other(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "other")


def content(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def rewritten(bundle: Path, changes: dict[str, bytes | None], run_id: str) -> io.BytesIO:
    """The bundle with other files; None takes one out."""
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, data in changes.items():
        files[name.replace("RUN", run_id)] = data
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name, data in files.items():
            if data is not None:
                archive.writestr(name, data)
    return changed


def test_comes_in_as_it_left(store: RunStore, run_id: str, bundle: Path, other: RunStore) -> None:
    shares: list[float] = []
    looked_at = RunBundle(bundle)
    assert looked_at.record == store.record(run_id)
    assert looked_at.n_wirings == len(store.epochs(run_id)) == 4
    looked_at.add_to(other, shares.append)
    assert content(other.folder(run_id)) == content(store.folder(run_id))
    assert other.record(run_id) == store.record(run_id)
    assert [other.snapshot(run_id, epoch).digest for epoch in other.epochs(run_id)] == [
        store.snapshot(run_id, epoch).digest for epoch in store.epochs(run_id)
    ]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [path.name for path in other.root.iterdir()] == [run_id]


def test_an_open_file_does_as_well(store: RunStore, run_id: str, other: RunStore) -> None:
    file = io.BytesIO()
    write_bundle(store, run_id, file)
    RunBundle(file).add_to(other)
    assert content(other.folder(run_id)) == content(store.folder(run_id))


def test_a_run_that_is_there_is_not_overwritten(run_id: str, bundle: Path, other: RunStore) -> None:
    RunBundle(bundle).add_to(other)
    before = content(other.folder(run_id))
    with pytest.raises(RunExistsError, match=f"there is a run '{run_id}' in the store already"):
        RunBundle(bundle).add_to(other)
    assert content(other.folder(run_id)) == before
    RunTrash(other).put(run_id)
    with pytest.raises(RunExistsError, match=f"there is a run '{run_id}' in the trash already"):
        RunBundle(bundle).add_to(other)


def test_a_run_that_is_trained_is_written_as_it_is_now(store: RunStore, other: RunStore) -> None:
    writer = store.create(TrainingConfig())
    writer.begin()
    file = io.BytesIO()
    write_bundle(store, writer.run_id, file)
    writer.finish(RunStatus.STOPPED)
    RunBundle(file).add_to(other)
    assert other.record(writer.run_id).status is RunStatus.INTERRUPTED


def test_only_runs_that_are_can_leave(store: RunStore, tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError):
        write_bundle(store, "nobody", tmp_path / "run.zip")
    assert not (tmp_path / "run.zip").exists()


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "strange.zip"
    path.write_bytes(data)
    with pytest.raises(RunBundleError, match=r"strange\.zip is no bundle of a run"):
        RunBundle(path)
    with pytest.raises(FileNotFoundError):
        RunBundle(tmp_path / "absent.zip")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"RUN/run.json": None}, "must hold one folder with a run.json"),
        ({"two/run.json": b"{}"}, "must hold one folder with a run.json"),
        ({"RUN/run.json": b"{}"}, "run.json of the file is no run record"),
        ({"RUN/run.json": b"\xff"}, "run.json of the file is no run record"),
        ({"RUN/metrics.jsonl": b"nonsense\n"}, "metrics.jsonl has a line that is no metrics"),
        ({"RUN/notes.json": b"[]"}, "notes.json holds no notes"),
        ({"RUN/topology/epoch_000002.npz": b"PK"}, "epoch_000002.npz"),
        ({"RUN/reconstructions.npz": b"PK"}, "reconstructions.npz"),
    ],
)
def test_what_is_damaged_is_refused_and_leaves_nothing(
    bundle: Path, run_id: str, other: RunStore, changes: dict[str, bytes | None], said: str
) -> None:
    with pytest.raises(RunBundleError) as refused:
        RunBundle(rewritten(bundle, changes, run_id)).add_to(other)
    assert said in str(refused.value)
    assert not other.root.exists() or not list(other.root.iterdir())


@pytest.mark.parametrize(
    "name",
    [
        "../evil.npz",
        "RUN/../../evil.npz",
        "/tmp/evil.npz",
        "RUN/topology/../../../epoch_000001.npz",
        "RUN/evil.py",
        "RUN\\metrics.jsonl",
        "run.json",
    ],
)
def test_nothing_leads_out_of_the_store(
    bundle: Path, run_id: str, other: RunStore, name: str
) -> None:
    with pytest.raises(RunBundleError, match="is no bundle of a run: it holds '"):
        RunBundle(rewritten(bundle, {name: b"x"}, run_id)).add_to(other)


def test_what_file_managers_add_stays_behind(bundle: Path, run_id: str, other: RunStore) -> None:
    added = {"RUN/lock": b"", "__MACOSX/RUN/._run.json": b"x", "RUN/.DS_Store": b"x"}
    RunBundle(rewritten(bundle, added, run_id)).add_to(other)
    assert set(content(other.root)) == {
        f"{run_id}/{name}" for name in content(other.folder(run_id))
    }
    assert not list(other.root.rglob("*DS_Store")) + list(other.root.rglob("lock"))


@pytest.mark.parametrize("at", np.linspace(0.02, 0.98, 25))
def test_a_changed_byte_is_noticed_or_changes_nothing(
    bundle: Path, run_id: str, store: RunStore, other: RunStore, at: float
) -> None:
    data = bytearray(bundle.read_bytes())
    data[int(at * len(data))] ^= 0xFF
    try:
        RunBundle(io.BytesIO(data)).add_to(other)
    except RunBundleError:
        assert not other.root.exists() or not list(other.root.iterdir())
    else:
        assert content(other.folder(run_id)) == content(store.folder(run_id))


def test_a_run_that_has_no_room_is_refused(
    bundle: Path, other: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 10

    monkeypatch.setattr("set_engine.run_bundle.shutil.disk_usage", lambda _: Usage)
    with pytest.raises(RunBundleError, match=r"takes [\d,]+ bytes; the disk has 10 left"):
        RunBundle(bundle).add_to(other)
