"""Benchmarks: the code of production beside its peers, the same bytes, in one call (``wenze bench``)."""
