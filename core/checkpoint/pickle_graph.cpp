// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pickle_graph.h"

#include <utility>

#include "core/checkpoint/report.h"

namespace vitrine {

PickleGraph::PickleGraph()
{
    add(PickleKind::None, 0);
    add(PickleKind::Bool, 0);
    add(PickleKind::Bool, 1);
}

PickleRef PickleGraph::ownedText(std::string value)
{
    return text(m_ownedTexts.emplace_back(std::move(value)));
}

PickleRef PickleGraph::container(PickleKind kind, std::vector<PickleRef> items)
{
    m_itemCount += items.size();
    m_containers.push_back(std::move(items));
    return add(kind, static_cast<std::int64_t>(m_containers.size() - 1));
}

PickleRef PickleGraph::global(std::string_view module, std::string_view name)
{
    m_globals.push_back({module, name});
    return add(PickleKind::Global, static_cast<std::int64_t>(m_globals.size() - 1));
}

PickleRef PickleGraph::opaque(std::string description)
{
    const auto [position, isNew] = m_opaques.try_emplace(std::move(description), 0);
    if (isNew)
        position->second = addText(PickleKind::Opaque, position->first);
    return position->second;
}

std::string PickleGraph::describe(PickleRef value) const
{
    switch (kind(value)) {
    case PickleKind::None:
        return "None";
    case PickleKind::Bool:
        return "a boolean";
    case PickleKind::Int:
    case PickleKind::LongInt:
    case PickleKind::Float:
        return "a number";
    case PickleKind::Text:
        return "a text";
    case PickleKind::Bytes:
        return "a byte string";
    case PickleKind::Tuple:
    case PickleKind::List:
        return "a list";
    case PickleKind::Dict:
        return "a dict";
    case PickleKind::Set:
        return "a set";
    case PickleKind::Global:
        return "the class or function " + shown(globalOf(value).full());
    case PickleKind::Opaque:
        return shown(textOf(value));
    case PickleKind::Storage:
        return "a storage";
    case PickleKind::Tensor:
        return "a tensor";
    }
    return {};
}

PickleRef PickleGraph::add(PickleKind kind, std::int64_t value)
{
    m_nodes.push_back({value, kind});
    return static_cast<PickleRef>(m_nodes.size() - 1);
}

PickleRef PickleGraph::addText(PickleKind kind, std::string_view value)
{
    m_texts.push_back(value);
    return add(kind, static_cast<std::int64_t>(m_texts.size() - 1));
}

}  // namespace vitrine
