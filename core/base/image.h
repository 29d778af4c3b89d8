// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace vitrine {

/// An immutable 8-bit RGB picture, row-major, three bytes a pixel, no padding. Copying shares the pixels; whoever owns
/// them (a vector, a picture of another library) lives as long as the last copy.
class Image {
public:
    Image() = default;
    /// `pixels` points at width * height * 3 bytes and keeps their owner alive.
    Image(int width, int height, std::shared_ptr<const std::uint8_t> pixels)
        : m_width(width)
        , m_height(height)
        , m_pixels(std::move(pixels))
    {
    }
    /// `pixels` holds width * height * 3 bytes.
    Image(int width, int height, std::vector<std::uint8_t> pixels)
        : m_width(width)
        , m_height(height)
    {
        const auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
        m_pixels = {owner, owner->data()};
    }

    int width() const { return m_width; }
    int height() const { return m_height; }
    bool empty() const { return m_width == 0 || m_height == 0; }
    std::span<const std::uint8_t> pixels() const
    {
        return {m_pixels.get(), static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height) * 3};
    }
    const std::uint8_t* row(int y) const { return m_pixels.get() + static_cast<std::size_t>(y) * m_width * 3; }

private:
    int m_width = 0;
    int m_height = 0;
    std::shared_ptr<const std::uint8_t> m_pixels;
};

}  // namespace vitrine
