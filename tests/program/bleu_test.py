"""bleu: the score of texts in files."""

import json
import shutil

from zoo_program import SOURCE, ProgramTest, main

DATA = SOURCE / "tests" / "data" / "bleu"
CORPORA = SOURCE / "tests" / "goldens" / "bleu" / "corpora.json"
TATOEBA = ("tatoeba_output.txt", *(f"tatoeba_reference{i}.txt" for i in (1, 2, 3)))


def line_of(score):
    """What the program says of a score of the goldens."""
    precisions = "/".join(f"{precision:.1f}" for precision in score["precisions"])
    return (f"BLEU {score['score']:.2f} {precisions} (BP {score['brevity_penalty']:.3f}, "
            f"ratio {score['ratio']:.3f}, hypotheses {score['hypothesis_length']}, "
            f"references {score['reference_length']}) "
            f"{score['signature']}|version:attention-zoo\n")


class BleuTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for path in DATA.glob("*.txt"):
            shutil.copy(path, cls.home)
        cls.corpora = {corpus["name"]: corpus for corpus in json.loads(CORPORA.read_text())}

    def scored(self, *arguments, **options):
        return self.done("bleu", *arguments, **options).stdout

    def test_agrees_with_sacrebleu(self):
        for name in ("deen", "nlgeval", "tatoeba", "tatoeba_first"):
            corpus = self.corpora[name]
            for score in corpus["scores"]:
                with self.subTest(name + " " + score["signature"]):
                    options = ["--tokenize", score["tokenizer"]]
                    options += ["--lowercase"] if score["lowercase"] else []
                    self.assertEqual(
                        self.scored(corpus["hypotheses"], *corpus["references"], *options),
                        line_of(score))

    def test_defaults(self):
        self.assertEqual(self.scored(*TATOEBA), line_of(self.corpora["tatoeba"]["scores"][0]))
        self.assertEqual(self.scored("--lowercase", "--tokenize=intl", *TATOEBA),
                         line_of(self.corpora["tatoeba"]["scores"][3]))

    def test_standard_input(self):
        texts = [(self.home / name).read_text() for name in TATOEBA]
        expected = self.scored(*TATOEBA)
        self.assertEqual(self.scored("-", *TATOEBA[1:], stdin=texts[0]), expected)
        self.assertEqual(self.scored(*TATOEBA[:3], "-", stdin=texts[3]), expected)
        self.assert_fails(self.zoo("bleu", "-", "-", stdin="a\n"), 2,
                          "zoo: only one of the files can be the standard input")
        self.assert_fails(self.zoo("bleu", "-", TATOEBA[1], stdin=""), 2,
                          "zoo: standard input is empty; it needs one segment in each line")

    def test_where_a_line_ends(self):
        """At a line feed, whatever else Unicode has; the last one may lack it."""
        (self.home / "lines").write_bytes("a b\u2028c\x85d\x0ce\r\nf g h i".encode())
        (self.home / "plain").write_bytes(b"a b c d e\nf g h i\n")
        self.assertRegex(self.scored("lines", "plain"), r"^BLEU 100\.00 .* hypotheses 9, ")

    def test_errors(self):
        (self.home / "two").write_text("a\nb\n")
        (self.home / "three").write_text("a\nb\nc\n")
        (self.home / "empty").write_text("")
        (self.home / "latin").write_bytes("a\nGr\u00fc\u00dfe\n".encode("latin-1"))
        (self.home / "folder").mkdir()
        for arguments, message in (
                (["two", "missing"], "cannot read missing: No such file or directory"),
                (["missing", "two"], "cannot read missing: No such file or directory"),
                (["folder", "two"], "cannot read folder: it is a folder"),
                (["two", "three"], "two has 2 lines, but three has 3"),
                (["three", "three", "two"], "three has 3 lines, but two has 2"),
                (["two", "latin"], "latin:2: this is not UTF-8 text"),
                (["two", "empty"], "empty is empty; it needs one segment in each line"),
                (["empty", "empty"], "empty is empty; it needs one segment in each line"),
                (["two", "two", "--tokenize", "int"],
                 "there is no tokenizer 'int'; did you mean 'intl'?"),
                (["two", "two", "--tokenize", "zh"],
                 "there is no tokenizer 'zh'; known are 13a, intl, none"),
                (["two"], "REFERENCES is required; see `zoo bleu --help`"),
                ([], "HYPOTHESES is required; see `zoo bleu --help`")):
            with self.subTest(arguments):
                result = self.zoo("bleu", *arguments)
                self.assert_fails(result, 2, "zoo: " + message)
                self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    main()
