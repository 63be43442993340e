"""Runs the commands of README.md and models/*/README.md, and compares README.md's example of an
app with the one that is built by tests/consumer.

    check.py WORK_FOLDER

Every line of a ```sh block is a command; it may go on after a backslash and end in a comment;
commands joined by && run one by one. All commands of a file run in order in a scratch folder, which
is ZOO_HOME too and holds links to everything of the project but what is built or written there. So
what one line leaves in runs/ or results/ is there for the next, and nothing is left in the project.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_LINKED = {".git", ".venv", "build", "runs", "results", "downloads"}  # results/ is copied

# A training of hours becomes one of seconds; `run` stands in for `reproduce`, whose result would
# miss the paper's.
SHORT = {
    "trainer.steps": 20,
    "trainer.evaluate_every": 20,
    "trainer.evaluate_batches": 1,
    "trainer.checkpoint_every": 10,
}

# What a reader does before the first command, and what this test is a part of.
NOT_RUN = re.compile(
    r"git clone [^;&|]+|cd [^;&|]+|(sudo )?apt-get [^;&|]+|bash \.ci/run"
    r"|(python3? -m )?pip install [^;&|]+|python3? (-m venv|python/)[^;&|]+"
    r"|cmake --install [^;&|]+|(ZOO_PRESET=\w+ )?\./zoo (build|test|setup|clean)\b[^;&|]*"
    r"|\./zoo fetch [^;&|]+"
)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text):
    for block in blocks(text, "sh"):
        for line in block.replace("\\\n", "").splitlines():
            line = re.sub(r"(^|\s)#.*", "", line).strip()
            yield from (part for part in line.split(" && ") if part)


def shortened(command):
    match = re.fullmatch(r"\./zoo (run|reproduce) (.*)", command)
    if not match:
        return command
    arguments = re.sub(r" --(seeds|jobs)[ =]\d+", "", match[2])
    for key, value in SHORT.items():
        if f"{key}=" not in arguments:
            arguments += f" --set {key}={value}"
    return f"./zoo run {arguments}"


def run_commands(file, scratch):
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.name not in NOT_LINKED:
            (scratch / entry.name).symlink_to(entry)
    if (ROOT / "results").exists():
        shutil.copytree(ROOT / "results", scratch / "results")
    problems = []
    for command in commands(file.read_text()):
        if NOT_RUN.fullmatch(command):
            print(f"  not run  {command}")
            continue
        command = shortened(command)
        print(f"  runs     {command}", flush=True)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], cwd=scratch, timeout=900, text=True,
            env={**os.environ, "ZOO_HOME": str(scratch)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            problems.append(f"{file.relative_to(ROOT)}: '{command}' ended with {done.returncode}:\n"
                            + "\n".join(done.stdout.splitlines()[-30:]))
    shutil.rmtree(scratch)
    return problems


def compare_example(file):
    consumer = ROOT / "tests" / "consumer"
    sources = ["\n" + path.read_text() for path in sorted(consumer.glob("*_app/*"))]
    text = file.read_text()
    shown = blocks(text, "cmake") + blocks(text, "cpp")
    if not shown:
        return ["README.md shows no app of one's own in ```cmake and ```cpp blocks"]
    return [f"README.md: no file of tests/consumer/*_app has these lines:\n{block}"
            for block in shown if not any("\n" + block in source for source in sources)]


def main():
    readme = ROOT / "README.md"
    problems = compare_example(readme)
    for file in [readme, *sorted(ROOT.glob("models/*/README.md"))]:
        print(file.relative_to(ROOT))
        problems += run_commands(file, pathlib.Path(sys.argv[1]).resolve() / file.parent.name)
    sys.exit("\n".join(problems) or 0)


main()
