"""Makes training.json for the models of golden/families that have experts: ten steps as PyTorch takes them.

    python core/src/test/python/family_trainings.py core/src/test/resources/golden/families [NAME ...]

Needs torch and transformers (made with 2.13 and 5.18), float64 arithmetic on the float32 weights. A step is AdamW with a
learning rate of 0.01, betas 0.9 and 0.95, epsilon 1e-8, decay 0.1 of every parameter, on the mean cross-entropy of one batch,
gradients clipped to a norm of 1. The experts of `balanced` are kept busy, too:

- deepseek-v3: after each step the bias of each expert moves by 0.05 against its load, as in arXiv:2408.15664;
- mixtral and qwen3-moe: 0.5 times experts * sum(f * P) is added for each layer, f the share of the choices and P the mean
  probability of an expert, and 0.1 times the mean square of logsumexp of a token's scores. `balanced.safetensors` is the
  gradient at the start.
"""

import json
import os
import shutil
import sys
import tempfile

import torch
import transformers

STEPS = 10
ROWS = 2
TOKENS = 17
SPEED = 0.05
LOAD = 0.5
Z = 0.1
NAMES = ["deepseek-v2", "deepseek-v3", "gpt-oss", "mixtral", "qwen3-moe"]


def open_model(folder):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager"
    )
    model.train().double()
    model.get_input_embeddings().padding_idx = None  # the text is not padded: its token 0 is one like any other
    return model


class Watch:
    """What the routers of a pass scored and chose, a layer after the other."""

    def __init__(self, model):
        self.scores, self.choices = [], []
        for layer in model.model.layers:
            block = getattr(layer, "mlp", None)
            if hasattr(block, "experts"):
                block.gate.register_forward_hook(self.score) if hasattr(block, "gate") else None
                block.experts.register_forward_pre_hook(self.choose)

    def score(self, gate, inputs, _):
        x = inputs[0].reshape(-1, inputs[0].shape[-1])
        self.scores.append(torch.nn.functional.linear(x, gate.weight))

    def choose(self, _, inputs):
        self.choices.append(inputs[1])

    def clear(self):
        self.scores, self.choices = [], []


def balance_loss(watch):
    loss = 0
    for scores, choices in zip(watch.scores, watch.choices):
        experts = scores.shape[-1]
        f = torch.bincount(choices.flatten(), minlength=experts).double() / choices.numel()
        p = torch.softmax(scores, dim=-1).mean(dim=0)
        loss = loss + LOAD * experts * (f * p).sum() + Z * torch.logsumexp(scores, dim=-1).square().mean()
    return loss


def move_biases(model, watch):
    routers = [layer.mlp.gate for layer in model.model.layers if hasattr(layer.mlp, "experts")]
    for gate, choices in zip(routers, watch.choices):
        counts = torch.bincount(choices.flatten(), minlength=gate.e_score_correction_bias.numel()).double()
        move = SPEED * torch.sign(counts.mean() - counts)
        gate.e_score_correction_bias += move - move.mean()


def save_gradients(model, file):
    """As if they were the weights, so that transformers itself gives each the name it has in model.safetensors."""
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.zeros_like(parameter) if parameter.grad is None else parameter.grad)
    with tempfile.TemporaryDirectory() as scratch:
        model.float().save_pretrained(scratch)
        shutil.copy(os.path.join(scratch, "model.safetensors"), file)
    model.double()
    with torch.no_grad():
        for parameter, weight in zip(model.parameters(), weights):
            parameter.copy_(weight)


def train(folder, batch, name, balanced):
    model = open_model(folder)
    watch = Watch(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    losses, norms, loads = [], [], []
    for step in range(STEPS):
        watch.clear()
        optimizer.zero_grad()
        logits = model(batch[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        whole = loss + balance_loss(watch) if balanced and name != "deepseek-v3" else loss
        whole.backward()
        if balanced and name != "deepseek-v3" and step == 0:
            gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
            save_gradients(open_with(folder, gradients), os.path.join(folder, "balanced.safetensors"))
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        optimizer.step()
        losses.append(loss.item())
        experts = model.config.to_dict().get("num_local_experts") or model.config.to_dict().get("n_routed_experts") or model.config.num_experts
        loads.append([torch.bincount(choices.flatten(), minlength=experts).tolist() for choices in watch.choices])
        if balanced and name == "deepseek-v3":
            with torch.no_grad():
                move_biases(model, watch)
    found = {"losses": losses, "grad_norms_before_clipping": norms, "loads": loads}
    if balanced and name == "deepseek-v3":
        found["biases"] = [
            layer.mlp.gate.e_score_correction_bias.tolist() for layer in model.model.layers if hasattr(layer.mlp, "experts")
        ]
    return found


def open_with(folder, gradients):
    model = open_model(folder)
    for name, parameter in model.named_parameters():
        parameter.grad = gradients.get(name)
    return model


def make(folder):
    name = os.path.basename(folder)
    config = json.load(open(os.path.join(folder, "config.json")))
    generator = torch.Generator().manual_seed(7)
    batch = torch.randint(0, config["vocab_size"], (ROWS, TOKENS), generator=generator)
    golden = {
        "made_with": "transformers %s, torch %s, float64 arithmetic on float32 weights"
        % (transformers.__version__, torch.__version__),
        "batch": batch.tolist(),
        "plain": train(folder, batch, name, False),
    }
    if name in ("deepseek-v3", "mixtral", "qwen3-moe"):
        golden["balanced"] = train(folder, batch, name, True)
    with open(os.path.join(folder, "training.json"), "w") as file:
        json.dump(golden, file)
    print(name, ["%.4f" % loss for loss in golden["plain"]["losses"]])
    if "balanced" in golden:
        print(name, "balanced", ["%.4f" % loss for loss in golden["balanced"]["losses"]])


if __name__ == "__main__":
    families = sys.argv[1]
    for wanted in sys.argv[2:] or NAMES:
        make(os.path.join(families, wanted))
