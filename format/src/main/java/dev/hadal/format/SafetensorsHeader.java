package dev.hadal.format;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The header of a safetensors file, checked in full: what a reader forgets to check here is read
 * out of bounds later.
 *
 * <p>A file is eight bytes of header length (little-endian), the header (a JSON object, padded with
 * spaces), and the data. Every member but {@code __metadata__} is a tensor: {@code {"dtype": "F32",
 * "shape": [2, 3], "data_offsets": [0, 24]}}, offsets counted from the start of the data. Sorted by
 * offset the tensors follow each other without hole or overlap and end where the file ends, so no
 * byte belongs to two tensors or to none. Source: huggingface/safetensors, README.md, "Format".
 *
 * @param entries the tensors by name, in the order of their data
 * @param metadata the free text pairs of {@code __metadata__}
 */
record SafetensorsHeader(Map<String, SafetensorsEntry> entries, Map<String, String> metadata) {
  /** The longest header that the format allows, in bytes. */
  static final long LONGEST = 100_000_000;

  private static final String METADATA = "__metadata__";
  private static final int MOST_AXES = 4;

  /** Bytes of a tensor's name and fields, usually. */
  private static final int ABOUT = 100;

  /** A tensor takes some fifteen tokens: room for a quarter of a million tensors. */
  private static final JsonLimits LIMITS = new JsonLimits(LONGEST, 4, 1 << 20, 1024, 1 << 22);

  /** Parses and checks a header against the number of data bytes that the file has. */
  static SafetensorsHeader parse(String file, byte[] header, long dataBytes) {
    if (header.length == 0 || header[0] != '{') {
      throw new FormatException(file + ": header: expected it to begin with '{'");
    }
    String text = Json.decode(file + ": header", header);
    try (JsonParser parser = JsonReader.parser(text, header, LIMITS)) {
      return new Parser(file, parser, header.length / ABOUT).parse(dataBytes);
    } catch (JacksonException e) {
      throw JsonReader.broken(file + ": header", e);
    }
  }

