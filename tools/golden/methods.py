# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps of golden cases (README.md, "Methods"): NumPy on what autograd gives in double precision, and the published
packages where theirs are right (captum, grad-cam, torchcam)."""
import numpy as np
import torch
from captum.attr import IntegratedGradients, Occlusion
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors.torch import save_file
from torchcam.methods import LeGrad

import families_timm as timm
import families_torchvision
from gradients import TARGET, derivatives, libra, objective, tnt_pass, vit_head, vit_pass
from reference import ROOT, picture

STEPS, SAMPLES, NOISE = 20, 16, 0.15


def positive(x):
    return np.maximum(x, 0)


def numpy(tensors):
    return np.stack([t.detach().numpy() for t in tensors])


def normal_noise(count, seed=1):
    """Box and Muller on the standard's Mersenne Twister."""
    raw = np.random.RandomState(seed)._bit_generator.random_raw(2 * count).astype(np.float64)
    uniform = (raw + 0.5) / 2 ** 32
    return np.sqrt(-2 * np.log(uniform[0::2])) * np.cos(2 * np.pi * uniform[1::2])


class Case:
    """What autograd and hooks give of one network in double precision, and the maps from it."""

    def __init__(self, model, image, prefix, grid, patch, pooled, passes, attentions, head):
        self.model, self.image, self.prefix, self.grid, self.patch = model.double(), image.double(), prefix, grid, patch
        self.passes, self.attentions, self.head = passes, attentions, head
        tokens = prefix + grid[0] * grid[1]
        self.w = np.zeros(tokens)
        if pooled:
            self.w[prefix:] = 1 / (tokens - prefix)
        else:
            self.w[0] = 1
        taps, score, _ = passes(self.model, self.image, objective)
        found = derivatives(taps, score)
        self.taps = taps
        self.z = numpy(taps.arrays["tokens"])[:, 0]
        self.a, self.g = (numpy(x)[:, 0] for x in (taps.arrays["attention"], found["attention"]))
        self.norm1, self.norm1_gradient = (numpy(x)[:, 0] for x in (taps.arrays["norm1"], found["norm1"]))
        self.pixels = found["pixels"][0][0].numpy()
        self.layer_gradients = self.each_layer()

    def each_layer(self):
        taps, _, _ = self.passes(self.model, self.image, objective)
        return np.stack([torch.autograd.grad(objective(self.head(taps.arrays["tokens"][i + 1].mean(1))), a, retain_graph=True)[0][0].numpy()
                         for i, a in enumerate(taps.arrays["attention"])])

    def map(self, row):
        return row[self.prefix:].reshape(self.grid)

    def sums(self, pixels):
        (rows, columns), (h, w) = self.grid, self.patch
        return pixels[:, :rows * h, :columns * w].reshape(3, rows, h, columns, w).sum((0, 2, 4))

    def gradient_at(self, image, layer_scale=None):
        """(of the pixels, of the last attention), the last attention multiplied first."""
        handle = self.attentions()[-1].attn_drop.register_forward_pre_hook(
            lambda _, args: (args[0] * layer_scale,)) if layer_scale is not None else None
        taps, score, _ = self.passes(self.model, image, objective)
        found = torch.autograd.grad(score, [taps.arrays["pixels"][0], taps.arrays["attention"][-1]])
        if handle:
            handle.remove()
        return found[0][0].numpy(), found[1][0].numpy()

    def values_and_logits(self):
        """Per layer |v W_o| [heads + 1, T] (the last of all heads together), and q k / sqrt d [heads, T, T]."""
        norms, logits = [], []
        for layer, attention in enumerate(self.attentions()):
            heads = attention.num_heads
            x = torch.tensor(self.norm1[layer])
            with torch.no_grad():
                if hasattr(attention, "qkv"):
                    q, k, v = attention.qkv(x).reshape(len(x), 3, heads, -1).permute(1, 2, 0, 3)
                else:
                    q, k = attention.qk(x).reshape(len(x), 2, heads, -1).permute(1, 2, 0, 3)
                    v = attention.v(x).reshape(len(x), heads, -1).permute(1, 0, 2)
                out = attention.proj.weight.reshape(-1, heads, v.shape[-1]).permute(1, 2, 0)
                each = v @ out
            norms.append(torch.cat([each.norm(dim=-1), each.sum(0, keepdim=True).norm(dim=-1)]).numpy())
            logits.append((q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).numpy())
        return np.stack(norms), np.stack(logits)

    def product(self, factors):
        result = np.eye(len(self.w))
        for factor in factors:
            result = factor @ result
        return result

    def rollout(self):
        half = [(a + np.eye(len(a))) / (a + np.eye(len(a))).sum(1, keepdims=True) for a in self.a.mean(1)]
        return self.map(self.w @ self.product(half))

    def chefer(self):
        return self.map(self.w @ self.product(np.eye(len(self.w)) + positive(self.a * self.g).mean(1)))

    def beyond_intuition(self, norms):
        ratios = norms[:, -1] / np.linalg.norm(self.z[:-1], axis=-1)
        through = self.product(np.eye(len(self.w)) + self.a.mean(1) * ratios[:, None, :])
        integral = np.mean([self.gradient_at(self.image, (k + 1) / STEPS)[1] for k in range(STEPS)], 0)
        return self.map(self.w @ (positive(integral).mean(0) * through))

    def smoothgrad(self):
        spread = NOISE * float(self.image.max() - self.image.min())
        noise = normal_noise(SAMPLES * self.image.numel()).reshape(SAMPLES, *self.image.shape)
        mean = np.mean([self.gradient_at(self.image + spread * torch.tensor(n))[0] for n in noise], 0)
        return self.sums(np.abs(mean))

    def gradcam(self, layer):
        """grad-cam's own numbers before it scales them."""
        def grid(x):
            return x[:, self.prefix:].reshape(len(x), *self.grid, -1).permute(0, 3, 1, 2)

        with GradCAM(self.model, [layer], reshape_transform=grid) as cam:
            targets = [ClassifierOutputTarget(TARGET)]
            output = cam.activations_and_grads(self.image)
            self.model.zero_grad()
            targets[0](output[0]).backward()
            activations = cam.activations_and_grads.activations[0].numpy()
            gradients = cam.activations_and_grads.gradients[0].numpy()
            return positive(cam.get_cam_image(self.image, layer, targets, activations, gradients))[0]

    def maps(self, norm1):
        norms, logits = self.values_and_logits()
        with libra():
            taps, score, _ = self.passes(self.model, self.image, objective)
            pruned = torch.autograd.grad(score, taps.arrays["pixels"][0])[0][0].numpy()
        ours = self.w @ self.a[-1], self.w @ self.g[-1]
        heads = ours[1][:, self.prefix:].mean(1, keepdims=True)
        integrated = IntegratedGradients(self.model).attribute(self.image, target=TARGET, n_steps=STEPS, method="riemann_middle")
        window = (3, *self.patch)
        occluded = Occlusion(self.model).attribute(self.image, window, strides=window, target=TARGET)[0, 0]
        x = self.image[0].numpy()
        return {
            # What cancels within a patch sets how exact its sum can be.
            "gradient-input.terms": self.sums(np.abs(x * self.pixels)).max(keepdims=True),
            "libragrad.terms": self.sums(np.abs(x * pruned)).max(keepdims=True),
            "attention": self.map(ours[0].mean(0)),
            "value-attention": self.map(self.w @ (self.a[-1] * norms[-1, :-1, None]).mean(0)),
            "rollout": self.rollout(),
            "gradient-attention": self.map(self.w @ positive(self.a[-1] * self.g[-1]).mean(0)),
            "chefer": self.chefer(),
            "legrad": self.map(positive(self.layer_gradients).mean((0, 1, 2))),
            "attention-gradcam": self.map(positive((heads * ours[0]).mean(0))),
            "agcam": self.map(self.w @ (positive(self.g) / (1 + np.exp(-logits))).sum((0, 1))),
            "gradcam": self.gradcam(norm1),
            "gradient-input": self.sums(x * self.pixels),
            "integrated-gradients": self.sums(integrated[0].detach().numpy()),
            "smoothgrad": self.smoothgrad(),
            "libragrad": self.sums(x * pruned),
            "beyond-intuition": self.beyond_intuition(norms),
            "occlusion": occluded[::self.patch[0], ::self.patch[1]].detach().numpy(),
        }


