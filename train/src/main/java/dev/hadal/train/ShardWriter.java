package dev.hadal.train;

import dev.hadal.format.AtomicFile;
import dev.hadal.format.Hasher;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes records of ids into shard files and remembers where they are. */
final class ShardWriter implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int RECORD = 16;

  private final Path folder;
  private final int idBytes;
  private final long shardBytes;
  private final List<ShardManifest.Entry> shards = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private final AtomicFile index;
  private final Hasher indexHash = new Hasher();
  private long indexBytes;
  private long ids;
  private @Nullable AtomicFile shard;
  private Hasher shardHash = new Hasher();
  private long written;

  /** Writes into a folder; a shard that has reached {@code shardBytes} is followed by another. */
  ShardWriter(Path folder, int idBytes, long shardBytes) {
    this.folder = folder;
    this.idBytes = idBytes;
    this.shardBytes = shardBytes;
    this.index = AtomicFile.create(folder.resolve(ShardManifest.INDEX));
  }

  /** Appends a record. */
  void write(int document, int edition, int[] record) {
    AtomicFile file = shard;
    if (file == null) {
      file = AtomicFile.create(folder.resolve(ShardManifest.shardName(shards.size())));
      shard = file;
      shardHash = new Hasher();
      written = 0;
    }
    ByteBuffer row = ByteBuffer.allocate(RECORD).order(ByteOrder.LITTLE_ENDIAN);
    byte[] bytes = row.putInt(document).putInt(edition).putLong(ids).array();
    index.write(bytes);
    indexHash.update(bytes);
    indexBytes += RECORD;
    for (int id : record) {
      if (buffer.remaining() < Integer.BYTES) {
        flush(file);
      }
      if (idBytes == 2) {
        buffer.putShort((short) id);
      } else {
        buffer.putInt(id);
      }
    }
    ids += record.length;
    flush(file);
    if (written >= shardBytes) {
      finishShard(file);
    }
  }

  private void flush(AtomicFile file) {
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    buffer.clear();
    file.write(bytes);
    shardHash.update(bytes);
    written += bytes.length;
  }

  private void finishShard(AtomicFile file) {
    file.commit();
    file.close();
    String name = ShardManifest.shardName(shards.size());
    shards.add(new ShardManifest.Entry(name, written, shardHash.hex()));
    shard = null;
  }

  /** Puts the last files in their places; the shards in order. */
  List<ShardManifest.Entry> finish() {
    AtomicFile file = shard;
    if (file != null) {
      finishShard(file);
    }
    index.commit();
    return List.copyOf(shards);
  }

  /** The index, once it is finished. */
  ShardManifest.Entry indexEntry() {
    return new ShardManifest.Entry(ShardManifest.INDEX, indexBytes, indexHash.hex());
  }

  @Override
  public void close() {
    AtomicFile file = shard;
    if (file != null) {
      file.close();
    }
    index.close();
  }
}
