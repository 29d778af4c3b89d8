// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/torch_objects.h"

#include <algorithm>
#include <array>

#include "core/checkpoint/python_objects.h"
#include "core/checkpoint/report.h"

namespace vitrine {
namespace {

struct TypeName {
    std::string_view name;
    ElementType type;
};

constexpr std::size_t longestKey = 256;
constexpr std::size_t mostArguments = 32;

constexpr std::array<TypeName, 12> storageTypes{{
    {"FloatStorage", ElementType::F32},
    {"HalfStorage", ElementType::F16},
    {"BFloat16Storage", ElementType::BF16},
    {"DoubleStorage", ElementType::F64},
    {"LongStorage", ElementType::I64},
    {"IntStorage", ElementType::I32},
    {"ShortStorage", ElementType::I16},
    {"CharStorage", ElementType::I8},
    {"ByteStorage", ElementType::U8},
    {"BoolStorage", ElementType::Bool},
    {"ComplexFloatStorage", ElementType::C64},
    {"ComplexDoubleStorage", ElementType::C128},
}};

constexpr std::array<TypeName, 20> tensorTypes{{
    {"float32", ElementType::F32},
    {"float16", ElementType::F16},
    {"bfloat16", ElementType::BF16},
    {"float64", ElementType::F64},
    {"int64", ElementType::I64},
    {"int32", ElementType::I32},
    {"int16", ElementType::I16},
    {"int8", ElementType::I8},
    {"uint8", ElementType::U8},
    {"bool", ElementType::Bool},
    {"complex64", ElementType::C64},
    {"complex128", ElementType::C128},
    {"uint16", ElementType::U16},
    {"uint32", ElementType::U32},
    {"uint64", ElementType::U64},
    {"float8_e4m3fn", ElementType::F8E4M3},
    {"float8_e5m2", ElementType::F8E5M2},
    {"float8_e8m0fnu", ElementType::F8E8M0},
    {"float8_e4m3fnuz", ElementType::F8E4M3FNUZ},
    {"float8_e5m2fnuz", ElementType::F8E5M2FNUZ},
}};

template <typename List>
std::optional<ElementType> find(const List& list, std::string_view name)
{
    const auto row = std::find_if(list.begin(), list.end(), [&](const TypeName& t) { return t.name == name; });
    return row == list.end() ? std::nullopt : std::optional(row->type);
}

bool isUntyped(const GlobalName& name)
{
    return name.is("torch.storage", "UntypedStorage") || name.is("torch", "UntypedStorage");
}

/// A pending negation or conjugation would have to be applied to the values.
bool hasPendingOperation(const PickleGraph& graph, const std::vector<PickleRef>& arguments, std::size_t metadata)
{
    return arguments.size() > metadata && graph.is(arguments[metadata], PickleKind::Dict)
           && !graph.items(arguments[metadata]).empty();
}

std::string describeUnbuilt(const GlobalName& name)
{
    if (name.name == "_rebuild_qtensor")
        return "a quantised tensor";
    if (name.name == "_rebuild_sparse_tensor" || name.name == "_rebuild_sparse_csr_tensor")
        return "a sparse tensor";
    if (name.name == "_rebuild_meta_tensor_no_storage")
        return "a tensor without data (meta)";
    return "a tensor of a special kind (" + name.full() + ')';
}

}  // namespace

PickleRef TorchBuilder::load(PickleGraph& graph, PickleRef id)
{
    if (!graph.is(id, PickleKind::Tuple) || graph.items(id).empty() || graph.items(id).size() > 6
        || !graph.is(graph.items(id)[0], PickleKind::Text))
        failDamaged("it refers to a storage in an unknown way");
    const std::vector<PickleRef> parts = graph.items(id);
    const std::string_view word = graph.textOf(parts[0]);
    if (word == "module" && parts.size() >= 2)
        return parts[1];
    if (word != "storage" || parts.size() < 5 || !graph.is(parts[1], PickleKind::Global))
        failDamaged("it refers to a storage in an unknown way");
    if (!graph.is(parts[2], PickleKind::Text) || graph.textOf(parts[2]).size() > longestKey)
        failDamaged("the key of a storage is no short text");
    if (m_storages.size() >= mostTensors)
        failDamaged("there are too many storages");

    TorchStorage storage;
    storage.key = graph.textOf(parts[2]);
    const GlobalName& typeName = graph.globalOf(parts[1]);
    storage.type = find(storageTypes, typeName.name);
    if (!isUntyped(typeName) && (typeName.module != "torch" || !storage.type))
        return graph.opaque("a storage of type " + typeName.full());
    storage.count = storage.viewCount = countOf(graph, parts[4], "the length of a storage");
    if (parts.size() == 6 && graph.is(parts[5], PickleKind::Tuple)) {
        const std::vector<PickleRef>& view = graph.items(parts[5]);
        if (view.size() != 3)
            failDamaged("a view of a storage has the wrong form");
        storage.viewOffset = countOf(graph, view[1], "the offset of a view");
        storage.viewCount = countOf(graph, view[2], "the length of a view");
        if (storage.viewOffset > storage.count || storage.viewCount > storage.count - storage.viewOffset)
            failDamaged("a view reaches outside its storage");
    }
    m_storages.push_back(std::move(storage));
    return graph.storage(m_storages.size() - 1);
}

PickleRef TorchBuilder::build(PickleGraph& graph, PickleRef callable, PickleRef arguments)
{
    if (!graph.is(arguments, PickleKind::Tuple))
        failDamaged("the arguments of an object are no tuple");
    if (graph.is(callable, PickleKind::Opaque))
        return callable;
    if (!graph.is(callable, PickleKind::Global))
        failDamaged("it calls " + graph.describe(callable));
    const GlobalName name = graph.globalOf(callable);
    if (graph.items(arguments).size() > mostArguments)
        return graph.opaque("an object of class " + name.full());
    const std::vector<PickleRef> values = graph.items(arguments);
    if (name.module == "__torch__" || name.module.starts_with("__torch__."))
        return *m_modules.insert(graph.container(PickleKind::Dict)).first;
    if (name.is("torch._tensor", "_rebuild_from_type_v2"))
        return buildFromType(graph, values);
    if (name.module == "torch._utils" && name.name.starts_with("_rebuild"))
        return buildTensor(graph, name, values);
    if (name.is("torch", "Size") && values.size() == 1 && graph.is(values[0], PickleKind::Tuple))
        return values[0];
    if (const std::optional<PickleRef> value = buildPython(graph, name, values))
        return *value;
    return graph.opaque("an object of class " + name.full());
}

bool TorchBuilder::takesState(const PickleGraph&, PickleRef object) const
{
    return m_modules.contains(object);
}

/// (function, type, arguments, state): a tensor of a subclass, a parameter mostly.
PickleRef TorchBuilder::buildFromType(PickleGraph& graph, const std::vector<PickleRef>& arguments)
{
    if (arguments.size() < 3 || !graph.is(arguments[0], PickleKind::Global) || !graph.is(arguments[2], PickleKind::Tuple)
        || graph.items(arguments[2]).size() > mostArguments)
        failDamaged("a tensor of a subclass has the wrong form");
    const GlobalName function = graph.globalOf(arguments[0]);
    if (function.module != "torch._utils")
        return graph.opaque(describeUnbuilt(function));
    return buildTensor(graph, function, std::vector<PickleRef>(graph.items(arguments[2])));
}

PickleRef TorchBuilder::buildTensor(PickleGraph& graph, const GlobalName& name, const std::vector<PickleRef>& arguments)
{
    if (name.name == "_rebuild_parameter" || name.name == "_rebuild_parameter_with_state") {
        if (arguments.empty())
            failDamaged("a parameter has no tensor");
        return arguments[0];
    }
    const bool isThird = name.name == "_rebuild_tensor_v3";
    if (!isThird && name.name != "_rebuild_tensor_v2" && name.name != "_rebuild_tensor")
        return graph.opaque(describeUnbuilt(name));
    if (arguments.size() < (isThird ? 7U : 4U))
        failDamaged("a tensor has too few values");
    if (graph.is(arguments[0], PickleKind::Opaque))
        return graph.opaque("a tensor in " + std::string(graph.textOf(arguments[0])));
    if (hasPendingOperation(graph, arguments, isThird ? 7 : 6))
        return graph.opaque("a tensor with a pending negation or conjugation");
    if (m_tensors.size() >= mostTensors)
        failDamaged("there are too many tensors");
    TorchTensor tensor = tensorOf(graph, arguments);
    if (isThird) {
        if (!graph.is(arguments[6], PickleKind::Global))
            failDamaged("the type of a tensor has the wrong form");
        const GlobalName& typeName = graph.globalOf(arguments[6]);
        const std::optional<ElementType> type = find(tensorTypes, typeName.name);
        if (typeName.module != "torch" || !type)
            return graph.opaque("a tensor of type " + typeName.full());
        tensor.type = *type;
    }
    m_tensors.push_back(std::move(tensor));
    return graph.tensor(m_tensors.size() - 1);
}

TorchTensor TorchBuilder::tensorOf(const PickleGraph& graph, const std::vector<PickleRef>& arguments) const
{
    if (!graph.is(arguments[0], PickleKind::Storage))
        failDamaged("a tensor has no storage");
    TorchTensor tensor;
    tensor.storage = static_cast<std::size_t>(graph.number(arguments[0]));
    tensor.type = m_storages[tensor.storage].type.value_or(ElementType::U8);
    tensor.offset = countOf(graph, arguments[1], "the offset of a tensor");
    tensor.shape = shapeOf(graph, arguments[2]);
    tensor.strides = shapeOf(graph, arguments[3]);
    return tensor;
}

Shape TorchBuilder::shapeOf(const PickleGraph& graph, PickleRef value) const
{
    if (!graph.is(value, PickleKind::Tuple) && !graph.is(value, PickleKind::List))
        failDamaged("the shape of a tensor is no tuple");
    if (graph.items(value).size() > highestRank)
        failDamaged("a tensor has too many dimensions");
    Shape shape;
    for (const PickleRef item : graph.items(value))
        shape.push_back(countOf(graph, item, "a size or a stride of a tensor"));
    return shape;
}

std::int64_t TorchBuilder::countOf(const PickleGraph& graph, PickleRef value, const char* what) const
{
    if (!graph.is(value, PickleKind::Int) || graph.number(value) < 0)
        failDamaged(std::string(what) + " is not a number that can be right");
    return graph.number(value);
}

void TorchBuilder::failDamaged(const std::string& what) const
{
    fail(m_file, "is damaged: in its pickle, " + what + "; copy or download it again.");
}

}  // namespace vitrine
