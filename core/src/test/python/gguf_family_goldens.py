"""Writes models of golden/families as GGUF files with gguf-py, as llama.cpp's converter lays them out.

    python core/src/test/python/gguf_family_goldens.py core/src/test/resources/golden [NAME ...]

Needs gguf, torch and transformers (made with 0.19, 2.13 and 5.18). It shares nothing with Fader's own writer: names come
from gguf-py, numbers from transformers. What the files must give is in the golden.json of their directory.
"""

import os
import sys

import gguf
import numpy
import torch
import transformers

ARCHITECTURES = {
    "llama": gguf.MODEL_ARCH.LLAMA,
    "gemma3_text": gguf.MODEL_ARCH.GEMMA3,
    "phi3": gguf.MODEL_ARCH.PHI3,
    "olmo2": gguf.MODEL_ARCH.OLMO2,
    "granite": gguf.MODEL_ARCH.GRANITE,
    "starcoder2": gguf.MODEL_ARCH.STARCODER2,
    "mixtral": gguf.MODEL_ARCH.LLAMA,
    "gpt_oss": gguf.MODEL_ARCH.GPT_OSS,
    "deepseek_v2": gguf.MODEL_ARCH.DEEPSEEK2,
    "deepseek_v3": gguf.MODEL_ARCH.DEEPSEEK2,
}
# per file: the directory, and whether it is laid out as files of before 2025 were
FILES = {
    "llama": ("llama", False),
    "gemma3": ("gemma3", False),
    "phi3": ("phi3", False),
    "olmo2": ("olmo2", False),
    "granite": ("granite", False),
    "starcoder2": ("starcoder2", False),
    "mixtral": ("mixtral", False),
    "mixtral-apart": ("mixtral", True),
    "gpt-oss": ("gpt-oss", False),
    "deepseek-v2": ("deepseek-v2", False),
    "deepseek-v2-whole": ("deepseek-v2", True),
    "deepseek-v2-groups": ("deepseek-v2-groups", False),
    "deepseek-v3": ("deepseek-v3", False),
}


def in_pairs(rows, heads):
    """Halves of each head next to each other."""
    first, second = rows.reshape(heads, 2, -1, *rows.shape[1:]).unbind(1)
    return torch.stack([first, second], 2).reshape(rows.shape)


def tensors(model, config, old):
    """Tensors under the names of transformers that gguf-py knows."""
    kind, heads = config.model_type, config.num_attention_heads
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings or "inv_freq" in name or "embed_scale" in name:
            continue
        if kind in ("llama", "mixtral", "granite") and ".q_proj." in name:
            value = in_pairs(value, heads)
        if kind in ("llama", "mixtral", "granite") and ".k_proj." in name:
            value = in_pairs(value, config.num_key_value_heads)
        if kind == "gemma3_text" and name.endswith("norm.weight"):
            value = value + 1
        prefix, _, last = name.rpartition(".")
        if prefix.endswith("experts"):
            yield from experts(prefix, last, value, kind)
        elif kind.startswith("deepseek") and name.endswith("kv_b_proj.weight") and not old:
            both = value.reshape(heads, config.qk_nope_head_dim + config.v_head_dim, -1)
            yield name.replace("kv_b", "k_b"), both[:, : config.qk_nope_head_dim].transpose(1, 2)
            yield name.replace("kv_b", "v_b"), both[:, config.qk_nope_head_dim :]
        elif last == "e_score_correction_bias":
            yield prefix + ".e_score_correction.bias", value
        elif kind == "mixtral":
            yield name.replace("mlp.gate", "block_sparse_moe.gate"), value
        else:
            yield name + (".weight" if last == "sinks" else ""), value


def experts(prefix, last, value, kind):
    bias = last.endswith("_bias")
    if kind == "gpt_oss" and not bias:
        value = value.transpose(1, 2)
    suffix = ".bias" if bias else ".weight"
    if last.startswith("down"):
        yield prefix + ".down_proj" + suffix, value
        return
    width = value.shape[1] // 2
    gate, up = (value[:, ::2], value[:, 1::2]) if kind == "gpt_oss" else (value[:, :width], value[:, width:])
    yield prefix + ".gate_proj" + suffix, gate
    yield prefix + ".up_proj" + suffix, up


