package dev.hadal.model;

import dev.hadal.kernels.Dispatch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The weights of a layer's routed experts: all in memory, or on the disk but for the hot ones. */
sealed interface RoutedWeights permits RoutedWeights.Resident, StreamedExperts {
  /** What the input becomes for the gates. */
  InferenceKind gateKind();

  /** What the input becomes for the up-projections. */
  InferenceKind upKind();

  /** What the inner activations become. */
  InferenceKind downKind();

  /** F. */
  int width();

  /**
   * Hands over every expert that has rows, each once, in one or several parts. The first part comes
   * at once and may be empty; the weights of a part are there until its consumer returns.
   *
   * @throws ModelException if weights cannot be read; nothing is under way afterwards
   */
  void handOver(Dispatch dispatch, Consumer<List<RoutedExpert>> part);

  /** All in memory. */
  record Resident(
      List<InferenceLinear> gates, List<InferenceLinear> ups, List<InferenceLinear> downs)
      implements RoutedWeights {
    @Override
    public InferenceKind gateKind() {
      return gates.getFirst().kind();
    }

    @Override
    public InferenceKind upKind() {
      return ups.getFirst().kind();
    }

    @Override
    public InferenceKind downKind() {
      return downs.getFirst().kind();
    }

    @Override
    public int width() {
      return gates.getFirst().outputs();
    }

    @Override
    public void handOver(Dispatch dispatch, Consumer<List<RoutedExpert>> part) {
      List<RoutedExpert> asked = new ArrayList<>();
      for (int e = 0; e < gates.size(); e++) {
        if (dispatch.load(e) > 0) {
          asked.add(new RoutedExpert(e, gates.get(e), ups.get(e), downs.get(e)));
        }
      }
      part.accept(asked);
    }
  }
}
