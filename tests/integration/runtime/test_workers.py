"""Whatever a stranger's bytes do to a worker process, this process goes on: real processes, real signals."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from signage.errors import ConfigError, Problem, SourceError
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.workers import TaskLimits, WorkerFault, WorkerKilled, WorkerPool
from tests.fixtures import worker_tasks as tasks
from tests.fixtures.paths import ROOT

AMPLE = tasks.AMPLE
PATIENCE = 60.0  # seconds; a busy machine is no fault of the code


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(3) as made:
        yield made


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Poll another process's state, which offers nothing to wait on."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        threading.Event().wait(0.02)


def test_a_task_runs_in_another_process_and_the_workers_stay(pool: WorkerPool) -> None:
    assert pool.call(tasks.twice, 21, limits=AMPLE, cancel=None) == 42
    found = {pool.call(tasks.process, limits=AMPLE, cancel=None) for _ in range(30)}
    assert os.getpid() not in found
    assert len(found) <= 3


def test_workers_give_way_to_the_answers_to_players(pool: WorkerPool) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert pool.call(tasks.priority, limits=AMPLE, cancel=None) == max(own, 10)


@pytest.mark.parametrize(
    ("task", "arguments", "limits", "reason"),
    [
        (tasks.burn, (), TaskLimits(1, tasks.FOREVER, 10**9), "Reading it took more than 1 s of processor time."),
        (tasks.sleep, (tasks.FOREVER,), TaskLimits(600, 0.2, 10**9), "Reading it took more than 0.2 s."),
        (tasks.burn, (), TaskLimits(600, 0.2, 10**9), "Reading it took more than 0.2 s."),
        (tasks.allocate, (10**9,), TaskLimits(600, 600, 10**8), "Reading it needed more than 100 MB of memory."),
        (bytes, (10**7,), TaskLimits(600, 600, 10**9, 10**6), "Reading it produced more than 1 MB."),
        (tasks.crash, (), AMPLE, "The process that reads it crashed (SIGSEGV)"),
        (tasks.leave, (7,), AMPLE, "The process that reads it crashed (code 7)"),
    ],
    ids=["processor time", "wall time", "wall time in C", "memory", "result", "crash", "exit"],
)
def test_each_limit_ends_the_task_and_says_which_it_was(
    task: Callable[..., object], arguments: tuple[object, ...], limits: TaskLimits, reason: str, pool: WorkerPool
) -> None:
    with pytest.raises(WorkerKilled) as caught:
        pool.call(task, *arguments, limits=limits, cancel=None)
    assert reason in caught.value.reason
    assert pool.call(tasks.twice, 4, limits=AMPLE, cancel=None) == 8


def test_memory_is_limited_for_one_task_and_not_for_the_next(pool: WorkerPool) -> None:
    tight = TaskLimits(600, 600, 10**7)
    for _ in range(6):  # on every worker
        with pytest.raises(WorkerKilled):
            pool.call(tasks.allocate, 10**8, limits=tight, cancel=None)
    for _ in range(6):
        assert pool.call(tasks.allocate, 10**8, limits=AMPLE, cancel=None) == 10**8


def test_a_killed_worker_costs_no_other_task(pool: WorkerPool, tmp_path: Path) -> None:
    mark, until = tmp_path / "begun", tmp_path / "end"
    with ThreadPoolExecutor(2) as threads:
        steady = threads.submit(pool.call, tasks.touch_and_wait, str(mark), str(until), limits=AMPLE, cancel=None)
        wait_for(mark.exists, "the task never began")
        for bad in (tasks.crash, tasks.burn, tasks.crash):
            with pytest.raises(WorkerKilled):
                pool.call(bad, limits=TaskLimits(600, 0.2, 10**9), cancel=None)
            assert pool.call(tasks.twice, 1, limits=AMPLE, cancel=None) == 2
        until.touch()
        assert steady.result(PATIENCE) == "done"


def test_workers_that_are_killed_while_idle_are_replaced(pool: WorkerPool) -> None:
    for _ in range(3):
        victim = pool.call(tasks.process, limits=AMPLE, cancel=None)
        os.kill(victim, signal.SIGKILL)
        assert pool.call(tasks.twice, 2, limits=AMPLE, cancel=None) == 4


def test_a_task_whose_worker_is_told_to_end_from_outside_is_run_again(pool: WorkerPool, tmp_path: Path) -> None:
    mark, until = tmp_path / "begun", tmp_path / "end"
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.call, tasks.touch_and_wait, str(mark), str(until), limits=AMPLE, cancel=None)
        wait_for(mark.exists, "the task never began")
        for child in _workers():
            child.send_signal(signal.SIGTERM)
        until.touch()
        assert asked.result(PATIENCE) == "done"


def test_the_end_of_the_fork_server_is_survived(pool: WorkerPool) -> None:
    pool.call(tasks.process, limits=AMPLE, cancel=None)
    (server,), left = _fork_servers(), _workers()
    server.kill()
    assert pool.call(tasks.twice, 3, limits=AMPLE, cancel=None) == 6
    assert psutil.wait_procs(left, timeout=PATIENCE)[1] == []


def test_exceptions_come_as_they_were_raised(pool: WorkerPool) -> None:
    with pytest.raises(SourceError) as caught:
        pool.call(tasks.fail_source, limits=AMPLE, cancel=None)
    assert (caught.value.reason, caught.value.retry_after, caught.value.body) == (
        "The JSON stops in the middle.",
        12.0,
        b"{}",
    )
    with pytest.raises(KeyError, match="a fault of ours") as fault:
        pool.call(tasks.fail_by_fault, limits=AMPLE, cancel=None)
    assert "in fail_by_fault" in fault.value.__notes__[0]
    with pytest.raises(WorkerFault, match="Stubborn: one"):
        pool.call(tasks.fail_stubbornly, limits=AMPLE, cancel=None)
    with pytest.raises(WorkerFault, match="lambda"):
        pool.call(tasks.unpicklable, limits=AMPLE, cancel=None)


def test_our_own_errors_survive_being_pickled() -> None:
    config = pickle.loads(pickle.dumps(ConfigError([Problem("a.csv", 1, 2, "", "is empty")])))  # noqa: S301
    assert config.problems == [Problem("a.csv", 1, 2, "", "is empty")]
    given = SourceError(
        "a", "b", "c", "d", fault="gone", values={"status": 404}, retry_after=1.0, waiting=True, body=b"e"
    )
    source = pickle.loads(pickle.dumps(given))  # noqa: S301 our own bytes
    assert (type(source), vars(source), str(source)) == (SourceError, vars(given), "c The address is b. Hint: d")


def test_a_cancelled_task_ends_at_once(pool: WorkerPool, tmp_path: Path) -> None:
    token, mark = CancelToken(), tmp_path / "begun"
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.call, tasks.touch_and_burn, str(mark), limits=AMPLE, cancel=token)
        wait_for(lambda: mark.exists() and mark.read_text(), "the task never began")
        token.cancel()
        with pytest.raises(Cancelled):
            asked.result(5)
    wait_for(lambda: not psutil.pid_exists(int(mark.read_text())), "the worker burns on")
    with pytest.raises(Cancelled):
        pool.call(tasks.twice, 1, limits=AMPLE, cancel=token)


def test_workers_hold_none_of_our_files_and_sockets(pool: WorkerPool, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock, socket.socket() as listening:
        os.set_inheritable(lock.fileno(), True)
        listening.bind(("127.0.0.1", 0))
        with WorkerPool(1) as fresh:
            assert fresh.call(tasks.open_files, limits=AMPLE, cancel=None) == []


def test_the_terminals_signals_are_for_the_program(pool: WorkerPool) -> None:
    assert pool.call(tasks.signals, limits=AMPLE, cancel=None) == {"SIGINT": True, "SIGHUP": True, "SIGTERM": False}


def test_workers_begin_with_what_they_need_and_without_the_command_line(pool: WorkerPool) -> None:
    loaded = pool.call(tasks.modules, limits=AMPLE, cancel=None)
    assert "signage.sources.types.ical" in loaded
    assert "signage.cli" not in loaded
    assert "playwright" not in loaded


def test_no_worker_outlives_a_program_that_was_killed(tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    program = subprocess.Popen([sys.executable, "-m", "tests.fixtures.worker_tasks", str(mark)], cwd=ROOT)
    try:
        wait_for(lambda: mark.exists() and mark.read_text(), "the program never began")
        family = psutil.Process(program.pid).children(recursive=True)
        assert int(mark.read_text()) in {each.pid for each in family}
    finally:
        program.kill()
        program.wait()
    _, left = psutil.wait_procs(family, timeout=PATIENCE)
    assert left == []


def test_closing_ends_what_is_going_on(tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    closing = WorkerPool(1)
    with ThreadPoolExecutor(1) as threads:
        token = CancelToken()
        asked = threads.submit(closing.call, tasks.touch_and_burn, str(mark), limits=AMPLE, cancel=token)
        wait_for(lambda: mark.exists() and mark.read_text(), "the task never began")
        token.cancel()
        closing.close()
        with pytest.raises(Cancelled):
            asked.result(5)
    assert not psutil.pid_exists(int(mark.read_text()))


def _fork_servers() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "multiprocessing.forkserver" in " ".join(child.cmdline())]


def _workers() -> list[psutil.Process]:
    """The processes that the fork server has made."""
    return [worker for server in _fork_servers() for worker in server.children()]
