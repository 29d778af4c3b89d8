// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>
#include <unordered_map>

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/pickle_graph.h"

namespace vitrine {

/// What becomes of the objects in a pickle that are more than plain values. Nothing in a file is ever run.
class PickleBuilder {
public:
    virtual ~PickleBuilder() = default;
    /// For a persistent id.
    virtual PickleRef load(PickleGraph& graph, PickleRef id) = 0;
    /// For `callable` applied to `arguments`.
    virtual PickleRef build(PickleGraph& graph, PickleRef callable, PickleRef arguments) = 0;
    /// Whether the items of a state that `object`, which build() gave, is set to become its own.
    virtual bool takesState(const PickleGraph&, PickleRef) const { return false; }
};

/// Reads Python pickles of protocol 2 to 5 into a graph of values. Names of functions that could do harm (os.system
/// ...) are refused wherever they stand. Memory and time are bounded by the pickle's length.
class Unpickler {
public:
    Unpickler(std::filesystem::path file, PickleGraph& graph, PickleBuilder& builder, std::stop_token stop);

    /// The object of the pickle at the reader's position, which is moved behind it. Throws Error and Cancelled.
    PickleRef run(ByteReader& reader);

private:
    [[noreturn]] void refuse(const std::string& what) const;
    void step(std::uint8_t opcode);
    bool pushConstant(std::uint8_t opcode);
    bool pushText(std::uint8_t opcode);
    bool pushContainer(std::uint8_t opcode);
    bool fillContainer(std::uint8_t opcode);
    bool useMemo(std::uint8_t opcode);
    bool useObject(std::uint8_t opcode);
    bool moveStack(std::uint8_t opcode);

    void startFrame();
    void pushLong(std::uint64_t length);
    void pushUnicode(std::uint64_t length);
    void pushByteString(std::uint64_t length);
    void pushGlobal(std::string_view module, std::string_view name);
    std::string_view line();
    void setItems(PickleRef target, const std::vector<PickleRef>& items);
    void append(PickleRef target, const std::vector<PickleRef>& items, PickleKind kind);
    void checkState(PickleRef target) const;

    void push(PickleRef value);
    PickleRef pop();
    PickleRef top() const;
    std::vector<PickleRef> popMany(std::size_t count);
    std::vector<PickleRef> popToMark();
    /// Values above the last mark.
    std::size_t available() const { return m_stack.size() - (m_marks.empty() ? 0 : m_marks.back()); }

    std::filesystem::path m_file;
    PickleGraph& m_graph;
    PickleBuilder& m_builder;
    std::stop_token m_stop;
    ByteReader* m_reader = nullptr;
    std::size_t m_frameEnd = 0;
    std::vector<PickleRef> m_stack;
    std::vector<std::size_t> m_marks;
    std::unordered_map<std::uint32_t, PickleRef> m_memo;
};

}  // namespace vitrine
