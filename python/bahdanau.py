"""Eager reference of RNNsearch and RNNencdec: Bahdanau, Cho and Bengio (2014), arXiv:1409.0473.

Written from the paper's equations alone. Where it leaves a choice: h_0 = 0, biases stand beside the
matrices that read embeddings (W of the recurrences, one for the readout's hidden layer), beside W_s
and W_o, and nowhere in the alignment model; the readout reads s_{i-1} (appendix A.2.2) or s_i
(section 3.1). RNNencdec starts its decoder from the last forward state, for want of a backward one.

Shapes: B batch, S most symbols of a source in the batch, T of a target, M embedding, N hidden,
C context: 2N, or N without attention; V symbols of the target's language.
"""

import torch
from torch import Tensor, nn

from encoder_decoder import AdditiveScores, present
from translation import decoder_inputs


class GatedUnit(nn.Module):
    """The gated hidden unit of appendix A.1.1. Rows are ordered z, r, candidate.

    z = sigm(W_z x + U_z h + C_z c)
    r = sigm(W_r x + U_r h + C_r c)
    h~ = tanh(W x + U [r * h] + C c)
    h <- (1 - z) * h + z * h~

    W is `input`, U_z and U_r are `gates`, U is `candidate`. C, of a decoder, is `context`.
    """

    def __init__(self, input_size: int, hidden_size: int, context_size: int | None = None):
        super().__init__()
        self.input = nn.Linear(input_size, 3 * hidden_size)
        self.gates = nn.Linear(hidden_size, 2 * hidden_size, bias=False)
        self.candidate = nn.Linear(hidden_size, hidden_size, bias=False)
        if context_size is not None:
            self.context = nn.Linear(context_size, 3 * hidden_size, bias=False)

    def forward(self, read: Tensor, hidden: Tensor) -> Tensor:
        """read [B, 3N] is W x, and C c where there is one; hidden [B, N]; returns h [B, N]."""
        size = hidden.size(1)
        read_gates, read_candidate = read.split([2 * size, size], dim=1)
        gates = torch.addmm(read_gates, hidden, self.gates.weight.t()).sigmoid()
        update, reset = gates.chunk(2, dim=1)
        candidate = torch.addmm(read_candidate, reset * hidden, self.candidate.weight.t()).tanh()
        return torch.lerp(hidden, candidate, update)


def shut(read: Tensor, allowed: Tensor) -> Tensor:
    """Closes the update gate where not allowed: a recurrence stays there what it is.

    read [B, T, 3N], allowed [B, T] bool; returns [B, T, 3N].
    """
    is_update = torch.arange(read.size(2), device=read.device) < read.size(2) // 3
    return read.masked_fill(~allowed.unsqueeze(2) & is_update, -torch.inf)


def run(unit: GatedUnit, read: Tensor, hidden: Tensor) -> list[Tensor]:
    """All states of a recurrence, each [B, N]. read [B, T, 3N], hidden [B, N] before the first."""
    states = []
    for step in read.unbind(1):
        hidden = unit(step, hidden)
        states.append(hidden)
    return states


class Readout(nn.Module):
    """Appendix A.2.2: t~ = U_o s + V_o E y + C_o c, then the larger of each pair."""

    def __init__(self, hidden_size: int, embedding_size: int, context_size: int, maxout_size: int):
        super().__init__()
        self.state = nn.Linear(hidden_size, 2 * maxout_size)
        self.embedding = nn.Linear(embedding_size, 2 * maxout_size, bias=False)
        self.context = nn.Linear(context_size, 2 * maxout_size, bias=False)

    def forward(self, states: Tensor, embedded: Tensor, contexts: Tensor) -> Tensor:
        """states [B, T, N], embedded [B, T, M], contexts [B, T or 1, C]; returns t [B, T, L]."""
        hidden = self.state(states) + self.embedding(embedded) + self.context(contexts)
        return torch.maximum(hidden[..., 0::2], hidden[..., 1::2])


