# SPDX-License-Identifier: Apache-2.0
"""What goes wrong while a model is read."""


class ImportFailed(Exception):
    """A model, an array or an option that can't be used; the text is one line for the user."""


class Unsupported(Exception):
    """One node that the chip's network format can't express; the reader collects all of them."""

    def __init__(self, node, operator, need):
        super().__init__(f"{node} ({operator}): {need}")
        self.node, self.operator, self.need = node, operator, need
