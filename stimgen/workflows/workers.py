"""Run one function over many jobs, in this process or in several."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, TypeVar

from stimgen.errors import WorkerError

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(
    function: Callable[..., Result], jobs: Sequence[Job], *, n_processes: int, **options: Any
) -> Iterator[tuple[int, Result]]:
    """Yield the index and the result of each job as it is done.

    Args:
        function: A function of a module, called as function(job, **options).
        jobs: What to call it with; sent to other processes if there are any.
        n_processes: How many processes; 1 is this one.
        options: The same for all jobs.

    Raises:
        WorkerError: If a process ended by itself, for example because memory ran out.
    """
    call = partial(function, **options)
    if n_processes == 1 or len(jobs) < 2:
        for index, job in enumerate(jobs):
            yield index, call(job)
        return
    # spawned, not forked: threads of libraries do not survive a fork, and it is the same on every system
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(
        min(n_processes, len(jobs)), mp_context=context, initializer=_stay_with_the_parent
    )
    try:
        futures = {executor.submit(call, job): index for index, job in enumerate(jobs)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool:
        raise WorkerError(
            "a process of --jobs ended by itself, perhaps because memory ran out; use fewer --jobs and run again: "
            "what is done is kept"
        ) from None
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _stay_with_the_parent() -> None:
    """Leave signals to the parent, and end when it does, however that comes about."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # nobody is left to give results to; files are written beside their places, so none is half there
        os._exit(1)
