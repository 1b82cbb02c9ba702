#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a virtual environment with Python packages from PyPI, and prints the path of its python.
#   venv.sh import     for the importer (sim/python/ohmic_import): NumPy, onnx, tflite
#   venv.sh test       besides, onnxruntime, which the importer's test holds it against
#   venv.sh full       besides, what long tests use: notebooks and mypy
# It lies in sim/out/venv; made once, it is used again. Exit code 1, with one line, when it can't
# be.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in
    import) modules=numpy,onnx,tflite packages=(numpy onnx tflite) ;;
    test) modules=numpy,onnx,tflite,onnxruntime packages=(numpy onnx tflite onnxruntime) ;;
    full) modules=numpy,onnx,tflite,onnxruntime,nbclient,ipykernel,mypy
        packages=(numpy onnx tflite onnxruntime nbclient ipykernel mypy) ;;
    *) echo "venv.sh: set '${1:-}', expected import, test or full" >&2; exit 2 ;;
esac
venv=sim/out/venv
log=sim/out/venv.log
mkdir -p sim/out
exec 9>sim/out/venv.lock
flock 9
if ! "$venv/bin/python" -c "import $modules" 2>/dev/null; then
    echo "Installing from PyPI into $venv: ${packages[*]} (log: $log)" >&2
    # Debian's python3 has venv in a package of its own; another Python in the path may have it.
    if ! { python3 -m venv "$venv" || /usr/bin/python3 -m venv "$venv"; } >"$log" 2>&1; then
        as_root=()
        [ "$(id -u)" -eq 0 ] || as_root=(sudo)
        echo "Installing: python3-venv" >&2
        "${as_root[@]}" apt-get -qq update >>"$log" 2>&1 || true
        if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install \
            -y python3-venv \
            >>"$log" 2>&1 || ! python3 -m venv "$venv" >>"$log" 2>&1; then
            tail -3 "$log" >&2
            echo "venv.sh: no virtual environment: install Debian's python3-venv" >&2
            exit 1
        fi
    fi
    if ! "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >>"$log" \
        2>&1; then
        tail -3 "$log" >&2
        echo "venv.sh: pip could not install ${packages[*]} (no PyPI?), see $log" >&2
        exit 1
    fi
fi
echo "$venv/bin/python"
