"""Adapters of every method with random numbers, on the tiny models: what peft 0.21 makes of them."""
import os; os.environ['TQDM_DISABLE']='1'
import json, os, sys, shutil, torch
from transformers import AutoModelForCausalLM
from peft import *
SHARED="../shared/golden"; OUT=sys.argv[1]
IDS=[246,348,21,158,350,48,71,267,316,344,184,171,212,286,246,105,158,24,361,271,330,253,263,4]
def case(name, base, config, scale=0.3, merge=True, before=None):
    if len(sys.argv)>2 and name not in sys.argv[2:]: return
    torch.manual_seed(sum(map(ord,name)))
    model=AutoModelForCausalLM.from_pretrained(f"{SHARED}/models/{base}", dtype=torch.float32, attn_implementation="eager")
    model.config._name_or_path=f"models/{base}"; model.name_or_path=f"models/{base}"
    model=get_peft_model(model, config)
    for n,p in model.named_parameters():
        if p.requires_grad:
            with torch.no_grad():
                if "modules_to_save" in n or n.endswith("bias") and "lora" not in n and "beft" not in n or "ln_tuning" in n or "trainable_tokens" in n: p.add_(torch.randn_like(p)*0.1)
                elif "ia3" in n: p.add_(torch.randn_like(p)*0.3)
                elif "magnitude" in n: p.mul_(1+torch.randn_like(p)*0.2)
                elif "oft_R" in n: p.copy_(torch.randn_like(p)*0.05)
                else: p.copy_(torch.randn_like(p)*scale)
    if before: before(model)
    t,a=model.get_nb_trainable_parameters()
    model.eval(); d=f"{OUT}/{name}"; shutil.rmtree(d,ignore_errors=True)
    model.save_pretrained(d)
    c=json.load(open(d+"/adapter_config.json")); c["base_model_name_or_path"]=f"models/{base}"; json.dump(c,open(d+"/adapter_config.json","w"),indent=1,sort_keys=True)
    # what a loaded file gives
    again=PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(f"{SHARED}/models/{base}", dtype=torch.float32, attn_implementation="eager"), d).eval()
    with torch.no_grad():
        ids=torch.tensor([IDS]); first=model(input_ids=ids).logits[0,-1]; second=again(input_ids=ids).logits[0,-1]
        plain=AutoModelForCausalLM.from_pretrained(f"{SHARED}/models/{base}", dtype=torch.float32, attn_implementation="eager").eval()(input_ids=ids).logits[0,-1]
    print(name, "trainable",t, "reload differs", float((first-second).abs().max()), "effect", float((first-plain).abs().max()), "max", float(first.abs().max()), os.path.getsize(d+"/adapter_model.safetensors"))
    json.dump(dict(base=f"models/{base}", made_with="peft 0.21.0, float32", input_ids=IDS, last_logits=[round(float(x),7) for x in second], trainable_parameters=t), open(d+"/golden.json","w"))
    for f in ("README.md",): 
        if os.path.exists(d+"/"+f): os.remove(d+"/"+f)
T=dict(task_type="CAUSAL_LM")
case("adalora","llama",AdaLoraConfig(init_r=4,target_r=2,total_step=100,lora_alpha=8,target_modules=["q_proj","v_proj"],**T))
def ranks(model):
    pattern={}
    k=0
    for n,m in model.named_modules():
        if n.endswith("q_proj") or n.endswith("v_proj"):
            name=n.removeprefix("base_model.model.")+".lora_E"
            pattern[name]=[[True,False,True,True],[False]*4,[True]*4][k%3]; k+=1
    c=model.peft_config["default"]; c.rank_pattern=pattern
    model.base_model.resize_modules_by_rank_pattern(pattern,"default")
