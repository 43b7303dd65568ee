package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Published templates, and this project's own beside them, on what Python's Jinja rendered. */
class ChatTemplateGoldenTest {
  private static final Optional<String> BOS = Optional.of("<｜begin▁of▁sentence｜>");
  private static final Optional<String> EOS = Optional.of("<｜end▁of▁sentence｜>");

  /**
   * Where ours differ on purpose: all system messages count, functions are told to the model and
   * every section of calls is closed.
   */
  private static final Set<String> OURS =
      Set.of("two-systems", "tool-call", "tool-answered", "two-tool-calls", "tool-call-with-text");

  @Test
  void publishedTemplatesRenderConversations() {
    List<Conversations.Case> cases = Conversations.cases();
    assertThat(cases).hasSize(5 * 21);
    for (Conversations.Case each : cases) {
      ChatTemplate template =
          ChatTemplate.of(each.template(), Conversations.published(each.template()), BOS, EOS);
      String name = each.template() + " " + each.name();
      if (each.expected().isPresent()) {
        assertThat(template.render(each.conversation()).text())
            .as(name)
            .isEqualTo(each.expected().get());
      } else {
        assertThatThrownBy(() -> template.render(each.conversation()))
            .as(name)
            .isInstanceOf(TextException.class)
            .hasMessageContaining(each.template() + ", line ");
      }
    }
  }

  @Test
  void ourOwnTemplatesRenderTheSame() {
    int compared = 0;
    for (Conversations.Case each : Conversations.cases()) {
      if (!OURS.contains(each.name())) {
        ChatTemplate ours = ChatTemplates.builtIn(each.template().replace(".jinja", ""), BOS, EOS);
        assertThat(ours.render(each.conversation()).text())
            .as(each.template() + " " + each.name())
            .isEqualTo(each.expected().orElseThrow());
        compared++;
      }
    }
    assertThat(compared).isEqualTo(5 * 16);
  }
}
