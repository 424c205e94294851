"""The same steps of tuning as dev.fader.bench.TuningSpeed, with peft on PyTorch eager: see tuning.py.

Arguments: a model directory in float32, an adapter directory, sequences in a batch, their tokens, threads.
"""

import sys
import time

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


def main():
    model_path, adapter_path, batch, length, threads = sys.argv[1:6]
    batch, length = int(batch), int(length)
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    base = AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32)
    model = PeftModel.from_pretrained(base, adapter_path, is_trainable=True)
    model.config.use_cache = False
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=2e-4, betas=(0.9, 0.95), weight_decay=0.1)
    vocabulary = base.config.vocab_size

    def step():
        ids = torch.randint(vocabulary, (batch, length + 1))
        logits = model(input_ids=ids[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, vocabulary), ids[:, 1:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
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
        print(f"{count * batch * length / seconds:.1f} {cpu:.3f} {loss:.4f} {median:.3f}", flush=True)


if __name__ == "__main__":
    main()
