package dev.hadal.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Lines of standard input, for scripts. */
final class StandardChatInput implements ChatInput {
  private static final int LONGEST = 16 << 20;

  private final BufferedReader reader;

  StandardChatInput(Console console) {
    reader =
        new BufferedReader(
            new InputStreamReader(
                console.in(),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)));
  }

  @Override
  public Optional<String> line(boolean continued) {
    StringBuilder line = new StringBuilder();
    try {
      int c;
      while ((c = reader.read()) >= 0 && c != '\n') {
        if (line.length() == LONGEST) {
          throw new InputException(
              "standard input: expected lines of at most %d characters, found more"
                  .formatted(LONGEST));
        }
        line.append((char) c);
      }
      if (c < 0 && line.isEmpty()) {
        return Optional.empty();
      }
    } catch (CharacterCodingException e) {
      throw new InputException("standard input: expected UTF-8 text, found other bytes", e);
    } catch (IOException e) {
      throw new InputException("standard input: cannot be read: " + e.getMessage(), e);
    }
    if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
      line.setLength(line.length() - 1);
    }
    return Optional.of(line.toString());
  }

  @Override
  public void close() {
    // Standard input is the process's.
  }
}
