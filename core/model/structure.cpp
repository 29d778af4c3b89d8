// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/structure.h"

#include "core/base/error.h"

namespace vitrine {

int axis(const TensorMap& map, std::string_view name, std::size_t index, std::size_t rank)
{
    const auto found = map.tensors.find(name);
    if (found == map.tensors.end())
        throw Error("the tensor \"" + std::string(name) + "\" is missing: the file holds only a part of the network");
    const Shape& shape = found->second.shape;
    if (shape.size() != rank || shape[index] < 1 || shape[index] > MaxWidth)
        throw Error("the tensor \"" + found->second.sources.front() + "\" has the shape " + toString(shape)
                    + ", which no ViT or TNT has");
    return static_cast<int>(shape[index]);
}

void requireDivisor(int width, int heads, const std::string& what, const std::string& remedy)
{
    if (heads < 1 || width % heads != 0)
        throw Error(what + " of width " + std::to_string(width) + " cannot have " + std::to_string(heads)
                    + " heads: " + remedy);
}

void requireColour(const TensorMap& map, const std::string& name)
{
    constexpr int Colours = 3;
    const int channels = axis(map, name, 1, 4);
    if (channels != Colours)
        throw Error("the network takes pictures of " + std::to_string(channels)
                    + (channels == 1 ? " channel (grey)" : " channels")
                    + ", and Vitrine gives it red, green and blue: only networks of three channels can be shown");
}

}  // namespace vitrine
