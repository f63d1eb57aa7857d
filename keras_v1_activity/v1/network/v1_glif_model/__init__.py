"""Networks as V1_GLIF_model keeps them: pickles of the nodes and edges of a SONATA folder."""
