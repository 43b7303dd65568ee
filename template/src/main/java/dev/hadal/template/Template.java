package dev.hadal.template;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;

/**
 * A template in the language Jinja 2 (its documentation, "Template Designer"), as far as chat
 * templates of language models use it, with what Hugging Face transformers adds for them: {@code
 * trim_blocks} and {@code lstrip_blocks} are on, {@code break} and {@code continue}, {@code
 * generation} blocks, {@code raise_exception}, {@code strftime_now} and its own {@code tojson}.
 * Values behave as Python's.
 *
 * <p>A template comes with a model and is not to be trusted. It has no way to anything but the
 * values it is given, cannot change them, and has {@link TemplateLimits}. Differences that can be
 * seen: integers have 64 bits, what Jinja gives one at a time is a list, and templates are not
 * included in one another.
 *
 * <p>A template does not change and is safe for use by any number of threads.
 */
public final class Template {
  private final String name;
  private final List<Statement> statements;

  private Template(String name, List<Statement> statements) {
    this.name = name;
    this.statements = statements;
  }

  /**
   * Reads a template.
   *
   * @param name stands for it in messages, such as the file's name
   * @throws TemplateException if it is not one, or exceeds a limit
   */
  public static Template parse(String name, String source) {
    return parse(name, source, TemplateLimits.DEFAULT);
  }

  /**
   * The same within other limits.
   *
   * @throws TemplateException if it is not one, or exceeds a limit
   */
  public static Template parse(String name, String source, TemplateLimits limits) {
    if (source.length() > limits.sourceCharacters()) {
      throw new TemplateException(
          name, 1, Failure.limit("characters of a template", limits.sourceCharacters()));
    }
    try {
      return new Template(name, Parser.parse(source, limits.nesting()));
    } catch (LineFailure failure) {
      throw new TemplateException(name, failure.line(), failure.failure());
    }
  }

  /**
   * Renders with the present date and time and the usual limits.
   *
   * @throws TemplateException if an operation does not fit its values, a limit is reached or the
   *     template refuses
   */
  public Rendering render(Map<String, ? extends Value> variables) {
    return render(variables, LocalDateTime.now(ZoneId.systemDefault()), TemplateLimits.DEFAULT);
  }

  /**
   * Renders.
   *
   * @param variables what the template can name
   * @param now the date and time that it is told
   * @throws TemplateException if an operation does not fit its values, a limit is reached or the
   *     template refuses
   */
  public Rendering render(
      Map<String, ? extends Value> variables, LocalDateTime now, TemplateLimits limits) {
    Interpreter interpreter = new Interpreter(new Budget(limits));
    Scope globals = new Scope(null);
    globals.setAll(Globals.at(now));
    globals.setAll(variables);
    try {
      return new Rendering(interpreter.run(statements, new Scope(globals)).segments());
    } catch (Failure failure) {
      throw new TemplateException(name, interpreter.line(), failure);
    }
  }
}
