/** The command line. */
@org.jspecify.annotations.NullMarked
module dev.hadal.cli {
  requires static org.jspecify;
  requires dev.hadal.bench;
  requires dev.hadal.format;
  requires info.picocli;
  requires java.logging;
  requires jdk.management;
  requires jdk.unsupported;
  requires org.jline.reader;

  opens dev.hadal.cli to
      info.picocli;
}
