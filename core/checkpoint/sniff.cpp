// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"

namespace vitrine {

std::shared_ptr<Checkpoint::Source> readWeightFile(
    const std::shared_ptr<const MappedFile>& file, const Progress& progress, const std::stop_token& stop)
{
    throwIfStopped(stop);
    if (looksLikeJson(file->bytes()))
        fail(file->path(), "is JSON text, not a weight file.");
    auto source = readSafetensors(file);
    if (progress)
        progress(1.0, "names and shapes read");
    return source;
}

} // namespace vitrine
