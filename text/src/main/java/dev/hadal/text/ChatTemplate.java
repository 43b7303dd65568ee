package dev.hadal.text;

import dev.hadal.template.BooleanValue;
import dev.hadal.template.ListValue;
import dev.hadal.template.NoneValue;
import dev.hadal.template.Origin;
import dev.hadal.template.Rendering;
import dev.hadal.template.Template;
import dev.hadal.template.TemplateException;
import dev.hadal.template.TemplateLimits;
import dev.hadal.template.TextValue;
import dev.hadal.template.Value;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes prompts of conversations, as {@code apply_chat_template} of Hugging Face transformers does.
 * The template sees {@code messages}, {@code tools}, {@code add_generation_prompt}, {@code
 * bos_token}, {@code eos_token} and the conversation's options.
 *
 * <p>Safe for use by any number of threads.
 */
public final class ChatTemplate {
  private static final String NEEDLE = "{\"needle\": 1}";

  private final Template template;
  private final Optional<Template> toolTemplate;
  private final String source;
  private final Optional<String> bos;
  private final Optional<String> eos;
  private final boolean argumentsAsObjects;

  private ChatTemplate(
      Template template,
      Optional<Template> toolTemplate,
      String source,
      Optional<String> bos,
      Optional<String> eos) {
    this.template = template;
    this.toolTemplate = toolTemplate;
    this.source = source;
    this.bos = bos;
    this.eos = eos;
    this.argumentsAsObjects = !showsArguments(false) && showsArguments(true);
  }

  /**
   * A template.
   *
   * @param name stands for it in messages, such as the file's name
   * @param source in the language of Jinja
   * @param bos the text of the token that begins a document
   * @param eos the text of the token that ends one
   * @throws TextException if it is not a template
   */
  public static ChatTemplate of(
      String name, String source, Optional<String> bos, Optional<String> eos) {
    return of(name, source, Optional.empty(), bos, eos);
  }

  /**
   * The same with another template for conversations with tools.
   *
   * @throws TextException if one of them is not a template
   */
  static ChatTemplate of(
      String name,
      String source,
      Optional<String> toolSource,
      Optional<String> bos,
      Optional<String> eos) {
    try {
      return new ChatTemplate(
          Template.parse(name, source),
          toolSource.map(tools -> Template.parse(name + " (tool_use)", tools)),
          toolSource.map(tools -> source + tools).orElse(source),
          bos,
          eos);
    } catch (TemplateException e) {
      throw new TextException(e.getMessage(), e);
    }
  }

  /** The text of the template, those of both if there are two. */
  public String source() {
    return source;
  }

  /**
   * The prompt of a conversation, with the present date where the template tells it.
   *
   * @throws TextException if the template cannot render it or refuses to, which {@link
   *     TemplateException#refusal} of the cause tells apart
   */
  public Prompt render(Conversation conversation) {
    return render(conversation, LocalDateTime.now(java.time.ZoneId.systemDefault()));
  }

  /**
   * The prompt of a conversation at a given date and time.
   *
   * @throws TextException if the template cannot render it or refuses to
   */
  public Prompt render(Conversation conversation, LocalDateTime now) {
    try {
      return new Prompt(rendering(conversation, argumentsAsObjects, now));
    } catch (TemplateException e) {
      throw new TextException(e.getMessage(), e);
    }
  }

  private Rendering rendering(
      Conversation conversation, boolean argumentObjects, LocalDateTime now) {
    Map<String, Value> variables = new HashMap<>(TemplateValues.members(conversation.options()));
    bos.ifPresent(text -> variables.put("bos_token", TextValue.of(text, Origin.TEMPLATE)));
    eos.ifPresent(text -> variables.put("eos_token", TextValue.of(text, Origin.TEMPLATE)));
    variables.put("add_generation_prompt", new BooleanValue(conversation.generates()));
    variables.put("documents", new NoneValue());
    variables.put(
        "tools",
        conversation.tools().isEmpty()
            ? new NoneValue()
            : ListValue.of(
                conversation.tools().stream()
                    .map(tool -> TemplateValues.of(tool.json()))
                    .toList()));
    variables.put(
        "messages",
        ListValue.of(
            conversation.messages().stream()
                .map(message -> TemplateValues.message(message, role(message), argumentObjects))
                .toList()));
    Template chosen = conversation.tools().isEmpty() ? template : toolTemplate.orElse(template);
    return chosen.render(variables, now, TemplateLimits.forInput(conversation.characters()));
  }

  /** Templates that do not know the role developer, which is new, would pass its messages over. */
  private String role(ChatMessage message) {
    boolean unknown =
        message.role() == ChatMessage.Role.DEVELOPER
            && !source.contains(ChatMessage.Role.DEVELOPER.label());
    return (unknown ? ChatMessage.Role.SYSTEM : message.role()).label();
  }

  /**
   * Whether the arguments of a call come out as they are. Some templates want them as the text that
   * requests bring, others as an object that they write themselves: it is tried which.
   */
  private boolean showsArguments(boolean asObjects) {
    ChatMessage call =
        new ChatMessage(
            ChatMessage.Role.ASSISTANT,
            Optional.empty(),
            Optional.empty(),
            List.of(new ToolCall("call_0", "f", NEEDLE)),
            Optional.empty(),
            Optional.empty(),
            false);
    Conversation probe = Conversation.of(List.of(ChatMessage.user("x"), call));
    try {
      return rendering(probe, asObjects, LocalDateTime.MIN.withYear(2000))
          .text()
          .contains("\"needle\": 1");
    } catch (TemplateException e) {
      return false;
    }
  }
}
