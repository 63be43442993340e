"""The small fixed problems that the goldens are made of."""

from typing import NamedTuple

SIZES = {"input_size": 5, "output_size": 4}
MEMORY = {"controller_size": 13, "memory_rows": 11, "memory_columns": 5}
POINTS = {"input_size": 2, "hidden_size": 11}
DICTIONARY = POINTS | {"most_points": 8}  # larger than the batch needs
SENTENCES = {"source_vocabulary": 9, "target_vocabulary": 8}  # the four that mean nothing included
RNNSEARCH = {"embedding_size": 4, "hidden_size": 5, "alignment_size": 6, "maxout_size": 3}


class Case(NamedTuple):
    """One problem; it becomes a file for each of float32 and float64."""

    model: str
    name: str
    batch: int
    options: dict
    loss: dict = {}  # options of the loss


def turing(name: str, batch: int, **options) -> Case:
    defaults = {
        "controller_layers": 1,
        "read_heads": 1,
        "write_heads": 1,
        "shift_range": 1,
        "memory_initialisation": "constant",
    }
    return Case("neural_turing_machine", name, batch, SIZES | MEMORY | defaults | options)


def rnnsearch(name: str, label_smoothing: float = 0.0, **options) -> Case:
    defaults = {"attention": "additive", "readout_state": "previous"}
    loss = {"label_smoothing": label_smoothing}
    return Case("bahdanau", name, 3, SENTENCES | RNNSEARCH | defaults | options, loss)


CASES = [
    turing("feedforward", 2, controller="feedforward"),
    turing(
        "feedforward_heads",
        3,
        controller="feedforward",
        controller_layers=2,
        read_heads=2,
        write_heads=3,
        shift_range=2,
        memory_initialisation="learned",
    ),
    turing("lstm", 3, controller="lstm", memory_initialisation="random"),
    turing(
        "lstm_heads",
        2,
        controller="lstm",
        controller_size=10,
        controller_layers=2,
        read_heads=2,
        write_heads=2,
    ),
    Case("lstm", "stacked", 3, SIZES | {"hidden_size": 7, "layers": 3}),
    Case("pointer_network", "ragged", 3, POINTS),
    Case("seq2seq", "plain", 3, DICTIONARY | {"attention": "none"}),
    Case("seq2seq", "attention", 3, DICTIONARY | {"attention": "additive"}),
    rnnsearch("attention", label_smoothing=0.1),
    rnnsearch("attention_current", readout_state="current"),
    rnnsearch("none", attention="none"),
]
