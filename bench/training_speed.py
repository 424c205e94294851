"""The same training steps as dev.fader.bench.TrainingSpeed, with PyTorch eager: see side_by_side.py.

Arguments: case (a, b or c, or a mixture of experts as transformers has it: m or q), threads, optimizer (default or fused), precision (float32 or bfloat16, by autocast).
"""

import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

# layers, heads, width, context, batch, vocabulary
CASES = {
    "a": (4, 4, 128, 64, 12, 65),
    "b": (6, 6, 384, 256, 8, 65),
    "c": (12, 12, 768, 64, 4, 50257),
}


# the same with experts: of half the width that a dense network would have, two of eight for each token
EXPERTS = {
    "m": ("Mixtral", 4, 8, 256, 128, 8, 2048, 352),
    "q": ("Qwen3Moe", 4, 8, 256, 128, 8, 2048, 352),
}


def with_experts(case):
    import transformers

    kind, layers, heads, width, context, batch, vocabulary, hidden = EXPERTS[case]
    own = (
        dict(num_local_experts=8, intermediate_size=hidden)
        if kind == "Mixtral"
        else dict(num_experts=8, moe_intermediate_size=hidden, intermediate_size=2 * hidden, norm_topk_prob=True)
    )
    config = getattr(transformers, kind + "Config")(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        head_dim=width // heads,
        max_position_embeddings=context,
        num_experts_per_tok=2,
        tie_word_embeddings=True,
        output_router_logits=True,
        router_aux_loss_coef=0.01,
        use_cache=False,
        **own,
    )
    model = getattr(transformers, kind + "ForCausalLM")(config).train()
    model.set_experts_implementation("eager")  # a loop over experts: faster here than grouped_mm, the default
    return batch, context, vocabulary, lambda ids: model(input_ids=ids, labels=ids).loss, model


class Block(nn.Module):
    def __init__(self, heads, width):
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(width)
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.ln_2 = nn.LayerNorm(width)
        self.c_fc = nn.Linear(width, 4 * width)
        self.mlp_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, time_, width = x.shape
        q, k, v = self.c_attn(self.ln_1(x)).split(width, dim=2)
        q, k, v = (
            t.view(batch, time_, self.heads, width // self.heads).transpose(1, 2) for t in (q, k, v)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).contiguous().view(batch, time_, width))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, layers, heads, width, context, vocabulary):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(heads, width) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.ln_f(x), self.wte.weight)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def main():
    case, threads, optimizer_kind, precision = sys.argv[1:5]
    mixed = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16")
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    if case in EXPERTS:
        batch, context, vocabulary, loss_of, model = with_experts(case)
    else:
        layers, heads, width, context, batch, vocabulary = CASES[case]
        model = GPT(layers, heads, width, context, vocabulary)
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=3e-4,
        betas=(0.9, 0.95),
        fused=True if optimizer_kind == "fused" else None,
    )

    def step():
        ids = torch.randint(vocabulary, (batch, context))
        targets = torch.randint(vocabulary, (batch, context))
        with mixed:
            loss = loss_of(ids) if case in EXPERTS else model(ids, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    for line in sys.stdin:
        count = int(line)
        start, cpu_start = time.perf_counter(), time.process_time()
        steps = []
        for _ in range(count):
            step_start = time.perf_counter()
            loss = step()
            steps.append(time.perf_counter() - step_start)
        seconds = time.perf_counter() - start
        cpu = time.process_time() - cpu_start
        median = 1000 * sorted(steps)[count // 2]
        rate = count * batch * context / seconds
        print(f"{rate:.1f} {cpu:.3f} {loss:.4f} {median:.3f}", flush=True)


if __name__ == "__main__":
    main()
