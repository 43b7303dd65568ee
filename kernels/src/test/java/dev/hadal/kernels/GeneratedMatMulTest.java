package dev.hadal.kernels;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;

final class GeneratedMatMulTest extends MatMulContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  private final Set<OperandKind> kinds = EnumSet.noneOf(OperandKind.class);

  @BeforeEach
  void kinds() {
    for (OperandKind kind : OperandKind.values()) {
      if (ProductFunctions.obstacle(kind, LOADER).isEmpty()) {
        kinds.add(kind);
      }
    }
    assumeTrue(!kinds.isEmpty(), "this machine runs none of the generated products");
  }

  @Override
  MatMul matMul(ThreadTeam team) {
    return new GeneratedMatMul(team, new ProductFunctions(LOADER, Arena.global(), kinds));
  }
}
