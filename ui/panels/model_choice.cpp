// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/model_choice.h"

#include <QFileInfo>

#include <algorithm>
#include <utility>

#include "ui/panels/message_bar.h"
#include "ui/panels/recent_files.h"
#include "ui/picture/file_name.h"

namespace vitrine {

ModelChoice::ModelChoice(InferenceController& controller, MessageBar& messages, RecentFiles& recent,
                         std::vector<BundledModel> bundled, QObject* parent)
    : QObject(parent)
    , m_controller(controller)
    , m_messages(messages)
    , m_recent(recent)
    , m_bundled(std::move(bundled))
{
    connect(&controller, &InferenceController::modelLoaded, this,
            [this](const std::shared_ptr<const LoadedModel>& model) { take(*model); });
    connect(&controller, &InferenceController::modelFailed, this, &ModelChoice::takeFailure);
}

QString ModelChoice::nameOfWanted() const
{
    const auto found = std::ranges::find(m_bundled, m_wanted.nameOrPath, &BundledModel::name);
    return found == m_bundled.end() ? QFileInfo(m_wanted.nameOrPath).fileName() : found->title;
}

bool ModelChoice::isBundled(const ModelSource& source) const
{
    return std::ranges::find(m_bundled, source.nameOrPath, &BundledModel::name) != m_bundled.end();
}

QList<std::pair<QString, QString>> ModelChoice::offers() const
{
    QList<std::pair<QString, QString>> result;
    for (const BundledModel& each : m_bundled)
        result.append({each.title, each.name});
    for (const QString& path : m_recent.paths(RecentFiles::Kind::Models))
        result.append({QFileInfo(path).fileName(), path});
    return result;
}

std::optional<ModelSource> ModelChoice::otherBundled() const
{
    if (!isBundled(m_wanted))
        return std::nullopt;
    for (const BundledModel& each : m_bundled)
        if (each.name != m_wanted.nameOrPath)
            return ModelSource{each.name, {}, m_wanted.options};
    return std::nullopt;
}

void ModelChoice::load(const ModelSource& source)
{
    m_wanted = source;
    m_controller.loadModel(source);
}

void ModelChoice::choose(const QString& nameOrPath)
{
    ModelSource source = m_wanted;
    // Overrides were said about another checkpoint.
    if (nameOrPath != source.nameOrPath)
        source.overrides = {};
    source.nameOrPath = nameOrPath;
    load(source);
}

void ModelChoice::useFiles(const DroppedFiles& files)
{
    if (files.models.isEmpty() && files.labels.isEmpty())
        return;
    ModelSource source = m_wanted;
    if (!files.models.isEmpty()) {
        source.overrides = {};
        source.nameOrPath = files.models.first();
    }
    if (!files.labels.isEmpty())
        source.overrides.labels = toPath(files.labels.first());
    load(source);
}

void ModelChoice::useLabels(const QString& path)
{
    ModelSource source = m_wanted;
    source.overrides.labels = toPath(path);
    load(source);
}

void ModelChoice::changeOptions(const std::function<void(EngineOptions&)>& change)
{
    ModelSource source = m_wanted;
    change(source.options);
    load(source);
}

void ModelChoice::keepPresent()
{
    if (!m_controller.model())
        return;
    m_wanted = m_controller.model()->source;
    Q_EMIT shown(*m_controller.model());
}

void ModelChoice::take(const LoadedModel& model)
{
    // A newer one is under way: what was asked for last stays the wish.
    if (!m_controller.isLoading())
        m_wanted = model.source;
    if (!std::exchange(m_fallingBack, false) && m_hasTold)
        m_messages.clear();
    m_hasTold = m_hasTold && !m_messages.text().isEmpty();
    if (QFileInfo(model.source.nameOrPath).isAbsolute())
        m_recent.add(RecentFiles::Kind::Models, model.source.nameOrPath);
    Q_EMIT shown(model);
}

void ModelChoice::takeFailure(const QString& message)
{
    QString consequence;
    std::optional<ModelSource> instead;
    ModelSource asked = m_wanted;
    if (m_controller.model()) {
        keepPresent();
    } else if (std::exchange(asked.overrides.labels, std::nullopt)) {
        consequence = tr(" The names of the model are kept.");
        instead = asked;
    } else if (!m_bundled.empty() && asked.nameOrPath != m_bundled.front().name) {
        consequence = tr(" The bundled %1 is shown.").arg(m_bundled.front().title);
        instead = ModelSource{m_bundled.front().name, {}, asked.options};
    } else {
        Q_EMIT noneShown();
    }
    m_messages.addFailure(message + consequence);
    m_messages.setAction(tr("Open another…"), [this] { Q_EMIT openRequested(); });
    m_hasTold = true;
    m_fallingBack = instead.has_value();
    if (instead)
        load(*instead);
}

}  // namespace vitrine
