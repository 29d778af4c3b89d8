// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/program.h"

#include <QDir>
#include <QProcess>
#include <QProcessEnvironment>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "core/checkpoint/checkpoint.h"

namespace vitrine::test {

namespace {

void limitFiles(long bytes)
{
    const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_DFL);
}

/// For bash: QProcess would change arguments that are no UTF-8.
QString quoted(const std::string& argument)
{
    QString text = QStringLiteral("$'");
    for (const char byte : argument)
        text += QStringLiteral("\\x%1").arg(static_cast<unsigned char>(byte), 2, 16, QLatin1Char('0'));
    return text + u'\'';
}

}  // namespace

nlohmann::json Outcome::json() const
{
    nlohmann::json parsed = nlohmann::json::parse(out, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << "not JSON: " << out << err;
    return parsed.is_discarded() ? nlohmann::json() : parsed;
}

Outcome vitrine(const std::vector<std::string>& arguments, const Circumstances& circumstances)
{
    QString command = QStringLiteral("exec ") + quoted(circumstances.program);
    for (const std::string& argument : arguments)
        command += u' ' + quoted(argument);
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto& [name, value] : circumstances.environment)
        environment.insert(QString::fromStdString(name), QString::fromStdString(value));
    process.setProcessEnvironment(environment);
    if (!circumstances.stdoutFile.empty())
        process.setStandardOutputFile(QString::fromStdString(circumstances.stdoutFile));
    if (!circumstances.workingDirectory.empty())
        process.setWorkingDirectory(QString::fromStdString(circumstances.workingDirectory));
    if (const long limit = circumstances.fileSizeLimit; limit > 0)
        process.setChildProcessModifier([limit] { limitFiles(limit); });
    process.start(QStringLiteral("bash"), {QStringLiteral("-c"), command});
    process.closeWriteChannel();
    constexpr int tenMinutes = 600'000;
    Outcome outcome;
    if (process.waitForFinished(tenMinutes) && process.exitStatus() == QProcess::NormalExit)
        outcome.exitCode = process.exitCode();
    outcome.out = process.readAllStandardOutput().toStdString();
    outcome.err = process.readAllStandardError().toStdString();
    return outcome;
}

std::string Folder::path(const std::string& name) const
{
    return m_folder.filePath(QString::fromStdString(name)).toStdString();
}

std::vector<std::string> Folder::names() const
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(m_folder.path().toStdString()))
        names.push_back(entry.path().filename().string());
    return names;
}

std::string golden(const std::string& name)
{
    return std::string(VITRINE_GOLDEN_DIR) + "/models/" + name;
}

std::string sample(const std::string& name)
{
    return std::string(VITRINE_SOURCE_DIR) + "/resources/samples/" + name;
}

std::string shared(const std::string& name)
{
    const std::filesystem::path path = std::filesystem::path(VITRINE_SOURCE_DIR) / ".." / "shared" / name;
    return std::filesystem::exists(path) ? path.string() : std::string();
}

NdArray readNpy(const std::string& path)
{
    const std::string bytes = readText(path);
    const std::size_t open = bytes.find('('), close = bytes.find(')'), end = bytes.find('\n');
    if (!bytes.starts_with("\x93NUMPY") || bytes.find("'<f4'") > end || close > end) {
        ADD_FAILURE() << path << " is not a float32 .npy";
        return {};
    }
    Shape shape;
    std::istringstream dims(bytes.substr(open + 1, close - open - 1));
    for (std::string dim; std::getline(dims, dim, ',');)
        if (dim.find_first_of("0123456789") != std::string::npos)
            shape.push_back(std::stoll(dim));
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    if (bytes.size() != end + 1 + values.size() * sizeof(float)) {
        ADD_FAILURE() << path << " has another size than its header says";
        return {};
    }
    std::memcpy(values.data(), bytes.data() + end + 1, values.size() * sizeof(float));
    return {shape, std::move(values)};
}

NdArray readNpz(const std::string& path, const std::string& name)
{
    return Checkpoint::open(path).read(name);
}

std::string readText(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void writeText(const std::string& path, const std::string& text)
{
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

void changeTensors(const std::string& from, const std::string& to, const std::map<std::string, NdArray>& changed)
{
    const std::string bytes = readText(from);
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof size);
    const nlohmann::json old = nlohmann::json::parse(bytes.substr(sizeof size, size));
    nlohmann::json header;
    std::string data;
    for (const auto& [name, entry] : old.items()) {
        header[name] = entry;
        if (name == "__metadata__")
            continue;
        const std::size_t first = entry["data_offsets"][0], last = entry["data_offsets"][1], start = data.size();
        if (const auto found = changed.find(name); found != changed.end()) {
            header[name]["dtype"] = "F32";
            header[name]["shape"] = found->second.shape();
            data.append(reinterpret_cast<const char*>(found->second.values().data()), found->second.values().size_bytes());
        } else {
            data += bytes.substr(sizeof size + size + first, last - first);
        }
        header[name]["data_offsets"] = {start, data.size()};
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    size = text.size();
    writeText(to, std::string(reinterpret_cast<const char*>(&size), sizeof size) + text + data);
}

void expectError(const Outcome& outcome, int exitCode, const std::string& part)
{
    EXPECT_EQ(outcome.exitCode, exitCode) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("vitrine: ")) << outcome.err;
    EXPECT_THAT(outcome.err, testing::HasSubstr(part));
    if (exitCode == 1) {
        // One sentence; before it only what was assumed about a model that was opened.
        std::istringstream lines(outcome.err);
        for (std::string line; std::getline(lines, line) && !lines.eof();)
            EXPECT_TRUE(lines.peek() == std::char_traits<char>::eof() || line.find("assumed") != std::string::npos)
                << outcome.err;
    }
}

}  // namespace vitrine::test
