// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/trace/trace.h"

namespace vitrine {

/// Linear CKA (Kornblith et al. 2019) between the patch tokens of two networks, each layer with each: are two patches
/// that are alike in the one also alike in the other? The patches of a picture are the examples. Unbiased HSIC (Song et
/// al. 2012), so that more channels than patches do not look like agreement; its sums over the pictures are divided at
/// the end (Nguyen et al. 2021). 1: the same up to rotation and scale; 0 (or a little below): nothing in common.
class Cka {
public:
    /// Works on `block` rows of every state at a time: all of them would be a gigabyte for a large network.
    explicit Cka(std::int64_t block = 512)
        : m_block(block)
    {
    }

    /// One more picture, as both saw it; the same Trace twice compares a network with itself. Throws Error where the
    /// numbers of patches differ or are below 4.
    void add(const Trace& a, const Trace& b);

    /// [a's layers + 1, b's layers + 1]; entry 0 is before block 0. NaN where all patches of a layer are alike.
    NdArray similarity() const;

private:
    using Grams = std::vector<std::vector<float>>;  ///< of one network's states
    void addProducts(const Grams& a, const Grams& b);

    std::int64_t m_block;
    std::size_t m_rows = 0, m_columns = 0;
    std::vector<double> m_hsic;                   ///< [rows, columns], summed over pictures
    std::vector<double> m_ownRows, m_ownColumns;  ///< HSIC of each layer with itself
};

}  // namespace vitrine
