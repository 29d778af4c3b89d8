// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/unpickler.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/base/progress.h"
#include "core/checkpoint/pickle_policy.h"
#include "core/checkpoint/report.h"
#include "core/checkpoint/utf8.h"

namespace vitrine {
namespace {

constexpr std::size_t deepestStack = 250'000;
constexpr std::size_t mostMemos = 2'000'000;
constexpr std::size_t mostValues = 4'000'000;
constexpr std::size_t mostOpcodes = 50'000'000;
constexpr std::size_t longestName = 256;
constexpr int newestProtocol = 5;

bool isHashable(PickleKind kind)
{
    return kind != PickleKind::List && kind != PickleKind::Dict && kind != PickleKind::Set;
}

/// Python 2 wrote byte strings where text was meant, in UTF-8 or in Latin-1.
std::string latin1ToUtf8(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80)
            result += c;
        else {
            result += static_cast<char>(0xc0U | (byte >> 6U));
            result += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return result;
}

}  // namespace

Unpickler::Unpickler(std::filesystem::path file, PickleGraph& graph, PickleBuilder& builder, std::stop_token stop)
    : m_file(std::move(file))
    , m_graph(graph)
    , m_builder(builder)
    , m_stop(std::move(stop))
{
}

PickleRef Unpickler::run(ByteReader& reader)
{
    m_reader = &reader;
    m_frameEnd = 0;
    m_stack.clear();
    m_marks.clear();
    m_memo.clear();
    for (std::size_t steps = 0;; ++steps) {
        if (steps % 65'536 == 0)
            throwIfStopped(m_stop);
        if (steps > mostOpcodes || m_graph.size() > mostValues)
            refuse("it has too many instructions");
        const auto opcode = reader.number<std::uint8_t>();
        if (!reader.ok())
            refuse("it is cut off");
        if (opcode == '.')
            return pop();
        step(opcode);
        if (!reader.ok())
            refuse("it is cut off");
        if (m_frameEnd != 0 && reader.position() > m_frameEnd)
            refuse("an instruction crosses the end of its frame");
        if (reader.position() == m_frameEnd)
            m_frameEnd = 0;
    }
}

void Unpickler::refuse(const std::string& what) const
{
    fail(m_file, "has a pickle that cannot be read: " + what + " (at byte " + std::to_string(m_reader->position())
                     + " of it); save the weights again with torch.save(model.state_dict(), ...).");
}

void Unpickler::step(std::uint8_t opcode)
{
    if (pushConstant(opcode) || pushText(opcode) || pushContainer(opcode) || fillContainer(opcode) || useMemo(opcode)
        || useObject(opcode) || moveStack(opcode))
        return;
    std::array<char, 8> code{};
    std::snprintf(code.data(), code.size(), "0x%02X", opcode);
    refuse("it uses the instruction " + std::string(code.data()) + ", which weight files do not need");
}

bool Unpickler::pushConstant(std::uint8_t opcode)
{
    switch (opcode) {
    case 0x80:  // PROTO
        if (m_reader->number<std::uint8_t>() > newestProtocol)
            refuse("it has an unknown protocol");
        return true;
    case 0x95:  // FRAME
        startFrame();
        return true;
    case 'N':
        push(m_graph.none());
        return true;
    case 0x88:
    case 0x89:  // NEWTRUE, NEWFALSE
        push(m_graph.boolean(opcode == 0x88));
        return true;
    case 'J':  // BININT
        push(m_graph.integer(static_cast<std::int32_t>(m_reader->number<std::uint32_t>())));
        return true;
    case 'K':  // BININT1
        push(m_graph.integer(m_reader->number<std::uint8_t>()));
        return true;
    case 'M':  // BININT2
        push(m_graph.integer(m_reader->number<std::uint16_t>()));
        return true;
    case 0x8a:  // LONG1
        pushLong(m_reader->number<std::uint8_t>());
        return true;
    case 0x8b:  // LONG4; a negative length becomes a huge one and reaches past the end
        pushLong(m_reader->number<std::uint32_t>());
        return true;
    case 'G':  // BINFLOAT; no number of a weight file is needed
        m_reader->take(8);
        push(m_graph.real());
        return true;
    default:
        return false;
    }
}

bool Unpickler::pushText(std::uint8_t opcode)
{
    switch (opcode) {
    case 'X':  // BINUNICODE
        pushUnicode(m_reader->number<std::uint32_t>());
        return true;
    case 0x8c:  // SHORT_BINUNICODE
        pushUnicode(m_reader->number<std::uint8_t>());
        return true;
    case 0x8d:  // BINUNICODE8
        pushUnicode(m_reader->number<std::uint64_t>());
        return true;
    case 'T':  // BINSTRING
        pushByteString(m_reader->number<std::uint32_t>());
        return true;
    case 'U':  // SHORT_BINSTRING
        pushByteString(m_reader->number<std::uint8_t>());
        return true;
    case 'B':  // BINBYTES
        push(m_graph.bytes(m_reader->takeText(m_reader->number<std::uint32_t>())));
        return true;
    case 'C':  // SHORT_BINBYTES
        push(m_graph.bytes(m_reader->takeText(m_reader->number<std::uint8_t>())));
        return true;
    case 0x8e:
    case 0x96:  // BINBYTES8, BYTEARRAY8
        push(m_graph.bytes(m_reader->takeText(m_reader->number<std::uint64_t>())));
        return true;
    default:
        return false;
    }
}

bool Unpickler::pushContainer(std::uint8_t opcode)
{
    switch (opcode) {
    case '(':  // MARK
        if (m_marks.size() >= deepestStack)
            refuse("it is nested too deeply");
        m_marks.push_back(m_stack.size());
        return true;
    case ')':
        push(m_graph.container(PickleKind::Tuple));
        return true;
    case ']':
        push(m_graph.container(PickleKind::List));
        return true;
    case '}':
        push(m_graph.container(PickleKind::Dict));
        return true;
    case 0x8f:  // EMPTY_SET
        push(m_graph.container(PickleKind::Set));
        return true;
    case 't':
        push(m_graph.container(PickleKind::Tuple, popToMark()));
        return true;
    case 0x91:  // FROZENSET
        push(m_graph.container(PickleKind::Set, popToMark()));
        return true;
    case 0x85:
    case 0x86:
    case 0x87:  // TUPLE1, TUPLE2, TUPLE3
        push(m_graph.container(PickleKind::Tuple, popMany(opcode - 0x84U)));
        return true;
    default:
        return false;
    }
}

bool Unpickler::fillContainer(std::uint8_t opcode)
{
    switch (opcode) {
    case 'a':    // APPEND
    case 'e': {  // APPENDS
        const std::vector<PickleRef> items = opcode == 'a' ? popMany(1) : popToMark();
        append(top(), items, PickleKind::List);
        return true;
    }
    case 0x90: {  // ADDITEMS
        const std::vector<PickleRef> items = popToMark();
        append(top(), items, PickleKind::Set);
        return true;
    }
    case 's':    // SETITEM
    case 'u': {  // SETITEMS
        const std::vector<PickleRef> items = opcode == 's' ? popMany(2) : popToMark();
        setItems(top(), items);
        return true;
    }
    default:
        return false;
    }
}

bool Unpickler::useMemo(std::uint8_t opcode)
{
    switch (opcode) {
    case 'q':     // BINPUT
    case 'r':     // LONG_BINPUT
    case 0x94: {  // MEMOIZE
        const std::uint32_t index = opcode == 'q'   ? m_reader->number<std::uint8_t>()
                                    : opcode == 'r' ? m_reader->number<std::uint32_t>()
                                                    : static_cast<std::uint32_t>(m_memo.size());
        m_memo[index] = top();
        if (m_memo.size() > mostMemos)
            refuse("it remembers too many objects");
        return true;
    }
    case 'h':    // BINGET
    case 'j': {  // LONG_BINGET
        const auto index = opcode == 'h' ? m_reader->number<std::uint8_t>() : m_reader->number<std::uint32_t>();
        const auto position = m_memo.find(index);
        if (position == m_memo.end())
            refuse("it refers to an object that it has not made");
        push(position->second);
        return true;
    }
    default:
        return false;
    }
}

bool Unpickler::useObject(std::uint8_t opcode)
{
    switch (opcode) {
    case 'c': {  // GLOBAL
        const std::string_view module = line();
        pushGlobal(module, line());
        return true;
    }
    case 0x93: {  // STACK_GLOBAL
        const std::vector<PickleRef> names = popMany(2);
        if (!m_graph.is(names[0], PickleKind::Text) || !m_graph.is(names[1], PickleKind::Text))
            refuse("the name of a class is no text");
        pushGlobal(m_graph.textOf(names[0]), m_graph.textOf(names[1]));
        return true;
    }
    case 'R':     // REDUCE
    case 0x81: {  // NEWOBJ
        const std::vector<PickleRef> parts = popMany(2);
        push(m_builder.build(m_graph, parts[0], parts[1]));
        return true;
    }
    case 0x92: {  // NEWOBJ_EX: the keyword arguments play no role for what is built here
        const std::vector<PickleRef> parts = popMany(3);
        push(m_builder.build(m_graph, parts[0], parts[1]));
        return true;
    }
    case 'b': {  // BUILD
        const PickleRef state = pop();
        checkState(top());
        if (m_builder.takesState(m_graph, top()) && m_graph.is(state, PickleKind::Dict))
            setItems(top(), std::vector<PickleRef>(m_graph.items(state)));
        return true;
    }
    case 'Q': {  // BINPERSID
        const PickleRef id = pop();
        push(m_builder.load(m_graph, id));
        return true;
    }
    default:
        return false;
    }
}

bool Unpickler::moveStack(std::uint8_t opcode)
{
    switch (opcode) {
    case '0':  // POP, which takes the mark when nothing is above it
        if (available() == 0 && !m_marks.empty())
            m_marks.pop_back();
        else
            pop();
        return true;
    case '1':  // POP_MARK
        popToMark();
        return true;
    case '2':  // DUP
        push(top());
        return true;
    default:
        return false;
    }
}

void Unpickler::startFrame()
{
    if (m_frameEnd != 0)
        refuse("a frame lies inside another");
    const auto length = m_reader->number<std::uint64_t>();
    if (length > m_reader->remaining())
        refuse("a frame is longer than the pickle");
    m_frameEnd = m_reader->position() + length;
}

void Unpickler::pushLong(std::uint64_t length)
{
    const std::string_view digits = m_reader->takeText(length);
    if (digits.size() > sizeof(std::int64_t)) {
        push(m_graph.longInteger(digits));
        return;
    }
    std::uint64_t value = !digits.empty() && (static_cast<unsigned char>(digits.back()) & 0x80U) != 0 ? ~0ULL : 0;
    for (std::size_t i = digits.size(); i-- > 0;)
        value = value << 8U | static_cast<unsigned char>(digits[i]);
    push(m_graph.integer(static_cast<std::int64_t>(value)));
}

void Unpickler::pushUnicode(std::uint64_t length)
{
    const std::string_view text = m_reader->takeText(length);
    if (!isUtf8(text))
        refuse("a text is not valid UTF-8");
    push(m_graph.text(text));
}

void Unpickler::pushByteString(std::uint64_t length)
{
    const std::string_view text = m_reader->takeText(length);
    push(isUtf8(text) ? m_graph.text(text) : m_graph.ownedText(latin1ToUtf8(text)));
}

std::string_view Unpickler::line()
{
    ByteReader ahead = *m_reader;
    std::size_t length = 0;
    while (ahead.number<std::uint8_t>() != '\n') {
        if (!ahead.ok() || ++length > longestName)
            refuse("the name of a class does not end");
    }
    const std::string_view result = m_reader->takeText(length);
    m_reader->take(1);
    return result;
}

void Unpickler::pushGlobal(std::string_view module, std::string_view name)
{
    if (!isUtf8(module) || !isUtf8(name) || module.size() > longestName || name.size() > longestName)
        refuse("the name of a class cannot be right");
    if (isDangerous(module, name))
        fail(m_file, "is refused: it asks to run " + inQuotes(std::string(module) + '.' + std::string(name))
                         + ", which no weights need. Do not open it with other programs either.");
    push(m_graph.global(module, name));
}

void Unpickler::append(PickleRef target, const std::vector<PickleRef>& items, PickleKind kind)
{
    if (m_graph.is(target, PickleKind::Opaque))
        return;
    if (!m_graph.is(target, kind))
        refuse("it adds items to " + m_graph.describe(target));
    std::vector<PickleRef>& content = m_graph.items(target);
    content.insert(content.end(), items.begin(), items.end());
}

void Unpickler::setItems(PickleRef target, const std::vector<PickleRef>& items)
{
    if (items.size() % 2 != 0)
        refuse("it sets a key without a value");
    for (std::size_t i = 0; i < items.size(); i += 2) {
        if (!isHashable(m_graph.kind(items[i])))
            refuse("it uses " + m_graph.describe(items[i]) + " as a key");
    }
    if (m_graph.is(target, PickleKind::Opaque))
        return;
    if (!m_graph.is(target, PickleKind::Dict))
        refuse("it sets items of " + m_graph.describe(target));
    std::vector<PickleRef>& content = m_graph.items(target);
    content.insert(content.end(), items.begin(), items.end());
}

/// The state of a dict are attributes beside its items (_metadata), that of an opaque object is not needed.
void Unpickler::checkState(PickleRef target) const
{
    const PickleKind kind = m_graph.kind(target);
    if (kind != PickleKind::Dict && kind != PickleKind::Opaque && kind != PickleKind::Set && kind != PickleKind::Tensor)
        refuse("it changes " + m_graph.describe(target));
}

void Unpickler::push(PickleRef value)
{
    if (m_stack.size() >= deepestStack)
        refuse("it is nested too deeply");
    m_stack.push_back(value);
}

PickleRef Unpickler::pop()
{
    if (available() == 0)
        refuse("it takes a value that is not there");
    const PickleRef value = m_stack.back();
    m_stack.pop_back();
    return value;
}

PickleRef Unpickler::top() const
{
    if (available() == 0)
        refuse("it takes a value that is not there");
    return m_stack.back();
}

std::vector<PickleRef> Unpickler::popMany(std::size_t count)
{
    if (available() < count)
        refuse("it takes a value that is not there");
    std::vector<PickleRef> values(m_stack.end() - static_cast<std::ptrdiff_t>(count), m_stack.end());
    m_stack.resize(m_stack.size() - count);
    return values;
}

std::vector<PickleRef> Unpickler::popToMark()
{
    if (m_marks.empty())
        refuse("it ends a list that it has not begun");
    std::vector<PickleRef> values = popMany(available());
    m_marks.pop_back();
    return values;
}

}  // namespace vitrine
