package dev.hadal.kernels;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** A team that starts its threads anew for every run. */
record TestTeam(int size) implements ThreadTeam {
  @Override
  public void run(Body body) {
    AtomicReferenceArray<Throwable> failures = new AtomicReferenceArray<>(size);
    Thread[] threads = new Thread[size];
    for (int m = 0; m < size; m++) {
      int member = m;
      threads[m] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      body.run(member);
                    } catch (RuntimeException | Error failure) {
                      failures.set(member, failure);
                    }
                  });
    }
    for (int m = 0; m < size; m++) {
      try {
        threads[m].join();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
      if (failures.get(m) != null) {
        throw new AssertionError("member " + m, failures.get(m));
      }
    }
  }

  @Override
  public void close() {}
}
