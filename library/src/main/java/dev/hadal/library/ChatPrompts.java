package dev.hadal.library;

import dev.hadal.generate.ModelFiles;
import dev.hadal.text.ChatMessage;
import dev.hadal.text.ChatTemplate;
import dev.hadal.text.Conversation;
import dev.hadal.text.PromptEncoder;
import dev.hadal.text.Tokenizer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Prompts of conversations. The template is read when it is first needed; not for several threads.
 */
final class ChatPrompts {
  private final ModelFiles files;
  private final Optional<String> wanted;
  private @Nullable ChatTemplate template;

  /**
   * Nothing is read yet.
   *
   * @param wanted a built-in template's name or a file, instead of the model's own
   */
  ChatPrompts(ModelFiles files, Optional<String> wanted) {
    this.files = files;
    this.wanted = wanted;
  }

  int[] encode(List<ChatMessage> messages, Tokenizer tokenizer) {
    ChatTemplate present = template;
    if (present == null) {
      present = files.chatTemplate(wanted);
      template = present;
    }
    return new PromptEncoder(tokenizer).encode(present.render(Conversation.of(messages)));
  }
}
