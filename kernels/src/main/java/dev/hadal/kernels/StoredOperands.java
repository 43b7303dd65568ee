package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@link Panels} and {@link GroupedPanels} as bytes with a line of words that says their layout:
 * {@code panels WIDTH KIND} or {@code grouped CODE GROUP NUMBERS OFFSETS}, where CODE is {@code
 * bytes} or the sixteen values of nibbles.
 */
final class StoredOperands {
  private static final String PANELS = "panels";
  private static final String GROUPED = "grouped";

  private StoredOperands() {}

  /** The bytes of panels of a width, or of grouped ones. */
  static Optional<MatMul.Stored> store(MatMul.Packed packed, int width) {
    return switch (packed) {
      case Panels panels when panels.width() == width ->
          Optional.of(
              new MatMul.Stored(
                  "%s %d %s".formatted(PANELS, width, panels.kind()),
                  panels.outputs(),
                  panels.depth(),
                  List.of(panels.words(), panels.scales())));
      case GroupedPanels grouped ->
          Optional.of(
              new MatMul.Stored(
                  layout(grouped.form()),
                  grouped.outputs(),
                  grouped.depth(),
                  List.of(grouped.data())));
      default -> Optional.empty();
    };
  }

  private static String layout(GroupedPanels.Form form) {
    String code =
        switch (form.code()) {
          case GroupedWeights.Bytes _ -> "bytes";
          case GroupedWeights.Nibbles nibbles ->
              nibbles.values().stream().map(String::valueOf).collect(Collectors.joining(","));
        };
    return "%s %s %d %s %s".formatted(GROUPED, code, form.group(), form.scale(), form.offsets());
  }

  /** Whether bytes are those of panels of a width, or of grouped ones. */
  static boolean isOf(MatMul.Stored stored, int width) {
    return stored.layout().startsWith(PANELS + " " + width + " ")
        || stored.layout().startsWith(GROUPED + " ");
  }

  /** The operand. */
  static MatMul.Packed restore(MatMul.Stored stored, int width) {
    String[] words = stored.layout().split(" ", -1);
    try {
      if (isOf(stored, width)) {
        return words[0].equals(GROUPED) ? grouped(stored, words) : panels(stored, width, words);
      }
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new IllegalArgumentException("stored operand: " + stored.layout(), e);
    }
    throw new IllegalArgumentException("stored operand: unknown layout " + stored.layout());
  }

  private static Panels panels(MatMul.Stored stored, int width, String[] words) {
    OperandKind kind = OperandKind.valueOf(words[2]);
    int count = (stored.outputs() + width - 1) / width;
    long groups = kind == OperandKind.TILED ? Matrix.Tiled.groups(stored.depth()) : 0;
    requireBytes(stored, 0, 4L * count * kind.words(stored.depth()) * width);
    requireBytes(stored, 1, 4L * count * groups * width);
    return new Panels(
        width,
        kind,
        stored.outputs(),
        stored.depth(),
        stored.parts().get(0),
        stored.parts().get(1));
  }

  private static GroupedPanels grouped(MatMul.Stored stored, String[] words) {
    GroupedWeights.Code code =
        words[1].equals("bytes")
            ? new GroupedWeights.Bytes()
            : new GroupedWeights.Nibbles(
                Arrays.stream(words[1].split(",", -1)).map(Integer::valueOf).toList());
    GroupedPanels.Form form =
        new GroupedPanels.Form(
            code,
            Integer.parseInt(words[2]),
            DType.valueOf(words[3]),
            Boolean.parseBoolean(words[4]));
    MemorySegment data = stored.parts().getFirst();
    GroupedPanels panels = new GroupedPanels(stored.outputs(), stored.depth(), form, data);
    requireBytes(stored, 0, panels.count() * form.panelBytes(stored.depth()));
    return panels;
  }

  private static void requireBytes(MatMul.Stored stored, int part, long bytes) {
    long found = stored.parts().get(part).byteSize();
    if (found != bytes) {
      throw new IllegalArgumentException(
          "expected %d bytes in part %d, found %d".formatted(bytes, part, found));
    }
  }
}
