"""Work on several things at once, and leave at once when asked to stop, whatever the threads are waiting for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from signage.runtime.cancel import Cancelled, CancelToken

Item = TypeVar("Item")
Result = TypeVar("Result")


def work_on(
    items: Sequence[Item], work: Callable[[Item], Result], at_once: int, cancel: CancelToken, name: str
) -> Iterator[tuple[Item, Result]]:
    """Each item with its result, in the order in which they are ready. An exception in `work` is raised here.

    Ends early when `cancel` is cancelled. A thread that waits for a name server can't be interrupted: it is left to
    itself. The threads are daemons, which unlike those of ThreadPoolExecutor do not keep the program from ending.
    """
    waiting: SimpleQueue[Item] = SimpleQueue()
    for item in items:
        waiting.put(item)
    done: SimpleQueue[tuple[Item, Result] | BaseException | None] = SimpleQueue()
    left = threading.Event()

    def take() -> None:
        while not cancel.cancelled and not left.is_set():
            try:
                item = waiting.get_nowait()
            except Empty:
                return
            try:
                done.put((item, work(item)))
            except Cancelled:
                return
            except BaseException as error:
                done.put(error)

    for number in range(min(at_once, len(items))):
        threading.Thread(target=take, name=f"{name}-{number}", daemon=True).start()
    try:
        with cancel.on_cancel(lambda: done.put(None)):
            for _ in items:
                result = done.get()
                if result is None:
                    return
                if isinstance(result, BaseException):
                    raise result
                yield result
    finally:
        left.set()
