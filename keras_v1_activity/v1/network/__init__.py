"""The network as data: folders read, neurons chosen, synapses as one table. No TensorFlow."""
