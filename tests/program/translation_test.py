"""Translation: lines in and out, where the model looked, how BLEU was counted, and data and lines
that are not as they should be."""

import json
import shutil

from zoo_program import ProgramTest, main

TEXT = """
model:   {bahdanau: {embedding_size: 8, hidden_size: 8, alignment_size: 8, maxout_size: 8}}
dataset: {parallel_text: {source_file: de.txt, target_file: en.txt, max_length: 30, vocabulary: VOCABULARY}}
task:    {translation: {beam_width: 2}}
trainer: {steps: 2, batch_size: 8, evaluate_every: 2, evaluate_batches: 1, evaluate_batch_size: 4}
expect:  {bleu: {at_least: 0}}
"""
WORDS = TEXT.replace("VOCABULARY", "{words: {size: 60}}")
PIECES = TEXT.replace("VOCABULARY", "{sentencepiece: {size: 60}}")
PAIRS = [(f"Haus {i} ist {'sehr ' * (i % 7)}groß.", f"House {i} is {'very ' * (i % 7)}big.")
         for i in range(500)]
LONG = "Haus " * 10000
SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:attention-zoo"
CONVERT = "convert the file first, for example by iconv -f latin1 -t utf-8"


def fields(message):
    """The fields of a message of Protocol Buffers, all of which have a length: their bytes."""
    at = 0
    while at < len(message):
        start, length, shift = at, 0, 0
        at += 1
        while True:
            byte = message[at]
            length |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                break
        at += length
        yield message[start:at]


class TextTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_pairs(PAIRS)
        for name, text in (("words", WORDS), ("pieces", PIECES)):
            (cls.home / "configs" / "tiny" / f"{name}.yaml").write_text(text)

    @classmethod
    def write_pairs(cls, pairs):
        for name, sentences in zip(("de.txt", "en.txt"), zip(*pairs)):
            (cls.home / name).write_text("".join(line + "\n" for line in sentences))


