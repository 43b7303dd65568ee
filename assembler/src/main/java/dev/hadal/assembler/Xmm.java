package dev.hadal.assembler;

import java.util.Objects;

/**
 * A vector register of 128 bits.
 *
 * @param number 0 to 31
 */
public record Xmm(int number) implements Vector<Xmm>, Halved<Xmm> {
  /** Checks the number. */
  public Xmm {
    Objects.checkIndex(number, 32);
  }

  @Override
  public int bytes() {
    return 16;
  }

  @Override
  public Xmm register() {
    return this;
  }

  @Override
  public String toString() {
    return "xmm" + number;
  }
}
