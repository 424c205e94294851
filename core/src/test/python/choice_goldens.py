"""Makes golden/tasks/choices.json and golden/tasks/merged: what lm-evaluation-harness makes of multiple choice.

    python core/src/test/python/choice_goldens.py core/src/test/resources/golden ../shared/golden/stories260k

Needs lm_eval, tokenizers, torch and transformers (made with 0.4.13, 0.23, 2.13 and 5.18). `HFLM.loglikelihood` gives the sum of
log-probabilities and whether greedy decoding would write the choice, in float64 arithmetic on the float32 weights. The
tokenizer `merged` has bytes and merges, also across spaces, so that a context and a choice may share a token.
"""

import json
import os
import sys

import tokenizers
import torch
import transformers
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

BEGIN, END = "<s>", "</s>"
TEXT = [f"Question: is the cat number {i} on the mat?\nAnswer: yes, the cat is on the mat." for i in range(50)]

ITEMS = [
    ("Question: where is the cat?\nAnswer:", [" on the mat", " in the house, where it sleeps all day long", " no"]),
    ("The cat is on the ", ["mat.", "cat", "the mat is on the cat, and the cat is where it was"]),
    ("The cat  \n ", ["sat", "is"]),
    ("", [" Yes", " The cat is on the mat.", "x"]),
    ("Question:", ["A", "B", "C", "D"]),
    ("Ünal says: ", ["schön", "\u65e5\u672c", "\U0001F600"]),
    ("is the cat nu", ["mber 3 on", "mber 49 on the mat", "clear"]),
    ("".join(TEXT[:9]), [" yes", " no, it is not on the mat, and it was not there before, as all who saw it say"]),
]


def merged(folder):
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=330, special_tokens=[BEGIN, END], initial_alphabet=alphabet, show_progress=False, max_token_length=6)
    made.train_from_iterator(TEXT, trainer)
    special = [(name, made.token_to_id(name)) for name in (BEGIN, END)]
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single=BEGIN + " $A", pair=None, special_tokens=special)
    os.makedirs(folder, exist_ok=True)
    made.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": BEGIN, "eos_token": END}, file)


def likelihoods(model, tokenizer, items):
    network = transformers.AutoModelForCausalLM.from_pretrained(
        model, dtype=torch.float32, attn_implementation="eager").double().eval()  # sdpa leaves out the soft cap of Gemma 2
    harness = HFLM(pretrained=network, tokenizer=tokenizer, batch_size=1, backend="causal")
    cases = []
    for context, choices in items:
        requests = [
            Instance(request_type="loglikelihood", doc={}, arguments=(context, choice), idx=i)
            for i, choice in enumerate(choices)
        ]
        try:
            answers = harness.loglikelihood(requests, disable_tqdm=True)
        except AssertionError:  # A choice that has no token of its own, since merges across the border take them all.
            cases.append({"context": context, "choices": choices, "refused": True})
            continue
        cases.append({
            "context": context,
            "choices": choices,
            "loglikelihoods": [answer[0] for answer in answers],
            "greedy": [answer[1] for answer in answers],
        })
    return cases


def main(golden, stories):
    folder = os.path.join(golden, "tasks")
    merged(os.path.join(folder, "merged"))
    cases = []
    for model, tokenizer in (("llama", "evaluation/begun"), ("gpt2", "evaluation/plain"),
                             ("llama", "tasks/merged"), ("gemma2", "tasks/merged")):
        made = transformers.AutoTokenizer.from_pretrained(os.path.join(golden, tokenizer))
        cases.append({
            "model": "models/" + model,
            "tokenizer": tokenizer,
            "items": likelihoods(os.path.join(golden, "models", model), made, ITEMS),
        })
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_file=os.path.join(stories, "tokenizer.json"), bos_token=BEGIN, eos_token=END)
    told = [
        ("Once upon a time, there was a little girl", [" named Lily. She loved to play", " and", " was the", "."]),
        ("Lily and Ben are friends. They like to play in the ", ["park", "park with their mom", "moon", "sun."]),
        ("Once", [" upon a time", " again"]),
    ]
    stories_items = told + ITEMS
    cases.append({"model": "stories260k", "tokenizer": "", "items": likelihoods(stories, made, stories_items)})
    with open(os.path.join(folder, "choices.json"), "w") as file:
        json.dump(cases, file, ensure_ascii=True)
        file.write("\n")


main(*sys.argv[1:])
