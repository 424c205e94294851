package dev.fader.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Schemas in the ways in which pydantic, zod, OpenAPI and people write them: what is written
/// validates, what must be possible is, what must not be is not. Quotes are single here; texts to
/// accept are parted by ` ; `.
class WrittenSchemasTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '`',
      value = {
        // The inputs of shared/cases/schemas, and more of their kinds.
        "oneOf of enums ¦ {'oneOf':[{'enum':['b']},{'enum':['b','c']}]} ¦ 'c' ¦ 'b'",
        "oneOf of kinds that overlap ¦ {'oneOf':[{'type':'integer'},{'type':'number','minimum':10}]} ¦ 3 ; 10.5 ¦ 12 ; 1.5",
        "oneOf of members ¦ {'type':'object','properties':{'a':{'type':'null'},'b':{'type':'null'}},'additionalProperties':false,'oneOf':[{'required':['a']},{'required':['b']}]} ¦ {'a':null} ; {'b':null} ¦ {} ; {'a':null,'b':null}",
        "oneOf of lengths ¦ {'type':'string','oneOf':[{'minLength':2},{'maxLength':3}]} ¦ 'a' ; 'abcd' ¦ 'ab' ; 'abc'",
        "oneOf of steps ¦ {'type':'integer','oneOf':[{'multipleOf':2},{'multipleOf':3}]} ¦ 2 ; 9 ¦ 5 ; 6",
        "oneOf with not of more than one ¦ {'oneOf':[{'type':'integer','not':{'type':'integer','maximum':-15,'multipleOf':1}},{'type':'integer','multipleOf':2}]} ¦ 1 ; -16 ¦ 0 ; -15 ; 2",
        "oneOf of closed objects ¦ {'oneOf':[{'type':'object','properties':{'a':{'type':'null'}},'additionalProperties':false},{'type':'object','properties':{'b':{'type':'null'}},'additionalProperties':false}]} ¦ {'a':null} ; {'b':null} ¦ {}",
        "allOf with a closed object ¦ {'allOf':[{'type':'object','properties':{'a':{'enum':[1]}},'additionalProperties':false},{'type':'object','properties':{'b':{'enum':[2]}}}]} ¦ {} ; {'a':1} ¦ {'b':2} ; {'a':1,'b':2}",
        "items speak of their own prefix ¦ {'allOf':[{'prefixItems':[{'type':'null'}],'items':{'type':'integer'}},{'type':'array','maxItems':3}]} ¦ [null,1,2] ¦ [null,null] ; [null,1,2,3]",
        "a branch that cannot be ¦ {'type':'object','properties':{'a':{'enum':[1]}},'required':['a'],'anyOf':[{'type':'null'},{'type':'object'}]} ¦ {'a':1} ¦ null ; {}",
        "enum and minimum ¦ {'type':'integer','enum':[1,5,10],'minimum':4} ¦ 5 ; 10 ¦ 1",
        "enum and pattern ¦ {'enum':['a','ab',1],'pattern':'^ab?$','maxLength':1} ¦ 'a' ; 1 ¦ 'ab'",
        "enum of objects ¦ {'enum':[{'a':1},{'b':2}],'required':['b']} ¦ {'b':2} ¦ {'a':1}",
        "const and items ¦ {'const':[1,2],'items':{'type':'integer'}} ¦ [1,2] ¦ [2,1]",
        "enum beside oneOf ¦ {'enum':[1,2,'x'],'oneOf':[{'type':'integer'},{'const':2}]} ¦ 1 ¦ 2 ; 'x'",
        "recursion beside unknown keywords ¦ {'$defs':{'N':{'type':'object','properties':{'c':{'anyOf':[{'$ref':'#/$defs/N'},{'type':'null'}],'nullable':true}}}},'$ref':'#/$defs/N'} ¦ {} ; {'c':{'c':null}} ¦ {'c':1}",
        "recursion through allOf ¦ {'type':'object','properties':{'n':{'allOf':[{'$ref':'#'},{'description':'next'}]}}} ¦ {'n':{'n':{}}} ¦ {'n':1}",
        "recursion through two ¦ {'$defs':{'A':{'allOf':[{'$ref':'#/$defs/B'},{'properties':{'a':{'$ref':'#/$defs/A'}}}]},'B':{'type':'object','properties':{'b':{'$ref':'#/$defs/A'}}}},'$ref':'#/$defs/A'} ¦ {'b':{'a':{}}} ; {} ¦ {'b':[]}",
        "unknown keywords that differ ¦ {'allOf':[{'type':'object','properties':{'a':{'enum':[1]}},'x-order':1},{'properties':{'b':{'enum':[2]}},'x-order':2}]} ¦ {'a':1,'b':2} ; {} ¦ {'a':2}",
        "fractional bounds ¦ {'type':'number','minimum':0.25,'exclusiveMaximum':0.5} ¦ 0.25 ; 0.4999 ¦ 0.5 ; 0.2 ; 0 ; 1",
        "bounds below zero ¦ {'type':'number','minimum':-1.5,'maximum':-0.05} ¦ -1.5 ; -0.05 ; -1 ¦ 0 ; -0.04 ; -1.51 ; -2",
        "prices ¦ {'type':'number','multipleOf':0.01,'minimum':0,'maximum':1000} ¦ 0.01 ; 12.5 ; 999.99 ; 1000 ; 0 ¦ 0.001 ; 1000.01 ; -1",
        "steps of hundreds ¦ {'type':'integer','multipleOf':700,'maximum':10000} ¦ 0 ; 700 ; 1400 ; 7000 ; -700 ¦ 70 ; 100 ; 1000 ; 10500",
        "large whole bounds ¦ {'type':'integer','minimum':18446744073709551616,'maximum':18446744073709551617} ¦ 18446744073709551616 ¦ 18446744073709551615 ; 18446744073709551618",
        "unique items of an enum ¦ {'type':'array','items':{'enum':['a','b','c']},'uniqueItems':true,'minItems':1} ¦ ['a'] ; ['c','a','b'] ¦ [] ; ['a','a'] ; ['a','b','c','a']",
        "unique whole numbers ¦ {'type':'array','items':{'type':'integer','minimum':1,'maximum':3},'uniqueItems':true,'minItems':3} ¦ [2,3,1] ¦ [1,2] ; [1,2,2]",
        "counts of members ¦ {'type':'object','properties':{'a':{'type':'null'},'b':{'type':'null'},'c':{'type':'null'}},'minProperties':1,'maxProperties':2} ¦ {'a':null} ; {'a':null,'c':null} ¦ {} ; {'a':null,'b':null,'c':null}",
        "a map that is not empty ¦ {'type':'object','additionalProperties':{'type':'integer'},'minProperties':2} ¦ {'xy':1,'x':2} ¦ {} ; {'x':1} ; {'x':1,'x':2}",
        "pattern properties ¦ {'type':'object','patternProperties':{'^n_':{'type':'integer'},'_s$':{'type':'string'}},'additionalProperties':false} ¦ {'n_1':1,'x_s':'y'} ; {} ¦ {'n_1':'x'} ; {'x':1} ; {'n_s':1}",
        "names of members ¦ {'type':'object','propertyNames':{'pattern':'^[a-z]{2}$'},'additionalProperties':{'type':'boolean'}} ¦ {'en':true} ¦ {'EN':true} ; {'eng':true}",
        "members that need others ¦ {'type':'object','properties':{'card':{'type':'integer'},'code':{'type':'integer'}},'dependentRequired':{'card':['code']}} ¦ {} ; {'code':1} ; {'card':1,'code':2} ¦ {'card':1}",
        "dependencies of old ¦ {'type':'object','properties':{'a':{'type':'null'},'b':{'type':'null'}},'dependencies':{'a':['b'],'b':{'minProperties':2}}} ¦ {} ; {'a':null,'b':null} ¦ {'a':null} ; {'b':null}",
        "anchors ¦ {'$ref':'#item','$defs':{'x':{'$anchor':'item','type':'boolean'}}} ¦ true ¦ 1",
        "identifiers ¦ {'$id':'https://example.com/s.json','items':{'$ref':'https://example.com/s.json#/$defs/t'},'$defs':{'t':{'$id':'t.json','$ref':'#/$defs/u','$defs':{'u':{'const':1}}}}} ¦ [1] ; [] ¦ [2]",
        "references with siblings ¦ {'$ref':'#/$defs/s','maxLength':2,'$defs':{'s':{'type':'string','minLength':2}}} ¦ 'ab' ¦ 'a' ; 'abc'",
        "draft 7 ignores what stands beside a reference ¦ {'$schema':'http://json-schema.org/draft-07/schema#','properties':{'a':{'$ref':'#/definitions/s','type':'null'}},'required':['a'],'definitions':{'s':{'type':'string'}}} ¦ {'a':'x'} ¦ {'a':null}",
        "draft 7 tuples ¦ {'$schema':'http://json-schema.org/draft-07/schema#','type':'array','items':[{'type':'string'},{'type':'number'}],'additionalItems':false} ¦ ['a',1] ¦ ['a',1,2]",
        "if, then, else ¦ {'type':'object','properties':{'k':{'enum':['a','b']},'v':{}},'required':['k','v'],'additionalProperties':false,'if':{'properties':{'k':{'const':'a'}}},'then':{'properties':{'v':{'type':'integer'}}},'else':{'properties':{'v':{'type':'string'}}}} ¦ {'k':'a','v':1} ; {'k':'b','v':'x'} ¦ {'k':'a','v':'x'} ; {'k':'b','v':1}",
        "not a constant ¦ {'type':'string','not':{'enum':['', 'x']}} ¦ 'y' ; 'xx' ¦ '' ; 'x'",
        "not a type ¦ {'type':['string','integer','null'],'not':{'type':'string'}} ¦ 1 ; null ¦ 'a'",
        "alternatives with anchors ¦ {'type':'string','pattern':'^a+$|^b$'} ¦ 'aa' ; 'b' ¦ 'bb' ; 'ab'",
        "word edges ¦ {'type':'string','pattern':'^\\\\bab\\\\b$'} ¦ 'ab' ¦ 'abc' ; ' ab'",
        "word edges anywhere ¦ {'type':'string','pattern':'\\\\bcat\\\\b','maxLength':6} ¦ 'a cat!' ; 'cat' ¦ 'cats' ; 'concat'",
        "pattern and lengths ¦ {'type':'string','pattern':'^[a-z]+$','minLength':3,'maxLength':5} ¦ 'abc' ; 'abcde' ¦ 'ab' ; 'abcdef' ; 'AB1'",
        "escapes in patterns ¦ {'type':'string','pattern':'^\\\\u{1F600}|^\\\\ud83d\\\\ude01\\\\x41\\\\/\\\\p{Lu}$'} ¦ '😀' ; '😁A/É' ¦ '😁A/é'",
        // pydantic
        "Optional ¦ {'properties':{'name':{'title':'Name','type':'string'},'age':{'anyOf':[{'type':'integer'},{'type':'null'}],'default':null,'title':'Age'}},'required':['name'],'title':'User','type':'object'} ¦ {'name':'x'} ; {'name':'x','age':null} ; {'name':'x','age':3} ¦ {'age':3} ; {'name':'x','age':'3'}",
        "Literal ¦ {'properties':{'color':{'enum':['red','green'],'title':'Color','type':'string'}},'required':['color'],'type':'object'} ¦ {'color':'red'} ¦ {'color':'blue'}",
        "nested models ¦ {'$defs':{'Inner':{'properties':{'x':{'type':'integer'}},'required':['x'],'type':'object'},'Outer':{'properties':{'inner':{'$ref':'#/$defs/Inner'}},'required':['inner'],'type':'object'}},'properties':{'o':{'$ref':'#/$defs/Outer'}},'required':['o'],'type':'object'} ¦ {'o':{'inner':{'x':1}}} ¦ {'o':{}}",
        "discriminated union ¦ {'$defs':{'Cat':{'properties':{'pet':{'const':'cat','type':'string'},'lives':{'type':'integer'}},'required':['pet','lives'],'type':'object'},'Dog':{'properties':{'pet':{'const':'dog','type':'string'},'good':{'type':'boolean'}},'required':['pet'],'type':'object'}},'discriminator':{'mapping':{'cat':'#/$defs/Cat','dog':'#/$defs/Dog'},'propertyName':'pet'},'oneOf':[{'$ref':'#/$defs/Cat'},{'$ref':'#/$defs/Dog'}]} ¦ {'pet':'cat','lives':9} ; {'pet':'dog'} ; {'pet':'dog','good':true} ¦ {'pet':'cat'} ; {'pet':'fish'}",
        "Decimal ¦ {'properties':{'p':{'anyOf':[{'type':'number'},{'pattern':'^(?!^[-+.]*$)[+-]?0*\\\\d*\\\\.?\\\\d*$','type':'string'}]}},'required':['p'],'type':'object'} ¦ {'p':1.5} ; {'p':'12.50'} ; {'p':'-0'} ¦ {'p':'+'} ; {'p':''} ; {'p':'1e5'}",
        "dates ¦ {'properties':{'d':{'format':'date','type':'string'},'t':{'format':'date-time','type':'string'}},'required':['d','t'],'type':'object'} ¦ {'d':'2024-02-29','t':'2026-11-28T12:00:00Z'} ¦ {'d':'2023-02-29','t':'2026-11-28T12:00:00Z'}",
        "dict[str, int] ¦ {'additionalProperties':{'type':'integer'},'type':'object'} ¦ {} ; {'x':1,'y':2} ¦ {'x':'1'}",
        "dict[Literal, int] ¦ {'additionalProperties':{'type':'integer'},'propertyNames':{'enum':['a','b']},'type':'object'} ¦ {'a':1,'b':2} ; {} ¦ {'c':1}",
        "tuple[int, str] ¦ {'maxItems':2,'minItems':2,'prefixItems':[{'type':'integer'},{'type':'string'}],'type':'array'} ¦ [1,'x'] ¦ [1] ; ['x',1]",
        "set[Enum] ¦ {'$defs':{'E':{'enum':['a','b'],'type':'string'}},'items':{'$ref':'#/$defs/E'},'type':'array','uniqueItems':true} ¦ [] ; ['b','a'] ¦ ['a','a']",
        "conint and constr ¦ {'properties':{'n':{'exclusiveMinimum':0,'maximum':120,'type':'integer'},'s':{'maxLength':3,'minLength':1,'pattern':'^[A-Z]+$','type':'string'}},'required':['n','s'],'type':'object'} ¦ {'n':120,'s':'ABC'} ¦ {'n':0,'s':'A'} ; {'n':1,'s':'ABCD'}",
        "extra forbid ¦ {'additionalProperties':false,'properties':{'a':{'default':1,'type':'integer'}},'type':'object'} ¦ {} ; {'a':2} ¦ {'b':1}",
        "recursive model ¦ {'$defs':{'Node':{'properties':{'children':{'default':[],'items':{'$ref':'#/$defs/Node'},'type':'array'}},'type':'object'}},'$ref':'#/$defs/Node'} ¦ {'children':[{'children':[]},{}]} ¦ {'children':[1]}",
        "Union without a tag ¦ {'anyOf':[{'type':'integer'},{'type':'string'},{'items':{'type':'number'},'type':'array'}]} ¦ 1 ; 'a' ; [1.5] ¦ null ; ['a']",
        // zod
        "z.object ¦ {'$schema':'https://json-schema.org/draft/2020-12/schema','type':'object','properties':{'email':{'type':'string','format':'email','pattern':'^[^@]+@[^@]+$'},'url':{'type':'string','format':'uri'},'id':{'type':'string','format':'uuid'}},'required':['email','url','id'],'additionalProperties':false} ¦ {'email':'a@b.com','url':'https://example.com/x?y=1#z','id':'123e4567-e89b-12d3-a456-426614174000'} ¦ {'email':'a','url':'https://example.com','id':'1'}",
        "z.discriminatedUnion ¦ {'anyOf':[{'type':'object','properties':{'type':{'type':'string','const':'a'},'v':{'type':'string'}},'required':['type','v'],'additionalProperties':false},{'type':'object','properties':{'type':{'type':'string','const':'b'}},'required':['type'],'additionalProperties':false}]} ¦ {'type':'a','v':'x'} ; {'type':'b'} ¦ {'type':'a'}",
        "z.record ¦ {'type':'object','propertyNames':{'type':'string'},'additionalProperties':{'type':'number'}} ¦ {'a':1.5} ¦ {'a':'x'}",
        "z.number().int() ¦ {'type':'integer','minimum':-9007199254740991,'maximum':9007199254740991} ¦ 9007199254740991 ; -1 ¦ 9007199254740992",
        "z.tuple with rest ¦ {'type':'array','prefixItems':[{'type':'string'}],'items':{'type':'number'}} ¦ ['a'] ; ['a',1,2] ¦ ['a','b']",
        "z.literal of many ¦ {'type':['string','number'],'enum':['a',1]} ¦ 'a' ; 1 ¦ 2",
        // OpenAPI
        "OpenAPI 3.0 ¦ {'type':'object','required':['id'],'properties':{'id':{'type':'integer','format':'int64','example':10},'status':{'type':'string','description':'s','enum':['open','closed'],'nullable':true,'xml':{'name':'s'}}},'x-internal':true,'externalDocs':{'url':'u'}} ¦ {'id':1} ; {'id':1,'status':'open'} ¦ {'id':1,'status':null}",
        "OpenAPI allOf ¦ {'allOf':[{'$ref':'#/components/schemas/Base'},{'type':'object','properties':{'extra':{'type':'string'}},'required':['extra']}],'components':{'schemas':{'Base':{'type':'object','properties':{'id':{'type':'integer'}},'required':['id'],'discriminator':{'propertyName':'t'}}}}} ¦ {'id':1,'extra':'x'} ¦ {'id':1} ; {'extra':'x'}",
        "exclusive bounds of old ¦ {'type':'number','minimum':0,'exclusiveMinimum':true,'maximum':10,'exclusiveMaximum':false} ¦ 0.5 ; 10 ¦ 0 ; 10.5",
        "OpenAPI oneOf with null ¦ {'oneOf':[{'$ref':'#/components/schemas/A'},{'type':'null'}],'components':{'schemas':{'A':{'type':'object','properties':{'a':{'type':'string','format':'byte'}}}}}} ¦ null ; {'a':'eA=='} ¦ 1",
        "durations and hosts ¦ {'type':'array','prefixItems':[{'format':'duration'},{'format':'hostname'},{'format':'ipv4'},{'format':'ipv6'},{'format':'time'}],'items':false} ¦ ['P1DT2H','a.example.com','192.168.0.1','2001:db8::1','12:30:00+02:00'] ¦ ['1D','a.example.com','192.168.0.1','2001:db8::1','12:30:00+02:00'] ; ['P1D','a.example.com','192.168.0.256','2001:db8::1','12:30:00Z']",
      })
  void holds(String name, String schema, String accepted, String refused) {
    var json = schema.replace('\'', '"');
    var grammar = JsonSchemaGrammar.parse(json);
    boolean isRead = // by the validator, which has Java's patterns and no schemas of draft 4
        !json.contains("\"exclusiveMinimum\":true") && !json.contains("\\u{");
    for (var text : accepted.replace('\'', '"').split(" ; ")) {
      assertTrue(grammar.accepts(text), name + " lacks " + text);
    }
    for (var text : refused.replace('\'', '"').split(" ; ")) {
      assertEquals(false, grammar.accepts(text), name + " has " + text);
    }
    int texts = 0;
    for (int seed = 0; seed < 30 && isRead; seed++) {
      var text = RandomText.finished(grammar, seed, 40);
      if (text.isPresent()) {
        texts++;
        var validator = SchemaValidationTest.validator(json);
        SchemaValidationTest.validates(json, validator, text.get(), name);
      }
    }
    assertTrue(texts > 2 || !isRead, name + ": " + texts + " texts ended");
  }
}
