package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.ymm;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Register64.RSI;
import static dev.hadal.assembler.WriteMask.K2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AssemblerTest {
  /** The example in the package's documentation. */
  @Test
  void theLessonsBytes() {
    Assembler a = new Assembler();
    a.vaddps(zmm(1).merging(K2), zmm(3), mem(RSI).plus(64));
    assertThat(a.finish()).hasToString("62f1644a584e01");
  }

  @Test
  void theShorterSchemeIsTakenWhereItCanSayTheSame() {
    Assembler a = new Assembler();
    a.vfmadd231ps(ymm(1), ymm(2), ymm(15));
    assertThat(a.finish().required()).containsExactly(CpuFeature.FMA);
    assertThat(a.finish()).hasToString("c4c26db8cf");
    Assembler b = new Assembler();
    b.vfmadd231ps(ymm(1), ymm(2), ymm(16));
    assertThat(b.finish().required()).containsExactly(CpuFeature.AVX512F, CpuFeature.AVX512VL);
    Assembler c = new Assembler();
    c.vpaddb(zmm(1), zmm(2), zmm(3));
    assertThat(c.finish().required()).containsExactly(CpuFeature.AVX512F, CpuFeature.AVX512BW);
  }

  @Test
  void labelsAreBoundOnceAndUsedInTheirOwnCode() {
    Assembler a = new Assembler();
    Label label = a.label();
    a.jmp(label);
    assertThatThrownBy(a::finish).hasMessage("Byte 1 needs a label that is not bound");
    a.bind(label);
    assertThatThrownBy(() -> a.bind(label)).hasMessageStartingWith("A label is bound twice");
    assertThat(a.finish()).hasToString("e900000000");
    Assembler other = new Assembler();
    assertThatThrownBy(() -> other.jmp(label))
        .hasMessage("The label at byte 0 belongs to other code");
    assertThatThrownBy(() -> other.mov(RAX, mem(label)))
        .hasMessageEndingWith("belongs to other code");
  }

  @Test
  void jumpsBackAreShortWhileTheyReach() {
    Assembler a = new Assembler();
    Label top = a.here();
    a.data(new byte[126]);
    a.jnz(top);
    a.jnz(top);
    assertThat(a.finish().toString().substring(252)).isEqualTo("7580" + "0f857affffff");
  }

  @Test
  void alignmentIsFilledWithInstructionsThatDoNothing() {
    for (int start = 0; start < 64; start++) {
      Assembler a = new Assembler();
      a.data(new byte[start]);
      a.align(64);
      assertThat(a.finish().size()).isEqualTo(start == 0 ? 0 : 64);
    }
    Assembler a = new Assembler();
    assertThatThrownBy(() -> a.align(48)).hasMessageContaining("power of two");
    assertThatThrownBy(() -> a.align(8192)).hasMessageContaining("found 8192");
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    Assembler a = new Assembler();
    assertThatThrownBy(() -> a.vpslld(zmm(0), zmm(0), 256))
        .hasMessage("immediate: expected 0 to 255, found 256");
    assertThatThrownBy(() -> a.vpermilps(zmm(0), zmm(0), -1)).hasMessageContaining("found -1");
    assertThatThrownBy(() -> a.shl(RAX, 64)).hasMessage("count: expected 0 to 63, found 64");
    assertThatThrownBy(() -> zmm(32)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> a.vpgatherdd(zmm(4), K2, mem(RSI).plus(zmm(4), Scale.BY_4)))
        .hasMessage("a gather's destination is its index: zmm4");
    assertThatThrownBy(() -> mem(RSI, RCX, Scale.BY_4).plus(xmm(1), Scale.BY_4))
        .hasMessageStartingWith("an address has one index");
    assertThat(a.finish().size()).isZero();
  }

  @Test
  void codeHasALimit() {
    Assembler a = new Assembler();
    a.data(new byte[CodeBuffer.LIMIT]);
    assertThatThrownBy(a::ret).hasMessage("The code is longer than 1048576 bytes");
  }
}
