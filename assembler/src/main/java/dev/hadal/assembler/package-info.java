/**
 * Machine code written by Java: a small assembler for the vector instructions of x86-64, memory to
 * run it in, and what the processor says of itself.
 *
 * <h2>A kernel is a page</h2>
 *
 * {@snippet :
 * // y += s * x, n floats: void f(float s, x, y, n)
 * Signature signature = Signature.ofVoid(FLOAT, POINTER, POINTER, LONG);
 * Register64 x = signature.general(1), y = signature.general(2), n = signature.general(3);
 * Zmm s = zmm(1), sum = zmm(2);
 *
 * Assembler a = new Assembler();
 * a.vbroadcastss(s, signature.vector(0));
 * Label loop = a.here();
 * a.vmovups(sum, mem(y));
 * a.vfmadd231ps(sum, s, mem(x));       // sum += s * x, rounded once
 * a.vmovups(mem(y), sum);
 * a.add(x, 64);
 * a.add(y, 64);
 * a.sub(n, 16);
 * a.ja(loop);
 * a.vzeroupper();
 * a.ret();
 *
 * MethodHandle f = CodeLoader.ofThisMachine().load(a.finish(), signature, Arena.global());
 * }
 *
 * <h2>Vectors, lanes and masks</h2>
 *
 * <p>There are 32 vector registers. {@link Zmm} names all 512 bits of one, {@link Ymm} the lower
 * 256, {@link Xmm} the lower 128; writing a shorter one clears the rest. An instruction cuts its
 * vectors into lanes: {@code vaddps} into 32-bit floats, {@code vpaddw} into 16-bit integers. Eight
 * mask registers hold a bit for each lane. A destination guarded by one, {@code
 * zmm(3).merging(K1)}, changes only in lanes whose bit is 1; {@code zmm(3).zeroing(K1)} becomes
 * zero in the others. Lanes that are masked off read and write no memory: so a loop's tail is the
 * same code under a mask, and ends exactly at the end of its buffers. {@code K0} cannot guard,
 * which is why {@link ZeroMask} and {@link WriteMask} are two types.
 *
 * <p>The last source of most instructions may lie in memory: {@code mem(RSI, RCX, BY_4).plus(64)}
 * is the address RSI + 4 * RCX + 64. Where lanes have 32 or 64 bits, {@code mem(RSI).broadcast()}
 * takes one element for all lanes, at no cost.
 *
 * <p>What the processor cannot do has no method, or its operands no common type: {@code vaddps} of
 * a {@code Zmm} and a {@code Ymm}, a zeroing store, the stack pointer as an index, a broadcast of
 * bytes do not compile.
 *
 * <h2>How it is encoded: EVEX once</h2>
 *
 * <p>{@code vaddps zmm1{k2}, zmm3, [rsi + 64]} is seven bytes:
 *
 * <pre>
 *   62 f1 64 4a 58 4e 01
 *   |  |  |  |  |  |  |
 *   |  |  |  |  |  |  displacement: 1, in units of the 64 bytes that are read
 *   |  |  |  |  |  ModRM: one byte of displacement follows, register 1, base rsi
 *   |  |  |  |  opcode: 58 is addition in map 0F
 *   |  |  |  no zeroing, 512 bits, no broadcast, mask 2
 *   |  |  32-bit lanes, second register 3 (inverted), no mandatory prefix
 *   |  top bits of all registers (inverted), map 0F
 *   EVEX
 * </pre>
 *
 * <p>The catalogue, one row for each instruction, knows map, prefix, opcode, the W bit and how much
 * memory is read. The encoders know the rest, one for each scheme: EVEX as above, VEX (AVX and
 * AVX2: the same with fewer registers, no masks, no broadcast), and the general instructions of
 * old. The assembler takes VEX where it can say the same, as it is shorter. So code that keeps to
 * {@code Ymm} 0 to 15, without masks, runs on a processor with AVX2 only: {@link
 * dev.hadal.assembler.MachineCode#required} tells what a piece of code needs, and {@link
 * CodeLoader} refuses to load what the processor lacks.
 *
 * <h2>Never writable and executable</h2>
 *
 * <p>{@link CodePages} fills fresh pages and then makes them executable and read-only. A hardened
 * host may refuse that, and other systems and processors have no such pages at all: {@link
 * CodeLoader#obstacle} says why, so that a caller can take other kernels.
 *
 * <h2>What the types cannot check</h2>
 *
 * <p>Generated code has no bounds checks and does not stop for the garbage collector. Whoever calls
 * it checks sizes before, keeps calls short, restores RBX, RBP and R12 to R15 if it uses them, and
 * ends with {@code vzeroupper} and {@code ret}.
 */
package dev.hadal.assembler;
