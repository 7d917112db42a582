"""Programs that generate pages and pictures of the documentation, and long test runs.

Each is a command, run from the checkout, such as ``python -m tools.make_gallery``, ``python -m
tools.mutation`` or ``python -m tools.fuzz``. None of them is part of the package.
"""
