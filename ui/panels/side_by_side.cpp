// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/side_by_side.h"

#include <QAction>
#include <QFileDialog>
#include <QMenu>

#include "ui/panels/commands.h"
#include "ui/panels/model_choice.h"
#include "ui/panels/picture_list.h"
#include "ui/views/compare/compare_view.h"

namespace vitrine {

SideBySide::SideBySide(Exploration& first, EngineFactory engines, const ModelChoice& models, PictureList& pictures,
                       QObject* parent)
    : QObject(parent)
    , m_first(first)
    , m_engines(std::move(engines))
    , m_models(models)
    , m_pictures(pictures)
    , m_view(new CompareView(first, m_second))
{
    connectExplorations();
    connectPanes();
}

SideBySide::~SideBySide() = default;

void SideBySide::connectExplorations()
{
    connect(&m_first, &Exploration::traceChanged, this, &SideBySide::followFirst);
    connect(&m_first, &Exploration::attentionProvided, this, [this](int layer) {
        if (m_active && !m_ownEngine)
            m_second.provideAttention(m_first.trace().get(), layer, m_first.attention(layer).matrices());
    });
    connect(&m_second, &Exploration::mapMissing, this, [this] {
        const std::optional<MapRequest> wanted = m_second.missingMap();
        if (!wanted)
            return;
        if (m_ownEngine)
            controller().requestMap(m_second.trace(), *wanted);
        else if (const MapAnswer* known = m_first.answer(*wanted))
            m_second.provideMap(m_first.trace().get(), *wanted, *known);
        else
            Q_EMIT mapMissing();
    });
    connect(&m_first, &Exploration::mapProvided, this, [this] {
        const std::optional<MapRequest> wanted = missingMap();
        if (const MapAnswer* known = wanted ? m_first.answer(*wanted) : nullptr)
            m_second.provideMap(m_first.trace().get(), *wanted, *known);
    });
}

void SideBySide::connectPanes()
{
    ComparePane &first = m_view->pane(CompareView::First), &second = m_view->pane(CompareView::Second);
    for (ComparePane* pane : {&first, &second}) {
        pane->offerModels(m_models.offers());
        pane->offerPictures(&m_pictures);
    }
    connect(&first, &ComparePane::modelChosen, this, &SideBySide::firstModelChosen);
    connect(&first, &ComparePane::pictureChosen, this, &SideBySide::firstPictureChosen);
    connect(&second, &ComparePane::modelChosen, this, [this](const QString& name) {
        const QString path = name.isEmpty() ? QFileDialog::getOpenFileName(m_view, tr("Open a model for the second side"))
                                            : name;
        if (!path.isEmpty())
            compareModel({path, {}, m_models.wanted().options});
    });
    connect(&second, &ComparePane::pictureChosen, this, [this](int row) { comparePicture(m_pictures.source(row)); });
}

void SideBySide::addCommands(QMenu* menu)
{
    m_layers = addCommand(menu, tr("Side by side: two layers or heads"), {Qt::Key_S},
                          [this] { m_active ? stop() : compareLayers(); });
    m_layers->setCheckable(true);
    addCommand(menu, tr("Side by side: the two bundled models"), {}, [this] { compareBundled(); });
    addCommand(menu, tr("Side by side: the next picture"), {}, [this] { compareNextPicture(); });
    menu->addActions({m_view->linkAction(), m_view->scaleAction(), m_view->differenceAction(), m_view->blinkAction()});
    const auto tick = [this] { m_layers->setChecked(m_active && !isOfBundled()); };
    connect(this, &SideBySide::changed, m_layers, tick);
    connect(m_layers, &QAction::triggered, this, tick);
}

bool SideBySide::isOfBundled() const
{
    return m_active && m_otherModel && m_models.isBundled(*m_otherModel) && m_models.isBundled(m_model);
}

InferenceController& SideBySide::controller()
{
    if (m_controller)
        return *m_controller;
    m_controller = std::make_unique<InferenceController>(m_engines);
    connect(m_controller.get(), &InferenceController::imageReady, this, [this](quint64, const Image& image) {
        m_view->setPicture(CompareView::Second, image, m_controller->picture().name);
    });
    connect(m_controller.get(), &InferenceController::finished, this,
            [this](quint64, const std::shared_ptr<const Trace>& trace) {
                if (m_active && m_ownEngine)
                    m_second.setTrace(trace);
            });
    connect(m_controller.get(), &InferenceController::failed, this,
            [this](quint64, const QString& message) { Q_EMIT failed(message); });
    connect(m_controller.get(), &InferenceController::modelFailed, this, &SideBySide::failed);
    connect(m_controller.get(), &InferenceController::attentionFailed, this, &SideBySide::failed);
    connect(&m_second, &Exploration::attentionMissing, m_controller.get(), [this](int layer) {
        if (m_ownEngine)
            m_controller->requestAttention(m_second.trace(), layer);
    });
    connect(m_controller.get(), &InferenceController::attentionReady, this,
            [this](const std::shared_ptr<const Trace>& trace, int layer, const NdArray& attention) {
                m_second.provideAttention(trace.get(), layer, attention);
            });
    connect(m_controller.get(), &InferenceController::mapReady, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray& values) {
                m_second.provideMap(trace.get(), request, {values, {}});
            });
    connect(m_controller.get(), &InferenceController::mapFailed, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const QString& message) {
                m_second.provideMap(trace.get(), request, {{}, message});
                Q_EMIT failed(message);
            });
    return *m_controller;
}

