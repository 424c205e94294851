"""Writes cases.json: small templates, and what Jinja2 as transformers sets it up makes of them.

    python make.py    # needs jinja2 3.1, the reference
"""
import json
from datetime import datetime
from pathlib import Path

import jinja2
import jinja2.ext
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_content"), [], [], body).set_lineno(line)

    def _content(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


ENVIRONMENT = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
ENVIRONMENT.filters["tojson"] = tojson
ENVIRONMENT.globals["raise_exception"] = raise_exception
ENVIRONMENT.globals["strftime_now"] = lambda f: datetime(2026, 1, 2, 3, 4, 5).strftime(f)

VARIABLES = {
    "s": "Hello, World", "empty": "", "blank": "  \t two words \n", "uni": "Zo\u00eb \U0001f600 \u4e2d\u6587 \u00df",
    "quote": "it's \"so\" \\ \n<b>&</b>", "lines": "one\ntwo\r\n\nthree\n", "csv": "a,b,,c,",
    "n": 7, "neg": -7, "zero": 0, "f": 2.5, "big": 1e22, "small": 1.5e-7, "half": 0.5, "long": 9007199254740993,
    "t": True, "no": False, "nil": None,
    "xs": [3, 1, 2], "words": ["banana", "Apple", "cherry", "apple"], "nested": [[1, 2], [3, [4]]], "none_list": [],
    "d": {"b": 1, "a": [1, 2.0, None, True], "c": {"x": "y"}, "items": "mine"}, "e": {},
    "people": [{"name": "Ann", "age": 30, "tags": ["x"]}, {"name": "Bob", "age": 25, "tags": []},
               {"name": "Cid", "age": 30}, {"name": "ann", "age": None}],
    "messages": [{"role": "system", "content": " Be brief. "}, {"role": "user", "content": "Hi <|x|>"},
                 {"role": "assistant", "content": "<think>\nhm\n</think>\n\nHello", "tool_calls": [
                     {"function": {"name": "f", "arguments": {"a": 1, "b": "\u00e9\"", "c": [1.0, None, True]}}}]},
                 {"role": "tool", "content": "42"}],
    "spec": {"type": "object", "properties": {"p": {"type": "string", "enum": ["u", "v"]}}, "required": ["p"]},
}

EXPRESSIONS = r"""
1 + 2 * 3
(1 + 2) * 3
7 / 2
8 / 2
7 // 2
-7 // 2
7 // -2
7.5 // 2
-7.5 // 2
7 % 3
-7 % 3
7 % -3
-7.5 % 2
7.5 % -2
2 ** 10
2 ** -1
2 ** 3 ** 2
-2 ** 2
2.0 ** 0.5
4 ** 0.5
1 / 3
0.1 + 0.2
1e16
1e15
123456789012345680.0
1e-4
1e-5
1.0
100.0
1.5e300
5e-324
1.7976931348623157e308
-0.0
big
small
long
long + 0.0
f * 2
n + t
t + t
t * 3
-t
+n
- -n
1_000 + 0x1f + 0o17 + 0b11
1.5e3
1e3
'a' 'b'
'a' ~ 1 ~ 2.0 ~ none ~ true ~ missing ~ [1]
'a' + 'b'
'ab' * 3
3 * 'ab'
'ab' * -1
[1] * 3
[1] + [2]
(1,) + (2, 3)
'a' + 1
1 + 'a'
[1] + 'a'
none + 1
missing + 1
'a' + missing
1 - 'a'
'a' - 'b'
1 / 0
1 // 0
1 % 0
1.0 / 0
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2 != 1
1 == 1.0
true == 1
false == 0
'1' == 1
none == none
none == false
missing == missing
missing == none
missing != 1
[1, 2] == [1, 2]
[1, 2] == (1, 2)
{'a': 1} == {'a': 1.0}
'a' < 'b'
'Z' < 'a'
'a' < 1
none < 1
missing < 1
[1, 2] < [1, 3]
[1] < [1, 0]
(1, 'a') < (1, 'b')
1 in xs
9 not in xs
'ell' in s
'' in s
1 in s
'b' in d
'z' in d
1 in none
1 in 5
1 in missing
missing in [1]
none in [none]
true in [1]
[1] in [[1]]
[1] in d
not missing
not 0
not none_list
not e
not ''
not 0.0
not 'x'
not not 1
0 or 'x'
'' or none or 0
1 and 2
0 and boom()
1 or boom()
none and 1
1 if t else 2
1 if no else 2
1 if no
(1 if no) is defined
'a' if no else 'b' if no else 'c'
xs[0]
xs[-1]
xs[5]
xs[5] is defined
xs['a']
xs[1:]
xs[:2]
xs[::-1]
xs[::2]
xs[-2:]
xs[5:]
xs[2:0:-1]
xs[:-1]
xs[-100:100]
xs[100:0:-2]
s[0]
s[-1]
s[100]
s[1:5]
s[::-1]
s[::3]
s[:-1]
s[-5:-2]
uni[4]
uni[3:5]
uni[::-1]
uni|length
none[0]
none.x
none.x.y
missing.x
missing['x']
missing[0]
d.b
d['b']
d.zz
d.zz.y
d.c.x
d['c']['x']
d.items is callable
d['items']
e['items'] is callable
e.items()
d.items()
d.keys()
d.values()
d.keys()|list
d.items()|list|first
d.get('b')
d.get('zz')
d.get('zz', 5)
d.copy()
d.pop('b')
d.update({})
xs.append(4)
xs.append is defined
xs.index(1)
xs.count(1)
xs.index(99)
d.__class__
s.__class__
s.__class__.__mro__
''.__class__ is defined
d['__class__']
xs.0
nested.1.1.0
nested[1][1][0]
{'a': 1}.a
{'a': 1,}
{}
[]
[1,]
()
(1,)
(1, 2)
1, 2
{1: 'a', 1.0: 'b', true: 'c'}
{'a': 1, 'a': 2}
{[1]: 2}
[1, 'a', none, true, 2.0, "it's", 'q"', 'b\\n']
['é', '😀', '\u200b', '\x07', '\ttab']
{'k': {'n': [1, (2,)]}}
quote
[quote]
uni
[uni]
'\x41\u00e9\U0001f600\101\q\''
"a\
b"
'\N{BULLET}'
range(5)
range(5)|list
range(2, 8, 2)|list
range(5, 0, -1)|list
range(0)|list
range(3)[1]
range(3)[-1]
range(10)[2:4]|list
range(3)|length
range(100001)
range(1, 2, 0)
3 in range(5)
range(5) == range(5)
dict(a=1, b='x')
dict({'z': 1}, a=2)
dict([('a', 1)])
namespace(a=1).a
namespace(a=1).b
namespace({'q': 2}).q
namespace(a=1)
s.upper()
s.lower()
s.title()
s.swapcase()
'hELLO wORLD'.capitalize()
"they're bill's".title()
blank.strip()
[blank.strip(), blank.lstrip(), blank.rstrip()]
'xxhixx'.strip('x')
'xyhixy'.lstrip('yx')
'hi\n\n'.rstrip('\n')
csv.split(',')
csv.split(',', 1)
csv.split(',', maxsplit=2)
csv.rsplit(',', 1)
blank.split()
blank.split(none, 1)
' a b c '.split(none, 1)
' a b c '.rsplit(none, 1)
' a b c '.rsplit()
''.split()
''.split(',')
'aXXbXXc'.split('XX')
'aXXbXXc'.rsplit('XX', 1)
'abc'.split('')
lines.splitlines()
lines.splitlines(true)
'a=b=c'.partition('=')
'a=b=c'.rpartition('=')
'abc'.partition('=')
', '.join(['a', 'b'])
', '.join([1])
'-'.join('abc')
s.replace('l', 'L')
s.replace('l', 'L', 1)
'aaa'.replace('a', 'b', -1)
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
'😀a'.replace('', '-')
s.startswith('Hell')
s.startswith(('x', 'H'))
s.endswith('d')
s.endswith(('x', 'y'))
s.startswith('World', 7)
s.startswith('')
s.startswith('', 50)
s.find('o')
s.find('o', 5)
s.find('o', 5, 7)
s.rfind('o')
s.find('zz')
s.index('W')
s.index('zz')
s.count('l')
s.count('')
s.count('l', 4)
'aaaa'.count('aa')
uni.find('文')
'abc'.removeprefix('a')
'abc'.removesuffix('bc')
'abc'.center(8, '*')
'ab'.center(5)
'abc'.center(6)
'abc'.ljust(5) ~ '|'
'abc'.rjust(5, '.')
'42'.zfill(5)
'-42'.zfill(5)
'a\tb'.expandtabs()
'a\tb'.expandtabs(4)
'123'.isdigit()
'12a'.isdigit()
''.isdigit()
'abc'.isalpha()
'ab1'.isalnum()
'  '.isspace()
'abc'.islower()
'ABC'.isupper()
'Abc Def'.istitle()
'AbC'.istitle()
'a_b'.isidentifier()
'1a'.isidentifier()
'½'.isnumeric()
uni.isascii()
'ß'.upper()
'ǆ'.title()
'{} {}'.format(1, 'a')
'{0} {1} {0}'.format('a', 'b')
'{x:>5}|{y:<5}|{z:^5}'.format(x='a', y='b', z='c')
'{:05d} {:.2f} {:+d} {:,}'.format(42, 3.14159, 5, 1234567)
'{:x} {:#x} {:b} {:o} {:e} {:%}'.format(255, 255, 5, 8, 12345.678, 0.25)
'{:*^9}'.format('mid')
'{!r} {!s}'.format('a', 'b')
'{{}} {}'.format(1)
'{0[a]} {0[b]}'.format({'a': 1, 'b': 2})
'{}'.format()
'{a}'.format()
'{:.3}'.format('abcdef')
'{:10}|'.format(2.5)
'{:g} {:g} {:g}'.format(1e10, 0.0001, 123.456)
'{'.format()
'%s and %r' % ('a', 'b')
'%d %5d %-5d| %05d' % (1, 2, 3, 4)
'%.2f %8.3f %e' % (3.14159, 2.71828, 12345.678)
'%x %X %o %#x' % (255, 255, 8, 255)
'%s' % 'x'
'%s' % [1, 2]
'%(a)s-%(b)d' % {'a': 'x', 'b': 3}
'%%'  % ()
'%d%%' % 50
'%s' % none
'%5s|%-5s|' % ('a', 'b')
'%.2s' % 'abc'
'%c%c' % ('a', 98)
'%g %g' % (0.00001, 100000.0)
'%+d % d' % (5, 5)
'%*d' % (5, 42)
'%d' % 'a'
'%d' % 3.99
'%s %s' % 'a'
'%s' % (1, 2)
'%q' % 1
s|upper
s|lower
'hello world-foo (bar) [baz'|title
'hELLO'|capitalize
blank|trim
'xxaxx'|trim('x')
5|trim
s|length
xs|length
d|count
missing|length
5|length
none|length
xs|first
xs|last
none_list|first
none_list|first is defined
s|first
s|last
d|first
missing|first
xs|join
xs|join(', ')
people|join(', ', attribute='name')
[1, none, missing, 'a']|join('-')
'abc'|join('.')
missing|join(',')
none|join
xs|list
s|list
d|list
'ab'|list
5|list
n|string
none|string
[1]|string
'42'|int
'42.9'|int
'x'|int
'x'|int(5)
'0x1f'|int(base=16)
'1f'|int(0, 16)
'101'|int(base=2)
' 42 '|int
'1_000'|int
3.99|int
-3.99|int
true|int
none|int
none|int(7)
[]|int
'1e3'|int
missing|int
'inf'|int
'3.5'|float
'x'|float
'x'|float(1.5)
'1e3'|float
' 2 '|float
'nan'|float
'-inf'|float
none|float
5|float
true|float
2.5|round
3.5|round
2.567|round(2)
2.675|round(2)
1234|round(-2)
1250|round(-2)
5|round
2.1|round(0, 'ceil')
2.9|round(method='floor')
2.123|round(1, 'ceil')
-2.5|round
-0.4|round
2.5|round|int
1.0|round(1)
2|round(1, 'floor')
2.5|round(1, 'other')
-5|abs
-5.5|abs
'a'|abs
s|replace('l', 'L')
s|replace('l', 'L', 1)
5|replace('5', 'x')
missing|default('x')
none|default('x')
''|default('x')
''|default('x', true)
none|d('x', boolean=true)
0|default(1)
missing|default
d|items|list
e|items|list
missing|items|list
xs|items|list
d|dictsort
{'B': 1, 'a': 3, 'C': 2}|dictsort
{'B': 1, 'a': 3, 'C': 2}|dictsort(true)
{'B': 1, 'a': 3, 'C': 2}|dictsort(by='value')
{'B': 1, 'a': 3, 'C': 2}|dictsort(false, 'value', true)
xs|sort
xs|sort(reverse=true)
words|sort
words|sort(case_sensitive=true)
words|sort(true)
people[:3]|sort(attribute='age')|map(attribute='name')|list
people[:3]|sort(attribute='age,name', reverse=true)|map(attribute='name')|list
people|sort(attribute='age')
[1, 'a']|sort
[1, 2.5, true]|sort
words|unique|list
words|unique(true)|list
people|unique(attribute='age')|map(attribute='name')|list
xs|reverse|list
s|reverse
d|reverse|list
xs|reverse
'a\nb'|indent
'a\n\nb\n'|indent(2)
'a\nb'|indent(2, true)
'a\n\nb'|indent(2, blank=true)
'a\nb'|indent('> ')
'a\nb'|indent(width=3, first=true)
''|indent
''|indent(first=true)
5|indent
range(7)|batch(3)|list
range(7)|batch(3, 'x')|list
range(7)|slice(3)|list
range(7)|slice(3, 'x')|list
[]|batch(2)|list
people[:3]|groupby('age')|list
people[:3]|groupby('age')|map('first')|list
people|groupby('name')|map(attribute='grouper')|list
people|groupby('name')|map(attribute='list')|map('length')|list
people|groupby('name', case_sensitive=true)|map(attribute='grouper')|list
people[:3]|groupby('zz', default='?')|map(attribute='grouper')|list
xs|sum
people[:3]|sum(attribute='age')
xs|sum(start=10)
[]|sum
[[1], [2]]|sum(start=[])
['a']|sum
xs|min
xs|max
words|min
words|max(true)
people[:3]|min(attribute='age')
[]|max
[]|max is defined
people|map(attribute='name')|list
people|map(attribute='tags')|list
people|map(attribute='tags', default=[])|list
people|map(attribute='tags.0')|list
people|map(attribute='tags.0', default='-')|list
words|map('upper')|list
words|map('replace', 'a', 'o')|join(',')
['1', 'x']|map('int', 5)|list
xs|map('string')|join
people|map
xs|map('nofilter')|list
[[1, 2], [3]]|map('first')|list
xs|select('odd')|list
xs|reject('odd')|list
xs|select('gt', 1)|list
xs|select('>', 1)|list
[0, 1, '', 'a', none]|select|list
[0, 1, '', 'a', none]|reject|list
people|selectattr('age')|map(attribute='name')|list
people|selectattr('age', 'equalto', 30)|map(attribute='name')|list
people|selectattr('age', '==', 30)|list|length
people|rejectattr('age', 'none')|map(attribute='name')|list
people|selectattr('tags', 'defined')|map(attribute='name')|list
people|selectattr('name', 'in', ['Ann', 'Bob'])|map(attribute='name')|list
messages|selectattr('role', 'eq', 'user')|list
messages|selectattr('role', 'eq', 'user')|length
(messages|selectattr('role', 'eq', 'nobody')) is defined
messages|selectattr('role', 'eq', 'user')|first
messages|selectattr('role', 'eq', 'user')|last
(messages|selectattr('role', 'eq', 'user'))[0] is defined
xs|select('nosuch')|list
xs|select
d|tojson
d|tojson(indent=2)
d|tojson(indent=4)
nested|tojson(indent=1)
[]|tojson(indent=2)
{}|tojson(indent=2)
d|tojson(separators=(',', ':'))
d|tojson(sort_keys=true)
{'b': 1, 'a': 2}|tojson(sort_keys=true, indent=2)
uni|tojson
uni|tojson(ensure_ascii=true)
quote|tojson
'\x01\x7f\u2028</script>'|tojson
[1.0, 1e22, 0.1, -0.0, true, none]|tojson
(1, 2)|tojson
{1: 2, none: 3, true: 4, 1.5: 5}|tojson
missing|tojson
d.items()|tojson
range(2)|tojson
{'a': missing}|tojson
big|tojson
d|tojson(indent='--')
d|tojson(indent=0)
d|tojson|safe
d|tojson|length
'<b>'|e
'<b>'|escape
'<b>'|e|e
'<b>'|forceescape
('<b>'|e) + '<i>'
'<i>' + ('<b>'|e)
('<b>'|e) ~ '<i>'
('<b>'|safe) + '<'
'<b>'|safe
"\"'&"|e
('<'|safe)|upper + '<'
'a b c_d e-f'|wordcount
''|wordcount
'foo bar baz qux'|truncate(9)
'foo bar baz qux'|truncate(9, true)
'foo bar baz qux'|truncate(11)
'foo bar baz qux'|truncate(11, false, '...', 0)
'foo bar'|truncate(100)
'foo'|center(9) ~ '|'
'ab'|center(5) ~ '|'
'%s, %s!'|format('a', 'b')
'%(x)s'|format(x=1)
'{}'|format(1)
people[0]|attr('name')
s|attr('upper') is callable
'a b&c=d/é'|urlencode
{'a b': 'c/d', 'x': 1}|urlencode
'<p>a  <b>b</b></p>'|striptags
1000000|filesizeformat
1|filesizeformat
500|filesizeformat
1536|filesizeformat(true)
{'class': 'x', 'id': none, 'n': 1}|xmlattr
5|nosuchfilter
missing is defined
missing is undefined
s is defined
none is none
missing is none
s is string
n is string
n is number
f is number
t is number
n is integer
t is integer
f is float
t is boolean
n is boolean
d is mapping
xs is mapping
xs is sequence
s is sequence
d is sequence
missing is sequence
d.items() is sequence
range(2) is sequence
xs is iterable
s is iterable
n is iterable
none is iterable
missing is iterable
d.items() is iterable
(xs|map('string')) is iterable
range is callable
s is callable
missing is callable
3 is odd
4 is even
-3 is odd
2.0 is even
's' is odd
9 is divisibleby 3
9 is divisibleby(2)
1 is eq 1
1 is equalto(2)
1 is == 1
1 is ne 2
1 is lt 2
2 is gt 1
2 is greaterthan 1
1 is le 1
1 is ge 2
2 is in xs
9 is not in xs
2 is not in [1]
none is sameas none
true is sameas 1
1 is sameas 1
t is true
no is false
1 is true
'abc' is lower
'ABC' is upper
'aBc' is lower
'upper' is filter
'zzz' is filter
'odd' is test
('a'|e) is escaped
'a' is escaped
s is nosuchtest
xs is not mapping and s is string
n is not none
not n is none
n is defined and n > 3
1 is number is string
-1|abs
-n|string
n|string + 'x'
1 + 2|string
(1 + 2)|string
'a' if missing is defined else 'b'
[x for x in xs]
lambda
a.b.c
s.nosuch
s.nosuch()
none()
n()
missing()
boom()
1 +
(1
[1, 2
{'a': }
'abc
"abc
1 2
@
a..b
a!b
$x
1 = 2
not
s.upper(1)
s|upper(1)
s|replace('a')
s.split(nope=1)
range('a')
strftime_now('%Y-%m-%d')
strftime_now('%d %B %Y, %H:%M:%S %A %a %b %j %I %p %y %U %W %w %%')
strftime_now('%-d %e %D %F %T %G %V %u')
raise_exception('no good')
raise_exception()
joiner(', ')()
cycler('a', 'b').next()
messages[0].content|trim
messages[-1]['role']
messages[1:]|length
messages|map(attribute='role')|join(',')
messages|selectattr('tool_calls', 'defined')|list|length
messages[2].content.split('</think>')[-1].lstrip('\n')
messages[2].content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n')
messages[2].tool_calls[0].function|tojson
messages[2]['tool_calls'][0]['function']['arguments'].items()|list
'tool_calls' in messages[2]
messages[2].tool_calls is defined and messages[2].tool_calls is not none
(messages|length) - 1
messages|length - 1
messages[0]['role'] == 'system' and not messages[0].zz
spec.properties|items|list
spec['properties'].p.enum|join('" | "')
spec.required or []
'p' not in (spec.required or [])
spec.properties.items()|list|length
loop
caller
true
True
False
None
none
nil
t
[t, no, nil]
""
''
"\u0041"
0
00
1__0
0x
0777
1.
.5
1.e5
n if n > 5 else 'small'
[1,2,3][1:][0]
'abc'[1]
'abc'[1:][0]
d.a[1]
d.a[2]
d.a|first
(d.a|last) is true
xs|sort|first
'%.3f' % half
0.5|round
1.5|round
1e400
-n // 2
n % 2 == 1
(n % 2) == 1
n ** 2
n is divisibleby 7
9223372036854775807
s ~ '!' * 3
s|upper|lower|title
'a,b'|replace(',', ';')|upper
s.split(', ')|map('lower')|list
'\n'.join(['a', 'b'])
{'a': 1}|length
{'a': [1]}['a'][0]
d == d
xs == [3, 1, 2]
xs != [3, 1]
''.join([])
('a', 'b')|join('/')
'a' in ('a', 'b')
'a' not in ['b']
x.y if x is defined else 'none'
[none, true, 1.50, 'x']|string
none|select|list
none|map('upper')|list
0|reject('odd')|list
n[1:]
d[::2]
d.items()[1:]
range(10)[2:8:3]
range(10)[::-1]
uni.title()
uni|title
uni.swapcase()
['<'|e, 'a'|safe]
('<b'|e)|list
d.b|truncate(5)
xs|truncate(1)
xs|truncate(1, leeway=0)
'a' % missing
'%s' % missing
'%d' % missing
{'a': none}|string
d|string
d.c|string|length
""" .strip("\n").split("\n")

TEMPLATES = [
    "{% for x in xs %}{{ x }}{% endfor %}",
    "{% for x in xs %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }};{% endfor %}",
    "{% for x in xs %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in xs %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}",
    "{% for x in [1,1,2,2] %}{{ loop.changed(x) }}{{ loop.cycle('a','b','c') }}{% endfor %}",
    "{% for x in none_list %}a{% else %}b{% endfor %}",
    "{% for x in missing %}a{% else %}b{% endfor %}",
    "{% for x in none %}a{% endfor %}",
    "{% for x in 5 %}a{% endfor %}",
    "{% for x in xs if x > 1 %}{{ loop.index }}:{{ x }}/{{ loop.length }} {% else %}none{% endfor %}",
    "{% for x in xs if x > 10 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in xs if loop.first %}{{ x }}{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d|items %}{{ k }}={{ loop.last }};{% endfor %}",
    "{% for k in d %}{{ k }},{% endfor %}",
    "{% for a, b in [[1,2],[3,4]] %}{{ a }}-{{ b }} {% endfor %}",
    "{% for a, (b, c) in [[1,[2,3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [[1,2,3]] %}{{ a }}{% endfor %}",
    "{% for a, b in [1] %}{{ a }}{% endfor %}",
    "{% for c in 'a😀b' %}[{{ c }}]{% endfor %}",
    "{% for x in xs %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in xs %}{{ x }}{% break %}{% else %}none{% endfor %}",
    "{% for x in xs %}{{ x }}{% continue %}{% else %}none{% endfor %}",
    "{% for x in xs %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in xs %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}E{% endfor %}",
    "{% for x in range(3) %}{% for y in range(2) %}{{ loop.index }}{{ x }}{{ y }} {% endfor %}{{ loop.index }}{% endfor %}",
    "{% for n in [{'v':1,'c':[{'v':2,'c':[{'v':3}]}]}] recursive %}{{ n.v }}@{{ loop.depth }}{% if n.c %}({{ loop(n.c) }}){% endif %}{% endfor %}",
    "{% for x in xs %}{{ loop(xs) }}{% endfor %}",
    "{% for x in xs %}{% set y = x %}{% endfor %}{{ y is defined }}",
    "{% set y = 0 %}{% for x in xs %}{% set y = y + x %}{{ y }}{% endfor %}{{ y }}",
    "{% set ns = namespace(y=0) %}{% for x in xs %}{% set ns.y = ns.y + x %}{% endfor %}{{ ns.y }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b = ns.a + 1 %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}",
    "{% set d.b = 2 %}",
    "{% set zz.b = 2 %}",
    "{% if t %}{% set q = 1 %}{% endif %}{{ q }}",
    "{% if no %}{% set q = 1 %}{% endif %}{{ q is defined }}",
    "{% if no %}{% set n = 1 %}{% endif %}{{ n }}",
    "{{ n }}{% set n = 1 %}{{ n }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = [1] %}",
    "{% set (a, b) = (1, 2) %}{{ b }}",
    "{% set a = 1, 2 %}{{ a }}",
    "{% set x %}a{{ n }}b{% endset %}[{{ x }}]",
    "{% set x | upper %}abc{% endset %}{{ x }}",
    "{% set x | upper | replace('A', 'z') %}abc{% endset %}{{ x }}",
    "{% set x %}{% set y = 1 %}{% endset %}{{ y is defined }}",
    "{% if no %}a{% elif n == 7 %}b{% else %}c{% endif %}",
    "{% if no %}a{% elif zero %}b{% else %}c{% endif %}",
    "{% if missing %}a{% else %}b{% endif %}",
    "{% if n > 3 and s %}yes{% endif %}",
    "{% if (1 if t else 0) %}x{% endif %}",
    "{% if 1, %}x{% endif %}",
    "{% if t: %}x{% endif %}",
    "{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=5, a=4) }}",
    "{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(z=1) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, z=4) }}",
    "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}hi {{ n }}{% endcall %}",
    "{% macro m() %}<{{ caller('x', 2) }}>{% endmacro %}{% call(a, b=1) m() %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m() %}x{% endmacro %}{% call m() %}hi{% endcall %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
    "{% macro m(x) %}{% if x > 0 %}{{ x }}{{ m(x - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "{% macro m() %}{{ n }}{% set n = 1 %}{{ n }}{% endmacro %}{{ m() }}{{ n }}",
    "{% macro m() %}{{ later }}{% endmacro %}{% set later = 5 %}{{ m() }}",
    "{% for x in xs %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% macro m() %}  a  {% endmacro %}[{{ m()|trim }}]",
    "{% macro m() -%}  a  {%- endmacro %}[{{ m() }}]",
    "{% macro m(a) %}{% endmacro %}{{ m.name }}{{ m.arguments }}",
    "{{ m() }}{% macro m() %}a{% endmacro %}",
    "{% filter upper %}abc{{ s }}{% endfilter %}",
    "{% filter replace('a', 'b') | upper %}abc{% endfilter %}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}",
    "{% with n = n + 1 %}{{ n }}{% endwith %}{{ n }}",
    "{% with a = 1, b = a %}{{ b }}{% endwith %}",
    "{% raw %}{{ x }} {% if %}{% endraw %}",
    "a\n  {% raw %}\n  x\n  {% endraw %}\nb",
    "a {%- raw -%}  x  {%- endraw -%}  b",
    "{# comment #}a{#- c -#} b",
    "  {# comment #}\nx",
    "a  {#- c -#}  b",
    "a {#+ c +#}\n b",
    "a\n  {% if t %}\n  b\n  {% endif %}\nc",
    "a\n  {%- if t %}\n  b\n  {%- endif %}\nc",
    "a\n  {% if t -%}\n  b\n  {% endif -%}\nc",
    "a\n  {%+ if t %}\n  b\n  {%+ endif %}\nc",
    "a\n  {% if t +%}\n  b\n  {% endif +%}\nc",
    "a {% if t %} b {% endif %} c",
    "  {% if t %}x{% endif %}",
    "\n  {% if t %}x{% endif %}\n\n",
    "x {% if t %}\n\ny{% endif %}",
    "  {{ n }}  \n  {{ n }}\n",
    "  {{- n -}}  x",
    "{{ n }}\n{{ n }}",
    "{{ n -}}\n {{ n }}",
    "{% if t %}\n  {% if t %}\n x\n  {% endif %}\n{% endif %}\n",
    "\t{% if t %}a{% endif %}\t{% if t %}b{% endif %}",
    "a\r\n{% if t %}\r\nb\r\n{% endif %}\r\n",
    "a\n\n",
    "a\n",
    "\n",
    "",
    "   ",
    "{{ '\n' }}|",
    "{{ 'a\r\nb' }}",
    "{{ {'a': {'b': 1}} }}",
    "{{ {'a': {}}.a }}",
    "{{ {'a': 1}['a'] }}}",
    "{ { n } }",
    "{{ n }}}}",
    "{%- for x in xs -%}\n {{ x }} \n{%- endfor -%}",
    "{% for m in messages -%}\n{{ m.role }}\n{% endfor %}",
    "{% for m in messages %}\n{{ m.role }}\n{% endfor %}",
    "{% for m in messages %}\n  {{- m.role }}\n{% endfor %}",
    "{% for m in messages %}{{ m.role }}: {{ m.content | trim }}{{ '\\n' if not loop.last }}{% endfor %}",
    "{% generation %}a{{ n }}{% endgeneration %}b",
    "{% for m in messages %}{% generation %}{{ m.role }} {% endgeneration %}{% endfor %}",
    "{% print n %}{% print 1, 2 %}",
    "{% set x = 'a' if t else 'b' %}{{ x }}",
    "{% set x = missing %}{{ x is defined }}{{ x }}",
    "{% block b %}in{{ n }}{% endblock %}",
    "{% block b %}in{% endblock b %}",
    "{% set q = 5 %}{% block b %}{{ q }}{% endblock %}",
    "{% for x in xs %}{% block b %}{{ x is defined }}{% endblock %}{% endfor %}",
    "{% for x in xs %}{% block b scoped %}{{ x }}{% endblock %}{% endfor %}",
    "{% autoescape false %}{{ '<' }}{% endautoescape %}",
    "{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}", "{% from 'x' import y %}",
    "{% do x %}", "{% nosuch %}", "{% endif %}", "{% if t %}", "{% for x in xs %}", "{% for x xs %}{% endfor %}",
    "{% if %}x{% endif %}", "{% set %}", "{% set x %}", "{% set 1 = 2 %}", "{% set true = 2 %}", "{% macro %}{% endmacro %}",
    "{% macro m(a=1, b) %}{% endmacro %}", "{% else %}", "{{ }}", "{{", "{%", "{#", "{{ n", "{% if n", "{% raw %}x",
    "{{ n }", "{% if t %}{% endfor %}", "{% break %}", "{% for x in xs %}{% endif %}{% endfor %}", "{% call n %}{% endcall %}",
    "{{ raise_exception('Roles must ' ~ 'alternate') }}",
    "{% if n %}{{ raise_exception('x is ' + n|string) }}{% endif %}",
    "{% set j = joiner(', ') %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %}",
    "{% set c = cycler('a', 'b') %}{% for x in xs %}{{ c.next() }}{% endfor %}{{ c.current }}{{ c.reset() }}{{ c.current }}",
    "{% set g = xs|map('string') %}{{ g|join(',') }}|{{ g|join(',') }}",
    "{% set g = xs|select('gt', 99) %}{{ 'yes' if g else 'no' }}",
    "{% for x in xs|select('odd') %}{{ x }}{{ loop.last }}{{ loop.length }}{% endfor %}",
    "{% set x = namespace(found=false) %}{% for m in messages if not x.found %}{{ m.role }}{% set x.found = true %}{% endfor %}",
    "{%- set messages = messages[1:] -%}{{ messages|length }}",
    "{% for message in messages[::-1] %}{% set index = (messages|length - 1) - loop.index0 %}{{ index }}{% endfor %}",
    "{% for x in xs %}{% if loop.index is divisibleby 2 %}e{% else %}o{% endif %}{% endfor %}",
    "{% for x in [1, 2] %}{% with y = x * 2 %}{{ y }}{% endwith %}{% endfor %}",
    "{% for x in [1, 2] %}{% if x == 1 %}{% with y = x %}{% continue %}{% endwith %}{% endif %}{{ x }}{% endfor %}",
    "{% for tool in [spec] %}{{ tool | tojson(indent=4) }}\n\n{% endfor %}",
    "{% macro t(s) %}{% if s.type == 'object' %}{ {% for k, v in s.properties.items() %}{{ k }}: {{ t(v) }}{% endfor %} }{% elif s.enum %}{{ s.enum|join(' | ') }}{% else %}{{ s.type }}{% endif %}{% endmacro %}{{ t(spec) }}",
    "{%- macro a() %}A{%- endmacro %}\n{%- macro b() %}{{ a() }}B{%- endmacro %}\n{{- b() }}",
    "{% for a in xs %}{% set b = a %}{% if loop.first %}{% set b = 'f' %}{% endif %}{{ b }}{% endfor %}",
    "{% set x = 1 %}{% if t %}{% set x = 2 %}{% if t %}{% set x = 3 %}{% endif %}{% endif %}{{ x }}",
    "{% set a = [] %}{% for x in xs %}{% set a = a + [x] %}{% endfor %}{{ a }}",
    "{% set ns = namespace(a=[]) %}{% for x in xs %}{% set ns.a = ns.a + [x * 2] %}{% endfor %}{{ ns.a }}",
    "{{ messages[0].content }}|{{ messages[0]['content'] | trim }}",
    "{{ bos_token }}x{{ eos_token is defined }}",
    "{{ s.upper( ) }}{{ s|upper|  lower }}",
    "{{ [\n1,\n2\n]\n}}",
    "{{ m(*[1], **{'b': 2}) }}",
    "{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(*[1], **{'b': 2}) }}{{ m(*[3, 4]) }}",
    "{{ dict(**{'a': 1}) }}{{ dict(a=1, **{'a': 2}) }}",
    "{% if 'a' is in ['a'] and 'b' is not in ['a'] %}ok{% endif %}",
    "{% if not (t and no) %}ok{% endif %}{% if not t or n %}ok{% endif %}",
    "{% for i in range(0, 6, 2) %}{{ i }}{% endfor %}",
    "{% set loop = 1 %}{{ loop }}",
    "{% for loop in xs %}{{ loop }}{% endfor %}",
    "{{ caller is defined }}{{ varargs is defined }}",
    "{{ missing.a if missing is defined else 'q' }}",
    "{% set x = {'a': 1} %}{% set x = dict(x, b=2) %}{{ x }}{{ x.b }}",
    "{% set content = 'a<|im_end|>b' %}{{ content.replace('<|im_end|>', '') }}",
]


def made(template):
    try:
        return {"template": template, "output": ENVIRONMENT.from_string(template).render(**VARIABLES)}
    except jinja2.exceptions.TemplateSyntaxError as error:
        return {"template": template, "error": "syntax", "message": error.message}
    except jinja2.exceptions.UndefinedError as error:
        return {"template": template, "error": "undefined", "message": str(error)}
    except Exception as error:  # noqa: BLE001: whatever it is, the template is at fault
        kind = "raised" if type(error) is jinja2.exceptions.TemplateError else "failed"
        return {"template": template, "error": kind, "message": str(error)}


templates = ["{{ " + expression + " }}" for expression in EXPRESSIONS] + TEMPLATES
# An address differs each time.
made_cases = [case for case in map(made, templates) if " at 0x" not in case.get("output", "")]
text = "{\n\"variables\": " + json.dumps(VARIABLES) + ",\n\"cases\": [\n"
text += ",\n".join(json.dumps(case) for case in made_cases) + "\n]}\n"
Path(__file__).with_name("cases.json").write_text(text)
print(len(made_cases), sum("error" in case for case in made_cases))
