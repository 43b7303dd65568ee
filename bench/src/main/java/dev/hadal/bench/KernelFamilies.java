package dev.hadal.bench;

import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Which implementation serves each family of kernels. */
final class KernelFamilies {
  private static final String REFERENCE = KernelTier.REFERENCE.label();

  private KernelFamilies() {}

  /**
   * The families with their tiers, which the names of the implementing classes begin with.
   *
   * @param wanted what was asked for
   * @param warnings what was said when the kernels were opened
   */
  static List<DoctorReport.Family> of(Kernels kernels, KernelTier wanted, List<String> warnings) {
    Map<String, Object> families = new LinkedHashMap<>();
    families.put("products", kernels.matMul());
    families.put("conversions", kernels.quantizer());
    families.put("norms", kernels.rmsNorm());
    families.put("activation", kernels.swiGlu());
    families.put("positions", kernels.rotaryEmbedding());
    families.put("causal attention", kernels.causalAttention());
    families.put("latent attention", kernels.latentAttention());
    families.put("gate", kernels.gate());
    families.put("permutation", kernels.permutation());
    families.put("embedding", kernels.embedding());
    families.put("loss", kernels.crossEntropy());
    families.put("sums and copies", kernels.elementwise());
    families.put("optimiser", kernels.optimizer());
    return families.entrySet().stream()
        .map(
            family -> {
              String tier = tier(family.getValue());
              return new DoctorReport.Family(
                  family.getKey(), tier, reason(tier, kernels.tier(), wanted, warnings));
            })
        .toList();
  }

  private static String tier(Object implementation) {
    String name = implementation.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    for (KernelTier tier : KernelTier.values()) {
      if (name.startsWith(tier.label())) {
        return tier.label();
      }
    }
    return name;
  }

  private static String reason(
      String tier, String chosen, KernelTier wanted, List<String> warnings) {
    if (!tier.equals(chosen)) {
      return wanted == KernelTier.AUTO
          ? "the fastest that there is"
          : "there is no " + chosen + " form of it";
    }
    if (wanted != KernelTier.AUTO) {
      return wanted.label().equals(tier) ? "asked for" : String.join(" ", warnings);
    }
    if (!tier.equals(REFERENCE)) {
      return "the fastest that this machine runs";
    }
    return warnings.isEmpty() ? "nothing faster runs here" : String.join(" ", warnings);
  }
}
