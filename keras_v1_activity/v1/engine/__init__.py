"""The GLIF3 recurrent sequence: cell equations, synaptic sums, its gradient, the plain reference."""
