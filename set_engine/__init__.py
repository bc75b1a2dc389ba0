"""Make, train, rewire and record sparse networks."""

# First: it must run before torch is imported.
from set_engine.cores import available_cores, leave_cores_to_kernels, use_cores  # isort: skip
from set_engine.checkpoint import Checkpoint, CheckpointError
from set_engine.config import ConfigError, TrainingConfig, allowed, choices
from set_engine.control import RunControl, StopRequested
from set_engine.data.dataset import (
    SOURCES_HELP,
    Dataset,
    DatasetError,
    check_source,
    load_dataset,
)
from set_engine.evolution import Evolution, Turnover
from set_engine.evolving_layer import EvolvingLayer
from set_engine.fit import check_fit
from set_engine.manager import NotLiveError, RunManager
from set_engine.masked_layers import MaskedConv2d, MaskedLinear
from set_engine.methods import METHODS, SET, Method
from set_engine.metrics import EpochMetrics
from set_engine.networks import make_network
from set_engine.observer import Observer, Observers
from set_engine.presets import PRESETS, Preset
from set_engine.progress import Progress
from set_engine.reconstruction import Reconstructions
from set_engine.recorder import Recorder
from set_engine.recording import record_run
from set_engine.run_record import DatasetInfo, FailureInfo, RecordedConfig, RunRecord, RunStatus
from set_engine.run_writer import RunWriter
from set_engine.sparse_linear import SparseLinear
from set_engine.sparsify import sparsify
from set_engine.store import (
    DamagedRunError,
    NotResumableError,
    RunListing,
    RunNotFoundError,
    RunStore,
)
from set_engine.trainer import DivergedError, Trainer
from set_engine.training import Resumption, TrainingResult, load_data, overfilled_layers, train

__all__ = [
    "METHODS",
    "PRESETS",
    "SET",
    "SOURCES_HELP",
    "Checkpoint",
    "CheckpointError",
    "ConfigError",
    "DamagedRunError",
    "Dataset",
    "DatasetError",
    "DatasetInfo",
    "DivergedError",
    "EpochMetrics",
    "Evolution",
    "EvolvingLayer",
    "FailureInfo",
    "MaskedConv2d",
    "MaskedLinear",
    "Method",
    "NotLiveError",
    "NotResumableError",
    "Observer",
    "Observers",
    "Preset",
    "Progress",
    "Reconstructions",
    "RecordedConfig",
    "Recorder",
    "Resumption",
    "RunControl",
    "RunListing",
    "RunManager",
    "RunNotFoundError",
    "RunRecord",
    "RunStatus",
    "RunStore",
    "RunWriter",
    "SparseLinear",
    "StopRequested",
    "Trainer",
    "TrainingConfig",
    "TrainingResult",
    "Turnover",
    "allowed",
    "available_cores",
    "check_fit",
    "check_source",
    "choices",
    "leave_cores_to_kernels",
    "load_data",
    "load_dataset",
    "make_network",
    "overfilled_layers",
    "record_run",
    "sparsify",
    "train",
    "use_cores",
]
