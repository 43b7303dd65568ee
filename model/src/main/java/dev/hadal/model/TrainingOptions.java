package dev.hadal.model;

/**
 * How a {@link TrainingModel} computes.
 *
 * @param precision the arithmetic
 * @param mtpWeight lambda, the weight of the MTP loss; with 0 the MTP layer is skipped
 * @param balanceAlpha factor of the sequence-wise balance loss
 * @param combineGroups groups of experts whose results are added before the groups are; divides the
 *     number of experts, 1 for none
 * @param workspaceBudgetBytes the most memory for packed weights and activations
 * @param recompute whether backward computes queries, keys and values again from the latents
 *     (report §3.2.3) instead of keeping them; the bits are the same
 */
public record TrainingOptions(
    Precision precision,
    double mtpWeight,
    double balanceAlpha,
    int combineGroups,
    long workspaceBudgetBytes,
    boolean recompute) {

  /** Checks the ranges. */
  public TrainingOptions {
    if (!(mtpWeight >= 0) || !(balanceAlpha >= 0) || combineGroups < 1) {
      throw new IllegalArgumentException(
          "training options: expected mtpWeight and balanceAlpha of at least 0 and combineGroups"
              + " of at least 1, got %s, %s, %d".formatted(mtpWeight, balanceAlpha, combineGroups));
    }
  }

  /** The same with recomputation. */
  public TrainingOptions(
      Precision precision,
      double mtpWeight,
      double balanceAlpha,
      int combineGroups,
      long workspaceBudgetBytes) {
    this(precision, mtpWeight, balanceAlpha, combineGroups, workspaceBudgetBytes, true);
  }

  /** The same, recomputing or keeping. */
  public TrainingOptions withRecompute(boolean again) {
    return new TrainingOptions(
        precision, mtpWeight, balanceAlpha, combineGroups, workspaceBudgetBytes, again);
  }

  /** The report's weights: lambda 0.3, alpha 0.0001, one combine group for each routing group. */
  public static TrainingOptions of(ModelConfig config, Precision precision, long budgetBytes) {
    return new TrainingOptions(precision, 0.3, 0.0001, config.gateRule().groups(), budgetBytes);
  }
}
