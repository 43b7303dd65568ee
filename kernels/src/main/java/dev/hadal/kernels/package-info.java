/** Kernels: see {@link dev.hadal.kernels.Kernels}. */
package dev.hadal.kernels;
