"""Trains the runs that come with the program, and packs them.

`python -m benchmarks.examples` takes a minute or two on two cores and writes
`app/example_runs/*.zip`, of under 2 MB together: of the recorded wirings some fifty, without the
model and the checkpoint.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from dataclasses import replace

import numpy as np

from app.curves import thinned
from app.examples import FOLDER
from app.stories import STORIES
from set_engine import RunStore, record_run
from topology import LayerTopology, TopologySnapshot, save_topology

_MOST_WIRINGS = 60
_MOST_BYTES = 2_000_000
_IDS = {"example-hubs-emerge": STORIES[0], "example-no-hubs": STORIES[1]}


def main() -> None:
    """Write all archives anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(folder)
        for run_id, story in _IDS.items():
            (config,) = story.configs()
            writer = store.create(config)
            record_run(writer, config)
            _pack(store, writer.run_id, run_id)
    size = sum(path.stat().st_size for path in FOLDER.glob("*.zip"))
    assert size < _MOST_BYTES, f"{size:,} bytes"
    print(f"{size:,} bytes")


def _pack(store: RunStore, trained: str, run_id: str) -> None:
    source, folder = store.root / trained, store.root / run_id
    (folder / "topology").mkdir(parents=True)
    epochs = store.epochs(trained)
    for place in {0, *thinned(len(epochs), _MOST_WIRINGS).tolist()}:
        wiring = _coarser(store.snapshot(trained, epochs[place]))
        save_topology(wiring, folder / "topology" / f"epoch_{wiring.epoch:06d}.npz")
    shutil.copy(source / "metrics.jsonl", folder)
    record = json.loads((source / "run.json").read_text(encoding="utf-8"))
    record |= {"id": run_id, "host": "the makers of setscope"}
    (folder / "run.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
    with zipfile.ZipFile(FOLDER / f"{run_id}.zip", "w", zipfile.ZIP_LZMA) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(store.root))


def _coarser(snapshot: TopologySnapshot) -> TopologySnapshot:
    """The same wiring, with weights of two digits: the others do not compress, nor show."""
    return replace(snapshot, layers=tuple(map(_with_short_weights, snapshot.layers)))


def _with_short_weights(layer: LayerTopology) -> LayerTopology:
    if layer.weights is None:
        return layer
    weights = np.array([float(f"{weight:.1e}") for weight in layer.weights], np.float32)
    return LayerTopology(layer.indptr, layer.indices, layer.n_inputs, layer.n_outputs, weights)


if __name__ == "__main__":
    main()
