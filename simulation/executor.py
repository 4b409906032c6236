"""Independent tasks on some workers, results as they come: one after another here, in threads, in processes, or on a Dask cluster.

A worker that dies costs its task another try, never the others; a task that kills whatever runs it is answered with `WorkerLost`.
Every back end is given no more tasks at a time than it has workers for.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as ready
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from threading import Thread
from time import monotonic
from traceback import format_exc
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from simulation.errors import InputRefused, Problem, WorkerLost, nearest

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Answer = TypeVar("Answer")
HERE = ("processes", "threads")
SPAWN = multiprocessing.get_context("spawn")
ALONE = 2
"""Tries of a task with nothing beside it, after its worker died."""
POLL, PATIENCE = 5.0, 60.0
"""Seconds between looks at a cluster that gives no answer, and until one without workers is given up."""


class Execute(Protocol):
    """Do `work` on each of `tasks` and yield (task, answer or error) as they finish, in any order."""

    def __call__(
        self, work: Callable[[Task], Answer], tasks: Sequence[Task]
    ) -> Generator[tuple[Task, Answer | BaseException], None, None]: ...


def executor(on: str | Client = "processes", workers: int = 2) -> Execute:
    """Return what executes tasks.

    Parameters
    ----------
    on : ``processes``, ``threads``, the address of a Dask scheduler (``tcp://host:8786``), or a `distributed.Client`. A cluster needs
        nothing but this package on its workers; what restarts dead workers there (a nanny, a batch system) is its own affair.
    workers : of this machine; one does the tasks here, one after another.

    Raises
    ------
    InputRefused
        `on` is none of these.
    """
    if not isinstance(on, str):
        return partial(on_client, on)
    if "://" in on:
        return partial(at_address, on)
    if on not in HERE:
        raise InputRefused(Problem("--on", on, "processes, threads, or the address of a scheduler (tcp://HOST:PORT)", nearest(on, HERE)))
    if workers <= 1:
        return serial
    return partial(processes if on == "processes" else threads, workers)


def serial(work: Callable[[Task], Answer], tasks: Sequence[Task]) -> Generator[tuple[Task, Answer | BaseException], None, None]:
    """Do the tasks one after another in this process."""
    for task in tasks:
        try:
            yield task, work(task)
        except Exception as error:
            yield task, error


def at_address(
    address: str, work: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Generator[tuple[Task, Answer | BaseException], None, None]:
    """Do the tasks on the Dask cluster whose scheduler listens at `address`; ``tls://`` takes its certificates from Dask's settings.

    Raises
    ------
    InputRefused
        Dask is not installed, or nobody answers.
    """
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError:
        remedy = "pip install 'onewindow[cluster]'"
        raise InputRefused(Problem("--on", address, "a cluster needs the package distributed", remedy)) from None
    try:
        # A client that cannot connect tries for a minute.
        socket.create_connection(get_address_host_port(address), timeout=POLL).close()
        client = Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        rule = f"a Dask scheduler answers there ({str(error).splitlines()[0]})"
        raise InputRefused(Problem("--on", address, rule, "start one: dask scheduler")) from None
    with client:
        yield from on_client(client, work, tasks)


def on_client(
    client: Client, work: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Generator[tuple[Task, Answer | BaseException], None, None]:
    """Do the tasks on a Dask cluster, which itself tries again when a worker dies (``distributed.scheduler.allowed-failures``).

    Raises
    ------
    WorkerLost
        The scheduler is gone, or has had no worker for `PATIENCE` seconds: Dask would wait for ever. Where the first comes later than that,
        wait for it before (``client.wait_for_workers``).
    """
    from distributed import KilledWorker

    gone: list[float] = []

    def room() -> int:
        # Twice as many as run, so that no worker waits for its next task.
        return max(2, 2 * at_work())

    def at_work() -> int:
        try:
            return sum(client.nthreads().values())
        except (OSError, RuntimeError):
            return 0

    def deserted() -> bool:
        if at_work():
            gone.clear()
        else:
            gone.append(monotonic())
        return bool(gone) and gone[-1] - gone[0] > PATIENCE

    died, suspects = (KilledWorker, CancelledError), list[Task]()
    pool = client.get_executor(pure=False)
    try:
        for task, answer in _fed(pool, room, work, deque(tasks), deserted):
            if isinstance(answer, died):
                suspects.append(task)
            else:
                yield task, answer
        # Dask blames all that lay on a worker when it died: what is lost alone kills its worker.
        for suspect in suspects:
            for task, answer in _fed(pool, room, work, deque([suspect]), deserted):
                yield task, WorkerLost() if isinstance(answer, died) else answer
    except Exception:
        if client.status != "closed":
            raise
        raise WorkerLost((), "the scheduler of the cluster is gone; what was done is stored") from None
    finally:
        if client.status != "closed":
            # Takes back what is not done; what is under way there ends for nothing.
            pool.shutdown(wait=False)


def threads(
    workers: int, work: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Generator[tuple[Task, Answer | BaseException], None, None]:
    """Do the tasks in threads of this process: for engines that release the interpreter's lock."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield from _fed(pool, lambda: workers, work, deque(tasks))
    finally:
        # Does not wait for what they do.
        pool.shutdown(wait=False, cancel_futures=True)


def processes(
    workers: int, work: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Generator[tuple[Task, Answer | BaseException], None, None]:
    """Do the tasks in processes of this machine, which end when this one does, however it ends.

    Each has a pipe of its own: its death is seen at once, and costs nobody else anything. (`ProcessPoolExecutor` ends all workers when
    one dies, and waits for ever when one dies while it hands over an answer.)
    """
    waiting, again, deaths = deque(range(len(tasks))), deque[int](), [0] * len(tasks)
    crew = dict(_hired(work) for _ in range(min(workers, len(tasks))))
    idle, under_way = list(crew), dict[Connection, int]()
    try:
        while waiting or again or under_way:
            while (waiting and len(under_way) < workers) or (again and not waiting and not under_way):
                if not idle:
                    pipe, process = _hired(work)
                    crew[pipe] = process
                    idle.append(pipe)
                k, pipe = (waiting or again).popleft(), idle.pop()
                under_way[pipe] = k
                with suppress(OSError):
                    # To one who is dead already; that is seen below.
                    pipe.send(tasks[k])
            heard = ready(list(under_way))
            for pipe in [one for one in under_way if one in heard]:
                k = under_way.pop(pipe)
                try:
                    answer = pipe.recv()
                except (EOFError, OSError):
                    crew.pop(pipe).join()
                    pipe.close()
                    deaths[k] += 1
                    if deaths[k] > ALONE:
                        yield tasks[k], WorkerLost()
                    else:
                        again.append(k)
                    continue
                except Exception as error:
                    # An answer that cannot be read.
                    answer = error
                idle.append(pipe)
                yield tasks[k], answer
    finally:
        for process in crew.values():
            process.kill()
        for pipe, process in crew.items():
            process.join()
            pipe.close()


def _hired(work: Callable[[Any], Any]) -> tuple[Connection, SpawnProcess]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(theirs, work), daemon=True)
    with _interrupts_later(), theirs:
        process.start()
    return ours, process


def serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """Do what comes through `pipe` until it closes. Ctrl-C is left to the parent, who knows what is to be kept."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if (parent := multiprocessing.parent_process()) is not None:

        def leave(parent: BaseProcess = parent) -> None:
            parent.join()
            os._exit(1)

        Thread(target=leave, daemon=True).start()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = work(task)
        except Exception as error:
            error.add_note(format_exc())
            answer = error
        try:
            pipe.send(answer)
        except OSError:
            return
        except Exception as error:
            pipe.send(TypeError(f"an answer that cannot be sent: {error!r}"))


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold Ctrl-C back while processes begin, and in them for good: until `serve` runs they would print a traceback each."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fed(
    pool: Executor,
    room: Callable[[], int],
    work: Callable[[Task], Answer],
    waiting: deque[Task],
    deserted: Callable[[], bool] = lambda: False,
) -> Generator[tuple[Task, Answer | BaseException], None, None]:
    """Submit tasks to a pool, as many at a time as there is room for."""
    under_way: dict[Future[Answer], Task] = {}
    while under_way or waiting:
        while waiting and len(under_way) < room():
            task = waiting.popleft()
            under_way[pool.submit(work, task)] = task
        done = wait(under_way, POLL, FIRST_COMPLETED).done
        if not done and deserted():
            told = f"the cluster was without a worker for {PATIENCE:g} s, and these runs waited; what was done is stored"
            raise WorkerLost(map(str, under_way.values()), told)
        for future in done:
            task, error = under_way.pop(future), CancelledError() if future.cancelled() else future.exception()
            yield task, future.result() if error is None else error