def nested(case):
    """Shares of the inner tokens times the outer relevance, laid out as a picture."""
    a = numpy(case.taps.arrays["inner_attention"])
    _, score, _ = result = case.passes(case.model, case.image, objective)
    g = numpy(torch.autograd.grad(score, result[0].arrays["inner_attention"]))
    patches, t = a.shape[1], a.shape[-1]
    eye = np.eye(t)
    rolled = np.broadcast_to(eye, (patches, t, t))
    related = rolled
    for layer in range(len(a)):
        rolled = (a[layer].mean(1) + eye) / 2 @ rolled
        related = related + positive(a[layer] * g[layer]).mean(1) @ related
    gained = (related - eye).mean(1)
    side = int(t ** 0.5)

    def laid_out(outer, shares):
        cells = (outer.reshape(-1, 1) * shares).reshape(*case.grid, side, side)
        return cells.transpose(0, 2, 1, 3).reshape(case.grid[0] * side, case.grid[1] * side)

    return {"nested-rollout": laid_out(case.rollout(), rolled.mean(1)),
            "nested-gradient": laid_out(case.chefer(), gained / gained.sum(1, keepdims=True))}


def write(name, maps):
    folder, suffix = (name.removesuffix("-resampled"), "-resampled" if name.endswith("-resampled") else "")
    save_file({key: torch.tensor(np.ascontiguousarray(value)).float() for key, value in maps.items()},
              ROOT / folder / f"methods{suffix}.safetensors")


