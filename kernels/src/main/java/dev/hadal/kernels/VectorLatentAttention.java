package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;

/**
 * {@link LatentAttention} by groups: neighbouring queries of one sequence whose last cache block is
 * the same, and some of the heads, walk the cache together, each (query, head) a column of {@link
 * OnlineSoftmax}. A decoding query is a group of its own.
 *
 * <p>Many groups are spread over the threads, each merging its partitions as it goes. Where there
 * are fewer groups than threads, partitions become tasks of their own, and then heads; neither
 * changes a result.
 */
final class VectorLatentAttention implements LatentAttention {
  private static final int MIN_HEADS = 16;

  private final ThreadTeam team;
  private final LatentBlocks[] blocks;

  VectorLatentAttention(ThreadTeam team) {
    this.team = team;
    blocks = new LatentBlocks[team.size()];
    Arrays.setAll(blocks, member -> new LatentBlocks());
  }

  @Override
  public void forward(
      int heads,
      int latent,
      int rope,
      double scale,
      boolean bfloat16,
      Tensor q,
      List<Query> queries,
      Tensor out) {
    int tokens = queries.size();
    Sizes.require("latentAttention q", q, tokens, (long) heads * (latent + rope));
    Sizes.require("latentAttention out", out, tokens, (long) heads * latent);
    for (Query query : queries) {
      if (query.position() < 0) {
        throw new IllegalArgumentException(
            "latentAttention: negative position " + query.position());
      }
    }
    LatentBlocks.Call call =
        new LatentBlocks.Call(heads, latent, rope, (float) scale, bfloat16, q, queries, out);
    int headsOfTask = heads;
    List<LatentGroup> groups = LatentGroup.of(queries, heads, headsOfTask);
    while (partitions(groups) < team.size() && headsOfTask > MIN_HEADS) {
      headsOfTask = Math.max(MIN_HEADS, (headsOfTask + 1) / 2);
      groups = LatentGroup.of(queries, heads, headsOfTask);
    }
    if (groups.size() >= team.size()) {
      forEach(groups, (group, member) -> blocks[member].whole(call, group));
    } else {
      byPartitions(call, groups);
    }
  }

  private static int partitions(List<LatentGroup> groups) {
    return groups.stream().mapToInt(LatentGroup::partitions).sum();
  }

  private void byPartitions(LatentBlocks.Call call, List<LatentGroup> groups) {
    List<LatentBlocks.Part> parts = new ArrayList<>();
    for (LatentGroup group : groups) {
      for (int partition = 0; partition < group.partitions(); partition++) {
        parts.add(new LatentBlocks.Part(group, partition, call.state(group)));
      }
    }
    forEach(parts, (part, member) -> blocks[member].part(call, part));
    LatentState total = null;
    for (LatentBlocks.Part part : parts) {
      if (total == null || part.partition() == 0) {
        total = part.state();
      } else {
        total.merge(part.state());
      }
      if (part.partition() == part.group().partitions() - 1) {
        total.write(call, part.group());
      }
    }
  }

  private <T> void forEach(List<T> tasks, ObjIntConsumer<T> body) {
    AtomicInteger next = new AtomicInteger();
    team.run(
        member -> {
          for (int i = next.getAndIncrement(); i < tasks.size(); i = next.getAndIncrement()) {
            body.accept(tasks.get(i), member);
          }
        });
  }
}
