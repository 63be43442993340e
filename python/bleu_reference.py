"""Makes and checks the goldens of BLEU: what sacreBLEU says of lines and corpora.

    python python/bleu_reference.py --write
    python python/bleu_reference.py --check

`tests/goldens/bleu/lines.json` has lines and what becomes of them, `corpora.json` hypotheses and
references (lists of lines, or files of `tests/data/bleu`) and their scores. --check wants texts and
counts as they are, other numbers within 1e-9.
"""

import argparse
import json
import math
import pathlib
import random
import sys

from sacrebleu.metrics.bleu import BLEU

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "goldens" / "bleu"
DATA = ROOT / "tests" / "data" / "bleu"
TOKENIZERS = ("13a", "intl", "none")
TOLERANCE = 1e-9

LINES = [
    "",
    " ",
    "a",
    ".",
    "-",
    "Hello, world!",
    "  two  spaces\tand a tab \t",
    "no-break\u00a0space, thin\u2009space, ideographic\u3000space, narrow\u202fspace",
    "information separators\x1c\x1d\x1e\x1f, a vertical\x0btab, a form\x0cfeed, next line\x85.",
    "line\u2028separator, paragraph\u2029separator, zero\u200bwidth, byte order\ufeffmark",
    "carriage return\r",
    "The end is 2010.",
    "The end is 2010. ",
    "The end is 2010.)",
    "1,234.56 and 1.234,56; 3.14, .5, 5. and ,5",
    "10-12 a-b 5-b b-5 -5 5- 1--2 well-known 3-4-5",
    "1.2.3 a.b.c ..., a..b 1..2 ,,1,,2,, .a. .1. a.,b",
    "10:30, 50%, $5, 5$, #1, @name, a/b, 1/2, a_b, x=y, a+b, 2^3, ~5",
    "<b>, [c], {d}, (e), |f|, \\g`h",
    "don't 'quote' \"double\" rock'n'roll O'Neill's '90s",
    "AT&T &amp; &lt;b&gt; &quot;q&quot; &apos; &amp;lt; &amp;amp;quot; &nbsp; &#39; &AMP;",
    "<skipped>gone<skipped> <skip> <SKIPPED>",
    "a hyphen at the end of a line-",
    "hyphen-\nation over a line-\n\nend\nof-\r\nlines -\n",
    "\nlines\nbefore and after\n",
    "«Guillemets», “curly” „low“ ‘single’ it’s",
    "dashes: en–dash em—dash 1–2 minus −5 soft\u00adhyphen hyphen‐hyphen",
    "ellipsis… bullet• section §5 ¶5 1°C 5€ £5 ¥100 © ™ ®",
    "¿Qué? ¡Sí! ½ cup, x², ① first, Ⅻ twelve, 5½.",
    "Grüße aus Köln, 5\u202f000 Straßen; İstanbul ışık I\u0307",
    "e\u0301 combining, o\u0302, n\u0303.\u0301, 5\u0301.",
    "ΟΔΟΣ ΣΑΣ. Σ ΑΣΑΣ, ΑΣ's Α'Σ'",
    "Привет, мир! № 5 «Да».",
    "日本語、テスト。「引用」五十六，５．６！",
    "你好，世界：2010年。5，000元～",
    "한국어, 세계! 3.5만",
    "\u0645\u0631\u062d\u0628\u0627\u060c \u0639\u0627\u0644\u0645\u061f",
    "\u0661\u066b\u0665 \u0661\u066c\u0660\u0660\u0660 \u0663.",
    "ह\u093fन\u094dद\u0940। १,२३ १.",
    "\u0663.\u0665 \u0663,5 ५.५ ²,2 ½.5 5.½ ५-५ 5-५",
    "\u05e9\u05c1\u05dc\u05d5\u05dd\u05f3 \u05e6\u05d4\u05f4\u05dc 5\u05be6",
    "emoji 😀, 🇩🇪! 👨\u200d👩\u200d👧. ❤\ufe0f5 👍🏽5.",
    "𝟘.𝟙, 𝒜. 𐄇 🄊.",
    "private \ue000. \ufffd, \U0010fffd; no character \ufdd0.",
    "symbols: × ÷ ≠ → ✓ a^b ´ ¨ ˆ ∀x",
    "www.example.com/a-b?c=d&e=1,2 me@example.com C++ C# .NET 3.x v2.0-rc1",
    "Ǆ ǅ ẞ \u212a \u2126 Ⱟ 𐐀 Ꭰ Ა LATIN ﬁ",
]

