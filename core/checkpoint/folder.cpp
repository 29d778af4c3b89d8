// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <set>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longestIndex = 100'000'000;
constexpr std::size_t mostShards = 10'000;
constexpr std::size_t mostSubfolders = 1000;
constexpr std::size_t mostNamed = 5;
/// Lightning's "version_0/checkpoints", a Trainer's "checkpoint-500", DeepSpeed's "global_step500".
constexpr int deepestSubfolder = 2;

/// Takes "weight_map" out of an index file: tensor name -> shard. Anything deeper or beside it is passed over.
class IndexHandler : public nlohmann::json_sax<nlohmann::json> {
public:
    std::map<std::string, std::string> shardOf;
    std::string problem;
    bool hasMap = false;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool string(string_t& text) override
    {
        if (!m_inMap)
            return true;
        return shardOf.emplace(m_key, text).second || refuse("lists tensor " + inQuotes(m_key) + " twice");
    }
    bool key(string_t& text) override
    {
        m_key = std::move(text);
        return true;
    }
    bool start_object(std::size_t) override
    {
        if (m_inMap)
            return value();
        if (++m_depth == 2 && m_key == "weight_map") {
            if (hasMap)
                return refuse("has two weight maps");
            m_inMap = hasMap = true;
        }
        return true;
    }
    bool end_object() override
    {
        --m_depth;
        m_inMap = false;
        return true;
    }
    bool start_array(std::size_t) override { return value() && ++m_depth > 0; }
    bool end_array() override { return --m_depth >= 0; }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override
    {
        return refuse("is not valid JSON at byte " + std::to_string(position));
    }

private:
    bool value() { return !m_inMap || refuse("gives tensor " + inQuotes(m_key) + " something that is no file name"); }
    bool refuse(std::string what)
    {
        problem = std::move(what);
        return false;
    }

    std::string m_key;
    int m_depth = 0;
    bool m_inMap = false;
};

/// The Hugging Face cache keeps a snapshot's files as links into the "blobs" folder beside "snapshots".
bool isLinkIntoCache(const fs::path& folder, const fs::path& target)
{
    std::error_code error;
    const fs::path snapshot = fs::canonical(folder, error);
    return !error && snapshot.parent_path().filename() == "snapshots"
           && target.parent_path() == snapshot.parent_path().parent_path() / "blobs";
}

fs::path shardPath(const fs::path& index, const std::string& name)
{
    const bool bare = !name.empty() && name != "." && name != ".." && name.find_first_of("/\\:") == std::string::npos
                      && name.find('\0') == std::string::npos;
    if (!bare)
        fail(index, "is refused: it names " + inQuotes(name) + " as a shard, and a shard must be a file in the same folder.");
    const fs::path folder = index.parent_path();
    fs::path path = folder / name;
    std::error_code error;
    if (fs::is_symlink(path, error)) {
        const fs::path target = fs::canonical(path, error);
        if (error || !isLinkIntoCache(folder, target))
            fail(index, "is refused: its shard " + inQuotes(name) + " is a link that leaves the folder.");
    }
    if (!fs::exists(path, error))
        fail(index, "needs the shard " + inQuotes(name) + ", which is missing; put it into the same folder.");
    return path;
}

std::map<std::string, std::string> readIndex(const MappedFile& index)
{
    if (index.bytes().size() > longestIndex)
        fail(index.path(), "is too long for the index of a sharded file.");
    IndexHandler handler;
    if (!nlohmann::json::sax_parse(index.text().begin(), index.text().end(), &handler))
        fail(index.path(), "is no usable index of a sharded file: it " + handler.problem + ".");
    if (!handler.hasMap)
        fail(index.path(), "is JSON text without a weight map, not a weight file; give the weight file beside it.");
    if (handler.shardOf.empty())
        fail(index.path(), "lists no tensors.");
    return std::move(handler.shardOf);
}

bool isWeightSuffix(const fs::path& path)
{
    static constexpr std::array<std::string_view, 7> suffixes{".safetensors", ".pth", ".pt", ".bin", ".npz", ".tar", ".ckpt"};
    const std::string suffix = path.extension().string();
    return std::find(suffixes.begin(), suffixes.end(), suffix) != suffixes.end();
}

/// What trainers put beside the weights.
bool isTrainersOwn(const fs::path& path)
{
    static constexpr std::array<std::string_view, 7> starts{"optimizer", "scheduler",     "training_args", "rng_state",
                                                            "scaler",    "trainer_state", "random_states"};
    const std::string name = path.filename().string();
    return name.find("optim_states") != std::string::npos
           || std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return name.starts_with(start); });
}

