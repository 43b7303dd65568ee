package dev.hadal.text;

import java.util.Iterator;
import java.util.Optional;

/** An iterator from which several threads take. After a failure there is nothing more to take. */
final class SharedIterator<T> {
  private final Iterator<T> elements;
  private boolean ended;

  SharedIterator(Iterator<T> elements) {
    this.elements = elements;
  }

  synchronized Optional<T> next() {
    if (ended) {
      return Optional.empty();
    }
    ended = true;
    Optional<T> next = elements.hasNext() ? Optional.of(elements.next()) : Optional.empty();
    ended = next.isEmpty();
    return next;
  }
}
