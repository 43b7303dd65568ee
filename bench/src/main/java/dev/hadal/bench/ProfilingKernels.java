package dev.hadal.bench;

import dev.hadal.kernels.CausalAttention;
import dev.hadal.kernels.CrossEntropy;
import dev.hadal.kernels.Elementwise;
import dev.hadal.kernels.Embedding;
import dev.hadal.kernels.Gate;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.LatentAttention;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Optimizer;
import dev.hadal.kernels.Permutation;
import dev.hadal.kernels.Quantizer;
import dev.hadal.kernels.RmsNorm;
import dev.hadal.kernels.RotaryEmbedding;
import dev.hadal.kernels.ServedFamily;
import dev.hadal.kernels.SwiGlu;
import dev.hadal.kernels.ThreadTeam;
import dev.hadal.tensor.DType;
import java.util.List;

/**
 * Kernels that time those they wrap: every call of every family is added to a stopwatch under
 * {@code family.operation}. Results are those of the wrapped kernels, bit for bit.
 */
final class ProfilingKernels implements Kernels {
  private final Kernels kernels;
  private final MatMul matMul;
  private final Quantizer quantizer;
  private final RmsNorm rmsNorm;
  private final SwiGlu swiGlu;
  private final RotaryEmbedding rotaryEmbedding;
  private final CausalAttention causalAttention;
  private final LatentAttention latentAttention;
  private final Gate gate;
  private final Permutation permutation;
  private final Embedding embedding;
  private final CrossEntropy crossEntropy;
  private final Elementwise elementwise;
  private final Optimizer optimizer;
  private boolean paused;

  ProfilingKernels(Kernels kernels, Stopwatch watch) {
    this.kernels = kernels;
    matMul = new ProfiledMatMul(kernels.matMul(), watch);
    quantizer = new ProfiledQuantizer(kernels.quantizer(), watch);
    rmsNorm = ProfiledActivations.of(kernels.rmsNorm(), watch);
    swiGlu = ProfiledActivations.of(kernels.swiGlu(), watch);
    rotaryEmbedding = ProfiledActivations.of(kernels.rotaryEmbedding(), watch);
    elementwise = ProfiledActivations.of(kernels.elementwise(), watch);
    causalAttention = ProfiledAttention.of(kernels.causalAttention(), watch);
    latentAttention = ProfiledAttention.of(kernels.latentAttention(), watch);
    gate = ProfiledRouting.of(kernels.gate(), watch);
    permutation = ProfiledRouting.of(kernels.permutation(), watch);
    embedding = ProfiledActivations.of(kernels.embedding(), watch);
    crossEntropy = ProfiledActivations.of(kernels.crossEntropy(), watch);
    optimizer = new ProfiledOptimizer(kernels.optimizer(), watch);
  }

  /** Whether the families are the wrapped ones themselves, untimed, from now on. */
  void pause(boolean pause) {
    paused = pause;
  }

  @Override
  public String tier() {
    return kernels.tier();
  }

  @Override
  public List<ServedFamily> families() {
    return kernels.families();
  }

  @Override
  public DType computeType() {
    return kernels.computeType();
  }

  @Override
  public ThreadTeam team() {
    return kernels.team();
  }

  @Override
  public MatMul matMul() {
    return paused ? kernels.matMul() : matMul;
  }

  @Override
  public Quantizer quantizer() {
    return paused ? kernels.quantizer() : quantizer;
  }

  @Override
  public RmsNorm rmsNorm() {
    return paused ? kernels.rmsNorm() : rmsNorm;
  }

  @Override
  public SwiGlu swiGlu() {
    return paused ? kernels.swiGlu() : swiGlu;
  }

  @Override
  public RotaryEmbedding rotaryEmbedding() {
    return paused ? kernels.rotaryEmbedding() : rotaryEmbedding;
  }

  @Override
  public CausalAttention causalAttention() {
    return paused ? kernels.causalAttention() : causalAttention;
  }

  @Override
  public LatentAttention latentAttention() {
    return paused ? kernels.latentAttention() : latentAttention;
  }

  @Override
  public Gate gate() {
    return paused ? kernels.gate() : gate;
  }

  @Override
  public Permutation permutation() {
    return paused ? kernels.permutation() : permutation;
  }

  @Override
  public Embedding embedding() {
    return paused ? kernels.embedding() : embedding;
  }

  @Override
  public CrossEntropy crossEntropy() {
    return paused ? kernels.crossEntropy() : crossEntropy;
  }

  @Override
  public Elementwise elementwise() {
    return paused ? kernels.elementwise() : elementwise;
  }

  @Override
  public Optimizer optimizer() {
    return paused ? kernels.optimizer() : optimizer;
  }

  /** Closes the wrapped kernels. */
  @Override
  public void close() {
    kernels.close();
  }
}
