package dev.hadal.assembler;

/** Anything in memory that a ModRM byte can name. */
sealed interface Location extends RmOperand permits Memory, VectorAddress {}
