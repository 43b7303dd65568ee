package dev.hadal.model;

/** The three weights of one routed expert. */
record Expert(Linear gate, Linear up, Linear down) {
  static Expert of(Parameters parameters, String prefix, LinearKind kind) {
    return new Expert(
        new Linear(parameters.get(prefix + "gate_proj.weight"), kind),
        new Linear(parameters.get(prefix + "up_proj.weight"), kind),
        new Linear(parameters.get(prefix + "down_proj.weight"), kind));
  }
}
