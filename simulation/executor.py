"""Independent tasks over a few workers, results as they come. A worker that dies costs its task a second try, never the others."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from typing import TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def serial(work: Callable[[Task], Answer], tasks: Sequence[Task]) -> Iterator[tuple[Task, Answer | BaseException]]:
    """Do the tasks one after another in this process."""
    for task in tasks:
        try:
            yield task, work(task)
        except Exception as error:
            yield task, error


def leave_with_parent() -> None:
    """Let this worker end when its parent does, a killed one too: it would wait for tasks for ever."""
    if (parent := multiprocessing.parent_process()) is not None:

        def leave(parent: multiprocessing.process.BaseProcess = parent) -> None:
            parent.join()
            os._exit(1)

        Thread(target=leave, daemon=True).start()


def processes(
    work: Callable[[Task], Answer], tasks: Sequence[Task], workers: int, tries: int = 3
) -> Iterator[tuple[Task, Answer | BaseException]]:
    """Do the tasks in `workers` processes and yield (task, answer or error) as they finish.

    When a worker dies the pool is lost with all its tasks under way; they are tried again, in the end each alone, so that only the
    task that kills its worker fails.
    """
    context = multiprocessing.get_context("spawn")
    left = list(tasks)
    for attempt in range(tries):
        alone = attempt == tries - 1
        lost: list[Task] = []
        for part in [[task] for task in left] if alone else [left]:
            with ProcessPoolExecutor(min(workers, max(1, len(part))), context, leave_with_parent) as pool:
                futures: dict[Future[Answer], Task] = {}
                try:
                    for task in part:
                        try:
                            futures[pool.submit(work, task)] = task
                        except BrokenProcessPool:
                            lost.append(task)
                    for future in as_completed(futures):
                        error = future.exception()
                        if isinstance(error, BrokenProcessPool):
                            if alone:
                                yield futures[future], error
                            else:
                                lost.append(futures[future])
                        else:
                            yield futures[future], future.result() if error is None else error
                except (KeyboardInterrupt, GeneratorExit):
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        left = lost
        if not left:
            return
