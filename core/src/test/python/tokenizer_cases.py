"""Golden cases of small tokenizers with every component, made with Hugging Face's tokenizers."""
import pathlib
import json, random, sys, os, unicodedata
from tokenizers import Tokenizer, models, trainers, pre_tokenizers as pt, normalizers as nz, decoders as dc, processors as pp, AddedToken, Regex
out=sys.argv[1]; seed=int(sys.argv[2]); n=int(sys.argv[3]); only=sys.argv[4:] 
os.makedirs(out,exist_ok=True)
rnd=random.Random(seed)
docs=[]
ROOT = pathlib.Path(__file__).resolve().parents[4]
for f in [ROOT / name for name in ('ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md')]:
    docs+=open(f,encoding='utf8').read().split('\n')
docs+=["Füße über Straße ÉCOLE naïve Ångström","日本語のテキスト 東京タワー ひらがな カタカナー","Привет мир Ёлка","שלום עולם مرحبا بالعالم","I'll we've DON'T they'Re it's","x = 12345678 + ٣٤٥ ½ Ⅷ ²","👩‍👩‍👧‍👦 🇩🇪 ☺️ 🚀","ﬁne ｆｕｌｌ ① Å Ω K","한국어 텍스트","ΣΊΣΥΦΟΣ İstanbul"]*3
pieces=[" ","  ","   ","\n","\r\n","\n\n","\t","\u00a0","\u3000","\u2028","\u200b","\u200d","\ufeff","\u0085","\x0b","\x1f","\0","'s","'S","'ll","'LL","'re","'Ve","'ſ","'t","don't","HELLO","Hello","hello","heLLo","world","éé","e\u0301","a\u0308\u0323","\u0301","Ω","K","ſ","ß","İ","ı","Σ","ς","1","12","123","1234567","٣٤٥","½","²","Ⅷ","日本","語","カー","ー","ひ","한국","각","สวัสดี","नमस्ते","שלום","مرحبا","\u200f","👩‍👩‍👧","🇩🇪","☺️","🚀","!","!!","...","?!","$","+","<","=","^","~","`","|","_","-","—","“x”","„","。","、","，","！","a_b","fooBar","FooBAR","HTTPServer","x/y","//","/*","\n/","{","}","()","[CLS]","<s>","</s>","<unk>","▁","▁▁","Ġ","Ċ","##ing","ing","ﬁ","①","ｆ","㌀","\ufffd","\ue000","\U00020000","\U0001F1E9","<|end|>","<extra>"," <extra>","<extra>  ","word1","aaaa","b"*70,"a b c"]
def text():
    k=rnd.choice([0,1,1,2,3,5,8,13,30])
    parts=[]
    for _ in range(k):
        p=rnd.choice(pieces)
        if rnd.random()<0.4: p=" "+p
        if rnd.random()<0.05:
            while True:
                c=chr(rnd.choice([rnd.randrange(0x20,0x250),rnd.randrange(0x250,0x3000),rnd.randrange(0x3000,0xd800),rnd.randrange(0xe000,0x1f9ff)]))
                if unicodedata.category(c)!='Cn': break
            p=c
        parts.append(p)
    return ''.join(parts)
def bpe_bytes(size=400, **kw):
    t=Tokenizer(models.BPE()); t.pre_tokenizer=pt.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(docs, trainers.BpeTrainer(vocab_size=size, initial_alphabet=pt.ByteLevel.alphabet(), show_progress=False))
    return t
def bpe_chars(size=400, pre=None, norm=None, **kw):
    t=Tokenizer(models.BPE(unk_token='<unk>',**kw)); 
    if pre: t.pre_tokenizer=pre
    if norm: t.normalizer=norm
    tk={k:v for k,v in kw.items() if k in('continuing_subword_prefix','end_of_word_suffix')}
    t.train_from_iterator(docs, trainers.BpeTrainer(vocab_size=size, special_tokens=['<unk>','<s>','</s>'], show_progress=False, limit_alphabet=120, **tk))
    return t
