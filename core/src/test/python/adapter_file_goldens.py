"""Adapters in formats that are only read: directories of mlx-lm, and of peft from when each expert was a module.

The numbers are put into the weights by the formulas of mlx-lm (`fuse` in mlx_lm/tuner/lora.py and dora.py) and of LoRA,
and transformers computes the logits; peft 0.21 opens the older directory of Mixtral, too, and must agree.
usage: adapter_file_goldens.py OUT (in core/)"""
import json, os, re, shutil, sys, torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
G="src/test/resources/golden"; OUT=sys.argv[1]
LONG=[246,348,21,158,350,48,71,267,316,344,184,171,212,286,246,105]
SHORT=[21,29,36,22,30,4,0,17,14,4,3,34,5,8,9,11]
def load(base): return AutoModelForCausalLM.from_pretrained(f"{G}/{base}" if "families" in base else f"../../shared/golden/{base}", dtype=torch.float32, attn_implementation="eager", **(dict(experts_implementation="eager") if "mo" in base or "mix" in base else {})).eval()
def logits(model, ids):
    with torch.no_grad(): return model(input_ids=torch.tensor([ids])).logits[0,-1]
def write(name, base, model, config, tensors, file, ids):
    d=f"{OUT}/{name}"; shutil.rmtree(d,ignore_errors=True); os.makedirs(d)
    save_file({k:v.contiguous() for k,v in tensors.items()}, f"{d}/{file}")
    json.dump(config, open(d+"/adapter_config.json","w"), indent=1)
    got=logits(model,ids); print(name, "effect", float((got-logits(load(base),ids)).abs().max()), os.path.getsize(f"{d}/{file}"))
    json.dump(dict(base=base, made_with="transformers 5.18.0, float32", input_ids=ids, last_logits=[round(float(x),7) for x in got]), open(d+"/golden.json","w"))
    return d
def rand(*shape): return torch.randn(*shape)*0.3
def weight(model, module):
    module=model.get_submodule(module)
    return module.weight, type(module).__name__=="Conv1D"
def mlx(name, base, modules, rank, scale, type="lora", layers=-1, keys=None, ids=LONG, rename=lambda n:n, experts=()):
    torch.manual_seed(sum(map(ord,name))); model=load(base); tensors={}
    with torch.no_grad():
        for n in modules:
            w,turned=weight(model,n); w=w.data.T if turned else w.data; out,inn=w.shape; key=rename(n)
            a,b=rand(inn,rank),rand(rank,out); tensors[key+".lora_a"]=a; tensors[key+".lora_b"]=b
            if "embed" in n: a,b=rand(out,rank),rand(rank,inn); tensors[key+".lora_a"]=a; tensors[key+".lora_b"]=b; w+=scale*a@b; continue
            changed=w+(scale*b.T)@a.T
            if type=="dora":
                m=w.norm(dim=1)*(1+0.2*torch.randn(out)); tensors[key+".m"]=m; changed*=(m/changed.norm(dim=1))[:,None]
            w.copy_(changed)
        for layer in experts:
            e=model.model.layers[layer].mlp.experts; half=e.gate_up_proj.shape[1]//2
            parts=dict(gate_proj=e.gate_up_proj.data[:,:half],up_proj=e.gate_up_proj.data[:,half:],down_proj=e.down_proj.data)
            for part,w in parts.items():
                a,b=rand(w.shape[0],rank,w.shape[2]),rand(w.shape[0],w.shape[1],rank)
                key=f"model.layers.{layer}.mlp.switch_mlp.{part}"; tensors[key+".lora_a"]=a; tensors[key+".lora_b"]=b; w+=scale*b@a
    config=dict(model=base,train=True,fine_tune_type=type,num_layers=layers,lora_parameters=dict(rank=rank,dropout=0.0,scale=scale),seed=0,iters=5)
    if keys: config["lora_parameters"]["keys"]=keys
    write(name,base,model,config,tensors,"adapters.safetensors",ids)
def of(base,*ends):
    return [n for n,_ in load(base).named_modules() if n.endswith(ends)]
last=of("models/llama","q_proj","v_proj")[2:]
mlx("mlx-lora","models/llama",last,2,3.0,layers=len(last)//2,keys=["self_attn.q_proj","self_attn.v_proj"])
mlx("mlx-dora","models/qwen2",of("models/qwen2","q_proj","down_proj"),2,1.5,type="dora")
mlx("mlx-gpt2","models/gpt2",of("models/gpt2","c_attn"),2,2.0,rename=lambda n:n.replace("transformer.","model."))
mlx("mlx-embedding","models/llama",["model.embed_tokens","lm_head"],2,2.0,keys=["model.embed_tokens","lm_head"])
q=of("families/qwen3-moe","q_proj")
mlx("mlx-experts","families/qwen3-moe",q,2,1.25,ids=SHORT,experts=(0,2))
def old(name, base, targets, kinds, where, rank, alpha, ids=SHORT):
    torch.manual_seed(sum(map(ord,name))); model=load(base); tensors={}; s=alpha/rank
    def pair(key,w):
        a,b=rand(rank,w.shape[1]),rand(w.shape[0],rank); tensors["base_model.model."+key+".lora_A.weight"]=a; tensors["base_model.model."+key+".lora_B.weight"]=b; w+=s*b@a
    with torch.no_grad():
        for layer,block in enumerate(model.model.layers):
            pair(f"model.layers.{layer}.self_attn.q_proj",block.self_attn.q_proj.weight.data)
            if not hasattr(block.mlp,"experts"):
                for n in ("gate_proj","up_proj","down_proj"): pair(f"model.layers.{layer}.mlp.{n}",getattr(block.mlp,n).weight.data)
                continue
            e=block.mlp.experts; half=e.gate_up_proj.shape[1]//2
            for i in range(e.down_proj.shape[0]):
                for kind,w in zip(kinds,(e.gate_up_proj.data[i,:half],e.gate_up_proj.data[i,half:],e.down_proj.data[i])):
                    pair(f"model.layers.{layer}.{where}.experts.{i}.{kind}",w)
    config=dict(peft_type="LORA",task_type="CAUSAL_LM",base_model_name_or_path=base,r=rank,lora_alpha=alpha,lora_dropout=0.0,target_modules=targets,bias="none",fan_in_fan_out=False,inference_mode=True,init_lora_weights=True)
    return write(name,base,model,config,tensors,"adapter_model.safetensors",ids)
d=old("experts-apart-mixtral","families/mixtral",["q_proj","w1","w2","w3"],("w1","w3","w2"),"block_sparse_moe",2,6)
from peft import PeftModel
print("peft differs by", float((logits(PeftModel.from_pretrained(load("families/mixtral"),d).eval(),SHORT)-torch.tensor(json.load(open(d+"/golden.json"))["last_logits"])).abs().max()))
old("experts-apart-qwen3-moe","families/qwen3-moe",["q_proj","gate_proj","up_proj","down_proj"],("gate_proj","up_proj","down_proj"),"mlp",2,3)
