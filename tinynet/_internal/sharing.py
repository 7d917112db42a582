"""A lock that lets many readers, or one training step, use a model at a time.

`Sequential.predict`, `evaluate` and `save` read the parameters; a training step changes them.
Readers in several threads share the model, and a step waits until they are done. A waiting reader
goes before the next step, and that step goes before readers that come later, so that neither waits
forever. Steps of several threads take turns. A reader never sees a step half done.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any


class Sharing:
    """A reentrant lock, shared by readers and exclusive for steps.

    A copy or a pickle is a new, free lock, and so is the one in a forked child.

    Attributes
    ----------
    step : Held
        A context in which no other thread reads or makes a step.
    """

    def __init__(self) -> None:
        self._renew()

    def _renew(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self.step = Held(self.start_step, self.stop_step)
        self._readers: Counter[int] = Counter()  # how many times each thread holds the lock
        self._stepper: int | None = None  # the thread that makes a step
        self._depth = 0  # how many times it holds the lock
        self._queue: list[int] = []  # the threads that wait to make a step, in order
        self._turn = 0  # number of finished steps
        self._waiting: list[int] = []  # for each waiting reader, the turn in which it came
        self._trainer: int | None = None  # the thread that is in `fit`
        self._builder = threading.RLock()  # held while the model is built

    def __getstate__(self) -> dict[str, Any]:
        """Return no state: a copy is a free lock."""
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start as a free lock."""
        self._renew()

    def reading(self) -> Held:
        """Return a context in which no step is made."""
        return Held(self.start_reading, self.stop_reading)

    def fitting(self, name: str) -> Held:
        """Return a context in which no other `fit` of the model may start."""
        return Held(partial(self.start_fit, name), self.stop_fit)

    def building(self) -> Held:
        """Return a context in which no other thread builds the model."""
        return Held(self.start_building, self.stop_building)

    def start_building(self) -> None:
        """Wait until no other thread builds the model."""
        if self._process != os.getpid():
            self._renew()
        reads = threading.get_ident() in self._readers  # a step may wait for it
        if not self._builder.acquire(blocking=not reads):
            raise ValueError(
                "Another thread is building the model: build it before model.reading()."
            )

    def stop_building(self) -> None:
        """Let the next thread find the model built."""
        if self._process == os.getpid():
            self._builder.release()

    def start_reading(self) -> None:
        """Wait for the current step, and for one that is waiting for earlier readers."""
        if self._process != os.getpid():
            self._renew()
        me = threading.get_ident()
        with self._condition:
            if me != self._stepper and not self._readers[me]:
                turn = self._turn
                self._waiting.append(turn)
                try:
                    self._condition.wait_for(
                        lambda: self._stepper is None and not (self._queue and turn == self._turn)
                    )
                finally:
                    self._waiting.remove(turn)
            self._readers[me] += 1

    def stop_reading(self) -> None:
        """Release the lock for a step that is waiting for this reader."""
        if self._process != os.getpid():
            return  # in a child that was forked while the parent was reading
        me = threading.get_ident()
        with self._condition:
            self._readers[me] -= 1
            if not self._readers[me]:
                del self._readers[me]
                self._condition.notify_all()

    def start_step(self) -> None:
        """Wait for earlier steps, all current readers, and those that waited for the last step."""
        if self._process != os.getpid():
            self._renew()
        me = threading.get_ident()
        with self._lock:
            if self._stepper == me:
                self._depth += 1
                return
            if self._stepper is not None or self._readers or self._waiting or self._queue:
                self._wait_to_step(me)
            self._stepper, self._depth = me, 1

    def _wait_to_step(self, me: int) -> None:
        reads = me in self._readers
        if reads and any(thread in self._readers for thread in self._queue):
            raise ValueError(
                "Two threads change the model, each in its own model.reading(), and would wait for "
                "each other forever: do it outside of that."
            )
        self._queue.insert(0 if reads else len(self._queue), me)  # the others wait for a reader
        try:
            self._condition.wait_for(lambda: self._queue[0] == me and self._free_for(me))
        except BaseException:  # an interrupt: who waited for this step goes on
            self._condition.notify_all()
            raise
        finally:
            self._queue.remove(me)

    def _free_for(self, me: int) -> bool:
        others = any(thread != me for thread in self._readers)
        earlier = any(turn < self._turn for turn in self._waiting)
        return self._stepper is None and not others and not earlier

    def stop_step(self) -> None:
        """Release the lock for readers."""
        if self._process != os.getpid():
            return
        with self._lock:
            self._depth -= 1
            if self._depth:
                return
            self._stepper = None
            self._turn += 1
            if self._waiting or self._queue:
                self._condition.notify_all()

    def start_fit(self, name: str) -> None:
        """Refuse a second `fit`, also from a callback of the first."""
        if self._process != os.getpid():
            self._renew()
        with self._condition:
            if self._trainer is not None:
                where = "a callback of it" if self._trainer == threading.get_ident() else "a thread"
                raise ValueError(
                    f"{name} is being trained already: fit was called again from {where}. "
                    f"Wait for the first to end, or train a copy, model.copy()."
                )
            self._trainer = threading.get_ident()

    def stop_fit(self) -> None:
        """Allow the next `fit`."""
        self._trainer = None

    @property
    def readers_wait(self) -> bool:
        """Whether a reader has to wait for a step."""
        return bool(self._waiting)

    @property
    def step_waits(self) -> bool:
        """Whether a step has to wait for readers."""
        return bool(self._queue)

    @property
    def in_fit(self) -> bool:
        """Whether a `fit` is running in this process."""
        return self._trainer is not None and self._process == os.getpid()


class Held:
    """A context that calls one function where it begins and another where it ends."""

    def __init__(self, begin: Callable[[], None], end: Callable[[], None]) -> None:
        self._begin, self._end = begin, end

    def __enter__(self) -> None:
        self._begin()

    def __exit__(self, *error: object) -> None:
        self._end()
