package dev.hadal.serve;

import dev.hadal.generate.FillInTheMiddle;
import dev.hadal.generate.GenerationRequest;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.text.TextException;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The model as requests see it: checks them against it and makes token ids of their prompts. What
 * passes here can be computed.
 *
 * @param name what clients call it
 * @param created when it was opened, in seconds since 1970
 * @param contextLength the most tokens, prompt and continuation
 */
record ServedModel(ModelFolder folder, String name, long created, int contextLength) {
  /** Characters of a prompt beyond which it cannot fit, whatever its tokens: saves the encoding. */
  private static final int LONGEST_TOKEN = 1024;

  /** A prompt's token ids. */
  record Encoded(int[] ids, boolean bosAdded, String text) {}

  Tokenizer tokenizer() {
    return folder.tokenizer();
  }

  /** Refuses another model's name. */
  void requireName(String asked) {
    if (!asked.equals(name)) {
      throw new ApiException(
          404,
          "invalid_request_error",
          "model",
          "model_not_found",
          "model: there is no such model here; GET /v1/models lists what there is.");
    }
  }

  /** The prompts as ids, all of them checked. */
  List<Encoded> encode(CompletionRequest request) {
    int vocabulary = folder.model().config().vocabSize();
    for (int token : request.logitBias().keySet()) {
      requireToken("logit_bias", token, vocabulary);
    }
    List<Encoded> prompts = new ArrayList<>();
    for (Prompt prompt : request.prompts()) {
      Encoded encoded = encode(prompt, request);
      for (int token : encoded.ids) {
        requireToken("prompt", token, vocabulary);
      }
      if (encoded.ids.length == 0) {
        throw ApiException.invalid(
            "prompt", "out_of_range", "prompt: expected at least one token, found none.");
      }
      if ((long) encoded.ids.length + request.maxTokens() > contextLength) {
        throw tooLong(encoded.ids.length, request.maxTokens());
      }
      prompts.add(encoded);
    }
    return prompts;
  }

  private ApiException tooLong(long promptTokens, int maxTokens) {
    return ApiException.invalid(
        "prompt",
        "context_length_exceeded",
        "This model's context is %d tokens. %d of the prompt and %d of max_tokens are %d."
            .formatted(contextLength, promptTokens, maxTokens, promptTokens + maxTokens));
  }

  private static void requireToken(String field, int token, int vocabulary) {
    if (token < 0 || token >= vocabulary) {
      throw ApiException.invalid(
          field,
          "out_of_range",
          "%s: expected token ids from 0 to %d, found %d.".formatted(field, vocabulary - 1, token));
    }
  }

  private Encoded encode(Prompt prompt, CompletionRequest request) {
    return switch (prompt) {
      case Prompt.Tokens(int[] ids) -> {
        if (ids.length > contextLength) {
          throw tooLong(ids.length, request.maxTokens());
        }
        String text = request.echo() ? tokenizer().decode(ids) : "";
        yield new Encoded(ids, false, text);
      }
      case Prompt.Text(String text) -> {
        int characters = text.length() + request.suffix().orElse("").length();
        if (characters > (long) contextLength * LONGEST_TOKEN) {
          throw ApiException.invalid(
              "prompt",
              "context_length_exceeded",
              "This model's context is %d tokens. A prompt of %d characters has more."
                  .formatted(contextLength, characters));
        }
        yield request.suffix().isPresent()
            ? new Encoded(middle(text, request.suffix().get()), false, text)
            : plain(text);
      }
    };
  }

  private Encoded plain(String text) {
    int[] ids = folder.encodePrompt(text);
    OptionalInt bos = folder.bos();
    boolean bosFirst = bos.isPresent() && ids.length > 0 && ids[0] == bos.getAsInt();
    boolean typed = bosFirst && text.startsWith(tokenizer().token(bos.getAsInt()).orElse("\0"));
    return new Encoded(ids, bosFirst && !typed, text);
  }

  private int[] middle(String prefix, String suffix) {
    try {
      return FillInTheMiddle.prompt(tokenizer(), prefix, suffix, folder.bos());
    } catch (TextException e) {
      throw ApiException.invalid(
          "suffix",
          "unsupported_value",
          "suffix: this model's tokenizer has no fill-in-the-middle tokens.");
    }
  }

  /**
   * What the engine gets for a prompt's first continuation.
   *
   * @param seed decides the draws
   */
  GenerationRequest generation(Encoded prompt, CompletionRequest request, long seed) {
    SamplingOptions options =
        SamplingOptions.sampled(request.temperature(), seed, request.maxTokens())
            .withCuts(request.topK(), request.topP(), request.minP())
            .withStop(request.stop())
            .withLogprobs(request.logprobs().orElse(SamplingOptions.NO_LOGPROBS))
            .withPenalties(request.penalties());
    return GenerationRequest.of(prompt.ids, options, folder.stopTokens());
  }
}
