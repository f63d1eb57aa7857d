"""Time steps of the model against times of NEST, on paper."""

import numpy as np
import pytest

from keras_v1_activity.v1.nest.clock import Clock


def test_a_step_is_the_interval_after_the_lead_closed_at_its_end():
    clock = Clock(dt=0.5)
    # Step 0 is ]0.5, 1.0] ms, step 1 is ]1.0, 1.5] ms.
    assert clock.lead == 0.5
    assert clock.steps_of([0.5, 0.6, 1.0, 1.1, 1.5]).tolist() == [-1, 0, 0, 1, 1]


@pytest.mark.parametrize("dt", [0.1, 0.5, 1.0])
def test_an_input_arrives_at_the_end_of_its_step(dt):
    clock, steps = Clock(dt), np.arange(2000)
    arrival = clock.input_times(steps) + dt
    np.testing.assert_array_equal(clock.steps_of(arrival), steps)
    np.testing.assert_array_equal(clock.steps_of(arrival + 0.01 * dt), steps + 1)


def test_delays_are_whole_steps_from_one_to_the_longest():
    np.testing.assert_allclose(
        Clock(0.5).delays([0.0, 0.2, 0.8, 1.2, 9.0], 4), [0.5, 0.5, 1.0, 1.0, 2.0]
    )
