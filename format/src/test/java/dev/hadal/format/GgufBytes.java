package dev.hadal.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** A small GGUF file in parts, any of which a test can spoil; written without the writer. */
final class GgufBytes {
  long magic = 0x46554747;
  long version = 3;
  long tensors = 2;
  long pairs = 3;
  Consumer<Raw> architecture = raw -> raw.text("general.architecture").u32(8).text("deepseek2");
  Consumer<Raw> layers = raw -> raw.text("n").u32(4).u32(7);
  Consumer<Raw> tokens = raw -> raw.text("t").u32(9).u32(8).u64(2).text("a").text("bc");
  Consumer<Raw> more = _ -> {};

  /** 2 x 32 elements of Q8_0: 68 bytes and 28 of padding. */
  Consumer<Raw> first = raw -> raw.text("a").u32(2).u64(32).u64(2).u32(8).u64(0);

  /** 3 elements of F32. */
  Consumer<Raw> second = raw -> raw.text("b").u32(1).u64(3).u32(0).u64(96);

  int alignment = 32;
  int data = 96 + 12;

  byte[] bytes() {
    Raw raw = new Raw();
    raw.u32(magic).u32(version).u64(tensors).u64(pairs);
    for (Consumer<Raw> part : List.of(architecture, layers, tokens, more, first, second)) {
      part.accept(raw);
    }
    raw.zeros((alignment - raw.out.size() % alignment) % alignment).zeros(data);
    return raw.out.toByteArray();
  }

  /** Little-endian bytes. */
  static final class Raw {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Raw u8(int value) {
      out.write(value);
      return this;
    }

    Raw u32(long value) {
      byte[] bytes =
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array();
      out.writeBytes(bytes);
      return this;
    }

    Raw u64(long value) {
      out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
      return this;
    }

    Raw text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return u64(utf8.length).bytes(utf8);
    }

    Raw bytes(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Raw zeros(int count) {
      return bytes(new byte[count]);
    }
  }
}
