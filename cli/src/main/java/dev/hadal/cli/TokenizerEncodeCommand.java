package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the ids of texts. */
@Command(
    sortOptions = false,
    description = {
      "Prints the token ids of a text: of the argument, else of standard input to its end. Nothing"
          + " is put around the text.",
      ""
    })
final class TokenizerEncodeCommand implements Action {
  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "TEXT", description = "The text.")
  private @Nullable String text;

  @Mixin private TokenizerOptions tokenizer = new TokenizerOptions();

  @Option(
      names = "--json",
      description = "Read an array of strings from standard input, write an array of id arrays.")
  private boolean json;

  @Option(
      names = "--ordinary",
      description = "Added tokens in the text are text: none is recognised.")
  private boolean ordinary;

  @Mixin private CommonOptions common = new CommonOptions();

  TokenizerEncodeCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnused(console);
    int threads = common.threads();
    if (json && text != null) {
      throw new UsageException("expected TEXT or --json, found both");
    }
    if (text == null && console.interactiveInput()) {
      throw new UsageException("expected TEXT or a text on standard input, found neither");
    }
    Tokenizer chosen = tokenizer.read();
    if (json) {
      printAll(chosen, StandardJson.strings(console), threads);
    } else {
      String input = text == null ? console.readText() : text;
      console
          .out()
          .println(
              Arrays.stream(encode(chosen, input))
                  .mapToObj(Integer::toString)
                  .collect(Collectors.joining(" ")));
    }
    return ExitCode.DONE;
  }

  private int[] encode(Tokenizer chosen, String input) {
    return ordinary ? chosen.encodeOrdinary(input) : chosen.encode(input);
  }

  private void printAll(Tokenizer chosen, List<String> texts, int threads) {
    List<int[]> all =
        ordinary
            ? texts.stream().map(chosen::encodeOrdinary).toList()
            : chosen.encodeAll(texts, threads);
    List<JsonArray> arrays = new ArrayList<>(all.size());
    for (int[] ids : all) {
      arrays.add(JsonArray.ofLongs(Arrays.stream(ids).asLongStream().toArray()));
    }
    console.out().println(Json.compact(JsonArray.of(arrays)));
  }
}
