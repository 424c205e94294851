"""Puts sentences together of parts written by hand, a third of them negated, and measures a bag of words on them.

    python3 docs/tuning/sentiment.py FOLDER

writes sentiment.jsonl and sentiment-unseen.jsonl: no sentence is in both.
"""

import json, random, sys
random.seed(7)
# parts written by hand; sentences are put together of them
subj=["The play","The king","My lord","This house","The song","Our feast","The letter","His answer","The wine","Her voice","The morning","That friend","The garden","My brother","The servant","Thy gift","This night","The journey","The queen","Their dance"]
pos=["sweet","kind","good","gentle","noble","fair","happy","merry","true","worthy","bright","dear"]
neg=["foul","cruel","bad","false","bitter","wicked","sad","wretched","base","hateful","dark","cold"]
pv=["I love","I praise","I bless","We welcome","I thank","They honour"]
nv=["I hate","I curse","I fear","We despise","I mourn","They scorn"]
obj=["sunny days","old songs","long nights","quiet towns","this day","the news","thy words","her song","the prince","that face","our home","his deed","the feast","thy name","the sword","the sea"]
def sentences():
    out=[]
    for s in subj:
        for w in pos: out+= [(f"{s} is {w}.",1),(f"{s} is not {w}.",0),(f"{s} was never {w}.",0)]
        for w in neg: out+= [(f"{s} is {w}.",0),(f"{s} is not {w}.",1),(f"{s} was never {w}.",1)]
    for o in obj:
        for v in pv:
            out.append((f"{v} {o}.",1)); 
            if v.startswith("I "): out.append((f"I do not {v[2:]} {o}.",0))
        for v in nv:
            out.append((f"{v} {o}.",0))
            if v.startswith("I "): out.append((f"I do not {v[2:]} {o}.",1))
    return out
al=[(t[:-1]+random.choice('.!'),l) for t,l in sentences()]; random.shuffle(al)
al=[x for x in al if 'love sunny days' not in x[0]]
seen=set(); al=[x for x in al if not (x[0] in seen or seen.add(x[0]))]
train,test=al[:800],al[800:1100]
for n,d in (("sentiment",train),("sentiment-unseen",test)):
    with open(f"{sys.argv[1]}/{n}.jsonl","w") as f:
        for t,l in d: f.write(json.dumps({"text":t,"label":["negative","positive"][l]})+"\n")
print(len(al),sum(l for _,l in train),sum(l for _,l in test))
# bag of words: logistic regression by gradient descent on unigram counts
import math,re
def words(t): return re.findall(r"[a-z]+",t.lower())
voc={w:i for i,w in enumerate(sorted({w for t,_ in train for w in words(t)}))}
w=[0.0]*(len(voc)+1)
def score(t): return w[-1]+sum(w[voc[x]] for x in words(t) if x in voc)
for ep in range(300):
    for t,l in train:
        p=1/(1+math.exp(-score(t))); g=p-l
        for x in words(t): w[voc[x]]-=0.1*(g+0.001*w[voc[x]])
        w[-1]-=0.1*g
acc=sum((score(t)>0)==bool(l) for t,l in test)/len(test)
print("bag of words: train",sum((score(t)>0)==bool(l) for t,l in train)/len(train),"test",acc)
