package dev.hadal.format;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where a JSON value stands, for messages: a file and the steps from its root. Origins are linked
 * upwards and spelled only when a message needs them, so that hostile nesting cannot make them
 * large.
 *
 * @param parent the container; null for the root
 * @param name the member's name in an object; the file for the root; null in an array
 * @param index the element's index in an array
 */
record JsonOrigin(@Nullable JsonOrigin parent, @Nullable String name, int index) {
  private static final int LONGEST = 200;

  /** The root of a file. */
  static JsonOrigin file(String file) {
    return new JsonOrigin(null, file, 0);
  }

  JsonOrigin member(String member) {
    return new JsonOrigin(this, member, 0);
  }

  JsonOrigin element(int element) {
    return new JsonOrigin(this, null, element);
  }

  /** The exception for a problem at this place: {@code file: a.b[2]: problem}. */
  FormatException error(String problem) {
    return new FormatException(this + ": " + problem);
  }

  @Override
  public String toString() {
    ArrayDeque<JsonOrigin> steps = new ArrayDeque<>();
    JsonOrigin origin = this;
    while (origin.parent != null) {
      steps.addFirst(origin);
      origin = origin.parent;
    }
    StringBuilder path = new StringBuilder();
    for (JsonOrigin step : steps) {
      if (step.name == null) {
        path.append('[').append(step.index).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(Quoting.printable(step.name));
      }
      if (path.length() > LONGEST) {
        path.setLength(LONGEST);
        path.append('…');
        break;
      }
    }
    return path.isEmpty() ? "" + origin.name : origin.name + ": " + path;
  }
}
