"""Make, train, rewire and record sparse networks."""

# First: it must run before torch is imported.
from set_engine.cores import leave_cores_to_kernels  # isort: skip
from set_engine.config import ConfigError, TrainingConfig, allowed
from set_engine.control import RunControl, StopRequested
from set_engine.dataset import Dataset, DatasetError, data_folder, load_dataset
from set_engine.evolution import SetEvolution, Turnover, evolve, prune
from set_engine.manager import NotLiveError, RunManager
from set_engine.metrics import EpochMetrics
from set_engine.observer import Observer, Observers
from set_engine.progress import Progress
from set_engine.recording import record_run
from set_engine.run_record import FailureInfo, RunRecord, RunStatus
from set_engine.run_writer import RunWriter
from set_engine.sparse_linear import SparseLinear
from set_engine.store import DamagedRunError, RunListing, RunNotFoundError, RunStore
from set_engine.trainer import DivergedError, check_fit
from set_engine.training import TrainingResult, overfilled_layers, train

__all__ = [
    "ConfigError",
    "DamagedRunError",
    "Dataset",
    "DatasetError",
    "DivergedError",
    "EpochMetrics",
    "FailureInfo",
    "NotLiveError",
    "Observer",
    "Observers",
    "Progress",
    "RunControl",
    "RunListing",
    "RunManager",
    "RunNotFoundError",
    "RunRecord",
    "RunStatus",
    "RunStore",
    "RunWriter",
    "SetEvolution",
    "SparseLinear",
    "StopRequested",
    "TrainingConfig",
    "TrainingResult",
    "Turnover",
    "allowed",
    "check_fit",
    "data_folder",
    "evolve",
    "leave_cores_to_kernels",
    "load_dataset",
    "overfilled_layers",
    "prune",
    "record_run",
    "train",
]