case("adalora-ranks","llama",AdaLoraConfig(init_r=4,target_r=2,total_step=100,lora_alpha=8,target_modules=["q_proj","v_proj"],**T),before=ranks)
case("vera","llama",VeraConfig(r=8,target_modules=["q_proj","down_proj"],**T))
case("vera-drawn","llama",VeraConfig(r=8,target_modules=["q_proj","down_proj"],save_projection=False,projection_prng_key=7,**T))
case("ln-tuning","llama",LNTuningConfig(**T))
case("ln-tuning-gpt2","gpt2",LNTuningConfig(**T))
case("ln-tuning-qwen2","qwen2",LNTuningConfig(**T))
case("beft","llama",BeftConfig(**T))
case("beft-qwen2","qwen2",BeftConfig(target_modules=["q_proj","v_proj"],**T))
case("oft-series","llama",OFTConfig(oft_block_size=16,target_modules=["q_proj","down_proj"],**T))
case("oft-three-terms","llama",OFTConfig(oft_block_size=8,num_cayley_neumann_terms=3,target_modules=["q_proj"],**T))
case("oft-exact","llama",OFTConfig(oft_block_size=16,use_cayley_neumann=False,target_modules=["q_proj","o_proj"],bias="oft_only",**T))
case("oft-shared","llama",OFTConfig(r=4,oft_block_size=0,block_share=True,target_modules=["q_proj"],**T))
case("oft-adjusted","llama",OFTConfig(oft_block_size=10,target_modules=["down_proj"],**T))
case("oft-constrained","llama",OFTConfig(oft_block_size=16,coft=True,eps=0.5,target_modules=["q_proj"],**T))
case("lokr","llama",LoKrConfig(r=4,alpha=8,target_modules=["q_proj","down_proj"],**T))
case("lokr-small","llama",LoKrConfig(r=2,alpha=8,decompose_both=True,target_modules=["q_proj","down_proj"],rank_pattern={"down_proj":1},**T))
case("lokr-factor","llama",LoKrConfig(r=8,alpha=8,decompose_factor=4,target_modules=["v_proj"],**T))
case("loha-ranks","llama",LoHaConfig(r=2,alpha=8,rank_pattern={"layers.1.self_attn.q_proj":3},alpha_pattern={"q_proj":4},target_modules="all-linear",**T))
case("lora-bias-all","qwen2",LoraConfig(r=2,bias="all",target_modules=["q_proj"],**T))
case("lora-bias-only","gpt2",LoraConfig(r=2,bias="lora_only",target_modules=["c_attn"],fan_in_fan_out=True,**T))
case("lora-head-saved","llama",LoraConfig(r=2,modules_to_save=["lm_head"],**T))
case("lora-head","llama",LoraConfig(r=2,target_modules=["lm_head","q_proj"],**T))
case("lora-patterns","llama",LoraConfig(r=2,lora_alpha=4,rank_pattern={"^model.layers.0.self_attn.q_proj":4,"down_proj":3},alpha_pattern={"layers\\.[12]\\.self_attn\\.q_proj":16},target_modules=["q_proj","down_proj"],use_rslora=True,**T))
case("dora-gpt2","gpt2",LoraConfig(r=2,use_dora=True,target_modules=["c_attn","mlp.c_proj"],fan_in_fan_out=True,**T))
case("dora-bias-qwen2","qwen2",LoraConfig(r=2,use_dora=True,target_modules=["q_proj","k_proj"],**T))
case("lora-all-linear-gemma2","gemma2",LoraConfig(r=2,target_modules="all-linear",**T))
case("lora-all-linear-gpt2","gpt2",LoraConfig(r=1,target_modules="all-linear",fan_in_fan_out=True,**T))
case("lora-embedding-tied","gpt2",LoraConfig(r=2,target_modules=["wte"],**T))
case("lora-embedding-gemma2","gemma2",LoraConfig(r=2,target_modules=["embed_tokens"],**T))
case("lora-tokens-tied","gemma2",LoraConfig(r=2,target_modules=["q_proj"],trainable_token_indices=[201,3,17,246],**T))
case("tokens","llama",TrainableTokensConfig(token_indices=[201,3,246],**T))
case("tokens-tied","gpt2",TrainableTokensConfig(token_indices=[246,3,201],target_modules=["wte"],**T))
case("ia3-gpt2","gpt2",IA3Config(**T))
case("ia3-qwen3","qwen3",IA3Config(**T))
case("prompt-gpt2","gpt2",PromptTuningConfig(num_virtual_tokens=3,**T),scale=0.5)
case("prompt-gemma2","gemma2",PromptTuningConfig(num_virtual_tokens=3,**T),scale=0.5)
case("p-tuning-lstm","llama",PromptEncoderConfig(num_virtual_tokens=3,encoder_reparameterization_type="LSTM",encoder_hidden_size=16,encoder_num_layers=2,**T))
case("lora-pattern-layers","qwen3",LoraConfig(r=2,target_modules=["v_proj","up_proj"],layers_to_transform=[0,2],layers_pattern="layers",**T))
case("alora","llama",LoraConfig(r=2,target_modules=["q_proj","v_proj","down_proj"],alora_invocation_tokens=[246,105],**T))
def training(name, base, config):
    """Ten losses of an adapter that peft begins, and what it begins with: s B A of one module."""
    if len(sys.argv)>2 and name not in sys.argv[2:]: return
    torch.manual_seed(5)
    batch=json.load(open(f"{SHARED}/adapter-training/lora-qv/training.json"))["batch"]
    model=AutoModelForCausalLM.from_pretrained(f"{SHARED}/models/{base}", dtype=torch.float32, attn_implementation="eager")
    model=get_peft_model(model, config).train()
    module=dict(model.named_modules())["base_model.model.model.layers.1.self_attn.v_proj"]
    with torch.no_grad(): product=(module.lora_B["default"].weight@module.lora_A["default"].weight*module.scaling["default"])[:3]
    learned=[p for p in model.parameters() if p.requires_grad]
    optimizer=torch.optim.AdamW(learned, lr=0.005, betas=(0.9,0.95), eps=1e-8, weight_decay=0)
    ids=torch.tensor(batch); losses=[]
    for _ in range(10):
        loss=model(input_ids=ids,labels=ids).loss; losses.append(float(loss))
        optimizer.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_(learned,1.0); optimizer.step()
    os.makedirs(f"{OUT}/{name}",exist_ok=True)
    json.dump(dict(model=f"models/{base}",made_with="peft 0.21.0, float32",batch=batch,losses=losses,product=[[round(float(x),7) for x in row] for row in product]),open(f"{OUT}/{name}/training.json","w"))
    print(name, losses)