def write_sizes(writer, config, old):
    latent = config.model_type.startswith("deepseek")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(1 if latent and not old else config.num_key_value_heads)
    if config.model_type == "starcoder2":
        writer.add_layer_norm_eps(config.norm_epsilon)
    else:
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if latent:
        write_latent(writer, config, old)
    elif config.model_type != "phi3":
        writer.add_key_length(head_size(config))
        writer.add_value_length(head_size(config))
    if getattr(config, "sliding_window", None):
        writer.add_sliding_window(config.sliding_window)
    if config.model_type == "gemma3_text":
        writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])
        writer.add_attention_scale(config.query_pre_attn_scalar**-0.5)
    if config.model_type == "granite":
        writer.add_attention_scale(config.attention_multiplier)
        writer.add_embedding_scale(config.embedding_multiplier)
        writer.add_residual_scale(config.residual_multiplier)
        writer.add_logit_scale(config.logits_scaling)


def head_size(config):
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def write_latent(writer, config, old):
    head = config.qk_nope_head_dim + config.qk_rope_head_dim
    if config.q_lora_rank:
        writer.add_q_lora_rank(config.q_lora_rank)
    writer.add_kv_lora_rank(config.kv_lora_rank)
    writer.add_key_length(head if old else config.kv_lora_rank + config.qk_rope_head_dim)
    writer.add_value_length(config.v_head_dim if old else config.kv_lora_rank)
    if not old:
        writer.add_key_length_mla(head)
        writer.add_value_length_mla(config.v_head_dim)
    writer.add_leading_dense_block_count(config.first_k_dense_replace)
    writer.add_expert_shared_count(config.n_shared_experts)
    writer.add_expert_weights_scale(config.routed_scaling_factor)
    if config.model_type == "deepseek_v3":
        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
        writer.add_expert_weights_norm(config.norm_topk_prob)
    if config.n_group > 1:
        writer.add_expert_group_count(config.n_group)
        writer.add_expert_group_used_count(config.topk_group)


def write_experts(writer, config):
    count = getattr(config, "num_local_experts", None) or getattr(config, "n_routed_experts", None)
    if count is None:
        return
    writer.add_expert_count(count)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_expert_feed_forward_length(getattr(config, "moe_intermediate_size", None) or config.intermediate_size)


def write_positions(writer, config):
    rope = config.rope_parameters
    if "sliding_attention" in rope:
        writer.add_rope_freq_base_swa(rope["sliding_attention"]["rope_theta"])
        rope = rope["full_attention"]
    writer.add_rope_freq_base(rope["rope_theta"])
    turned = getattr(config, "qk_rope_head_dim", None) or int(head_size(config) * rope.get("partial_rotary_factor", 1))
    writer.add_rope_dimension_count(turned)
    kind = rope["rope_type"]
    if kind in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(kind))
        writer.add_rope_scaling_factor(rope["factor"])
    if kind in ("longrope", "yarn"):
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if kind == "yarn":
        writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
        if "mscale_all_dim" in rope:
            writer.add_rope_scaling_yarn_log_mul(0.1 * rope["mscale_all_dim"])
        if "mscale" in rope and rope["mscale"] != rope["mscale_all_dim"]:
            one, all = (0.1 * rope[key] * numpy.log(rope["factor"]) + 1 for key in ("mscale", "mscale_all_dim"))
            writer.add_rope_scaling_yarn_attn_factor(one / all)
    if kind == "longrope":
        original = rope["original_max_position_embeddings"]
        stretch = config.max_position_embeddings / original
        writer.add_rope_scaling_attn_factors(numpy.sqrt(1 + numpy.log(stretch) / numpy.log(original)))
        for which in ("long", "short"):
            factors = numpy.array(rope[which + "_factor"], dtype=numpy.float32)
            writer.add_tensor("rope_factors_%s.weight" % which, factors)


def write(golden, name):
    directory, old = FILES[name]
    directory = os.path.join(golden, "families", directory)
    model = transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    config = model.config
    architecture = ARCHITECTURES[config.model_type]
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    writer = gguf.GGUFWriter(os.path.join(golden, "gguf-families", name + ".gguf"), gguf.MODEL_ARCH_NAMES[architecture])
    write_sizes(writer, config, old)
    write_experts(writer, config)
    write_positions(writer, config)
    for theirs, value in tensors(model, config, old):
        ours = names.get_name(theirs, try_suffixes=(".weight", ".bias"))
        array = value.contiguous().numpy()
        if old and "_exps" in ours:
            for expert, one in enumerate(array):
                writer.add_tensor(ours.replace("_exps", ".%d" % expert), one)
        else:
            writer.add_tensor(ours, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    os.makedirs(os.path.join(sys.argv[1], "gguf-families"), exist_ok=True)
    for name in sys.argv[2:] or FILES:
        write(sys.argv[1], name)
