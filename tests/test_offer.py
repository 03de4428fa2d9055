"""What a reader is offered: names, defaults, domains and maps, written down so that a change is meant."""

import math

import pytest

import optim
from optim import OPTIMIZERS, SCHEDULES, SURFACES

from .test_laws import SOURCES, imports

# PyTorch's defaults; where it lacks the optimizer Optax's, and for Lion and Yogi the paper's learning rate.
# SGD has none in PyTorch's own documentation but 1e-3.
DEFAULTS = {
    "SGD": {"lr": 1e-3, "weight_decay": 0},
    "Momentum": {"lr": 1e-3, "beta": 0.9, "dampening": 0, "weight_decay": 0},
    "Nesterov": {"lr": 1e-3, "beta": 0.9, "weight_decay": 0},
    "AdaGrad": {"lr": 1e-2, "eps": 1e-10, "initial": 0, "weight_decay": 0},
    "Rprop": {"lr": 1e-2, "up": 1.2, "down": 0.5, "low": 1e-4, "high": 5e3},
    "RMSProp": {"lr": 1e-2, "beta": 0.99, "eps": 1e-8, "momentum": 0, "weight_decay": 0},
    "Adadelta": {"lr": 1, "rho": 0.9, "eps": 1e-6, "weight_decay": 0},
    "Adam": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0},
    "AdamW": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-2},
    "AMSGrad": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0},
    "AdaMax": {"lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0},
    "NAdam": {"lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "momentum_decay": 4e-3, "weight_decay": 0},
    "RAdam": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0},
    "Lion": {"lr": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0},
    "AdaBelief": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-16},
    "Yogi": {"lr": 1e-2, "beta1": 0.9, "beta2": 0.999, "eps": 1e-3, "initial": 1e-6},
    "Constant": {},
    "Inverse time": {"decay": 0.1, "steps_per_epoch": 1},
    "Exponential": {"gamma": 0.95, "steps_per_epoch": 1},
    "Square root": {"k": 1, "steps_per_epoch": 1},
    "Staircase": {"gamma": 0.5, "steps_per_stair": 20},
    "Multi-step": {"gamma": 0.1, "first": 30, "second": 60, "third": 90},
    "Cosine": {"total": 100, "floor": 0},
    "Inverse square root with warm-up": {"warmup": 10},
    "Warm-up–stable–decay": {"warmup": 5, "decay": 20, "total": 100, "floor": 0},
    "Cosine with warm-up": {"warmup": 5, "total": 100, "floor": 0},
    "Warm-up": {"warmup": 5},
    "Triangular": {"low": 0.1, "half": 20},
    "Linear": {"start": 1, "end": 0, "total": 100},
    "Polynomial": {"power": 1, "total": 100, "floor": 0},
    "One cycle": {"total": 100, "rise": 0.3, "low": 0.04, "end": 4e-6},
    "Warm restarts": {"period": 50, "growth": 1, "floor": 0},
    "Quadratic": {"a": 0.2, "b": 10, "angle": 0},
    "Saddle": {"gamma": 1},
    "Rosenbrock": {"b": 100},
    "Soft-plus plateau": {"k": 4},
    "Saturated neuron": {"s": 1},
    "Tanh step": {"k": 5},
}

RATE = "a finite number at least 0"
POSITIVE = "a finite number above 0"
NORMAL = "a finite number at least 1e-300"
DECAY = "a finite number at least 0 and below 1"
SHARE = "a finite number at least 0 and at most 1"
FACTOR = "a finite number above 0 and at most 1"
MOMENT = "a whole number at least 0 and at most 1000000000"
COUNT = "a whole number at least 1 and at most 1000000000"

# By hyperparameter, or by label and hyperparameter where one differs: symbol, scale, domain.
DOMAINS = {
    "lr": (r"\eta", "log", RATE),
    "beta": (r"\beta", "decay", DECAY),
    "beta1": (r"\beta_1", "decay", DECAY),
    "beta2": (r"\beta_2", "decay", DECAY),
    "rho": (r"\rho", "decay", DECAY),
    "momentum": (r"\mu", "decay", DECAY),
    "eps": (r"\varepsilon", "log", RATE),
    "AdaBelief eps": (r"\varepsilon", "log", RATE),
    "weight_decay": (r"\lambda", "log", RATE),
    "AdaGrad initial": ("G_0", "log", RATE),
    "Yogi initial": ("v_0", "log", RATE),
    "momentum_decay": (r"\psi", "log", RATE),
    "dampening": (r"\tau", "linear", SHARE),
    "up": (r"\alpha", "linear", "a finite number at least 1"),
    "down": (r"\gamma", "linear", SHARE),
    "Rprop low": ("l", "log", SHARE),
    "high": ("h", "log", "a finite number at least 1"),
    "decay": ("d", "log", RATE),
    "k": ("k", "log", RATE),
    "Exponential gamma": (r"\gamma", "linear", FACTOR),
    "Staircase gamma": (r"\gamma", "linear", FACTOR),
    "Multi-step gamma": (r"\gamma", "linear", FACTOR),
    "first": ("m_1", "whole", MOMENT),
    "second": ("m_2", "whole", MOMENT),
    "third": ("m_3", "whole", MOMENT),
    "Warm-up–stable–decay decay": ("d", "whole", COUNT),
    "steps_per_epoch": ("n", "whole", COUNT),
    "half": ("s", "whole", COUNT),
    "steps_per_stair": ("s", "whole", COUNT),
    "warmup": ("w", "whole", MOMENT),
    "total": ("T", "whole", COUNT),
    "period": ("T_0", "whole", COUNT),
    "growth": ("n", "whole", "a whole number at least 1 and at most 10"),
    "floor": ("f", "linear", SHARE),
    "start": ("s", "linear", RATE),
    "Linear end": ("e", "linear", RATE),
    "power": ("p", "log", POSITIVE),
    "rise": ("r", "linear", SHARE),
    "low": ("l", "linear", SHARE),
    "One cycle end": ("e", "log", SHARE),
    "a": ("a", "log", RATE),
    "b": ("b", "log", RATE),
    "angle": (r"\theta", "linear", "a finite number at least 0 and at most 90"),
    "Saddle gamma": (r"\gamma", "log", RATE),
    "Rosenbrock b": ("b", "log", RATE),
    "Soft-plus plateau k": ("k", "log", NORMAL),
    "s": ("s", "log", NORMAL),
    "Tanh step k": ("k", "log", NORMAL),
}