training("pissa","llama",LoraConfig(r=4,lora_alpha=8,init_lora_weights="pissa",target_modules=["q_proj","v_proj","down_proj"],**T))
training("olora","llama",LoraConfig(r=4,lora_alpha=8,init_lora_weights="olora",target_modules=["q_proj","v_proj","down_proj"],**T))
def invoked(name="alora"):
    """Gradients and ten losses of aLoRA, which is invoked in both sequences, at different places."""
    if len(sys.argv)>2 and "alora-training" not in sys.argv[2:]: return
    from safetensors.torch import save_file
    torch.manual_seed(6)
    batch=json.load(open(f"{SHARED}/adapter-training/lora-qv/training.json"))["batch"]
    batch[0][5:7]=[246,105]; batch[1][11:13]=[246,105]; batch[1][2:4]=[246,105]
    model=AutoModelForCausalLM.from_pretrained(f"{SHARED}/models/llama", dtype=torch.float32, attn_implementation="eager")
    model=get_peft_model(model, LoraConfig(r=2,lora_alpha=4,target_modules=["q_proj","v_proj"],alora_invocation_tokens=[246,105],**T)).train()
    learned=[(n,p) for n,p in model.named_parameters() if p.requires_grad]
    for n,p in learned: p.data.copy_(torch.randn_like(p)*0.1)
    d=f"{OUT}/training-{name}"; shutil.rmtree(d,ignore_errors=True); model.save_pretrained(d+"/start")
    c=json.load(open(d+"/start/adapter_config.json")); c["base_model_name_or_path"]="models/llama"; json.dump(c,open(d+"/start/adapter_config.json","w"),indent=1,sort_keys=True)
    if os.path.exists(d+"/start/README.md"): os.remove(d+"/start/README.md")
    optimizer=torch.optim.AdamW([p for _,p in learned], lr=0.005, betas=(0.9,0.95), eps=1e-8, weight_decay=0)
    ids=torch.tensor(batch); losses=[]
    for step in range(10):
        loss=model(input_ids=ids,labels=ids).loss; losses.append(float(loss.detach()))
        optimizer.zero_grad(); loss.backward()
        if step==0: save_file({n.replace(".default",""):p.grad.clone() for n,p in learned}, d+"/gradients.safetensors")
        torch.nn.utils.clip_grad_norm_([p for _,p in learned],1.0); optimizer.step()
    json.dump(dict(model="models/llama",made_with="peft 0.21.0, float32",batch=batch,losses=losses),open(d+"/training.json","w"))
    print(name, losses)
