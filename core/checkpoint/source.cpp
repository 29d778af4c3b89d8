// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/source.h"

#include <bit>
#include <cstring>

#include "core/checkpoint/convert.h"
#include "core/checkpoint/report.h"

namespace vitrine {
namespace {

constexpr std::size_t mostNotes = 50;

/// A file may hold shared, expanded and compressed tensors, but not much more than it could have stored itself.
std::uint64_t mostElements(std::uint64_t fileSize)
{
    return 16 * fileSize + (std::uint64_t{1} << 22U);
}

bool isContiguous(const TensorView& view)
{
    std::int64_t expected = 1;
    for (std::size_t i = view.shape.size(); i-- > 0;) {
        if (view.shape[i] != 1 && view.strides[i] != expected)
            return false;
        expected *= view.shape[i];
    }
    return true;
}

/// Copies the elements of a strided view of at least one dimension, `width` bytes each, in row-major order.
void gather(const TensorView& view, const std::uint8_t* source, std::size_t width, std::uint8_t* target)
{
    const std::size_t innermost = view.shape.size() - 1;
    const std::int64_t rows = elementCount(Shape(view.shape.begin(), view.shape.end() - 1));
    const auto step = view.strides[innermost] * static_cast<std::int64_t>(width);
    for (std::int64_t row = 0; row < rows; ++row) {
        std::int64_t position = view.offset;
        std::int64_t rest = row;
        for (std::size_t axis = innermost; axis-- > 0; rest /= view.shape[axis])
            position += rest % view.shape[axis] * view.strides[axis];
        const std::uint8_t* element = source + position * static_cast<std::int64_t>(width);
        for (std::int64_t i = 0; i < view.shape[innermost]; ++i, target += width)
            std::memcpy(target, element + i * step, width);
    }
}

NdArray toFloats(const TensorView& view)
{
    const std::int64_t count = elementCount(view.shape);
    if (count == 0)
        return {view.shape, std::vector<float>()};
    const Bytes bytes = view.storage->bytes();
    const std::size_t width = bitsOf(view.type) / 8;
    const auto elements = static_cast<std::size_t>(count);
    const bool swap = width > 1 && view.bigEndian != (std::endian::native == std::endian::big);
    const bool contiguous = isContiguous(view);
    const std::uint8_t* first = bytes.span.data() + static_cast<std::size_t>(view.offset) * width;
    if (contiguous && !swap && view.type == ElementType::F32 && reinterpret_cast<std::uintptr_t>(first) % alignof(float) == 0)
        return {view.shape, std::shared_ptr<const float>(bytes.owner, reinterpret_cast<const float*>(first))};

    std::vector<float> values(elements);
    if (contiguous && !swap) {
        convertToFloat(view.type, first, elements, values.data());
        return {view.shape, std::move(values)};
    }
    std::vector<std::uint8_t> raw(elements * width);
    if (contiguous)
        std::memcpy(raw.data(), first, raw.size());
    else
        gather(view, bytes.span.data(), width, raw.data());
    if (swap)
        swapBytes(raw.data(), elements, width);
    convertToFloat(view.type, raw.data(), elements, values.data());
    return {view.shape, std::move(values)};
}

}  // namespace

Shape contiguousStrides(const Shape& shape)
{
    Shape strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) {
        // A wrapped product would be refused by problemOf(): its shape cannot be counted either.
        strides[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(strides[i])
                                                   * static_cast<std::uint64_t>(shape[i]));
    }
    return strides;
}

