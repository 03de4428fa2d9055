"""Makes learning.npz: the losses of PyTorch's own training, from our weights on our mini-batches, in float64.

Run from the repository's root with torch 2.13.0 installed, which made the file in place:

    python -m tests.golden.make_learning
"""

from pathlib import Path

import numpy as np
import torch

from optim.datasets import digits

from .learning_cases import BATCHES, CASES, NETWORKS, STEPS, start

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
ACTIVATIONS = {"ReLU": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}


def half_squared_error(z, y):
    return torch.nn.functional.mse_loss(z, y, reduction="sum") / (2 * len(z))


def model_of(network):
    layers = []
    for inputs, outputs in zip(network.sizes, network.sizes[1:], strict=False):
        layers += [torch.nn.Linear(inputs, outputs), ACTIVATIONS[network.activation]()]
    return torch.nn.Sequential(*layers[:-1])


def losses(network, call):
    train, _ = digits()
    model = model_of(network)
    # PyTorch's order of parameters is ours: each layer's matrix (outputs, inputs), then its biases.
    torch.nn.utils.vector_to_parameters(torch.tensor(start(network)), model.parameters())
    optimizer = eval(call, {"torch": torch, "x": model.parameters()})
    loss_of = torch.nn.functional.cross_entropy if network.loss == "cross-entropy" else half_squared_error
    for t in range(1, STEPS + 1):
        index = BATCHES.at(t)
        optimizer.zero_grad()
        loss = loss_of(model(torch.tensor(train.inputs[index])), torch.tensor(train.targets[index]))
        loss.backward()
        optimizer.step()
        yield loss.item()


def main():
    made = {
        f"{name}, {label}": np.array(list(losses(network, case.theirs)))
        for label, network in NETWORKS.items()
        for name, case in CASES.items()
    }
    np.savez_compressed(Path(__file__).with_name("learning.npz"), **made)


if __name__ == "__main__":
    main()
