package dev.hadal.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Lines that a person edits, with a history that stays from chat to chat. */
final class TerminalChatInput implements ChatInput {
  private static final int HISTORY_LINES = 1000;

  private final Terminal terminal;
  private final LineReader reader;

  private TerminalChatInput(Terminal terminal, LineReader reader) {
    this.terminal = terminal;
    this.reader = reader;
  }

  /**
   * Opens this process's terminal.
   *
   * @throws InputException if it cannot be had
   */
  static TerminalChatInput open() {
    try {
      // The provider that calls stty: the others need native code or the right to call it.
      Terminal terminal = TerminalBuilder.builder().system(true).provider("exec").build();
      LineReaderBuilder builder =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("hadal")
              .parser(new DefaultParser().escapeChars(new char[0]).quoteChars(new char[0]))
              .variable(LineReader.HISTORY_SIZE, HISTORY_LINES)
              .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES)
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
      history().ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
      return new TerminalChatInput(terminal, builder.build());
    } catch (IOException e) {
      throw new InputException("terminal: cannot be opened: " + e.getMessage(), e);
    }
  }

  /** The history's file, for its owner's eyes only; none where it cannot be made. */
  private static Optional<Path> history() {
    String state = System.getenv("XDG_STATE_HOME");
    Path base =
        state != null && !state.isBlank()
            ? Path.of(state)
            : Path.of(System.getProperty("user.home"), ".local", "state");
    Path file = base.resolve("hadal").resolve("chat-history");
    FileAttribute<?>[] owners =
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createDirectories(base.resolve("hadal"));
      Files.createFile(file, owners);
    } catch (FileAlreadyExistsException _) {
      return Optional.of(file);
    } catch (IOException _) {
      return Optional.empty();
    }
    return Optional.of(file);
  }

  @Override
  public Optional<String> line(boolean continued) throws Abandoned {
    try {
      return Optional.of(reader.readLine(continued ? ". " : "> "));
    } catch (UserInterruptException _) {
      throw new Abandoned();
    } catch (EndOfFileException _) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    try {
      reader.getHistory().save();
      terminal.close();
    } catch (IOException _) {
      // The chat is over; its history stays as it was.
    }
  }
}
