package dev.hadal.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MiniFloatTest {
  @Test
  void e4m3ValuesAreThoseOfTheSpecification() {
    assertThat(E4M3.LARGEST).isEqualTo(448);
    assertThat(E4M3.decode((byte) 0x01)).isEqualTo(0x1p-9f);
    assertThat(E4M3.decode((byte) 0x08)).isEqualTo(0x1p-6f);
    assertThat(E4M3.decode((byte) 0x38)).isEqualTo(1);
    assertThat(E4M3.decode((byte) 0xB9)).isEqualTo(-1.125f);
    assertThat(E4M3.decode((byte) 0x7F)).isNaN();
    assertThat(E4M3.decode((byte) 0xFF)).isNaN();
    for (int code = 0; code < 256; code++) {
      assertThat(E4M3.encode(E4M3.decode((byte) code)) & (code % 128 == 127 ? 0x7F : 0xFF))
          .isEqualTo(code % 128 == 127 ? 0x7F : code);
    }
  }

  @Test
  void e5m6ValuesAreTheUpperBitsOfBinary16() {
    assertThat(E5M6.LARGEST).isEqualTo(65024);
    for (int code = 0; code < 4096; code++) {
      float expected = Float.float16ToFloat((short) (code << 4));
      assertThat(Float.compare(E5M6.decode((short) code), expected)).isZero();
      if (Float.isFinite(expected)) {
        assertThat(E5M6.encode(expected)).isEqualTo((short) code);
      }
    }
    assertThat(E5M6.decode(E5M6.encode(Float.NaN))).isNaN();
  }

  @Test
  void halfWayGoesToTheEvenCodeAndBeyondTheRangeSaturates() {
    for (int code = 0; code < 0x7E; code++) {
      float low = E4M3.decode((byte) code);
      float high = E4M3.decode((byte) (code + 1));
      float middle = (low + high) / 2;
      assertThat(E4M3.encode(middle)).isEqualTo((byte) (code + (code & 1)));
      assertThat(E4M3.encode(Math.nextDown(middle))).isEqualTo((byte) code);
      assertThat(E4M3.encode(-Math.nextUp(middle))).isEqualTo((byte) (0x80 | (code + 1)));
    }
    assertThat(E4M3.decode(E4M3.encode(449))).isEqualTo(448);
    assertThat(E4M3.decode(E4M3.encode(Float.NEGATIVE_INFINITY))).isEqualTo(-448);
    assertThat(E5M6.decode(E5M6.encode(Float.POSITIVE_INFINITY))).isEqualTo(65024);
    assertThat(E4M3.encode(-0f)).isEqualTo((byte) 0x80);
    assertThat(E4M3.encode(-Float.MIN_VALUE)).isEqualTo((byte) 0x80);
  }
}
