"""What the wiring of a sparse network is: layers, snapshots, and their files."""

from topology.archive import TopologyFileError, load_topology, save_topology
from topology.files import write_atomically
from topology.layer import LayerTopology
from topology.scipy_layers import Imported, import_scipy_layers
from topology.snapshot import TopologySnapshot

__all__ = [
    "Imported",
    "LayerTopology",
    "TopologyFileError",
    "TopologySnapshot",
    "import_scipy_layers",
    "load_topology",
    "save_topology",
    "write_atomically",
]
