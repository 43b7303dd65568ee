package dev.hadal.serve;

import java.util.ArrayList;
import java.util.List;

/** Bodies that are wrong in one way each, with what must come back. */
final class BadRequests {
  /** A body, the status and code of the answer, and the field that it must name, or none. */
  record Case(String body, int status, String code, String param) {}

  private final List<Case> cases = new ArrayList<>();

  private BadRequests() {}

  static List<Case> all() {
    BadRequests all = new BadRequests();
    all.texts();
    all.types();
    all.ranges();
    all.contradictions();
    all.model();
    return all.cases;
  }

  private void add(int status, String code, String param, String... bodies) {
    for (String body : bodies) {
      cases.add(new Case(body, status, code, param));
    }
  }

  /** The field has this value, everything else is right. */
  private void field(String code, String name, String... values) {
    for (String value : values) {
      String prompt = name.equals("prompt") ? "" : "\"prompt\": \"a\", ";
      add(400, code, name, "{" + prompt + "\"" + name + "\": " + value + "}");
    }
  }

  private void texts() {
    add(
        400,
        "invalid_json",
        "",
        "",
        " ",
        "\0",
        "x",
        "{",
        "}",
        "[",
        "{]",
        "null",
        "true",
        "1",
        "\"prompt\"",
        "[]",
        "[{\"prompt\": \"a\"}]",
        "{\"prompt\"}",
        "{\"prompt\":}",
        "{\"prompt\": \"a\",}",
        "{\"prompt\": \"a\"",
        "{\"prompt\": \"a",
        "{\"prompt\": 'a'}",
        "{prompt: \"a\"}",
        "{\"prompt\": \"a\"} {}",
        "{\"prompt\": \"a\"} x",
        "{\"prompt\": \"a\"}}",
        "{\"prompt\": \"a\", \"prompt\": \"b\"}",
        "{\"prompt\": \"a\", \"n\": 1, \"n\": 1}",
        "{\"prompt\": \"\\x\"}",
        "{\"prompt\": \"\\u12\"}",
        "{\"prompt\": \"a\nb\"}",
        "{\"prompt\": \"a\", \"n\": 01}",
        "{\"prompt\": \"a\", \"n\": +1}",
        "{\"prompt\": \"a\", \"temperature\": NaN}",
        "{\"prompt\": \"a\", \"temperature\": Infinity}",
        "{\"prompt\": \"a\", \"temperature\": 1e999}",
        "{\"prompt\": \"a\", \"temperature\": -1e999}",
        "{\"prompt\": \"a\", \"temperature\": .5}",
        "{\"prompt\": \"a\", \"temperature\": 1.}",
        "{\"prompt\": \"a\", \"temperature\": 0x1}",
        "{\"prompt\": \"a\", \"n\": " + "1".repeat(100) + "}",
        "{\"prompt\": \"a\", \"" + "x".repeat(300) + "\": 1}",
        "{\"prompt\": \"a\", \"x\": " + "[".repeat(40) + "]".repeat(40) + "}",
        "{\"prompt\": " + "[".repeat(20_000) + "}",
        "{\"a\":".repeat(20_000),
        "/* */ {\"prompt\": \"a\"}",
        "{\"prompt\": \"a\"} // end",
        "\uFEFF{\"prompt\": \"a\"}",
        "prompt=a");
    add(
        400,
        "missing",
        "prompt",
        "{}",
        "{\"prompt\": null}",
        "{\"model\": \"tiny\"}",
        "{\"Prompt\": \"a\"}");
  }

  private void types() {
    field("invalid_type", "prompt", "1", "true", "{}", "{\"a\": 1}", "1.5", "[1.5]", "[true]");
    field("invalid_type", "prompt", "[null]", "[{}]", "[\"a\", 1]", "[1, \"a\"]", "[[1], \"a\"]");
    field(
        "invalid_type", "prompt", "[\"a\", null]", "[[\"a\"]]", "[[1.0]]", "[[[1]]]", "[1, null]");
    field("invalid_type", "model", "1", "[]", "{}", "true");
    field("invalid_type", "suffix", "1", "[\"a\"]", "{}", "false");
    field("invalid_type", "max_tokens", "\"1\"", "1.5", "1e2", "[]", "{}", "true", "1e30");
    field("invalid_type", "temperature", "\"1\"", "[]", "{}", "false", "\"NaN\"");
    field("invalid_type", "top_p", "\"1\"", "[0.5]", "{}", "true");
    field("invalid_type", "top_k", "\"1\"", "1.5", "[]", "false");
    field("invalid_type", "min_p", "\"0\"", "[]", "{}", "true");
    field("invalid_type", "seed", "\"1\"", "1.5", "[]", "true", "9223372036854775808", "1e3");
    field("invalid_type", "stop", "1", "true", "{}", "[1]", "[null]", "[[\"a\"]]", "[\"a\", 2]");
    field("invalid_type", "n", "\"2\"", "1.5", "[]", "true", "2.0");
    field("invalid_type", "best_of", "\"2\"", "[]", "1.5");
    field("invalid_type", "echo", "1", "\"true\"", "[]", "0");
    field("invalid_type", "logprobs", "true", "\"3\"", "1.5", "[]", "{}");
    field("invalid_type", "stream", "1", "\"false\"", "[]", "{}");
    field("invalid_type", "stream_options", "1", "true", "[]", "\"include_usage\"");
    field("invalid_type", "repetition_penalty", "\"1\"", "[]", "true");
    field("invalid_type", "frequency_penalty", "\"1\"", "[]", "true");
    field("invalid_type", "presence_penalty", "\"1\"", "{}", "true");
    field("invalid_type", "logit_bias", "1", "[]", "\"a\"", "[[1, 2]]");
    field("invalid_type", "logit_bias", "{\"a\": 1}", "{\"-1\": 1}", "{\"1.5\": 1}", "{\"\": 1}");
    field("invalid_type", "logit_bias", "{\"01\": 1}", "{\"1\": \"1\"}", "{\"1\": null}");
    add(
        400,
        "invalid_type",
        "stream_options.include_usage",
        "{\"prompt\": \"a\", \"stream\": true, \"stream_options\": {\"include_usage\": 1}}");
  }

