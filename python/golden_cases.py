"""The small fixed problems that the goldens are made of."""

from typing import NamedTuple

SIZES = {"input_size": 5, "output_size": 4}
MEMORY = {"controller_size": 13, "memory_rows": 11, "memory_columns": 5}
POINTS = {"input_size": 2, "hidden_size": 11}
DICTIONARY = POINTS | {"most_points": 8}  # larger than the batch needs
SENTENCES = {"source_vocabulary": 9, "target_vocabulary": 8}  # the four that mean nothing included
RNNSEARCH = {"embedding_size": 4, "hidden_size": 5, "alignment_size": 6, "maxout_size": 3}
STACKED = {"embedding_size": 4, "hidden_size": 5, "layers": 2, "max_source_length": 0}
LANGUAGE = {"vocabulary": 8, "embedding_size": 4, "hidden_size": 5}
TRANSFORMER = {"model_size": 10, "feed_forward_size": 11, "heads": 5, "layers": 2, "dropout": 0.0}
CONTINUATION = {"vocabulary": 8, "model_size": 10, "heads": 5, "layers": 2, "context": 9}


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


def stacked(name: str, **options) -> Case:
    defaults = {"window": "global", "half_width": 2, "reverse_source": True, "input_feeding": True}
    options = SENTENCES | STACKED | defaults | options
    return Case("luong", name, 3, options, {"label_smoothing": 0.0})


def taped(name: str, **options) -> Case:
    options = LANGUAGE | {"layers": 1, "tape": 0, "previous_summary": True} | options
    return Case("lstmn", name, 3, options, {"label_smoothing": 0.0})


def transformer(name: str, label_smoothing: float = 0.0, **options) -> Case:
    defaults = {"key_size": 0, "value_size": 0, "positions": "sinusoidal", "max_length": 0}
    options = SENTENCES | TRANSFORMER | defaults | options
    return Case("transformer", name, 3, options, {"label_smoothing": label_smoothing})


def language_transformer(name: str, **options) -> Case:
    options = CONTINUATION | {"dropout": 0.0, "feed_forward_size": 0} | options
    return Case("transformer_language_model", name, 3, options, {"label_smoothing": 0.0})


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
    stacked("dot", score="dot"),
    stacked("general", score="general"),
    stacked("concat", score="concat"),
    stacked("location", score="location", max_source_length=8),
    stacked("scaled_dot", score="scaled_dot", reverse_source=False),
    stacked("content", score="content"),
    stacked("general_local_m", score="general", window="local_m"),
    stacked("general_local_p", score="general", window="local_p"),
    stacked("dot_local_p", score="dot", window="local_p", input_feeding=False),
    stacked("none", score="none", input_feeding=False, reverse_source=False),
    stacked("none_reversed", score="none", input_feeding=False),
    taped("one_layer"),
    taped("two_layers", layers=2),
    taped("without_summary", previous_summary=False),
    taped("short_tape", layers=2, tape=3),
    transformer("post_norm", 0.1, norm="post", tying="all", target_vocabulary=9),
    transformer(
        "pre_norm",
        norm="pre",
        tying="none",
        heads=4,
        key_size=3,
        value_size=2,
        positions="learned",
        max_length=8,
    ),
    transformer("tied_output", norm="post", tying="output", heads=2),
    language_transformer("gpt", activation="gelu_tanh"),
    language_transformer("gelu_exact", activation="gelu", heads=2, feed_forward_size=11),
    Case("perceptron", "adadelta", 3, SIZES),
]
