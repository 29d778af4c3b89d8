// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <set>

#include "core/checkpoint/source.h"
#include "core/checkpoint/unpickler.h"

namespace vitrine {

/// A storage that a pickle refers to: where its bytes are is up to the container.
struct TorchStorage {
    std::string key;
    std::optional<ElementType> type;  ///< none: counted in bytes
    std::int64_t count = 0;           ///< elements
    /// Legacy files: elements of the storage before this view of it begins, and how many it has.
    std::int64_t viewOffset = 0;
    std::int64_t viewCount = 0;

    std::int64_t elementBytes() const { return type ? bitsOf(*type) / 8 : 1; }
};

/// A strided view of a storage, in elements of its type.
struct TorchTensor {
    std::size_t storage = 0;
    ElementType type = ElementType::F32;
    std::int64_t offset = 0;
    Shape shape;
    Shape strides;
};

/// Builds the objects of torch.save: tensors, dicts, lists, texts. Everything else becomes opaque.
class TorchBuilder final : public PickleBuilder {
public:
    explicit TorchBuilder(std::filesystem::path file)
        : m_file(std::move(file))
    {
    }

    PickleRef load(PickleGraph& graph, PickleRef id) override;
    PickleRef build(PickleGraph& graph, PickleRef callable, PickleRef arguments) override;
    bool takesState(const PickleGraph& graph, PickleRef object) const override;

    const std::vector<TorchStorage>& storages() const { return m_storages; }
    const std::vector<TorchTensor>& tensors() const { return m_tensors; }

    /// Adds every tensor that can be reached from `root` through dicts and lists, named by the keys on the way, with
    /// notes about what was left out. `bytes` has one entry for each of storages(). Throws Error when there is none.
    void addTensors(const PickleGraph& graph, PickleRef root, const std::vector<std::shared_ptr<const Storage>>& bytes,
                    bool bigEndian, Checkpoint::Source& source) const;

private:
    PickleRef buildTensor(PickleGraph& graph, const GlobalName& name, const std::vector<PickleRef>& arguments);
    PickleRef buildFromType(PickleGraph& graph, const std::vector<PickleRef>& arguments);
    TensorView viewOf(const TorchTensor& tensor, std::shared_ptr<const Storage> bytes, bool bigEndian) const;
    TorchTensor tensorOf(const PickleGraph& graph, const std::vector<PickleRef>& arguments) const;
    Shape shapeOf(const PickleGraph& graph, PickleRef value) const;
    std::int64_t countOf(const PickleGraph& graph, PickleRef value, const char* what) const;
    [[noreturn]] void failDamaged(const std::string& what) const;

    std::filesystem::path m_file;
    std::vector<TorchStorage> m_storages;
    std::vector<TorchTensor> m_tensors;
    std::set<PickleRef> m_modules;  ///< dicts in the place of a TorchScript program's modules
};

}  // namespace vitrine
