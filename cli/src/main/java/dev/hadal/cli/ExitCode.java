package dev.hadal.cli;

/** What a command says to the shell; the numbers from 64 on are those of BSD's sysexits. */
enum ExitCode {
  /** All is well. */
  DONE(0),
  /** A check or comparison did not hold. */
  CHECK_FAILED(1),
  /** The command line is wrong. */
  USAGE(64),
  /** A file or text is not what was expected. */
  BAD_DATA(65),
  /** A defect of this program. */
  DEFECT(70),
  /** The machine cannot do it now: disk full, port in use. */
  TEMPORARY(75),
  /** A configuration contradicts itself or cannot work here. */
  CONFIGURATION(78);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
