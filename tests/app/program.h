// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/ndarray.h"

namespace vitrine::test {

/// What a run of the program left behind.
struct Outcome {
    int exitCode = -1;  ///< -1: it crashed or hung
    std::string out, err;

    /// stdout as one JSON text; a failed expectation and null otherwise.
    nlohmann::json json() const;
};

/// How a run differs from an ordinary one.
struct Circumstances {
    std::string stdoutFile;  ///< stdout goes there
    long fileSizeLimit = 0;  ///< bytes that a file may get, as if the disk were full; 0: no limit
    std::string workingDirectory;
    std::map<std::string, std::string> environment;  ///< what differs
    std::string program = VITRINE_PROGRAM;
};

/// Starts the built program and waits.
Outcome vitrine(const std::vector<std::string>& arguments, const Circumstances& circumstances = {});

/// A folder that is removed with everything in it.
class Folder {
public:
    /// QTemporaryDir leaves what has a name that is no UTF-8.
    ~Folder()
    {
        std::error_code error;
        std::filesystem::remove_all(m_folder.path().toStdString(), error);
    }
    std::string path(const std::string& name = {}) const;
    /// Every name in the folder, hidden ones too.
    std::vector<std::string> names() const;

private:
    QTemporaryDir m_folder;
};

/// A small random network from tests/golden/models.
std::string golden(const std::string& name);
/// A picture from resources/samples.
std::string sample(const std::string& name = "red_panda.jpg");
/// A file under ../shared, where real checkpoints and pictures lie; empty when it is not there.
std::string shared(const std::string& name);

NdArray readNpy(const std::string& path);
/// One array of a .npz.
NdArray readNpz(const std::string& path, const std::string& name);
std::string readText(const std::string& path);
void writeText(const std::string& path, const std::string& text);

/// Copies a .safetensors file with some of its tensors made others.
void changeTensors(const std::string& from, const std::string& to, const std::map<std::string, NdArray>& changed);

/// One sentence for a person: "vitrine: ..." on one line, and no file is half written beside.
void expectError(const Outcome& outcome, int exitCode, const std::string& part);

}  // namespace vitrine::test
