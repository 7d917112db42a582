"""Benchmarks: how fast tinynet trains compared with other libraries, and how accurate it gets.

Each module is a command, run from the checkout: ``python -m benchmarks.training``, ``.to_98``,
``.step``, ``.scaling``, ``.published``. It writes its raw numbers as JSON and a plot to
``benchmarks/results/``. ``python -m benchmarks.report`` writes ``docs/evidence/benchmarks.md`` from
them.
"""
