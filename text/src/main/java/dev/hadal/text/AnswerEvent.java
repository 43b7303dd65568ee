package dev.hadal.text;

/** A part of a model's answer, told as soon as it is certain. */
public sealed interface AnswerEvent {
  /**
   * More of what the model thinks.
   *
   * @param text at least one character
   */
  record Reasoning(String text) implements AnswerEvent {}

  /**
   * More of what it says.
   *
   * @param text at least one character
   */
  record Content(String text) implements AnswerEvent {}

  /**
   * It begins to ask for a call.
   *
   * @param index the number of the call in this answer, from 0
   * @param id what the call's result will name
   * @param name the function
   */
  record CallStart(int index, String id, String name) implements AnswerEvent {}

  /**
   * More of the arguments.
   *
   * @param index the number of the call
   * @param text at least one character
   */
  record CallArguments(int index, String text) implements AnswerEvent {}

  /**
   * The call ends.
   *
   * @param index the number of the call
   * @param complete whether the model ended it itself and its arguments are one JSON object
   */
  record CallEnd(int index, boolean complete) implements AnswerEvent {}
}
