// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "core/checkpoint/npy.h"
#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"

namespace vitrine {
namespace {

using namespace std::string_view_literals;

struct Signature {
    std::string_view start;
    std::string_view verdict;
};

/// What people get hold of in place of weights.
constexpr std::array<Signature, 15> signatures{{
    {"version https://git-lfs"sv, "is a git-lfs pointer: the weights themselves were not downloaded; run \"git lfs pull\"."},
    {"7z\xbc\xaf\x27\x1c"sv, "is a 7z archive; unpack it first."},
    {"\x1f\x8b"sv, "is gzip-compressed; unpack it first."},
    {"BZh"sv, "is bzip2-compressed; unpack it first."},
    {"\xfd\x37zXZ"sv, "is xz-compressed; unpack it first."},
    {"\x28\xb5\x2f\xfd"sv, "is zstd-compressed; unpack it first."},
    {"Rar!"sv, "is a RAR archive; unpack it first."},
    {"\x89PNG"sv, "is a PNG picture, not a weight file."},
    {"\xff\xd8\xff"sv, "is a JPEG picture, not a weight file."},
    {"\x89HDF"sv, "is an HDF5 file (Keras), which cannot be read; convert the weights to safetensors."},
    {"GGUF"sv, "is a GGUF file, which cannot be read; take the safetensors version of the model."},
    {"\x93NUMPY"sv, "is a single NumPy array, not the weights of a model; give an .npz archive."},
    {"PK\5\6"sv, "is an empty zip archive."},
    {"ptrt"sv, "is a TensorRT engine, from which weights cannot be read; give the checkpoint it was built from."},
    {"%PDF"sv, "is a PDF document, not a weight file."},
}};

constexpr std::string_view saveWeights
    = "; save the weights where it came from: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\").";

/// Kinds that only their names tell.
struct Kind {
    std::string_view suffix;
    std::string_view what;
};

constexpr std::array<Kind, 10> kinds{{
    {".onnx", "is an ONNX graph"},
    {".msgpack", "is a Flax file (msgpack)"},
    {".tflite", "is a TensorFlow Lite model"},
    {".pb", "is a TensorFlow graph"},
    {".index", "is part of a TensorFlow checkpoint"},
    {".engine", "is a TensorRT engine"},
    {".plan", "is a TensorRT engine"},
    {".mlmodel", "is a Core ML model"},
    {".pdparams", "is a PaddlePaddle checkpoint"},
    {".keras", "is a Keras archive"},
}};

constexpr std::size_t tarMagicOffset = 257;

std::string_view startOf(const MappedFile& file)
{
    return file.text().substr(0, 1024);
}

bool isHtml(std::string_view start)
{
    const std::size_t first = std::min(start.find_first_not_of(" \t\r\n"), start.size());
    std::string text(start.substr(first, 16));
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return c < 0x80 ? std::tolower(c) : c; });
    return text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<head") || text.starts_with("<?xml");
}

bool isTar(std::string_view start)
{
    return start.size() > tarMagicOffset + 5 && start.substr(tarMagicOffset, 5) == "ustar";
}

bool isPickle(std::string_view start)
{
    return start.size() >= 2 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5;
}

/// JSON behind a length below 4 GiB.
bool isSafetensors(const MappedFile& file)
{
    const std::string_view start = startOf(file);
    return start.size() > 8 && start.substr(4, 4) == "\0\0\0\0"sv
           && std::string_view("{[ \t\r\n").find(start[8]) != std::string_view::npos;
}

std::shared_ptr<Checkpoint::Source> readZip(const std::shared_ptr<const MappedFile>& file, const Progress& progress,
                                            const std::stop_token& stop)
{
    const ZipArchive archive(file);
    if (isTorchZip(archive))
        return readTorchZip(archive, progress, stop);
    if (isNpz(archive))
        return readNpz(archive, progress, stop);
    fail(file->path(), "is a zip archive without weights of PyTorch or NumPy; if weights are packed in it, unpack it first.");
}

void failIfKnown(const MappedFile& file)
{
    const std::string_view start = startOf(file);
    for (const Signature& signature : signatures) {
        if (start.starts_with(signature.start))
            fail(file.path(), signature.verdict);
    }
    if (isHtml(start))
        fail(file.path(), "is a web page, not a weight file; the download went wrong, perhaps it needs a login.");
    if (isTar(start))
        fail(file.path(), "is a tar archive; unpack it, or, if PyTorch 0.1 wrote it, save it again with a newer one.");
    if (looksLikeJson(file.bytes()))
        fail(file.path(), "is JSON text, not a weight file.");
    if (start.size() > 8 && start.substr(4, 4) == "TFL3")
        fail(file.path(), "is a TensorFlow Lite model, which is not read" + std::string(saveWeights));
    for (const Kind& kind : kinds) {
        if (file.path().extension() == kind.suffix)
            fail(file.path(), std::string(kind.what) + ", which is not read" + std::string(saveWeights));
    }
}

}  // namespace

std::shared_ptr<Checkpoint::Source> readWeightFile(const std::shared_ptr<const MappedFile>& file, const Progress& progress,
                                                   const std::stop_token& stop)
{
    throwIfStopped(stop);
    const std::string_view start = startOf(*file);
    std::shared_ptr<Checkpoint::Source> source;
    if (isSafetensors(*file))
        source = readSafetensors(file);
    else if (start.starts_with("PK\3\4"))
        source = readZip(file, progress, stop);
    else if (isPickle(start))
        source = readTorchLegacy(file, stop);
    else {
        failIfKnown(*file);
        if (file->path().extension() != ".safetensors")
            fail(file->path(), "is no weight file of a known kind (safetensors, PyTorch, NumPy npz).");
        source = readSafetensors(file);
    }
    if (progress)
        progress(1.0, "names and shapes read");
    return source;
}

}  // namespace vitrine
