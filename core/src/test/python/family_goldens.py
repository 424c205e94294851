"""Makes the golden files of golden/families: tiny random models of every family, as transformers runs them.

    python core/src/test/python/family_goldens.py core/src/test/resources/golden/families [NAME ...]

Needs torch and transformers (made with 2.13 and 5.18). The arithmetic is float64 on float32 weights. Each folder is a
Hugging Face directory and a golden.json: the logits of a text at some positions, the tokens that follow it greedily, and
the number of parameters. Windows are shorter than the text, and the greedy tokens cross what a family switches at.
"""

import json
import math
import os
import sys

import safetensors.torch
import torch
import transformers

TEXT = 19
GREEDY = 12
VOCABULARY = 37

SMALL = dict(
    vocab_size=VOCABULARY,
    hidden_size=20,
    intermediate_size=22,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=6,
    max_position_embeddings=48,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)
YARN = dict(rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=12, beta_fast=4.0)
LATENT = dict(
    num_key_value_heads=4,
    kv_lora_rank=7,
    qk_nope_head_dim=6,
    qk_rope_head_dim=4,
    v_head_dim=5,
    moe_intermediate_size=9,
    first_k_dense_replace=1,
    n_routed_experts=8,
    n_shared_experts=2,
    num_experts_per_tok=3,
    n_group=4,
    topk_group=2,
    head_dim=4,
)
OPT = dict(
    vocab_size=VOCABULARY,
    hidden_size=20,
    ffn_dim=22,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=48,
    dropout=0.0,
    bos_token_id=2,
    eos_token_id=2,
    pad_token_id=1,
)


def longrope(original):
    return dict(
        rope_type="longrope",
        rope_theta=500.0,
        partial_rotary_factor=0.75,
        short_factor=[1.0, 1.25, 1.5],
        long_factor=[1.5, 2.5, 4.0],
        original_max_position_embeddings=original,
    )


