#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Progress of long work: one live line on a terminal, a line every ten seconds in a log."""
import shutil
import sys
import time

SILENCE = 10  # seconds a log may go without a line
BLINK = 0.5   # seconds between two looks of a live line


def span(seconds):
    """A time as people say it: 42 s, 3 min 20 s, 2 h 5 min."""
    seconds = int(seconds + 0.5)
    if seconds < 100:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


class Line:
    """A line that is written over on a terminal; in a log it is printed when nothing else was."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.last = time.monotonic()  # when something was printed
        self.shown = ""

    def due(self):
        return time.monotonic() - self.last >= (BLINK if self.live else SILENCE)

    def show(self, text):
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            text = text if len(text) <= width else text[:width - 1] + "…"
            self.stream.write("\r\033[K" + text)
        else:
            self.stream.write(text + "\n")
        self.shown = text
        self.stream.flush()
        self.last = time.monotonic()

    def clear(self):
        """Must come before any other line: a terminal has one place for both."""
        if self.live and self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()
        self.shown = ""
        self.last = time.monotonic()
