package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatMulTileTest {
  @ParameterizedTest
  @CsvSource({"4,true,12", "8,true,8", "16,true,12", "4,false,4", "8,false,4", "16,false,12"})
  void tilesHaveNoMoreRowsThanLanesOrAMultipleOfThem(int width, boolean arm64, int rows) {
    assertThat(MatMulTile.tallest(width, arm64)).isEqualTo(rows);
    assertThat(rows <= width || rows % width == 0).isTrue();
  }
}
