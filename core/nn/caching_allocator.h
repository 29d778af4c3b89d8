// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vitrine::nn {

/// Makes LibTorch's CPU tensors reuse the memory of freed ones of the same size, from any thread: every pass over a
/// model asks for the same sizes, and new pages cost a tenth of a small model's pass. Keeps at most a
/// quarter of the machine's memory. Does nothing after the first call.
void installCachingAllocator();

/// Gives the memory that is kept back to the system: another model asks for other sizes.
void releaseFreeMemory();

} // namespace vitrine::nn
