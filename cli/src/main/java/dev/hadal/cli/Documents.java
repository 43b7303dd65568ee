package dev.hadal.cli;

import dev.hadal.train.Corpus;
import dev.hadal.train.Document;
import dev.hadal.train.TrainException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The texts of corpora one after the other, read as they are asked for. */
final class Documents implements Iterable<String>, AutoCloseable {
  private final List<Corpus> corpora = new ArrayList<>();
  private long bytes;
  private long count;

  /** Opens files, folders, zip and JSONL files. */
  Documents(List<Path> paths) {
    try {
      for (Path path : paths) {
        corpora.add(Corpora.open(path));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public Iterator<String> iterator() {
    return new Iterator<>() {
      private int corpus;
      private int document;

      @Override
      public boolean hasNext() {
        while (corpus < corpora.size() && document == corpora.get(corpus).size()) {
          corpus++;
          document = 0;
        }
        return corpus < corpora.size();
      }

      @Override
      public String next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        try {
          Document next = corpora.get(corpus).read(document++);
          bytes += next.bytes();
          count++;
          return next.text();
        } catch (TrainException e) {
          throw new InputException(String.valueOf(e.getMessage()), e);
        }
      }
    };
  }

  /** Bytes of the texts read so far. */
  long bytes() {
    return bytes;
  }

  /** Texts read so far. */
  long count() {
    return count;
  }

  @Override
  public void close() {
    corpora.forEach(Corpus::close);
  }
}
