"""Benchmarks: how fast tinynet is beside its peers, and how well its networks do.

Each module is a command, run from the checkout: ``python -m benchmarks.training``, ``.to_98``,
``.step``, ``.scaling``, ``.published``. Each writes its raw numbers as JSON and a picture to
``benchmarks/results/``; ``python -m benchmarks.report`` writes ``docs/evidence/benchmarks.md`` from
them.
"""
