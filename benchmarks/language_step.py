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

SYMBOLS = 69  # the four special ones included
MODEL = {"embedding_size": 128, "hidden_size": 256, "tape": 64}
LEARNING_RATE, CLIP_NORM = 5e-3, 1.0
BATCHES = (16, 32)
CONTEXTS = (64, 128)


class LanguageTwin(Twin):
    def __init__(self, batch, context):
        torch.manual_seed(1)
        self.model = Lstmn(vocabulary=SYMBOLS, **MODEL)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE)
        self.size = [batch, context + 1]

    def step(self):
        text = torch.randint(SYMBOLS, self.size)
        self.optimizer.zero_grad()
        logits = self.model(text[:, :-1])
        F.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten()).backward()
        clip_norm(self.model.parameters(), CLIP_NORM)
        self.optimizer.step()


def pairs(program):
    experiment = "lstmn/tiny_shakespeare"
    for context in CONTEXTS:
        for batch in BATCHES:
            subject = {"experiment": experiment, "batch_size": batch, "context": context,
                       "hidden_size": MODEL["hidden_size"], "symbols_a_step": batch * context}
            settings = [f"trainer.batch_size={batch}", f"dataset.text_file.context={context}"]
            yield subject, Ours(program, experiment, settings), LanguageTwin(batch, context)


if __name__ == "__main__":
    run("language_step", __doc__.splitlines()[0], pairs)
