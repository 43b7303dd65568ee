#!/usr/bin/env python3
"""Renders small templates, one for each point of the language, with Python's jinja2 in the configuration of
make_template_golden.py and writes language.json: [{name, template, context, expected | error}]."""
import json
from make_template_golden import env

CONTEXT = {
    "s": "Hello, World", "u": "深海 🐋 é", "n": 7, "f": 2.5, "t": True, "none_": None, "e": "", "l": [3, 1, 2],
    "d": {"b": 1, "a": [True, None, 1.5], "items": "hidden", "content": "text"},
    "w": "  padded \n", "lines": "one\ntwo\r\nthree\n\nfive",
    "m": [{"role": "user", "content": "Hi", "n": 2}, {"role": "assistant", "content": "Ho", "n": 1},
          {"role": "user", "content": "Hm"}],
    "words": ["b", "A", "c", "a", "B"], "deep": {"x": {"y": [{"z": "found"}]}},
}

EXPRESSIONS = r"""
1 + 2 * 3
(1 + 2) * 3
7 // 2
-7 // 2
7 // -2
-7 % 3
7 % -3
7.5 // 2
-7.5 % 2
2 ** 10
2 ** -1
2 ** 3 ** 2
-2 ** 2
1 / 3
6 / 2
1 / 0
1 % 0
1e3
1.5e-7
1e16
123456789012345678.0
1e15
0.1 + 0.2
1_000
0x1f
0o17
0b101
10 ** 18
true + 1
not true
not not 1
none
True
None
1 == 1.0
1 == true
'a' == 'a'
[1, 2] == [1, 2]
(1, 2) == [1, 2]
{'a': 1} == {'a': 1.0}
1 < 2 < 3
1 < 3 < 2
3 > 2 > 1
'a' < 'b'
'a' < 1
[1, 2] < [1, 3]
[1] < [1, 0]
'a' in 'abc'
'z' not in 'abc'
1 in [1, 2]
'b' in d
1 in 'abc'
1 in 5
1 is in [1, 2]
'a' ~ 1 ~ none ~ 1.0 ~ true
'a' + 'b'
'a' + 1
1 + 'a'
'a' * 3
3 * 'ab'
'a' * -1
[1] * 2
[1] + [2]
(1,) + (2,)
[1] + (2,)
'a' - 'b'
-'a'
+n
-f
s[0]
s[-1]
s[99]
s[1:4]
s[:-1]
s[::-1]
s[::2]
s[-3:]
s[5:2]
s[10:0:-3]
s['a':]
s[::0]
u[1]
u[3]
u[::-1]
u|length
l[0]
l[-1]
l[5] is defined
l[1:]
l[::-1]
l[None:2]
l['a'] is defined
(1, 2)[0]
range(5)
range(5)|list
range(1, 10, 3)|list
range(5, 0, -2)|list
range(3)[1]
range(10)[2:4]|list
range(0)|list
range(100001)
range(1, 2, 0)
3 in range(1, 9, 2)
4 in range(1, 9, 2)
range(5)|length
d.b
d['b']
d.items() | list
d['items']
d.content
d.get('zz')
d.get('zz', 5)
d.get('b', 5)
d.keys()|list
d.values()|list
d.missing
d.missing.more
d['missing'] is defined
missing
missing.more
missing()
missing + 1
missing|length
missing|list
missing == other
missing|default('x')
missing|d('x')
e|default('x')
e|default('x', true)
none_|default('x')
none_|default('x', boolean=true)
missing is defined
missing is undefined
missing is none
none is none
n is number
n is integer
f is float
f is integer
true is number
true is integer
true is boolean
s is string
s is iterable
l is iterable
n is iterable
l is sequence
d is mapping
d is sequence
d is iterable
missing is iterable
s is sequence
s is callable
range is callable
n is odd
n is even
n is divisibleby 7
n is divisibleby(2)
'abc' is lower
'ABC' is upper
'A1' is upper
1 is eq 1
1 is equalto(2)
1 is ne 2
1 is lt 2
1 is le 1
1 is gt 2
1 is ge 1
1 is not eq 1
true is true
1 is true
false is false
none is sameas none
'a' is in 'abc'
'length' is filter
'nope' is filter
'odd' is test
1 if true else 2
1 if false else 2
1 if false
(1 if false) is defined
1 if 2 if 0 else 3 else 4
true and 'x'
false and 'x'
0 or 'y'
'' or none or 'z'
1 and 0 or 2
not 1 == 2
[1, 'a', none, true, 1.0, [2], (3,), {'k': 'v'}]
{'a': 1, 2: 'b', none: 3, true: 4}
{'a': 1, 'a': 2}
()
(1,)
[]
{}
"it's"
["it's", 'say "x"', "both ' and \""]
['tab\t', 'nl\n', 'back\\slash', 'é', '\x00\x7f', '\u200b']
'\x41\u00e9\101\z'
'a' 'b' 'c'
'%s is %d' % ('x', 3)
'%5.2f|%-5s|%05d|%+d|%x|%X|%o|%e|%g|%%' % (3.14159, 'ab', 42, 5, 255, 255, 8, 12345.678, 0.0001)
'%s' % 'only'
'%s' % [1, 2]
'%s' % none
'%s %s' % 'x'
'%s' % ('a', 'b')
'%(a)s-%(b)d' % {'a': 'x', 'b': 2}
'%r' % 'q'
'%c%c' % ('x', 65)
'%d' % 3.9
'%d' % 'x'
'%.3s|' % 'abcdef'
'%5s|%-5s|' % ('é', 'é')
'%*d' % (5, 3)
'% d' % 5
'%#x' % 255
'%g' % 1e20
'%g' % 100000.0
'%.2e' % 0
'{} {}'.format('a', 1)
'{0} {1} {0}'.format('a', 'b')
'{x} {y[1]} {z.b}'.format(x=1, y=[2, 3], z=d)
'{:>5}|{:<5}|{:^5}|{:*^7}|'.format('a', 'b', 'c', 'd')
'{:5d}|{:<5d}|{:05d}|{:+d}|{:,}|{:x}|{:#x}|{:b}'.format(1, 2, 3, 4, 1234567, 255, 255, 5)
'{:.2f}|{:10.3f}|{:e}|{:%}|{:g}|{}'.format(3.14159, 2.5, 12345.0, 0.25, 1e10, 1.0)
'{!r:>5}'.format('a')
'{{}} {}'.format(1)
'{}'.format()
'{'.format()
'{:.3}'.format('abcdef')
'{} {}'.format(true, none)
'{:^6}|{:^5}|'.format('abc', 'ab')
'abc'.center(6) ~ '|' ~ 'ab'.center(5, '*') ~ '|'
'abc'.ljust(5) ~ '|' ~ 'abc'.rjust(5, '.') ~ '|'
'-42'.zfill(6)
'7'.zfill(3)
s.upper()
s.lower()
s.swapcase()
s.title()
"they're bill's".title()
"they're bill's"|title
'foo-bar (baz) [qux] {x} <y>'|title
'straße'.upper()
'ÀÉ'.lower()
'hELLO wORLD'.capitalize()
'éa'|capitalize
w.strip() ~ '|'
w.lstrip() ~ '|'
w.rstrip() ~ '|'
'xxhixx'.strip('x')
'abcba'.strip('ab')
'abcba'.lstrip('ab')
'abcba'.rstrip('ab')
'a,b,,c'.split(',')
'a,b,,c'.split(',', 1)
'a,b,,c'.rsplit(',', 1)
'  a  b c '.split()
'  a  b c '.split(None, 1)
'  a  b c '.rsplit(None, 1)
'  a  b c '.rsplit(none, 2)
''.split()
''.split(',')
'abc'.split('')
'a</think>b</think>c'.split('</think>')[-1]
'a</think>b</think>c'.split('</think>', 1)[1]
'a,b,c'.split(',', maxsplit=1)
'a=b=c'.partition('=')
'a=b=c'.rpartition('=')
'abc'.partition('=')
'abc'.rpartition('=')
lines.splitlines()
lines.splitlines(true)
'-'.join(['a', 'b'])
'-'.join([1])
'-'.join('abc')
'aXbXc'.replace('X', 'yy')
'aXbXc'.replace('X', 'y', 1)
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
'aaa'.replace('aa', 'b')
'aXb'|replace('X', 1)
'aXbX'|replace('X', 'y', 1)
s.startswith('He')
s.startswith(('x', 'H'))
s.startswith('e', 1)
s.endswith('ld')
s.endswith('Hello', 0, 5)
s.find('o')
s.find('o', 5)
s.find('zz')
s.rfind('o')
u.find('é')
s.index('W')
s.index('zz')
s.count('l')
s.count('')
'aaaa'.count('aa')
'prefix-x'.removeprefix('prefix-')
'x.txt'.removesuffix('.txt')
'123'.isdigit()
''.isdigit()
'12a'.isdigit()
'abc'.isalpha()
'ab1'.isalnum()
'  '.isspace()
'ABC'.isupper()
'aB'.islower()
'½'.isnumeric()
'abc'.nope()
'abc'.nope is defined
l.append(4)
d.update({'x': 1})
d.pop('b')
l.index(1)
l.index(9)
l.count(1)
(1, 2, 1).count(1)
l|sort
l|sort(reverse=true)
words|sort
words|sort(case_sensitive=true)
m|sort(attribute='n')|map(attribute='role')|list
[{'a': 2, 'b': 1}, {'a': 1, 'b': 2}, {'a': 1, 'b': 1}]|sort(attribute='a,b')|list
[1, 'a']|sort
words|unique|list
[1, 1.0, 2, true]|unique|list
words|min
words|max
l|min
[]|max
m|selectattr('n', 'defined')|list|length
m|selectattr('role', 'equalto', 'user')|map(attribute='content')|join(', ')
m|selectattr('role', '==', 'user')|list|length
m|rejectattr('role', 'eq', 'user')|map(attribute='content')|list
m|selectattr('n')|list|length
m|map(attribute='n', default=0)|list
m|map('length')|list
words|map('upper')|list
words|map('replace', 'a', 'x')|list
m|map(attribute='content')|map('lower')|join('/')
[1, 2, 3, 4]|select('odd')|list
[1, 2, 3, 4]|reject('odd')|list
[1, 2, 3, 4]|select('divisibleby', 2)|list
[0, 1, '', 'a', none]|select|list
[0, 1, '', 'a', none]|reject|list
['a', 'b']|select('in', ['a'])|list
m|groupby('role')|length
(m|groupby('role'))[0][0]
(m|groupby('role'))[1][1]|length
{'b': 2, 'A': 1, 'c': 0}|dictsort
{'b': 2, 'A': 1, 'c': 0}|dictsort(true)
{'b': 2, 'A': 1, 'c': 0}|dictsort(false, 'value')
{'b': 2, 'a': 1}|dictsort(reverse=true)
{'b': 2}|items|list
missing|items|list
[1, 2, 3, 4, 5]|batch(2)|list
[1, 2, 3, 4, 5]|batch(2, 'x')|list
[1, 2, 3, 4, 5]|slice(2)|list
[1, 2, 3, 4, 5]|slice(3, 'x')|list
l|first
l|last
[]|first is defined
'abc'|first
d|first
d|last
l|length
d|length
n|length
s|length
s|list
d|list
n|list
l|sum
[]|sum
l|sum(start=10)
m[:2]|sum(attribute='n')
['a', 'b']|sum
l|join
l|join(',')
m|join(',', attribute='role')
'abc'|join('-')
l|reverse|list
'abc'|reverse
'abc'|upper
'ABC'|lower
7|upper
w|trim ~ '|'
'xxaxx'|trim('x')
'a b  c'|wordcount
'<a href="x">\'&</a>'|escape
'<b>'|e
'<b>'|safe
5|string ~ 'x'
'42'|int
' 42 '|int
'42.9'|int
'x'|int
'x'|int(5)
'ff'|int(0, 16)
'0x1f'|int(base=16)
3.9|int
-3.9|int
none|int
missing|int
true|int
'1e3'|int
'1.5'|float
'x'|float
'x'|float(2.0)
3|float
-3|abs
-3.5|abs
'a'|abs
42.55|round
42.55|round(1)
42.55|round(1, 'floor')
42.55|round(1, 'ceil')
2.5|round
3.5|round
42|round
1234|round(-2)
2.675|round(2)
-0.4|round
1.5|round(method='up')
'foo bar baz qux'|truncate(9)
'foo bar baz qux'|truncate(9, true)
'foo bar baz qux'|truncate(11)
'foo bar baz qux'|truncate(11, false, '...', 0)
'a b'|urlencode
'ä/ö?x=1&y~*'|urlencode
'x\ny\n\nz'|indent
'x\ny\n\nz'|indent(2, true)
'x\ny\n\nz'|indent(2, blank=true)
'x\ny'|indent('> ')
'x\ny'|indent(width=1, first=true)
'abc'|center(9) ~ '|'
'%s-%s'|format('a', 1)
'%(x)s'|format(x=1)
d|attr('b') is defined
s|attr('upper')()
d|tojson
d|tojson(indent=2)
{'ä': 'ü"\\/\n\t\x01\x7f🐋</script>'}|tojson
{'ä': 'ü🐋'}|tojson(ensure_ascii=true)
[1, 1.0, 1e20, 0.1, none, true]|tojson
[]|tojson(indent=2)
{'a': [], 'b': {}}|tojson(indent=2)
{'b': 1, 'a': 2}|tojson(sort_keys=true)
{'b': 1, 'a': 2}|tojson(separators=(',', ':'))
{1: 2, none: 3, true: 4, 1.5: 5}|tojson
(1, 2)|tojson
missing|tojson
range|tojson
'x'|tojson
'x'|nope
'x' is nope
dict(a=1, b=2)
dict([('a', 1), ('b', 2)])
dict({'a': 1}, b=2)
dict(a=1).b
namespace(a=1).a
namespace(a=1).zz is defined
joiner(',')() ~ joiner(',')()
strftime_now('%Y-%m-%d %H:%M:%S')
strftime_now('%d %b %Y')
strftime_now('%A, %B %d, %y %j %I %p %a %e %%')
strftime_now('%-d/%-m')
deep.x.y[0].z
deep['x']['y'].0.z
deep.x.nope.z
deep|attr('x') is defined
[deep]|map(attribute='x.y.0.z')|list
[1, 2, 3]|last
[[1, 2], [3, 4]]|map('first')|list
[[1, 2], [3]]|map('join', '-')|list
[1, 2].0
1 in {1: 2}
[1] in [[1]]
{[1]: 2}
{(1, 2): 3}
d[[1]] is defined
(1, 2) < (1, 3)
1 < 'a'
none < 1
none == false
0 == false
'' == none
[] == false
[1, [2, [3, (4, {'a': none})]]]
1 ~ 2
'x' ~ missing ~ 'y'
[missing]
'a' 'b'|upper
-1|abs
-3 ** 2
2 * 'ab'|length
not 'a' in 'b'
(not 'a') in ['b']
1 == 1 == 1
1 != 2
'a' if 'b' in 'abc' else 'c'
[1, 2, 3,]
{'a': 1,}
('a' 'b')
l.0
1 is defined and 2 is defined
missing is defined or n
none is not none
n is not string
d is mapping and d.b
'x' is string and 'y' or 'z'
s.split(', ')|map('lower')|list
s|replace('o', '0')|upper
s[:5]|lower|capitalize
(s|list)[0]
'%s'|format(l)
'1' * 3|int
u.upper()
'ǆ'.title()
'ΑΣ'.lower()
'ﬁ'.upper()
'ABC'.casefold()
""|length
'a\\b'
'\u00e9' == 'é'
'abc'[1]
'abc'[1:][0]
'ab'[5:] == ''
'a'['b']
n['x'] is defined
n.x is defined
none_.x is defined
none_['x'] is defined
none_()
n()
s()
raise_exception('no')
raise_exception(5)
range(3, none)
range('a')
[1,2,3]|join(none)
[3, 1.5, true]|sort
{'a': 1}.items()|list
{'a': {'b': 2}}.a.b
{'x': 1}|length
[1, 2, 3]|select('nope')|list
[1]|map('nope')|list
1|default(2)|default(3)
m|map(attribute='role')|unique|join
m|map(attribute='role')|list|unique|sort|join(' ')
m|length > 2
m[-1].role == 'user'
m[0:2]|map(attribute='role')|list
m[1:]|length
(m|first).content
(m|last)['content']
m|last|attr('content') is defined
loop is defined
'a'.isascii()
'a b'.split(' ')|last
1e400
'inf'|float
""".strip("\n").split("\n")