std::vector<fs::path> sortedEntries(const fs::path& folder)
{
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        entries.push_back(entry->path());
    if (error)
        fail(folder, "cannot be read: " + error.message() + ".");
    std::sort(entries.begin(), entries.end());
    return entries;
}

/// The weight file that has the usual name, else all that are there.
std::vector<fs::path> weightFilesDirectlyIn(const fs::path& folder)
{
    static constexpr std::array<std::string_view, 4> known{"model.safetensors", "model.safetensors.index.json",
                                                           "pytorch_model.bin", "pytorch_model.bin.index.json"};
    std::error_code error;
    for (const std::string_view name : known) {
        if (fs::exists(folder / name, error))
            return {folder / name};
    }
    std::vector<fs::path> found;
    for (const fs::path& entry : sortedEntries(folder)) {
        if (fs::is_regular_file(entry, error) && isWeightSuffix(entry) && !isTrainersOwn(entry))
            found.push_back(entry);
    }
    return found;
}

std::vector<fs::path> subfoldersOf(const std::vector<fs::path>& folders)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (const fs::path& folder : folders) {
        for (const fs::path& entry : sortedEntries(folder)) {
            if (found.size() < mostSubfolders && !fs::is_symlink(entry, error) && fs::is_directory(entry, error)
                && !entry.filename().string().starts_with("."))
                found.push_back(entry);
        }
    }
    return found;
}

void refuseWithoutWeights(const fs::path& folder)
{
    for (const fs::path& entry : sortedEntries(folder)) {
        if (entry.extension() == ".distcp")
            fail(folder, "is a distributed checkpoint of PyTorch, which is not read; convert it with \"python -m "
                         "torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER FILE.pth\".");
    }
    fail(folder, "holds no weight file (.safetensors, .pth, .pt, .bin, .ckpt or .npz), nor do the folders in it.");
}

}  // namespace

bool looksLikeJson(ByteSpan bytes)
{
    // A safetensors file starts with a length of at most 100 million: zeros among its first eight bytes.
    const ByteSpan start = bytes.first(std::min<std::size_t>(bytes.size(), 8));
    if (start.empty() || std::find(start.begin(), start.end(), 0) != start.end())
        return false;
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 64));
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{';
}

std::shared_ptr<Checkpoint::Source> readShards(const std::shared_ptr<const MappedFile>& index, const Progress& progress,
                                               const std::stop_token& stop)
{
    const std::map<std::string, std::string> shardOf = readIndex(*index);
    std::set<std::string> names;
    for (const auto& [tensor, shard] : shardOf)
        names.insert(shard);
    if (names.size() > mostShards)
        fail(index->path(), "is refused: it names more than " + std::to_string(mostShards) + " shards.");

    std::map<std::string, std::shared_ptr<Checkpoint::Source>> shards;
    for (const std::string& name : names) {
        throwIfStopped(stop);
        if (progress)
            progress(static_cast<double>(shards.size()) / static_cast<double>(names.size()), "reading " + shown(name));
        const auto file = MappedFile::open(shardPath(index->path(), name));
        shards[name] = readWeightFile(file, {}, stop);
    }

    const Checkpoint::Source& first = *shards.begin()->second;
    auto source = std::make_shared<Checkpoint::Source>(first.container(), first.file());
    source->setMetadata(first.metadata());
    source->addFile(index->path());
    for (const auto& shard : shards) {
        source->absorb(*shard.second, [&](const std::string& tensor) {
            const auto position = shardOf.find(tensor);
            return position != shardOf.end() && position->second == shard.first;
        });
    }
    for (const auto& [tensor, shard] : shardOf) {
        if (source->indexOf(tensor) < 0)
            fail(index->path(),
                 "says that tensor " + inQuotes(tensor) + " is in " + inQuotes(shard) + ", but it is not there.");
    }
    return source;
}

fs::path weightFileIn(const fs::path& folder)
{
    std::vector<fs::path> found = weightFilesDirectlyIn(folder);
    std::vector<fs::path> folders{folder};
    for (int level = 0; level < deepestSubfolder && found.empty(); ++level) {
        folders = subfoldersOf(folders);
        for (const fs::path& below : folders) {
            const std::vector<fs::path> here = weightFilesDirectlyIn(below);
            found.insert(found.end(), here.begin(), here.end());
        }
    }
    if (found.empty())
        refuseWithoutWeights(folder);
    if (found.size() > 1) {
        std::string names;
        for (std::size_t i = 0; i < std::min(found.size(), mostNamed); ++i)
            names += (i ? ", " : "") + inQuotes(fs::relative(found[i], folder).string());
        fail(folder,
             "holds several weight files (" + names + (found.size() > mostNamed ? " ..." : "") + "); give one of them.");
    }
    return found.front();
}

}  // namespace vitrine
