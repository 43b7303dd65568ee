package dev.hadal.library;

import dev.hadal.generate.GenerateException;
import dev.hadal.generate.ModelFiles;
import dev.hadal.text.ChatMessage;
import dev.hadal.text.ChatTemplate;
import dev.hadal.text.ChatTemplates;
import dev.hadal.text.Conversation;
import dev.hadal.text.PromptEncoder;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Prompts of conversations. The template is read when it is first needed; not for several threads.
 */
final class ChatPrompts {
  private final ModelFiles files;
  private final Optional<String> name;
  private @Nullable ChatTemplate template;

  /**
   * Nothing is read yet.
   *
   * @param name of a built-in template, instead of the model's own
   */
  ChatPrompts(ModelFiles files, Optional<String> name) {
    this.files = files;
    this.name = name;
  }

  int[] encode(List<ChatMessage> messages, Tokenizer tokenizer) {
    ChatTemplate present = template;
    if (present == null) {
      present = find();
      template = present;
    }
    return new PromptEncoder(tokenizer).encode(present.render(Conversation.of(messages)));
  }

  private ChatTemplate find() {
    Optional<TokenizerConfig> config = files.tokenizerConfig();
    Optional<ChatTemplate> own =
        name.isPresent()
            ? Optional.empty()
            : config.flatMap(present -> ChatTemplates.read(files.folder(), present));
    return own.orElseGet(
        () ->
            ChatTemplates.builtIn(
                name.or(() -> ChatTemplates.nameFor(files.config().modelType()))
                    .orElseThrow(this::missing),
                config.flatMap(TokenizerConfig::bos),
                config.flatMap(TokenizerConfig::eos)));
  }

  private GenerateException missing() {
    return new GenerateException(
        "%s: expected a chat template, found none; name one of %s"
            .formatted(files.weights(), String.join(", ", ChatTemplates.BUILT_IN)));
  }
}
