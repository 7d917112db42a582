#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""Train a small network, as a program with arguments."""
import argparse
import os
import sys

import numpy as np
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--units", type=int, default=4)
    return parser.parse_args(argv)


def main():
    args = parse_args()
    x = np.arange(20.0).reshape(10, 2) / 20
    y = x[:, 0] - x[:, 1]
    model = Sequential()
    model.add(Dense(args.units, input_dim=2, activation="tanh", kernel_initializer="ones"))
    model.add(Dense(1, kernel_initializer="ones"))
    model.compile(loss="mse", optimizer="sgd")
    history = model.fit(x, y, epochs=args.epochs, batch_size=5, shuffle=False, verbose=0)
    print(os.path.basename(__file__), os.path.basename(sys.argv[0]), len(sys.argv))
    print(history.history["loss"])


if __name__ == "__main__":
    main()
