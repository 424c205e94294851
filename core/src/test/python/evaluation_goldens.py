"""Makes golden/evaluation: what transformers measures of a text, window by window, for both conventions.

    python core/src/test/python/evaluation_goldens.py core/src/test/resources/golden

Needs tokenizers, torch and transformers (made with 0.23, 2.13 and 5.18). The arithmetic is float64 on float32 weights. The
tokenizers are of bytes: `plain` adds nothing, `begun` puts <s> before a text, `both` </s> after it, too. The windows are
those of "Perplexity of fixed-length models" in the documentation of transformers; with a stride as long as the window they
do not overlap. Where there is a token before the text, every window begins with it, and it is no label. The loss is the mean
over all labels of all windows.
"""

import json
import os
import sys

import tokenizers
import torch
import transformers

TEXT = "".join(f"Line {i * 7919 % 1000} of a text, neither long nor short: schön genug.\n" for i in range(12))
MODELS = ("llama", "gpt2", "qwen3", "gemma2")
BEGIN, END = "<s>", "</s>"


def tokenizer(folder, single):
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    made = tokenizers.Tokenizer(tokenizers.models.BPE({piece: i for i, piece in enumerate(alphabet)}, []))
    made.add_special_tokens([BEGIN, END])
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    if single:
        special = [(name, made.token_to_id(name)) for name in (BEGIN, END)]
        made.post_processor = tokenizers.processors.TemplateProcessing(single=single, pair=None, special_tokens=special)
    os.makedirs(folder, exist_ok=True)
    made.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": BEGIN, "eos_token": END}, file)
    return transformers.AutoTokenizer.from_pretrained(folder)


def measure(model, before, ids, context, stride):
    room = context - len(before)
    total, count, previous_end = 0.0, 0, 0
    for begin in range(0, len(ids), stride):
        end = min(begin + room, len(ids))
        new = end - previous_end
        window = torch.tensor([before + ids[begin:end]])
        labels = window.clone()
        labels[:, :-new] = -100
        with torch.no_grad():
            logits = model(window).logits[0, :-1]
        targets = labels[0, 1:]
        total += torch.nn.functional.cross_entropy(logits, targets, ignore_index=-100, reduction="sum").item()
        count += (targets != -100).sum().item()
        previous_end = end
        if end == len(ids):
            break
    return total / count, count


def main(folder):
    out = os.path.join(folder, "evaluation")
    made = {
        "plain": tokenizer(os.path.join(out, "plain"), None),
        "begun": tokenizer(os.path.join(out, "begun"), f"{BEGIN} $A"),
        "both": tokenizer(os.path.join(out, "both"), f"{BEGIN} $A {END}"),
    }
    cases = []
    for name in MODELS:
        path = os.path.join(folder, "models", name)
        model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float64, attn_implementation="eager")
        model.eval()
        for kind, encoder in made.items():
            ids = encoder(TEXT).input_ids
            before = ids[:1] if kind != "plain" else []
            for context, stride in ((128, 0), (33, 0), (128, 64), (33, 7)):
                whole = context - len(before)
                loss, tokens = measure(model, before, ids[len(before) :], context, stride or whole)
                cases.append(
                    {"model": name, "tokenizer": kind, "context": context, "stride": stride, "loss": loss, "tokens": tokens}
                )
    with open(os.path.join(out, "evaluation.json"), "w") as file:
        json.dump({"text": TEXT, "cases": cases}, file, indent=1)


main(sys.argv[1])
