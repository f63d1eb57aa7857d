"""The state of a network in words and tables: network_state.txt, traces of neurons."""
