#!/usr/bin/env bash
# Gradescope runs this once, as root on Ubuntu 22.04. Its Python is too old, so uv installs one.
set -euo pipefail
export UV_PYTHON_INSTALL_DIR=/opt/python
apt-get update
apt-get install --yes --no-install-recommends ca-certificates python3-pip
python3 -m pip install uv==0.13.8
uv venv --python 3.14 /opt/grading
uv pip install --python /opt/grading/bin/python --require-hashes \
    --requirement "${AUTOGRADER:-/autograder}/source/requirements.txt"
