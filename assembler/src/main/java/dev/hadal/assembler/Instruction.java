package dev.hadal.assembler;

import static dev.hadal.assembler.CpuFeature.AVX;
import static dev.hadal.assembler.CpuFeature.AVX2;
import static dev.hadal.assembler.CpuFeature.AVX512BW;
import static dev.hadal.assembler.CpuFeature.AVX512DQ;
import static dev.hadal.assembler.CpuFeature.AVX512F;
import static dev.hadal.assembler.CpuFeature.AVX512_BF16;
import static dev.hadal.assembler.CpuFeature.AVX512_VBMI;
import static dev.hadal.assembler.CpuFeature.AVX512_VNNI;
import static dev.hadal.assembler.CpuFeature.F16C;
import static dev.hadal.assembler.CpuFeature.FMA;
import static dev.hadal.assembler.EscapeMap.M0F;
import static dev.hadal.assembler.EscapeMap.M0F38;
import static dev.hadal.assembler.EscapeMap.M0F3A;
import static dev.hadal.assembler.MandatoryPrefix.F2;
import static dev.hadal.assembler.MandatoryPrefix.F3;
import static dev.hadal.assembler.MandatoryPrefix.NONE;
import static dev.hadal.assembler.MandatoryPrefix.P66;
import static dev.hadal.assembler.MemoryTuple.BYTES_1;
import static dev.hadal.assembler.MemoryTuple.BYTES_16;
import static dev.hadal.assembler.MemoryTuple.BYTES_2;
import static dev.hadal.assembler.MemoryTuple.BYTES_32;
import static dev.hadal.assembler.MemoryTuple.BYTES_4;
import static dev.hadal.assembler.MemoryTuple.BYTES_8;
import static dev.hadal.assembler.MemoryTuple.FULL_32;
import static dev.hadal.assembler.MemoryTuple.FULL_64;
import static dev.hadal.assembler.MemoryTuple.HALF;
import static dev.hadal.assembler.MemoryTuple.HALF_32;
import static dev.hadal.assembler.MemoryTuple.QUARTER;
import static dev.hadal.assembler.MemoryTuple.WHOLE;
import static dev.hadal.assembler.OperandSize.W0;
import static dev.hadal.assembler.OperandSize.W1;

import org.jspecify.annotations.Nullable;

/**
 * The catalogue of vector instructions. A row says under which opcode the processor looks the
 * instruction up, how much memory it reads or writes and whether it can broadcast it, which feature
 * its EVEX form needs (vectors below 512 bits need AVX512VL besides) and, where there is a VEX form
 * under the same opcode, which feature that needs.
 *
 * <p>Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 */
enum Instruction {
  // Moves
  VMOVUPS(M0F, NONE, 0x10, W0, WHOLE, AVX512F, AVX),
  VMOVUPS_STORE(M0F, NONE, 0x11, W0, WHOLE, AVX512F, AVX),
  VMOVAPS(M0F, NONE, 0x28, W0, WHOLE, AVX512F, AVX),
  VMOVAPS_STORE(M0F, NONE, 0x29, W0, WHOLE, AVX512F, AVX),
  VMOVDQU8(M0F, F2, 0x6F, W0, WHOLE, AVX512BW),
  VMOVDQU8_STORE(M0F, F2, 0x7F, W0, WHOLE, AVX512BW),
  VMOVDQU16(M0F, F2, 0x6F, W1, WHOLE, AVX512BW),
  VMOVDQU16_STORE(M0F, F2, 0x7F, W1, WHOLE, AVX512BW),
  VMOVDQU32(M0F, F3, 0x6F, W0, WHOLE, AVX512F),
  VMOVDQU32_STORE(M0F, F3, 0x7F, W0, WHOLE, AVX512F),
  VMOVDQU64(M0F, F3, 0x6F, W1, WHOLE, AVX512F),
  VMOVDQU64_STORE(M0F, F3, 0x7F, W1, WHOLE, AVX512F),
  VMOVNTPS(M0F, NONE, 0x2B, W0, WHOLE, AVX512F, AVX),
  VMOVSS(M0F, F3, 0x10, W0, BYTES_4, AVX512F, AVX),
  VMOVSS_STORE(M0F, F3, 0x11, W0, BYTES_4, AVX512F, AVX),
  VMOVD(M0F, P66, 0x6E, W0, BYTES_4, AVX512F, AVX),
  VMOVD_STORE(M0F, P66, 0x7E, W0, BYTES_4, AVX512F, AVX),
  VMOVQ(M0F, P66, 0x6E, W1, BYTES_8, AVX512F, AVX),
  VMOVQ_STORE(M0F, P66, 0x7E, W1, BYTES_8, AVX512F, AVX),
  VBROADCASTSS(M0F38, P66, 0x18, W0, BYTES_4, AVX512F, AVX2),
  VBROADCASTSD(M0F38, P66, 0x19, W1, BYTES_8, AVX512F),
  VPBROADCASTB(M0F38, P66, 0x78, W0, BYTES_1, AVX512BW, AVX2),
  VPBROADCASTW(M0F38, P66, 0x79, W0, BYTES_2, AVX512BW, AVX2),
  VPBROADCASTD(M0F38, P66, 0x58, W0, BYTES_4, AVX512F, AVX2),
  VPBROADCASTQ(M0F38, P66, 0x59, W1, BYTES_8, AVX512F),
  VPBROADCASTB_GENERAL(M0F38, P66, 0x7A, W0, WHOLE, AVX512BW),
  VPBROADCASTW_GENERAL(M0F38, P66, 0x7B, W0, WHOLE, AVX512BW),
  VPBROADCASTD_GENERAL(M0F38, P66, 0x7C, W0, WHOLE, AVX512F),
  VPBROADCASTQ_GENERAL(M0F38, P66, 0x7C, W1, WHOLE, AVX512F),
  VBROADCASTF32X4(M0F38, P66, 0x1A, W0, BYTES_16, AVX512F),
  VBROADCASTF64X4(M0F38, P66, 0x1B, W1, BYTES_32, AVX512F),
  VPGATHERDD(M0F38, P66, 0x90, W0, BYTES_4, AVX512F),
  VGATHERDPS(M0F38, P66, 0x92, W0, BYTES_4, AVX512F),

