"""What is compared with whom: our formula beside the call that makes PyTorch's, Keras' or Optax's equivalent.

``make.py`` evaluates the calls; the tests need only the formulas.  Libraries' defaults are written out, so that a
change of theirs cannot change the comparison; ours are left out where the case is about them.  The cases "as in" are
about theirs, and leave out those.
"""

from typing import NamedTuple

from optim import OPTIMIZERS, Formula, optimizers, schedules
from optim.conventions import CONVENTIONS, as_in
from optim.schedules import Schedule

STEPS = 200
KEPT = (*range(1, 11), *range(20, STEPS + 1, 10))
"""The steps after which a stream keeps x."""


class Case(NamedTuple):
    ours: Formula
    theirs: str
    schedule: Schedule = schedules.constant
    """What the learning rate is multiplied by; in Optax' calls ``rate(lr)`` is the schedule of that."""
    tolerance: float = 1e-11
    """Relative to the largest value."""


SINGLE = 2e-7
"""Keras reckons its cosines in float32, whatever its settings are."""
STAIRS = schedules.staircase(gamma=0.3, steps_per_stair=7)
STREAMS = {
    "sgd": Case(optimizers.sgd(lr=0.1), "torch.optim.SGD(x, lr=0.1)"),
    "sgd, optax": Case(optimizers.sgd(lr=0.1), "optax.sgd(0.1)"),
    "momentum": Case(optimizers.momentum(lr=0.1), "torch.optim.SGD(x, lr=0.1, momentum=0.9)"),
    "momentum .5": Case(optimizers.momentum(lr=0.01, beta=0.5), "torch.optim.SGD(x, lr=0.01, momentum=0.5)"),
    "momentum, optax": Case(optimizers.momentum(lr=0.1), "optax.sgd(0.1, momentum=0.9)"),
    "momentum, dampening": Case(
        optimizers.momentum(lr=0.1, dampening=0.4), "torch.optim.SGD(x, lr=0.1, momentum=0.9, dampening=0.4)"
    ),
    "momentum, rates fall": Case(optimizers.momentum(lr=0.1), "torch.optim.SGD(x, lr=0.1, momentum=0.9)", STAIRS),
    "momentum, rates fall, keras": Case(
        optimizers.momentum(lr=0.1, lr_in_velocity=True), "keras.optimizers.SGD(0.1, momentum=0.9)", STAIRS
    ),
    "nesterov, rates fall": Case(
        optimizers.nesterov(lr=0.1), "torch.optim.SGD(x, lr=0.1, momentum=0.9, nesterov=True)", STAIRS
    ),
    "nesterov, rates fall, keras": Case(
        optimizers.nesterov(lr=0.1, lr_in_velocity=True),
        "keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)",
        STAIRS,
    ),
    "rmsprop, rates fall": Case(
        optimizers.rmsprop(lr=0.01, momentum=0.8),
        "torch.optim.RMSprop(x, lr=0.01, alpha=0.99, eps=1e-8, momentum=0.8)",
        STAIRS,
    ),
    "rmsprop, rates fall, keras": Case(
        optimizers.rmsprop(lr=0.01, beta=0.9, eps=1e-3, momentum=0.8, eps_inside=True, lr_in_velocity=True),
        "keras.optimizers.RMSprop(0.01, rho=0.9, momentum=0.8, epsilon=1e-3)",
        STAIRS,
    ),
    "rmsprop, rates fall, optax": Case(
        optimizers.rmsprop(lr=0.01, beta=0.9, eps=1e-3, momentum=0.8, eps_inside=True, lr_in_velocity=True),
        "optax.rmsprop(rate(0.01), decay=0.9, eps=1e-3, momentum=0.8)",
        STAIRS,
    ),
    "sgd, decay": Case(optimizers.sgd(lr=0.1, weight_decay=0.3), "torch.optim.SGD(x, lr=0.1, weight_decay=0.3)"),
    "sgd, decay, keras": Case(optimizers.sgd(lr=0.1, weight_decay=0.3), "keras.optimizers.SGD(0.1, weight_decay=0.3)"),
    "momentum, decay": Case(
        optimizers.momentum(lr=0.1, weight_decay=0.3, dampening=0.4),
        "torch.optim.SGD(x, lr=0.1, momentum=0.9, weight_decay=0.3, dampening=0.4)",
    ),
    "nesterov, decay": Case(
        optimizers.nesterov(lr=0.1, weight_decay=0.3),
        "torch.optim.SGD(x, lr=0.1, momentum=0.9, weight_decay=0.3, nesterov=True)",
    ),
    "adagrad, decay": Case(
        optimizers.adagrad(lr=0.1, weight_decay=0.3), "torch.optim.Adagrad(x, lr=0.1, eps=1e-10, weight_decay=0.3)"
    ),
    "rmsprop, decay": Case(
        optimizers.rmsprop(lr=0.01, momentum=0.5, weight_decay=0.3),
        "torch.optim.RMSprop(x, lr=0.01, alpha=0.99, eps=1e-8, momentum=0.5, weight_decay=0.3)",
    ),
    "adadelta, decay": Case(
        optimizers.adadelta(weight_decay=0.3), "torch.optim.Adadelta(x, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.3)"
    ),
    "amsgrad, decay": Case(
        optimizers.amsgrad(lr=0.1, weight_decay=0.3),
        "torch.optim.Adam(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, amsgrad=True, weight_decay=0.3)",
    ),
    "amsgrad, decoupled decay": Case(
        optimizers.amsgrad(lr=0.1, weight_decay=0.3, decoupled=True),
        "torch.optim.AdamW(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, amsgrad=True, weight_decay=0.3)",
    ),
    "adamax, decay": Case(
        optimizers.adamax(lr=0.1, weight_decay=0.3),
        "torch.optim.Adamax(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.3)",
    ),
    "nadam, decay": Case(
        optimizers.nadam(lr=0.1, weight_decay=0.3),
        "torch.optim.NAdam(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3, weight_decay=0.3)",
    ),
    "nadam, decoupled decay": Case(
        optimizers.nadam(lr=0.1, weight_decay=0.3, decoupled=True),
        "torch.optim.NAdam(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3, weight_decay=0.3,"
        " decoupled_weight_decay=True)",
    ),
    "radam, decay": Case(
        optimizers.radam(lr=0.1, weight_decay=0.3),
        "torch.optim.RAdam(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.3)",
    ),
    "radam, decoupled decay": Case(
        optimizers.radam(lr=0.1, weight_decay=0.3, decoupled=True),
        "torch.optim.RAdam(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.3, decoupled_weight_decay=True)",
    ),
    "rprop": Case(optimizers.rprop, "torch.optim.Rprop(x, lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-6, 50))"),
    "rprop, other values": Case(
        optimizers.rprop(lr=0.1, up=1.5, down=0.3, low=0.2, high=4),
        "torch.optim.Rprop(x, lr=0.1, etas=(0.3, 1.5), step_sizes=(0.02, 0.4))",
    ),
    "adam, eps hat": Case(
        optimizers.adam(lr=0.1, beta1=0.8, eps=0.01, eps_hat=True),
        "keras.optimizers.Adam(0.1, beta_1=0.8, beta_2=0.999, epsilon=0.01)",
    ),
    "amsgrad, eps hat": Case(
        optimizers.amsgrad(lr=0.1, eps=0.01, eps_hat=True),
        "keras.optimizers.Adam(0.1, beta_1=0.9, beta_2=0.999, epsilon=0.01, amsgrad=True)",
    ),
    "adamax, eps outside": Case(
        optimizers.adamax(lr=0.1, eps=0.01, eps_outside=True),
        "keras.optimizers.Adamax(0.1, beta_1=0.9, beta_2=0.999, epsilon=0.01)",
    ),
    "rmsprop, centred, keras": Case(
        optimizers.rmsprop(lr=0.01, beta=0.9, eps=1e-3, eps_inside=True, centered=True),
        "keras.optimizers.RMSprop(0.01, rho=0.9, epsilon=1e-3, centered=True)",
    ),
    "radam, large eps, optax": Case(
        optimizers.radam(lr=0.1, eps=0.01, eps_hat=False), "optax.radam(0.1, b1=0.9, b2=0.999, eps=0.01)"
    ),
    "momentum, average": Case(
        optimizers.momentum(lr=0.1, beta=0.8, average=True),
        "optax.chain(optax.ema(0.8, debias=False), optax.scale(-0.1))",
    ),
    "nesterov": Case(optimizers.nesterov(lr=0.1), "torch.optim.SGD(x, lr=0.1, momentum=0.9, nesterov=True)"),
    "nesterov, optax": Case(optimizers.nesterov(lr=0.1, beta=0.7), "optax.sgd(0.1, momentum=0.7, nesterov=True)"),
    "adagrad": Case(optimizers.adagrad(lr=0.1), "torch.optim.Adagrad(x, lr=0.1, eps=1e-10)"),
    "adagrad, initial": Case(
        optimizers.adagrad(lr=0.1, initial=0.3, eps=1e-4),
        "torch.optim.Adagrad(x, lr=0.1, initial_accumulator_value=0.3, eps=1e-4)",
    ),
    "adagrad, optax": Case(
        optimizers.adagrad(lr=0.1, initial=0.1, eps=1e-3, eps_inside=True),
        "optax.adagrad(0.1, initial_accumulator_value=0.1, eps=1e-3)",
    ),
    "rmsprop": Case(optimizers.rmsprop(lr=0.01), "torch.optim.RMSprop(x, lr=0.01, alpha=0.99, eps=1e-8)"),
    "rmsprop, large eps": Case(
        optimizers.rmsprop(lr=0.01, beta=0.9, eps=0.1), "torch.optim.RMSprop(x, lr=0.01, alpha=0.9, eps=0.1)"
    ),
    "rmsprop, centred": Case(
        optimizers.rmsprop(lr=0.01, beta=0.9, eps=1e-4, centered=True),
        "torch.optim.RMSprop(x, lr=0.01, alpha=0.9, eps=1e-4, centered=True)",
    ),
    "rmsprop, momentum": Case(
        optimizers.rmsprop(lr=0.01, momentum=0.8), "torch.optim.RMSprop(x, lr=0.01, alpha=0.99, eps=1e-8, momentum=0.8)"
    ),
    "rmsprop, centred, momentum": Case(
        optimizers.rmsprop(lr=0.01, momentum=0.9, centered=True, eps=1e-4),
        "torch.optim.RMSprop(x, lr=0.01, alpha=0.99, eps=1e-4, momentum=0.9, centered=True)",
    ),
    "rmsprop, optax": Case(
        optimizers.rmsprop(lr=0.01, beta=0.9, eps=1e-3, eps_inside=True), "optax.rmsprop(0.01, decay=0.9, eps=1e-3)"
    ),
    "rmsprop, centred, optax": Case(
        optimizers.rmsprop(lr=0.01, beta=0.9, eps=1e-3, eps_inside=True, centered=True, momentum=0.6),
        "optax.rmsprop(0.01, decay=0.9, eps=1e-3, centered=True, momentum=0.6)",
    ),
    "adadelta": Case(optimizers.adadelta, "torch.optim.Adadelta(x, lr=1.0, rho=0.9, eps=1e-6)"),
    "adadelta, optax": Case(optimizers.adadelta(lr=0.5, rho=0.95, eps=1e-3), "optax.adadelta(0.5, rho=0.95, eps=1e-3)"),
    "adam": Case(optimizers.adam, "torch.optim.Adam(x, lr=1e-3, betas=(0.9, 0.999), eps=1e-8)"),
    "adam, other values": Case(
        optimizers.adam(lr=0.3, beta1=0.5, beta2=0.9, eps=0.1),
        "torch.optim.Adam(x, lr=0.3, betas=(0.5, 0.9), eps=0.1)",
    ),
    "adam, coupled decay": Case(
        optimizers.adam(lr=0.1, weight_decay=0.3),
        "torch.optim.Adam(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.3)",
    ),
    "adam, optax": Case(optimizers.adam(lr=0.1, beta1=0.8), "optax.adam(0.1, b1=0.8, b2=0.999, eps=1e-8)"),
    "adam, eps inside": Case(
        optimizers.adam(lr=0.1, eps=1e-3, eps_inside=True), "optax.adam(0.1, b1=0.9, b2=0.999, eps=0.0, eps_root=1e-3)"
    ),
    "adamw": Case(
        optimizers.adamw(lr=0.1), "torch.optim.AdamW(x, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2)"
    ),
    "adamw, strong decay": Case(
        optimizers.adamw(lr=0.01, beta2=0.99, weight_decay=0.9),
        "torch.optim.AdamW(x, lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.9)",
    ),
    "adamw, optax": Case(
        optimizers.adamw(lr=0.1, weight_decay=0.2), "optax.adamw(0.1, b1=0.9, b2=0.999, eps=1e-8, weight_decay=0.2)"
    ),
    "amsgrad": Case(
        optimizers.amsgrad(lr=0.1, beta2=0.9),
        "torch.optim.Adam(x, lr=0.1, betas=(0.9, 0.9), eps=1e-8, amsgrad=True)",
    ),
    "amsgrad, optax": Case(
        optimizers.amsgrad(lr=0.1, beta2=0.9, max_of_corrected=True), "optax.amsgrad(0.1, b1=0.9, b2=0.9, eps=1e-8)"
    ),
    "amsgrad, paper": Case(
        optimizers.amsgrad(lr=0.1, beta2=0.9, bias_correction=False),
        "optax.chain(optax.scale_by_amsgrad(0.9, 0.9, 1e-8, bias_correction_mu=False, bias_correction_nu=False),"
        " optax.scale(-0.1))",
    ),
    "adamax": Case(optimizers.adamax, "torch.optim.Adamax(x, lr=2e-3, betas=(0.9, 0.999), eps=1e-8)"),
    "adamax, other values": Case(
        optimizers.adamax(lr=0.1, beta1=0.5, beta2=0.8, eps=0.01),
        "torch.optim.Adamax(x, lr=0.1, betas=(0.5, 0.8), eps=0.01)",
    ),
    "adamax, optax": Case(optimizers.adamax(lr=0.1, beta2=0.9), "optax.adamax(0.1, b1=0.9, b2=0.9, eps=1e-8)"),
    "nadam": Case(optimizers.nadam, "torch.optim.NAdam(x, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3)"),
    "nadam, other values": Case(
        optimizers.nadam(lr=0.1, beta1=0.7, beta2=0.9, eps=0.01, momentum_decay=0.2),
        "torch.optim.NAdam(x, lr=0.1, betas=(0.7, 0.9), eps=0.01, momentum_decay=0.2)",
    ),
    "nadam, optax": Case(
        optimizers.nadam(lr=0.1, momentum_warmup=False), "optax.nadam(0.1, b1=0.9, b2=0.999, eps=1e-8)"
    ),
    "radam": Case(optimizers.radam, "torch.optim.RAdam(x, lr=1e-3, betas=(0.9, 0.999), eps=1e-8)"),
    "radam, other values": Case(
        optimizers.radam(lr=0.1, beta1=0.5, beta2=0.9, eps=0.01),
        "torch.optim.RAdam(x, lr=0.1, betas=(0.5, 0.9), eps=0.01)",
    ),
    "radam, never trusted": Case(
        optimizers.radam(lr=0.1, beta2=0.6), "torch.optim.RAdam(x, lr=0.1, betas=(0.9, 0.6), eps=1e-8)"
    ),
    "lion": Case(optimizers.lion(lr=0.01), "optax.lion(0.01, b1=0.9, b2=0.99, weight_decay=0.0)"),
    "lion, decay": Case(
        optimizers.lion(lr=0.1, beta1=0.5, beta2=0.8, weight_decay=0.3),
        "optax.lion(0.1, b1=0.5, b2=0.8, weight_decay=0.3)",
    ),
    "adabelief": Case(optimizers.adabelief, "optax.adabelief(1e-3, b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16)"),
    "adabelief, large eps": Case(
        optimizers.adabelief(lr=0.1, beta1=0.5, beta2=0.9, eps=0.01),
        "optax.adabelief(0.1, b1=0.5, b2=0.9, eps=0.01, eps_root=0.01)",
    ),
    "yogi": Case(
        optimizers.yogi(initial=0), "optax.chain(optax.scale_by_yogi(0.9, 0.999, 1e-3, 0.0, 0.0), optax.scale(-1e-2))"
    ),
    "yogi, other values": Case(
        optimizers.yogi(lr=0.1, beta1=0.0, beta2=0.9, eps=0.01, initial=0),
        "optax.chain(optax.scale_by_yogi(0.0, 0.9, 0.01, 0.0, 0.0), optax.scale(-0.1))",
    ),
}

