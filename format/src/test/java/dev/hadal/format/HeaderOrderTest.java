package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The order in which a header names its tensors does not matter, and the work is in proportion. */
class HeaderOrderTest {
  private static byte[] header(List<Integer> order) {
    StringBuilder json = new StringBuilder("{");
    for (int i : order) {
      json.append(json.length() == 1 ? "" : ",")
          .append("\"t%d\":{\"dtype\":\"I8\",\"shape\":[2,3],".formatted(i))
          .append("\"data_offsets\":[%d,%d]}".formatted(6 * i, 6 * i + 6));
    }
    return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<Integer> order(int count) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      order.add(i);
    }
    return order;
  }

  @Test
  void tensorsComeInTheOrderOfTheirData() {
    List<Integer> order = order(1000);
    SafetensorsHeader sorted = SafetensorsHeader.parse("x", header(order), 6000);
    Collections.shuffle(order, new Random(3));
    SafetensorsHeader mixed = SafetensorsHeader.parse("x", header(order), 6000);
    assertThat(mixed.entries().keySet()).containsExactlyElementsOf(sorted.entries().keySet());
    assertThat(mixed.entries()).isEqualTo(sorted.entries());
  }

  /** Forty times the tensors: in proportion 40 times as long, squared 1,600 times. */
  @Test
  void timeIsInProportionToTheTensors() {
    byte[] few = header(order(1_000));
    byte[] many = header(order(40_000));
    long leastOfFew = Long.MAX_VALUE;
    for (int i = 0; i < 10; i++) {
      leastOfFew = Math.min(leastOfFew, nanos(few, 6_000));
    }
    long leastOfMany = Math.min(nanos(many, 240_000), nanos(many, 240_000));
    assertThat((double) leastOfMany / leastOfFew).isLessThan(600);
  }

  private static long nanos(byte[] header, long dataBytes) {
    long begin = System.nanoTime();
    SafetensorsHeader.parse("x", header, dataBytes);
    return System.nanoTime() - begin;
  }
}
