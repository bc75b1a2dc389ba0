from .checkpoint import Checkpoint, CheckpointError
from .config import ConfigError, TrainingConfig, allowed, choices
from .control import RunControl, StopRequested
from .cores import available_cores, leave_cores_to_kernels, use_cores
from .data.dataset import (
    SOURCES_HELP,
    Dataset,
    DatasetError,
    check_source,
    load_dataset,
)
from .evolution import Evolution, Turnover
from .evolving_layer import EvolvingLayer
from .fit import check_fit
from .incoming_run import IncomingRun, find_incoming, may_be_network, take_in, visible_files
from .manager import NotLiveError, RunManager
from .masked_layers import MaskedConv2d, MaskedLinear
from .methods import METHODS, SET, Method
from .metrics import EpochMetrics
from .networks import make_network
from .observer import Observer, Observers
from .presets import PRESETS, Preset
from .progress import Progress
from .reconstruction import Reconstructions
from .recorder import Recorder
from .recording import record_run
from .run_bundle import RunBundle, RunBundleError, write_bundle
from .run_notes import RunNotes, RunNotesError
from .run_record import DatasetInfo, FailureInfo, RecordedConfig, RunRecord, RunStatus
from .run_writer import RunWriter
from .sparse_linear import SparseLinear
from .sparsification import sparsify
from .store import (
    DamagedRunError,
    FileStamp,
    NotResumableError,
    RunListing,
    RunNotFoundError,
    RunStamp,
    RunStore,
)
from .trainer import DivergedError, Trainer
from .training import Resumption, TrainingResult, load_data, overfilled_layers, train
from .trash import RunExistsError, RunInUseError, RunTrash

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
    "FileStamp",
    "IncomingRun",
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
    "RunBundle",
    "RunBundleError",
    "RunControl",
    "RunExistsError",
    "RunInUseError",
    "RunListing",
    "RunManager",
    "RunNotFoundError",
    "RunNotes",
    "RunNotesError",
    "RunRecord",
    "RunStamp",
    "RunStatus",
    "RunStore",
    "RunTrash",
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
    "find_incoming",
    "leave_cores_to_kernels",
    "load_data",
    "load_dataset",
    "make_network",
    "may_be_network",
    "overfilled_layers",
    "record_run",
    "sparsify",
    "take_in",
    "train",
    "use_cores",
    "visible_files",
    "write_bundle",
]