def families():
    """Per golden case the class, and its configuration beside SMALL."""
    return {
        "gpt": (
            "OpenAIGPT",
            dict(n_embd=20, n_layer=2, n_head=4, n_positions=48, vocab_size=VOCABULARY, afn="gelu", attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0),
        ),
        "gpt2-by-layer": (
            "GPT2",
            dict(
                n_embd=20,
                n_layer=3,
                n_head=4,
                n_positions=48,
                n_inner=13,
                attn_pdrop=0.0,
                embd_pdrop=0.0,
                resid_pdrop=0.0,
                vocab_size=VOCABULARY,
                activation_function="relu",
                scale_attn_by_inverse_layer_idx=True,
                bos_token_id=1,
                eos_token_id=2,
            ),
        ),
        "opt": ("OPT", OPT),
        "opt-post-norm": ("OPT", dict(OPT, do_layer_norm_before=False, word_embed_proj_dim=12)),
        "opt-untied": ("OPT", dict(OPT, word_embed_proj_dim=7, enable_bias=False, activation_function="gelu", tie_word_embeddings=False)),
        "llama": ("Llama", dict(attention_bias=True, mlp_bias=True)),
        "qwen2": ("Qwen2", dict(use_sliding_window=True, sliding_window=5, max_window_layers=1)),
        "gemma3": (
            "Gemma3",
            dict(
                num_hidden_layers=3,
                sliding_window=5,
                layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                query_pre_attn_scalar=9,
                rope_parameters={
                    "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
                    "full_attention": {"rope_type": "linear", "rope_theta": 5000.0, "factor": 4.0},
                },
            ),
        ),
        "phi3": (
            "Phi3",
            dict(
                head_dim=8,
                hidden_size=32,
                intermediate_size=14,
                sliding_window=7,
                original_max_position_embeddings=24,
                rope_parameters=longrope(24),
            ),
        ),
        "phi3-short": ("Phi3", dict(head_dim=5, intermediate_size=14, rope_parameters={"rope_theta": 100.0, "partial_rotary_factor": 0.8})),
        "olmo2": ("Olmo2", dict(head_dim=None, hidden_size=24)),
        "granite": (
            "Granite",
            dict(
                head_dim=None,
                hidden_size=24,
                embedding_multiplier=3.5,
                residual_multiplier=0.3,
                attention_multiplier=0.25,
                logits_scaling=1.75,
                tie_word_embeddings=True,
            ),
        ),
        "smollm3": (
            "SmolLM3",
            dict(
                head_dim=None,
                hidden_size=24,
                num_hidden_layers=4,
                intermediate_size=13,
                no_rope_layer_interval=2,
                use_sliding_window=True,
                sliding_window=6,
                rope_parameters={"rope_theta": 100.0, "rope_type": "default"},
            ),
        ),
        "starcoder2": ("Starcoder2", dict(head_dim=None, hidden_size=24, sliding_window=6)),
        "mixtral": (
            "Mixtral",
            dict(num_local_experts=5, num_experts_per_tok=2, intermediate_size=9, sliding_window=6),
        ),
        "qwen3-moe": (
            "Qwen3Moe",
            dict(
                num_experts=6,
                num_experts_per_tok=3,
                moe_intermediate_size=7,
                num_hidden_layers=3,
                mlp_only_layers=[1],
                norm_topk_prob=True,
            ),
        ),
        "qwen3-moe-sums": (
            "Qwen3Moe",
            dict(
                num_experts=6,
                num_experts_per_tok=3,
                moe_intermediate_size=7,
                decoder_sparse_step=2,
                norm_topk_prob=False,
                use_sliding_window=True,
                sliding_window=5,
                hidden_act="quick_gelu",
            ),
        ),
        "gpt-oss": (
            "GptOss",
            dict(
                num_local_experts=5,
                num_experts_per_tok=2,
                intermediate_size=9,
                sliding_window=6,
                attention_bias=True,
                rope_parameters=dict(YARN, truncate=False),
            ),
        ),
        "gpt-oss-mxfp4": (
            "GptOss",
            dict(
                hidden_size=32,
                num_local_experts=3,
                num_experts_per_tok=2,
                intermediate_size=32,
                num_hidden_layers=1,
                sliding_window=6,
                rope_parameters=dict(YARN, truncate=False),
            ),
        ),
        "deepseek-v2": (
            "DeepseekV2",
            dict(LATENT, n_group=1, topk_group=1, q_lora_rank=None, topk_method="greedy", routed_scaling_factor=1.5, rope_parameters=dict(YARN, mscale=1.2, mscale_all_dim=0.7)),
        ),
        "deepseek-v2-groups": (
            "DeepseekV2",
            dict(LATENT, q_lora_rank=8, topk_method="group_limited_greedy", routed_scaling_factor=2.0, attention_bias=True, v_head_dim=12),
        ),
        "deepseek-v3": (
            "DeepseekV3",
            dict(LATENT, q_lora_rank=8, norm_topk_prob=True, routed_scaling_factor=2.5, rope_parameters=dict(YARN, mscale=1.0, mscale_all_dim=1.0)),
        ),
        "deepseek-v3-sums": (
            "DeepseekV3",
            dict(LATENT, q_lora_rank=None, norm_topk_prob=False, routed_scaling_factor=1.0, rope_interleave=False, rms_norm_eps=1e-3, qk_rope_head_dim=6, head_dim=6),
        ),
    }


def classes(name):
    if name == "Gemma3":
        return transformers.Gemma3TextConfig, transformers.Gemma3ForCausalLM
    suffix = "LMHeadModel" if name in ("OpenAIGPT", "GPT2") else "ForCausalLM"
    return getattr(transformers, name + "Config"), getattr(transformers, name + suffix)


def fill(model, generator):
    """Numbers wide enough that every part of the model shows in the logits."""
    offset = 0.0 if type(model).__name__.startswith("Gemma") else 1.0
    tensors = list(model.named_parameters())
    tensors += [(n, b) for n, b in model.named_buffers() if "correction" in n]
    for name, tensor in tensors:
        noise = torch.randn(tensor.shape, generator=generator)
        with torch.no_grad():
            if "correction" in name:
                tensor.copy_(0.2 * noise)
            elif "norm" in name or "ln_" in name:
                bias = name.endswith("bias")
                tensor.copy_(0.2 * noise if bias else offset + 0.2 * noise)
            elif tensor.dim() == 1 or name.endswith("_bias"):
                tensor.copy_(noise if "sinks" in name else 0.3 * noise)
            elif "embed" in name:
                tensor.copy_(noise)
            else:
                tensor.copy_(1.3 * noise / math.sqrt(tensor.shape[-1]))


