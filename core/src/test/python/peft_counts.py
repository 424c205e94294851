"""Counts what peft trains of the golden models, for TuningMethodTest.

    python peft_counts.py        # writes ../resources/golden/peft-counts.json

Made with peft 0.21.0, transformers 5.18.0 and PyTorch 2.13.0. What peft refuses is left out.
"""

import json
import pathlib
import warnings

from peft import (
    IA3Config,
    LNTuningConfig,
    LoraConfig,
    PrefixTuningConfig,
    PromptTuningConfig,
    VeraConfig,
    get_peft_model,
)
from transformers import AutoConfig, AutoModelForCausalLM

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "resources" / "golden"
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
FEED_FORWARD = ["gate_proj", "up_proj", "down_proj"]
EXPERTS = ["w1", "w2", "w3"]


def named(targets):
    return "" if targets is None else ",targets=" + (targets if isinstance(targets, str) else "+".join(targets))


METHODS = {}
for targets in (None, "all-linear", ATTENTION, FEED_FORWARD, EXPERTS, ["gate"]):
    METHODS["lora:r=4" + named(targets)] = lambda targets=targets: LoraConfig(r=4, target_modules=targets)
for targets in (None, "all-linear", ATTENTION):
    METHODS["vera:r=8" + named(targets)] = lambda targets=targets: VeraConfig(r=8, target_modules=targets)
    METHODS["dora:r=4" + named(targets)] = lambda targets=targets: LoraConfig(
        r=4, target_modules=targets, use_dora=True
    )
METHODS["ia3"] = lambda: IA3Config()
for targets in (["down_proj"], ["k_proj", "down_proj"]):
    METHODS["ia3" + named(targets).replace(",", ":", 1)] = lambda targets=targets: IA3Config(
        target_modules=targets, feedforward_modules=["down_proj"]
    )
METHODS["layernorm"] = lambda: LNTuningConfig()
METHODS["prompt:tokens=5"] = lambda: PromptTuningConfig(num_virtual_tokens=5)
METHODS["prefix:tokens=5"] = lambda: PrefixTuningConfig(num_virtual_tokens=5)
METHODS["prefix:tokens=5,hidden=10"] = lambda: PrefixTuningConfig(
    num_virtual_tokens=5, prefix_projection=True, encoder_hidden_size=10
)


def count(config, method):
    settings = method()
    settings.task_type = "CAUSAL_LM"
    try:
        model = get_peft_model(AutoModelForCausalLM.from_config(config), settings)
    except Exception:
        return None
    return model.get_nb_trainable_parameters()[0]


def main():
    warnings.filterwarnings("ignore")
    counts = {}
    for kind in ("families", "models"):
        for directory in sorted((GOLDEN / kind).iterdir()):
            config = AutoConfig.from_pretrained(directory)
            found = {name: count(config, method) for name, method in METHODS.items()}
            counts[f"{kind}/{directory.name}"] = {k: v for k, v in found.items() if v is not None}
    (GOLDEN / "peft-counts.json").write_text(json.dumps(counts, indent=1) + "\n")


if __name__ == "__main__":
    main()
