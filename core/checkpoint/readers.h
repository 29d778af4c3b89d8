// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/checkpoint/source.h"
#include "core/checkpoint/zip_archive.h"

namespace vitrine {

/// One file whose kind is already known. Each throws Error when the file is damaged and Cancelled when stopped.
std::shared_ptr<Checkpoint::Source> readSafetensors(const std::shared_ptr<const MappedFile>& file);

/// An archive that isTorchZip() or isNpz().
std::shared_ptr<Checkpoint::Source> readTorchZip(const ZipArchive& archive, const Progress& progress,
                                                 const std::stop_token& stop);
std::shared_ptr<Checkpoint::Source> readNpz(const ZipArchive& archive, const Progress& progress, const std::stop_token& stop);
bool isTorchZip(const ZipArchive& archive);
bool isNpz(const ZipArchive& archive);

/// What torch.save wrote before 1.6: pickles one after the other, then the storages.
std::shared_ptr<Checkpoint::Source> readTorchLegacy(const std::shared_ptr<const MappedFile>& file, const std::stop_token& stop);

/// The one file `file`, its kind taken from its content. Throws Error, also for a sharded file's index.
std::shared_ptr<Checkpoint::Source> readWeightFile(const std::shared_ptr<const MappedFile>& file, const Progress& progress,
                                                   const std::stop_token& stop);

/// True for JSON text: it may be the index of a sharded file.
bool looksLikeJson(ByteSpan bytes);

/// All shards that an index file names.
std::shared_ptr<Checkpoint::Source> readShards(const std::shared_ptr<const MappedFile>& index, const Progress& progress,
                                               const std::stop_token& stop);

/// The weight file, or the index of a sharded one, inside a folder. Throws Error when there is none.
std::filesystem::path weightFileIn(const std::filesystem::path& folder);

}  // namespace vitrine
