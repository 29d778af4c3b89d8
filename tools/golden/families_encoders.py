# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoders that learned without labels, and towers for any shape: AIMv2, I-JEPA, MAE, NaFlex, RADIO. All at another size than
the 16x16 of their position embeddings."""
from functools import partial

import torch
from timm.layers import RmsNorm, SwiGLU
from timm.models.naflexvit import NaFlexVit, NaFlexVitCfg
from torch import nn
from transformers import (Aimv2VisionConfig, Aimv2VisionModel, IJepaConfig, IJepaForImageClassification, RadioConfig, RadioModel,
                          Siglip2VisionConfig, Siglip2VisionModel, ViTMAEConfig, ViTMAEForPreTraining)

from families_huggingface import save, save_state
from families_pairs import pooling_of
from families_timm import run_vit, timm_config, vit
from reference import (CLASSES, Recorder, fresh, half, picture, randomise, write_case, write_json, write_safetensors,
                       write_torch)

D, SIZE = 8, (8, 12)
COMMON = dict(hidden_size=D, num_hidden_layers=2, num_attention_heads=2, patch_size=4, attn_implementation="eager")
GRID = (SIZE[0] // 4, SIZE[1] // 4)


def write(name, source, arrays, parameters, size=SIZE, prefix=0, mlp=2 * D, trained=(4, 4), overrides=None, checkpoint=None, **more):
    expect = {"architecture": "vit", "source": source, "layers": 2, "heads": 2, "width": D, "mlp": mlp, "patch": [4, 4],
              "image": list(size), "grid": [size[0] // 4, size[1] // 4], "trained_grid": list(trained), "prefix_tokens": prefix,
              "classes": len(arrays["logits"]) if "logits" in arrays else 0,
              "embedding": len(arrays["embedding"]) if "embedding" in arrays else 0, "parameters": parameters, **more}
    folder = (checkpoint or name).split("/")[0]
    write_case(name, checkpoint or name, picture(*size), arrays, expect, f"{folder}/reference{name.removeprefix(folder)}.safetensors",
               {"image": list(size), **(overrides or {})})


def count(model, unused=()):
    return sum(p.numel() for n, p in model.named_parameters() if not any(u in n for u in unused))


def recorded(blocks, call):
    recorder = Recorder(blocks)
    with torch.no_grad():
        output = call()
    recorder.close()
    return output, {**recorder.arrays(), "attention": torch.cat(output.attentions)}


class Aimv2WithHead(nn.Module):
    """A head on what an AIMv2 pools, as people train one."""

    def __init__(self, seed):
        super().__init__()
        self.config = Aimv2VisionConfig(**COMMON, intermediate_size=12, image_size=16)
        self.vision_model = Aimv2VisionModel(self.config)
        self.classifier = nn.Linear(D, CLASSES)
        randomise(self, seed)

    def forward(self, image, **options):
        output = self.vision_model(image, **options)
        output.logits = self.classifier(output.pooler_output)
        return output


def aimv2_pooling(head, tokens):
    """The weights of AIMv2's head, which asks torch for the product alone."""
    query, keys = head.cls_token.reshape(2, 1, -1), head.k_proj(tokens)[0].reshape(-1, 2, D // 2).transpose(0, 1)
    return (query @ keys.transpose(-2, -1) / (D // 2) ** 0.5).softmax(-1)[:, 0]


@torch.no_grad()
def aimv2():
    """A tower for any size, which computes its positions; one of a fixed size with a head of a person's own."""
    folder = fresh("hf5-aimv2-native")
    model = randomise(Aimv2VisionModel(Aimv2VisionConfig(**COMMON, intermediate_size=12, image_size=16, is_native=True)), 200)
    save(model, folder)
    output, arrays = recorded(model.encoder.layers, lambda: model(picture(*SIZE), output_attentions=True))
    arrays |= {"embedding": output.pooler_output[0], "pooling": aimv2_pooling(model.head, output.last_hidden_state)}
    write("hf5-aimv2-native", "Hugging Face AIMv2", arrays, count(model), mlp=12, swiglu=True, trained=GRID)

    folder, model = fresh("hf5-aimv2-head"), Aimv2WithHead(201)
    write_safetensors(folder / "model.safetensors", model.state_dict())
    model.config.save_pretrained(folder)
    output, arrays = recorded(model.vision_model.encoder.layers, lambda: model(picture(16, 16), output_attentions=True))
    arrays |= {"logits": output.logits[0], "pooling": aimv2_pooling(model.vision_model.head, output.last_hidden_state)}
    write("hf5-aimv2-head", "Hugging Face AIMv2", arrays, count(model), (16, 16), mlp=12, swiglu=True)


@torch.no_grad()
def aimv2_timm():
    folder, norm = fresh("timm-aimv2"), partial(RmsNorm, eps=1e-5)
    model = vit(202, img_size=(16, 16), embed_dim=D, class_token=False, fc_norm=False, global_pool="avg", qkv_bias=False, proj_bias=False,
                act_layer="silu", norm_layer=norm, embed_norm_layer=norm, mlp_layer=SwiGLU, mlp_ratio=1.5)
    write_safetensors(folder / "model.safetensors", model.state_dict())
    write_json(folder / "config.json", timm_config("aimv2_large_patch14_224", (16, 16), {"embed_dim": D, "num_heads": 2}, "avg"))
    parameters = count(model)
    model.set_input_size(SIZE)
    write("timm-aimv2", "timm AIMv2", run_vit(model, picture(*SIZE)), parameters, mlp=12, swiglu=True)


def ijepa():
    folder = fresh("hf5-ijepa")
    model = randomise(IJepaForImageClassification(IJepaConfig(**COMMON, intermediate_size=2 * D, image_size=16, num_labels=CLASSES)), 210)
    save(model, folder)
    output, arrays = recorded(model.ijepa.layers if hasattr(model.ijepa, "layers") else model.ijepa.encoder.layer,
                              lambda: model(picture(*SIZE), output_attentions=True, interpolate_pos_encoding=True))
    write("hf5-ijepa", "Hugging Face I-JEPA", {**arrays, "logits": output.logits[0]}, count(model, ("mask_token",)))


def mae():
    folder = fresh("hf5-mae")
    model = randomise(ViTMAEForPreTraining(ViTMAEConfig(**COMMON, intermediate_size=2 * D, image_size=16, decoder_hidden_size=8,
                                                        decoder_num_hidden_layers=1, decoder_num_attention_heads=1,
                                                        decoder_intermediate_size=8, mask_ratio=0.0)), 220)
    save(model, folder)
    in_order = torch.arange(GRID[0] * GRID[1])[None].float()  # the patches are sorted by their noise
    _, arrays = recorded(model.vit.layers if hasattr(model.vit, "layers") else model.vit.encoder.layer,
                         lambda: model.vit(picture(*SIZE), noise=in_order, output_attentions=True, interpolate_pos_encoding=True))
    write("hf5-mae", "Hugging Face MAE", arrays, count(model, ("decoder",)), prefix=1)


def rows_of(image):
    """Siglip2ImageProcessor's patches of a picture: row, column, channel."""
    _, _, height, width = image.shape
    return image.reshape(3, height // 4, 4, width // 4, 4).permute(1, 3, 2, 4, 0).reshape(1, height * width // 16, 48)


@torch.no_grad()
def naflex_huggingface():
    folder = fresh("hf5-siglip2-naflex")
    model = randomise(Siglip2VisionModel(Siglip2VisionConfig(**COMMON, intermediate_size=2 * D, num_patches=16)), 230)
    save(model, folder)
    write_json(folder / "preprocessor_config.json", {"image_processor_type": "Siglip2ImageProcessor", "max_num_patches": 16, "patch_size": 4,
                                                     "do_resize": True, "do_rescale": True, "do_normalize": True, "resample": 2,
                                                     "image_mean": [0.5] * 3, "image_std": [0.5] * 3})
    seen = dict(pixel_attention_mask=torch.ones(1, GRID[0] * GRID[1]), spatial_shapes=torch.tensor([GRID]), output_attentions=True)
    output, arrays = recorded(model.encoder.layers, lambda: model(rows_of(picture(*SIZE)), **seen))
    head, tokens = model.head, output.last_hidden_state
    weights = head.attention(head.probe, tokens, tokens, average_attn_weights=False)[1]
    arrays |= {"embedding": output.pooler_output[0], "pooling": weights[0, :, 0]}
    write("hf5-siglip2-naflex", "Hugging Face SigLIP 2 NaFlex", arrays, count(model))


@torch.no_grad()
def naflex_timm():
    """A tower, and networks with registers that classify: by the mean, whose positions are resampled another way or keep their
    aspect, and by attention, bare."""
    for name, seed, options, architecture in (
            ("timm-naflex-siglip", 231, dict(global_pool="map", act_layer="gelu_tanh", pos_embed_interp_mode="bilinear"),
             "naflexvit_base_patch16_siglip"),
            ("timm-naflex-gap", 232, dict(global_pool="avg", fc_norm=True, reg_tokens=2, init_values=1e-5), "naflexvit_base_patch16_gap"),
            ("timm-naflex-par", 233, dict(global_pool="avg", fc_norm=True, reg_tokens=1, init_values=1e-5, pos_embed_ar_preserving=True),
             "naflexvit_base_patch16_par_gap"),
            ("timm-naflex-map-bare", 234, dict(global_pool="map", reg_tokens=1, init_values=1e-5), None)):
        config = NaFlexVitCfg(patch_size=4, embed_dim=D, depth=2, num_heads=2, mlp_ratio=2, pos_embed_grid_size=(4, 4), **options)
        classes = 0 if name == "timm-naflex-siglip" else CLASSES
        folder, model = fresh(name), randomise(NaFlexVit(config, num_classes=classes), seed)
        pools = options["global_pool"] == "map"
        for part in [block.attn for block in model.blocks] + ([model.attn_pool] if pools else []):
            part.fused_attn = False
        write_safetensors(folder / "model.safetensors", model.state_dict())
        if architecture:
            write_json(folder / "config.json", timm_config(architecture, (16, 16), {"embed_dim": D, "num_heads": 2, "num_classes": classes},
                                                           options["global_pool"]))
        arrays = run_vit(model, picture(*SIZE))
        if not classes:
            arrays["embedding"] = arrays.pop("logits")
        if pools:
            prefix = model.num_prefix_tokens  # the query does not see them
            seen = pooling_of(model.attn_pool, model.norm(arrays["tokens"][-1])[None, prefix:])
            arrays["pooling"] = nn.functional.pad(seen, (prefix, 0))
        write(name, "timm NaFlex", arrays, count(model), prefix=model.num_prefix_tokens,
              overrides=None if architecture else {"heads": 2})


def hub_names(model):
    """Those of the authors' files."""
    names = {"embeddings.patch_projection": "patch_generator.embedder", "embeddings.position_embedding": "patch_generator.pos_embed",
             "embeddings.cls_register_token": "patch_generator.cls_token.token", "encoder.layer.": "blocks.",
             "layer_scale1.lambda1": "ls1.grandma", "layer_scale2.lambda1": "ls2.grandma", "attention.o_proj": "attn.proj"}
    state, result = half(model.state_dict()), {}
    for layer in range(2):
        for kind in ("weight", "bias"):
            parts = [state.pop(f"encoder.layer.{layer}.attention.{part}_proj.{kind}") for part in "qkv"]
            result[f"radio_model.model.blocks.{layer}.attn.qkv.{kind}"] = torch.cat(parts)
    for name, value in state.items():
        outer = name.startswith("input_conditioner") or name == "summary_idxs"
        for old, new in names.items():
            name = name.replace(old, new)
        result[("radio_model." if outer else "radio_model.model.") + name] = value
    return result


@torch.no_grad()
def radio():
    """Colours from 0 to 1 are normalised by the network: the picture is given as the network is."""
    model = randomise(RadioModel(RadioConfig(**COMMON, mlp_ratio=2.0, max_img_size=24, num_cls_tokens=3, num_registers=5,
                                              summary_idxs=[0, 2])), 240)
    for buffer in (model.input_conditioner.norm_mean, model.input_conditioner.norm_std):
        buffer.copy_(buffer.half())  # as files have them
    for name, source, said in (("hf5-radio-state", "Hugging Face RADIO", {}), ("radio-hub", "RADIO", {"heads": 2})):
        folder = fresh(name)
        if source == "RADIO":
            write_safetensors(folder / "model.safetensors", hub_names(model))
        else:
            save_state(model, folder, legacy=True)
        output, arrays = recorded(model.encoder.layer, lambda: model(picture(*SIZE), output_attentions=True))
        arrays["embedding"] = output.summary[0]
        write(name, source, arrays, count(model) + 6, prefix=8, trained=(6, 6), overrides=said)


class Layers(nn.Module):
    """A block as the authors of MAE and I-JEPA define it: norms before attention and MLP, epsilon 1e-6, exact GELU."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.norm1, self.norm2 = heads, nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.qkv, self.attn.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp.fc1, self.mlp.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.weights = nn.Identity()

    def forward(self, x):
        count, width = x.shape[1:]
        q, k, v = self.attn.qkv(self.norm1(x)).reshape(1, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = self.weights((q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1))
        x = x + self.attn.proj((weights @ v).transpose(1, 2).reshape(1, count, width))
        return x + self.mlp.fc2(nn.functional.gelu(self.mlp.fc1(self.norm2(x))))


class Encoder(nn.Module):
    """The authors' encoder of pictures without hidden patches; MAE has a CLS token with a position, I-JEPA none."""

    def __init__(self, cls, seed):
        super().__init__()
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, D, 4, 4)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, D)) if cls else None
        self.pos_embed = nn.Parameter(torch.zeros(1, 16 + cls, D))
        self.blocks, self.norm = nn.ModuleList(Layers(D, 2) for _ in range(2)), nn.LayerNorm(D, 1e-6)
        randomise(self, seed)

    def forward(self, image):
        x = self.patch_embed.proj(image)
        rows, columns = x.shape[2:]
        cls = self.cls_token is not None
        positions = self.pos_embed[:, int(cls):]
        if (rows, columns) != (4, 4):
            square = positions.reshape(1, 4, 4, D).permute(0, 3, 1, 2)
            positions = nn.functional.interpolate(square, size=(rows, columns), mode="bicubic").flatten(2).transpose(1, 2)
        x = x.flatten(2).transpose(1, 2) + positions
        if cls:
            x = torch.cat([self.cls_token + self.pos_embed[:, :1], x], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def run_encoder(encoder, size):
    recorder = Recorder(encoder.blocks, [block.weights for block in encoder.blocks])
    with torch.no_grad():
        encoder(picture(*size))
    recorder.close()
    return recorder.arrays()


def ijepa_of_authors():
    """A training checkpoint: the encoder, what predicts, and the averaged encoder, which is evaluated."""
    folder, averaged = fresh("ijepa-authors"), Encoder(False, 211)

    def state(module, seed):
        return {f"module.{name}": value for name, value in half(randomise(module, seed).state_dict()).items()}
    predictor = nn.Module()
    predictor.predictor_embed, predictor.mask_token = nn.Linear(D, 4), nn.Parameter(torch.zeros(1, 1, 4))
    predictor.predictor_blocks = nn.ModuleList([Layers(4, 2)])
    write_torch(folder / "ijepa-ep300.pth.tar", {"encoder": state(Encoder(False, 212), 212), "predictor": state(predictor, 213),
                                                 "target_encoder": state(averaged, 211), "opt": None, "epoch": 300}, True)
    arrays = run_encoder(averaged, (16, 16))
    write("ijepa-authors", "I-JEPA", arrays, count(averaged), (16, 16), checkpoint="ijepa-authors/ijepa-ep300.pth.tar", overrides={"heads": 2})


def mae_of_authors():
    """With its decoder, as it was trained; at another size as its authors resample for fine-tuning."""
    folder, encoder = fresh("mae-authors"), Encoder(True, 221)
    decoder = nn.Module()
    decoder.decoder_embed, decoder.mask_token = nn.Linear(D, 4), nn.Parameter(torch.zeros(1, 1, 4))
    decoder.decoder_pos_embed, decoder.decoder_blocks = nn.Parameter(torch.zeros(1, 17, 4)), nn.ModuleList([Layers(4, 2)])
    decoder.decoder_norm, decoder.decoder_pred = nn.LayerNorm(4, 1e-6), nn.Linear(4, 48)
    write_torch(folder / "mae_visualize.pth", {"model": half(encoder.state_dict()) | half(randomise(decoder, 222).state_dict())}, True)
    write("mae-authors", "MAE", run_encoder(encoder, (12, 20)), count(encoder), (12, 20), prefix=1,
          checkpoint="mae-authors/mae_visualize.pth", overrides={"heads": 2})


def make():
    for case in (aimv2, aimv2_timm, ijepa, ijepa_of_authors, mae, mae_of_authors, naflex_huggingface, naflex_timm, radio):
        case()
