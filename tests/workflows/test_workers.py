import math
import operator
import os

import pytest

from stimgen.errors import WorkerError
from stimgen.workflows.workers import run_jobs


def process_of(job):
    return os.getpid()


def test_one_process_does_all_jobs_in_order_and_is_this_one():
    assert list(run_jobs(int, ["3", "11"], n_processes=1, base=16)) == [(0, 3), (1, 17)]
    assert {pid for _, pid in run_jobs(process_of, [1, 2], n_processes=1)} == {os.getpid()}


def test_a_single_job_needs_no_other_process():
    assert list(run_jobs(process_of, [1], n_processes=8)) == [(0, os.getpid())]


def test_several_processes_give_every_result_with_its_index():
    assert sorted(run_jobs(operator.neg, [5, 6, 7], n_processes=2)) == [(0, -5), (1, -6), (2, -7)]


@pytest.mark.parametrize("n_processes", [1, 2])
def test_an_error_of_a_job_is_that_of_the_run(n_processes):
    with pytest.raises(ValueError, match="math domain"):
        list(run_jobs(math.sqrt, [1.0, -1.0], n_processes=n_processes))


def test_a_process_that_ends_by_itself_is_one_sentence():
    with pytest.raises(WorkerError, match="use fewer --jobs and run again: what is done is kept") as caught:
        list(run_jobs(os._exit, [3, 3], n_processes=2))
    assert "\n" not in str(caught.value)
