package dev.hadal.kernels;

/** The team of one: the caller. */
record SingleThread() implements ThreadTeam {
  @Override
  public int size() {
    return 1;
  }

  @Override
  public void run(Body body) {
    body.run(0);
  }

  @Override
  public void close() {}
}
