package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the text of ids. */
@Command(
    sortOptions = false,
    description = {
      "Prints the text of token ids: of the arguments, else of standard input, where white space or"
          + " commas separate them.",
      ""
    })
final class TokenizerDecodeCommand implements Action {
  private final Console console;

  @Parameters(arity = "0..*", paramLabel = "ID", description = "The ids.")
  private List<String> words = new ArrayList<>();

  @Mixin private TokenizerOptions tokenizer = new TokenizerOptions();

  @Option(
      names = "--json",
      description = "Read an array of id arrays from standard input, write an array of strings.")
  private boolean json;

  @Option(names = "--skip-special-tokens", description = "Special tokens give no text.")
  private boolean skipSpecial;

  @Mixin private CommonOptions common = new CommonOptions();

  TokenizerDecodeCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnused(console);
    common.threads();
    if (json && !words.isEmpty()) {
      throw new UsageException("expected ids or --json, found both");
    }
    if (words.isEmpty() && console.interactiveInput()) {
      throw new UsageException("expected ids or standard input, found neither");
    }
    if (json) {
      Tokenizer chosen = tokenizer.read();
      List<String> texts = new ArrayList<>();
      for (int[] ids : StandardJson.idArrays(console)) {
        texts.add(chosen.decode(ids, skipSpecial));
      }
      console.out().println(Json.compact(JsonArray.ofStrings(texts)));
    } else {
      int[] ids =
          words.isEmpty()
              ? TokenIds.text("standard input", console.readText())
              : TokenIds.words("ids", words);
      console.out().println(tokenizer.read().decode(ids, skipSpecial));
    }
    return ExitCode.DONE;
  }
}