  // Floating point
  VADDPS(M0F, NONE, 0x58, W0, FULL_32, AVX512F, AVX),
  VSUBPS(M0F, NONE, 0x5C, W0, FULL_32, AVX512F, AVX),
  VMULPS(M0F, NONE, 0x59, W0, FULL_32, AVX512F, AVX),
  VDIVPS(M0F, NONE, 0x5E, W0, FULL_32, AVX512F, AVX),
  VMAXPS(M0F, NONE, 0x5F, W0, FULL_32, AVX512F, AVX),
  VMINPS(M0F, NONE, 0x5D, W0, FULL_32, AVX512F, AVX),
  VSQRTPS(M0F, NONE, 0x51, W0, FULL_32, AVX512F, AVX),
  VADDPD(M0F, P66, 0x58, W1, FULL_64, AVX512F, AVX),
  VSUBPD(M0F, P66, 0x5C, W1, FULL_64, AVX512F, AVX),
  VMULPD(M0F, P66, 0x59, W1, FULL_64, AVX512F, AVX),
  VDIVPD(M0F, P66, 0x5E, W1, FULL_64, AVX512F, AVX),
  VMAXPD(M0F, P66, 0x5F, W1, FULL_64, AVX512F, AVX),
  VMINPD(M0F, P66, 0x5D, W1, FULL_64, AVX512F, AVX),
  VSQRTPD(M0F, P66, 0x51, W1, FULL_64, AVX512F, AVX),
  VFMADD132PS(M0F38, P66, 0x98, W0, FULL_32, AVX512F, FMA),
  VFMADD213PS(M0F38, P66, 0xA8, W0, FULL_32, AVX512F, FMA),
  VFMADD231PS(M0F38, P66, 0xB8, W0, FULL_32, AVX512F, FMA),
  VFMSUB213PS(M0F38, P66, 0xAA, W0, FULL_32, AVX512F, FMA),
  VFMSUB231PS(M0F38, P66, 0xBA, W0, FULL_32, AVX512F, FMA),
  VFNMADD132PS(M0F38, P66, 0x9C, W0, FULL_32, AVX512F, FMA),
  VFNMADD213PS(M0F38, P66, 0xAC, W0, FULL_32, AVX512F, FMA),
  VFNMADD231PS(M0F38, P66, 0xBC, W0, FULL_32, AVX512F, FMA),
  VFMADD213PD(M0F38, P66, 0xA8, W1, FULL_64, AVX512F, FMA),
  VFMADD231PD(M0F38, P66, 0xB8, W1, FULL_64, AVX512F, FMA),
  VFNMADD231PD(M0F38, P66, 0xBC, W1, FULL_64, AVX512F, FMA),
  VANDPS(M0F, NONE, 0x54, W0, FULL_32, AVX512DQ, AVX),
  VANDNPS(M0F, NONE, 0x55, W0, FULL_32, AVX512DQ, AVX),
  VORPS(M0F, NONE, 0x56, W0, FULL_32, AVX512DQ, AVX),
  VXORPS(M0F, NONE, 0x57, W0, FULL_32, AVX512DQ, AVX),
  VGETEXPPS(M0F38, P66, 0x42, W0, FULL_32, AVX512F),
  VSCALEFPS(M0F38, P66, 0x2C, W0, FULL_32, AVX512F),
  VRNDSCALEPS(M0F3A, P66, 0x08, W0, FULL_32, AVX512F),
  VCMPPS(M0F, NONE, 0xC2, W0, FULL_32, AVX512F),
  VCMPPD(M0F, P66, 0xC2, W1, FULL_64, AVX512F),
  VFPCLASSPS(M0F3A, P66, 0x66, W0, FULL_32, AVX512DQ),
  VBLENDMPS(M0F38, P66, 0x65, W0, FULL_32, AVX512F),

