"""Run scripts, all in this one process, and write what they print as JSON.

``python -m tests.support.run_scripts result.json script.py ...`` runs them with the real Keras, and
``python -m tinynet -m tests.support.run_scripts ...`` with tinynet. Starting Python and importing
what the scripts need takes longer than most of them.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import traceback
import warnings


def run(path: str) -> dict[str, str]:
    """Run one script as ``__main__`` and return its output, and its error if it has one.

    Its random numbers are the same in every run, whether it sets a seed or not.
    """
    out, error = io.StringIO(), ""
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    sys.argv = [path]
    importlib.import_module("keras").utils.set_random_seed(0)
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, {"__name__": "__main__", "__file__": path})
        except Exception:
            error = traceback.format_exc()
    sys.modules["keras"].utils.clear_session()  # layers are named afresh in the next one
    return {"out": out.getvalue(), "error": error}


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _, result, *paths = sys.argv
    results = {path: run(path) for path in paths}
    with open(result, "w", encoding="utf-8") as file:
        json.dump(results, file)
