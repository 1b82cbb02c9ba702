# SPDX-License-Identifier: Apache-2.0
"""Runs notebooks: notebooks.py DIRECTORY NOTEBOOK… A cell that fails ends with its error and exit
code 1; the last line counts the cells. Each runs in DIRECTORY, where it may leave files."""
import os
import sys

import nbclient
import nbformat


def main():
    cells = 0
    for path in sys.argv[2:]:
        notebook = nbformat.read(path, as_version=4)
        os.environ["OHMIC_ROOT"] = os.getcwd()
        try:
            nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3",
                                    resources={"metadata": {"path": sys.argv[1]}}).execute()
        except nbclient.exceptions.CellExecutionError as e:
            sys.exit(f"{path}: {e}")
        cells += sum(cell.cell_type == "code" for cell in notebook.cells)
    print(f"CELLS {cells}")


main()