THEIRS = {
    "PyTorch": {
        "SGD": "torch.optim.SGD(x, lr={lr})",
        "Momentum": "torch.optim.SGD(x, lr={lr}, momentum=0.9)",
        "Nesterov": "torch.optim.SGD(x, lr={lr}, momentum=0.9, nesterov=True)",
        "AdaGrad": "torch.optim.Adagrad(x, lr={lr})",
        "Rprop": "torch.optim.Rprop(x, lr=0.01)",
        "RMSProp": "torch.optim.RMSprop(x, lr={lr})",
        "Adadelta": "torch.optim.Adadelta(x, lr={lr})",
        "Adam": "torch.optim.Adam(x, lr={lr})",
        "AdamW": "torch.optim.AdamW(x, lr={lr})",
        "AMSGrad": "torch.optim.Adam(x, lr={lr}, amsgrad=True)",
        "AdaMax": "torch.optim.Adamax(x, lr={lr})",
        "NAdam": "torch.optim.NAdam(x, lr={lr})",
        "RAdam": "torch.optim.RAdam(x, lr={lr})",
    },
    "Keras": {
        "SGD": "keras.optimizers.SGD({lr})",
        "Momentum": "keras.optimizers.SGD({lr}, momentum=0.9)",
        "Nesterov": "keras.optimizers.SGD({lr}, momentum=0.9, nesterov=True)",
        "AdaGrad": "keras.optimizers.Adagrad({lr})",
        "RMSProp": "keras.optimizers.RMSprop({lr})",
        "Adadelta": "keras.optimizers.Adadelta({lr})",
        "Adam": "keras.optimizers.Adam({lr})",
        "AdamW": "keras.optimizers.AdamW({lr})",
        "AMSGrad": "keras.optimizers.Adam({lr}, amsgrad=True)",
        "AdaMax": "keras.optimizers.Adamax({lr})",
        "NAdam": "keras.optimizers.Nadam({lr})",
        "Lion": "keras.optimizers.Lion({lr})",
    },
    "Optax": {
        "SGD": "optax.sgd({lr})",
        "Momentum": "optax.sgd({lr}, momentum=0.9)",
        "Nesterov": "optax.sgd({lr}, momentum=0.9, nesterov=True)",
        "AdaGrad": "optax.adagrad({lr})",
        "RMSProp": "optax.rmsprop({lr})",
        "Adadelta": "optax.adadelta({lr})",
        "Adam": "optax.adam({lr})",
        "AdamW": "optax.adamw({lr})",
        "AMSGrad": "optax.amsgrad({lr})",
        "AdaMax": "optax.adamax({lr})",
        "NAdam": "optax.nadam({lr})",
        "RAdam": "optax.radam({lr})",
        "Lion": "optax.lion({lr})",
        "AdaBelief": "optax.adabelief({lr})",
    },
}
"""Framework -> label -> the call with the framework's own defaults."""


