package dev.hadal.generate;

import dev.hadal.text.StreamingDecoder;
import dev.hadal.text.Tokenizer;
import java.util.List;

/** Text of tokens as they come: whole characters only, nothing of a stop text. */
final class TextStream {
  private final StreamingDecoder decoder;
  private final StopStrings stops;

  TextStream(Tokenizer tokenizer, boolean skipSpecial, List<String> stops) {
    this.decoder = tokenizer.streamingDecoder(skipSpecial);
    this.stops = new StopStrings(stops);
  }

  /** What the token makes certain; may be empty. */
  String accept(int id) {
    return stops.accept(decoder.accept(id));
  }

  /** Whether a stop text is complete. */
  boolean stopped() {
    return stops.stopped();
  }

  /** The rest, when no token follows. */
  String finish() {
    if (stops.stopped()) {
      return "";
    }
    return stops.accept(decoder.finish()) + stops.finish();
  }
}
