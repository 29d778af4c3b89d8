// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/folder_order.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// From the name of a folder or file to a class of a model.
class ClassIndex {
public:
    /// Knows the model's labels, the numbers of its classes and, for ImageNet's 1000, the WordNet ids of `table`
    /// (resources/labels/imagenet1k.tsv).
    ClassIndex(const ModelSpec& spec, const std::filesystem::path& table);

    int count() const { return m_classes; }
    bool hasLabels() const { return !m_index.empty(); }
    /// Whether it is a label or a WordNet id; a number may be one, too.
    bool isName(const std::string& name) const;
    /// "n02123045", "tabby", "281"; case does not matter, and '_' stands for a blank.
    std::optional<int> find(const std::string& name) const;
    /// The same for a file's stem, also with a number behind it: "n02123045_1234", "tabby_7".
    std::optional<int> findStem(const std::string& stem) const;

private:
    void add(const std::string& name, int index);

    std::map<std::string, int> m_index;
    int m_classes = 0;
};

/// A picture with the class that its place says.
struct LabelledPicture {
    std::filesystem::path path;
    std::optional<int> label;
    std::optional<int> other;  ///< by the other order of folders that are named by numbers
};

/// Every picture in `folder`, sorted: of class folders, or files named by class. Throws Error when there is none.
std::vector<LabelledPicture> labelledPictures(const std::filesystem::path& folder, const ClassIndex& classes,
                                              const FolderReadings& readings);

}  // namespace vitrine