std::string problemOf(const TensorView& view)
{
    if (view.shape.size() > highestRank)
        return "its shape has " + std::to_string(view.shape.size()) + " dimensions";
    if (view.strides.size() != view.shape.size())
        return "its shape and its strides differ in length";
    std::int64_t count = 1;
    std::int64_t last = view.offset;
    bool empty = false;
    if (view.offset < 0)
        return "its offset is negative";
    for (std::size_t i = 0; i < view.shape.size(); ++i) {
        if (view.shape[i] < 0 || view.strides[i] < 0)
            return "its shape or its strides are negative";
        std::int64_t reach = 0;
        if (view.shape[i] == 0)
            empty = true;
        else if (__builtin_mul_overflow(count, view.shape[i], &count)
                 || __builtin_mul_overflow(view.shape[i] - 1, view.strides[i], &reach)
                 || __builtin_add_overflow(last, reach, &last))
            return "its shape is too large";
    }
    if (!empty && static_cast<std::uint64_t>(last) >= view.storage->size() * 8 / bitsOf(view.type))
        return "it reaches outside its stored data";
    return {};
}

Checkpoint::Source::Source(Container container, std::filesystem::path file)
    : m_container(container)
    , m_file(std::move(file))
    , m_files({m_file})
{
}

void Checkpoint::Source::add(std::string name, TensorView view)
{
    if (const std::string problem = problemOf(view); !problem.empty())
        fail(m_file, "is damaged: tensor " + inQuotes(name) + " cannot be right, " + problem + ".");
    std::uint64_t elements = 1;
    for (const std::int64_t size : view.shape)
        elements *= static_cast<std::uint64_t>(size);
    if (__builtin_add_overflow(m_elements, elements, &m_elements) || m_elements > mostElements(m_fileSize))
        fail(m_file, "is refused: its tensors would need far more memory than the file has bytes (at tensor " + inQuotes(name)
                         + ", shape " + toString(view.shape) + ").");
    m_nameBytes += name.size();
    if (m_nameBytes > 4 * m_fileSize + (std::uint64_t{1} << 20U))
        fail(m_file, "is refused: the names of its tensors are far longer than the file.");
    TensorInfo info{name, std::string(nameOf(view.type)), view.shape};
    const auto [position, isNew] = m_index.try_emplace(std::move(name), m_tensors.size());
    if (!isNew) {
        m_tensors[position->second] = std::move(info);
        m_views[position->second] = std::move(view);
        return;
    }
    if (m_tensors.size() >= mostTensors)
        fail(m_file, "is refused: it holds more than " + std::to_string(mostTensors) + " tensors.");
    m_tensors.push_back(std::move(info));
    m_views.push_back(std::move(view));
}

void Checkpoint::Source::absorb(const Source& other, const std::function<bool(const std::string& name)>& wanted)
{
    m_fileSize += other.m_fileSize;
    m_files.insert(m_files.end(), other.m_files.begin(), other.m_files.end());
    for (std::size_t i = 0; i < other.m_tensors.size(); ++i) {
        if (wanted(other.m_tensors[i].name))
            add(other.m_tensors[i].name, other.m_views[i]);
    }
    for (const std::string& note : other.m_notes)
        addNote(note);
}

void Checkpoint::Source::addNote(std::string sentence)
{
    if (m_notes.size() < mostNotes) {
        m_notes.push_back(std::move(sentence));
        return;
    }
    ++m_notesLeftOut;
    if (m_notes.size() == mostNotes)
        m_notes.emplace_back();
    m_notes.back() = "And " + std::to_string(m_notesLeftOut) + " more of such notes.";
}

std::int64_t Checkpoint::Source::indexOf(std::string_view name) const
{
    const auto position = m_index.find(std::string(name));
    return position == m_index.end() ? -1 : static_cast<std::int64_t>(position->second);
}

NdArray Checkpoint::Source::read(std::string_view name) const
{
    const std::int64_t index = indexOf(name);
    if (index < 0)
        fail(m_file, "has no tensor named " + inQuotes(name) + ".");
    const TensorView& view = m_views[static_cast<std::size_t>(index)];
    if (!isReadable(view.type))
        fail(m_file, "holds tensor " + inQuotes(name) + " as " + std::string(nameOf(view.type))
                         + ", which cannot be read as numbers; convert it to float32.");
    return toFloats(view);
}

}  // namespace vitrine