  // Dot products
  VDPBF16PS(M0F38, F3, 0x52, W0, FULL_32, AVX512_BF16),
  VPDPBUSD(M0F38, P66, 0x50, W0, FULL_32, AVX512_VNNI),
  VPDPBUSDS(M0F38, P66, 0x51, W0, FULL_32, AVX512_VNNI),
  VPDPWSSD(M0F38, P66, 0x52, W0, FULL_32, AVX512_VNNI),
  VPMADDWD(M0F, P66, 0xF5, W0, WHOLE, AVX512BW, AVX2),
  VPMADDUBSW(M0F38, P66, 0x04, W0, WHOLE, AVX512BW, AVX2),

  // Integers
  VPADDB(M0F, P66, 0xFC, W0, WHOLE, AVX512BW, AVX2),
  VPADDW(M0F, P66, 0xFD, W0, WHOLE, AVX512BW, AVX2),
  VPADDD(M0F, P66, 0xFE, W0, FULL_32, AVX512F, AVX2),
  VPADDQ(M0F, P66, 0xD4, W1, FULL_64, AVX512F, AVX2),
  VPSUBB(M0F, P66, 0xF8, W0, WHOLE, AVX512BW, AVX2),
  VPSUBW(M0F, P66, 0xF9, W0, WHOLE, AVX512BW, AVX2),
  VPSUBD(M0F, P66, 0xFA, W0, FULL_32, AVX512F, AVX2),
  VPSUBQ(M0F, P66, 0xFB, W1, FULL_64, AVX512F, AVX2),
  VPMULLW(M0F, P66, 0xD5, W0, WHOLE, AVX512BW, AVX2),
  VPMULLD(M0F38, P66, 0x40, W0, FULL_32, AVX512F, AVX2),
  VPMULLQ(M0F38, P66, 0x40, W1, FULL_64, AVX512DQ),
  VPMULUDQ(M0F, P66, 0xF4, W1, FULL_64, AVX512F, AVX2),
  VPMAXSD(M0F38, P66, 0x3D, W0, FULL_32, AVX512F, AVX2),
  VPMAXUD(M0F38, P66, 0x3F, W0, FULL_32, AVX512F, AVX2),
  VPMINSD(M0F38, P66, 0x39, W0, FULL_32, AVX512F, AVX2),
  VPMINUD(M0F38, P66, 0x3B, W0, FULL_32, AVX512F, AVX2),
  VPABSD(M0F38, P66, 0x1E, W0, FULL_32, AVX512F, AVX2),
  VPANDD(M0F, P66, 0xDB, W0, FULL_32, AVX512F),
  VPANDND(M0F, P66, 0xDF, W0, FULL_32, AVX512F),
  VPORD(M0F, P66, 0xEB, W0, FULL_32, AVX512F),
  VPXORD(M0F, P66, 0xEF, W0, FULL_32, AVX512F),
  VPTERNLOGD(M0F3A, P66, 0x25, W0, FULL_32, AVX512F),
  VPSLLW(M0F, P66, 0x71, 6, W0, WHOLE, AVX512BW, AVX2),
  VPSRLW(M0F, P66, 0x71, 2, W0, WHOLE, AVX512BW, AVX2),
  VPSRAW(M0F, P66, 0x71, 4, W0, WHOLE, AVX512BW, AVX2),
  VPSLLD(M0F, P66, 0x72, 6, W0, FULL_32, AVX512F, AVX2),
  VPSRLD(M0F, P66, 0x72, 2, W0, FULL_32, AVX512F, AVX2),
  VPSRAD(M0F, P66, 0x72, 4, W0, FULL_32, AVX512F, AVX2),
  VPSLLQ(M0F, P66, 0x73, 6, W1, FULL_64, AVX512F, AVX2),
  VPSRLQ(M0F, P66, 0x73, 2, W1, FULL_64, AVX512F, AVX2),
  VPSRAQ(M0F, P66, 0x72, 4, W1, FULL_64, AVX512F),
  VPSLLVW(M0F38, P66, 0x12, W1, WHOLE, AVX512BW),
  VPSRLVW(M0F38, P66, 0x10, W1, WHOLE, AVX512BW),
  VPSRAVW(M0F38, P66, 0x11, W1, WHOLE, AVX512BW),
  VPSLLVD(M0F38, P66, 0x47, W0, FULL_32, AVX512F, AVX2),
  VPSRLVD(M0F38, P66, 0x45, W0, FULL_32, AVX512F, AVX2),
  VPSRAVD(M0F38, P66, 0x46, W0, FULL_32, AVX512F, AVX2),
  VPSLLVQ(M0F38, P66, 0x47, W1, FULL_64, AVX512F, AVX2),
  VPSRLVQ(M0F38, P66, 0x45, W1, FULL_64, AVX512F, AVX2),
  VPSRAVQ(M0F38, P66, 0x46, W1, FULL_64, AVX512F),
  VPCMPB(M0F3A, P66, 0x3F, W0, WHOLE, AVX512BW),
  VPCMPUB(M0F3A, P66, 0x3E, W0, WHOLE, AVX512BW),
  VPCMPW(M0F3A, P66, 0x3F, W1, WHOLE, AVX512BW),
  VPCMPUW(M0F3A, P66, 0x3E, W1, WHOLE, AVX512BW),
  VPCMPD(M0F3A, P66, 0x1F, W0, FULL_32, AVX512F),
  VPCMPUD(M0F3A, P66, 0x1E, W0, FULL_32, AVX512F),
  VPCMPQ(M0F3A, P66, 0x1F, W1, FULL_64, AVX512F),
  VPCMPUQ(M0F3A, P66, 0x1E, W1, FULL_64, AVX512F),
  VPTESTMD(M0F38, P66, 0x27, W0, FULL_32, AVX512F),
  VPTESTNMD(M0F38, F3, 0x27, W0, FULL_32, AVX512F),
  VPBLENDMB(M0F38, P66, 0x66, W0, WHOLE, AVX512BW),
  VPBLENDMW(M0F38, P66, 0x66, W1, WHOLE, AVX512BW),
  VPBLENDMD(M0F38, P66, 0x64, W0, FULL_32, AVX512F),
  VPBLENDMQ(M0F38, P66, 0x64, W1, FULL_64, AVX512F),

