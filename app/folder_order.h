// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitrine {

class ClassIndex;

/// How folders that are named by numbers stand for classes: 2 before 10, or as ImageFolder sorts names, 10 before 2.
enum class FolderOrder { Number, Text };

/// Which class each class folder means.
struct FolderReading {
    FolderOrder order = FolderOrder::Number;
    std::map<std::string, int> classes;
};

/// What the names of class folders mean where the model's labels do not say it.
struct FolderReadings {
    std::optional<FolderReading> taken, other;  ///< nothing taken: by label, WordNet id or the number itself
    bool asked = false;                         ///< a person said which
    bool complete = false;                      ///< as many folders as classes
    std::string example;                        ///< the folders in text order: "0, 1, 10, 11, 2 ..."
};

/// Both orders of the class folders in `folder`, where both are possible and differ. Taken by default: text where there is
/// a folder for every class and the model has no labels, for then it was trained on such folders; else number. Throws Error
/// when the order that was asked for is not possible.
FolderReadings readFolders(const std::filesystem::path& folder, const ClassIndex& classes, std::optional<FolderOrder> asked);

std::string toString(FolderOrder order);

}  // namespace vitrine
