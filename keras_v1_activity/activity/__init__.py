"""The central data type: what a spiking layer did in one sample of one step."""