  // Permutations
  VPSHUFB(M0F38, P66, 0x00, W0, WHOLE, AVX512BW, AVX2),
  VPSHUFD(M0F, P66, 0x70, W0, FULL_32, AVX512F, AVX2),
  VPERMILPS(M0F3A, P66, 0x04, W0, FULL_32, AVX512F, AVX),
  VSHUFPS(M0F, NONE, 0xC6, W0, FULL_32, AVX512F, AVX),
  VPUNPCKLBW(M0F, P66, 0x60, W0, WHOLE, AVX512BW, AVX2),
  VPUNPCKHBW(M0F, P66, 0x68, W0, WHOLE, AVX512BW, AVX2),
  VPUNPCKLWD(M0F, P66, 0x61, W0, WHOLE, AVX512BW, AVX2),
  VPUNPCKHWD(M0F, P66, 0x69, W0, WHOLE, AVX512BW, AVX2),
  VPUNPCKLDQ(M0F, P66, 0x62, W0, FULL_32, AVX512F, AVX2),
  VPUNPCKHDQ(M0F, P66, 0x6A, W0, FULL_32, AVX512F, AVX2),
  VPUNPCKLQDQ(M0F, P66, 0x6C, W1, FULL_64, AVX512F, AVX2),
  VPUNPCKHQDQ(M0F, P66, 0x6D, W1, FULL_64, AVX512F, AVX2),
  VUNPCKLPS(M0F, NONE, 0x14, W0, FULL_32, AVX512F, AVX),
  VUNPCKHPS(M0F, NONE, 0x15, W0, FULL_32, AVX512F, AVX),
  VALIGND(M0F3A, P66, 0x03, W0, FULL_32, AVX512F),
  VALIGNQ(M0F3A, P66, 0x03, W1, FULL_64, AVX512F),
  VPERMD(M0F38, P66, 0x36, W0, FULL_32, AVX512F, AVX2),
  VPERMPS(M0F38, P66, 0x16, W0, FULL_32, AVX512F, AVX2),
  VPERMQ(M0F38, P66, 0x36, W1, FULL_64, AVX512F),
  VPERMQ_IMMEDIATE(M0F3A, P66, 0x00, W1, FULL_64, AVX512F, AVX2),
  VPERMW(M0F38, P66, 0x8D, W1, WHOLE, AVX512BW),
  VPERMB(M0F38, P66, 0x8D, W0, WHOLE, AVX512_VBMI),
  VPERMI2D(M0F38, P66, 0x76, W0, FULL_32, AVX512F),
  VPERMI2PS(M0F38, P66, 0x77, W0, FULL_32, AVX512F),
  VPERMI2Q(M0F38, P66, 0x76, W1, FULL_64, AVX512F),
  VPERMI2W(M0F38, P66, 0x75, W1, WHOLE, AVX512BW),
  VPERMI2B(M0F38, P66, 0x75, W0, WHOLE, AVX512_VBMI),
  VPERMT2D(M0F38, P66, 0x7E, W0, FULL_32, AVX512F),
  VPERMT2PS(M0F38, P66, 0x7F, W0, FULL_32, AVX512F),
  VPERMT2Q(M0F38, P66, 0x7E, W1, FULL_64, AVX512F),
  VPERMT2W(M0F38, P66, 0x7D, W1, WHOLE, AVX512BW),
  VPERMT2B(M0F38, P66, 0x7D, W0, WHOLE, AVX512_VBMI),
  VSHUFF32X4(M0F3A, P66, 0x23, W0, FULL_32, AVX512F),
  VSHUFI32X4(M0F3A, P66, 0x43, W0, FULL_32, AVX512F),
  VSHUFF64X2(M0F3A, P66, 0x23, W1, FULL_64, AVX512F),
  VEXTRACTF32X4(M0F3A, P66, 0x19, W0, BYTES_16, AVX512F),
  VEXTRACTI32X4(M0F3A, P66, 0x39, W0, BYTES_16, AVX512F),
  VEXTRACTF64X4(M0F3A, P66, 0x1B, W1, BYTES_32, AVX512F),
  VEXTRACTI64X4(M0F3A, P66, 0x3B, W1, BYTES_32, AVX512F),
  VINSERTF32X4(M0F3A, P66, 0x18, W0, BYTES_16, AVX512F),
  VINSERTI32X4(M0F3A, P66, 0x38, W0, BYTES_16, AVX512F),
  VINSERTF64X4(M0F3A, P66, 0x1A, W1, BYTES_32, AVX512F),
  VINSERTI64X4(M0F3A, P66, 0x3A, W1, BYTES_32, AVX512F),

