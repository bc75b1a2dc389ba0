"""Side-by-side measurements, all in one run on one machine: `python -m benchmarks`."""