def round_to_mxfp4(model, generator):
    """Random MXFP4 numbers for all experts, into the model and, as blocks and scales, into what is returned."""
    levels = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    levels = torch.cat([levels, -levels])
    packed = {}
    for name, tensor in list(model.named_parameters()):
        if not name.endswith(("gate_up_proj", "down_proj")):
            continue
        experts, width, out = tensor.shape
        codes = torch.randint(0, 16, (experts, out, width // 32, 32), generator=generator)
        scales = torch.randint(123, 126, (experts, out, width // 32), generator=generator)
        values = levels[codes] * torch.exp2(scales - 127.0).unsqueeze(-1)
        with torch.no_grad():
            tensor.copy_(values.reshape(experts, out, width).transpose(1, 2))
        packed[name + "_blocks"] = (codes[..., 0::2] | codes[..., 1::2] << 4).to(torch.uint8)
        packed[name + "_scales"] = scales.to(torch.uint8)
    return packed


def pack(folder, packed):
    """Rewrites a directory as gpt-oss is published."""
    path = os.path.join(folder, "model.safetensors")
    tensors = safetensors.torch.load_file(path)
    tensors = {n: t.clone() for n, t in tensors.items() if n + "_blocks" not in packed}
    safetensors.torch.save_file(dict(tensors, **packed), path, metadata={"format": "pt"})
    path = os.path.join(folder, "config.json")
    config = json.load(open(path))
    config["quantization_config"] = {"quant_method": "mxfp4"}
    json.dump(config, open(path, "w"), indent=2)


def greedy(model, ids):
    """Token after token, each from the whole text before it: no cache that could be wrong."""
    text, margins = list(ids), []
    for _ in range(GREEDY):
        logits = model(torch.tensor([text])).logits[0, -1]
        best = torch.topk(logits, 2).values
        margins.append((best[0] - best[1]).item())
        text.append(int(logits.argmax()))
    return text[len(ids) :], min(margins)


def make(directory, name, kind, changes):
    config_class, model_class = classes(kind)
    values = changes if kind in ("OpenAIGPT", "GPT2", "OPT") else dict(SMALL, **changes)
    values = {key: value for key, value in values.items() if value is not None or key == "q_lora_rank"}
    if changes.get("head_dim", 0) is None:
        values.pop("head_dim", None)
    for seed in range(100):
        generator = torch.Generator().manual_seed(seed)
        config = config_class(**values)
        config._attn_implementation = "eager"
        config._experts_implementation = "eager"
        model = model_class(config).eval()
        fill(model, generator)
        packed = round_to_mxfp4(model, generator) if name.endswith("mxfp4") else {}
        ids = torch.randint(0, VOCABULARY, (TEXT,), generator=generator).tolist()
        with torch.no_grad():
            folder = os.path.join(directory, name)
            model.save_pretrained(folder)
            if packed:
                pack(folder, packed)
            model.double()
            logits = model(torch.tensor([ids])).logits[0]
            following, margin = greedy(model, ids)
        if margin > 0.02:
            break
    positions = [0, TEXT // 2, TEXT - 1]
    golden = {
        "made_with": "transformers %s, torch %s, float64 arithmetic on float32 weights"
        % (transformers.__version__, torch.__version__),
        "input_ids": ids,
        "logits_positions": positions,
        "logits": [[round(x, 8) for x in logits[p].tolist()] for p in positions],
        "greedy_ids": following,
        "greedy_smallest_margin": margin,
        "parameter_count": sum(p.numel() for p in model.parameters()),
    }
    with open(os.path.join(folder, "golden.json"), "w") as file:
        json.dump(golden, file)
    for left in ["generation_config.json"]:
        if os.path.exists(os.path.join(folder, left)):
            os.remove(os.path.join(folder, left))
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print(name, "seed", seed, "margin %.3f" % margin, "largest logit %.2f" % logits.abs().max(), size, "bytes")


if __name__ == "__main__":
    wanted = sys.argv[2:]
    for case, (kind, changes) in families().items():
        if not wanted or case in wanted:
            make(sys.argv[1], case, kind, changes)
