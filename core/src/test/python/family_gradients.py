"""Makes gradients.safetensors and the loss for the models of golden/families, as PyTorch computes them.

    python core/src/test/python/family_gradients.py core/src/test/resources/golden/families [NAME ...]

Needs torch and transformers (made with 2.13 and 5.18). The gradient is that of the mean cross-entropy of golden.json's
`input_ids`, each predicted from those before it, in float64 arithmetic on the float32 weights. It is saved as if it were the
weights, so that transformers itself gives each entry the name it has in model.safetensors.
"""

import json
import os
import shutil
import sys
import tempfile

import torch
import transformers


def make(folder):
    golden_path = os.path.join(folder, "golden.json")
    golden = json.load(open(golden_path))
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager"
    )
    model.eval().double()
    model.get_input_embeddings().padding_idx = None  # the text is not padded: its token 0 is one like any other
    ids = torch.tensor([golden["input_ids"]])
    logits = model(ids[:, :-1]).logits[0]
    loss = torch.nn.functional.cross_entropy(logits, ids[0, 1:])
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.zeros_like(parameter) if parameter.grad is None else parameter.grad)
    with tempfile.TemporaryDirectory() as scratch:
        model.float().save_pretrained(scratch)
        shutil.copy(os.path.join(scratch, "model.safetensors"), os.path.join(folder, "gradients.safetensors"))
    golden["loss"] = loss.item()
    with open(golden_path, "w") as file:
        json.dump(golden, file)
    print(os.path.basename(folder), "loss %.6f" % loss.item())


if __name__ == "__main__":
    families = sys.argv[1]
    # The numbers of gpt-oss-mxfp4 are levels that nobody trains.
    for name in sys.argv[2:] or sorted(set(os.listdir(families)) - {"gpt-oss-mxfp4"}):
        make(os.path.join(families, name))
