package dev.hadal.kernels;

/**
 * The constants of {@link Optimizer#adamW}, computed in binary64 and rounded once.
 *
 * @param clip factor of the gradient
 * @param keep what weight decay leaves
 * @param beta1 decay of the first moment
 * @param fresh1 1 - beta1
 * @param beta2 decay of the second moment
 * @param fresh2 1 - beta2
 * @param rate the learning rate over the first moment's correction
 * @param root of the second moment's correction
 * @param epsilon added to the root
 */
record AdamWNumbers(
    float clip,
    float keep,
    float beta1,
    float fresh1,
    float beta2,
    float fresh2,
    float rate,
    float root,
    float epsilon) {
  /** Those of a step. */
  static AdamWNumbers of(Optimizer.AdamW numbers) {
    double step = numbers.step();
    return new AdamWNumbers(
        (float) numbers.clip(),
        (float) (1 - numbers.learningRate() * numbers.weightDecay()),
        (float) numbers.beta1(),
        (float) (1 - numbers.beta1()),
        (float) numbers.beta2(),
        (float) (1 - numbers.beta2()),
        (float) (numbers.learningRate() / (1 - StrictMath.pow(numbers.beta1(), step))),
        (float) Math.sqrt(1 - StrictMath.pow(numbers.beta2(), step)),
        (float) numbers.epsilon());
  }
}
