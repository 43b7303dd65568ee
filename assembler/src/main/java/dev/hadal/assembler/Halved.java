package dev.hadal.assembler;

/**
 * Marks registers by the type that holds half their lanes' bits: {@link Ymm} for {@link Zmm},
 * {@link Xmm} for the others. Conversions between element widths use it: the doubles of a {@code
 * Zmm} come from the floats of a {@code Ymm}.
 *
 * @param <H> the type of the half
 */
public sealed interface Halved<H extends Vector<H>> permits Xmm, Ymm, Zmm {}
