package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import java.util.List;

/**
 * Packed operands of linears that are multiplied alike.
 *
 * @param kind what their activations become
 */
record PackedLinears(InferenceKind kind, List<MatMul.Packed> operands) {
  List<InferenceLinear> linears() {
    return operands.stream().map(operand -> new InferenceLinear(operand, kind)).toList();
  }
}
