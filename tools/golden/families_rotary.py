# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks whose queries and keys are turned by the places of their patches: DINOv3 in the names of Hugging Face, timm and
its authors, EVA-02, naver's rotary ViTs, timm's own, the Perception Encoder."""
import torch
import torch.nn.functional as F
from timm.layers import LayerNorm
from timm.models.eva import Eva
from transformers import DINOv3ViTConfig, DINOv3ViTModel

from families_huggingface import save
from families_timm import SMALL, expect_vit, timm_config
from reference import CLASSES, Recorder, fresh, half, picture, randomise, write_case, write_json, write_safetensors, write_torch

D = 16
SIZES = (((16, 16), ""), ((12, 20), "-resampled"))


def norm5(*args, **options):
    return LayerNorm(*args, eps=1e-5, **options)


def eva(seed, size=(16, 16), **options):
    """The weights are those of 16x16 whatever the size is."""
    options = {**SMALL, "use_rot_pos_emb": True, "dynamic_img_size": False, **options}
    model = randomise(Eva(**options), seed)
    if tuple(size) != (16, 16):
        state = model.state_dict()
        model = Eva(**{**options, "img_size": size}).eval()
        if "pos_embed" in state:
            from timm.layers import resample_abs_pos_embed
            prefix = state["pos_embed"].shape[1] - 16
            state["pos_embed"] = resample_abs_pos_embed(state["pos_embed"], new_size=[size[0] // 4, size[1] // 4], num_prefix_tokens=prefix)
        state = {k: v for k, v in state.items() if "bias_table" not in k or v.shape == model.state_dict()[k].shape}
        model.load_state_dict(state, strict=False)
    for block in model.blocks:
        block.attn.fused_attn = False
    return model


@torch.no_grad()
def run(model, image):
    recorder = Recorder(model.blocks, [block.attn.attn_drop for block in model.blocks])
    output = model(image)
    recorder.close()
    return {**recorder.arrays(), "logits": output[0]}


def expectation(model, source, size, parameters, classes=CLASSES, embedding=0):
    mlp = model.blocks[0].mlp
    hidden = mlp.fc2.in_features
    first = mlp.fc1.out_features if hasattr(mlp, "fc1") else 2 * hidden
    return {"architecture": "vit", "source": source, "layers": 2, "heads": 2, "width": D, "mlp": hidden, "swiglu": first != hidden,
            "patch": [4, 4], "image": list(size), "grid": [size[0] // 4, size[1] // 4], "trained_grid": [4, 4],
            "prefix_tokens": model.num_prefix_tokens, "classes": classes, "embedding": embedding, "parameters": parameters}


def two_sizes(name, checkpoint, source, make, classes=CLASSES, overrides=None, ignored=()):
    counted = sum(p.numel() for n, p in make((16, 16)).named_parameters() if not any(i in n for i in ignored))
    for size, suffix in SIZES:
        model, image = make(size), picture(*size)
        arrays = run(model, image)
        if not classes:
            del arrays["logits"]
        write_case(name + suffix, checkpoint, image, arrays, expectation(model, source, size, counted, classes),
                   f"{name}/reference{suffix}.safetensors", {**(overrides or {}), **({"image": list(size)} if suffix else {})})


def config(architecture, pool="avg", **arguments):
    return timm_config(architecture, (16, 16), {"num_heads": 2, "patch_size": 4, "embed_dim": D, **arguments}, pool)


DINOV3 = dict(qkv_bias=False, init_values=1e-5, rope_type="dinov3", rope_temperature=100, rope_rotate_half=True, use_abs_pos_emb=False,
              num_reg_tokens=3, use_fc_norm=False, norm_layer=norm5)


def dinov3_timm():
    for name, seed, options, architecture in (
            ("timm-dinov3", 90, dict(DINOV3), "vit_small_patch16_dinov3"),
            ("timm-dinov3-gated", 91, dict(DINOV3, swiglu_mlp=True, swiglu_align_to=8), "vit_small_plus_patch16_dinov3")):
        folder = fresh(name)
        make = lambda size: eva(seed, size, **options)
        write_safetensors(folder / "model.safetensors", make((16, 16)).state_dict())
        write_json(folder / "config.json", config(architecture))
        two_sizes(name, name, "timm DINOv3", make)


def dinov3_official():
    """The authors' names: storage tokens, a bias of q, k and v with a mask of NaN in k's third, periods."""
    folder = fresh("dinov3")
    options = dict(DINOV3, qkv_bias=True, num_classes=0, swiglu_mlp=True, swiglu_align_to=8)

    def make(size):
        model = eva(92, size, **options)
        return model
    model = make((16, 16))
    state = {}
    for name, value in half(model.state_dict()).items():
        name = name.replace("reg_token", "storage_tokens").replace("gamma_1", "ls1.gamma").replace("gamma_2", "ls2.gamma")
        name = name.replace("mlp.fc1_g", "mlp.w1").replace("mlp.fc1_x", "mlp.w2").replace("mlp.fc2", "mlp.w3")
        state[name] = value
    for layer in range(2):
        block = f"blocks.{layer}.attn."
        q, v = state.pop(block + "q_bias"), state.pop(block + "v_bias")
        state[block + "qkv.bias"] = torch.cat([q, torch.full_like(q, 3), v])
        state[block + "qkv.bias_mask"] = torch.cat([torch.ones_like(q), torch.full_like(q, float("nan")), torch.ones_like(v)])
    state["mask_token"] = torch.zeros(1, D).half()
    state["rope_embed.periods"] = (100 ** (torch.arange(2) / 2)).half()
    write_torch(folder / "dinov3_vits16_pretrain.pth", state)
    counted = sum(v.numel() for k, v in state.items() if "mask" not in k and "periods" not in k)
    for size, suffix in SIZES:
        model, image = make(size), picture(*size)
        arrays = run(model, image)
        del arrays["logits"]
        write_case("dinov3" + suffix, "dinov3/dinov3_vits16_pretrain.pth", image, arrays,
                   expectation(model, "DINOv3", size, counted, 0), f"dinov3/reference{suffix}.safetensors",
                   {"heads": 2, "trained": [16, 16], "image": list(size)})


def dinov3_huggingface():
    for name, seed, gated in (("hf5-dinov3", 93, False), ("hf5-dinov3-gated", 94, True)):
        folder = fresh(name)
        model = randomise(DINOv3ViTModel(DINOv3ViTConfig(
            hidden_size=D, intermediate_size=2 * D, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=4,
            num_register_tokens=3, use_gated_mlp=gated, hidden_act="silu" if gated else "gelu")), seed)
        model.set_attn_implementation("eager")
        frequencies = {k: v.clone() for k, v in model.named_buffers()}
        save(model, folder)
        for buffer, value in model.named_buffers():  # which saving rounded to 16 bit
            value.copy_(frequencies[buffer])
        counted = sum(p.numel() for n, p in model.named_parameters() if "mask_token" not in n)
        for size, suffix in SIZES:
            image = picture(*size)
            blocks = model.model.layer if hasattr(model, "model") else model.layer
            with torch.no_grad():
                recorder = Recorder(blocks)
                output = model(image, output_attentions=True)
                recorder.close()
            arrays = {**recorder.arrays(), "attention": torch.cat(output.attentions)}
            write_case(name + suffix, name, image, arrays,
                       {"architecture": "vit", "source": "Hugging Face DINOv3", "layers": 2, "heads": 2, "width": D, "mlp": 2 * D,
                        "swiglu": gated, "patch": [4, 4], "image": list(size), "grid": [size[0] // 4, size[1] // 4],
                        "trained_grid": [4, 4], "prefix_tokens": 4, "classes": 0, "parameters": counted},
                       f"{name}/reference{suffix}.safetensors", {"image": list(size)} if suffix else {})


EVA = dict(mlp_ratio=4 * 2 / 3, swiglu_mlp=True, ref_feat_shape=(4, 4))
EVA_CASES = (("timm-eva02", 100, dict(EVA), "eva02_tiny_patch14_224"),
             ("timm-eva02-split", 101, dict(EVA, qkv_fused=False, scale_mlp=True), "eva02_base_patch14_224"),
             ("timm-eva02-clip", 102, dict(EVA, qkv_fused=False, scale_mlp=True, scale_attn_inner=True, global_pool="token"),
              "eva02_base_patch16_clip_224"))
def eva_official():
    """The authors' names: q and v with a bias and k without, norms inside attention and MLP, tables of sines and cosines."""
    folder = fresh("eva02")
    options = {k: (16, 16) if k == "ref_feat_shape" else v for k, v in EVA_CASES[2][2].items()}
    model, image = eva(103, num_classes=0, **options), picture(16, 16)
    names = {"attn.norm": "attn.inner_attn_ln", "mlp.norm": "mlp.ffn_ln", "mlp.fc1_g": "mlp.w1", "mlp.fc1_x": "mlp.w2", "mlp.fc2": "mlp.w3",
             "attn.q_proj.bias": "attn.q_bias", "attn.v_proj.bias": "attn.v_bias"}
    state = {"rope.freqs_cos": torch.ones(16, D // 2).half(), "rope.freqs_sin": torch.zeros(16, D // 2).half()}
    for name, value in half(model.state_dict()).items():
        for old, new in names.items():
            name = name.replace(old, new)
        state[name] = value
    write_torch(folder / "eva02_B_psz14.pt", {"module": state}, legacy=True)
    arrays = run(model, image)
    del arrays["logits"]
    expect = expectation(model, "EVA-02", (16, 16), sum(p.numel() for p in model.parameters()), 0)
    write_case("eva02", "eva02/eva02_B_psz14.pt", image, arrays, expect, "eva02/reference.safetensors", {"heads": 2})


NAVER = dict(attn_type="rope", init_values=1e-5, global_pool="token", rope_grid_indexing="xy", rope_temperature=100.0)
MIXED = dict(NAVER, rope_temperature=10.0, rope_type="mixed")
ROPE_CASES = (("timm-rope", 110, dict(NAVER, use_abs_pos_emb=False, use_fc_norm=False), "vit_small_patch16_rope_224"),
              ("timm-rope-ape", 111, dict(NAVER, no_embed_class=True), "vit_small_patch16_rope_ape_224"),
              ("timm-rope-mixed", 112, dict(MIXED, use_abs_pos_emb=False), "vit_small_patch16_rope_mixed_224"),
              ("timm-rope-mixed-ape", 113, dict(MIXED, no_embed_class=True), "vit_small_patch16_rope_mixed_ape_224"),
              ("timm-rope-reg", 114, dict(init_values=1e-5, class_token=False, num_reg_tokens=2, use_abs_pos_emb=False,
                                          ref_feat_shape=(16, 16), qkv_bias=False), "vit_medium_patch16_rope_reg1_gap_256"))


def eva_and_rope():
    # EVA-02's places are those of 16 x 16 patches whatever the trained grid is: so they are here.
    for name, seed, options, architecture in EVA_CASES + ROPE_CASES:
        folder = fresh(name)
        options = {k: (16, 16) if k == "ref_feat_shape" else v for k, v in options.items()}

        def make(size, seed=seed, options=options):
            return eva(seed, size, **options)
        write_safetensors(folder / "model.safetensors", make((16, 16)).state_dict())
        write_json(folder / "config.json", config(architecture, options.get("global_pool", "avg")))
        source = "timm EVA-02" if "eva" in name else "DeiT III" if name == "timm-rope-ape" else "timm" if "reg" in name else "timm RoPE-ViT"
        two_sizes(name, name, source, make)


PERCEPTION = dict(attn_type="rope", use_pre_transformer_norm=True, ref_feat_shape=(4, 4), rope_grid_offset=1.,
                  rope_grid_indexing="xy", norm_layer=norm5)
SPATIAL = dict(PERCEPTION, use_post_transformer_norm=False, use_fc_norm=False, num_classes=0)
PERCEPTION_CASES = (("timm-pe-core", 120, dict(PERCEPTION, global_pool="map", attn_pool_num_heads=8, attn_pool_mlp_ratio=4., num_classes=24),
                     "vit_pe_core_base_patch16_224"),
                    ("timm-pe-core-without-cls", 121, dict(PERCEPTION, global_pool="map", attn_pool_num_heads=8, attn_pool_mlp_ratio=4.,
                                                           num_classes=24, class_token=False, rope_grid_offset=0.),
                     "vit_pe_core_gigantic_patch14_448"),
                    ("timm-pe-lang", 122, dict(SPATIAL, init_values=0.1), "vit_pe_lang_large_patch14_448"))


def perception():
    from families_pairs import pooling_of
    for name, seed, options, architecture in PERCEPTION_CASES:
        folder = fresh(name)

        def make(size):
            model = eva(seed, size, **options)
            if options["num_classes"]:
                model.head.bias.data.zero_()
                model.attn_pool.fused_attn = False
            return model
        write_safetensors(folder / "model.safetensors", make((16, 16)).state_dict())
        write_json(folder / "config.json", config(architecture, options.get("global_pool", "avg")))
        core = bool(options["num_classes"])
        counted = sum(p.numel() for p in make((16, 16)).parameters())
        for size, suffix in SIZES:
            model, image = make(size), picture(*size)
            arrays = run(model, image)
            logits = arrays.pop("logits")
            if core:
                arrays["embedding"] = logits
                with torch.no_grad():
                    arrays["pooling"] = pooling_of(model.attn_pool, model.norm(arrays["tokens"][-1])[None])
            write_case(name + suffix, name, image, arrays,
                       expectation(model, "timm Perception Encoder", size, counted, 0, 24 if core else 0),
                       f"{name}/reference{suffix}.safetensors", {"image": list(size)} if suffix else {})


def perception_official():
    """The authors' names; they do not scale places to the trained grid, and resample positions bilinearly without antialias."""
    options = dict(PERCEPTION_CASES[0][2])

    def make(size):
        model = eva(123, (16, 16), **options)
        model.head.bias.data.zero_()
        if size != (16, 16):
            grid = (size[0] // 4, size[1] // 4)
            state = model.state_dict()
            positions = state["pos_embed"][:, 1:].reshape(1, 4, 4, D).permute(0, 3, 1, 2)
            positions = F.interpolate(positions, size=grid, mode="bilinear").permute(0, 2, 3, 1).flatten(1, 2)
            state["pos_embed"] = torch.cat([state["pos_embed"][:, :1], positions], 1)
            model = Eva(**{**SMALL, "use_rot_pos_emb": True, **options, "img_size": size, "ref_feat_shape": grid}).eval()
            model.load_state_dict(state)
        for block in model.blocks:
            block.attn.fused_attn = False
        model.attn_pool.fused_attn = False
        return model

    from families_pairs import pooling_of
    folder, model = fresh("pe-core"), make((16, 16))
    names = {"cls_token": "class_embedding", "pos_embed": "positional_embedding", "patch_embed.proj": "conv1", "norm_pre": "ln_pre",
             "blocks.": "transformer.resblocks.", "attn_pool.latent": "attn_pool.probe", "attn_pool.proj": "attn_pool.attn.out_proj",
             "attn_pool.norm": "attn_pool.layernorm", ".attn.proj": ".attn.out_proj", ".attn.qkv.weight": ".attn.in_proj_weight",
             ".attn.qkv.bias": ".attn.in_proj_bias", "norm1": "ln_1", "norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
    state = {}
    for name, value in half(model.state_dict()).items():
        name = "ln_post." + name[5:] if name.startswith("norm.") else name
        for old, new in names.items():
            name = name.replace(old, new)
        state["visual." + name] = value
    for kind in ("weight", "bias"):
        state[f"visual.attn_pool.attn.in_proj_{kind}"] = torch.cat([state.pop(f"visual.attn_pool.q.{kind}"), state.pop(f"visual.attn_pool.kv.{kind}")])
    state["visual.class_embedding"] = state["visual.class_embedding"].flatten()
    state["visual.positional_embedding"] = state["visual.positional_embedding"][0]
    state["visual.proj"] = state.pop("visual.head.weight").T.contiguous()
    del state["visual.head.bias"]
    counted = sum(v.numel() for v in state.values())
    state |= {"transformer.resblocks.0.mlp.c_fc.weight": torch.zeros(2 * D, D).half(), "logit_scale": torch.ones(()).half(),
              "positional_embedding": torch.zeros(8, D).half(), "token_embedding.weight": torch.zeros(32, D).half()}
    write_torch(folder / "PE-Core.pt", state)
    for size, suffix in SIZES:
        model, image = make(size), picture(*size)
        arrays = run(model, image)
        arrays["embedding"] = arrays.pop("logits")
        with torch.no_grad():
            arrays["pooling"] = pooling_of(model.attn_pool, model.norm(arrays["tokens"][-1])[None])
        write_case("pe-core" + suffix, "pe-core/PE-Core.pt", image, arrays,
                   expectation(model, "Perception Encoder", size, counted, 0, 24), f"pe-core/reference{suffix}.safetensors",
                   {"heads": 2, "trained": [16, 16], "image": list(size)})


def make():
    for case in (dinov3_timm, dinov3_official, dinov3_huggingface, eva_and_rope, eva_official, perception, perception_official):
        case()
