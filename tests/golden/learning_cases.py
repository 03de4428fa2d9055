"""What is trained, ours beside the call of PyTorch's optimizer; ``make_learning.py`` evaluates the calls."""

from optim import optimizers
from optim.datasets import digits
from optim.learning import Batches, Network

from .cases import Case

STEPS = 200
BATCHES = Batches(len(digits()[0]), size=64, seed=3)
NETWORKS = {
    "ReLU and cross-entropy": Network((64, 32, 10)),
    "tanh and squared error": Network((64, 24, 16, 10), "tanh", "squared error"),
    "sigmoid and cross-entropy": Network((64, 20, 10), "sigmoid"),
}
CASES = {
    "SGD": Case(optimizers.sgd(lr=0.05), "torch.optim.SGD(x, lr=0.05)"),
    "Momentum": Case(optimizers.momentum(lr=0.01), "torch.optim.SGD(x, lr=0.01, momentum=0.9)"),
    "Nesterov": Case(optimizers.nesterov(lr=0.01), "torch.optim.SGD(x, lr=0.01, momentum=0.9, nesterov=True)"),
    "RMSProp": Case(optimizers.rmsprop(lr=1e-3, beta=0.99), "torch.optim.RMSprop(x, lr=1e-3, alpha=0.99, eps=1e-8)"),
    "Adam": Case(optimizers.adam(lr=1e-3), "torch.optim.Adam(x, lr=1e-3, betas=(0.9, 0.999), eps=1e-8)"),
    "Adam with L2": Case(
        optimizers.adam(lr=1e-3, weight_decay=0.01), "torch.optim.Adam(x, lr=1e-3, eps=1e-8, weight_decay=0.01)"
    ),
    "AdamW": Case(
        optimizers.adamw(lr=1e-3, weight_decay=0.1), "torch.optim.AdamW(x, lr=1e-3, eps=1e-8, weight_decay=0.1)"
    ),
}


def start(network: Network):
    """Weights to start from, biases that are not 0 among them."""
    return network.initial("Xavier", seed=1) + 0.02
