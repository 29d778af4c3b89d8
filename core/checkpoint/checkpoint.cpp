// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint.h"

#include <system_error>

#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"

namespace vitrine {

std::string toString(Container container)
{
    switch (container) {
    case Container::Safetensors:
        return "safetensors";
    case Container::TorchZip:
        return "PyTorch zip";
    case Container::TorchLegacy:
        return "PyTorch legacy";
    case Container::Npz:
        return "NumPy npz";
    }
    return {};
}

Checkpoint Checkpoint::open(const std::filesystem::path& path, const Progress& progress, const std::stop_token& stop)
{
    throwIfStopped(stop);
    std::error_code error;
    const bool isFolder = std::filesystem::is_directory(path, error);
    const auto file = MappedFile::open(isFolder ? weightFileIn(path) : path);
    return Checkpoint(looksLikeJson(file->bytes()) ? readShards(file, progress, stop) : readWeightFile(file, progress, stop));
}

Checkpoint::Checkpoint(std::shared_ptr<const Source> source)
    : m_source(std::move(source))
{
}

Container Checkpoint::container() const
{
    return m_source->container();
}

const std::filesystem::path& Checkpoint::file() const
{
    return m_source->file();
}

const std::vector<std::filesystem::path>& Checkpoint::files() const
{
    return m_source->files();
}

const std::vector<TensorInfo>& Checkpoint::tensors() const
{
    return m_source->tensors();
}

const TensorInfo* Checkpoint::find(std::string_view name) const
{
    const std::int64_t index = m_source->indexOf(name);
    return index < 0 ? nullptr : &m_source->tensors()[static_cast<std::size_t>(index)];
}

NdArray Checkpoint::read(std::string_view name) const
{
    return m_source->read(name);
}

const std::map<std::string, std::string>& Checkpoint::metadata() const
{
    return m_source->metadata();
}

const std::vector<std::string>& Checkpoint::notes() const
{
    return m_source->notes();
}

}  // namespace vitrine
