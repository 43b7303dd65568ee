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

  @Test
  void everyE5M2CodeComesBack() {
    assertThat(E5M2.LARGEST).isEqualTo(57344);
    for (int code = 0; code < 256; code++) {
      float expected = Float.float16ToFloat((short) (code << 8));
      assertThat(Float.compare(E5M2.decode((byte) code), expected)).isZero();
      if (Float.isFinite(expected)) {
        assertThat(E5M2.encode(expected)).isEqualTo((byte) code);
        assertThat(E5M2.encodeOverflowing(expected)).isEqualTo((byte) code);
      }
    }
    assertThat(E5M2.encode(Float.NaN)).isEqualTo((byte) 0x7F);
    assertThat(E5M2.encodeOverflowing(Float.NaN)).isEqualTo((byte) 0x7E);
  }

  @Test
  void float16IsThePlatformsConversion() {
    for (int code = 0; code < 65536; code++) {
      float value = Float.float16ToFloat((short) code);
      assertThat(Float.compare(Float16.decode((short) code), value)).isZero();
    }
    for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += 997) {
      float value = Float.intBitsToFloat((int) bits);
      if (!Float.isNaN(value)) {
        assertThat(Float16.encodeOverflowing(value)).isEqualTo(Float.floatToFloat16(value));
      }
    }
    assertThat(Float16.encode(1e9f)).isEqualTo((short) 0x7BFF);
  }

  @Test
  void beyondTheRangeOverflowsFromHalfAStepOn() {
    assertThat(E4M3.encodeOverflowing(464)).isEqualTo((byte) 0x7E);
    assertThat(E4M3.encodeOverflowing(Math.nextUp(464f))).isEqualTo((byte) 0x7F);
    assertThat(E4M3.encodeOverflowing(-Float.MAX_VALUE)).isEqualTo((byte) 0xFF);
    assertThat(E5M2.encodeOverflowing(Math.nextDown(61440f))).isEqualTo((byte) 0x7B);
    assertThat(E5M2.encodeOverflowing(61440)).isEqualTo((byte) 0x7C);
    assertThat(E5M6.encodeOverflowing(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7C0);
    assertThat(E5M6.encodeOverflowing(65024)).isEqualTo((short) 0x7BF);
  }

  @Test
  void scalesArePowersOfTwoNotBelowTheValue() {
    for (int code = 1; code < 255; code++) {
      float power = Ue8m0.decode((byte) code);
      assertThat(Ue8m0.encodeUp(power)).isEqualTo((byte) code);
      if (code < 254) {
        assertThat(Ue8m0.encodeUp(Math.nextUp(power))).isEqualTo((byte) (code + 1));
      }
    }
    assertThat(Ue8m0.decode((byte) 0)).isEqualTo(0x1p-127f);
    assertThat(Ue8m0.decode((byte) 255)).isNaN();
    assertThat(Ue8m0.encodeUp(Float.NaN)).isEqualTo((byte) 255);
    assertThat(Ue8m0.encodeUp(0)).isEqualTo((byte) 1);
    assertThat(Ue8m0.encodeUp(Float.MAX_VALUE)).isEqualTo((byte) 254);
  }
}
