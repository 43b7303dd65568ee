package dev.hadal.assembler;

import java.util.Objects;

/**
 * A vector register of 256 bits.
 *
 * @param number 0 to 31
 */
public record Ymm(int number) implements Vector<Ymm>, Wide, Halved<Xmm> {
  /** Checks the number. */
  public Ymm {
    Objects.checkIndex(number, 32);
  }

  @Override
  public int bytes() {
    return 32;
  }

  @Override
  public Ymm register() {
    return this;
  }

  @Override
  public String toString() {
    return "ymm" + number;
  }
}
