package dev.hadal.text;

/**
 * A call that a model asks for.
 *
 * @param id what the answer names
 * @param name the function
 * @param arguments the text of a JSON object, as the model wrote it
 */
public record ToolCall(String id, String name, String arguments) {
  /**
   * Checks that there is a name.
   *
   * @throws TextException if there is none
   */
  public ToolCall {
    if (name.isEmpty()) {
      throw new TextException("tool call: expected the name of a function, found none");
    }
  }
}
