package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  @Test
  void holdsBackWhatMayBeABeginning() {
    StopStrings stops = new StopStrings(List.of("\n\nQ:"));
    assertThat(stops.accept("yes\n")).isEqualTo("yes");
    assertThat(stops.accept("\n")).isEmpty();
    assertThat(stops.accept("no")).isEqualTo("\n\nno");
    assertThat(stops.accept(" \n\nQ")).isEqualTo(" ");
    assertThat(stops.stopped()).isFalse();
    assertThat(stops.accept(": next")).isEmpty();
    assertThat(stops.stopped()).isTrue();
    assertThat(stops.accept("more")).isEmpty();
    assertThat(stops.finish()).isEmpty();
  }

  @Test
  void givesTheRestAtTheEnd() {
    StopStrings stops = new StopStrings(List.of("abc"));
    assertThat(stops.accept("xab")).isEqualTo("x");
    assertThat(stops.finish()).isEqualTo("ab");
  }

  @Test
  void withoutStopsEverythingPasses() {
    StopStrings stops = new StopStrings(List.of());
    assertThat(stops.accept("anything")).isEqualTo("anything");
    assertThat(stops.finish()).isEmpty();
  }
}
