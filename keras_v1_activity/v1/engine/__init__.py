"""The recurrent sequence: GLIF3 equations, synaptic sums, gradient, plain reference."""
