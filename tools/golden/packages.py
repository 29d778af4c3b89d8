# SPDX-License-Identifier: GPL-3.0-or-later
"""What published packages make of one golden case (README.md, "Packages"): quantus's pixel flipping, txv's rollout, captum's
input x gradient."""
import numpy as np
import quantus
import torch
from captum.attr import InputXGradient
from safetensors.torch import save_file
from txv.exp import AttentionRollout

import families_timm as timm
from gradients import TARGET, vit_pass
from reference import ROOT, picture

STEPS = 8


class ForTxv(torch.nn.Module):
    """The names that txv reads off its own networks, on timm's."""

    arch = "vit"

    def __init__(self, model):
        super().__init__()
        self.model, self.depth, self.blocks, self.patch_embed = model, len(model.blocks), model.blocks, model.patch_embed

    def forward(self, x):
        taps, _, _ = vit_pass(self.model, x, lambda logits: logits[0, TARGET])
        for block, attention in zip(self.blocks, taps.arrays["attention"]):
            block.attn.get_attn = lambda attention=attention: attention.detach()


def deletion(model, image, ranks):
    """From the whole picture to none of it: the probability of the class. quantus takes single numbers, so three times as often."""
    numbers = ranks[None, None] * 3 + torch.arange(3)[None, :, None, None]
    metric = quantus.PixelFlipping(features_in_step=ranks.numel() // STEPS, normalise=False, perturb_baseline=0.0, disable_warnings=True)
    flipped = metric(model=model, x_batch=image.numpy(), y_batch=np.array([TARGET]), a_batch=numbers.numpy(), channel_first=True,
                     softmax=True, device="cpu")[0]
    whole = torch.softmax(model(image), -1)[0, TARGET].item()
    return torch.tensor([whole, *flipped[2::3]]).float()


def make():
    image = picture(16, 16)
    model = timm.resized(1)((16, 16)).eval()
    weights = torch.tensor(np.random.RandomState(3).permutation(16).reshape(4, 4)).float()
    enlarged = torch.nn.functional.interpolate(weights[None, None], (16, 16), mode="bilinear", align_corners=False)
    # Of pixels that weigh the same, which come in pairs at the edges, the first goes first.
    order = torch.argsort(enlarged.flatten(), descending=True, stable=True)
    ranks = torch.empty(256)
    ranks[order] = torch.arange(256, 0, -1).float()
    with torch.no_grad():
        curve = deletion(model, image.float(), ranks.reshape(16, 16))
    rolled = AttentionRollout(ForTxv(model)).explain(image.float())[0].reshape(4, 4)
    terms = InputXGradient(model).attribute(image.float().requires_grad_(), target=TARGET)[0]
    sums = terms.detach().double().reshape(3, 4, 4, 4, 4).sum((0, 2, 4)).float()
    save_file({"weights": weights, "deletion": curve, "rollout": rolled.detach().float().contiguous(), "gradient-input": sums.contiguous()},
              ROOT / "timm-vit" / "packages.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    make()