  // Conversions
  VCVTDQ2PS(M0F, NONE, 0x5B, W0, FULL_32, AVX512F, AVX),
  VCVTUDQ2PS(M0F, F2, 0x7A, W0, FULL_32, AVX512F),
  VCVTPS2DQ(M0F, P66, 0x5B, W0, FULL_32, AVX512F, AVX),
  VCVTTPS2DQ(M0F, F3, 0x5B, W0, FULL_32, AVX512F, AVX),
  VCVTPS2PD(M0F, NONE, 0x5A, W0, HALF_32, AVX512F, AVX),
  VCVTDQ2PD(M0F, F3, 0xE6, W0, HALF_32, AVX512F, AVX),
  VCVTPS2QQ(M0F, P66, 0x7B, W0, HALF_32, AVX512DQ),
  VCVTTPS2QQ(M0F, P66, 0x7A, W0, HALF_32, AVX512DQ),
  VCVTPD2QQ(M0F, P66, 0x7B, W1, FULL_64, AVX512DQ),
  VCVTQQ2PD(M0F, F3, 0xE6, W1, FULL_64, AVX512DQ),
  VCVTPD2PS(M0F, P66, 0x5A, W1, FULL_64, AVX512F, AVX),
  VCVTQQ2PS(M0F, NONE, 0x5B, W1, FULL_64, AVX512DQ),
  VCVTNEPS2BF16(M0F38, F3, 0x72, W0, FULL_32, AVX512_BF16),
  VCVTNE2PS2BF16(M0F38, F2, 0x72, W0, FULL_32, AVX512_BF16),
  VCVTPH2PS(M0F38, P66, 0x13, W0, HALF, AVX512F, F16C),
  VCVTPS2PH(M0F3A, P66, 0x1D, W0, HALF, AVX512F, F16C),
  VPMOVZXBW(M0F38, P66, 0x30, W0, HALF, AVX512BW, AVX2),
  VPMOVZXWD(M0F38, P66, 0x33, W0, HALF, AVX512F, AVX2),
  VPMOVZXDQ(M0F38, P66, 0x35, W0, HALF, AVX512F, AVX2),
  VPMOVZXBD(M0F38, P66, 0x31, W0, QUARTER, AVX512F, AVX2),
  VPMOVSXBW(M0F38, P66, 0x20, W0, HALF, AVX512BW, AVX2),
  VPMOVSXWD(M0F38, P66, 0x23, W0, HALF, AVX512F, AVX2),
  VPMOVSXDQ(M0F38, P66, 0x25, W0, HALF, AVX512F, AVX2),
  VPMOVSXBD(M0F38, P66, 0x21, W0, QUARTER, AVX512F, AVX2),
  VPMOVWB(M0F38, F3, 0x30, W0, HALF, AVX512BW),
  VPMOVDW(M0F38, F3, 0x33, W0, HALF, AVX512F),
  VPMOVSDW(M0F38, F3, 0x23, W0, HALF, AVX512F),
  VPMOVUSDW(M0F38, F3, 0x13, W0, HALF, AVX512F),
  VPMOVQD(M0F38, F3, 0x35, W0, HALF, AVX512F),
  VPMOVDB(M0F38, F3, 0x31, W0, QUARTER, AVX512F),
  VPMOVSDB(M0F38, F3, 0x21, W0, QUARTER, AVX512F),
  VPMOVUSDB(M0F38, F3, 0x11, W0, QUARTER, AVX512F);

