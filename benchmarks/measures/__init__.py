"""What is measured, one module a benchmark, each with its `BENCHMARK`."""
