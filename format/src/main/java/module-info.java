/** Readers and writers of safetensors, GGUF, JSON and checkpoint files. */
@org.jspecify.annotations.NullMarked
module dev.hadal.format {
  requires static org.jspecify;
  requires transitive dev.hadal.tensor;
  requires tools.jackson.core;

  exports dev.hadal.format;
}
