package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary files of tiktoken, such as {@code tiktoken.model} of Moonlight and Kimi-K2: on
 * each line a token's bytes in Base64, a blank, and its rank, which is its id (tiktoken repository,
 * load.py). Empty lines are passed over. The ranks of n tokens are 0 to n - 1 in any order.
 */
public final class TiktokenFile {
  /** Kimi-K2's has 3 MB. */
  private static final int LARGEST = 16 << 20;

  /** The work for a token grows with the square of its length. */
  private static final int LONGEST_TOKEN = 1024;

  private static final int MOST_DIGITS = 8;

  private final String file;
  private final byte[] text;
  private final List<byte[]> tokens = new ArrayList<>();
  private final IntList ranks = new IntList(1 << 10);
  private final IntList lines = new IntList(1 << 10);

  private TiktokenFile(String file, byte[] text) {
    this.file = file;
    this.text = text;
  }

  /**
   * Reads a file.
   *
   * @throws TextException if the file cannot be read, is larger than 16 MiB or is not of this form
   */
  public static BpeVocabulary read(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST) {
        throw new TextException(
            "%s: expected at most %d bytes, found %d".formatted(file, LARGEST, size));
      }
      return parse(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new TextException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Reads the bytes of a file. The merges of the vocabulary are those that its ranks imply.
   *
   * @param name stands for the file in messages
   * @throws TextException if the bytes are not of this form
   */
  public static BpeVocabulary parse(String name, byte[] bytes) {
    return new TiktokenFile(name, bytes).vocabulary();
  }

  private BpeVocabulary vocabulary() {
    int number = 0;
    for (int from = 0; from < text.length; ) {
      int end = from;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      number++;
      int last = end > from && text[end - 1] == '\r' ? end - 1 : end;
      if (last > from) {
        line(number, from, last);
      }
      from = end + 1;
    }
    List<byte[]> byRank = byRank();
    try {
      List<BpeVocabulary.Merge> merges = RankedMerges.of(byRank);
      return new BpeVocabulary(
          byRank.stream().map(token -> ByteLevel.text(token, 0, token.length)).toList(), merges);
    } catch (TextException e) {
      throw new TextException(file + ": " + e.getMessage(), e);
    }
  }

  private void line(int number, int from, int to) {
    int blank = from;
    while (blank < to && text[blank] != ' ') {
      blank++;
    }
    if (blank == to) {
      throw error(number, "expected a token in Base64, a blank and its rank, found no blank");
    }
    lines.add(number);
    tokens.add(token(number, Arrays.copyOfRange(text, from, blank)));
    ranks.add(rank(number, blank + 1, to));
  }

  private byte[] token(int number, byte[] base64) {
    byte[] token;
    try {
      token = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw error(number, "token: expected Base64, found " + quoted(base64));
    }
    if (token.length < 1 || token.length > LONGEST_TOKEN) {
      throw error(
          number, "token: expected 1 to %d bytes, found %d".formatted(LONGEST_TOKEN, token.length));
    }
    if (!Arrays.equals(Base64.getEncoder().encode(token), base64)) {
      throw error(number, "token: expected Base64 with its padding, found " + quoted(base64));
    }
    return token;
  }

  private int rank(int number, int from, int to) {
    int rank = 0;
    boolean digits = to > from && to - from <= MOST_DIGITS;
    for (int at = from; at < to && digits; at++) {
      digits = text[at] >= '0' && text[at] <= '9';
      rank = 10 * rank + text[at] - '0';
    }
    if (!digits) {
      throw error(
          number,
          "rank: expected a number of at most %d digits, found %s"
              .formatted(MOST_DIGITS, quoted(Arrays.copyOfRange(text, from, to))));
    }
    return rank;
  }

  private List<byte[]> byRank() {
    byte[] @Nullable [] byRank = new byte[tokens.size()][];
    for (int i = 0; i < byRank.length; i++) {
      int rank = ranks.get(i);
      if (rank >= byRank.length || byRank[rank] != null) {
        throw error(
            lines.get(i),
            "rank: expected each of 0 to %d once for the %d tokens of the file, found %d%s"
                .formatted(
                    byRank.length - 1,
                    byRank.length,
                    rank,
                    rank < byRank.length ? " for the second time" : ""));
      }
      byRank[rank] = tokens.get(i);
    }
    return Arrays.asList(byRank);
  }

  private static String quoted(byte[] bytes) {
    return Quoted.text(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  private TextException error(int line, String problem) {
    return new TextException("%s: line %d: %s".formatted(file, line, problem));
  }
}
