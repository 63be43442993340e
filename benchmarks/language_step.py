"""Times a training step of a language model: this project's against its Python twin.

    python benchmarks/language_step.py [--rounds 15] [--record]

Both sides train the same model on windows of one length by the experiment's recipe, as versus.py
says. --record writes benchmarks/results/language_step.json.
"""

from versus import Ours, Twin, run  # first: it sets the number of threads and the path

import torch
import torch.nn.functional as F

from lstmn import Lstmn
from optimizers import clip_norm
from transformer import TransformerLanguageModel

SYMBOLS = 69  # the four special ones included
LSTMN = {"embedding_size": 128, "hidden_size": 256, "tape": 64}
TRANSFORMER = {"model_size": 128, "heads": 4, "layers": 4, "dropout": 0.0, "fused": True}
CLIP_NORM = 1.0
BATCHES = (16, 32)
CONTEXTS = (64, 128)


class LanguageTwin(Twin):
    def __init__(self, model, optimizer, batch, context):
        self.model, self.optimizer = model, optimizer
        self.size = [batch, context + 1]

    def step(self):
        text = torch.randint(SYMBOLS, self.size)
        self.optimizer.zero_grad()
        logits = self.model(text[:, :-1])
        F.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten()).backward()
        clip_norm(self.model.parameters(), CLIP_NORM)
        self.optimizer.step()


def lstmn(context):
    model = Lstmn(vocabulary=SYMBOLS, **LSTMN)
    return model, torch.optim.Adam(model.parameters(), lr=5e-3), []


def transformer(context):
    model = TransformerLanguageModel(vocabulary=SYMBOLS, context=context, **TRANSFORMER)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
    return model, optimizer, [f"model.transformer_language_model.context={context}"]


def pairs(program):
    for experiment, make, units in (("lstmn/tiny_shakespeare", lstmn, LSTMN["hidden_size"]),
                                    ("transformer/tiny_shakespeare", transformer,
                                     TRANSFORMER["model_size"])):
        for context in CONTEXTS:
            for batch in BATCHES:
                torch.manual_seed(1)
                model, optimizer, more = make(context)
                subject = {"experiment": experiment, "batch_size": batch, "context": context,
                           "hidden_size": units, "symbols_a_step": batch * context}
                settings = [f"trainer.batch_size={batch}", f"dataset.text_file.context={context}"]
                yield (subject, Ours(program, experiment, settings + more),
                       LanguageTwin(model, optimizer, batch, context))


if __name__ == "__main__":
    run("language_step", __doc__.splitlines()[0], pairs)
