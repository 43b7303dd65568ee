package dev.hadal.text;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonBool;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import dev.hadal.template.BooleanValue;
import dev.hadal.template.DictValue;
import dev.hadal.template.FloatValue;
import dev.hadal.template.IntegerValue;
import dev.hadal.template.ListValue;
import dev.hadal.template.NoneValue;
import dev.hadal.template.Origin;
import dev.hadal.template.TextValue;
import dev.hadal.template.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Conversations as the values that templates work on, shaped as Hugging Face transformers does. */
public final class TemplateValues {
  private TemplateValues() {}

  /**
   * The value of a JSON text, all of whose characters are data. JSON that was read is at most as
   * deep as {@link dev.hadal.format.JsonLimits} allows.
   */
  public static Value of(JsonValue json) {
    return switch (json) {
      case JsonObject object -> DictValue.of(members(object), Origin.DATA);
      case JsonArray array ->
          ListValue.of(array.elements().stream().map(TemplateValues::of).toList());
      case JsonString(String text) -> data(text);
      case JsonInteger(long number) -> new IntegerValue(number);
      case JsonDecimal(double number) -> new FloatValue(number);
      case JsonBool(boolean truth) -> new BooleanValue(truth);
      case JsonNull _ -> new NoneValue();
    };
  }

  /** The members of an object, for variables. */
  public static Map<String, Value> members(JsonObject object) {
    Map<String, Value> members = new LinkedHashMap<>();
    object.members().forEach((name, value) -> members.put(name, of(value)));
    return members;
  }

  private static TextValue data(String text) {
    return TextValue.of(text, Origin.DATA);
  }

  /** Words of the protocol, which the template might as well have written. */
  private static TextValue word(String text) {
    return TextValue.of(text, Origin.TEMPLATE);
  }

  /**
   * A message. Fields that it does not have are left out; content is there even if it is none.
   *
   * @param role the name of the role that the template sees
   */
  static Value message(ChatMessage message, String role, boolean argumentsAsObjects) {
    Map<String, Value> fields = new LinkedHashMap<>();
    Origin speaker = message.role() == ChatMessage.Role.ASSISTANT ? Origin.ANSWER : Origin.DATA;
    fields.put("role", word(role));
    fields.put(
        "content",
        message
            .content()
            .<Value>map(text -> TextValue.of(text, speaker))
            .orElseGet(NoneValue::new));
    message.reasoning().ifPresent(text -> fields.put("reasoning_content", data(text)));
    if (!message.toolCalls().isEmpty()) {
      List<Value> calls =
          message.toolCalls().stream().map(call -> call(call, argumentsAsObjects)).toList();
      fields.put("tool_calls", ListValue.of(calls));
    }
    message.toolCallId().ifPresent(id -> fields.put("tool_call_id", data(id)));
    message.name().ifPresent(name -> fields.put("name", data(name)));
    if (message.prefix()) {
      fields.put("prefix", new BooleanValue(true));
    }
    return DictValue.of(fields, Origin.TEMPLATE);
  }

  private static Value call(ToolCall call, boolean argumentsAsObjects) {
    Value arguments = data(call.arguments());
    if (argumentsAsObjects) {
      arguments =
          ArgumentsJson.read(call.arguments()).<Value>map(TemplateValues::of).orElse(arguments);
    }
    Map<String, Value> function = new LinkedHashMap<>();
    function.put("name", data(call.name()));
    function.put("arguments", arguments);
    Map<String, Value> fields = new LinkedHashMap<>();
    fields.put("id", data(call.id()));
    fields.put("type", word("function"));
    fields.put("function", DictValue.of(function, Origin.TEMPLATE));
    return DictValue.of(fields, Origin.TEMPLATE);
  }
}
