package dev.fader.template.value;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A dictionary in insertion order. Keys are equal as in Python: 1, 1.0 and True are one key.
public final class Dict implements Value {
  private final Map<Object, Entry> entries = new LinkedHashMap<>();
  private final int source;

  public Dict() {
    this(Origin.NOWHERE);
  }

  /// A dictionary that is the traced variable of this number.
  public Dict(int source) {
    this.source = source;
  }

  /// The number of the traced variable that it is, or [Origin#NOWHERE].
  public int source() {
    return source;
  }

  public record Entry(Value key, Value value) {}

  public void put(Value key, Value value) {
    var hashed = hashed(key);
    var there = entries.get(hashed);
    entries.put(hashed, new Entry(there == null ? key : there.key, value));
  }

  public Optional<Value> find(Value key) {
    return Optional.ofNullable(entries.get(hashed(key))).map(Entry::value);
  }

  public Optional<Value> find(String key) {
    return Optional.ofNullable(entries.get(key)).map(Entry::value);
  }

  boolean has(Value key) {
    return entries.containsKey(hashed(key));
  }

  public int size() {
    return entries.size();
  }

  public Iterable<Entry> entries() {
    return entries.values();
  }

  public List<Value> keys() {
    var keys = new ArrayList<Value>();
    entries.values().forEach(entry -> keys.add(entry.key));
    return keys;
  }

  public List<Value> values() {
    var values = new ArrayList<Value>();
    entries.values().forEach(entry -> values.add(entry.value));
    return values;
  }

  public List<Value> pairs() {
    var pairs = new ArrayList<Value>();
    entries.values().forEach(entry -> pairs.add(Value.pair(entry.key, entry.value)));
    return pairs;
  }

  public Dict copy() {
    var copy = new Dict(source);
    copy.entries.putAll(entries);
    return copy;
  }

  /// A Java key that is equal exactly if the Python values are.
  public static Object hashed(Value key) {
    return hashed(key, 8);
  }

  private static Object hashed(Value key, int depth) {
    return switch (key) {
      case Text text -> text.characters();
      case Int whole -> whole.number();
      case BigInt large -> large.number();
      case Bool flag -> flag.on() ? 1L : 0L;
      case Real real -> hashed(real.number());
      case Tuple tuple when depth > 0 -> {
        var parts = new ArrayList<Object>();
        tuple.values().forEach(part -> parts.add(hashed(part, depth - 1)));
        yield parts;
      }
      case Tuple _ ->
          throw new TemplateRuntimeException("a key of tuples too deep within each other");
      case None _ -> Values.NONE;
      case Undefined _ -> Undefined.class;
      case ListValue _, Dict _, DictView _ ->
          throw new TemplateRuntimeException(
              "unhashable type: '%s'; use a text as the key".formatted(key.type()));
      case Range _, Generator _, Callable _, Namespace _, Loop _, Cycler _ -> new Identity(key);
    };
  }

  private static Object hashed(double number) {
    if (isLong(number)) {
      return (long) number;
    }
    boolean isWhole = number == Math.rint(number) && Double.isFinite(number);
    return isWhole ? new BigDecimal(number).toBigIntegerExact() : (Object) number;
  }

  static boolean isLong(double number) {
    return number == Math.rint(number) && Math.abs(number) < 0x1p63;
  }

  /// A key compared by identity.
  private record Identity(Value value) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Identity same && Values.isSame(same.value, value);
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(value);
    }
  }
}