  private void ranges() {
    field("out_of_range", "prompt", "[]", "[[]]", "[[1], []]", "[-1]", "[1, -5]", "[9999999]");
    field("out_of_range", "prompt", "[4294967296]", "[[1], [9223372036854775807]]", "[999]");
    String many = "\"a\", ".repeat(200);
    field("out_of_range", "prompt", "[" + many + "\"b\"]");
    field("invalid_unicode", "prompt", "\"\\ud800\"", "\"a\\udc00b\"", "[\"a\", \"\\udfff\"]");
    field("invalid_unicode", "suffix", "\"\\ud800x\"");
    field("invalid_unicode", "stop", "\"\\ud83d\"", "[\"a\", \"\\ude00\"]");
    field("out_of_range", "max_tokens", "-1", "-2147483648", "2147483648", "99999999999");
    field("out_of_range", "temperature", "-0.1", "2.1", "100", "1e300", "-1");
    field("out_of_range", "top_p", "0", "-0.5", "1.01", "2");
    field("out_of_range", "top_k", "-2", "-100", "2147483648");
    field("out_of_range", "min_p", "-0.1", "1.1");
    field("out_of_range", "n", "0", "-1", "9", "1000000", "2147483647");
    field("out_of_range", "logprobs", "-1", "21", "1000000");
    field("out_of_range", "repetition_penalty", "0", "-1", "101", "1e300");
    field("out_of_range", "frequency_penalty", "-2.1", "2.1", "1e9");
    field("out_of_range", "presence_penalty", "-3", "3");
    field("out_of_range", "stop", "\"\"", "[\"\"]", "[\"a\", \"\"]");
    field(
        "out_of_range", "stop", "\"" + "x".repeat(257) + "\"", "\"" + "\u00e9".repeat(129) + "\"");
    field("out_of_range", "stop", "[" + "\"a\",".repeat(16) + "\"a\"]");
    field("out_of_range", "logit_bias", "{\"1\": 101}", "{\"1\": -100.5}", "{\"99999\": 1}");
    StringBuilder biases = new StringBuilder("{");
    for (int i = 0; i < 1100; i++) {
      biases.append(i == 0 ? "" : ",").append('"').append(i).append("\": 1");
    }
    field("out_of_range", "logit_bias", biases + "}");
    add(400, "out_of_range", "n", "{\"n\": 8, \"prompt\": [" + "\"a\", ".repeat(100) + "\"b\"]}");
  }

  private void contradictions() {
    field("unsupported_value", "best_of", "2", "0", "-1", "100");
    add(
        400,
        "unsupported_value",
        "best_of",
        "{\"prompt\": \"a\", \"n\": 2, \"best_of\": 3}",
        "{\"prompt\": \"a\", \"n\": 3, \"best_of\": 2}");
    add(
        400,
        "contradiction",
        "stream_options",
        "{\"prompt\": \"a\", \"stream_options\": {\"include_usage\": true}}",
        "{\"prompt\": \"a\", \"stream\": false, \"stream_options\": {\"include_usage\": true}}");
    add(400, "contradiction", "echo", "{\"prompt\": \"a\", \"suffix\": \"b\", \"echo\": true}");
    add(
        400,
        "contradiction",
        "suffix",
        "{\"prompt\": [1, 2], \"suffix\": \"b\"}",
        "{\"prompt\": [[1, 2]], \"suffix\": \"b\"}");
  }

  private void model() {
    add(
        404,
        "model_not_found",
        "model",
        "{\"prompt\": \"a\", \"model\": \"gpt-4\"}",
        "{\"prompt\": \"a\", \"model\": \"\"}",
        "{\"prompt\": \"a\", \"model\": \"TINY\"}",
        "{\"prompt\": \"a\", \"model\": \"../tiny\"}",
        "{\"prompt\": \"a\", \"model\": \"tiny\\u0000\"}",
        "{\"prompt\": \"a\", \"model\": \"/etc/passwd\"}");
    add(
        400,
        "context_length_exceeded",
        "prompt",
        "{\"prompt\": \"a\", \"max_tokens\": 400}",
        "{\"prompt\": \"a\", \"max_tokens\": 2147483647}",
        "{\"prompt\": \"" + "z".repeat(500) + "\"}",
        "{\"prompt\": \"" + "z".repeat(1_000_000) + "\"}",
        "{\"prompt\": [\"a\", \"" + "z".repeat(500) + "\"]}",
        "{\"prompt\": [" + "1,".repeat(400) + "1]}",
        "{\"prompt\": [" + "1,".repeat(200_000) + "1]}",
        "{\"prompt\": \"a\", \"suffix\": \"" + "z".repeat(500) + "\"}");
  }
}
