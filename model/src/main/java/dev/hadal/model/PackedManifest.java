package dev.hadal.model;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.kernels.MatMul;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What lies where in a file of packed weights.
 *
 * @param folder of the file
 * @param bytes of the file
 * @param entries by key
 */
record PackedManifest(Path folder, long bytes, Map<String, JsonObject> entries) {
  static final String NAME = "packed.json";
  static final int VERSION = 1;
  static final String TENSOR = "tensor";

  /**
   * Bytes of the file.
   *
   * @param offset of the first
   */
  record Place(long offset, long bytes) {
    /** What it takes in memory beside others. */
    long aligned() {
      return Math.ceilDiv(bytes, Tensor.ALIGNMENT) * Tensor.ALIGNMENT;
    }
  }

  /** A packed operand: see {@link MatMul.Stored}. */
  record Operand(String layout, int outputs, int depth, List<Place> parts) {
    /** The operand over the bytes of its parts. */
    MatMul.Packed restore(MatMul matMul, Function<Place, MemorySegment> segments) {
      return matMul.restore(
          new MatMul.Stored(layout, outputs, depth, parts.stream().map(segments).toList()));
    }

    /** What it takes in memory beside others. */
    long aligned() {
      return parts.stream().mapToLong(Place::aligned).sum();
    }
  }

  /** Operands that are multiplied alike. */
  record Linears(InferenceKind kind, List<Operand> operands) {}

  /** A tensor. */
  record Table(DType type, Shape shape, Place place) {}

  /**
   * The manifest of a folder; empty if there is none of this identity.
   *
   * @throws dev.hadal.format.FormatException if it is not JSON of this form
   */
  static Optional<PackedManifest> read(Path folder, String identity) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonObject manifest = Json.readObject(file);
    if (manifest.getLong("version") != VERSION
        || !manifest.getString("identity").equals(identity)) {
      return Optional.empty();
    }
    Map<String, JsonObject> entries = new LinkedHashMap<>();
    JsonArray list = manifest.getArray("entries");
    for (int i = 0; i < list.size(); i++) {
      JsonObject entry = list.getObject(i);
      entries.put(entry.getString("key"), entry);
    }
    return Optional.of(new PackedManifest(folder, manifest.getLong("bytes"), entries));
  }

  /** The operands of a key. */
  Linears linears(String key) {
    JsonObject entry = entry(key);
    List<Operand> operands = new ArrayList<>();
    JsonArray list = entry.getArray("operands");
    for (int i = 0; i < list.size(); i++) {
      JsonObject operand = list.getObject(i);
      operands.add(
          new Operand(
              operand.getString("layout"),
              operand.getInt("outputs"),
              operand.getInt("depth"),
              places(operand.getArray("parts"))));
    }
    try {
      return new Linears(InferenceKind.valueOf(entry.getString("kind")), operands);
    } catch (IllegalArgumentException e) {
      throw damaged(key + ": " + e.getMessage());
    }
  }

  /** The tensor of a key. */
  Table table(String key) {
    JsonObject entry = entry(key);
    try {
      Shape shape = Shape.of(entry.getArray("shape").toLongs());
      DType type = DType.valueOf(entry.getString(TENSOR));
      return new Table(type, shape, place(entry.getArray("place")));
    } catch (IllegalArgumentException e) {
      throw damaged(key + ": " + e.getMessage());
    }
  }

  /** All bytes of a key, in memory beside others. */
  long aligned(String key) {
    return entry(key).has(TENSOR)
        ? table(key).place.aligned()
        : linears(key).operands.stream().mapToLong(Operand::aligned).sum();
  }

  private JsonObject entry(String key) {
    JsonObject entry = entries.get(key);
    if (entry == null) {
      throw damaged("there is no " + key);
    }
    return entry;
  }

  private List<Place> places(JsonArray parts) {
    List<Place> places = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      places.add(place(parts.getArray(part)));
    }
    return places;
  }

  private Place place(JsonArray numbers) {
    if (numbers.size() != 2) {
      throw damaged("a part has no place");
    }
    long offset = numbers.getLong(0);
    long size = numbers.getLong(1);
    if (offset < 0 || size < 0 || offset > bytes - size) {
      throw damaged("a part lies outside of the file");
    }
    return new Place(offset, size);
  }

  /** Refuses a file of another size. */
  void requireSize(long found) {
    if (found != bytes) {
      throw damaged("expected %d bytes, found %d".formatted(bytes, found));
    }
  }

  /** The exception for what is not as it was written. */
  PackedFile.DamagedException damaged(String problem) {
    return new PackedFile.DamagedException(
        "%s: %s; the packed weights are not as they were written".formatted(folder, problem));
  }
}
