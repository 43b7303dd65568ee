package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.text.AnswerEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerStopsTest {
  private static AnswerEvent said(String text) {
    return new AnswerEvent.Content(text);
  }

  private static AnswerEvent thought(String text) {
    return new AnswerEvent.Reasoning(text);
  }

  /** What comes through, neighbours joined. */
  private static String through(List<String> stops, AnswerEvent... events) {
    StringBuilder told = new StringBuilder();
    AnswerStops filter =
        new AnswerStops(
            stops,
            event ->
                told.append(
                    switch (event) {
                      case AnswerEvent.Reasoning(String text) -> text;
                      case AnswerEvent.Content(String text) -> text;
                      case AnswerEvent.CallStart start -> "<" + start.name() + ":";
                      case AnswerEvent.CallArguments(int _, String text) -> text;
                      case AnswerEvent.CallEnd _ -> ">";
                    }));
    for (AnswerEvent event : events) {
      filter.accept(event);
    }
    filter.finish();
    return told + (filter.stopped() ? "|" : "");
  }

  @Test
  void anAnswerEndsBeforeAStopText() {
    List<String> stops = List.of("END", "\n\n");
    assertThat(through(stops, said("abcENDd"), said("more"))).isEqualTo("abc|");
    assertThat(through(stops, said("abcE"), said("N"), said("Dd"))).isEqualTo("abc|");
    assertThat(through(stops, said("abcE"), said("N"))).isEqualTo("abcEN");
    assertThat(through(stops, thought("a\n"), thought("\nb"), said("c"))).isEqualTo("a|");
    assertThat(through(List.of(), said("a"), said("b"))).isEqualTo("ab");
  }

  @Test
  void aStopTextDoesNotReachFromThoughtToSpeechNorIntoCalls() {
    List<String> stops = List.of("END");
    assertThat(through(stops, thought("aEN"), said("Db"))).isEqualTo("aENDb");
    List<AnswerEvent> call = new ArrayList<>();
    call.add(said("xEN"));
    call.add(new AnswerEvent.CallStart(0, "id", "f"));
    call.add(new AnswerEvent.CallArguments(0, "{\"a\": \"END\"}"));
    call.add(new AnswerEvent.CallEnd(0, true));
    assertThat(through(stops, call.toArray(AnswerEvent[]::new)))
        .isEqualTo("xEN<f:{\"a\": \"END\"}>");
  }
}
