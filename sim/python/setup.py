# SPDX-License-Identifier: Apache-2.0
"""Puts the C library and the energy parameters into the package while it is built; everything that
is made lies in sim/out/."""
import os
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
OUT = os.path.join(ROOT, "sim", "out", "python")


class Build(build_py):
    """The Python files, libohmic.so (make lib) and energy.txt."""

    def run(self):
        super().run()
        if not os.path.exists(os.path.join(ROOT, "Makefile")):
            raise SystemExit("setup.py: no Makefile two directories up, expected the source tree: "
                             "pip install ./sim/python")
        library = os.path.join(ROOT, "sim", "out", "build", "libohmic.so")
        subprocess.run(["make", "-s", "-C", ROOT, library[len(ROOT) + 1:]], check=True)
        for path in (library, os.path.join(ROOT, "sim", "configs", "energy.txt")):
            shutil.copy(path, os.path.join(self.build_lib, "ohmic"))


class Platform(Distribution):
    """The wheel holds a shared object, so it is of one platform."""

    def has_ext_modules(self):
        return True


os.makedirs(OUT, exist_ok=True)
with open(os.path.join(ROOT, "VERSION"), encoding="utf-8") as f:
    VERSION = f.read().strip()
setup(version=VERSION, cmdclass={"build_py": Build}, distclass=Platform,
      options={"build": {"build_base": OUT}, "egg_info": {"egg_base": OUT}})