T={}
base=bpe_bytes()
def byte_level(name, pre, norm=None, dec=None, **extra):
    if only and name not in only: return
    t=Tokenizer.from_str(base.to_str()); t.pre_tokenizer=pre; t.decoder=dec or dc.ByteLevel()
    if norm: t.normalizer=norm
    j=json.loads(t.to_str()); j['model'].update(extra.get('model',{})); t=Tokenizer.from_str(json.dumps(j))
    for a in extra.get('added',[]): t.add_special_tokens([a]) if getattr(a,'special',False) else t.add_tokens([a])
    if 'post' in extra: t.post_processor=extra['post'](t)
    T[name]=t
BL=lambda **k: pt.ByteLevel(**{'add_prefix_space':False,'use_regex':False,**k})
S=lambda r,b='isolated',i=False: pt.Split(Regex(r),b,i)
CL="(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
O2="[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
TK="[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
D3="[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
CASED="A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556"
byte_level('gpt2', pt.ByteLevel(add_prefix_space=False))
byte_level('gpt2_prefix', pt.ByteLevel(add_prefix_space=True), post=lambda t: pp.ByteLevel(trim_offsets=False))
byte_level('cl100k', pt.Sequence([S(CL),BL()]), model={'ignore_merges':True})
byte_level('cl100k_tiktoken', pt.Sequence([S("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",'removed',True),BL()]))
byte_level('o200k', pt.Sequence([S(O2),BL()]))
byte_level('tekken', pt.Sequence([S(TK),BL()]))
byte_level('deepseek3', pt.Sequence([S("\\p{N}{1,3}"),S("[一-龥\u3040-ゟ゠-ヿ]+"),S(D3),BL()]))
byte_level('deepseek_coder', pt.Sequence([S("[\r\n]"),S("\\s?\\p{L}+"),S("\\s?\\p{P}+"),S("[一-龥ࠀ-一가-퟿]+"),pt.Digits(True),BL()]))
byte_level('deepseek_llm', pt.Sequence([S("[\r\n]"),S("\\s?["+CASED+"]+"),S("\\s?[!-/:-~！-／：-～‘-‟　-。]+"),S("\\s+$"),S("[一-龥ࠀ-一가-퟿]+"),pt.Digits(True),BL()]))
byte_level('starcoder', pt.Sequence([pt.Digits(True),pt.ByteLevel(add_prefix_space=False,use_regex=True)]))
byte_level('falcon', pt.Sequence([pt.Punctuation('contiguous'),pt.ByteLevel(add_prefix_space=False),pt.Digits(False),S('[0-9][0-9][0-9]')]))
byte_level('bloom', pt.Sequence([S(" ?[^(\\s|[.,!?…。，、।۔،])]+"),BL()]))
byte_level('neox', pt.ByteLevel(add_prefix_space=False), norm=nz.NFC(), added=[AddedToken('  ',normalized=True),AddedToken('   ',normalized=True),AddedToken('<|end|>',special=True,normalized=False)])
byte_level('superbpe', pt.Sequence([S("\\p{N}+"),S("(?=(\\d{3})+(?!\\d))"),BL()]))
byte_level('qwen35', pt.Sequence([S("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),BL()]), norm=nz.NFC())
byte_level('kimi', pt.Sequence([S("[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),BL()]))
for i,b in enumerate(['removed','isolated','merged_with_previous','merged_with_next','contiguous']):
    for inv in (False,True):
        byte_level(f'split_{b}_{"inv" if inv else "plain"}', pt.Sequence([S("[\\s]+|[A-Z]|l{2}",b,inv),BL()]))
    byte_level(f'string_{b}', pt.Sequence([pt.Split("l",b),BL()]))
    byte_level(f'punct_{b}', pt.Sequence([pt.Punctuation(b),BL()]))
byte_level('regex_misc', pt.Sequence([S("(?<=[a-z])[A-Z]+|\\bx|(?<!\\d)\\.|^#|\\w{2,4}?(?=\\W)|(?:ab|a)+c|\\d+$|[[:alpha:]&&[^aeiou]]{3}|\\A |z*"),BL()]))
byte_level('regex_border', pt.Sequence([S("\\b"),S("\\s+\\z|\\n\\Z|^\\s"),BL()]))
byte_level('scripts', pt.Sequence([pt.UnicodeScripts(),BL()]))
byte_level('whitespace', pt.Sequence([pt.Whitespace(),BL()]))
byte_level('wsplit', pt.Sequence([pt.WhitespaceSplit(),pt.ByteLevel(add_prefix_space=True,use_regex=True)]))
byte_level('bertpre', pt.Sequence([pt.BertPreTokenizer(),BL()]))
byte_level('delim', pt.Sequence([pt.CharDelimiterSplit('a'),BL()]))
byte_level('digits', pt.Sequence([pt.Digits(False),BL()]))
for nm,no in dict(nfc=nz.NFC(),nfd=nz.NFD(),nfkc=nz.NFKC(),nfkd=nz.NFKD(),lower=nz.Lowercase(),prepend=nz.Prepend('>>'),replace=nz.Replace('l','LL'),replace_re=nz.Replace(Regex(' {2,}|\\d+'),'#'),strip=nz.Strip(),strip_l=nz.Strip(True,False),accents=nz.Sequence([nz.NFD(),nz.StripAccents()]),bert=nz.BertNormalizer(),bert2=nz.BertNormalizer(clean_text=False,handle_chinese_chars=False,strip_accents=False,lowercase=True),bert3=nz.BertNormalizer(lowercase=False),nmt=nz.Nmt()).items():
    byte_level('norm_'+nm, pt.ByteLevel(add_prefix_space=False), norm=no)
byte_level('norm_bytelevel', S(".","isolated"), norm=nz.ByteLevel())
byte_level('added', pt.ByteLevel(add_prefix_space=False), norm=nz.Lowercase(), added=[AddedToken('<extra>',lstrip=True,rstrip=True),AddedToken('<s>',special=True,normalized=False),AddedToken('word1',single_word=True),AddedToken('HELLO',normalized=True),AddedToken('Hello',normalized=False),AddedToken('<|end|>',special=True,rstrip=True)], post=lambda t: pp.TemplateProcessing(single='<s> $A <|end|>',pair=None,special_tokens=[('<s>',t.token_to_id('<s>')),('<|end|>',t.token_to_id('<|end|>'))]))
def put(name,t):
    if not only or name in only: T[name]=t
t=bpe_chars(500,norm=nz.Sequence([nz.Prepend('▁'),nz.Replace(' ','▁')]),fuse_unk=True,byte_fallback=True)
j=json.loads(t.to_str()); mx=max(j['model']['vocab'].values())
for i in range(256): j['model']['vocab']['<0x%02X>'%i]=mx+1+i
llama=json.dumps(j); t=Tokenizer.from_str(llama)
t.decoder=dc.Sequence([dc.Replace('▁',' '),dc.ByteFallback(),dc.Fuse(),dc.Strip(' ',1,0)])
t.post_processor=pp.TemplateProcessing(single='<s> $A',pair='<s> $A $B',special_tokens=[('<s>',1)]); put('llama',t)
for sch in ['always','first','never']:
    for sp in (True,False):
        t=Tokenizer.from_str(llama); t.normalizer=None; j=json.loads(t.to_str()); j['normalizer']=None; t=Tokenizer.from_str(json.dumps(j))
        t.pre_tokenizer=pt.Metaspace('▁',sch,sp); t.decoder=dc.Metaspace('▁',sch,sp); t.add_tokens([AddedToken('<extra>',normalized=False)]); put(f'metaspace_{sch}_{sp}',t)
for fu in (True,False):
    t=bpe_chars(400,pre=pt.Whitespace(),fuse_unk=fu); t.decoder=dc.Fuse(); put(f'bpe_unk_fuse{fu}',t)
t=bpe_chars(400,pre=pt.WhitespaceSplit(),end_of_word_suffix='</w>',norm=nz.Lowercase()); t.decoder=dc.BPEDecoder('</w>'); put('gpt1',t)
t=bpe_chars(400,pre=pt.BertPreTokenizer(),continuing_subword_prefix='##'); t.decoder=dc.WordPiece('##',cleanup=False); put('bpe_prefix',t)
t=Tokenizer(models.WordPiece(unk_token='[UNK]')); t.normalizer=nz.BertNormalizer(); t.pre_tokenizer=pt.BertPreTokenizer()
t.train_from_iterator(docs,trainers.WordPieceTrainer(vocab_size=400,special_tokens=['[PAD]','[UNK]','[CLS]','[SEP]','[MASK]'],show_progress=False,limit_alphabet=150)); t.decoder=dc.WordPiece()
t.post_processor=pp.BertProcessing(('[SEP]',3),('[CLS]',2)); put('bert',t)
t=Tokenizer.from_str(t.to_str()); t.post_processor=pp.RobertaProcessing(('[SEP]',3),('[CLS]',2)); put('bert_roberta',t)
t=Tokenizer(models.WordLevel(unk_token='<unk>')); t.pre_tokenizer=pt.Whitespace(); t.train_from_iterator(docs,trainers.WordLevelTrainer(vocab_size=300,special_tokens=['<unk>'],show_progress=False)); put('wordlevel',t)
t=Tokenizer(models.WordLevel(unk_token='<unk>')); t.pre_tokenizer=pt.Split('', 'isolated') if False else S('.','isolated'); t.train_from_iterator(docs,trainers.WordLevelTrainer(vocab_size=80,special_tokens=['<unk>','<pad>','|'],show_progress=False)); t.decoder=dc.CTC('<pad>','|',True); put('ctc',t)
def unigram(name,pre,norm,size=300,**k):
    t=Tokenizer(models.Unigram()); t.pre_tokenizer=pre
    if norm: t.normalizer=norm
    t.train_from_iterator(docs,trainers.UnigramTrainer(vocab_size=size,special_tokens=['<pad>','</s>','<unk>'],unk_token='<unk>',show_progress=False,shrinking_factor=0.6)); t.decoder=dc.Metaspace('▁')
    t.post_processor=pp.TemplateProcessing(single='$A </s>',pair='$A $B </s>',special_tokens=[('</s>',1)])
    if k.get('bytes'):
        j=json.loads(t.to_str())
        for i in range(256): j['model']['vocab'].append(['<0x%02X>'%i,-20.0])
        j['model']['byte_fallback']=True; t=Tokenizer.from_str(json.dumps(j)); t.decoder=dc.Sequence([dc.ByteFallback(),dc.Metaspace('▁')])
    put(name,t)
unigram('unigram',pt.Metaspace(),None)
unigram('unigram_bytes',pt.Metaspace('▁','first',False),None,bytes=True)
# a character map as sentencepiece compiles it
import sentencepiece as sp, io
buf=io.BytesIO(); sp.SentencePieceTrainer.train(sentence_iterator=iter(docs),model_writer=buf,vocab_size=300,model_type='unigram',hard_vocab_limit=False,normalization_rule_name='nmt_nfkc',minloglevel=2)
import sentencepiece.sentencepiece_model_pb2 as pb
m=pb.ModelProto(); m.ParseFromString(buf.getvalue()); cm=m.normalizer_spec.precompiled_charsmap
unigram('t5',pt.Metaspace(),nz.Sequence([nz.Precompiled(cm),nz.Replace(Regex(' {2,}'),' ')]))
def changed(name,make,**model):
    if only and name not in only: return
    j=json.loads(make.to_str()); j['model'].update(model); put(name,Tokenizer.from_str(json.dumps(j)))
# characters with affixes fall back on the bytes of both
t=bpe_chars(300,pre=pt.WhitespaceSplit(),end_of_word_suffix='</w>'); t.decoder=dc.ByteFallback()
v=json.loads(t.to_str())['model']['vocab']
for i in range(256): v.setdefault('<0x%02X>'%i,len(v))
changed('bpe_suffix_bytes',t,vocab=v,byte_fallback=True)
# CLIP: byte-level with an end of words
t=Tokenizer(models.BPE(unk_token='<unk>',end_of_word_suffix='</w>')); t.normalizer=nz.Sequence([nz.NFC(),nz.Replace(Regex(r'\s+'),' '),nz.Lowercase()])
t.pre_tokenizer=pt.Sequence([pt.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"),'removed',True),BL()])
t.train_from_iterator(docs,trainers.BpeTrainer(vocab_size=700,special_tokens=['<unk>'],initial_alphabet=pt.ByteLevel.alphabet(),end_of_word_suffix='</w>',show_progress=False)); t.decoder=dc.BPEDecoder('</w>'); put('clip',t)
# tokens of white space beside those that swallow it
t=Tokenizer.from_str(base.to_str()); t.pre_tokenizer=BL(); t.decoder=dc.ByteLevel()
t.add_tokens([AddedToken('  ',lstrip=True,rstrip=True),AddedToken('\n\n',rstrip=True,normalized=False),AddedToken('\t',normalized=False),AddedToken('world',rstrip=True),AddedToken('1',single_word=True)]); put('swallowed',t)
t=Tokenizer.from_str(base.to_str()); t.pre_tokenizer=pt.Sequence([pt.FixedLength(3),BL()]); t.decoder=dc.ByteLevel(); put('fixed_length',t)
# which word is the first, after what a normalizer or a step before has left out
for name,norm,steps in [('first_strip',nz.Strip(True,False),[]),('first_replace',nz.Replace(Regex('^(?: |\\n)+|a{2}|H'),''),[]),('first_replace_two',nz.Sequence([nz.Replace(Regex('  '),'x'),nz.Replace('h','H')]),[]),('first_marks',nz.Sequence([nz.NFD(),nz.StripAccents(),nz.Nmt()]),[]),('first_words',nz.Lowercase(),[pt.WhitespaceSplit()])]:
    t=Tokenizer.from_str(llama); t.normalizer=norm; t.pre_tokenizer=pt.Sequence(steps+[pt.Metaspace('▁','first',True)]); t.decoder=dc.Metaspace('▁','first',True); t.add_tokens([AddedToken('<extra>',normalized=False)]); put(name,t)
# an added token that is in the vocabulary counts under its id there
j=json.loads(base.to_str()); j['pre_tokenizer']=json.loads(Tokenizer.from_str(base.to_str()).to_str())['pre_tokenizer']
j['added_tokens']=[dict(id=i,content=c,single_word=False,lstrip=False,rstrip=False,normalized=False,special=sp) for i,c,sp in [(7,'in',False),(9999,'th',True)]]
t=Tokenizer.from_str(json.dumps(j)); t.decoder=dc.ByteLevel(); T['added_known']=t
byte_level('regex_word', pt.Sequence([S("[^\\w\\s]+|[\\W]"),S("\\w+"),S("[[:word:]]\\b|[\\h_]"),BL()]))
byte_level('regex_breaks', pt.Sequence([S("\\R+|\\R\\n|\\h{2}|[^\\h]\\H$"),S("(?m:a.+b)|(?mi)h.l|(?i-m:WORLD.)|(?im)x"),S("\\O\\N1"),BL()]))
# the whole text is changed after the pieces have been put together
for name,steps in [('fuse_replace',[dc.ByteFallback(),dc.Fuse(),dc.Replace('▁',' '),dc.Replace('ing','ING'),dc.Replace('ININ','-'),dc.Strip(' ',1,2)]),('fuse_strip',[dc.Fuse(),dc.Strip('a',2,1),dc.Replace('aa','b'),dc.Strip(' ',0,1)])]:
    t=Tokenizer.from_str(llama); t.decoder=dc.Sequence(steps); put(name,t)
# no text is cut before a space that may have an affix
for name,kw in [('suffix_space',dict(end_of_word_suffix='</w>')),('prefix_space',dict(continuing_subword_prefix='##'))]:
    put(name,bpe_chars(300,norm=nz.Replace(' ','▁'),**kw))
for name,t in T.items():
    if only and name not in only: continue
    cases=[]
    for i in range(n):
        s=text()
        try:
            ids=t.encode(s,add_special_tokens=False).ids
        except Exception as e:
            continue
        ids2=t.encode(s,add_special_tokens=True).ids
        try: decoded=t.decode(ids,skip_special_tokens=False)
        except BaseException: continue # Strip panics where it takes all there is
        cases.append(dict(text=s,ids=ids,framed=ids2,decoded=decoded))
    json.dump(dict(tokenizer=json.loads(t.to_str()),cases=cases),open(f'{out}/{name}.json','w'),ensure_ascii=False)
print(len(T))
