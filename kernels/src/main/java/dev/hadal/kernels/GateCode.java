package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.kernels.LaneLoop.LANES;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Signature.Kind;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.Arrays;
import java.util.List;

/**
 * The scores of a {@link Gate} and their gradients as machine code. Sigmoids know no rows; what
 * sums along a row goes over it two or three times, in the 16-lane layout.
 */
final class GateCode {
  /** Takes logits, scores, the number of elements. */
  static final Signature SCORES = Signature.ofLongs(3);

  /** Takes gradients of the scores, which become those of the logits, scores, their number. */
  static final Signature GRADIENTS = Signature.ofLongs(3);

  /** Takes scores, factors, gradients, their number; gives the token's share of the loss. */
  static final Signature BALANCE =
      Signature.of(Kind.FLOAT, Kind.LONG, Kind.LONG, Kind.LONG, Kind.LONG);

  private static final int UNROLLED = 2;
  private static final float NEGATIVE_INFINITY = Float.NEGATIVE_INFINITY;

  /** What a row's passes keep in between. */
  private static final Zmm FIRST_SUM = zmm(8);

  private static final Zmm SECOND_SUM = zmm(9);
  private static final Zmm SPARE = zmm(10);

  private GateCode() {}

  /** scores = sigmoid(logits), of any number of rows. */
  static MachineCode sigmoids() {
    Register64 from = SCORES.general(0);
    Register64 to = SCORES.general(1);
    Assembler a = new Assembler();
    ExpCode exp = exp(a);
    loop(SCORES.general(2), from, to)
        .emit(
            a,
            lanes -> {
              Zmm x = zmm(4 * lanes.index());
              a.vmovups(lanes.fill(x), at(from, lanes));
              exp.sigmoid(x, x, scratch(lanes));
              a.vmovups(lanes.in(at(to, lanes)), x);
            });
    end(a);
    exp.table();
    return a.finish();
  }

  /** scores = softmax(logits), of one row. */
  static MachineCode softmax() {
    Register64 from = SCORES.general(0);
    Register64 to = SCORES.general(1);
    Register64 count = SCORES.general(2);
    Zmm highest = FIRST_SUM;
    Zmm sum = SECOND_SUM;
    Assembler a = new Assembler();
    ExpCode exp = exp(a);
    GeneratedCode.constant(a, highest, Float.floatToRawIntBits(NEGATIVE_INFINITY));
    // A NaN that the maximum loses still reaches the sum, and with it the whole row.
    pass(a, count, lanes -> a.vmaxps(lanes.keep(highest), highest, at(R9, lanes)), from);
    for (int half = LANES / 2; half > 0; half /= 2) {
      a.valignd(SPARE, highest, highest, half);
      a.vmaxps(highest, highest, SPARE);
    }
    a.vpxord(sum, sum, sum);
    pass(
        a,
        count,
        lanes -> {
          Zmm x = zmm(4 * lanes.index());
          a.vmovups(lanes.fill(x), at(R9, lanes));
          a.vsubps(x, x, highest);
          exp.exp(x, x, scratch(lanes));
          a.vmovups(lanes.in(at(R10, lanes)), x);
          a.vaddps(lanes.keep(sum), sum, x);
        },
        from,
        to);
    LaneSum.floats(a, sum, SPARE);
    spread(a, sum);
    pass(
        a,
        count,
        lanes -> {
          Zmm x = zmm(4 * lanes.index());
          a.vmovups(lanes.fill(x), at(R9, lanes));
          a.vdivps(x, x, sum);
          a.vmovups(lanes.in(at(R9, lanes)), x);
        },
        to);
    end(a);
    exp.table();
    return a.finish();
  }

  /** ds * (s * (1 - s)), of any number of rows. */
  static MachineCode sigmoidGradients() {
    Register64 gradients = GRADIENTS.general(0);
    Register64 scores = GRADIENTS.general(1);
    Zmm one = FIRST_SUM;
    Assembler a = new Assembler();
    GeneratedCode.constant(a, one, Float.floatToRawIntBits(1));
    loop(GRADIENTS.general(2), gradients, scores)
        .emit(
            a,
            lanes -> {
              Zmm score = zmm(2 * lanes.index());
              Zmm slope = zmm(2 * lanes.index() + 1);
              a.vmovups(lanes.fill(score), at(scores, lanes));
              a.vsubps(slope, one, score);
              a.vmulps(slope, slope, score);
              a.vmulps(lanes.fill(slope), slope, at(gradients, lanes));
              a.vmovups(lanes.in(at(gradients, lanes)), slope);
            });
    end(a);
    return a.finish();
  }

