package dev.hadal.assembler;

import java.util.Objects;

/**
 * A vector register of 512 bits.
 *
 * @param number 0 to 31
 */
public record Zmm(int number) implements Vector<Zmm>, Wide, Halved<Ymm> {
  /** Checks the number. */
  public Zmm {
    Objects.checkIndex(number, 32);
  }

  @Override
  public int bytes() {
    return 64;
  }

  @Override
  public Zmm register() {
    return this;
  }

  @Override
  public String toString() {
    return "zmm" + number;
  }
}
