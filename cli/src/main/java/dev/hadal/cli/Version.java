package dev.hadal.cli;

import java.lang.module.ModuleFinder;

/** Says what this program is and what it runs on. */
final class Version {
  /** The version of all modules. */
  static final String NUMBER = "0.1.0";

  private Version() {}

  static void print(Console console) {
    String commit = System.getProperty("hadal.commit", "");
    boolean vectors = ModuleFinder.ofSystem().find("jdk.incubator.vector").isPresent();
    Output out = console.out();
    out.println("hadal %s%s".formatted(NUMBER, commit.isEmpty() ? "" : ", commit " + commit));
    out.println(
        "Java %s (%s, %s)"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vm.name"),
                System.getProperty("java.vendor")));
    out.println("%s %s".formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
    out.println("kernels: reference%s".formatted(vectors ? ", vector, generated" : ""));
  }
}
