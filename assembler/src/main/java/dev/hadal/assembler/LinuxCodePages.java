package dev.hadal.assembler;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Pages by mmap, and mprotect once they are filled. */
final class LinuxCodePages implements CodePages {
  private final Libc libc = new Libc();

  @Override
  public MemorySegment load(byte[] code, Arena arena) {
    if (code.length == 0) {
      throw new IllegalArgumentException("code: expected at least one byte, found none");
    }
    MemorySegment pages = map(code.length, arena);
    MemorySegment.copy(MemorySegment.ofArray(code), 0, pages, 0, code.length);
    return seal(pages).asSlice(0, code.length);
  }

  /** Writable pages for so many bytes. */
  MemorySegment map(long bytes, Arena arena) {
    long whole = Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    return libc.map(whole, Libc.READ | Libc.WRITE, arena);
  }

  /** Makes them executable and takes the right to write away, in one step. */
  MemorySegment seal(MemorySegment pages) {
    libc.protect(pages, Libc.READ | Libc.EXECUTE);
    return pages.asReadOnly();
  }
}