  /** The header's JSON, padded with spaces so that the data begins at a multiple of eight bytes. */
  byte[] encode() {
    JsonObject.Builder root = JsonObject.builder();
    if (!metadata.isEmpty()) {
      JsonObject.Builder pairs = JsonObject.builder();
      metadata.forEach(pairs::put);
      root.put(METADATA, pairs.build());
    }
    for (SafetensorsEntry entry : entries.values()) {
      root.put(
          entry.name(),
          JsonObject.builder()
              .put("dtype", entry.dtype().safetensorsName())
              .put("shape", JsonArray.ofLongs(entry.shape().extents()))
              .put("data_offsets", JsonArray.ofLongs(entry.begin(), entry.end()))
              .build());
    }
    byte[] json = Json.compact(root.build()).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, Math.ceilDiv(json.length, 8) * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  /** One pass over the tokens of a header. */
  private static final class Parser {
    private final String file;
    private final JsonParser tokens;
    private final Map<String, SafetensorsEntry> entries;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
    private boolean metadataSeen;

    Parser(String file, JsonParser tokens, int expected) {
      this.file = file;
      this.tokens = tokens;
      this.entries = LinkedHashMap.newLinkedHashMap(expected);
    }

    SafetensorsHeader parse(long dataBytes) {
      expect(JsonToken.START_OBJECT, "header", "an object");
      while (tokens.nextToken() != JsonToken.END_OBJECT) {
        String name = tokens.currentName();
        if (name.equals(METADATA)) {
          readMetadata();
        } else if (entries.put(name, readEntry(name)) != null) {
          throw error(name, "the tensor occurs twice");
        }
      }
      if (tokens.nextToken() != null) {
        throw error("header", "expected only spaces after the object, found more");
      }
      return new SafetensorsHeader(contiguous(dataBytes), Collections.unmodifiableMap(metadata));
    }

    /**
     * JSON can spell half a character; the format's own reader refuses what UTF-8 cannot hold. In
     * names the parser does.
     */
    private String whole(String text) {
      if (!utf8.canEncode(text)) {
        throw error(METADATA, "expected Unicode text, found half a surrogate pair");
      }
      return text;
    }

    private void readMetadata() {
      if (metadataSeen) {
        throw error(METADATA, "the field occurs twice");
      }
      metadataSeen = true;
      expect(JsonToken.START_OBJECT, METADATA, "an object");
      while (tokens.nextToken() != JsonToken.END_OBJECT) {
        String key = tokens.currentName();
        expect(JsonToken.VALUE_STRING, METADATA, "only strings");
        if (metadata.put(key, whole(tokens.getString())) != null) {
          throw error(METADATA, Quoting.quote(key) + " occurs twice");
        }
      }
    }

    private SafetensorsEntry readEntry(String name) {
      expect(JsonToken.START_OBJECT, name, "an object");
      Optional<DType> dtype = Optional.empty();
      Optional<long[]> shape = Optional.empty();
      Optional<long[]> offsets = Optional.empty();
      while (tokens.nextToken() != JsonToken.END_OBJECT) {
        String field = tokens.currentName();
        switch (field) {
          case "dtype" -> dtype = once(name, field, dtype, readType(name));
          case "shape" -> shape = once(name, field, shape, readIntegers(name, field, MOST_AXES));
          case "data_offsets" -> offsets = once(name, field, offsets, readIntegers(name, field, 2));
          default -> throw error(name, "unknown field " + Quoting.quote(field));
        }
      }
      return entry(
          name,
          present(name, "dtype", dtype),
          present(name, "shape", shape),
          present(name, "data_offsets", offsets));
    }

    private SafetensorsEntry entry(String name, DType dtype, long[] extents, long[] offsets) {
      if (offsets.length != 2 || offsets[0] > offsets[1]) {
        throw error(
            name, "data_offsets: expected a begin and an end, found " + Arrays.toString(offsets));
      }
      try {
        Shape shape = new Shape(extents);
        long bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
        if (offsets[1] - offsets[0] != bytes) {
          throw error(
              name,
              "data_offsets: expected %d bytes for %s %s, found %s"
                  .formatted(bytes, dtype, shape, Arrays.toString(offsets)));
        }
        return new SafetensorsEntry(name, dtype, shape, offsets[0], offsets[1]);
      } catch (ArithmeticException e) {
        throw new FormatException(
            "%s: %s: shape: expected fewer than 2^63 bytes, found %s"
                .formatted(file, Quoting.printable(name), Arrays.toString(extents)),
            e);
      }
    }

    private DType readType(String name) {
      expect(JsonToken.VALUE_STRING, name, "dtype: a string");
      String found = tokens.getString();
      for (DType dtype : DType.values()) {
        if (dtype.safetensorsName().equals(found)) {
          return dtype;
        }
      }
      throw error(
          name,
          "dtype: expected one of %s, found %s"
              .formatted(
                  Arrays.stream(DType.values()).map(DType::safetensorsName).toList(),
                  Quoting.quote(found)));
    }

    private long[] readIntegers(String name, String field, int most) {
      expect(JsonToken.START_ARRAY, name, field + ": an array");
      long[] values = new long[most];
      int count = 0;
      while (tokens.nextToken() != JsonToken.END_ARRAY) {
        if (count == most) {
          throw error(name, field + ": expected at most " + most + " numbers, found more");
        }
        values[count++] = readCount(name, field);
      }
      return Arrays.copyOf(values, count);
    }

    private long readCount(String name, String field) {
      boolean fits =
          tokens.currentToken() == JsonToken.VALUE_NUMBER_INT
              && tokens.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
      long value = fits ? tokens.getLongValue() : -1;
      if (value < 0 || (value == 0 && tokens.getString().startsWith("-"))) {
        throw error(
            name,
            "%s: expected an integer from 0 to 2^63-1, found %s"
                .formatted(field, Quoting.printable(tokens.getString())));
      }
      return value;
    }

    /** The entries in the order of their data, which must cover the data region exactly. */
    private Map<String, SafetensorsEntry> contiguous(long dataBytes) {
      if (follow(dataBytes)) {
        return Collections.unmodifiableMap(entries);
      }
      List<SafetensorsEntry> sorted = new ArrayList<>(entries.values());
      sorted.sort(
          Comparator.comparingLong(SafetensorsEntry::begin)
              .thenComparingLong(SafetensorsEntry::end)
              .thenComparing(SafetensorsEntry::name));
      Map<String, SafetensorsEntry> ordered = LinkedHashMap.newLinkedHashMap(sorted.size());
      long end = 0;
      for (SafetensorsEntry entry : sorted) {
        if (entry.begin() != end) {
          throw error(
              entry.name(),
              "data_offsets: expected data from byte %d on, without hole or overlap, found %d"
                  .formatted(end, entry.begin()));
        }
        end = entry.end();
        ordered.put(entry.name(), entry);
      }
      if (end != dataBytes) {
        throw new FormatException(
            "%s: expected %d bytes of tensor data after the header, found %d"
                .formatted(file, end, dataBytes));
      }
      return Collections.unmodifiableMap(ordered);
    }

    /** Whether they do so as they stand, which spares most files the sorting. */
    private boolean follow(long dataBytes) {
      long end = 0;
      for (SafetensorsEntry entry : entries.values()) {
        if (entry.begin() != end) {
          return false;
        }
        end = entry.end();
      }
      return end == dataBytes;
    }

    private <T> Optional<T> once(String name, String field, Optional<T> before, T value) {
      if (before.isPresent()) {
        throw error(name, field + ": the field occurs twice");
      }
      return Optional.of(value);
    }

    private <T> T present(String name, String field, Optional<T> value) {
      return value.orElseThrow(() -> error(name, field + ": the field is missing"));
    }

    private void expect(JsonToken expected, String place, String what) {
      JsonToken found = tokens.nextToken();
      if (found != expected) {
        throw error(place, "expected %s, found %s".formatted(what, found));
      }
    }

    private FormatException error(String place, String problem) {
      return new FormatException(file + ": " + Quoting.printable(place) + ": " + problem);
    }
  }
}
