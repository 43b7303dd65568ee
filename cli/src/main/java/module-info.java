/** The command line. */
@org.jspecify.annotations.NullMarked
module dev.hadal.cli {
  requires static org.jspecify;
  requires dev.hadal.bench;
  requires info.picocli;

  opens dev.hadal.cli to
      info.picocli;
}
