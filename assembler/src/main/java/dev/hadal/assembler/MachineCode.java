package dev.hadal.assembler;

import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/** Finished code: bytes that run at any address, and what the processor must have for them. */
public final class MachineCode {
  private final byte[] bytes;
  private final Set<CpuFeature> required;

  MachineCode(byte[] bytes, Set<CpuFeature> required) {
    this.bytes = bytes;
    Set<CpuFeature> copy = EnumSet.noneOf(CpuFeature.class);
    copy.addAll(required);
    this.required = Collections.unmodifiableSet(copy);
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** How many bytes. */
  public int size() {
    return bytes.length;
  }

  /** What the processor must have, in the order of {@link CpuFeature}. */
  public Set<CpuFeature> required() {
    return required;
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
