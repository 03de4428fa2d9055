"""What was promised about the speed of training, measured beside PyTorch's own loop on the same machine.

The yardstick: an epoch of the digits, 64–32–10 with ReLU and cross-entropy, mini-batches of 64, float64, one thread
each.

    pip install -r benchmarks/requirements.txt
    OPENBLAS_NUM_THREADS=1 python -m benchmarks.learning   # ten seconds
"""

import time
from itertools import islice

import numpy as np

import optim
from optim import Batches, Network, Task, datasets, optimizers

TRAIN, _ = datasets.digits()
NETWORK = Network((64, 32, 10))
TASK = Task(NETWORK, TRAIN, Batches(len(TRAIN), 64, seed=0))
START = NETWORK.initial("He")
EPOCHS = 40
CASES = {
    "SGD": (optimizers.sgd(lr=0.05), lambda torch, x: torch.optim.SGD(x, lr=0.05)),
    "Momentum": (optimizers.momentum(lr=0.01), lambda torch, x: torch.optim.SGD(x, lr=0.01, momentum=0.9)),
    "RMSProp": (optimizers.rmsprop(lr=1e-3), lambda torch, x: torch.optim.RMSprop(x, lr=1e-3)),
    "Adam": (optimizers.adam(lr=1e-3), lambda torch, x: torch.optim.Adam(x, lr=1e-3)),
    "AdamW": (optimizers.adamw(lr=1e-3), lambda torch, x: torch.optim.AdamW(x, lr=1e-3)),
}


def ours(optimizer):
    """Seconds of each of a few epochs, and the loss of the last step."""
    rows = optim.descend(optimizer, TASK, START)
    for _ in range(EPOCHS):
        begun = time.perf_counter()
        *_, last = islice(rows, TASK.batches.per_epoch)
        yield time.perf_counter() - begun, last["f"]


def theirs(make):
    """The same as a PyTorch user writes it, with the mini-batches' indices made beforehand."""
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    inputs, classes = torch.tensor(TRAIN.inputs), torch.tensor(TRAIN.classes)
    model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    torch.nn.utils.vector_to_parameters(torch.tensor(START), model.parameters())
    optimizer = make(torch, model.parameters())
    steps = TASK.batches.per_epoch
    for epoch in range(EPOCHS):
        indices = [torch.tensor(TASK.batches.at(epoch * steps + t)) for t in range(1, steps + 1)]
        begun = time.perf_counter()
        for index in indices:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(inputs[index]), classes[index])
            loss.backward()
            optimizer.step()
        yield time.perf_counter() - begun, loss.item()


if __name__ == "__main__":
    for name, (optimizer, make) in CASES.items():
        # Epoch by epoch, so that whatever else the machine does hits both.
        rounds = list(zip(ours(optimizer), theirs(make), strict=True))
        mine, peer = (1e3 * np.median([one[i][0] for one in rounds]) for i in (0, 1))
        apart = max(abs(a[1] - b[1]) for a, b in rounds)
        print(f"{name:<10} ours {mine:6.2f} ms an epoch, PyTorch {peer:6.2f} ms: {mine / peer:.2f} times (goal <= 1); "
              f"the losses differ by at most {apart:.1e}")  # fmt: skip
