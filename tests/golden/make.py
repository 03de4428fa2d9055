"""Makes goldens.npz: what PyTorch, Keras and Optax do, in float64, with the calls of cases.py.

Run from the repository's root with all installed (torch 2.13.0, keras 3.15.1 on jax 0.10.2, and optax 0.2.8 made the
file in place):

    python -m tests.golden.make
"""

import math
import os
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
import optax
import torch

from .cases import FACTORS, KEPT, STEPS, STREAMS

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default type, whatever x has
START = np.array([0.0, 0.0, 0.5, -1.0, 2.0, 1.0])


def gradients():
    """From 1e-3 to 30 in size, of either sign, one in eight of them 0; one coordinate is 0 at first, one always."""
    random = np.random.default_rng(1412_6980)
    shape = (STEPS, len(START))
    size = np.exp(random.uniform(np.log(1e-3), np.log(30), shape))
    size[:, 0] = np.exp(random.uniform(np.log(1e-3), np.log(1e-2), STEPS))
    size[:, 1] = np.exp(random.uniform(np.log(3), np.log(30), STEPS))
    size *= random.choice([-1, 1], shape) * (random.random(shape) > 1 / 8)
    size[:20, 2] = 0
    size[:, 5] = 0
    return size


def torch_stream(call, stream, factors):
    x = torch.tensor(START, requires_grad=True)
    optimizer = eval(call, {"torch": torch, "x": [x]})
    lr = optimizer.param_groups[0]["lr"]
    for g, factor in zip(stream, factors, strict=True):
        optimizer.param_groups[0]["lr"] = lr * factor
        x.grad = torch.tensor(g)
        optimizer.step()
        yield x.detach().numpy().copy()


def keras_stream(call, stream, factors):
    x = keras.Variable(START, dtype="float64")
    optimizer = eval(call, {"keras": keras})
    optimizer.build([x])
    lr = float(optimizer.learning_rate.numpy())
    for g, factor in zip(stream, factors, strict=True):
        optimizer.learning_rate = lr * factor
        optimizer.apply([jax.numpy.asarray(g)], [x])
        yield np.array(x.value)


def optax_stream(call, stream, factors):
    def rate(lr):
        return lambda count: lr * jax.numpy.asarray(factors)[count]

    x = jax.numpy.asarray(START)
    optimizer = eval(call, {"optax": optax, "rate": rate})
    state = optimizer.init(x)
    for g in stream:
        step, state = optimizer.update(jax.numpy.asarray(g), state, x)
        x = optax.apply_updates(x, step)
        yield np.asarray(x)


def torch_factors(call):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = eval(call, {"torch": torch, "math": math, "o": optimizer})
    for _ in range(STEPS):
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()


def called_factors(call):
    def later(schedule):
        return lambda count: schedule(count + 1)

    schedule = eval(call, {"optax": optax, "keras": keras, "later": later})
    return (schedule(np.float64(count)) for count in range(STEPS))


STREAM_OF = {"torch": torch_stream, "keras": keras_stream, "optax": optax_stream}


def main():
    warnings.filterwarnings("ignore", message=".*step that follows.*")
    stream = gradients()
    made = {"gradients": stream, "start": START}
    for name, case in STREAMS.items():
        follow = STREAM_OF[case.theirs.partition(".")[0]]
        factors = case.schedule.at(np.arange(1, STEPS + 1)) * np.ones(STEPS)
        made["stream: " + name] = np.array(list(follow(case.theirs, stream, factors)))[np.array(KEPT) - 1]
    for name, case in FACTORS.items():
        follow = torch_factors if case.theirs.startswith("torch") else called_factors
        made["factors: " + name] = np.array([float(factor) for factor in follow(case.theirs)])
    np.savez_compressed(Path(__file__).with_name("goldens.npz"), **made)


if __name__ == "__main__":
    main()
