// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vitrine {

enum class PickleKind : std::uint8_t {
    None,
    Bool,
    Int,
    LongInt,
    Float,
    Text,
    Bytes,
    Tuple,
    List,
    Dict,
    Set,
    Global,
    Opaque,
    Storage,
    Tensor
};

/// A value of a PickleGraph.
using PickleRef = std::uint32_t;

struct GlobalName {
    std::string_view module;
    std::string_view name;
    /// "torch.FloatStorage"
    std::string full() const { return std::string(module) + '.' + std::string(name); }
    bool is(std::string_view otherModule, std::string_view otherName) const
    {
        return module == otherModule && name == otherName;
    }
};

/// The values that a pickle describes. They refer to each other by number, so that neither depth nor cycles matter.
/// Texts point into the pickle, which has to live as long.
class PickleGraph {
public:
    PickleGraph();

    PickleRef none() const { return 0; }
    PickleRef boolean(bool value) const { return value ? 2 : 1; }
    PickleRef integer(std::int64_t value) { return add(PickleKind::Int, value); }
    /// A whole number of more than 64 bits: its bytes, little-endian.
    PickleRef longInteger(std::string_view bytes) { return addText(PickleKind::LongInt, bytes); }
    PickleRef real() { return add(PickleKind::Float, 0); }
    PickleRef text(std::string_view value) { return addText(PickleKind::Text, value); }
    PickleRef ownedText(std::string value);
    PickleRef bytes(std::string_view value) { return addText(PickleKind::Bytes, value); }
    /// A Tuple, List or Set; for a Dict keys and values take turns.
    PickleRef container(PickleKind kind, std::vector<PickleRef> items = {});
    PickleRef global(std::string_view module, std::string_view name);
    /// Something that is not built: "an object of class argparse.Namespace". The same text gives the same value.
    PickleRef opaque(std::string description);
    PickleRef storage(std::size_t index) { return add(PickleKind::Storage, static_cast<std::int64_t>(index)); }
    PickleRef tensor(std::size_t index) { return add(PickleKind::Tensor, static_cast<std::int64_t>(index)); }

    PickleKind kind(PickleRef value) const { return m_nodes[value].kind; }
    bool is(PickleRef value, PickleKind kind) const { return m_nodes[value].kind == kind; }
    /// An Int's value; a Storage's or a Tensor's index.
    std::int64_t number(PickleRef value) const { return m_nodes[value].value; }
    /// Of a Text, Bytes, LongInt, Opaque.
    std::string_view textOf(PickleRef value) const { return m_texts[index(value)]; }
    const GlobalName& globalOf(PickleRef value) const { return m_globals[index(value)]; }
    std::vector<PickleRef>& items(PickleRef container) { return m_containers[index(container)]; }
    const std::vector<PickleRef>& items(PickleRef container) const { return m_containers[index(container)]; }
    /// How much the graph holds: values, and items when containers were made.
    std::size_t size() const { return m_nodes.size() + m_itemCount; }

    /// "a dict", "an object of class argparse.Namespace"
    std::string describe(PickleRef value) const;

private:
    struct Node {
        std::int64_t value;
        PickleKind kind;
    };

    std::size_t index(PickleRef value) const { return static_cast<std::size_t>(m_nodes[value].value); }
    PickleRef add(PickleKind kind, std::int64_t value);
    PickleRef addText(PickleKind kind, std::string_view value);

    std::vector<Node> m_nodes;
    std::vector<std::string_view> m_texts;
    std::deque<std::string> m_ownedTexts;
    std::deque<std::vector<PickleRef>> m_containers;
    std::vector<GlobalName> m_globals;
    std::unordered_map<std::string, PickleRef> m_opaques;
    std::size_t m_itemCount = 0;
};

}  // namespace vitrine
