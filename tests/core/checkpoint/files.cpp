// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/checkpoint/files.h"

#include <atomic>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace vitrine::test {

TemporaryFolder::TemporaryFolder()
{
    static std::atomic<int> next{0};
    m_path = std::filesystem::temp_directory_path()
             / ("vitrine-checkpoint-" + std::to_string(::getpid()) + '-' + std::to_string(next++));
    std::filesystem::create_directories(m_path);
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name, const std::string& bytes) const
{
    std::ofstream(m_path / name, std::ios::binary) << bytes;
    return m_path / name;
}

Outcome outcomeOf(const std::filesystem::path& path)
{
    Outcome outcome;
    try {
        const Checkpoint checkpoint = Checkpoint::open(path);
        for (const TensorInfo& tensor : checkpoint.tensors()) {
            const NdArray array = checkpoint.read(tensor.name);
            EXPECT_EQ(array.shape(), tensor.shape);
            for (const float value : array.values())
                outcome.sum += value;
        }
        outcome.tensors = checkpoint.tensors().size();
        for (const std::string& note : checkpoint.notes())
            outcome.notes += note + '\n';
        outcome.loaded = true;
    } catch (const Error& error) {
        outcome.message = error.what();
        EXPECT_THAT(outcome.message, testing::EndsWith("."));
        EXPECT_THAT(outcome.message, testing::HasSubstr(path.parent_path().string())) << "does not name the file";
    } catch (const std::exception& error) {
        ADD_FAILURE() << path << ": not an Error of ours: " << error.what();
    }
    return outcome;
}

Outcome outcomeOf(const std::string& bytes, const std::string& name)
{
    // One folder for all: making and removing it would take longer than everything else.
    static const TemporaryFolder folder;
    return outcomeOf(folder.write(name, bytes));
}

void expectRefused(const std::string& bytes, const std::string& words, const std::string& name)
{
    const Outcome outcome = outcomeOf(bytes, name);
    EXPECT_FALSE(outcome.loaded) << "expected: " << words;
    EXPECT_THAT(outcome.message, testing::HasSubstr(words));
}

void expectLoads(const std::string& bytes, double sum, std::size_t tensors)
{
    const Outcome outcome = outcomeOf(bytes);
    EXPECT_TRUE(outcome.loaded) << outcome.message;
    EXPECT_EQ(outcome.tensors, tensors);
    EXPECT_DOUBLE_EQ(outcome.sum, sum);
}

std::string readFile(const std::filesystem::path& path)
{
    std::ostringstream stream;
    stream << std::ifstream(path, std::ios::binary).rdbuf();
    return stream.str();
}

}  // namespace vitrine::test