  private static final int NO_EXTENSION = -1;

  private final EscapeMap map;
  private final MandatoryPrefix prefix;
  private final int opcode;
  private final int extension;
  private final OperandSize w;
  private final MemoryTuple tuple;
  private final CpuFeature evexFeature;
  private final @Nullable CpuFeature vexFeature;

  Instruction(
      EscapeMap map,
      MandatoryPrefix prefix,
      int opcode,
      OperandSize w,
      MemoryTuple tuple,
      CpuFeature evexFeature) {
    this(map, prefix, opcode, NO_EXTENSION, w, tuple, evexFeature, null);
  }

  Instruction(
      EscapeMap map,
      MandatoryPrefix prefix,
      int opcode,
      OperandSize w,
      MemoryTuple tuple,
      CpuFeature evexFeature,
      CpuFeature vexFeature) {
    this(map, prefix, opcode, NO_EXTENSION, w, tuple, evexFeature, vexFeature);
  }

  /** An instruction whose opcode goes on in ModRM's middle bits. */
  Instruction(
      EscapeMap map,
      MandatoryPrefix prefix,
      int opcode,
      int extension,
      OperandSize w,
      MemoryTuple tuple,
      CpuFeature evexFeature) {
    this(map, prefix, opcode, extension, w, tuple, evexFeature, null);
  }

  Instruction(
      EscapeMap map,
      MandatoryPrefix prefix,
      int opcode,
      int extension,
      OperandSize w,
      MemoryTuple tuple,
      CpuFeature evexFeature,
      @Nullable CpuFeature vexFeature) {
    this.map = map;
    this.prefix = prefix;
    this.opcode = opcode;
    this.extension = extension;
    this.w = w;
    this.tuple = tuple;
    this.evexFeature = evexFeature;
    this.vexFeature = vexFeature;
  }

  EscapeMap map() {
    return map;
  }

  MandatoryPrefix prefix() {
    return prefix;
  }

  int opcode() {
    return opcode;
  }

  /** The opcode's second part in ModRM's middle bits; negative if it has none. */
  int extension() {
    return extension;
  }

  OperandSize w() {
    return w;
  }

  MemoryTuple tuple() {
    return tuple;
  }

  CpuFeature evexFeature() {
    return evexFeature;
  }

  @Nullable CpuFeature vexFeature() {
    return vexFeature;
  }
}
