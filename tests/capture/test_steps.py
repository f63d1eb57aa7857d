"""Which of several consecutive steps are logged: against a plain list."""

import pytest

from keras_v1_activity.capture.steps import Steps


@pytest.mark.parametrize("every", [1, 2, 3, 5, 100])
def test_counts_and_the_last_logged_step_are_those_of_a_list(every):
    for first in range(1, 12):
        for last in range(first, first + 9):
            due = [step for step in range(first, last + 1) if step % every == 0]
            steps = Steps(first, last, every)
            assert steps.n == last - first + 1
            assert steps.n_due == len(due)
            assert steps.last_due == (due[-1] if due else None)