# The literature's usual domains where it has one: ±4.5 for Beale, ±5.12 for Rastrigin, ±5 for Himmelblau, ...
MAPS = {
    "Quadratic": ((-11, 11), (-3, 3), (-10, 1.5)),
    "Saddle": ((-1.5, 1.5), (-1.5, 1.5), (1, 1e-3)),
    "Bounded saddle": ((-2, 2), (-4.5, 4.5), (1.5, 1e-3)),
    "Monkey saddle": ((-1.5, 1.5), (-1.5, 1.5), (1, 0.05)),
    "Sine saddle": ((-2.5, 5.6), (-1.5, 1.5), (math.pi / 2 + 1e-3, 1)),
    "Rosenbrock": ((-2, 2), (-1, 3), (-1.2, 1)),
    "Beale": ((-4.5, 4.5), (-4.5, 4.5), (1, 1.5)),
    "Himmelblau": ((-5, 5), (-5, 5), (0, -1)),
    "Six-hump camel": ((-2, 2), (-1.2, 1.2), (-1.7, 1.1)),
    "Styblinski–Tang": ((-5, 5), (-5, 5), (0.5, 4)),
    "Rastrigin": ((-5.12, 5.12), (-5.12, 5.12), (-3.2, 2.3)),
    "Ackley": ((-5, 5), (-5, 5), (-3.2, 2.4)),
    "Two pits": ((-2, 2), (-2, 2), (1.6, 1.4)),
    "Gaussian wells": ((-2, 2), (-2, 2), (0.75, 1)),
    "Soft-plus plateau": ((-2.8, 2.8), (-2.8, 2.8), (2.5, 1.5)),
    "Saturated neuron": ((-10, 10), (-10, 10), (-1, -9)),
    "Tanh step": ((-2, 2), (-1.2, 1.2), (1.5, 1)),
}


@pytest.mark.parametrize("registry", [OPTIMIZERS, SCHEDULES, SURFACES], ids=["optimizers", "schedules", "surfaces"])
def test_defaults_and_domains(registry):
    for label, formula in registry.items():
        assert formula.label == label
        numbers = {name: h for name, h in formula.hyperparameters.items() if h.scale != "switch"}
        assert {name: formula.defaults[name] for name in numbers} == DEFAULTS.get(label, {})
        for name, h in numbers.items():
            offered = DOMAINS[f"{label} {name}"] if f"{label} {name}" in DOMAINS else DOMAINS[name]
            assert (h.symbol, h.scale, h.allowed) == offered, f"{label}: {name}"
            assert h.high in (1, 10, 90, 1e9, math.inf), f"{label}: {name}"
        for name in formula.defaults.keys() - numbers:
            assert formula.defaults[name] is (
                name in ("bias_correction", "momentum_warmup") or (label, name) == ("RAdam", "eps_hat")
            ), f"{label}: {name}"


def test_every_map():
    assert {label: (s.x_range, s.y_range, s.start) for label, s in SURFACES.items()} == MAPS


def test_every_state_starts_at_nothing_seen_or_at_a_hyperparameter():
    others = {"NAdam mu_product": 1, "Rprop s": 1, "Yogi v": 1e-6}
    for label, optimizer in OPTIMIZERS.items():
        for name, initial in optimizer.state.items():
            assert initial == others.get(f"{label} {name}", 0), f"{label}: {name}"
    assert OPTIMIZERS["AdaGrad"](initial=0.1).state == {"G": 0.1}


@pytest.mark.parametrize("path", [path for path in SOURCES if "optim" not in path.parts], ids=lambda path: path.stem)
def test_the_app_imports_public_names_only(path):
    """Those of ``optim.__all__``, and of the modules in it those without an underscore."""
    for module, name in imports(path):
        package, _, inner = module.partition(".")
        if package == "optim":
            assert (inner or name or "trace") in optim.__all__, f"{module}: {name}"
            assert not name.startswith("_"), f"{module}: {name}"
