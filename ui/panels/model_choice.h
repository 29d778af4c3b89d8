// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <functional>
#include <optional>
#include <vector>

#include "ui/panels/dropped_files.h"
#include "ui/panels/explore_bar.h"
#include "ui/session/inference_controller.h"

namespace vitrine {

class MessageBar;
class RecentFiles;

/// Which model is wanted, which one is there, and what stands in for one that cannot be read. GUI thread only.
class ModelChoice : public QObject {
    Q_OBJECT

public:
    ModelChoice(InferenceController& controller, MessageBar& messages, RecentFiles& recent, std::vector<BundledModel> bundled,
                QObject* parent = nullptr);

    const std::vector<BundledModel>& bundled() const { return m_bundled; }
    /// The one that was asked for last, with device and overrides.
    const ModelSource& wanted() const { return m_wanted; }
    QString nameOfWanted() const;
    bool isBundled(const ModelSource& source) const;
    /// What can be chosen by name: (title, name or path), the bundled ones and those that were opened last.
    QList<std::pair<QString, QString>> offers() const;
    /// A bundled one beside the wanted one; nothing where that is not bundled.
    std::optional<ModelSource> otherBundled() const;

    void load(const ModelSource& source);
    /// A bundled one or a file, on the same device.
    void choose(const QString& nameOrPath);
    void useFiles(const DroppedFiles& files);
    void useLabels(const QString& path);
    /// The same model with other options.
    void changeOptions(const std::function<void(EngineOptions&)>& change);
    /// What is there is what is wanted.
    void keepPresent();

Q_SIGNALS:
    /// This one is shown from here on, or again because another one could not be loaded.
    void shown(const vitrine::LoadedModel& model);
    void noneShown();
    void openRequested();

private:
    void take(const LoadedModel& model);
    void takeFailure(const QString& message);

    InferenceController& m_controller;
    MessageBar& m_messages;
    RecentFiles& m_recent;
    std::vector<BundledModel> m_bundled;
    ModelSource m_wanted;
    bool m_hasTold = false;      ///< the message tells of a model that could not be loaded
    bool m_fallingBack = false;  ///< the model being loaded stands in for one that could not be
};

}  // namespace vitrine
