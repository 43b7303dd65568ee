package dev.hadal.kernels;

final class VectorMatMulTest extends MatMulContract {
  @Override
  MatMul matMul(ThreadTeam team) {
    return new VectorMatMul(team);
  }
}
