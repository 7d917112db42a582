"""The command ``python -m tinynet``: run a Keras script or notebook unchanged."""

from tinynet.keras_scripts.command import main

if __name__ == "__main__":
    main()
