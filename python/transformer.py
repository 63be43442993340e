"""Eager reference of the Transformer: Vaswani et al. (2017), arXiv:1706.03762; and of a language
model made of its layers, like GPT-2 of Radford et al. (2019).

Written from the paper's equations alone. What it leaves open: layer normalisation adds 1e-5 to the
variance; projections of attention have no biases, nor has the output layer; the decoder reads
symbol 2 first; places are counted from 0. Matrices start uniform after Glorot and Bengio (2010),
those of query, key and value each on its own, biases at 0, tables of embeddings and of learned
positions normal with deviation M^-1/2. Dropout is where section 5.4 has it: on what a sublayer adds
and on the sums of embeddings and positions.

Shapes: B batch, S most symbols of a source in the batch, T of a target, M model_size, H heads, L
layers, V symbols of the target's language.
"""

import math
from functools import lru_cache, partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoder_decoder import present
from transformer_layers import CrossAttention, Layer, SelfAttention, Shape, Stack
from translation import decoder_inputs

ACTIVATIONS = {"gelu_tanh": partial(F.gelu, approximate="tanh"), "gelu": F.gelu}


def require(name: str, value: str, known) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")


@lru_cache
def sinusoids(places: int, size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Section 3.5, [places, M]: sin(place / 10000^(2i/M)) in feature 2i, the cosine in 2i + 1.

    In double, then rounded to the type.
    """
    features = torch.arange(size)
    odd = features % 2
    rates = 10000.0 ** (-(features - odd).double() / size)
    angles = torch.arange(places).double().unsqueeze(1) * rates
    return torch.where(odd == 1, angles.cos(), angles.sin()).to(device, dtype)


def learned(positions: nn.Embedding, places: int) -> Tensor:
    """The first rows of the table, [places, M]."""
    if places > positions.num_embeddings:
        raise ValueError(
            f"there are positions for {positions.num_embeddings} symbols, got {places}"
        )
    return positions.weight[:places]


class Transformer(nn.Module):
    """The encoder and decoder of section 3. A key_size or value_size of 0 is model_size / heads.

    `fused` takes the library's attention, for speed; it does not tell the weights.
    """

    def __init__(
        self,
        *,
        source_vocabulary: int,
        target_vocabulary: int,
        model_size: int = 512,
        feed_forward_size: int = 2048,
        heads: int = 8,
        key_size: int = 0,
        value_size: int = 0,
        layers: int = 6,
        dropout: float = 0.1,
        positions: str = "sinusoidal",
        max_length: int = 0,
        norm: str = "post",
        tying: str = "none",
        fused: bool = False,
    ):
        super().__init__()
        require("positions", positions, ("sinusoidal", "learned"))
        require("norm", norm, ("post", "pre"))
        require("tying", tying, ("none", "output", "all"))
        if not (key_size and value_size) and model_size % heads:
            raise ValueError(f"model_size {model_size} is not a multiple of {heads} heads")
        if positions == "learned" and max_length < 1:
            raise ValueError("learned positions need max_length")
        if tying == "all" and source_vocabulary != target_vocabulary:
            raise ValueError("tying all needs equal vocabularies")
        shape = Shape(
            model_size=model_size,
            feed_forward_size=feed_forward_size,
            heads=heads,
            key_size=key_size or model_size // heads,
            value_size=value_size or model_size // heads,
            activation=F.relu,
            norm=norm,
            attention_biases=False,
            dropout=dropout,
            attention_dropout=0.0,
            fused=fused,
        )
        self.model_size, self.dropout = model_size, dropout
        self.source_embedding = nn.Embedding(source_vocabulary, model_size)
        self.target_embedding = self.output = None  # of tied tables there is only the first
        if tying != "all":
            self.target_embedding = nn.Embedding(target_vocabulary, model_size)
        if tying == "none":
            self.output = nn.Linear(model_size, target_vocabulary, bias=False)
        self.source_positions = self.target_positions = None
        if positions == "learned":
            self.source_positions = nn.Embedding(max_length, model_size)
            self.target_positions = nn.Embedding(max_length, model_size)
        self.encoder = Stack(shape, layers, crosses=False)
        self.decoder = Stack(shape, layers, crosses=True)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                module.weight.normal_(std=self.model_size**-0.5)
            elif isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    module.bias.zero_()
        for module in self.modules():
            several = []
            if isinstance(module, SelfAttention):
                several = module.query_key_value.weight.split(module.shape.projections)
            elif isinstance(module, CrossAttention):
                several = module.key_value.weight.split(module.shape.projections[1:])
            for matrix in several:
                nn.init.xavier_uniform_(matrix)

    def forward(self, source: Tensor, source_lengths: Tensor, target: Tensor) -> Tensor:
        """The scores of all symbols when the symbols before are the target's.

        source [B, S], source_lengths [B] in 0..S, target [B, T]; returns the logits [B, T, V].
        What stands in the padding of source changes nothing. Throws ValueError if there are more
        steps than learned positions.
        """
        states, *_ = self._run(source, source_lengths, target)
        table = self._target_embedding if self.output is None else self.output
        return F.linear(states, table.weight)

    def attention_weights(
        self, source: Tensor, source_lengths: Tensor, target: Tensor
    ) -> dict[str, Tensor]:
        """The weights of the same arguments: encoder [L, B, H, S, S], decoder [L, B, H, T, T],
        cross [L, B, H, T, S]. 0 in the padding of source, in its rows too, and after a step.
        """
        _, encoder, decoder = self._run(source, source_lengths, target)
        rows = present(source_lengths.to(source.device), source.size(1))[:, None, :, None]
        return {
            "encoder": torch.stack([own for (own,) in encoder]).masked_fill(~rows, 0),
            "decoder": torch.stack([own for own, _ in decoder]),
            "cross": torch.stack([cross for _, cross in decoder]),
        }

    @property
    def _target_embedding(self) -> nn.Embedding:
        return self.source_embedding if self.target_embedding is None else self.target_embedding

    def _run(self, source: Tensor, source_lengths: Tensor, target: Tensor) -> tuple:
        """What the output layer reads [B, T, M], and the weights of encoder and decoder."""
        allowed = present(source_lengths.to(source.device), source.size(1))[:, None, None]
        read = self._embed(source, self.source_embedding, self.source_positions)
        memory, encoder = self.encoder(read, allowed)
        read = self._embed(decoder_inputs(target), self._target_embedding, self.target_positions)
        states, decoder = self.decoder(read, None, memory, allowed)
        return states, encoder, decoder

    def _embed(self, symbols: Tensor, table: nn.Embedding, places: nn.Embedding | None) -> Tensor:
        """Sections 3.4 and 3.5. [B, T]; returns [B, T, M]."""
        embedded, size = table(symbols) * math.sqrt(self.model_size), symbols.size(1)
        if places is None:
            added = sinusoids(size, self.model_size, embedded.dtype, embedded.device)
        else:
            added = learned(places, size)
        return F.dropout(embedded + added, self.dropout, self.training)


class TransformerLanguageModel(nn.Module):
    """Layers with the norm before each sublayer, biases in attention, and GELU in place of ReLU.

    Embeddings are not scaled, positions are learned, and the output layer is the embedding. Dropout
    is on the weights of attention too. A feed_forward_size of 0 is 4 model_size. Parameters start
    as GPT-2's: normal with deviation 0.02, or 0.02 / sqrt(2 L) in the last matrix of a sublayer;
    biases at 0.
    """

    def __init__(
        self,
        *,
        vocabulary: int,
        model_size: int = 384,
        heads: int = 6,
        layers: int = 6,
        context: int = 256,
        dropout: float = 0.2,
        feed_forward_size: int = 0,
        activation: str = "gelu_tanh",
        fused: bool = False,
    ):
        super().__init__()
        require("activation", activation, ACTIVATIONS)
        if model_size % heads:
            raise ValueError(f"model_size {model_size} is not a multiple of {heads} heads")
        shape = Shape(
            model_size=model_size,
            feed_forward_size=feed_forward_size or 4 * model_size,
            heads=heads,
            key_size=model_size // heads,
            value_size=model_size // heads,
            activation=ACTIVATIONS[activation],
            norm="pre",
            attention_biases=True,
            dropout=dropout,
            attention_dropout=dropout,
            fused=fused,
        )
        self.dropout = dropout
        self.embedding = nn.Embedding(vocabulary, model_size)
        self.positions = nn.Embedding(context, model_size)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(layers))
        self.norm = nn.LayerNorm(model_size)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            elif name.endswith(("merge.weight", "second.weight")):
                parameter.normal_(std=0.02 / math.sqrt(2 * len(self.layers)))
            elif parameter.dim() == 2:
                parameter.normal_(std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """The scores of the symbol after each of tokens [B, T]; returns the logits [B, T, V].

        Throws ValueError if there are more steps than context.
        """
        return F.linear(self._run(tokens)[0], self.embedding.weight)

    def attention_weights(self, tokens: Tensor) -> dict[str, Tensor]:
        """The weights of the same argument: decoder [L, B, H, T, T], 0 after a step."""
        return {"decoder": torch.stack(self._run(tokens)[1])}

    def _run(self, tokens: Tensor) -> tuple[Tensor, list[Tensor | None]]:
        """What the output layer reads [B, T, M], and the weights of all layers."""
        embedded = self.embedding(tokens) + learned(self.positions, tokens.size(1))
        states, seen = F.dropout(embedded, self.dropout, self.training), []
        for layer in self.layers:
            states, (weights,) = layer(states, None)
            seen.append(weights)
        return self.norm(states), seen