void SideBySide::start()
{
    m_active = true;
    m_second.setTrace(nullptr);
    m_second.setDisplay(m_first.display());
    m_second.setPlace(m_first.place());
}

void SideBySide::compareLayers()
{
    m_otherModel.reset();
    m_otherPicture.reset();
    restart();
    Q_EMIT begun();
}

void SideBySide::compareBundled()
{
    if (const std::optional<ModelSource> other = m_models.otherBundled())
        compareModel(*other);
    else
        return compareLayers();
    Q_EMIT begun();
}

void SideBySide::compareNextPicture()
{
    const int row = m_pictures.rowOf(m_source);
    if (m_pictures.rowCount() < 2 || row < 0) {
        Q_EMIT said(tr("Open a second picture to compare with: drop it here."));
        return;
    }
    m_otherModel.reset();
    comparePicture(m_pictures.source((row + 1) % m_pictures.rowCount()));
    Q_EMIT begun();
}

void SideBySide::compareModel(const ModelSource& model)
{
    m_otherModel = model.key() == m_model.key() ? std::nullopt : std::optional(model);
    restart();
}

void SideBySide::comparePicture(const PictureSource& picture)
{
    m_otherPicture = picture.key() == m_source.key() ? std::nullopt : std::optional(picture);
    restart();
}

void SideBySide::setModel(const ModelSource& model)
{
    const bool follows = m_active && m_ownEngine && !m_otherModel && model.key() != m_model.key();
    m_model = model;
    m_view->pane(CompareView::First).showModel(model.nameOrPath);
    if (!m_otherModel)
        m_view->pane(CompareView::Second).showModel(model.nameOrPath);
    if (follows)
        restart();
}

void SideBySide::restart()
{
    m_ownEngine = m_otherModel || m_otherPicture;
    start();
    m_view->pane(CompareView::Second).showModel(m_otherModel.value_or(m_model).nameOrPath);
    if (m_ownEngine) {
        controller().loadModel(m_otherModel.value_or(m_model));
        if (const PictureSource& picture = m_otherPicture ? *m_otherPicture : m_source; !picture.isNull())
            controller().submit(picture);
    } else {
        if (m_controller)
            m_controller->stop();
        if (!m_image.empty())
            m_view->setPicture(CompareView::Second, m_image, m_source.name);
        followFirst();
    }
    m_view->link().setLinked(true);
    Q_EMIT changed();
}

void SideBySide::stop()
{
    m_active = false;
    m_view->link().setLinked(false);
    if (m_controller)
        m_controller->stop();
    m_second.setTrace(nullptr);
    Q_EMIT changed();
    Q_EMIT ended();
}

void SideBySide::setPicture(const Image& image, const PictureSource& source)
{
    m_image = image;
    m_source = source;
    // Also while nobody looks: its trace comes after it, not again when the comparison starts.
    m_view->setPicture(CompareView::First, image, source.name);
    if (!m_active)
        return;
    if (!m_ownEngine)
        m_view->setPicture(CompareView::Second, image, source.name);
    else if (!m_otherPicture)
        controller().submit(source);
}

void SideBySide::followFirst()
{
    if (!m_active)
        return;
    if (!m_ownEngine)
        m_second.setTrace(m_first.trace());
}

}  // namespace vitrine
