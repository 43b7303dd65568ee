package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
  @Test
  void noExtremeIsLostAndEveryPointIsCounted() {
    List<Envelope.Point> points = new ArrayList<>();
    for (int step = 1; step <= 9973; step++) {
      double value = step == 5000 ? 1e6 : step == 7001 ? -1e6 : StrictMath.sin(step);
      points.add(new Envelope.Point(step, step % 100 == 0 && step != 5000 ? Double.NaN : value));
    }
    Envelope envelope = Envelope.of(points, 300);
    assertThat(envelope.buckets()).hasSize(300);
    assertThat(envelope.notFinite()).isEqualTo(98);
    assertThat(envelope.buckets().stream().mapToLong(Envelope.Bucket::count).sum())
        .isEqualTo(9973 - 98);
    assertThat(envelope.buckets()).anyMatch(b -> b.most() == 1e6).anyMatch(b -> b.least() == -1e6);
    long last = 0;
    for (Envelope.Bucket bucket : envelope.buckets()) {
      assertThat(bucket.from()).isGreaterThan(last);
      assertThat(bucket.mean()).isBetween(bucket.least(), bucket.most());
      last = bucket.to();
    }
    assertThat(last).isEqualTo(9973);
  }

  @Test
  void fewPointsStayAsTheyAre() {
    List<Envelope.Point> points = List.of(new Envelope.Point(1, 3), new Envelope.Point(5, 4));
    assertThat(Envelope.of(points, 300).buckets())
        .containsExactly(
            new Envelope.Bucket(1, 1, 3, 3, 3, 1), new Envelope.Bucket(5, 5, 4, 4, 4, 1));
  }

  @Test
  void anAxisCoversItsRangeWithRoundTicks() {
    assertThat(ChartScale.of(0.13, 0.86, false).ticks())
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : Double.compare(a, b))
        .containsExactly(0.0, 0.2, 0.4, 0.6, 0.8, 1.0);
    ChartScale loss = ChartScale.of(1.8, 8.4, true);
    assertThat(loss.logarithmic()).isTrue();
    assertThat(loss.ticks()).contains(2.0, 3.0, 4.0, 5.0, 8.0);
    assertThat(loss.height(1.8)).isBetween(0.0, 0.1);
    assertThat(loss.height(8.4)).isBetween(0.9, 1.0);
    ChartScale flat = ChartScale.of(0, 0, false);
    assertThat(flat.height(0)).isEqualTo(0.5, within(0.1));
    assertThat(ChartScale.of(1e-29, 1e30, true).ticks().size()).isLessThan(12);
    assertThat(ChartScale.of(4.9e-324, 1e30, true).logarithmic()).isFalse();
    assertThat(ChartScale.of(-1e30, 1e30, false).ticks().size()).isLessThan(12);
  }

  @Test
  void aLongCurveIsKeptInMeans() {
    CurveHistory history = new CurveHistory();
    for (int i = 0; i < 100_000; i++) {
      history.add(i);
    }
    double[] columns = history.columns(40);
    assertThat(columns).hasSize(40).isSorted();
    assertThat(columns[0]).isBetween(0.0, 3000.0);
    assertThat(columns[39]).isBetween(96_000.0, 100_000.0);
  }
}
