#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The programs that Vitrine is compared with, in a virtual environment beside this script. The product needs none of them.
set -e
cd "$(dirname "$0")"
[ -d .venv ] || python3 -m venv .venv
.venv/bin/pip install --quiet -r requirements.txt
