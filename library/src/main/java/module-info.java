/** Models of the DeepSeek-V3 family for Java programs: load, tokenize, generate, score, close. */
@org.jspecify.annotations.NullMarked
module dev.hadal.library {
  requires static org.jspecify;
  requires transitive dev.hadal.generate;

  exports dev.hadal.library;
}
