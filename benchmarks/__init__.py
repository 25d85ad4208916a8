"""Every published figure, made here: ``python -m benchmarks`` (each beside its peer, in one run)."""
