# SPDX-License-Identifier: GPL-3.0-or-later
"""ViT, DeiT, Dinov2 of Hugging Face transformers, in the names that version 4 and version 5 write."""
import torch
import transformers
from transformers import (DeiTConfig, DeiTForImageClassification, DeiTForImageClassificationWithTeacher, Dinov2Config,
                          Dinov2ForImageClassification, Dinov2Model, Dinov2WithRegistersConfig,
                          Dinov2WithRegistersForImageClassification, ViTConfig, ViTForImageClassification, ViTModel)

from reference import CLASSES, Recorder, fresh, half, picture, randomise, write_case, write_json, write_torch

D = 16
COMMON = dict(hidden_size=D, num_hidden_layers=2, num_attention_heads=2, patch_size=4, num_labels=CLASSES,
              attn_implementation="eager")
VIT = dict(COMMON, image_size=16, intermediate_size=2 * D)
DINO = dict(COMMON, image_size=16, mlp_ratio=2)


def build(cls, config, seed):
    return randomise(cls(config), seed)


def blocks_of(model):
    lists = [m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == 2]
    return max(lists, key=lambda blocks: sum(p.numel() for p in blocks.parameters()))


@torch.no_grad()
def run(model, image, interpolate):
    recorder = Recorder(blocks_of(model))
    options = dict(interpolate_pos_encoding=True) if interpolate else {}
    output = model(image, output_attentions=True, **options)
    recorder.close()
    return {**recorder.arrays(), "attention": torch.cat(output.attentions), "logits":
            output.logits[0] if hasattr(output, "logits") else None}


def write_processor(folder, kind, size, **options):
    write_json(folder / "preprocessor_config.json", {"image_processor_type": kind, "size": size, "do_resize": True,
               "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2, "do_normalize": True,
               "do_rescale": True, "rescale_factor": 1 / 255, **options})


def cases(name, source, model, checkpoint, prefix, interpolates=True, swiglu=False):
    config = model.config
    hidden = getattr(config, "intermediate_size", None) or config.mlp_ratio * D
    if swiglu:
        hidden = (int(hidden * 2 / 3) + 7) // 8 * 8
    for size, suffix in (((16, 16), ""), ((12, 20), "-resampled")):
        image = picture(*size)
        arrays = run(model, image, interpolates and suffix)
        unused = ("mask_token", "pooler.")
        counted = sum(p.numel() for n, p in model.named_parameters() if not any(u in n for u in unused))
        expect = {"architecture": "vit", "source": source, "layers": 2, "heads": 2, "width": D, "mlp": hidden, "swiglu": swiglu,
                  "patch": [4, 4], "image": list(size), "grid": [size[0] // 4, size[1] // 4], "trained_grid": [4, 4],
                  "prefix_tokens": prefix, "classes": len(arrays["logits"]) if arrays["logits"] is not None else 0,
                  "parameters": counted}
        write_case(name + suffix, checkpoint, image, arrays, expect, f"{name}/reference{suffix}.safetensors",
                   {"image": list(size)} if suffix else {})


def save(model, folder):
    """save_pretrained(), which writes the names of version 4 in version 5 as well."""
    kept = {k: v.clone() for k, v in model.state_dict().items()}
    model.half().save_pretrained(folder)
    model.float().load_state_dict(kept)
    (folder / "generation_config.json").unlink(missing_ok=True)


def save_state(model, folder, legacy=False):
    """torch.save() of the state in memory: each version's own names."""
    model.config.save_pretrained(folder)
    write_torch(folder / "pytorch_model.bin", half(model.state_dict()), legacy)


def make_names_of_5():
    assert transformers.__version__.startswith("5."), transformers.__version__
    folder = fresh("hf5-vit-saved")
    model = build(ViTForImageClassification, ViTConfig(**VIT), 50)
    save(model, folder)
    write_processor(folder, "ViTImageProcessor", {"height": 16, "width": 16})
    cases("hf5-vit-saved", "Hugging Face ViT", model, "hf5-vit-saved", 1)

    folder = fresh("hf5-vit-state")
    model = build(ViTForImageClassification, ViTConfig(**VIT, qkv_bias=False), 51)
    save_state(model, folder)
    cases("hf5-vit-state", "Hugging Face ViT", model, "hf5-vit-state", 1)

    folder = fresh("hf5-deit-state")
    model = build(DeiTForImageClassification, DeiTConfig(**VIT), 52)
    save_state(model, folder, legacy=True)
    write_processor(folder, "DeiTImageProcessor", 18, crop_size=16, do_center_crop=True, resample=3)
    cases("hf5-deit-state", "Hugging Face DeiT", model, "hf5-deit-state", 2)

    folder = fresh("hf5-dinov2-swiglu-state")
    model = build(Dinov2Model, Dinov2Config(**DINO, use_swiglu_ffn=True), 53)
    save_state(model, folder)
    cases("hf5-dinov2-swiglu-state", "Hugging Face Dinov2", model, "hf5-dinov2-swiglu-state", 1, interpolates=False,
          swiglu=True)

    folder = fresh("hf5-dinov2-registers-state")
    model = build(Dinov2WithRegistersForImageClassification, Dinov2WithRegistersConfig(**DINO, num_register_tokens=3), 54)
    save_state(model, folder)
    cases("hf5-dinov2-registers-state", "Hugging Face Dinov2 with registers", model, "hf5-dinov2-registers-state", 4,
          interpolates=False)


def make_names_of_4():
    assert transformers.__version__.startswith("4."), transformers.__version__
    folder = fresh("hf4-vit-model")
    model = build(ViTModel, ViTConfig(**VIT), 60)
    save_state(model, folder)
    cases("hf4-vit-model", "Hugging Face ViT", model, "hf4-vit-model/pytorch_model.bin", 1)

    folder = fresh("hf4-deit-teacher")
    model = build(DeiTForImageClassificationWithTeacher, DeiTConfig(**VIT), 61)
    save(model, folder)
    write_processor(folder, "DeiTFeatureExtractor", 18, crop_size=16, resample=3)
    cases("hf4-deit-teacher", "Hugging Face DeiT", model, "hf4-deit-teacher", 2)

    folder = fresh("hf4-dinov2")
    model = build(Dinov2ForImageClassification, Dinov2Config(**DINO), 62)
    save(model, folder)
    write_processor(folder, "BitImageProcessor", {"shortest_edge": 18}, crop_size={"height": 16, "width": 16},
                    do_center_crop=True, resample=3, image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    cases("hf4-dinov2", "Hugging Face Dinov2", model, "hf4-dinov2", 1, interpolates=False)

    folder = fresh("hf4-dinov2-swiglu-registers")
    model = build(Dinov2WithRegistersForImageClassification,
                  Dinov2WithRegistersConfig(**DINO, use_swiglu_ffn=True, num_register_tokens=2), 63)
    save(model, folder)
    cases("hf4-dinov2-swiglu-registers", "Hugging Face Dinov2 with registers", model, "hf4-dinov2-swiglu-registers", 3,
          interpolates=False, swiglu=True)