REFERENCES = ["the cat is on the mat .", "there is a cat on the mat ."]
SMALL = {
    "papineni_the": (["the the the the the the the"], [[REFERENCES[0]], [REFERENCES[1]]]),
    "perfect": (["It is 5 o'clock, isn't it?"], [["It is 5 o'clock, isn't it?"]]),
    "nothing_in_common": (["a b c d e"], [["v w x y z"]]),
    "empty_hypothesis": ([""], [["something was expected here"]]),
    "empty_reference": (["something was said here"], [[""]]),
    "both_empty": ([""], [[""]]),
    "one_of_two_empty": (["", "this is a whole sentence here"],
                         [["an empty one", "this was a whole sentence here"]]),
    "an_empty_reference_of_two": (["a cat sat there"], [[""], ["the cat sat there"]]),
    "shorter_than_four": (["the cat sat"], [["the cat sat down"]]),
    "shorter_than_four_but_one": (["the cat", "on the mat again today"],
                                  [["the cat", "on the mat again"]]),
    "one_word": (["cat"], [["cat"]]),
    "no_four_in_common": (["one two three five six seven"], [["one two three four six seven"]]),
    "no_three_in_common": (["one two four five seven"], [["one two x five seven y"]]),
    "no_two_in_common": (["one x two y three z"], [["one a two b three c"]]),
    "longer_than_the_reference": (["a b c d e f g h i j"], [["a b c d e"]]),
    "shorter_than_the_reference": (["a b c d e"], [["a b c d e f g h i j"]]),
    "equally_near_references": (["a b c d e"], [["a b c d e f"], ["a b c d"]]),
    "counts_of_the_better_reference": (["a a b b c c a a b b"],
                                       [["a a a a b x c y"], ["b b b b a x c c z"]]),
    "repeated_ngrams": (["a b a b a b a b"], [["a b a b"]]),
    "capitals": (["THE Cat sat ON the Mat .", "İZMİR ΟΔΟΣ"],
                 [["the cat SAT on the mat .", "i\u0307zmi\u0307r οδος"]]),
    "white_space": (["  a b\tc\u00a0d  e \u3000", "f g h i\r"], [["a b c d e", "f\u2003g h i"]]),
    "space_at_the_end": (["it was made in 2010.  \u3000"], [["it was made in 2010."]]),
}


def made_up_corpus() -> tuple:
    """Edits of the lines above and of each other, three references."""
    generator = random.Random(2002)
    words = sorted({word for line in LINES for word in line.split(" ") if word.split()})

    def edited(sentence):
        kept = [word for word in sentence if generator.random() > 0.08]
        return [generator.choice(words) if generator.random() < 0.12 else word for word in kept]

    sentences = [[generator.choice(words) for _ in range(generator.randint(0, 30))]
                 for _ in range(60)]
    streams = [[" ".join(edited(sentence)) for sentence in sentences] for _ in range(4)]
    return streams[0], streams[1:]


FILES = {
    "deen": ("deen_output.txt", ["deen_reference.txt"]),
    "nlgeval": ("nlgeval_hyp.txt", ["nlgeval_ref1.txt", "nlgeval_ref2.txt"]),
    "nlgeval_first": ("nlgeval_hyp.txt", ["nlgeval_ref1.txt"]),
    "tatoeba": ("tatoeba_output.txt", [f"tatoeba_reference{i}.txt" for i in (1, 2, 3)]),
    "tatoeba_first": ("tatoeba_output.txt", ["tatoeba_reference1.txt"]),
}


def lines_of(source) -> list:
    if isinstance(source, list):
        return source
    with open(DATA / source, encoding="utf-8", newline="\n") as file:
        return [line.removesuffix("\n") for line in file]


def lines_golden() -> list:
    tokenizers = {name: BLEU(tokenize=name).tokenizer for name in TOKENIZERS}
    return [{"line": line, "lower": line.lower()}
            | {name: tokenizer(line) for name, tokenizer in tokenizers.items()} for line in LINES]


def scored(tokenizer: str, lowercase: bool, hypotheses, references) -> dict:
    metric = BLEU(tokenize=tokenizer, lowercase=lowercase, force=True)
    score = metric.corpus_score(lines_of(hypotheses), [lines_of(stream) for stream in references])
    signature = str(metric.get_signature())
    return {
        "tokenizer": tokenizer, "lowercase": lowercase,
        "signature": signature[:signature.index("|version:")],
        "score": score.score, "precisions": score.precisions, "brevity_penalty": score.bp,
        "ratio": score.ratio, "matches": score.counts, "totals": score.totals,
        "hypothesis_length": score.sys_len, "reference_length": score.ref_len,
    }


def corpora_golden() -> list:
    hypotheses, references = made_up_corpus()
    made_up = {"made_up": (hypotheses, references), "made_up_first": (hypotheses, references[:1])}
    return [{"name": name, "hypotheses": hypotheses, "references": references,
             "scores": [scored(tokenizer, lowercase, hypotheses, references)
                        for tokenizer in TOKENIZERS for lowercase in (False, True)]}
            for name, (hypotheses, references) in (SMALL | made_up | FILES).items()]


def same(stored, computed) -> bool:
    if isinstance(stored, dict) and isinstance(computed, dict):
        return stored.keys() == computed.keys() and all(
            same(stored[key], computed[key]) for key in stored)
    if isinstance(stored, list) and isinstance(computed, list):
        return len(stored) == len(computed) and all(map(same, stored, computed))
    if isinstance(stored, float) or isinstance(computed, float):
        return math.isclose(stored, computed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return stored == computed


def check(path: pathlib.Path, computed: list) -> bool:
    stored = json.loads(path.read_text()) if path.exists() else []
    wrong = [i for i, entry in enumerate(computed)
             if i >= len(stored) or not same(stored[i], entry)]
    for i in wrong[:5]:
        print(f"{path.name}: entry {i} differs: {json.dumps(computed[i])[:300]}")
    good = not wrong and len(stored) == len(computed)
    print(f"{path.name}: {len(computed)} entries, {'ok' if good else 'DIFFERENT'}")
    return good


def write(path: pathlib.Path, computed: list):
    """One entry in each line, ASCII, so that every character of a line can be told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in computed) + "\n]\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="replace the goldens")
    action.add_argument("--check", action="store_true", help="compare with the goldens")
    arguments = parser.parse_args()
    goldens = {FOLDER / "lines.json": lines_golden(), FOLDER / "corpora.json": corpora_golden()}
    if arguments.write:
        for path, computed in goldens.items():
            write(path, computed)
        return
    results = [check(path, computed) for path, computed in goldens.items()]
    sys.exit(0 if all(results) else 1)


main()