def _as_in(label: str, framework: str) -> Case:
    """The conventions of a framework beside its defaults; where it has decoupled weight decay, with some."""
    lr = 0.01 if label == "Rprop" else 0.1
    ours, theirs = as_in(OPTIMIZERS[label](lr=lr), framework), THEIRS[framework][label].format(lr=lr)
    if framework == "Keras" and ours.values.get("weight_decay") == 0:
        ours, theirs = ours(weight_decay=0.3), theirs.removesuffix(")") + ", weight_decay=0.3)"
    return Case(ours, theirs)


STREAMS |= {
    f"{label}, as in {framework}": _as_in(label, framework)
    for label, frameworks in CONVENTIONS.items()
    for framework in frameworks
    if framework in THEIRS
}

# Keras' CosineDecay is not among them: its π has the precision of float32.
FACTORS = {
    "constant": Case(schedules.constant, "optax.constant_schedule(1.0)"),
    "inverse time": Case(
        schedules.inverse_time(decay=0.3), "torch.optim.lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t))"
    ),
    "exponential": Case(schedules.exponential(gamma=0.9), "torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9)"),
    "exponential, epochs": Case(
        schedules.exponential(gamma=0.9, steps_per_epoch=7), "optax.exponential_decay(1.0, 7, 0.9, staircase=True)"
    ),
    "square root": Case(
        schedules.square_root(k=0.5), "torch.optim.lr_scheduler.LambdaLR(o, lambda t: 0.5 / math.sqrt(t + 1))"
    ),
    "staircase": Case(
        schedules.staircase(gamma=0.3, steps_per_stair=30), "torch.optim.lr_scheduler.StepLR(o, 30, gamma=0.3)"
    ),
    # Optax warms up from 0 at count 0, which wastes a step: ours is its schedule one count later.
    "cosine with warm-up": Case(
        schedules.cosine_warmup(warmup=20, total=150, floor=0.1),
        "later(optax.warmup_cosine_decay_schedule(0.0, 1.0, 20, 150, 0.1))",
    ),
    "cosine with warm-up of none": Case(
        schedules.cosine_warmup(warmup=0, total=150),
        "later(optax.cosine_decay_schedule(1.0, 150))",
    ),
    "cosine": Case(
        schedules.cosine(total=200, floor=0.1),
        "torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=200, eta_min=0.1)",
    ),
    "cosine, keras": Case(
        schedules.cosine(total=150, floor=0.1),
        "keras.optimizers.schedules.CosineDecay(1.0, 150, alpha=0.1)",
        tolerance=SINGLE,
    ),
    # Keras counts the fall's steps apart from the warm-up's.
    "cosine with warm-up, keras": Case(
        schedules.cosine_warmup(warmup=20, total=150, floor=0.1),
        "later(keras.optimizers.schedules.CosineDecay(0.0, 130, alpha=0.1, warmup_target=1.0, warmup_steps=20))",
        tolerance=SINGLE,
    ),
    "exponential, keras": Case(
        schedules.exponential(gamma=0.9, steps_per_epoch=7),
        "keras.optimizers.schedules.ExponentialDecay(1.0, 7, 0.9, staircase=True)",
    ),
    # Keras' boundaries are the last steps before a fall, counted from 0.
    "multi-step, keras": Case(
        schedules.multi_step(gamma=0.1, first=20, second=50, third=120),
        "keras.optimizers.schedules.PiecewiseConstantDecay([19, 49, 119], [1.0, 0.1, 0.01, 0.001])",
    ),
    "warm restarts, keras": Case(
        schedules.warm_restarts(period=9, growth=3, floor=0.05),
        "keras.optimizers.schedules.CosineDecayRestarts(1.0, 9, t_mul=3.0, alpha=0.05)",
        tolerance=SINGLE,
    ),
    "cosine, optax": Case(schedules.cosine(total=150), "optax.cosine_decay_schedule(1.0, 150)"),
    "multi-step": Case(
        schedules.multi_step(gamma=0.3, first=20, second=120, third=50),
        "torch.optim.lr_scheduler.MultiStepLR(o, [20, 50, 120], gamma=0.3)",
    ),
    "multi-step, one twice": Case(
        schedules.multi_step(gamma=0.3, first=50, second=50, third=1000),
        "torch.optim.lr_scheduler.MultiStepLR(o, [50, 50], gamma=0.3)",
    ),
    "inverse square root with warm-up": Case(
        schedules.inverse_sqrt_warmup(warmup=30),
        "torch.optim.lr_scheduler.LambdaLR(o, lambda t: min((t + 1) / 30, math.sqrt(30 / (t + 1))))",
    ),
    "warm-up, stable, decay": Case(
        schedules.warmup_stable_decay(warmup=20, decay=40, total=190, floor=0.1),
        "later(optax.join_schedules([optax.linear_schedule(0.0, 1.0, 20), optax.constant_schedule(1.0),"
        " optax.linear_schedule(1.0, 0.1, 40)], [20, 150]))",
    ),
    "linear": Case(
        schedules.linear(start=0.25, end=0.75, total=60),
        "torch.optim.lr_scheduler.LinearLR(o, start_factor=0.25, end_factor=0.75, total_iters=60)",
    ),
    "linear, down": Case(schedules.linear(start=1, end=0, total=70), "optax.linear_schedule(1.0, 0.0, 70)"),
    "polynomial": Case(
        schedules.polynomial(power=2.5, total=90),
        "torch.optim.lr_scheduler.PolynomialLR(o, total_iters=90, power=2.5)",
    ),
    "polynomial, floor": Case(
        schedules.polynomial(power=0.5, total=90, floor=0.2), "optax.polynomial_schedule(1.0, 0.2, 0.5, 90)"
    ),
    "polynomial, keras": Case(
        schedules.polynomial(power=0.5, total=90, floor=0.2),
        "keras.optimizers.schedules.PolynomialDecay(1.0, 90, end_learning_rate=0.2, power=0.5)",
    ),
    "inverse time, keras": Case(
        schedules.inverse_time(decay=0.3, steps_per_epoch=7),
        "keras.optimizers.schedules.InverseTimeDecay(1.0, 7, 0.3, staircase=True)",
    ),
    "one cycle, no rise": Case(
        schedules.one_cycle(total=200, rise=0),
        "torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=200, pct_start=0.0, cycle_momentum=False)",
    ),
    "one cycle, only rise": Case(
        schedules.one_cycle(total=201, rise=1),
        "torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=201, pct_start=1.0, cycle_momentum=False)",
    ),
    "one cycle, a peak between two steps": Case(
        schedules.one_cycle(total=200, rise=0.3037),
        "torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=200, pct_start=0.3037, cycle_momentum=False)",
    ),
    "one cycle": Case(
        schedules.one_cycle(total=200),
        "torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=200, cycle_momentum=False)",
    ),
    "one cycle, straight": Case(
        schedules.one_cycle(total=200, rise=0.45, low=0.2, end=0.01, straight=True),
        "torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=200, pct_start=0.45, anneal_strategy='linear',"
        " div_factor=5.0, final_div_factor=20.0, cycle_momentum=False)",
    ),
    "warm restarts": Case(
        schedules.warm_restarts(period=30), "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=30)"
    ),
    "warm restarts, longer each time": Case(
        schedules.warm_restarts(period=9, growth=3, floor=0.05),
        "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=9, T_mult=3, eta_min=0.05)",
    ),
    "warm-up": Case(
        schedules.warm_up(warmup=30),
        "torch.optim.lr_scheduler.LinearLR(o, start_factor=1 / 30, end_factor=1.0, total_iters=29)",
    ),
    "triangular": Case(
        schedules.triangular(low=0.25, half=30),
        "torch.optim.lr_scheduler.CyclicLR(o, base_lr=0.25, max_lr=1.0, step_size_up=30, cycle_momentum=False)",
    ),
}
