"""What a page asks of a run's settings, whoever trained it.

A run that a `Recorder` wrote has a `RecordedConfig`, which knows little: it is treated as a
classifier of inputs that are no images, with whatever figures its rows have.
"""

from __future__ import annotations

from app.labels import data_name, listed
from set_engine import METHODS, DivergedError, Method, RecordedConfig, RunRecord, TrainingConfig


def planned_epochs(record: RunRecord) -> int | None:
    """Epochs that the run has when it ends by itself; None if nobody said."""
    return record.config.epochs


def is_recorded_elsewhere(record: RunRecord) -> bool:
    """Whether another program's training loop was recorded."""
    return isinstance(record.config, RecordedConfig)


def why_not_again(record: RunRecord) -> str | None:
    """Why no run like it can be begun here; None if one can."""
    config = record.config
    if isinstance(config, RecordedConfig):
        return "Its training loop is another program's: only that can begin one like it."
    if config.method not in METHODS:
        return f"Method '{config.method}' is unknown here; import the module that defines it."
    return None


def all_full(record: RunRecord) -> str:
    """What to say of a run whose layers are all full."""
    config = record.config
    said = "Every layer is full: there is no wiring to see."
    if isinstance(config, RecordedConfig):
        return said
    if config.method == "dense":
        return f"{said} Method 'dense' keeps it so, to compare sparse networks with."
    return f"{said} Lower ε for sparse layers."


def is_classifier(record: RunRecord) -> bool:
    """Whether the run may have accuracies; otherwise it learns to reconstruct its samples."""
    config = record.config
    return isinstance(config, RecordedConfig) or config.model != "rbm"


def pixels_shape(record: RunRecord) -> tuple[int, int, int] | None:
    """(channels, rows, columns) if the first layer's inputs are the pixels of an image.

    Those of a CNN's sparse top are what the convolutions make of an image.
    """
    if record.data is None or isinstance(record.config, RecordedConfig):
        return None
    return None if record.config.model == "cnn" else record.data.image_shape


def layers_note(record: RunRecord) -> str:
    """Which layers of the network the recorded ones are, where that is not all; else empty."""
    if isinstance(record.config, RecordedConfig) or record.config.model != "cnn":
        return ""
    return "The layers of the sparse top; its inputs are what the convolutions make of an image."


def loss_unit(record: RunRecord) -> str:
    """What the losses of the run measure."""
    config = record.config
    if isinstance(config, RecordedConfig):
        return "loss"
    if config.model == "rbm":
        return "mean squared error"
    return "cross-entropy (nats)" if config.loss == "cross_entropy" else "squared error"


def diverged_learning_rate(record: RunRecord) -> float | None:
    """The learning rate with which the run diverged; None if it did not."""
    failure, config = record.failure, record.config
    if failure is None or failure.kind != DivergedError.__name__:
        return None
    return None if isinstance(config, RecordedConfig) else config.learning_rate


def settings_sentence(record: RunRecord) -> str:
    """What one would ask first of a run's settings, its seed among them.

    >>> settings_sentence(RunRecord(id="a", config=TrainingConfig(seed=3)))
    'seed 3 · ε 2.5 · ζ 0.3 · learning rate 0.2 · batches of 144'
    """
    config = record.config
    if isinstance(config, RecordedConfig):
        said = listed([f"{name} {_text(value)}" for name, value in config.settings.items()])
        return f"recorded by another program: {said}" if said else "recorded by another program"
    return (
        f"seed {config.seed} · ε {config.epsilon:g} · ζ {config.zeta:g} · learning rate "
        f"{config.learning_rate:g} · batches of {config.batch_size:,}"
    )


def random_age(record: RunRecord) -> float | None:
    """Mean age of connections, in epochs, if random ones made room for new ones; None if unknown.

    Of those that are there right after an evolution, a share ζ (1 − ζ)^a is of age a.

    >>> random_age(RunRecord(id="a", config=TrainingConfig(zeta=0.25)))
    3.0
    """
    config = record.config
    if isinstance(config, RecordedConfig) or not METHODS.get(config.method, Method).evolves:
        return None
    if config.evolve_every != "epoch" or config.zeta_schedule != "constant":
        return None
    return (1 - config.zeta) / config.zeta


def setting_values(record: RunRecord) -> dict[str, tuple[str, str]]:
    """Every setting of a run, and its default with the run's method, both as text."""
    config = record.config
    if isinstance(config, RecordedConfig):
        return {name: (_text(value), "") for name, value in config.settings.items()}
    defaults = {name: field.default for name, field in TrainingConfig.model_fields.items()}
    defaults |= METHODS.get(config.method, Method).defaults
    return {
        name: (_text(value), _text(defaults[name])) for name, value in config.model_dump().items()
    }


def data_sentence(record: RunRecord) -> str:
    """What the run was trained on, in words; empty while that is not known."""
    data = record.data
    if data is None:
        return ""
    shape = "" if data.image_shape is None else f" ({_shape_name(data.image_shape)} pixels)"
    return (
        f"{data_name(record)}: {data.n_train:,} samples to train on and {data.n_test:,} to test "
        f"with, {data.n_features:,} features{shape}, {data.n_classes} classes"
    )


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return listed(value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _shape_name(shape: tuple[int, int, int]) -> str:
    channels, rows, columns = shape
    return f"{rows} × {columns}" if channels == 1 else f"{rows} × {columns} × {channels}"
