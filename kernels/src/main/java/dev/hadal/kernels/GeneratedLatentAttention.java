package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@link LatentAttention} by {@link LatentBlockCode}, in groups as {@link VectorLatentAttention}.
 * FP32 caches without rounding and BF16 caches with it are generated; the mixtures, which no mode
 * of inference has, are another tier's.
 */
final class GeneratedLatentAttention implements LatentAttention {
  private static final int MIN_HEADS = 16;

  private final ThreadTeam team;
  private final CodeLoader loader;
  private final Supplier<LatentAttention> others;
  private final Map<LatentLayout, LatentFunctions> functions = new HashMap<>();
  private final LatentWalk[] walks;
  private final NativeBuffer parts = new NativeBuffer();

  GeneratedLatentAttention(ThreadTeam team, CodeLoader loader, Supplier<LatentAttention> others) {
    this.team = team;
    this.loader = loader;
    this.others = others;
    walks = new LatentWalk[team.size()];
    Arrays.setAll(walks, _ -> new LatentWalk());
  }

  /** Why it cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return LatentFunctions.obstacle(loader);
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
    if (queries.isEmpty()) {
      return;
    }
    OperandKind kind = kind(queries, bfloat16);
    if (kind == null) {
      others.get().forward(heads, latent, rope, scale, bfloat16, q, queries, out);
      return;
    }
    long _ = Addresses.of("latentAttention", q);
    long _ = Addresses.of("latentAttention", out);
    LatentFunctions made =
        functions.computeIfAbsent(
            new LatentLayout(kind, latent, rope), layout -> new LatentFunctions(loader, layout));
    LatentWalk.Call call = new LatentWalk.Call(made, heads, (float) scale, q, queries, out);
    try {
      run(call);
    } finally {
      // The code knows addresses only: nothing may be freed that they belong to.
      Reference.reachabilityFence(call);
    }
  }

  /** The layout's kind, or null for mixtures. */
  @SuppressWarnings("ReferenceEquality") // a cache is what it is, not what it holds
  private static @Nullable OperandKind kind(List<Query> queries, boolean bfloat16) {
    DType wanted = bfloat16 ? DType.BF16 : DType.F32;
    Cache seen = null;
    for (Query query : queries) {
      if (query.cache() != seen) {
        seen = query.cache();
        if (seen.block(0).dtype() != wanted) {
          return null;
        }
      }
    }
    return bfloat16 ? OperandKind.BFLOAT : OperandKind.DENSE;
  }

  private void run(LatentWalk.Call call) {
    int headsOfTask = call.heads();
    List<LatentGroup> groups = LatentGroup.of(call.queries(), call.heads(), headsOfTask);
    while (partitions(groups) < team.size() && headsOfTask > MIN_HEADS) {
      headsOfTask = Math.max(MIN_HEADS, (headsOfTask + 1) / 2);
      groups = LatentGroup.of(call.queries(), call.heads(), headsOfTask);
    }
    if (groups.size() >= team.size() || partitions(groups) == groups.size()) {
      WorkItems.share(team, groups, (group, member) -> walks[member].whole(call, group));
    } else {
      byPartitions(call, groups);
    }
  }

  private static int partitions(List<LatentGroup> groups) {
    return groups.stream().mapToInt(LatentGroup::partitions).sum();
  }

  private void byPartitions(LatentWalk.Call call, List<LatentGroup> groups) {
    record Part(LatentGroup group, int partition, long at) {}
    List<Part> tasks = new ArrayList<>();
    long bytes = 0;
    for (LatentGroup group : groups) {
      for (int partition = 0; partition < group.partitions(); partition++) {
        tasks.add(new Part(group, partition, bytes));
        bytes += call.stateBytes(LatentWalk.vectors(group));
      }
    }
    MemorySegment memory = parts.of(bytes);
    WorkItems.share(
        team,
        tasks,
        (part, member) -> {
          long size = call.stateBytes(LatentWalk.vectors(part.group));
          MemorySegment state = memory.asSlice(part.at, size);
          walks[member].part(call, part.group, part.partition, state);
        });
    int i = 0;
    for (LatentGroup group : groups) {
      long size = call.stateBytes(LatentWalk.vectors(group));
      MemorySegment total = memory.asSlice(tasks.get(i).at, size);
      for (int partition = 1; partition < group.partitions(); partition++) {
        walks[0].merge(call, group, total, memory.asSlice(tasks.get(i + partition).at, size));
      }
      walks[0].write(call, group, total);
      i += group.partitions();
    }
  }
}
