# SPDX-License-Identifier: GPL-3.0-or-later
"""BEiT and Data2Vec, whose attention adds a bias by the distance of two patches; square and not, a table for each block and
one for all. Of a grid that is not square timm alone is right (transformers 5.24 lays the table out the other way round)."""
import torch
from timm.models.beit import Beit
from transformers import BeitConfig, BeitForImageClassification, Data2VecVisionConfig, Data2VecVisionForImageClassification

from families_huggingface import save, save_state
from families_rotary import config, expectation, run
from families_timm import SMALL
from reference import CLASSES, Recorder, fresh, picture, randomise, write_case, write_json, write_safetensors

D = 16
NARROW = dict(hidden_size=8, intermediate_size=12)


def beit(seed, size=(16, 16), **options):
    model = randomise(Beit(**{**SMALL, "img_size": size, "init_values": 1e-5, "use_abs_pos_emb": False, **options}), seed)
    for block in model.blocks:
        block.attn.fused_attn = False
    return model


def timm():
    for name, seed, size, options in (("timm-beit", 130, (16, 16), dict(use_rel_pos_bias=True)),
                                      ("timm-beit-wide", 131, (12, 20), dict(use_rel_pos_bias=True)),
                                      ("timm-beit-shared", 132, (16, 16), dict(use_shared_rel_pos_bias=True))):
        folder, image, model = fresh(name), picture(*size), beit(seed, size, **options)
        write_safetensors(folder / "model.safetensors", model.state_dict())
        write_json(folder / "config.json", {**config("beit_base_patch16_224"), "pretrained_cfg": {"input_size": [3, *size]}})
        expect = expectation(model, "timm BEiT", size, sum(p.numel() for p in model.parameters()))
        expect["trained_grid"] = [size[0] // 4, size[1] // 4]
        write_case(name, name, image, run(model, image), expect, f"{name}/reference.safetensors")
    # Fewer rows and more columns than it was trained with.
    size, model = (12, 28), beit(130, use_rel_pos_bias=True)
    model.set_input_size(size)
    expect = {**expectation(model, "timm BEiT", size, sum(p.numel() for p in beit(130, use_rel_pos_bias=True).parameters())), "trained_grid": [4, 4]}
    write_case("timm-beit-resampled", "timm-beit", picture(*size), run(model, picture(*size)), expect,
               "timm-beit/reference-resampled.safetensors", {"image": list(size)})


def huggingface():
    common = dict(hidden_size=D, intermediate_size=2 * D, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=4,
                  num_labels=CLASSES, attn_implementation="eager")
    for name, cls, options, seed, write in (
            ("hf5-beit", BeitForImageClassification, BeitConfig(**common, use_relative_position_bias=True), 133, save),
            ("hf5-data2vec-state", Data2VecVisionForImageClassification,
             Data2VecVisionConfig(**common, use_relative_position_bias=True), 134, save_state),
            # As DiT: positions are added to the tokens.
            ("hf5-beit-absolute", BeitForImageClassification, BeitConfig(**common | NARROW, use_absolute_position_embeddings=True), 135, save)):
        folder, model = fresh(name), randomise(cls(options), seed)
        write(model, folder)
        network = getattr(model, "beit", None) or model.data2vec_vision
        other = (12, 28) if name == "hf5-beit" else (12, 20)
        for size, suffix in (((16, 16), ""), (other, "-resampled"))[:2 if name.startswith("hf5-beit") else 1]:
            image = picture(*size)
            with torch.no_grad():
                recorder = Recorder(network.layers if hasattr(network, "layers") else network.encoder.layer)
                output = model(image, output_attentions=True)
                recorder.close()
            arrays = {**recorder.arrays(), "attention": torch.cat(output.attentions), "logits": output.logits[0]}
            counted = sum(p.numel() for n, p in model.named_parameters() if "mask_token" not in n)
            expect = {"architecture": "vit", "source": "Hugging Face BEiT", "layers": 2, "heads": 2, "width": options.hidden_size,
                      "mlp": options.intermediate_size, "patch": [4, 4],
                      "image": list(size), "grid": [size[0] // 4, size[1] // 4], "trained_grid": [4, 4], "prefix_tokens": 1,
                      "classes": CLASSES, "parameters": counted}
            write_case(name + suffix, name, image, arrays, expect, f"{name}/reference{suffix}.safetensors",
                       {"image": list(size)} if suffix else {})


def make():
    timm()
    huggingface()
