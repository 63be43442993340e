"""Checks what must hold of the Transformer in eager PyTorch, whatever its parameters.

    python python/transformer_check.py

Among others, that it agrees with the layers that PyTorch has. Prints one line per check and exits
with status 1 if any fails.
"""

import math
import sys
from typing import Callable

import torch
from torch import Tensor, nn

from optimizers import Adam, noam_rate
from transformer import Transformer, TransformerLanguageModel, sinusoids
from transformer_layers import Layer, attend
from translation import decoder_inputs

SMALL = {"source_vocabulary": 13, "target_vocabulary": 13, "model_size": 12, "heads": 3}
SMALL |= {"feed_forward_size": 17, "layers": 2, "dropout": 0.0}
VARIANTS = [
    SMALL | {"norm": "post", "tying": "all"},
    SMALL | {"norm": "pre", "tying": "output", "positions": "learned", "max_length": 8},
    SMALL | {"norm": "pre", "tying": "none", "key_size": 5, "value_size": 2},
]
LANGUAGE = {"vocabulary": 13, "model_size": 12, "heads": 3, "layers": 2, "context": 9}
LANGUAGE |= {"dropout": 0.0}


def want(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def same(first: Tensor, second: Tensor, what: str) -> None:
    want(first.shape == second.shape, f"{what}: {list(first.shape)} and {list(second.shape)}")
    difference = (first - second).abs().max().item()
    want(difference < 1e-12, f"{what}: differs by {difference:.1e}")


def draw(model: type[nn.Module], options: dict) -> nn.Module:
    """In double, with parameters that leave nothing flat."""
    torch.manual_seed(17)
    made = model(**options).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(std=0.5)
    return made


def sentences() -> tuple[Tensor, Tensor, Tensor]:
    """source [3, 7], its lengths and target [3, 6]."""
    torch.manual_seed(18)
    lengths = torch.tensor([5, 7, 2])
    return torch.randint(4, 13, (3, 7)), lengths, torch.randint(4, 13, (3, 6))


def check_later_symbols() -> None:
    """No step sees the target's symbol of its own, nor a later one."""
    source, lengths, target = sentences()
    for step in range(1, target.size(1)):
        changed = target.clone()
        changed[:, step:] = 4 + (changed[:, step:] - 3) % 9  # another one
        for options in VARIANTS:
            model = draw(Transformer, options)
            first, second = (model(source, lengths, read) for read in (target, changed))
            same(first[:, : step + 1], second[:, : step + 1], f"before step {step}, {options}")
            later = first[:, step + 1 :] - second[:, step + 1 :]
            want(bool((later.abs().amax(2) > 1e-6).all()), f"step {step} is read later, {options}")
        model = draw(TransformerLanguageModel, LANGUAGE)
        first, second = model(target), model(changed)
        same(first[:, :step], second[:, :step], f"language model, before step {step}")


def check_padding() -> None:
    """What stands in the padding, and how much of it, changes nothing."""
    source, lengths, target = sentences()
    padding = torch.arange(source.size(1)) >= lengths.unsqueeze(1)
    for options in VARIANTS:
        model = draw(Transformer, options)
        logits = model(source, lengths, target)
        asked = (source.masked_fill(padding, 0), lengths, target)
        same(logits, model(*asked), f"padding, {options}")
        maps = model.attention_weights(source, lengths, target)
        for name, weights in model.attention_weights(*asked).items():
            same(weights, maps[name], f"padding, {name}, {options}")
        want(bool((maps["encoder"].masked_select(padding[:, None, None]) == 0).all()), "columns")
        want(bool((maps["encoder"].masked_select(padding[:, None, :, None]) == 0).all()), "rows")
        want(bool((maps["cross"].masked_select(padding[:, None, None]) == 0).all()), "cross")
        want(bool((maps["decoder"].triu(1) == 0).all()), "after a step")
        for name in ("decoder", "cross"):
            same(maps[name].sum(4), torch.ones(maps[name].shape[:4]).double(), f"sums of {name}")
        for one in range(3):
            alone = model(source[[one], : lengths[one]], lengths[[one]], target[[one]])
            same(logits[[one]], alone, f"sentence {one} on its own, {options}")


def check_fused() -> None:
    """The library's attention gives the same logits and gradients, with an empty source too."""
    source, lengths, target = sentences()
    lengths[2] = 0
    asked = [(Transformer, options, (source, lengths, target)) for options in VARIANTS]
    asked.append((TransformerLanguageModel, LANGUAGE, (target,)))
    for kind, options, inputs in asked:
        models = [draw(kind, options | {"fused": fused}) for fused in (False, True)]
        first, second = (model(*inputs) for model in models)
        same(first, second, f"fused, {options}")
        for logits in (first, second):
            logits.sin().sum().backward()
        for (name, own), other in zip(models[0].named_parameters(), models[1].parameters()):
            want(bool(own.grad.isfinite().all()), f"{name} has a finite gradient")
            same(own.grad, other.grad, f"fused, gradient of {name}, {options}")


def check_nothing_allowed() -> None:
    """Zeros, and gradients that are."""
    inputs = [torch.randn(1, 2, 3, 4, dtype=torch.double, requires_grad=True) for _ in range(3)]
    context, weights = attend(*inputs, torch.zeros(1, 1, 3, 3, dtype=torch.bool))
    context.sum().backward()
    for tensor in (context, weights, *(read.grad for read in inputs)):
        want(bool((tensor == 0).all()), f"zeros, got {tensor}")


def pack(layer: Layer, theirs: nn.Module) -> nn.Module:
    """Our parameters in a layer of the library."""
    pairs = [(theirs.self_attn, layer.attention.query_key_value, layer.attention.merge)]
    names = ["attention_norm", "feed_forward_norm"]
    if layer.cross_attention is not None:
        cross = layer.cross_attention
        joined = nn.Linear(1, 1, bias=False)
        joined.weight = nn.Parameter(torch.cat([cross.query.weight, cross.key_value.weight]))
        pairs.append((theirs.multihead_attn, joined, cross.merge))
        names.insert(1, "cross_attention_norm")
    with torch.no_grad():
        for attention, projection, merge in pairs:
            attention.in_proj_weight.copy_(projection.weight)
            attention.out_proj.weight.copy_(merge.weight)
            biases = (attention.in_proj_bias, attention.out_proj.bias)
            for bias, ours in zip(biases, (projection.bias, merge.bias)):
                bias.copy_(torch.zeros_like(bias) if ours is None else ours)
    for place, name in enumerate(names, start=1):
        getattr(theirs, f"norm{place}").load_state_dict(getattr(layer, name).state_dict())
    theirs.linear1.load_state_dict(layer.feed_forward.first.state_dict())
    theirs.linear2.load_state_dict(layer.feed_forward.second.state_dict())
    return theirs


def check_against_layers() -> None:
    """nn.TransformerEncoderLayer and nn.TransformerDecoderLayer, with our embeddings and norms."""
    source, lengths, target = sentences()
    padding = torch.arange(source.size(1)) >= lengths.unsqueeze(1)
    causal = torch.full((6, 6), -torch.inf).double().triu(1)
    common = {"dropout": 0.0, "batch_first": True, "dtype": torch.double}
    for options in VARIANTS[:2]:
        model = draw(Transformer, options)
        sizes = (options["model_size"], options["heads"], options["feed_forward_size"])
        common["norm_first"] = options["norm"] == "pre"
        states = model._embed(source, model.source_embedding, model.source_positions)
        for layer in model.encoder.layers:
            theirs = pack(layer, nn.TransformerEncoderLayer(*sizes, **common))
            states = theirs(states, src_key_padding_mask=padding)
        memory = states if model.encoder.norm is None else model.encoder.norm(states)
        table = model._target_embedding
        states = model._embed(decoder_inputs(target), table, model.target_positions)
        for layer in model.decoder.layers:
            theirs = pack(layer, nn.TransformerDecoderLayer(*sizes, **common))
            states = theirs(states, memory, tgt_mask=causal, memory_key_padding_mask=padding)
        states = states if model.decoder.norm is None else model.decoder.norm(states)
        same(states @ table.weight.t(), model(source, lengths, target), f"layers, {options}")

    model = draw(TransformerLanguageModel, LANGUAGE | {"activation": "gelu"})
    states = model.embedding(target) + model.positions.weight[:6]
    for layer in model.layers:
        sizes = (12, 3, 48)
        theirs = nn.TransformerEncoderLayer(*sizes, activation="gelu", **common)
        states = pack(layer, theirs)(states, src_mask=causal)
    same(model.norm(states) @ model.embedding.weight.t(), model(target), "language model")


def check_sinusoids() -> None:
    for size in (7, 8):
        table = sinusoids(5, size, torch.double, torch.device("cpu"))
        for place in range(5):
            for feature in range(size):
                angle = place / 10000 ** (2 * (feature // 2) / size)
                wave = math.cos(angle) if feature % 2 else math.sin(angle)
                difference = abs(table[place, feature].item() - wave)
                want(difference < 1e-12, f"place {place}, feature {feature} of {size}")


def check_parameters() -> None:
    """Their names say each tensor once; how they start; the sizes that people report."""
    for options in VARIANTS:
        model = Transformer(**options)
        names = {name for name, _ in model.named_parameters()}
        want(names == set(model.state_dict()), "each once")
        want(("output.weight" in names) == (options["tying"] == "none"), "output")
        want(("target_embedding.weight" in names) == (options["tying"] != "all"), "target")
        want(("encoder.norm.weight" in names) == (options["norm"] == "pre"), "norm")
    base = {"source_vocabulary": 37000, "target_vocabulary": 37000, "tying": "all"}
    count = sum(p.numel() for p in Transformer(**base).parameters())
    want(round(count / 1e6) in (63, 64, 65), f"65 million parameters as in table 3, got {count}")
    count = sum(p.numel() for p in TransformerLanguageModel(vocabulary=65).parameters())
    want(10.6e6 < count < 10.8e6, f"nanoGPT's 10.65 million without biases, got {count}")

    torch.manual_seed(19)
    model = Transformer(source_vocabulary=999, target_vocabulary=9, model_size=120, layers=1)
    weight = model.encoder.layers[0].attention.query_key_value.weight
    bound = math.sqrt(6 / 240)  # of each of the three, not of all together
    want(0.99 * bound < weight.abs().max().item() <= bound, "Glorot and Bengio")
    want(abs(model.source_embedding.weight.std().item() * math.sqrt(120) - 1) < 0.02, "embedding")
    model = TransformerLanguageModel(vocabulary=65, layers=2, model_size=96)
    want(abs(model.layers[1].feed_forward.first.weight.std().item() / 0.02 - 1) < 0.02, "0.02")
    want(abs(model.layers[1].feed_forward.second.weight.std().item() / 0.01 - 1) < 0.02, "0.01")


def check_adam() -> None:
    """Against numbers one by one."""
    torch.manual_seed(20)
    gradients = torch.randn(6, 3).double()
    parameter = nn.Parameter(torch.zeros(3).double())
    optimizer = Adam([parameter], learning_rate=0.1, beta1=0.8, beta2=0.9, epsilon=0.05)
    value, mean, square = [0.0] * 3, [0.0] * 3, [0.0] * 3
    for step, row in enumerate(gradients, start=1):
        parameter.grad = row.clone()
        optimizer.step()
        for place, gradient in enumerate(row.tolist()):
            mean[place] = 0.8 * mean[place] + 0.2 * gradient
            square[place] = 0.9 * square[place] + 0.1 * gradient**2
            deviation = math.sqrt(square[place] / (1 - 0.9**step))
            value[place] -= 0.1 * mean[place] / (1 - 0.8**step) / (deviation + 0.05)
    same(parameter.detach(), torch.tensor(value, dtype=torch.double), "Adam")
    rates = [noam_rate(step, 512, 4000) for step in range(1, 12001)]
    want(rates.index(max(rates)) == 3999, "the rate is highest at the last step of the warm-up")
    want(abs(rates[3999] - 512**-0.5 * 4000**-0.5) < 1e-12, "its highest value")
    want(abs(rates[1999] / rates[3999] - 0.5) < 1e-12, "it grows linearly")


CHECKS: list[Callable[[], None]] = [
    check_later_symbols,
    check_padding,
    check_fused,
    check_nothing_allowed,
    check_against_layers,
    check_sinusoids,
    check_parameters,
    check_adam,
]


def main() -> int:
    torch.set_num_threads(1)
    failed = False
    for check in CHECKS:
        name = check.__name__.removeprefix("check_")
        try:
            check()
            print(f"{name}: ok")
        except AssertionError as error:
            failed = True
            print(f"{name}: FAILED: {error}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
