package dev.hadal.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes: what machines read goes to standard output, notes for people to
 * standard error.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param interactiveInput whether a person types at standard input
 * @param terminal whether standard output is a terminal
 */
record Console(
    InputStream in, Output out, PrintStream err, boolean interactiveInput, boolean terminal) {
  private static final int LONGEST_INPUT = 256 << 20;

  /** This process's own; the launcher says which of its streams are terminals. */
  static Console ofProcess() {
    return new Console(
        System.in,
        new Output(new FileOutputStream(FileDescriptor.out)),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        Boolean.getBoolean("hadal.stdin.terminal"),
        Boolean.getBoolean("hadal.stdout.terminal"));
  }

  /** Tells people something. */
  void note(String sentence) {
    err.println(sentence);
  }

  /**
   * A model's text as it may be written to standard output: a terminal obeys control characters,
   * and a model has no business to command it.
   */
  String shown(String text) {
    if (!terminal) {
      return text;
    }
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = c == '\n' || c == '\t' || !Character.isISOControl(c);
      shown.append(plain ? c : '\uFFFD');
    }
    return shown.toString();
  }

  /** Everything on standard input, at most 256 MiB of UTF-8. */
  String readText() {
    byte[] bytes = readBytes();
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new InputException("standard input: expected UTF-8 text, found other bytes", e);
    }
  }

  /** Everything on standard input, at most 256 MiB. */
  byte[] readBytes() {
    try {
      byte[] bytes = in.readNBytes(LONGEST_INPUT + 1);
      if (bytes.length > LONGEST_INPUT) {
        throw new InputException(
            "standard input: expected at most %d bytes, found more".formatted(LONGEST_INPUT));
      }
      return bytes;
    } catch (IOException e) {
      throw new InputException("standard input: cannot be read: " + e.getMessage(), e);
    }
  }
}
