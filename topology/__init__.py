"""What the wiring of a sparse network is: layers, snapshots, and their files."""

from topology.archive import TopologyFileError, load_topology, save_topology
from topology.files import write_atomically
from topology.layer import LayerTopology
from topology.snapshot import TopologySnapshot

__all__ = [
    "LayerTopology",
    "TopologyFileError",
    "TopologySnapshot",
    "load_topology",
    "save_topology",
    "write_atomically",
]
