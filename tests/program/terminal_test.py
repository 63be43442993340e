"""In a terminal: the bar is redrawn in its line, and Ctrl-C saves the state."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from zoo_program import PATIENCE, ProgramTest, checkpoints, main


ALIGNED = """
model:   {bahdanau: {embedding_size: 4, hidden_size: 4, alignment_size: 4, maxout_size: 4}}
dataset: {alignment: {symbols: 4, max_length: 3}}
task:    {translation: {beam_width: 1}}
trainer: {steps: 5, batch_size: 8, evaluate_every: 5, evaluate_batches: 1, evaluate_batch_size: 2}
"""


class TerminalTest(ProgramTest):
    def begin(self, *arguments, columns=80):
        """The program as the only one in a new terminal; its end of it."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(
            [os.environ["ZOO_PROGRAM"], *map(str, arguments)], stdin=theirs, stdout=theirs,
            stderr=theirs, cwd=self.home, env=self.environment, preexec_fn=take_terminal)
        os.close(theirs)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, ours

    def read(self, terminal, until=None):
        """What appears until a text does, or until the program has ended."""
        text = b""
        end = time.monotonic() + PATIENCE
        while until is None or until not in text:
            self.assertLess(time.monotonic(), end, text)
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                return text.decode(errors="replace")
            text += piece
        return text.decode(errors="replace")

    def screen(self, text):
        """The lines that stand there in the end; \\r goes back to the start of one."""
        lines = []
        for line in text.replace("\r\n", "\n").split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part):]
            lines.append(shown.rstrip())
        return lines

    def test_bar(self):
        process, terminal = self.begin("run", "tiny/copy", "--output", "shown")
        text = self.read(terminal)
        self.assertEqual(process.wait(), 0, text)
        self.assertNotRegex(text, r"[^\r\n -~]", "control characters")
        bars = re.findall(r"\r(\[[#.]+\] +\d+% [^\r]*)", text)
        self.assertGreater(len(bars), 2, "the bar was not redrawn")
        self.assertNotIn("loss", bars[0])
        self.assertNotIn("examples/s", bars[0])
        self.assertNotIn("nan", text)
        lines = self.screen(text)
        for drawn in bars:
            self.assertLess(len(drawn), 80)
        bar = next(i for i, line in enumerate(lines) if line.startswith("["))
        self.assertRegex(lines[bar], r"^\[#+\]  100%  1500/1500  loss \d+\.\d+ ")
        self.assertRegex(lines[bar - 1], r"^step 1500  validation  bits_per_sequence ")
        self.assertRegex(lines[bar + 1], "^trained 1500 steps in ")
        self.assertRegex(lines[bar + 2], "^metric +ours")

    def test_narrow_terminal(self):
        process, terminal = self.begin("run", "tiny/copy", "--output", "narrow",
                                       "--set", "trainer.evaluate_every=100000", columns=20)
        text = self.read(terminal)
        self.assertEqual(process.wait(), 0, text)
        bars = re.findall(r"\r(\d+%[^\r\n]*)", text)
        self.assertGreater(len(bars), 2)
        for drawn in bars:
            self.assertLess(len(drawn), 20)

    def test_ctrl_c(self):
        undisturbed = self.finished_run("undisturbed")
        process, terminal = self.begin("run", "tiny/copy", "--output", "stopped")
        self.read(terminal, b"validation")
        os.write(terminal, b"\x03")
        text = self.read(terminal)
        self.assertEqual(process.wait(), 130, text)
        self.assertEqual(self.screen(text)[-2:], [
            "interrupted; the state is saved: `zoo resume stopped` goes on", ""])
        self.assertTrue(checkpoints(self.home / "stopped"))
        process, terminal = self.begin("resume", "stopped")
        text = self.read(terminal)
        self.assertEqual(process.wait(), 0, text)
        self.assert_same_training(self.home / "stopped", undisturbed)

    def test_predict_asks_for_lines(self):
        (self.home / "configs" / "tiny" / "aligned.yaml").write_text(ALIGNED)
        self.done("run", "tiny/aligned", "--output", "aligned")
        process, terminal = self.begin("predict", "aligned", "--attention")
        text = self.read(terminal, b"> ")
        for line, end in ((b"", b"> "), (b"w1 w2 w0", b"\n</s>"), (b"", b"> "), (b"\xff", b"> "),
                          (b"w3", b"\n</s>")):
            os.write(terminal, line + b"\n")
            text += self.read(terminal, end)
        os.write(terminal, b"\x04")
        text += self.read(terminal)
        self.assertEqual(process.wait(), 0, text)
        lines = self.screen(text)
        first = lines.index("> w1 w2 w0") + 2
        room = re.match(" *", lines[first])[0]
        self.assertEqual([line.removeprefix(room) for line in lines[first:first + 4]],
                         ["w1", "| w2", "| | w0", "| | | </s>"])
        self.assertRegex(lines[first + 4], r"^(w\d|</s>) +[.\d#]( [.\d#]){3}$")
        self.assertIn("zoo: standard input:4: is not UTF-8 at byte 1; convert the file first, for "
                      "example by iconv -f latin1 -t utf-8", lines)
        self.assertIn("> w3", lines)


if __name__ == "__main__":
    main()
