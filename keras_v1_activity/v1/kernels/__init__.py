"""The recurrent sequence and the input product for a CPU, as loops that numba compiles."""
