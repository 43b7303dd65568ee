package dev.hadal.kernels;

import dev.hadal.assembler.MachineCode;
import dev.hadal.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** The instructions that {@link GeneratedGroupedProducts} can be made of, the best first. */
enum GroupedInstructions {
  /** {@link GroupedDotsCode}. */
  DOTS(GroupedDotsCode.MOST) {
    @Override
    boolean pairs(GroupedPanels.Form form) {
      return false;
    }

    @Override
    int first(GroupedPanels.Form form) {
      return GroupedDotsCode.first(form);
    }

    @Override
    GroupedCode code(GroupedPanels.Form form, int rows) {
      return new GroupedDotsCode(form, rows);
    }
  },

  /** {@link GroupedWordsCode}. */
  WORDS(GroupedWordsCode.MOST) {
    @Override
    boolean pairs(GroupedPanels.Form form) {
      return GroupedWordsCode.pairs(form);
    }

    @Override
    int first(GroupedPanels.Form form) {
      return GroupedWordsCode.first(form);
    }

    @Override
    GroupedCode code(GroupedPanels.Form form, int rows) {
      return new GroupedWordsCode(form, rows);
    }
  };

  private final int most;

  GroupedInstructions(int most) {
    this.most = most;
  }

  /** Rows of a tile, at most. */
  int most() {
    return most;
  }

  /** Whether rows are multiplied as pairs of 16-bit numbers. */
  abstract boolean pairs(GroupedPanels.Form form);

  /** What the codes, as they are multiplied, must have added to be the values. */
  abstract int first(GroupedPanels.Form form);

  /** The code for so many rows. */
  abstract GroupedCode code(GroupedPanels.Form form, int rows);

  /** Codes that need whatever others need. */
  List<MachineCode> samples() {
    List<MachineCode> codes = new ArrayList<>();
    for (GroupedWeights.Code code :
        List.of(new GroupedWeights.Bytes(), GroupedWeights.Nibbles.from(0))) {
      for (DType scale : List.of(DType.F16, DType.BF16, DType.F32, DType.I8)) {
        GroupedPanels.Form form = new GroupedPanels.Form(code, GroupedWeights.STEP, scale, true);
        codes.add(code(form, 1).assemble());
      }
    }
    codes.add(new GroupedRowCode(GroupedWeights.STEP, true, most).assemble());
    return codes;
  }
}
