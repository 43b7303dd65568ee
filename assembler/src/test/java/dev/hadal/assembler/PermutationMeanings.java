package dev.hadal.assembler;

import static dev.hadal.assembler.Meaning.lanes;

import dev.hadal.assembler.Meaning.Operation;
import java.util.HashMap;
import java.util.Map;

/** The meanings of {@link PermutationInstructions} and {@link MoveInstructions}. */
final class PermutationMeanings {
  private PermutationMeanings() {}

  static Map<String, Meaning> all() {
    Map<String, Meaning> all = new HashMap<>();
    moves(all);
    chosen(all);
    interleaved(all);
    blocks(all);
    all.put("vpshufb", lanes(8, PermutationMeanings::shuffledByte));
    all.put("vpshufd", lanes(32, (o, i) -> o.a().i32((i & ~3) + pair(o, i & 3))));
    all.put("vpermilps", lanes(32, (o, i) -> o.a().i32((i & ~3) + pair(o, i & 3))));
    all.put(
        "vshufps",
        lanes(32, (o, i) -> ((i & 2) == 0 ? o.a() : o.b()).i32((i & ~3) + pair(o, i & 3))));
    all.put("vpermq/immediate", lanes(64, (o, i) -> o.a().i64((i & ~3) + pair(o, i & 3))));
    all.put("valignd", lanes(32, (o, i) -> aligned(o, 32, i)));
    all.put("valignq", lanes(64, (o, i) -> aligned(o, 64, i)));
    return all;
  }

  private static int pair(Operation o, int i) {
    return o.immediate() >> (2 * i) & 3;
  }

  private static void moves(Map<String, Meaning> all) {
    all.put("vmovups", lanes(32, (o, i) -> o.a().i32(i)));
    all.put("vmovaps", lanes(32, (o, i) -> o.a().i32(i)));
    all.put("vmovntps", lanes(32, (o, i) -> o.a().i32(i)));
    for (int bits = 8; bits <= 64; bits *= 2) {
      int width = bits;
      all.put("vmovdqu" + bits, lanes(width, (o, i) -> o.a().signed(width, i)));
    }
    all.put("vbroadcastss", lanes(32, (o, _) -> o.a().i32(0)));
    all.put("vbroadcastsd", lanes(64, (o, _) -> o.a().i64(0)));
    all.put("vpbroadcastb", lanes(8, (o, _) -> o.a().i8(0)));
    all.put("vpbroadcastw", lanes(16, (o, _) -> o.a().i16(0)));
    all.put("vpbroadcastd", lanes(32, (o, _) -> o.a().i32(0)));
    all.put("vpbroadcastq", lanes(64, (o, _) -> o.a().i64(0)));
    all.put("vbroadcastf32x4", lanes(32, (o, i) -> o.a().i32(i % 4)));
    all.put("vbroadcastf64x4", lanes(64, (o, i) -> o.a().i64(i % 4)));
    // A register is written whole, memory and general registers as far as they go.
    all.put("vmovss", lanes(32, (o, i) -> i == 0 ? o.a().i32(0) : 0));
    all.put("vmovd", lanes(32, (o, i) -> i == 0 ? o.a().i32(0) : 0));
    all.put("vmovq", lanes(64, (o, i) -> i == 0 ? o.a().i64(0) : 0));
  }

  private static void chosen(Map<String, Meaning> all) {
    choose(all, "b", 8);
    choose(all, "w", 16);
    choose(all, "d", 32);
    choose(all, "ps", 32);
    choose(all, "q", 64);
  }

  private static void choose(Map<String, Meaning> all, String suffix, int bits) {
    all.put("vperm" + suffix, lanes(bits, (o, i) -> one(o.b(), bits, o.a().unsigned(bits, i))));
    all.put(
        "vpermi2" + suffix,
        lanes(bits, (o, i) -> two(o.a(), o.b(), bits, o.old().unsigned(bits, i))));
    all.put(
        "vpermt2" + suffix,
        lanes(bits, (o, i) -> two(o.old(), o.b(), bits, o.a().unsigned(bits, i))));
  }

