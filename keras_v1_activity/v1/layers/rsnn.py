"""The recurrent layer `rsnn`: spikes and membrane potentials of the V1 network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.cells import make_cell
from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell, State
from keras_v1_activity.v1.engine.sequence import RecurrentSequence
from keras_v1_activity.v1.engine.tracing import trace_neurons
from keras_v1_activity.v1.layers.dale import KeepSign
from keras_v1_activity.v1.layers.input_layer import input_rows
from keras_v1_activity.v1.layers.shared_weights import SharedWeights
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, V1Network


@keras.saving.register_keras_serializable(package="keras_v1_activity")
class RSNN(keras.layers.Layer):
    """A recurrent network of GLIF3 neurons over a whole sequence.

    keras.layers.RNN cannot hold it: Keras 3 stacks a cell's tuple output into one tensor.

    Input: currents (batch, time, rows) as `InputCurrents` gives them.
    Output: a tuple of

    - spikes (batch, time, neuron) float32, 0 or 1,
    - membrane potentials (batch, time, neuron) float32, mV,
    - with `return_currents`: a dict of float32 arrays in pA, through which no gradient flows:
      ``asc`` (batch, time, neuron, 2), ``psc_rise`` and ``psc`` (batch, time, neuron, 4),
    - with `return_state`: the final state, a tuple to pass as `initial_state` of the next call.

    The state is kept in float32 under any precision policy.

    Args:
        network: `V1Network`.
        neurons: `Neurons` for capture and figures; the network's own if None.
        dt: ms per time step.
        max_delay: longest synaptic delay, in time steps; longer ones are clipped.
        dampening_factor, gauss_std: height and width of the surrogate derivative.
        hard_reset: set the potential to V_reset at a spike, instead of subtracting V_th - V_reset.
        as_published: constants in float32, and sums in the order of the published code.
        dynamics: None for those of Chen et al. 2022; "nest", "v1_glif_model" or "dpointnet" for the
            rules of these simulators, as `DYNAMICS` of `v1.engine.dynamics` says of each.
        segment_ms, sums_dtype, engine: see `CellOptions`. With "numba" the layer cannot stand in a
            function that XLA compiles (`jit_compile=True`), nor in an exported SavedModel.
        train_recurrent: whether `sparse_recurrent_weights` are trainable.
        use_dale_law: keep the sign of each weight.
        return_currents, return_state: see Output.
        name: layer name; users know ``rsnn``.
        **kwargs: as of keras.layers.Layer.

    Raises:
        ValueError: one sentence, for an argument out of its range.

    Example:
        >>> from keras_v1_activity.v1.layers.input_layer import InputCurrents
        >>> lgn = np.zeros((1, 20, network.n_input), np.float32)
        >>> spikes, voltages = RSNN(network)(InputCurrents(network)(lgn))
        >>> spikes.shape
        TensorShape([1, 20, 200])
    """

    def __init__(
        self,
        network: V1Network,
        *,
        neurons: Neurons | None = None,
        dt: float = CellOptions.dt,
        max_delay: int = CellOptions.max_delay,
        dampening_factor: float = CellOptions.dampening_factor,
        gauss_std: float = CellOptions.gauss_std,
        hard_reset: bool = CellOptions.hard_reset,
        as_published: bool = CellOptions.as_published,
        dynamics: str | None = CellOptions.dynamics,
        segment_ms: float | None = CellOptions.segment_ms,
        sums_dtype: str = CellOptions.sums_dtype,
        engine: str = CellOptions.engine,
        train_recurrent: bool = True,
        use_dale_law: bool = True,
        return_currents: bool = False,
        return_state: bool = False,
        name: str = "rsnn",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, autocast=False, **kwargs)
        self.network: V1Network = network
        options = CellOptions(
            dt=dt,
            max_delay=max_delay,
            dampening_factor=dampening_factor,
            gauss_std=gauss_std,
            hard_reset=hard_reset,
            as_published=as_published,
            dynamics=dynamics,
            segment_ms=segment_ms,
            sums_dtype=sums_dtype,
            engine=engine,
        )
        # What Keras asks whether to compile a training step as a whole.
        self.supports_jit = engine == "xla"
        self.cell: Glif3Cell = make_cell(network.parameters, neurons or network.neurons, options)
        self.train_recurrent: bool = train_recurrent
        self.use_dale_law: bool = use_dale_law
        self.return_currents: bool = return_currents
        self.return_state: bool = return_state
        self._input_rows: NDArray[np.int64] = input_rows(network)

    def build(self, input_shape: Any) -> None:
        """Creates the weights and the tables of the synapses.

        Raises:
            ValueError: the input is not what `InputCurrents` of this network gives, or no whole
                number of segments.
        """
        if input_shape[-1] != len(self._input_rows):
            raise ValueError(
                f"rsnn takes currents of {len(self._input_rows)} rows, as layer input_layer of the "
                f"same network gives them; got {input_shape[-1]}."
            )
        self.cell.options.segment_steps(input_shape[1])
        synapses = self.network.recurrent
        published = self.cell.as_published
        parameters = self.network.parameters
        scale = (parameters.in_float32() if published else parameters).voltage_scale
        weights = synapses.weight / scale[synapses.target]
        keep_sign = self.use_dale_law and self.train_recurrent
        self.sparse_recurrent_weights = self.add_weight(
            shape=weights.shape,
            initializer=lambda shape, dtype: tf.constant(weights, dtype),
            dtype="float32",
            autocast=False,
            trainable=self.train_recurrent,
            constraint=KeepSign(weights, published) if keep_sign else None,
            name="sparse_recurrent_weights",
        )
        self._shared = SharedWeights(synapses)
        acting = self._shared.acting if published else synapses
        tables = self.network.tables
        if self.cell.options.engine == "xla" or self.return_currents:
            self._sequence = RecurrentSequence(self.cell, acting, self._input_rows, tables=tables)
        if self.cell.options.engine == "numba":
            from keras_v1_activity.v1.kernels.sequence import LoopSequence

            self._loops = LoopSequence(self.cell, acting, self._input_rows, tables=tables)

    def _current_weights(self, by_receptor: bool) -> tf.Tensor:
        """The weights, one a synapse, or one for each receptor that a synapse acts on."""
        weights = tf.convert_to_tensor(self.sparse_recurrent_weights)
        return self._shared(weights) if by_receptor else weights

    def call(self, inputs: tf.Tensor, initial_state: Any = None) -> tuple[Any, ...]:
        """Runs the network over (batch, time, rows) currents; from rest without a state."""
        currents = tf.cast(inputs, tf.float32)
        if initial_state is None:
            initial_state = self.cell.initial_state(tf.shape(currents)[0])
        initial_state = State(*initial_state)
        weights = self._current_weights(by_receptor=self.cell.as_published)
        spikes, potentials, final = self._run(weights, currents, initial_state)
        shape = (*inputs.shape[:2], self.cell.n_neurons)
        output = tuple(tf.ensure_shape(x, shape) for x in (spikes, potentials))
        if self.return_currents:
            output += (self._currents(weights, currents, initial_state),)
        return (*output, tuple(final)) if self.return_state else output

    def _run(
        self, weights: tf.Tensor, currents: tf.Tensor, initial_state: State
    ) -> tuple[tf.Tensor, tf.Tensor, State]:
        """Spikes and potentials, mV, (batch, time, neuron) each, and the final state."""
        scale, e_l = self.cell.voltage_scale, self.cell.e_l_mv
        if self.cell.options.engine == "numba":
            spikes, v, final = self._loops(weights, currents, initial_state)
            return spikes, v * scale[:, 0] + e_l[:, 0], final
        by_time = tf.transpose(currents, (1, 0, 2))
        spikes, v, final = self._sequence(weights, by_time, initial_state)
        potentials = v * scale + e_l
        return tf.transpose(spikes, (2, 0, 1)), tf.transpose(potentials, (2, 0, 1)), final

    def _currents(
        self, weights: tf.Tensor, currents: tf.Tensor, initial_state: State
    ) -> dict[str, tf.Tensor]:
        by_time = tf.transpose(currents, (1, 0, 2))
        asc, psc_rise, psc = self._sequence.trace(weights, by_time, initial_state)
        scale = tf.constant(self.network.parameters.voltage_scale, tf.float32)
        n_steps = tf.shape(by_time)[0]

        def by_receptor(x: tf.Tensor) -> tf.Tensor:
            x = tf.reshape(x, (n_steps, self.cell.n_neurons, N_RECEPTORS, -1))
            return tf.transpose(x, (3, 0, 1, 2)) * scale[:, None]

        return {
            "asc": tf.transpose(asc, (3, 0, 2, 1)) * scale[:, None],
            "psc_rise": by_receptor(psc_rise),
            "psc": by_receptor(psc),
        }

    def trace(
        self, inputs: tf.Tensor, spikes: tf.Tensor, neurons: ArrayLike
    ) -> dict[str, tf.Tensor]:
        """Currents of a few neurons in a run that started from rest; no gradient flows through it.

        Args:
            inputs: (batch, time, rows) currents that the layer was called on.
            spikes: (batch, time, neuron) that it gave for them, with the present weights.
            neurons: (k,) ids of the neurons.

        Returns:
            Dict of float32 tensors (batch, time, k), as they stand after each step:
            ``input_current`` and ``recurrent_current``, what arrives in the step, summed over
            receptors, ``asc_1``, ``asc_2`` and ``psc_1`` to ``psc_4``, all in pA, and
            ``refractory``, ms.

        Example:
            >>> from keras_v1_activity.v1.layers.input_layer import InputCurrents
            >>> rsnn, lgn = RSNN(network), np.zeros((1, 20, network.n_input), np.float32)
            >>> currents = InputCurrents(network)(lgn)
            >>> spikes, voltages = rsnn(currents)
            >>> rsnn.trace(currents, spikes, [3, 17])["asc_1"].shape
            TensorShape([1, 20, 2])
        """
        return trace_neurons(
            self.cell,
            self._shared.acting,
            self._input_rows,
            tf.stop_gradient(self._current_weights(by_receptor=True)),
            tf.stop_gradient(tf.convert_to_tensor(inputs)),
            tf.stop_gradient(tf.convert_to_tensor(spikes)),
            neurons,
        )

    def compute_output_spec(self, inputs: Any, initial_state: Any = None) -> tuple[Any, ...]:
        """Symbolic shapes of the output; float32."""
        n, depth = self.cell.n_neurons, self.cell.max_delay
        batch, n_steps = inputs.shape[:2]

        def spec(*shape):
            return keras.KerasTensor(shape, dtype="float32")

        output = (spec(batch, n_steps, n), spec(batch, n_steps, n))
        if self.return_currents:
            receptors = (batch, n_steps, n, N_RECEPTORS)
            asc = spec(batch, n_steps, n, 2)
            output += ({"asc": asc, "psc_rise": spec(*receptors), "psc": spec(*receptors)},)
        if self.return_state:
            currents = spec(N_RECEPTORS * n, batch)
            state = (spec(n, batch), spec(n, batch), spec(2, n, batch), currents, currents)
            output += ((*state, spec(depth, n, batch)),)
        return output
