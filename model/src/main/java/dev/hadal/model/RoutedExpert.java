package dev.hadal.model;

/**
 * The weights of one routed expert, ready to be multiplied.
 *
 * @param number in its layer
 */
record RoutedExpert(int number, InferenceLinear gate, InferenceLinear up, InferenceLinear down) {}