class Bahdanau(nn.Module):
    """RNNsearch (attention additive) or RNNencdec (attention none)."""

    def __init__(
        self,
        *,
        source_vocabulary: int,
        target_vocabulary: int,
        embedding_size: int = 620,
        hidden_size: int = 1000,
        alignment_size: int = 1000,
        maxout_size: int = 500,
        attention: str = "additive",
        readout_state: str = "previous",
    ):
        super().__init__()
        if attention not in ("additive", "none"):
            raise ValueError(f"attention must be additive or none, got {attention!r}")
        if readout_state not in ("previous", "current"):
            raise ValueError(f"readout_state must be previous or current, got {readout_state!r}")
        attends = attention == "additive"
        annotation_size = 2 * hidden_size if attends else hidden_size
        self.readout_state = readout_state
        self.source_embedding = nn.Embedding(source_vocabulary, embedding_size)
        self.target_embedding = nn.Embedding(target_vocabulary, embedding_size)
        self.encoder_forward = GatedUnit(embedding_size, hidden_size)
        self.encoder_backward = self.attention = None
        if attends:
            self.encoder_backward = GatedUnit(embedding_size, hidden_size)
            self.attention = AdditiveScores(
                alignment_size, key_size=annotation_size, query_size=hidden_size
            )
        self.initial = nn.Linear(hidden_size, hidden_size)
        self.decoder = GatedUnit(embedding_size, hidden_size, annotation_size)
        self.readout = Readout(hidden_size, embedding_size, annotation_size, maxout_size)
        self.output = nn.Linear(maxout_size, target_vocabulary)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        """Appendix B.1."""
        for name, parameter in self.named_parameters():
            if name == "attention.score" or name.endswith("bias"):
                parameter.zero_()
            else:
                parameter.normal_(std=0.001 if name.startswith("attention.") else 0.01)
        for unit in self.modules():
            if isinstance(unit, GatedUnit):
                for square in (*unit.gates.weight.chunk(2), unit.candidate.weight):
                    nn.init.orthogonal_(square)

    def forward(self, source: Tensor, source_lengths: Tensor, target: Tensor) -> Tensor:
        """The scores of all symbols when the symbols before are the target's.

        source [B, S], source_lengths [B] in 1..S, target [B, T]; returns the logits [B, T, V].
        What stands in the padding of source changes nothing.
        """
        embedded = self.target_embedding(decoder_inputs(target))
        initial, states, contexts, _ = self._decode(source, source_lengths, embedded)
        if self.readout_state == "previous":
            states = [initial, *states[:-1]]
        return self.output(self.readout(torch.stack(states, dim=1), embedded, contexts))

    def attention_weights(self, source: Tensor, source_lengths: Tensor, target: Tensor) -> Tensor:
        """alpha_ij of the same arguments [B, T, S], 0 in the padding."""
        if self.attention is None:
            raise ValueError("a model without attention has no attention weights")
        embedded = self.target_embedding(decoder_inputs(target))
        *_, weights = self._decode(source, source_lengths, embedded)
        return torch.stack(weights, dim=1)

    def _decode(
        self, source: Tensor, source_lengths: Tensor, embedded: Tensor
    ) -> tuple[Tensor, list[Tensor], Tensor, list[Tensor]]:
        """s_0 [B, N], all s_i [B, N], all c_i [B, T or 1, C] and all alpha_i [B, S].

        embedded [B, T, M] is the target's. Without attention there is one c and no alpha.
        """
        allowed = present(source_lengths.to(source.device), source.size(1))
        read = self.decoder.input(embedded)
        if self.attention is None:
            context = self._last_state(source, allowed)
            initial = torch.tanh(self.initial(context))
            context = context.unsqueeze(1)  # of all steps
            states = run(self.decoder, read + self.decoder.context(context), initial)
            return initial, states, context, []

        annotations = self._annotate(source, allowed)
        keys = self.attention.keys(annotations)
        initial = torch.tanh(self.initial(annotations[:, 0].chunk(2, dim=1)[1]))
        state, states, contexts, weights = initial, [], [], []
        for step in read.unbind(1):
            weight = self.attention(keys, state, allowed).softmax(1)
            context = (weight.unsqueeze(1) @ annotations).squeeze(1)  # c_i = sum_j alpha_ij h_j
            state = self.decoder(step + self.decoder.context(context), state)
            states.append(state)
            contexts.append(context)
            weights.append(weight)
        return initial, states, torch.stack(contexts, dim=1), weights

    def _last_state(self, source: Tensor, allowed: Tensor) -> Tensor:
        """The forward state after each sentence's own last symbol, [B, N]."""
        read = shut(self.encoder_forward.input(self.source_embedding(source)), allowed)
        return run(self.encoder_forward, read, self._start(read))[-1]

    def _annotate(self, source: Tensor, allowed: Tensor) -> Tensor:
        """h_j = [forward h_j; backward h_j], without meaning in the padding. [B, S, 2N]."""
        embedded = self.source_embedding(source)
        read = self.encoder_forward.input(embedded)
        forward = run(self.encoder_forward, read, self._start(read))
        # The backward recurrence meets the padding first, and stays at its start.
        read = shut(self.encoder_backward.input(embedded), allowed).flip(1)
        backward = run(self.encoder_backward, read, self._start(read))[::-1]
        return torch.cat([torch.stack(forward, dim=1), torch.stack(backward, dim=1)], dim=2)

    @staticmethod
    def _start(read: Tensor) -> Tensor:
        """h_0 = 0 of a recurrence that reads [B, S, 3N]; returns [B, N]."""
        return read.new_zeros(read.size(0), read.size(2) // 3)
