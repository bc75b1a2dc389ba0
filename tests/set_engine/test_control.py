from __future__ import annotations

import threading

import pytest

from set_engine import RunControl, StopRequested

PATIENCE = 20.0


class Loop:
    """A training loop of epochs of 3 steps, in a thread, that trains nothing."""

    def __init__(self, control: RunControl, n_epochs: int = 4) -> None:
        self.control = control
        self.steps: list[tuple[int, int]] = []
        self.pauses: list[bool] = []
        self.held = threading.Semaphore(0)
        self.stopped = False
        self._n_epochs = n_epochs
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for epoch in range(self._n_epochs):
                for step in range(3):
                    self.control.before_step(self._on_paused)
                    self.steps.append((epoch, step))
                self.control.after_epoch()
        except StopRequested:
            self.stopped = True

    def _on_paused(self, is_paused: bool) -> None:
        self.pauses.append(is_paused)
        if is_paused:
            self.held.release()

    def wait_held(self) -> None:
        assert self.held.acquire(timeout=PATIENCE)

    def wait_end(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture
def paused() -> Loop:
    control = RunControl()
    control.pause()
    loop = Loop(control)
    loop.wait_held()
    return loop


def test_nothing_asked_nothing_held():
    loop = Loop(RunControl())
    loop.wait_end()
    assert len(loop.steps) == 12
    assert loop.pauses == []
    assert not loop.stopped


def test_pause_holds_before_the_next_step(paused):
    assert paused.steps == []
    paused.control.resume()
    paused.wait_end()
    assert len(paused.steps) == 12
    assert paused.pauses == [True, False]


def test_stop_ends_a_paused_run(paused):
    assert not paused.control.stop_requested
    paused.control.stop()
    paused.wait_end()
    assert paused.stopped
    assert paused.steps == []
    # It goes from paused to stopped, without running between.
    assert paused.pauses == [True]
    assert paused.control.stop_requested


def test_step_goes_to_the_end_of_the_epoch(paused):
    for n_epochs in (1, 2, 3):
        paused.control.step_epoch()
        paused.wait_held()
        assert len(paused.steps) == 3 * n_epochs
    paused.control.step_epoch()
    paused.wait_end()
    assert len(paused.steps) == 12


def test_resume_after_a_step_goes_on(paused):
    paused.control.step_epoch()
    paused.wait_held()
    paused.control.resume()
    paused.wait_end()
    assert len(paused.steps) == 12
    assert paused.pauses == [True, False] * 2


@pytest.mark.parametrize(("later", "held_after"), [("resume", None), ("pause", 0)])
def test_the_last_word_counts(later, held_after):
    control = RunControl()
    control.step_epoch()
    getattr(control, later)()
    loop = Loop(control)
    if held_after is None:
        loop.wait_end()
        assert len(loop.steps) == 12
    else:
        loop.wait_held()
        assert len(loop.steps) == held_after
        control.stop()
        loop.wait_end()


def test_a_stop_is_never_taken_back():
    control = RunControl()
    control.stop()
    for ask in (control.pause, control.resume, control.step_epoch):
        ask()
        with pytest.raises(StopRequested):
            control.before_step()
