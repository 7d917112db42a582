"""Run Keras scripts and notebooks as they are, with tinynet in Keras's place.

``python -m tinynet script.py`` runs a script whose imports say ``tensorflow`` or ``keras``; in a
notebook that is running already, `install` does the same for the imports that follow::

    import tinynet.keras_scripts
    tinynet.keras_scripts.install()

All that exists for such scripts alone lives in this package. `modules` lists what answers for
which import.
"""

import sys

from tinynet.keras_scripts.modules import Finder, is_answer

__all__ = ["install"]


def install() -> None:
    """Let tinynet answer for `tensorflow` and `keras` in this process, from here on.

    Calling it again changes nothing.

    Raises
    ------
    ImportError
        If the real TensorFlow or Keras is imported already: two of them in one process would take
        each other's models.
    """
    real = [
        name
        for name in ("tensorflow", "keras", "tf_keras")
        if name in sys.modules and not is_answer(sys.modules[name])
    ]
    if real:
        raise ImportError(
            f"The real {' and '.join(real)} is imported in this process already, so tinynet can't "
            f"answer for it: start a new process (restart the kernel) and install tinynet first."
        )
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
