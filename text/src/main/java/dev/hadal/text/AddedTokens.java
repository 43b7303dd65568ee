package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks that added tokens agree with the vocabulary and with one another. */
final class AddedTokens {
  /** How far apart the ids of added tokens may be, on average. */
  private static final int LARGEST_GAP = 16;

  private AddedTokens() {}

  /**
   * The added tokens by id, as long as the largest id of all needs.
   *
   * @throws TextException if two tokens share an id or a content, or one disagrees with the
   *     vocabulary
   */
  static @Nullable AddedToken[] byId(Map<String, Integer> vocabulary, List<AddedToken> added) {
    int size = vocabulary.size();
    long bound = size + (long) LARGEST_GAP * added.size();
    for (int i = 0; i < added.size(); i++) {
      if (added.get(i).id() >= bound) {
        throw new TextException(
            "added_tokens[%d].id: expected less than %d, found %d"
                .formatted(i, bound, added.get(i).id()));
      }
      size = Math.max(size, added.get(i).id() + 1);
    }
    @Nullable AddedToken[] byId = new AddedToken[size];
    Set<String> contents = new HashSet<>();
    for (int i = 0; i < added.size(); i++) {
      AddedToken token = added.get(i);
      Integer known = vocabulary.get(token.content());
      boolean agrees = known == null ? token.id() >= vocabulary.size() : known == token.id();
      if (!agrees || byId[token.id()] != null || !contents.add(token.content())) {
        throw new TextException(
            "added_tokens[%d]: expected an id of its own for %s, found %d, which contradicts %s"
                .formatted(
                    i,
                    Quoted.text(token.content()),
                    token.id(),
                    agrees ? "another added token" : "model.vocab"));
      }
      byId[token.id()] = token;
    }
    return byId;
  }
}
