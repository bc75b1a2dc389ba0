from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from set_engine import (
    ConfigError,
    Evolution,
    MaskedLinear,
    NotResumableError,
    RecordedConfig,
    Recorder,
    RunManager,
    RunStatus,
    RunStore,
    SparseLinear,
    run_writer,
    sparsify,
)

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return sparsify(nn.Sequential(nn.Conv2d(2, 9, 3), nn.Flatten(), *_linear()), 2)


def _linear() -> tuple[nn.Module, ...]:
    return nn.Linear(36, 30), nn.ReLU(), nn.Linear(30, 3)


def _move(model: nn.Module) -> None:
    with torch.no_grad():
        model[2].weight += 1


def _break_off(
    recorder: Recorder, error: BaseException, before: Callable[[], object] = lambda: None
) -> None:
    """One epoch, and in the middle of the next one the error."""
    with recorder:
        recorder.epoch(train_loss=1)
        before()
        raise error


class TestARunThatEnds:
    def test_is_in_the_store_like_any_other(self, store, model):
        ticks = iter([10.0, 11.5, 14.0])
        with Recorder(
            model,
            "my net",
            store=store,
            settings={"lr": 0.1},
            epochs=2,
            clock=lambda: next(ticks),
        ) as recorder:
            recorder.epoch(
                train_loss=0.7,
                test_loss=np.float32(0.5),
                train_accuracy=torch.tensor(0.25),
                test_accuracy=1,
                step=12,
                learning_rate=torch.tensor([0.5], requires_grad=True),
            )
            recorder.epoch(test_loss=0.25)
        record = store.record(recorder.run_id)
        assert record.config == RecordedConfig(name="my net", epochs=2, settings={"lr": 0.1})
        assert (record.status, record.failure, record.data) == (RunStatus.FINISHED, None, None)
        assert "-my-net-" in recorder.run_id
        first, second = store.metrics(recorder.run_id)[1]
        n_connections = model[0].n_connections + model[2].n_connections + 90
        assert first.model_dump() == {
            "epoch": 1,
            "step": 12,
            "train_loss": 0.7,
            "test_loss": 0.5,
            "train_accuracy": 0.25,
            "test_accuracy": 1.0,
            "seconds": 1.5,
            "n_connections": n_connections,
            "replaced": 0,
            "figures": {"learning_rate": 0.5},
        }
        assert (second.epoch, second.step, second.seconds) == (2, 12, 2.5)
        assert second.values.keys() == {"test_loss", "seconds", "n_connections", "replaced"}

    def test_its_wirings_have_the_names_of_the_modules(self, store, model):
        with Recorder(model, "net", store=store) as recorder:
            start = store.snapshot(recorder.run_id, 0)
            _move(model)
            recorder.epoch(train_loss=0.5, step=7)
        assert store.epochs(recorder.run_id) == (0, 1)
        last = store.snapshot(recorder.run_id, 1)
        assert start.names == last.names == ("0", "2", "4")
        assert not last.is_chain
        assert (last.epoch, last.step, last.metrics["train_loss"]) == (1, 7, 0.5)
        assert last.layers[:2] == (model[0].topology(), model[2].topology())
        assert start.layers[1] != last.layers[1]
        assert last.layers[2].density == 1
        np.testing.assert_array_equal(
            last.layers[2].to_scipy().toarray(), model[4].weight.detach().numpy()
        )

    @pytest.mark.parametrize("layer", [nn.Linear(9, 4), SparseLinear(9, 4, 1)])
    def test_a_model_may_be_one_layer(self, store, layer):
        with Recorder(layer, "net", store=store) as recorder:
            assert store.snapshot(recorder.run_id, 0).names == (type(layer).__name__,)

    def test_is_shown_while_it_goes_on(self, store, model):
        with Recorder(model, "net", store=store) as recorder:
            assert store.record(recorder.run_id).status is RunStatus.RUNNING
            assert store.epochs(recorder.run_id) == (0,)
            recorder.epoch(train_loss=1)
            assert store.metrics(recorder.run_id)[1][0].train_loss == 1
            assert store.epochs(recorder.run_id) == (0, 1)

    def test_without_a_block_it_is_closed_once(self, store, model):
        recorder = Recorder(model, "net", store=str(store.root))
        recorder.epoch(train_loss=1)
        recorder.close()
        ended = store.record(recorder.run_id).ended
        recorder.close()
        assert store.record(recorder.run_id).status is RunStatus.FINISHED
        assert store.record(recorder.run_id).ended == ended
        with pytest.raises(RuntimeError, match=f"run '{recorder.run_id}' is closed"):
            recorder.epoch(train_loss=1)

    def test_counts_what_left_its_place(self, store, model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        layers = (model[0], model[2])
        with Recorder(model, "net", store=store) as recorder:
            before = [set(layer.places().tolist()) for layer in layers]
            Evolution(model, optimizer, zeta=0.5).step()
            after = [set(layer.places().tolist()) for layer in layers]
            recorder.epoch()
            recorder.epoch()
        first, second = store.metrics(recorder.run_id)[1]
        gone = sum(len(one - other) for one, other in zip(before, after, strict=True))
        assert first.replaced == gone > 0
        assert second.replaced == 0


class TestWhichWiringsAreRecorded:
    @pytest.mark.parametrize(("every", "epochs"), [(2, (0, 2, 4, 5)), (10, (0, 5)), (5, (0, 5))])
    def test_every_so_many_epochs_and_the_last(self, store, model, every, epochs):
        with Recorder(model, "net", store=store, record_every=every) as recorder:
            for epoch in range(5):
                recorder.epoch(train_loss=epoch)
        assert store.epochs(recorder.run_id) == epochs
        assert store.snapshot(recorder.run_id, 5).metrics["train_loss"] == 4

    def test_what_never_changes_is_recorded_ever_more_sparsely(self, store):
        with Recorder(nn.Sequential(*_linear()), "net", store=store) as recorder:
            for _ in range(7):
                recorder.epoch()
        assert store.epochs(recorder.run_id) == (0, 1, 2, 4, 7)

    def test_a_removal_after_the_last_epoch_is(self, store, model):
        evolution = Evolution(model, torch.optim.SGD(model.parameters(), lr=0.1))
        with Recorder(model, "net", store=store) as recorder:
            recorder.epoch(train_loss=0.5)
            assert evolution.finish().dropped > 0
        snapshot = store.snapshot(recorder.run_id, 1)
        assert snapshot.layers[0] == model[0].topology()
        assert snapshot.metrics["train_loss"] == 0.5


class TestARunThatBreaksOff:
    @pytest.mark.parametrize("error", [ValueError("of the loop"), SystemExit(3)])
    def test_an_exception_is_recorded_and_raised(self, store, model, error):
        recorder = Recorder(model, "net", store=store)
        with pytest.raises(type(error)) as caught:
            _break_off(recorder, error)
        assert caught.value is error
        record = store.record(recorder.run_id)
        assert record.status is RunStatus.FAILED
        assert (record.failure.kind, record.failure.message) == (type(error).__name__, str(error))
        assert "raise error" in record.failure.traceback

    def test_an_interrupt_from_the_keyboard_is_a_stop(self, store, model):
        recorder = Recorder(model, "net", store=store, record_every=2)
        with pytest.raises(KeyboardInterrupt):
            _break_off(recorder, KeyboardInterrupt(), lambda: _move(model))
        record = store.record(recorder.run_id)
        assert (record.status, record.failure) == (RunStatus.STOPPED, None)
        # Not the network that was measured.
        assert dict(store.snapshot(recorder.run_id, 1).metrics) == {}
        assert store.snapshot(recorder.run_id, 1).layers[1] == model[2].topology()

    def test_a_stop_leaves_what_was_recorded(self, store, model):
        recorder, measured = Recorder(model, "net", store=store), model[2].topology()
        with pytest.raises(KeyboardInterrupt):
            _break_off(recorder, KeyboardInterrupt(), lambda: _move(model))
        snapshot = store.snapshot(recorder.run_id, 1)
        assert snapshot.layers[1] == measured != model[2].topology()
        assert snapshot.metrics["train_loss"] == 1

    def test_a_wiring_that_cannot_be_written_is_a_failure(self, store, model, monkeypatch):
        def full(_snapshot, _path):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(run_writer, "save_topology", full)
        with pytest.raises(OSError, match="No space left"):
            Recorder(model, "net", store=store)
        (record,) = store.records().records
        assert record.status is RunStatus.FAILED

    def test_so_is_one_at_the_end(self, store, model):
        recorder = Recorder(model, "net", store=store, record_every=2)
        recorder.epoch()
        with torch.no_grad():
            model[2].weight[0] = torch.nan
        with pytest.raises(ValueError, match="layer '2': weights hold nan"):
            recorder.close()
        record = store.record(recorder.run_id)
        assert record.status is RunStatus.FAILED
        assert record.failure.message.startswith("layer '2': weights hold nan")

    def test_one_never_closed_is_interrupted(self, store, run_python):
        script = (
            "import os, sys; from torch import nn; from set_engine import Recorder\n"
            "recorder = Recorder(nn.Linear(3, 2), 'net', store=sys.argv[1])\n"
            "recorder.epoch(train_loss=1)\n"
            "print(recorder.run_id, flush=True); os._exit(0)\n"
        )
        run_id = run_python(script, str(store.root)).strip()
        assert store.record(run_id).status is RunStatus.INTERRUPTED
        assert len(store.metrics(run_id)[1]) == 1

    def test_only_its_own_program_can_go_on(self, store, model):
        recorder = Recorder(model, "net", store=store)
        with pytest.raises(KeyboardInterrupt):
            _break_off(recorder, KeyboardInterrupt())
        for resume in (store.resume, RunManager(store).resume_run):
            with pytest.raises(NotResumableError, match="was trained by a program of its own"):
                resume(recorder.run_id)
        assert store.record(recorder.run_id).status is RunStatus.STOPPED


class TestFigures:
    def test_that_are_not_finite_are_left_out_and_noticed_once(self, store, model):
        with Recorder(model, "net", store=store) as recorder:
            recorder.epoch(train_loss=1, test_loss=0.5, gain=2)
            recorder.epoch(train_loss=float("nan"), test_loss=0.5, gain=float("-inf"))
            recorder.epoch(train_loss=torch.tensor(float("inf")))
        rows = store.metrics(recorder.run_id)[1]
        assert [(row.train_loss, row.test_loss, row.figures) for row in rows] == [
            (1, 0.5, {"gain": 2}),
            (None, 0.5, {}),
            (None, None, {}),
        ]
        after = "; figures that are not finite are not recorded"
        assert store.record(recorder.run_id).notices == (
            f"train_loss was nan after epoch 2{after}",
            f"gain was -inf after epoch 2{after}",
        )

    @pytest.mark.parametrize(
        ("figures", "message"),
        [
            ({"test_accuracy": 97.5}, "test_accuracy is 97.5; it must be a share, from 0 to 1"),
            ({"train_accuracy": -0.1}, "train_accuracy is -0.1; it must be a share"),
            ({"train_loss": "low"}, "train_loss is 'low'; it must be a number"),
            ({"test_loss": torch.zeros(2)}, r"test_loss is tensor\(\[0., 0.\]\); it must be a num"),
            ({"gain": [1]}, r"gain is \[1\]; it must be a number"),
            ({"seconds": 3}, "seconds is no figure to give; the recorder measures it by itself"),
            ({"epoch": 3}, "epoch is no figure to give"),
            ({"step": 4}, "step is 4; it must be at least 5, that of the last epoch"),
        ],
    )
    def test_out_of_range_are_refused_and_leave_no_row(self, store, model, figures, message):
        recorder = Recorder(model, "net", store=store)
        recorder.epoch(step=5)
        with pytest.raises(ValueError, match=message):
            recorder.epoch(**figures)
        recorder.epoch()
        recorder.close()
        assert [row.epoch for row in store.metrics(recorder.run_id)[1]] == [1, 2]


class TestRefusals:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"name": ""}, "name is ''; it must be a text that is not empty"),
            ({"epochs": 0}, "epochs is 0; it must be a whole number of at least 1"),
            ({"record_every": 0}, "record_every is 0; it must be a whole number of at least 1"),
            ({"settings": {"lr": {1, 2}}}, r"settings\[lr\] is {1, 2}; it must be a JSON value"),
        ],
    )
    def test_settings_out_of_range(self, store, model, settings, message):
        with pytest.raises(ConfigError, match=message):
            Recorder(model, **({"name": "net", "store": store} | settings))
        assert not store.root.exists()

    def test_a_model_without_a_layer(self, store):
        with pytest.raises(ValueError, match="Conv2d has no layer to record"):
            Recorder(nn.Conv2d(2, 3, 1), "net", store=store)

    def test_weights_that_are_not_finite(self, store):
        layer = nn.Linear(3, 2)
        nn.init.constant_(layer.weight, torch.inf)
        with pytest.raises(ValueError, match="layer 'Linear': weights hold inf"):
            Recorder(layer, "net", store=store)
        assert not store.root.exists()

    def test_a_model_with_other_layers_than_at_the_start(self, store, model):
        recorder = Recorder(model, "net", store=store)
        model.append(nn.Linear(3, 3))
        with pytest.raises(ValueError, match="layers are 0, 2, 4, 5; when the run began they were"):
            recorder.epoch()
        del model[5]
        recorder.close()

    def test_a_layer_may_become_sparse(self, store):
        model = nn.Sequential(*_linear())
        with Recorder(model, "net", store=store) as recorder:
            sparsify(model, 2)
            recorder.epoch()
            model[0] = MaskedLinear(model[0])
            recorder.epoch()
        densities = [store.snapshot(recorder.run_id, epoch).layers[0].density for epoch in range(3)]
        assert densities[0] == 1
        assert densities[1] == densities[2] < 1


def test_half_precision_is_recorded(store):
    layer = nn.Linear(3, 2).bfloat16()
    with Recorder(layer, "net", store=store) as recorder:
        weights = store.snapshot(recorder.run_id, 0).layers[0].to_scipy().toarray()
    np.testing.assert_array_equal(weights, layer.weight.detach().float().numpy())


def test_the_lines_of_the_readme_train_and_record(tmp_path, monkeypatch):
    text = README.read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (lines,) = (example for example in examples if "Recorder(" in example)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    exec(lines, {})
    store = RunStore("runs")
    (record,) = store.records().records
    rows = store.metrics(record.id)[1]
    assert (record.status, record.config.name) == (RunStatus.FINISHED, "my-net")
    assert len(rows) == record.config.epochs == 20
    assert rows[-1].train_loss < rows[0].train_loss / 2
    assert all(row.replaced > 0 for row in rows)
    assert len({row.n_connections for row in rows}) == 1
    assert store.snapshot(record.id, 20).widths == (20, 300, 300, 2)
