// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/python_objects.h"

namespace vitrine {
namespace {

bool isList(const PickleGraph& graph, PickleRef value)
{
    return graph.is(value, PickleKind::List) || graph.is(value, PickleKind::Tuple);
}

/// Python 2 hands a list of pairs to OrderedDict.
std::optional<PickleRef> dictOfPairs(PickleGraph& graph, PickleRef pairs)
{
    std::vector<PickleRef> items;
    for (const PickleRef pair : graph.items(pairs)) {
        if (!isList(graph, pair) || graph.items(pair).size() != 2)
            return std::nullopt;
        const std::vector<PickleRef>& parts = graph.items(pair);
        items.insert(items.end(), parts.begin(), parts.end());
    }
    return graph.container(PickleKind::Dict, std::move(items));
}

std::optional<PickleRef> buildDict(PickleGraph& graph, const std::vector<PickleRef>& arguments)
{
    if (arguments.empty())
        return graph.container(PickleKind::Dict);
    if (arguments.size() == 1 && graph.is(arguments[0], PickleKind::Dict))
        return graph.container(PickleKind::Dict, std::vector<PickleRef>(graph.items(arguments[0])));
    if (arguments.size() == 1 && isList(graph, arguments[0]))
        return dictOfPairs(graph, arguments[0]);
    return std::nullopt;
}

std::optional<PickleRef> buildSequence(PickleGraph& graph, PickleKind kind, const std::vector<PickleRef>& arguments)
{
    if (arguments.empty())
        return graph.container(kind);
    if (arguments.size() == 1 && (isList(graph, arguments[0]) || graph.is(arguments[0], PickleKind::Set)))
        return graph.container(kind, std::vector<PickleRef>(graph.items(arguments[0])));
    return std::nullopt;
}

}  // namespace

std::optional<PickleRef> buildPython(PickleGraph& graph, const GlobalName& name, const std::vector<PickleRef>& arguments)
{
    if (name.is("collections", "OrderedDict"))
        return buildDict(graph, arguments);
    // The first argument makes missing values: it is not needed, and never called.
    if (name.is("collections", "defaultdict"))
        return graph.container(PickleKind::Dict);
    if (name.is("_codecs", "encode") && !arguments.empty() && graph.is(arguments[0], PickleKind::Text))
        return graph.bytes(graph.textOf(arguments[0]));
    if (name.module != "builtins" && name.module != "__builtin__")
        return std::nullopt;
    if (name.name == "dict")
        return buildDict(graph, arguments);
    if (name.name == "list")
        return buildSequence(graph, PickleKind::List, arguments);
    if (name.name == "tuple")
        return buildSequence(graph, PickleKind::Tuple, arguments);
    if (name.name == "set" || name.name == "frozenset")
        return buildSequence(graph, PickleKind::Set, arguments);
    return std::nullopt;
}

}  // namespace vitrine
