# SPDX-License-Identifier: GPL-3.0-or-later
"""Image networks of pairs with a text network: CLIP in the names of Hugging Face, OpenAI and open_clip, and timm; SigLIP in
Hugging Face's and timm's; BLIP and BLIP-2."""
import torch
import torch.nn.functional as F
from transformers import (Blip2VisionConfig, Blip2VisionModel, BlipConfig, BlipForImageTextRetrieval, CLIPConfig,
                          CLIPForImageClassification, CLIPModel, CLIPVisionModel, SiglipConfig, SiglipForImageClassification,
                          SiglipModel, SiglipVisionModel)

from families_huggingface import blocks_of, save, save_state, write_processor
from families_timm import SMALL, expect_vit, run_vit, timm_config, vit
from reference import CLASSES, Recorder, fresh, half, picture, randomise, write_case, write_json, write_safetensors, write_torch

D, E = 16, 24
VISION = dict(hidden_size=D, intermediate_size=2 * D, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=4)
TEXT = dict(hidden_size=D, intermediate_size=2 * D, num_hidden_layers=1, num_attention_heads=2, vocab_size=32,
            max_position_embeddings=8, bos_token_id=0, eos_token_id=1)
SIZES = (((16, 16), ""), ((12, 20), "-resampled"))


def build(cls, config, seed):
    model = randomise(cls(config), seed)
    model.set_attn_implementation("eager")
    return model


def tower_of(model):
    return getattr(model, "vision_model", model)


@torch.no_grad()
def run(model, image):
    """States, matrices and what the model gives for the whole picture."""
    tower = tower_of(model)
    recorder = Recorder(tower.encoder.layers)
    output = tower(image, output_attentions=True, interpolate_pos_encoding=True)
    recorder.close()
    arrays = {**recorder.arrays(), "attention": torch.cat(output.attentions)}
    if hasattr(model, "classifier"):
        arrays["logits"] = model(image, interpolate_pos_encoding=True).logits[0]
        return arrays
    pooled = output.pooler_output
    arrays["embedding"] = (model.visual_projection(pooled) if hasattr(model, "visual_projection") else pooled)[0]
    if hasattr(tower, "head"):
        head, tokens = tower.head, output.last_hidden_state
        weights = head.attention(head.probe, tokens, tokens, average_attn_weights=False)[1]
        arrays["pooling"] = weights[0, :, 0]
    return arrays


