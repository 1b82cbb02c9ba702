# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all: a full disk or an interruption leaves no part.

  whole.py FILE.svg    draws what the gnuplot script on the standard input sets its output to
  whole.py FILE        the standard input becomes the file
"""
import contextlib
import os
import subprocess
import sys


@contextlib.contextmanager
def whole(path):
    """Opens a text file for writing under a temporary name; its own it gets at the end."""
    part = f"{path}.part"
    try:
        with open(part, "w", encoding="utf-8", newline="") as f:
            yield f
        os.replace(part, path)
    except BaseException as why:
        with contextlib.suppress(OSError):
            os.unlink(part)
        if isinstance(why, OSError):
            sys.exit(f"{path}: not written completely: {why.strerror}; nothing is left of it")
        raise


def draw(script, path):
    """Lets gnuplot draw what the script sets its output to, an SVG file of that path."""
    part = f"{path}.part"
    done = subprocess.run(["gnuplot"], input=script.replace(f"'{path}'", f"'{part}'"),
                          capture_output=True, text=True, check=False)
    try:
        with open(part, encoding="utf-8", errors="replace") as f:
            drawn = f.read().rstrip().endswith("</svg>")
    except OSError:
        drawn = False
    if done.returncode == 0 and drawn:
        os.replace(part, path)
        return
    with contextlib.suppress(OSError):
        os.unlink(part)
    said = done.stderr.strip().splitlines() or ["not written completely; nothing is left of it"]
    sys.exit(f"{path}: gnuplot: {said[-1].strip()}")


def main(path):
    text = sys.stdin.read()
    if path.endswith(".svg"):
        draw(text, path)
    else:
        with whole(path) as f:
            f.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
