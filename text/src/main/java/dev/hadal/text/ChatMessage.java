package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One message of a conversation (OpenAI's chat completions; {@code reasoning_content} and {@code
 * prefix} are DeepSeek's).
 *
 * @param role who speaks
 * @param content what is said; may be absent beside tool calls
 * @param reasoning what an assistant thought before it spoke
 * @param toolCalls what an assistant wants to have called
 * @param toolCallId the call that a tool's message answers
 * @param name the name of the speaker or the tool
 * @param prefix whether the answer goes on where this assistant message ends
 */
public record ChatMessage(
    Role role,
    Optional<String> content,
    Optional<String> reasoning,
    List<ToolCall> toolCalls,
    Optional<String> toolCallId,
    Optional<String> name,
    boolean prefix) {

  /** Who speaks. */
  public enum Role {
    /** Sets the rules. */
    SYSTEM,
    /** Sets the rules, in newer clients. */
    DEVELOPER,
    /** Asks. */
    USER,
    /** The model. */
    ASSISTANT,
    /** The result of a call. */
    TOOL;

    /** The name in requests and templates. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The role of a name.
     *
     * @throws TextException if there is none
     */
    public static Role of(String label) {
      for (Role role : values()) {
        if (role.label().equals(label)) {
          return role;
        }
      }
      throw new TextException(
          "role: expected system, developer, user, assistant or tool, found " + Quoted.text(label));
    }
  }

  /**
   * Checks what belongs to which role.
   *
   * @throws TextException if a field does not fit the role, or a message says nothing
   */
  public ChatMessage {
    toolCalls = List.copyOf(toolCalls);
    boolean assistant = role == Role.ASSISTANT;
    if (!assistant && (reasoning.isPresent() || !toolCalls.isEmpty() || prefix)) {
      throw new TextException(
          "%s message: expected reasoning, tool calls and prefix in assistant messages only"
              .formatted(role.label()));
    }
    if (role != Role.TOOL && toolCallId.isPresent()) {
      throw new TextException(
          "%s message: expected tool_call_id in tool messages only".formatted(role.label()));
    }
    if (content.isEmpty() && toolCalls.isEmpty()) {
      throw new TextException("%s message: expected content, found none".formatted(role.label()));
    }
  }

  /** A message that is nothing but text. */
  public static ChatMessage of(Role role, String content) {
    return new ChatMessage(
        role,
        Optional.of(content),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /** A message of the user. */
  public static ChatMessage user(String content) {
    return of(Role.USER, content);
  }
}
