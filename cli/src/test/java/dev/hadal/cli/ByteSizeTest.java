package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "12g, 12884901888",
    "12GB, 12884901888",
    "12GiB, 12884901888",
    "1.5g, 1610612736",
    "800m, 838860800",
    "800M, 838860800",
    "64k, 65536",
    "2T, 2199023255552",
    "1048576, 1048576",
    "1048576b, 1048576",
    "9223372036854775807, 9223372036854775807"
  })
  void amounts(String text, long bytes) {
    assertThat(ByteSize.of(text)).contains(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "g",
        "12x",
        "-1g",
        "0",
        "0.0001k",
        "1e9",
        "12 g",
        "1.g",
        ".5g",
        "12gg",
        "9223372036854775808",
        "99999999999t"
      })
  void otherWords(String text) {
    assertThat(ByteSize.of(text)).isEmpty();
  }
}
