package dev.hadal.cli;

import dev.hadal.train.Corpus;
import dev.hadal.train.TrainException;
import java.nio.file.Path;

/** Opens the corpora that a command line names: what is wrong with one is bad data. */
final class Corpora {
  private Corpora() {}

  static Corpus open(Path path) {
    try {
      return Corpus.open(path);
    } catch (TrainException e) {
      throw new InputException(String.valueOf(e.getMessage()), e);
    }
  }
}
