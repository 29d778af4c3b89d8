# SPDX-License-Identifier: GPL-3.0-or-later
"""torchvision's VisionTransformer, in its present names and those of older files."""
import torch
import torch.nn.functional as F
from torchvision.models.vision_transformer import VisionTransformer

from reference import CLASSES, Recorder, fresh, half, picture, randomise, write_case, write_torch

D = 16


def network(seed):
    return randomise(VisionTransformer(image_size=16, patch_size=4, num_layers=2, num_heads=2, hidden_dim=D,
                                       mlp_dim=2 * D, num_classes=CLASSES), seed)


def resized(seed, size):
    """interpolate_embeddings() for a size that is not square; the network itself insists on its one square size."""
    model = network(seed)
    height, width = size[0] // 4, size[1] // 4
    positions = model.encoder.pos_embedding.detach()
    if (height, width) != (4, 4):
        grid = positions[:, 1:].permute(0, 2, 1).reshape(1, D, 4, 4)
        grid = F.interpolate(grid, size=(height, width), mode="bicubic", align_corners=True)
        model.encoder.pos_embedding.data = torch.cat([positions[:, :1], grid.flatten(2).permute(0, 2, 1)], 1)
    model._process_input = lambda x: model.conv_proj(x).flatten(2).permute(0, 2, 1)
    return model


@torch.no_grad()
def run(model, image):
    blocks = list(model.encoder.layers)
    recorder = Recorder(blocks)
    attention = []
    for block in blocks:
        def explicit(query, key, value, need_weights=False, forward=block.self_attention.forward):
            output, weights = forward(query, key, value, need_weights=True, average_attn_weights=False)
            attention.append(weights)
            return output, weights
        block.self_attention.forward = explicit
    logits = model(image)
    recorder.close()
    return {**recorder.arrays(), "attention": torch.cat(attention), "logits": logits[0]}


def make():
    for name, seed, old in (("torchvision", 70, False), ("torchvision-old-names", 71, True)):
        folder = fresh(name)
        state = half(network(seed).state_dict())
        if old:
            state = {k.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): v for k, v in state.items()}
        write_torch(folder / "vit_b_16-c867db91.pth", state, legacy=old)
        for size, suffix in (((16, 16), ""), ((12, 20), "-resampled")):
            image = picture(*size)
            expect = {"architecture": "vit", "source": "torchvision", "layers": 2, "heads": 2, "width": D, "mlp": 2 * D,
                      "swiglu": False, "patch": [4, 4], "image": list(size), "grid": [size[0] // 4, size[1] // 4],
                      "trained_grid": [4, 4], "prefix_tokens": 1, "classes": CLASSES,
                      "parameters": sum(p.numel() for p in network(seed).parameters())}
            write_case(name + suffix, f"{name}/vit_b_16-c867db91.pth", image, run(resized(seed, size), image), expect,
                       f"{name}/reference{suffix}.safetensors",
                       {"heads": 2, **({"image": list(size)} if suffix else {})})
