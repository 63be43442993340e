"""The RMSProp of Graves (2013), arXiv:1308.0850, equations 38 to 45, the Adadelta of Zeiler (2012),
arXiv:1212.5701, the Adam of Kingma and Ba (2015), arXiv:1412.6980, the learning rate of Vaswani et
al. (2017), arXiv:1706.03762, and gradient clipping.
"""

import torch
from torch import Tensor


class Averaging(torch.optim.Optimizer):
    """Keeps running averages of what it sees of each parameter."""

    def _state(self, name: str, parameters: list[Tensor]) -> list[Tensor]:
        for parameter in parameters:
            if name not in self.state[parameter]:
                self.state[parameter][name] = torch.zeros_like(parameter)
        return [self.state[parameter][name] for parameter in parameters]


class GravesRmsprop(Averaging):
    """RMSProp centred by the mean gradient, with momentum; q is the gradient of a parameter.

    n <- decay n + (1 - decay) q^2
    m <- decay m + (1 - decay) q
    d <- momentum d - learning_rate q / sqrt(n - m^2 + epsilon)
    parameter <- parameter + d

    n, m and d start at zero.
    """

    def __init__(
        self,
        parameters,
        learning_rate: float = 1e-4,
        decay: float = 0.95,
        momentum: float = 0.9,
        epsilon: float = 1e-4,
    ):
        defaults = dict(
            learning_rate=learning_rate, decay=decay, momentum=momentum, epsilon=epsilon
        )
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self) -> None:
        """Updates every parameter that has a gradient."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if not parameters:
                continue
            gradients = [p.grad for p in parameters]
            squares = self._state("square", parameters)
            means = self._state("mean", parameters)
            steps = self._state("step", parameters)
            decay = group["decay"]

            torch._foreach_mul_(squares, decay)
            torch._foreach_addcmul_(squares, gradients, gradients, value=1 - decay)
            torch._foreach_mul_(means, decay)
            torch._foreach_add_(means, gradients, alpha=1 - decay)
            deviations = torch._foreach_addcmul(squares, means, means, value=-1)
            torch._foreach_add_(deviations, group["epsilon"])
            torch._foreach_sqrt_(deviations)
            torch._foreach_mul_(steps, group["momentum"])
            torch._foreach_addcdiv_(steps, gradients, deviations, value=-group["learning_rate"])
            torch._foreach_add_(parameters, steps)


class Adadelta(Averaging):
    """Algorithm 1 of Zeiler (2012), which has no learning rate; g is the gradient of a parameter.

    G <- decay G + (1 - decay) g^2
    d <- -sqrt(D + epsilon) / sqrt(G + epsilon) g
    D <- decay D + (1 - decay) d^2
    parameter <- parameter + d

    G and D start at zero; decay is the paper's rho. torch.optim.Adadelta with lr=1 is the same; its
    default epsilon is too, its default rho is 0.9.
    """

    def __init__(self, parameters, decay: float = 0.95, epsilon: float = 1e-6):
        super().__init__(parameters, dict(decay=decay, epsilon=epsilon))

    @torch.no_grad()
    def step(self) -> None:
        """Updates every parameter that has a gradient."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if not parameters:
                continue
            gradients = [p.grad for p in parameters]
            squares = self._state("square", parameters)
            moves = self._state("move", parameters)
            decay = group["decay"]

            torch._foreach_mul_(squares, decay)
            torch._foreach_addcmul_(squares, gradients, gradients, value=1 - decay)
            steps = torch._foreach_add(moves, group["epsilon"])
            torch._foreach_div_(steps, torch._foreach_add(squares, group["epsilon"]))
            torch._foreach_sqrt_(steps)
            torch._foreach_mul_(steps, gradients)
            torch._foreach_mul_(moves, decay)
            torch._foreach_addcmul_(moves, steps, steps, value=1 - decay)
            torch._foreach_sub_(parameters, steps)


class Adam(torch.optim.Adam):
    """Algorithm 1 of Kingma and Ba (2015); g is the gradient of a parameter, t the step from 1.

    m <- beta1 m + (1 - beta1) g
    v <- beta2 v + (1 - beta2) g^2
    parameter <- parameter - learning_rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)

    m and v start at zero. This is what torch.optim.Adam computes, under the names of ours.
    """

    def __init__(
        self,
        parameters,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ):
        super().__init__(
            parameters, lr=learning_rate, betas=(beta1, beta2), eps=epsilon, foreach=True
        )


def noam_rate(step: int, model_size: int, warmup: int, factor: float = 1.0) -> float:
    """Equation 3 of Vaswani et al. (2017), times a factor; the first step is 1.

    model_size^-0.5 min(step^-0.5, step warmup^-1.5)
    """
    return factor * model_size**-0.5 * min(step**-0.5, step * warmup**-1.5)


@torch.no_grad()
def clip_value(parameters, limit: float) -> None:
    """Clamps every number of every gradient to -limit..limit, in place."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    torch._foreach_clamp_max_(gradients, limit)
    torch._foreach_clamp_min_(gradients, -limit)


@torch.no_grad()
def clip_norm(parameters, limit: float) -> Tensor:
    """Scales all gradients by limit / (norm + 1e-6) if their joint norm exceeds limit, in place.

    Returns the norm before the scaling, 0-d.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    if norm > limit:
        torch._foreach_mul_(gradients, limit / (norm + 1e-6))
    return norm
