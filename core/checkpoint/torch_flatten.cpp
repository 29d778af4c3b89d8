// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/checkpoint/report.h"
#include "core/checkpoint/torch_objects.h"

namespace vitrine {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t mostVisits = 4'000'000;

/// Walks through dicts and lists, depth first and without recursion, and hands out what is neither.
class Walk {
public:
    Walk(const PickleGraph& graph, const std::filesystem::path& file)
        : m_graph(graph)
        , m_file(file)
    {
    }

    template <typename Leaf>
    void run(PickleRef root, Leaf leaf)
    {
        enter(root);
        while (!m_path.empty()) {
            Level& level = m_path.back();
            const std::vector<PickleRef>& items = m_graph.items(level.container);
            const bool isDict = m_graph.is(level.container, PickleKind::Dict);
            if (level.next >= items.size()) {
                m_path.pop_back();
                continue;
            }
            if (++m_visits > mostVisits)
                fail(m_file, "is refused: the same lists and dicts are repeated in it too often.");
            level.isUnnamed = isDict && !m_graph.is(items[level.next], PickleKind::Text);
            level.key = isDict ? items[level.next] : static_cast<PickleRef>(level.next);
            const PickleRef value = items[level.next + (isDict ? 1 : 0)];
            level.next += isDict ? 2 : 1;
            if (level.isUnnamed)
                ++m_unnamed;
            else if (isContainer(value))
                enter(value);
            else
                leaf(value);
        }
    }

    /// The keys on the way to the current value, joined with dots.
    std::string name() const
    {
        std::string result;
        for (const Level& level : m_path) {
            if (&level != &m_path.front())
                result += '.';
            if (m_graph.is(level.container, PickleKind::Dict))
                result += m_graph.textOf(level.key);
            else
                result += std::to_string(level.key);
        }
        return result;
    }

    /// Values of dicts whose key is no text.
    std::size_t unnamed() const { return m_unnamed; }

private:
    struct Level {
        PickleRef container = 0;
        std::size_t next = 0;
        PickleRef key = 0;  ///< of a dict: the key; of a list: the index
        bool isUnnamed = false;
    };

    bool isContainer(PickleRef value) const
    {
        const PickleKind kind = m_graph.kind(value);
        return kind == PickleKind::Dict || kind == PickleKind::List || kind == PickleKind::Tuple;
    }

    void enter(PickleRef container)
    {
        if (!isContainer(container))
            return;
        if (std::any_of(m_path.begin(), m_path.end(), [&](const Level& l) { return l.container == container; }))
            fail(m_file, "is refused: a list or a dict in it contains itself.");
        if (m_path.size() >= deepest)
            fail(m_file, "is refused: its lists and dicts are nested too deeply.");
        m_path.push_back({container, 0, 0, false});
    }

    const PickleGraph& m_graph;
    const std::filesystem::path& m_file;
    std::vector<Level> m_path;
    std::size_t m_visits = 0;
    std::size_t m_unnamed = 0;
};

[[noreturn]] void failWithoutTensors(const std::filesystem::path& file, const std::string& found)
{
    if (found.empty())
        fail(file, "holds no weights: there is no tensor in it.");
    fail(file, "holds no weights that can be read without running code, but " + found
                   + "; load it in Python and save model.state_dict() instead.");
}

}  // namespace

TensorView TorchBuilder::viewOf(const TorchTensor& tensor, std::shared_ptr<const Storage> bytes, bool bigEndian) const
{
    const TorchStorage& storage = m_storages[tensor.storage];
    if (storage.viewCount != storage.count) {
        const auto width = static_cast<std::uint64_t>(storage.elementBytes());
        bytes = std::make_shared<StoragePart>(std::move(bytes), static_cast<std::uint64_t>(storage.viewOffset) * width,
                                              static_cast<std::uint64_t>(storage.viewCount) * width);
    }
    return {std::move(bytes), tensor.type, tensor.shape, tensor.strides, tensor.offset, bigEndian};
}

void TorchBuilder::addTensors(const PickleGraph& graph, PickleRef root,
                              const std::vector<std::shared_ptr<const Storage>>& bytes, bool bigEndian,
                              Checkpoint::Source& source) const
{
    std::string firstSkipped = graph.is(root, PickleKind::Opaque) ? graph.describe(root) : "";
    if (graph.is(root, PickleKind::Tensor))
        fail(m_file, "holds a single tensor, not the weights of a model.");
    Walk walk(graph, m_file);
    walk.run(root, [&](PickleRef value) {
        if (graph.is(value, PickleKind::Tensor)) {
            const TorchTensor& tensor = m_tensors[static_cast<std::size_t>(graph.number(value))];
            std::string name = walk.name();
            if (source.indexOf(name) >= 0)
                source.addNote(inQuotes(name) + " is in the file twice; the last one was taken.");
            source.add(std::move(name), viewOf(tensor, bytes[tensor.storage], bigEndian));
        } else if (graph.is(value, PickleKind::Opaque)) {
            if (firstSkipped.empty())
                firstSkipped = graph.describe(value);
            source.addNote(inQuotes(walk.name()) + " was skipped: it is " + graph.describe(value) + '.');
        }
    });
    if (walk.unnamed() > 0)
        source.addNote("Values whose key is no text were skipped: " + std::to_string(walk.unnamed()) + '.');
    if (source.tensors().empty())
        failWithoutTensors(m_file, firstSkipped);
}

}  // namespace vitrine