invoked()
def encoded(name="p-tuning"):
    """Ten losses of P-tuning with the encoder that makes its virtual tokens, and what it makes then."""
    if len(sys.argv)>2 and "p-tuning-training" not in sys.argv[2:]: return
    from safetensors.torch import save_file
    torch.manual_seed(7)
    batch=json.load(open(f"{SHARED}/adapter-training/lora-qv/training.json"))["batch"]
    model=AutoModelForCausalLM.from_pretrained(f"{SHARED}/models/llama", dtype=torch.float32, attn_implementation="eager")
    model=get_peft_model(model, PromptEncoderConfig(num_virtual_tokens=3,encoder_reparameterization_type="MLP",encoder_hidden_size=16,**T)).train()
    learned=[(n,p) for n,p in model.named_parameters() if p.requires_grad]
    d=f"{OUT}/training-{name}"; shutil.rmtree(d,ignore_errors=True); os.makedirs(d)
    save_file({n.replace(".default","").replace("prompt_encoder.embedding.weight","prompt_embeddings"):p.detach().clone() for n,p in learned}, d+"/start.safetensors")
    optimizer=torch.optim.AdamW([p for _,p in learned], lr=0.005, betas=(0.9,0.95), eps=1e-8, weight_decay=0)
    ids=torch.tensor(batch); labels=ids.clone(); labels[:,0]=-100; losses=[] # the first token is not learned
    for _ in range(10):
        loss=model(input_ids=ids,labels=labels).loss; losses.append(float(loss.detach()))
        optimizer.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_([p for _,p in learned],1.0); optimizer.step()
    made=model.get_prompt_embedding_to_save("default")
    json.dump(dict(model="models/llama",made_with="peft 0.21.0, float32",batch=batch,losses=losses,made=[round(float(x),6) for x in made.flatten()]),open(d+"/training.json","w"))
    print(name, [(n,tuple(p.shape)) for n,p in learned], losses)
encoded()
def allocated(name="adalora"):
    """Losses of AdaLoRA while it gives its ranks away, and the ranks that each module keeps."""
    if len(sys.argv)>2 and "adalora-training" not in sys.argv[2:]: return
    from safetensors.torch import save_file
    torch.manual_seed(8); total=14
    batch=json.load(open(f"{SHARED}/adapter-training/lora-qv/training.json"))["batch"]
    model=AutoModelForCausalLM.from_pretrained(f"{SHARED}/models/llama", dtype=torch.float32, attn_implementation="eager")
    model=get_peft_model(model, AdaLoraConfig(init_r=4,target_r=2,tinit=2,tfinal=3,deltaT=3,total_step=total,lora_alpha=8,target_modules=["q_proj","v_proj"],**T)).train()
    learned=[(n,p) for n,p in model.named_parameters() if p.requires_grad]
    d=f"{OUT}/training-{name}"; shutil.rmtree(d,ignore_errors=True); os.makedirs(d)
    save_file({n.replace(".default",""):p.detach().clone() for n,p in learned}, d+"/start.safetensors")
    optimizer=torch.optim.AdamW([p for _,p in learned], lr=0.005, betas=(0.9,0.95), eps=1e-8, weight_decay=0)
    ids=torch.tensor(batch); losses=[]; kept=[]
    for step in range(total):
        loss=model(input_ids=ids,labels=ids).loss; losses.append(float(loss.detach()))
        optimizer.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_([p for _,p in learned],1.0); optimizer.step()
        model.base_model.update_and_allocate(step)
        c=model.peft_config["default"].rank_pattern
        kept.append({k.replace(".default",""):v for k,v in c.items()} if c else {})
    json.dump(dict(model="models/llama",made_with="peft 0.21.0, float32",batch=batch,losses=losses,kept=[k if i in (6,total-1) else {} for i,k in enumerate(kept)]),open(d+"/training.json","w"))
    print(name, losses, [sum(sum(v) for v in k.values()) for k in kept], kept[-1])
allocated()