def vit_case(name, model, size, pooled=False):
    grid = model.patch_embed.grid_size
    case = Case(model, picture(*size), model.num_prefix_tokens, tuple(grid), model.patch_embed.patch_size, pooled, vit_pass,
                lambda: [block.attn for block in model.blocks], vit_head(model))
    write(name, case.maps(model.blocks[-1].norm1))


def tnt_case(name, model, size):
    patch = 8
    case = Case(model, picture(*size), 1, (size[0] // patch, size[1] // patch), (patch, patch), False, tnt_pass,
                lambda: [block.attn_out for block in model.blocks], lambda z: model.head(model.norm(z)))
    write(name, case.maps(model.blocks[-1].norm_out) | nested(case))


def torchvision_case():
    """LeGrad as torchcam has it, of the network that it was made for."""
    model = families_torchvision.network(70).double()
    with LeGrad(model, list(model.encoder.layers)) as extractor:
        scores = model(picture(16, 16).double())
        found = extractor(TARGET, scores, normalized=False)[0]
    write("torchvision", {"legrad": found[0].detach().numpy()})


def make():
    for size, suffix in (((16, 16), ""), ((12, 20), "-resampled")):
        vit_case("timm-vit" + suffix, timm.resized(1)(size), size)
    vit_case("timm-deit-distilled", timm.vit(2, timm.VisionTransformerDistilled), (16, 16))
    vit_case("timm-reg", timm.vit(15, reg_tokens=2), (16, 16))
    vit_case("timm-fc-norm", timm.resized(5, global_pool="avg")((16, 16)), (16, 16), pooled=True)
    vit_case("timm-reg-gap-resampled", timm.resized(6, class_token=False, reg_tokens=4, no_embed_class=True, global_pool="avg",
                                          fc_norm=False)((12, 20)), (12, 20), pooled=True)
    for size, suffix in (((16, 16), ""), ((16, 24), "-resampled")):
        tnt_case("timm-tnt" + suffix, timm.tnt_for(20, size), size)
        tnt_case("timm-tnt-legacy" + suffix, timm.tnt_for(21, size, legacy=True), size)
    torchvision_case()


if __name__ == "__main__":
    torch.set_num_threads(1)
    make()
