#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/golden/models (see README.md). With --transformers4: only the cases in transformers 4's names."""
import argparse

import torch

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transformers4", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.transformers4:
        import families_huggingface
        families_huggingface.make_names_of_4()
    else:
        import edits
        import families_beit
        import families_encoders
        import families_google
        import families_huggingface
        import families_others
        import families_pairs
        import families_rotary
        import families_timm
        import families_torchvision
        import gradients
        import methods
        families_timm.make()
        families_pairs.make()
        families_rotary.make()
        families_beit.make()
        families_encoders.make()
        families_huggingface.make_names_of_5()
        families_torchvision.make()
        families_google.make()
        families_others.make()
        gradients.make()
        methods.make()
        edits.make()
