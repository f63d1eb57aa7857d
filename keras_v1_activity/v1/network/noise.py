"""Constants of the stochastic input of the published network (Chen et al. 2022)."""

N_BACKGROUND_SOURCES: int = 10
"""Sources of the background. All neurons hear the same ten."""

BACKGROUND_PROBABILITY: float = 0.1
"""Probability that a background source fires in a time step: 100 Hz at time steps of 1 ms."""

BACKGROUND_FACTOR: float = 10.0
"""A background weight of the network file is multiplied by this.

The strength of the background in a time step is the number of sources that fire, divided by
`N_BACKGROUND_SOURCES`: 0.1 on average. So it is one file weight on average.
"""

FAST_NOISE_SCALE: float = 2.0
"""Factor of the samples of additive_noise.mat that are drawn in each time step."""

SLOW_NOISE_SCALE: float = 2.0
"""Factor of the samples of additive_noise.mat that are drawn once in each trial."""

CURRENT_PER_PROBABILITY: float = 1.3
"""LGN firing as a current: 1.3 times the probability of a spike per time step.

The current takes the place of the spike, 0 or 1, that a synaptic weight is multiplied by.
"""
