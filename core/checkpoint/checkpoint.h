// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/ndarray.h"
#include "core/base/progress.h"

namespace vitrine {

enum class Container { Safetensors, TorchZip, TorchLegacy, Npz };

/// "safetensors", "PyTorch zip", "PyTorch legacy", "NumPy npz"
std::string toString(Container container);

struct TensorInfo {
    std::string name;   ///< as in the file, wrappers ("state_dict", "model" ...) joined with dots and not yet stripped
    std::string dtype;  ///< "F32", "F16", "BF16", "F64", "I64" ... (safetensors' words)
    Shape shape;
};

/// What is in a weight file. Opening reads names and shapes only; code in a file is never run.
/// Safe to read from several threads after open().
class Checkpoint {
public:
    /// A .safetensors (also sharded by .index.json), PyTorch .pth/.pt/.bin/.pth.tar, .npz, or a folder that holds one.
    /// The kind is taken from the content, not from the name. Throws Error.
    static Checkpoint open(const std::filesystem::path& path, const Progress& progress = {}, const std::stop_token& stop = {});

    Container container() const;
    /// The weight file (the first shard), where `path` of open() was a folder.
    const std::filesystem::path& file() const;
    /// Every file that was opened: the weight file, or an index and its shards.
    const std::vector<std::filesystem::path>& files() const;
    const std::vector<TensorInfo>& tensors() const;
    const TensorInfo* find(std::string_view name) const;
    /// The tensor as float32. Float32 data that is aligned in a mapped file is shared, not copied.
    /// Throws Error when the name is unknown, or the type is not numeric.
    NdArray read(std::string_view name) const;
    /// safetensors' __metadata__; empty for the other containers.
    const std::map<std::string, std::string>& metadata() const;
    /// What was skipped and what looked odd, one sentence each.
    const std::vector<std::string>& notes() const;

    /// What a container reader implements.
    class Source;
    explicit Checkpoint(std::shared_ptr<const Source> source);

private:
    std::shared_ptr<const Source> m_source;
};

}  // namespace vitrine
