/** The command line. */
@org.jspecify.annotations.NullMarked
module dev.hadal.cli {
  requires static org.jspecify;
  requires dev.hadal.bench;
  requires info.picocli;

  exports dev.hadal.cli;
}