class TranslationTest(TextTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.told = cls.done("run", "tiny/words", "--output", "words").stdout
        cls.done("run", "tiny/pieces", "--output", "pieces")

    def answers(self, run, text, *options):
        (self.home / "questions.txt").write_text(text)
        return self.done("predict", run, "questions.txt", *options).stdout.split("\n")

    def test_answers_stay_beside_their_questions(self):
        for run in ("words", "pieces"):
            plain = self.answers(run, "Haus 3 ist groß.\nHaus 4 ist groß.\n")
            spread = self.answers(run, "\nHaus 3 ist groß.\r\n \t\n\nHaus 4 ist groß.")
            self.assertEqual(spread, ["", plain[0], "", "", plain[1], ""])

    def test_characters_that_were_never_seen(self):
        lines = "漢字 🙂\n\N{OLD PERSIAN SIGN A}\n"
        for run in ("words", "pieces"):
            self.assertEqual(len(self.answers(run, lines)), 3)
        words = json.loads(self.answers("words", lines, "--attention")[0])
        self.assertEqual(words["source"], ["<unk>", "<unk>", "</s>"])
        pieces = json.loads(self.answers("pieces", lines, "--attention")[0])
        self.assertIn("<unk>", pieces["source"])

    def test_where_the_model_looked(self):
        plain = self.answers("words", "Haus 3 ist groß.\n\n")
        told = self.answers("words", "Haus 3 ist groß.\n\n", "--attention")
        self.assertEqual(json.loads(told[1]),
                         {"text": "", "source": [], "translation": [], "weights": []})
        answer = json.loads(told[0])
        self.assertEqual(answer["text"], plain[0])
        self.assertEqual(len(answer["source"]), 6)
        self.assertEqual([answer["source"][i] for i in (0, 4, 5)], ["Haus", ".", "</s>"])
        self.assertEqual(answer["translation"][-1], "</s>")
        self.assertEqual(len(answer["weights"]), len(answer["translation"]))
        for weights in answer["weights"]:
            self.assertEqual(len(weights), 6)
            self.assertAlmostEqual(sum(weights), 1, places=4)

    def test_where_a_model_looked_that_does_not(self):
        change = ("--set", "model.bahdanau.attention=none")
        self.done("run", "tiny/words", "--output", "plain", *change)
        self.assert_fails(self.zoo("predict", "plain", "--attention", stdin="Haus\n"), 2,
                          "zoo: standard input:1: this model has no attention to show")
        self.finished_run("copying", "--set", "trainer.steps=2")
        self.assert_fails(
            self.zoo("predict", "copying", "--attention", stdin='{"bits": [[1,0,1,1]]}'), 2,
            "zoo: --attention is for models that read and write; tiny/copy is none")

    def test_how_bleu_is_counted(self):
        self.assertIn(f"\nbleu {SIGNATURE}\n", self.told)
        result = json.loads((self.home / "words" / "result.json").read_text())
        self.assertEqual(result["signatures"], {"bleu": SIGNATURE})
        self.assertIn(f"bleu <code>{SIGNATURE}</code>",
                      (self.home / "words" / "report.html").read_text())
        change = ("--set", "task.translation.lowercase=true")
        self.assertIn("\nbleu nrefs:1|case:lc|", self.done("evaluate", "words", *change).stdout)
        metrics = json.loads(self.done("evaluate", "words", "--json").stdout)
        self.assertEqual(metrics, result["metrics"] | {"signatures": {"bleu": SIGNATURE}})

    def test_the_ledger_tells_how_bleu_is_counted(self):
        (self.home / "README.md").write_text("# A project\n")
        told = self.done("reproduce", "tiny/words", "--seeds", "1").stdout
        self.assertTrue(told.endswith(f"\nbleu {SIGNATURE}\n"), told)
        entry = json.loads((self.home / "results" / "tiny" / "words.json").read_text())
        self.assertEqual(entry["signatures"], {"bleu": SIGNATURE})
        self.done("results", "--check")

    def test_samples_are_of_all_lengths(self):
        samples = json.loads((self.home / "words" / "samples.json").read_text())["samples"]
        sources = [dict((text["name"], text["text"]) for text in sample["texts"])["source"]
                   for sample in samples]
        lengths = [source.count(" ") for source in sources]
        self.assertEqual(lengths, sorted(lengths))
        self.assertGreater(lengths[-1], lengths[0], sources)
        self.assertEqual(samples[0]["maps"][0]["column_labels"][-1], "</s>")

    def test_lines_that_are_no_sentences(self):
        (self.home / "latin").write_bytes("Haus\nHäuser\n".encode("latin-1"))
        result = self.zoo("predict", "words", "latin")
        self.assert_fails(result, 2, f"zoo: latin:2: is not UTF-8 at byte 2; {CONVERT}")
        self.assertEqual(result.stdout.count("\n"), 1, "what came before is answered")
        (self.home / "long").write_text("Haus\n\n" + LONG + "\n")
        self.assert_fails(
            self.zoo("predict", "words", "long"), 2,
            "zoo: long:3: the sentence has 10000 symbols, at most 500 are translated at once; "
            "split it, or try --set task.translation.longest_sentence=10000")
        (self.home / "longer").write_text("Haus " * 501)
        change = ("--set", "task.translation.longest_sentence=501")
        self.assertEqual(self.done("predict", "words", "longer", *change).stdout.count("\n"), 1)

    def test_only_words_are_copied(self):
        change = ("--set", "task.translation.unknown_words=copy")
        told = self.done("predict", "words", *change, stdin="Zebra\n").stdout
        self.assertNotIn("<unk>", told)
        result = self.zoo("predict", "pieces", *change, stdin="Zebra\n")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"config\.yaml:\d+:\d+: unknown_words: copy needs a "
                         "vocabulary of words, as vocabulary: words is one")


    def check_pieces(self, change, problem):
        """What is said of a model of SentencePiece whose list of fields, the first of which are the
        pieces, is changed: in a run folder, and given to a new run."""
        run = self.home / "changed"
        shutil.copytree(self.home / "pieces", run)
        self.addCleanup(shutil.rmtree, run)
        kept = run / "kept" / "sentencepiece.model"
        parts = list(fields(kept.read_bytes()))
        change(parts)
        kept.write_bytes(b"".join(parts))
        self.assert_fails(self.zoo("predict", "changed", stdin="Haus\n"), 3,
                          "zoo: changed/kept: sentencepiece.model: " + problem)
        kept.rename(self.home / "own.model")
        option = "dataset.parallel_text.vocabulary.sentencepiece.model_file=own.model"
        self.addCleanup(shutil.rmtree, self.home / "own")
        result = self.zoo("run", "tiny/pieces", "--set", option, "--output", "own")
        self.assertEqual((result.returncode, result.stderr.splitlines()[-1]),
                         (3, "zoo: own.model: " + problem))

    def test_pieces_of_another_size(self):
        self.check_pieces(lambda parts: parts.pop(59), "has 59 symbols, but the option "
                          "vocabulary.size says 60; state the size that it has")

    def test_pieces_with_other_special_symbols(self):
        def swap(parts):
            parts[0], parts[1] = parts[1], parts[0]

        self.check_pieces(swap, "the model's symbols of padding, unknown, begin and end must be 0, "
                          "1, 2 and 3, got 1, 0, 2 and 3; train it with --pad_id=0 --unk_id=1 "
                          "--bos_id=2 --eos_id=3")

    def test_what_is_no_model_of_pieces(self):
        self.check_pieces(lambda parts: parts.clear(), "is no model of SentencePiece")


class BadTextTest(TextTest):
    def complaint(self, output):
        """What is said of a run into this folder that fails."""
        result = self.zoo("run", "tiny/words", "--output", output)
        self.assertEqual(result.returncode, 3)
        return result.stderr

    def test_files_of_different_length(self):
        self.write_pairs(PAIRS)
        (self.home / "en.txt").write_text("House.\n" * 499)
        self.assertIn("zoo: de.txt has 500 lines, en.txt has 499; line by line they must be "
                      "translations of each other\n", self.complaint("different"))

    def test_what_is_not_utf8(self):
        self.write_pairs(PAIRS)
        with (self.home / "de.txt").open("ab") as file:
            file.write("Häuser\n".encode("latin-1"))
        (self.home / "en.txt").write_text("House.\n" * 501)
        self.assertIn(f"zoo: de.txt:501: is not UTF-8 at byte 2; {CONVERT}\n",
                      self.complaint("latin"))

    def test_what_is_left_out(self):
        self.write_pairs(PAIRS + [("", "Nothing."), ("Nichts.", ""), (LONG, LONG)])
        self.done("run", "tiny/words", "--output", "left_out")
        self.write_pairs([("", "")] * 5)
        self.assertIn("there is no pair of sentences for training", self.complaint("empty"))


if __name__ == "__main__":
    main()
