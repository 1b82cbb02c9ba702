# SPDX-License-Identifier: Apache-2.0
"""The build backend of the tree's root: setuptools' own, one call each, in sim/python. The root has
no package; whoever types `pip install .` there wants this one."""
import os

from setuptools import build_meta


def _in_place(hook):
    """hook(directory, …) of setuptools, called from the root with a path that may be relative."""
    def call(directory, *args, **settings):
        directory = os.path.abspath(directory)
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        return hook(directory, *args, **settings)
    return call


def _requires(hook):
    def call(*args, **settings):
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        return hook(*args, **settings)
    return call


build_wheel = _in_place(build_meta.build_wheel)
build_sdist = _in_place(build_meta.build_sdist)
build_editable = _in_place(build_meta.build_editable)
prepare_metadata_for_build_wheel = _in_place(build_meta.prepare_metadata_for_build_wheel)
prepare_metadata_for_build_editable = _in_place(build_meta.prepare_metadata_for_build_editable)
get_requires_for_build_wheel = _requires(build_meta.get_requires_for_build_wheel)
get_requires_for_build_sdist = _requires(build_meta.get_requires_for_build_sdist)
get_requires_for_build_editable = _requires(build_meta.get_requires_for_build_editable)
