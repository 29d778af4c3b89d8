// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>

namespace vitrine::nn {

/// The order in which the rows of attention of one picture are computed, tile by tile: by rows first, then by heads, so that a
/// thread finds the rows of the linear layer before it in its cache, and any number of threads share evenly.
class TileOrder {
public:
    struct Tile {
        std::int64_t head = 0, row = 0;
    };

    static constexpr std::int64_t rows = 8;  ///< of a tile: what a kernel computes together

    /// `packedFloats`: of keys and values of all heads. While they fit into a core's second cache, each tile is another
    /// head's. Of a longer sequence only one head's fit, and each tile reads them all: many tiles have to share that.
    TileOrder(std::int64_t tokens, std::int64_t heads, std::int64_t packedFloats)
        : m_tiles((tokens + rows - 1) / rows)
        , m_heads(heads)
        , m_together(packedFloats <= floatsInCache ? 1 : 16)
    {
    }

    std::int64_t size() const { return m_tiles * m_heads; }
    std::int64_t together() const { return m_together; }  ///< tiles of one head in a row, where they do not end before

    Tile operator[](std::int64_t index) const
    {
        const std::int64_t first = index / (m_together * m_heads) * m_together;
        const std::int64_t count = std::min(m_together, m_tiles - first), rest = index - first * m_heads;
        return {rest / count, (first + rest % count) * rows};
    }

private:
    static constexpr std::int64_t floatsInCache = 1 << 19;

    std::int64_t m_tiles, m_heads, m_together;
};

}  // namespace vitrine::nn
