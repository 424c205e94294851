"""What peft 0.21 makes of several LoRA (`add_weighted_adapter`) and of other methods as LoRA (`convert_to_lora`).

usage: adapter_combination_goldens.py OUT.json (in core/)"""
import json, sys, torch
from transformers import AutoModelForCausalLM
from peft import PeftModel, convert_to_lora, set_peft_model_state_dict, get_peft_model
A="src/test/resources/golden/adapters"; G="../../shared/golden"
ids=json.load(open(f"{A}/lora-qv/golden.json"))["input_ids"]
def base(n): return AutoModelForCausalLM.from_pretrained(f"{G}/{n}", dtype=torch.float32, attn_implementation="eager").eval()
def last(m):
    with torch.no_grad(): return [round(float(x),7) for x in m(input_ids=torch.tensor([ids])).logits[0,-1]]
out=dict(made_with="peft 0.21.0, float32", input_ids=ids, combined=[], converted=[])
def combine(method, parts, rank=None):
    names=list(parts); m=PeftModel.from_pretrained(base("models/llama"), f"{A}/{names[0]}", adapter_name="a0")
    for i,n in enumerate(names[1:]): m.load_adapter(f"{A}/{n}", adapter_name=f"a{i+1}")
    m.add_weighted_adapter([f"a{i}" for i in range(len(names))], list(parts.values()), "new", combination_type=method, svd_rank=rank)
    m.set_adapter("new"); m.eval()
    out["combined"].append(dict(method=method, adapters=names, weights=list(parts.values()), rank=rank, last_logits=last(m))); print(method, names, rank)
combine("cat",{"lora-qv":0.7,"lora-all-rslora":-0.4})
combine("svd",{"lora-qv":0.7,"lora-all-rslora":-0.4},3)
combine("svd",{"lora-qv":1.5,"lora-all-rslora":0.5})
combine("linear",{"lora-qv":0.7,"lora-embedding":-0.4})
combine("cat",{"lora-embedding":0.5,"lora-qv":1.0})
def convert(name, rank):
    b=json.load(open(f"{A}/{name}/golden.json"))["base"]
    m=PeftModel.from_pretrained(base(b), f"{A}/{name}").eval()
    config,state=convert_to_lora(m, rank, progressbar=False)
    again=get_peft_model(base(b), config); set_peft_model_state_dict(again, state); again.eval()
    out["converted"].append(dict(adapter=name, rank=rank, last_logits=last(again))); print(name, rank)
for n,r in (("loha",3),("lokr",4),("vera",5)):
    convert(n,r)
json.dump(out, open(sys.argv[1],"w"))