def expectation(source, size, arrays, parameters, prefix):
    return {"architecture": "vit", "source": source, "layers": 2, "heads": 2, "width": D, "mlp": 2 * D, "patch": [4, 4],
            "image": list(size), "grid": [size[0] // 4, size[1] // 4], "trained_grid": [4, 4], "prefix_tokens": prefix,
            "classes": len(arrays["logits"]) if "logits" in arrays else 0,
            "embedding": len(arrays["embedding"]) if "embedding" in arrays else 0, "parameters": parameters}


def cases(name, source, model, prefix, unused, checkpoint=None):
    counted = [p.numel() for n, p in model.named_parameters() if not n.startswith("text_model.") and not any(u in n for u in unused)]
    for size, suffix in SIZES:
        image = picture(*size)
        arrays = run(model, image)
        write_case(name + suffix, checkpoint or name, image, arrays, expectation(source, size, arrays, sum(counted), prefix),
                   f"{name}/reference{suffix}.safetensors", {"image": list(size)} if suffix else {})


TEXT_PART = ("text_projection", "logit_scale", "logit_bias")


def clip_huggingface():
    folder = fresh("hf5-clip")
    model = build(CLIPModel, CLIPConfig(projection_dim=E, text_config=TEXT, vision_config=VISION), 70)
    save(model, folder)
    write_processor(folder, "CLIPImageProcessor", {"shortest_edge": 16}, crop_size={"height": 16, "width": 16},
                    do_center_crop=True, resample=3, image_mean=[0.48145466, 0.4578275, 0.40821073],
                    image_std=[0.26862954, 0.26130258, 0.27577711])
    cases("hf5-clip", "Hugging Face CLIP", model, 1, TEXT_PART)

    folder = fresh("hf5-clip-vision")
    config = CLIPConfig(text_config=TEXT, vision_config=dict(VISION, hidden_act="gelu")).vision_config
    model = build(CLIPVisionModel, config, 71)
    save(model, folder)
    cases("hf5-clip-vision", "Hugging Face CLIP", model, 1, ())

    folder = fresh("hf5-clip-classifier")
    model = build(CLIPForImageClassification, CLIPConfig(text_config=TEXT, vision_config=VISION, num_labels=CLASSES), 72)
    save(model, folder)
    cases("hf5-clip-classifier", "Hugging Face CLIP", model, 1, ("post_layernorm",))


def open_names(model):
    """OpenAI's and open_clip's names: in_proj of q, k and v, the projection as [D, E], the text half at the top."""
    names = {"embeddings.class_embedding": "class_embedding", "embeddings.patch_embedding.": "conv1.", "pre_layrnorm": "ln_pre",
             "post_layernorm": "ln_post", "encoder.layers.": "transformer.resblocks.", "layer_norm": "ln_",
             "self_attn.out_proj": "attn.out_proj", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
    state = {}
    for name, value in half(model.vision_model.state_dict()).items():
        for old, new in names.items():
            name = name.replace(old, new)
        state["visual." + name] = value
    state["visual.positional_embedding"] = state.pop("visual.embeddings.position_embedding.weight")
    state["visual.proj"] = half(model.state_dict())["visual_projection.weight"].T.contiguous()
    for layer in range(2):
        old, new = f"visual.transformer.resblocks.{layer}.self_attn.", f"visual.transformer.resblocks.{layer}.attn."
        for kind in ("weight", "bias"):
            state[f"{new}in_proj_{kind}"] = torch.cat([state.pop(f"{old}{part}_proj.{kind}") for part in "qkv"])
    state |= {"positional_embedding": torch.zeros(8, D).half(), "text_projection": torch.zeros(D, E).half(),
              "token_embedding.weight": torch.zeros(32, D).half(), "ln_final.weight": torch.ones(D).half(),
              "transformer.resblocks.0.mlp.c_fc.weight": torch.zeros(2 * D, D).half(), "logit_scale": torch.ones(()).half()}
    return state


def with_antialias(model, size):
    """open_clip resamples its positions with antialias."""
    positions = model.vision_model.embeddings.position_embedding.weight
    grid = positions[1:].T.reshape(1, D, 4, 4)
    grid = F.interpolate(grid, size=(size[0] // 4, size[1] // 4), mode="bicubic", antialias=True)
    return torch.cat([positions[:1], grid.flatten(2)[0].T])


@torch.no_grad()
def clip_open():
    for name, source, activation, counters in (("openai-clip", "OpenAI CLIP", "quick_gelu", True), ("open-clip", "open_clip", "gelu", False)):
        folder = fresh(name)
        config = CLIPConfig(projection_dim=E, text_config=TEXT, vision_config=dict(VISION, hidden_act=activation))
        model = build(CLIPModel, config, 73)
        state = open_names(model)
        if counters:
            state |= {k: torch.tensor(v) for k, v in (("input_resolution", 16), ("context_length", 8), ("vocab_size", 32))}
        write_torch(folder / "clip.pt", state)
        counted = sum(p.numel() for n, p in model.named_parameters() if n.startswith("vision_model.") or n.startswith("visual_"))
        for size, suffix in SIZES:
            image, tower = picture(*size), model.vision_model
            kept = tower.embeddings.interpolate_pos_encoding
            tower.embeddings.interpolate_pos_encoding = lambda *_: with_antialias(model, size)[None]
            arrays = run(model, image)
            tower.embeddings.interpolate_pos_encoding = kept
            write_case(name + suffix, f"{name}/clip.pt", image, arrays, expectation(source, size, arrays, counted, 1),
                       f"{name}/reference{suffix}.safetensors", {"heads": 2, **({"image": list(size)} if suffix else {})})


def clip_timm():
    """A tower whose head is the projection: its bias is nothing but zeros. A head that classifies has one (timm-clip)."""
    from timm.layers import LayerNorm
    folder = fresh("timm-clip-tower")
    options = dict(pre_norm=True, norm_layer=lambda *a, **k: LayerNorm(*a, eps=1e-5, **k), num_classes=E)

    def make(size):
        model = vit(74, **options)
        model.head.bias.data.zero_()
        if size != (16, 16):
            model.set_input_size(size)
        return model
    write_safetensors(folder / "model.safetensors", make((16, 16)).state_dict())
    write_json(folder / "config.json", timm_config("vit_base_patch16_clip_224", (16, 16), {**SMALL, "num_classes": E}))
    for size, suffix in SIZES:
        image, model = picture(*size), make(size)
        arrays = run_vit(model, image)
        arrays["embedding"] = arrays.pop("logits")
        expect = {**expect_vit(model, "timm", image, classes=0), "trained_grid": [4, 4], "embedding": E}
        expect["parameters"] = sum(p.numel() for p in make((16, 16)).parameters())
        write_case("timm-clip-tower" + suffix, "timm-clip-tower", image, arrays, expect,
                   f"timm-clip-tower/reference{suffix}.safetensors", {"image": list(size)} if suffix else {})


def siglip_huggingface():
    folder = fresh("hf5-siglip")
    text = {k: v for k, v in TEXT.items()}
    model = build(SiglipModel, SiglipConfig(text_config=text, vision_config=VISION), 80)
    save(model, folder)
    write_processor(folder, "SiglipImageProcessor", {"height": 16, "width": 16}, resample=3)
    cases("hf5-siglip", "Hugging Face SigLIP", model, 0, TEXT_PART)

    folder = fresh("hf5-siglip-vision")
    model = build(SiglipVisionModel, SiglipConfig(text_config=text, vision_config=VISION).vision_config, 81)
    save(model, folder)
    cases("hf5-siglip-vision", "Hugging Face SigLIP", model, 0, ())

    folder = fresh("hf5-siglip-classifier")
    config = SiglipConfig(text_config=text, vision_config=VISION)
    config.num_labels = CLASSES
    model = build(SiglipForImageClassification, config, 82)
    save(model, folder)
    cases("hf5-siglip-classifier", "Hugging Face SigLIP", model, 0, ("vision_model.head.",))


def pooling_of(pool, tokens):
    """The weights of timm's AttentionPoolLatent."""
    q = pool.q(pool.latent).reshape(1, 1, pool.num_heads, -1).transpose(1, 2)
    k = pool.kv(tokens).reshape(1, tokens.shape[1], 2, pool.num_heads, -1).permute(2, 0, 3, 1, 4)[0]
    return (q * pool.scale @ k.transpose(-2, -1)).softmax(-1)[0, :, 0]


def siglip_timm():
    """A tower, and a network that classifies by what its query finds, with registers."""
    options = dict(class_token=False, global_pool="map", act_layer="gelu_tanh")
    towers = (("timm-siglip", 83, dict(options, num_classes=0), "vit_base_patch32_siglip_256"),
              ("timm-map-classifier", 84, dict(options, reg_tokens=3, act_layer="gelu"), "vit_so150m_patch16_reg4_map_256"))
    for name, seed, chosen, architecture in towers:
        folder = fresh(name)

        def make(size):
            model = vit(seed, **chosen)
            model.attn_pool.fused_attn = False
            if size != (16, 16):
                model.set_input_size(size)
            return model
        write_safetensors(folder / "model.safetensors", make((16, 16)).state_dict())
        write_json(folder / "config.json", timm_config(architecture, (16, 16), {**SMALL, "num_classes": chosen.get("num_classes", CLASSES)}, "map"))
        for size, suffix in SIZES:
            image, model = picture(*size), make(size)
            arrays = run_vit(model, image)
            with torch.no_grad():
                prefix = model.num_prefix_tokens  # timm's query sees patches alone
                seen = pooling_of(model.attn_pool, model.norm(arrays["tokens"][-1])[None, prefix:])
                arrays["pooling"] = F.pad(seen, (prefix, 0))
            classes = chosen.get("num_classes", CLASSES)
            if not classes:
                arrays["embedding"] = arrays.pop("logits")
            expect = {**expect_vit(model, "timm", image, classes=classes), "trained_grid": [4, 4], "embedding": 0 if classes else D}
            expect["parameters"] = sum(p.numel() for p in make((16, 16)).parameters())
            write_case(name + suffix, name, image, arrays, expect, f"{name}/reference{suffix}.safetensors",
                       {"image": list(size)} if suffix else {})


@torch.no_grad()
def blip():
    """One that compares pictures with texts, and BLIP-2's encoder alone."""
    small = dict(VISION, hidden_size=8, intermediate_size=12)
    text = dict(TEXT, hidden_size=4, intermediate_size=4, num_attention_heads=1, vocab_size=8)
    pair = build(BlipForImageTextRetrieval, BlipConfig(vision_config=small, text_config=text, image_text_hidden_size=6), 85)
    encoder = build(Blip2VisionModel, Blip2VisionConfig(**dict(small, image_size=8)), 86)
    for name, model, size, trained in (("hf5-blip", pair, (12, 20), [4, 4]), ("hf5-blip2-vision", encoder, (8, 8), [2, 2])):
        save(model, fresh(name))
        image, tower = picture(*size), tower_of(model)
        recorder = Recorder(tower.encoder.layers)
        output = tower(image, output_attentions=True, interpolate_pos_encoding=True)
        recorder.close()
        arrays = {**recorder.arrays(), "attention": torch.cat(output.attentions)}
        if model is pair:
            arrays["embedding"] = pair.vision_proj(output.last_hidden_state[:, 0])[0]
        counted = sum(p.numel() for n, p in model.named_parameters() if model is encoder or n.startswith("vision_"))
        expect = {**expectation("Hugging Face BLIP", size, arrays, counted, 1), "width": 8, "mlp": 12, "trained_grid": trained}
        write_case(name, name, image, arrays, expect, f"{name}/reference.safetensors", {"image": list(size)})


def make():
    for case in (clip_huggingface, clip_open, clip_timm, siglip_huggingface, siglip_timm, blip):
        case()
