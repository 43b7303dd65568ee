package dev.hadal.template;

/**
 * What is not there. It prints as nothing, is false and has no elements; everything else that is
 * done with it fails.
 *
 * @param what what was looked for, quoted for messages
 */
record UndefinedValue(String what) implements Value {
  Failure failure() {
    return Failure.value(what + " is undefined");
  }
}
