"""Coverage-guided fuzzing of the readers and contracts: ``make fuzz``.

    python -m tests.fuzz.run [--seconds 60] [--work .fuzz] [TARGET ...]

Runs each target for the stated time, from the committed inputs and from those that earlier runs
found new paths with (kept in the work folder). An input that breaks a target is written to
``<work>/<target>-*``; once its fault is mended it belongs in tests/fuzz/inputs/<target>, where the
ordinary suite reads it on every run. The status is 1 where a target broke.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import INPUTS, TARGETS

INSTRUMENTED = ("ingest", "csv", "json", "tomllib", "zipfile", "gzip", "pydantic")
LONGEST_INPUT_S = 60
MOST_MB = 2048


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the readers of deliveries and contracts.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--work", type=Path, default=Path(".fuzz"))
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := set(given.targets) - TARGETS.keys():
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    try:
        importlib.import_module("atheris")
    except ImportError:
        print(  # noqa: T201
            "SKIPPED: NOTHING WAS FUZZED. Coverage-guided fuzzing needs atheris, which is "
            "published for Linux on x86-64 and Python 3.11 to 3.13. The ordinary suite still "
            "reads every committed input (tests/fuzz/test_inputs.py).",
            file=sys.stderr,
        )
        return 0
    if given.in_this_process:
        return _fuzz(given.targets[0], given.seconds, given.work)
    broken = []
    for target in given.targets or TARGETS:
        print(f"▸ {target} for {given.seconds} s", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "tests.fuzz.run", target, "--in-this-process"]
        command += ["--seconds", str(given.seconds), "--work", str(given.work)]
        if subprocess.run(command, check=False).returncode:
            broken.append(target)
    if broken:
        print(f"broken: {', '.join(broken)}; inputs in {given.work}", file=sys.stderr)  # noqa: T201
    return 1 if broken else 0


def _fuzz(target: str, seconds: int, work: Path) -> int:
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    for name in [name for name in sys.modules if name.split(".")[0] == "ingest"]:
        del sys.modules[name]
    for name in ("tests.fuzz.targets", "tests.fuzz.framing", "tests.fuzz.contracts"):
        sys.modules.pop(name, None)
    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        again = importlib.import_module("tests.fuzz.targets")
    run = again.TARGETS[target]
    found = work / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    words = work / f"{target}.words"
    words.write_text("".join(f"{_quoted(word)}\n" for word in again.WORDS.get(target, ())), "ascii")
    options = [f"-dict={words}"] if again.WORDS.get(target) else []
    options += [
        f"-max_total_time={seconds}",
        f"-timeout={LONGEST_INPUT_S}",
        f"-rss_limit_mb={MOST_MB}",
        "-max_len=4096",
        "-len_control=0",
        "-print_final_stats=1",
        f"-artifact_prefix={work}/{target}-",
    ]
    atheris.Setup([sys.argv[0], *options, str(found), str(INPUTS / target)], run)
    atheris.Fuzz()
    return 0


def _quoted(word: str) -> str:
    """As a libFuzzer dictionary writes it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"'


if __name__ == "__main__":
    os.environ.setdefault("TMPDIR", "/dev/shm" if Path("/dev/shm").is_dir() else "")  # noqa: S108
    sys.exit(main())