  /** s * (ds - m) with m = the sum of ds * s, of one row. */
  static MachineCode softmaxGradients() {
    Register64 gradients = GRADIENTS.general(0);
    Register64 scores = GRADIENTS.general(1);
    Register64 count = GRADIENTS.general(2);
    Zmm mean = FIRST_SUM;
    Assembler a = new Assembler();
    a.vpxord(mean, mean, mean);
    pass(
        a,
        count,
        lanes -> {
          Zmm gradient = zmm(lanes.index());
          a.vmovups(lanes.fill(gradient), at(R9, lanes));
          a.vfmadd231ps(lanes.keep(mean), gradient, at(R10, lanes));
        },
        gradients,
        scores);
    LaneSum.floats(a, mean, SPARE);
    spread(a, mean);
    pass(
        a,
        count,
        lanes -> {
          Zmm gradient = zmm(lanes.index());
          a.vmovups(lanes.fill(gradient), at(R9, lanes));
          a.vsubps(gradient, gradient, mean);
          a.vmulps(lanes.fill(gradient), gradient, at(R10, lanes));
          a.vmovups(lanes.in(at(R9, lanes)), gradient);
        },
        gradients,
        scores);
    end(a);
    return a.finish();
  }

  /** A token of {@link Gate#balance}: z, l and the gradients. */
  static MachineCode balance() {
    Register64 scores = BALANCE.general(0);
    Register64 factors = BALANCE.general(1);
    Register64 gradients = BALANCE.general(2);
    Register64 count = BALANCE.general(3);
    Zmm sum = FIRST_SUM;
    Zmm loss = SECOND_SUM;
    Assembler a = new Assembler();
    a.vpxord(sum, sum, sum);
    a.vpxord(loss, loss, loss);
    pass(a, count, lanes -> a.vaddps(lanes.keep(sum), sum, at(R9, lanes)), scores);
    LaneSum.floats(a, sum, SPARE);
    spread(a, sum);
    pass(
        a,
        count,
        lanes -> {
          Zmm share = zmm(lanes.index());
          a.vmovups(lanes.fill(share), at(R9, lanes));
          a.vdivps(share, share, sum);
          a.vfmadd231ps(lanes.keep(loss), share, at(R10, lanes));
        },
        scores,
        factors);
    LaneSum.floats(a, loss, SPARE);
    spread(a, loss);
    pass(
        a,
        count,
        lanes -> {
          Zmm gradient = zmm(lanes.index());
          a.vmovups(lanes.fill(gradient), at(R9, lanes));
          a.vsubps(gradient, gradient, loss);
          a.vdivps(gradient, gradient, sum);
          a.vmovups(lanes.in(at(R10, lanes)), gradient);
        },
        factors,
        gradients);
    a.vmovups(zmm(0), loss);
    end(a);
    return a.finish();
  }

  /** Constants of exp lie in registers 16 to 28. */
  private static ExpCode exp(Assembler a) {
    Zmm[] constants = new Zmm[ExpCode.CONSTANTS];
    Arrays.setAll(constants, i -> zmm(16 + i));
    ExpCode exp = new ExpCode(a, constants);
    exp.loadConstants();
    return exp;
  }

  private static ExpCode.Scratch scratch(Lanes lanes) {
    int x = 4 * lanes.index();
    return new ExpCode.Scratch(zmm(x + 1), zmm(x + 2), zmm(x + 3), K2);
  }

  private static LaneLoop loop(Register64 count, Register64... rows) {
    List<Pointer> pointers = Arrays.stream(rows).map(row -> new Pointer(row, Float.BYTES)).toList();
    return new LaneLoop(count, UNROLLED, pointers);
  }

  /** One of several passes over rows, which it sees in R9 and R10; the arguments stay. */
  private static void pass(Assembler a, Register64 count, LaneLoop.Body body, Register64... rows) {
    Register64[] moving = {R9, R10};
    for (int i = 0; i < rows.length; i++) {
      a.mov(moving[i], rows[i]);
    }
    a.mov(R11, count);
    loop(R11, Arrays.copyOf(moving, rows.length)).emit(a, body);
  }

  private static Address at(Register64 row, Lanes lanes) {
    return mem(row, Float.BYTES * LANES * lanes.index());
  }

  /** The lowest lane in all. */
  private static void spread(Assembler a, Zmm register) {
    a.vbroadcastss(register, new dev.hadal.assembler.Xmm(register.number()));
  }

  private static void end(Assembler a) {
    a.vzeroupper();
    a.ret();
  }
}
