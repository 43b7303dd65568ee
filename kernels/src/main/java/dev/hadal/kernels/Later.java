package dev.hadal.kernels;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A value that is made when it is first asked for, once, whichever thread asks. */
final class Later<T> implements Supplier<T> {
  private final Supplier<? extends T> maker;
  private volatile @Nullable T value;

  /** Nothing yet. */
  Later(Supplier<? extends T> maker) {
    this.maker = maker;
  }

  @Override
  public T get() {
    T made = value;
    return made != null ? made : make();
  }

  private synchronized T make() {
    T made = value;
    if (made == null) {
      made = maker.get();
      value = made;
    }
    return made;
  }
}
