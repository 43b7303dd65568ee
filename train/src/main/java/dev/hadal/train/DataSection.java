package dev.hadal.train;

import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is trained on.
 *
 * @param corpus folder, zip or JSONL file; empty: the sources of a JDK of this machine
 * @param folder takes a tokenizer that is trained and the packed tokens, for other runs too; empty:
 *     in the run's folder
 * @param tokenizer a ready tokenizer; empty: one is trained on the corpus
 * @param vocabSize tokens of a tokenizer that is trained
 * @param tokenizerBytes bytes of the corpus that a tokenizer is trained on
 * @param sequenceLength L, inputs per sequence
 * @param fimRate share of documents that are turned into prefix, suffix, middle
 * @param fimEditions passes over the data that choose those documents anew
 * @param heldOutModulus a file is held out if the hash of its path modulo this is the residue; 0:
 *     chosen by the number of files, 400 and 7 for 4,000 files or more
 * @param heldOutResidue see there
 * @param maxTokens most tokens to pack, 0 for all of the corpus
 */
public record DataSection(
    Optional<Path> corpus,
    Optional<Path> folder,
    Optional<Path> tokenizer,
    int vocabSize,
    long tokenizerBytes,
    int sequenceLength,
    double fimRate,
    int fimEditions,
    int heldOutModulus,
    int heldOutResidue,
    long maxTokens) {
  /** Checks the ranges. */
  public DataSection {
    Rules.integer("data.vocab_size", vocabSize, 262, 1 << 24);
    Rules.integer("data.tokenizer_bytes", tokenizerBytes, 1, Long.MAX_VALUE);
    Rules.integer("data.sequence_length", sequenceLength, 8, 1 << 20);
    Rules.number("data.fim_rate", fimRate, 0, 1);
    Rules.integer("data.fim_editions", fimEditions, 1, 64);
    Rules.integer("data.held_out_modulus", heldOutModulus, 0, 1_000_000);
    if (heldOutModulus == 1) {
      throw Rules.invalid("data.held_out_modulus", "0 or from 2 on", heldOutModulus);
    }
    Rules.integer("data.held_out_residue", heldOutResidue, 0, Math.max(0, heldOutModulus - 1));
    Rules.integer("data.max_tokens", maxTokens, 0, Long.MAX_VALUE);
  }

  static DataSection read(ConfigSection section) {
    DataSection data =
        new DataSection(
            path(section, "corpus"),
            path(section, "folder"),
            path(section, "tokenizer"),
            section.getInt("vocab_size", 8192),
            section.getLong("tokenizer_bytes", 32L << 20),
            section.getInt("sequence_length", 512),
            section.getDouble("fim_rate", 0.1),
            section.getInt("fim_editions", 1),
            section.getInt("held_out_modulus", 0),
            section.getInt("held_out_residue", 0),
            section.getLong("max_tokens", 0));
    section.requireNoOthers();
    return data;
  }

  private static Optional<Path> path(ConfigSection section, String name) {
    return Optional.of(section.getPath(name, "")).filter(p -> !p.toString().isEmpty());
  }

  JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder();
    put(json, "corpus", corpus);
    put(json, "folder", folder);
    put(json, "tokenizer", tokenizer);
    return json.put("vocab_size", vocabSize)
        .put("tokenizer_bytes", tokenizerBytes)
        .put("sequence_length", sequenceLength)
        .put("fim_rate", fimRate)
        .put("fim_editions", fimEditions)
        .put("held_out_modulus", heldOutModulus)
        .put("held_out_residue", heldOutResidue)
        .put("max_tokens", maxTokens)
        .build();
  }

  private static void put(JsonObject.Builder json, String name, Optional<Path> path) {
    json.put(name, path.isPresent() ? new JsonString(path.get().toString()) : new JsonNull());
  }
}
