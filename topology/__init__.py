"""What the wiring of a sparse network is: layers, snapshots, and their files."""

from topology.archive import TopologyFileError, load_topology, save_topology
from topology.files import write_atomically
from topology.imported import Imported
from topology.layer import LayerTopology
from topology.named_arrays import check_threshold, import_arrays
from topology.network_files import import_network
from topology.scipy_layers import import_scipy_layers
from topology.snapshot import TopologySnapshot

__all__ = [
    "Imported",
    "LayerTopology",
    "TopologyFileError",
    "TopologySnapshot",
    "check_threshold",
    "import_arrays",
    "import_network",
    "import_scipy_layers",
    "load_topology",
    "save_topology",
    "write_atomically",
]
