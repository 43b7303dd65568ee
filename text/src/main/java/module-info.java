/**
 * Byte-level BPE: training, encoding, streaming decoding; tokenizer.json, tiktoken and GGUF files.
 */
@org.jspecify.annotations.NullMarked
module dev.hadal.text {
  requires static org.jspecify;
  requires transitive dev.hadal.format;
  requires transitive dev.hadal.template;
  requires tools.jackson.core;

  exports dev.hadal.text;
}
