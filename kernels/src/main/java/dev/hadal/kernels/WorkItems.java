package dev.hadal.kernels;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Pieces of work of uneven sizes that the members of a team take one after the other. */
final class WorkItems {
  /** What is done with an item. */
  @FunctionalInterface
  interface Body<T> {
    /** Does it as one member. */
    void run(T item, int member);
  }

  private WorkItems() {}

  /** Every item is taken by some member. */
  static <T> void share(ThreadTeam team, List<T> items, Body<T> body) {
    if (items.size() <= 1 || team.size() == 1) {
      serially(items, body);
      return;
    }
    AtomicInteger next = new AtomicInteger();
    team.run(
        member -> {
          for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
            body.run(items.get(i), member);
          }
        });
  }

  /** The calling member takes all. */
  static <T> void serially(List<T> items, Body<T> body) {
    for (T item : items) {
      body.run(item, 0);
    }
  }
}