  private static long one(Lanes table, int bits, long index) {
    int count = table.size() * 8 / bits;
    return table.signed(bits, (int) (index & (count - 1)));
  }

  private static long two(Lanes low, Lanes high, int bits, long index) {
    int count = low.size() * 8 / bits;
    Lanes table = (index & count) == 0 ? low : high;
    return table.signed(bits, (int) (index & (count - 1)));
  }

  private static void interleaved(Map<String, Meaning> all) {
    interleave(all, "vpunpcklbw", 8, 0);
    interleave(all, "vpunpckhbw", 8, 8);
    interleave(all, "vpunpcklwd", 16, 0);
    interleave(all, "vpunpckhwd", 16, 8);
    interleave(all, "vpunpckldq", 32, 0);
    interleave(all, "vpunpckhdq", 32, 8);
    interleave(all, "vunpcklps", 32, 0);
    interleave(all, "vunpckhps", 32, 8);
    interleave(all, "vpunpcklqdq", 64, 0);
    interleave(all, "vpunpckhqdq", 64, 8);
  }

  private static void interleave(Map<String, Meaning> all, String name, int bits, int fromByte) {
    int block = 128 / bits;
    all.put(
        name,
        lanes(
            bits,
            (o, i) -> {
              int from = (i / block) * block + i % block / 2 + fromByte * 8 / bits;
              return ((i & 1) == 0 ? o.a() : o.b()).signed(bits, from);
            }));
  }

  private static long shuffledByte(Operation o, int i) {
    int index = o.b().i8(i);
    return index < 0 ? 0 : o.a().i8((i & ~15) + (index & 15));
  }

  private static long aligned(Operation o, int bits, int i) {
    int count = o.lanes(bits);
    int from = i + (o.immediate() & (count - 1));
    return from < count ? o.b().signed(bits, from) : o.a().signed(bits, from - count);
  }

  private static void blocks(Map<String, Meaning> all) {
    for (String name : new String[] {"vshuff32x4", "vshufi32x4"}) {
      all.put(name, lanes(32, (o, i) -> shuffledBlock(o, 32, i)));
    }
    all.put("vshuff64x2", lanes(64, (o, i) -> shuffledBlock(o, 64, i)));
    for (String kind : new String[] {"f", "i"}) {
      all.put("vextract" + kind + "32x4", lanes(32, (o, i) -> extracted(o, 32, i)));
      all.put("vextract" + kind + "64x4", lanes(64, (o, i) -> extracted(o, 64, i)));
      all.put("vinsert" + kind + "32x4", lanes(32, (o, i) -> inserted(o, 32, i)));
      all.put("vinsert" + kind + "64x4", lanes(64, (o, i) -> inserted(o, 64, i)));
    }
  }

  private static long shuffledBlock(Operation o, int bits, int i) {
    int block = 128 / bits;
    int blocks = o.lanes(bits) / block;
    int to = i / block;
    int width = blocks == 4 ? 2 : 1;
    int from = o.immediate() >> (width * to) & (blocks - 1);
    return (to < blocks / 2 ? o.a() : o.b()).signed(bits, from * block + i % block);
  }

  private static long extracted(Operation o, int bits, int i) {
    int parts = o.a().size() / o.result().size();
    int part = o.immediate() & (parts - 1);
    return o.a().signed(bits, part * o.lanes(bits) + i);
  }

  private static long inserted(Operation o, int bits, int i) {
    int parts = o.a().size() / o.b().size();
    int lanes = o.b().size() * 8 / bits;
    int part = o.immediate() & (parts - 1);
    return i / lanes == part ? o.b().signed(bits, i % lanes) : o.a().signed(bits, i);
  }
}
