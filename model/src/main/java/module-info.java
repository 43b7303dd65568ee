/**
 * The DeepSeek-V3 model: configuration, layers with explicit backward, weight names, latent cache.
 */
@org.jspecify.annotations.NullMarked
module dev.hadal.model {
  requires static org.jspecify;
  requires transitive dev.hadal.kernels;
  requires transitive dev.hadal.format;

  exports dev.hadal.model;
}
