package dev.hadal.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Standard output: UTF-8, buffered, and unlike a PrintStream it says when it cannot write. */
final class Output {
  private final OutputStream stream;

  Output(OutputStream stream) {
    this.stream = new BufferedOutputStream(stream, 1 << 16);
  }

  void print(String text) {
    try {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new OutputException(e);
    }
  }

  void println(String text) {
    print(text);
    print("\n");
  }

  /** The same as a stream that does not wait. */
  PrintStream stream() {
    return new PrintStream(
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            stream.write(value);
          }

          @Override
          public void write(byte[] bytes, int from, int length) throws IOException {
            stream.write(bytes, from, length);
          }

          @Override
          public void flush() throws IOException {
            stream.flush();
          }
        },
        true,
        StandardCharsets.UTF_8);
  }

  void flush() {
    try {
      stream.flush();
    } catch (IOException e) {
      throw new OutputException(e);
    }
  }
}