BODIES = {
    "trim blocks": "{% if t %}\nx\n{% endif %}\ny\n",
    "lstrip blocks": "a\n   {% if t %}\n   x\n   {% endif %}\nb",
    "lstrip first line": "   {% if t %}x{% endif %}",
    "no lstrip before output": "   {{ n }}\n",
    "no lstrip behind text": "a  {% if t %}x{% endif %}",
    "plus signs": "  {%+ if t %}x{%+ endif +%}\ny",
    "minus signs": "a  \n {%- if t -%} \n x \n {%- endif -%} \n b",
    "minus in output": "a {{- n -}} b",
    "comment": "a{# x #}\nb {#- y -#} c",
    "comment at line start": "a\n  {# x #}\nb",
    "comment plus": "a{# x +#}\nb",
    "raw": "{% raw %}{{ n }} {% if %}{% endraw %}x",
    "raw signs": "a {%- raw -%} {{ n }} {%- endraw -%} b",
    "raw lines": "{% raw %}\n  {{ n }}\n  {% endraw %}\nx",
    "trailing newline": "x\n\n",
    "carriage returns": "a\r\nb\rc\r\n",
    "braces in output": "{{ {'a': {'b': 1}} }}",
    "percent in string": "{{ '%}' }}{{ '}}' }}",
    "single braces": "{ } {x} %} }} #}",
    "for": "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }} {% endfor %}",
    "for previtem": "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "for cycle changed": "{% for x in [1, 1, 2] %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x) }} {% endfor %}",
    "for else": "{% for x in [] %}x{% else %}none{% endfor %}{% for x in [1] %}x{% else %}none{% endfor %}",
    "for undefined": "{% for x in missing %}x{% else %}none{% endfor %}",
    "for none": "{% for x in none %}x{% endfor %}",
    "for number": "{% for x in 5 %}x{% endfor %}",
    "for filter": "{% for x in [1, 2, 3] if x is odd %}{{ loop.index }}:{{ x }}/{{ loop.length }} {% endfor %}",
    "for unpack": "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "for unpack brackets": "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "for unpack wrong": "{% for a, b in [(1, 2, 3)] %}x{% endfor %}",
    "for text": "{% for c in u %}{{ c }}.{% endfor %}",
    "for dict": "{% for k in d %}{{ k }} {% endfor %}",
    "for recursive": "{% for x in [[1, [2]], 3] recursive %}{% if x is iterable %}[{{ loop(x) }}]{% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}",
    "loop call not recursive": "{% for x in l %}{{ loop(x) }}{% endfor %}",
    "for tuple": "{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "loop length": "{% for x in l %}{{ loop|length }}{% endfor %}",
    "break": "{% for x in l %}{% if loop.index == 2 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "continue": "{% for x in l %}{% if loop.index == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "break outside": "{% break %}",
    "nested loops": "{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
    "loop variable behind": "{% for x in l %}{% endfor %}{{ x is defined }}",
    "set in loop": "{% set x = 0 %}{% for y in l %}{% set x = x + y %}{{ x }} {% endfor %}{{ x }}",
    "set in if": "{% if t %}{% set x = 5 %}{% endif %}{{ x }}",
    "set tuple": "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "set one tuple": "{% set a = 1, 2 %}{{ a }}",
    "set wrong": "{% set a, b = 1 %}",
    "set none": "{% set none = 1 %}",
    "set block": "{% set x %}a {{ n }}{% endset %}{{ x|upper }}",
    "set block filter": "{% set x | upper | replace('A', 'z') %}a {{ n }}{% endset %}{{ x }}",
    "set block scope": "{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "namespace": "{% set ns = namespace(x=0) %}{% for y in l %}{% set ns.x = ns.x + y %}{% endfor %}{{ ns.x }}",
    "namespace new attribute": "{% set ns = namespace() %}{% set ns.y = 3 %}{{ ns.y }}{{ ns.z is defined }}",
    "namespace from dict": "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}",
    "namespace block": "{% set ns = namespace() %}{% set ns.x %}q{% endset %}{{ ns.x }}",
    "attribute of no namespace": "{% set d.x = 1 %}",
    "if elif": "{% if e %}1{% elif none %}2{% elif n %}3{% else %}4{% endif %}",
    "if else": "{% if missing %}1{% else %}2{% endif %}",
    "macro": "{% macro f(a, b=2, c='x') %}{{ a }}-{{ b }}-{{ c }}{% endmacro %}{{ f(1) }} {{ f(1, c=3) }} {{ f(1, 2, 3) }} {{ f() }}",
    "macro defaults": "{% macro f(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}",
    "macro too many": "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}",
    "macro unknown": "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(x=2) }}",
    "macro twice": "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, a=2) }}",
    "macro varargs": "{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, 3, x=4) }}",
    "macro name": "{% macro f(a, b) %}{% endmacro %}{{ f.name }}{{ f.arguments }}",
    "macro sees globals": "{% set x = 1 %}{% macro f() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ f() }}",
    "macro recursion": "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "macro star": "{% macro f(a, b, c) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(*[1, 2], **{'c': 3}) }}",
    "macro result": "{% macro f() %} x {% endmacro %}{{ f()|trim|upper }}{{ f() is string }}",
    "macro undefined parameter": "{% macro f(a) %}{{ a is defined }}{{ a }}{% endmacro %}{{ f() }}",
    "call": "{% macro f(a) %}<{{ caller() }}{{ a }}>{% endmacro %}{% call f(1) %}body{{ n }}{% endcall %}",
    "call arguments": "{% macro f() %}{{ caller(1) }}{{ caller(2) }}{% endmacro %}{% call(x) f() %}[{{ x }}]{% endcall %}",
    "call without caller": "{% macro f() %}x{% endmacro %}{% call f() %}y{% endcall %}",
    "caller undefined": "{% macro f() %}{% if caller %}y{% else %}n{% endif %}{% endmacro %}{{ f() }}",
    "filter block": "{% filter upper %}abc{{ s }}{% endfilter %}",
    "filter block chain": "{% filter replace('b', 'x')|upper %}abc{% endfilter %}",
    "with": "{% with a=1, b=2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "with outer": "{% set a = 5 %}{% with a=1, b=a %}{{ b }}{% endwith %}",
    "print": "{% print n %}",
    "output tuple": "{{ 1, 2 }}",
    "unknown tag": "{% nope %}",
    "unclosed if": "{% if t %}x",
    "unclosed output": "{{ n",
    "unclosed string": "{{ 'x }}",
    "unclosed comment": "{# x",
    "unclosed raw": "{% raw %}x",
    "wrong end": "{% if t %}x{% endfor %}",
    "stray end": "x{% endif %}",
    "stray bracket": "{{ n) }}",
    "wrong bracket": "{{ (n] }}",
    "empty output": "{{ }}",
    "bad character": "{{ n ? 1 }}",
    "bad operator": "{{ 1 + }}",
    "chained tests": "{{ 1 is defined is defined }}",
    "keyword before positional": "{{ dict(a=1, 2) }}",
    "dict keys with origin": "{% for k in {'x': 1} %}{{ k }}{% endfor %}",
    "whole dictionary": "{{ d }}",
    "whole messages": "{{ m }}",
    "scoped else": "{% for x in [] %}{% else %}{% set q = 1 %}{% endfor %}{{ q is defined }}",
    "joiner": "{% set j = joiner('|') %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}",
    "late loop name": "{% for m in m %}{{ m.role }}{% endfor %}",
    "inline for condition": "{% for x in m if x.role == 'user' and x.n is defined %}{{ x.content }}{% endfor %}",
    "loop in macro": "{% macro f() %}{{ loop is defined }}{% endmacro %}{% for x in [1] %}{{ f() }}{% endfor %}",
    "strip between": "{{ 'a' }}  {%- if t %}  b  {%- endif %}  c",
    "trim keeps second line break": "{% if t %}\n\nx{% endif %}",
    "lstrip tabs": "x\n\t {% if t %}y{% endif %}",
    "comment then block": "x\n {# c #} {% if t %}y{% endif %}",
    "output behind block": "{% if t %}\n{{ n }}\n{% endif %}\n",
    "llama header": "{{- '<|start_header_id|>' + m[0]['role'] + '<|end_header_id|>\n\n' + m[0]['content'] | trim + '<|eot_id|>' }}",
    "filter binds closer than plus": "{{ 'a' + ' b ' | trim + 'c' }}",
    "json in text": "{{ '{\"x\": ' + (d | tojson) + '}' }}",
    "set from macro": "{% macro f(x) %}{{ x * 2 }}{% endmacro %}{% set y = f(4) %}{{ y + '!' }}",
    "nested macros": "{% macro g(x) %}<{{ x }}>{% endmacro %}{% macro f(x) %}{{ g(g(x)) }}{% endmacro %}{{ f(1) }}",
    "shadowed function": "{% set range = 5 %}{{ range }}",
    "multiline tag": "{%\n if\n t\n%}x{%\nendif\n%}",
    "multiline dict": "{{ {\n 'a': 1,\n 'b': [1,\n 2]\n} }}",
}


def main():
    cases = []
    for name, source in [(e, "{{ " + e + " }}") for e in EXPRESSIONS] + list(BODIES.items()):
        case = {"name": name, "template": source}
        if not cases:
            case["context"] = CONTEXT  # the others have the same
        try:
            case["expected"] = env().from_string(source).render(**CONTEXT)
        except Exception as x:
            case["error"] = type(x).__name__
        cases.append(case)
    json.dump(cases, open("language.json", "w", encoding="utf-8"), ensure_ascii=False, indent=0)
    print(len(cases), "cases,", sum("error" in c for c in cases), "of them errors")


if __name__ == "__main__":
    main()
