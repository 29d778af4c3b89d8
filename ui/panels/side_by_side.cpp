// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/side_by_side.h"

#include <QAction>
#include <QFileInfo>
#include <QMenu>

#include <algorithm>

#include "ui/panels/commands.h"
#include "ui/panels/file_dialog.h"
#include "ui/panels/model_choice.h"
#include "ui/panels/picture_list.h"
#include "ui/views/compare/compare_view.h"

namespace vitrine {

SideBySide::SideBySide(Exploration& first, InferenceController& host, EngineFactory engines, const ModelChoice& models,
                       PictureList& pictures, QObject* parent)
    : QObject(parent)
    , m_first(first)
    , m_host(host)
    , m_engines(std::move(engines))
    , m_models(models)
    , m_pictures(pictures)
    , m_view(new CompareView(first, m_second))
{
    connectFirst();
    connectSecond();
    connectPanes();
}

SideBySide::~SideBySide() = default;

void SideBySide::connectFirst()
{
    connect(&m_first, &Exploration::traceChanged, this, &SideBySide::followFirst);
    connect(&m_first, &Exploration::attentionProvided, this, [this](int layer) {
        if (m_active && !m_source && m_second.layer() == layer)
            m_second.provideAttention(m_first.trace().get(), layer, m_first.attention(layer).matrices());
    });
    connect(&m_first, &Exploration::mapProvided, this, [this] {
        const std::optional<MapRequest> wanted = missingMap();
        if (const MapAnswer* known = wanted ? m_first.answer(*wanted) : nullptr)
            m_second.provideMap(m_first.trace().get(), *wanted, *known);
    });
}

void SideBySide::connectSecond()
{
    connect(&m_second, &Exploration::attentionMissing, this, [this](int layer) {
        if (m_active)
            (m_source ? *m_source : guest()).requestAttention(m_second.trace(), layer);
    });
    connect(&m_second, &Exploration::mapMissing, this, [this] {
        const std::optional<MapRequest> wanted = m_second.missingMap();
        if (!wanted)
            return;
        if (m_source)
            m_source->requestMap(m_second.trace(), *wanted);
        else if (const MapAnswer* known = m_first.answer(*wanted))
            m_second.provideMap(m_first.trace().get(), *wanted, *known);
        else
            Q_EMIT mapMissing();
    });
}

void SideBySide::connectPanes()
{
    ComparePane &first = m_view->pane(CompareView::First), &second = m_view->pane(CompareView::Second);
    for (ComparePane* pane : {&first, &second})
        pane->offerPictures(&m_pictures);
    offerModels();
    connect(&first, &ComparePane::modelChosen, this, &SideBySide::firstModelChosen);
    connect(&first, &ComparePane::pictureChosen, this, &SideBySide::firstPictureChosen);
    connect(&second, &ComparePane::modelChosen, this, [this](const QString& name) {
        const QString path = name.isEmpty()
                                 ? askForFile(m_view, {tr("Open a model for the second side"), {}, {tr("All files (*)")}})
                                 : name;
        if (!path.isEmpty())
            compareModel(path == m_model.nameOrPath ? m_model : ModelSource{path, {}, m_models.wanted().options});
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

void SideBySide::connectTo(InferenceController& controller)
{
    const auto isSource = [this, &controller] { return m_active && m_source == &controller; };
    connect(&controller, &InferenceController::imageReady, this, [this, isSource, &controller](quint64, const Image& image) {
        if (isSource())
            m_view->setPicture(CompareView::Second, image, controller.picture().name);
    });
    connect(&controller, &InferenceController::finished, this,
            [this, isSource](quint64, const std::shared_ptr<const Trace>& trace) {
                if (isSource())
                    m_second.setTrace(trace);
            });
    connect(&controller, &InferenceController::failed, this,
            [this](quint64, const QString& message) { Q_EMIT failed(message); });
    connect(&controller, &InferenceController::modelFailed, this, &SideBySide::failed);
    connect(&controller, &InferenceController::attentionFailed, this, &SideBySide::failed);
    connect(&controller, &InferenceController::attentionReady, this,
            [this](const std::shared_ptr<const Trace>& trace, int layer, const NdArray& attention) {
                m_second.provideAttention(trace.get(), layer, attention);
            });
    connect(&controller, &InferenceController::mapReady, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray& values) {
                m_second.provideMap(trace.get(), request, {values, {}});
            });
    connect(&controller, &InferenceController::mapFailed, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const QString& message) {
                m_second.provideMap(trace.get(), request, {{}, message});
                Q_EMIT failed(message);
            });
}

InferenceController& SideBySide::guest()
{
    if (!m_guest) {
        m_guest = std::make_unique<InferenceController>(m_host);
        connectTo(*m_guest);
    }
    return *m_guest;
}

InferenceController& SideBySide::own()
{
    if (!m_own) {
        m_own = std::make_unique<InferenceController>(m_engines);
        connectTo(*m_own);
    }
    return *m_own;
}

bool SideBySide::isMadeForItsPicture() const
{
    return m_host.model() && m_host.model()->spec->preprocessing.mostPatches > 0;
}

bool SideBySide::isOfBundled() const
{
    return m_active && m_otherModel && m_models.isBundled(*m_otherModel) && m_models.isBundled(m_model);
}

bool SideBySide::busy() const
{
    return (m_guest && m_guest->busy()) || (m_own && m_own->busy());
}

bool SideBySide::end(QDeadlineTimer deadline)
{
    bool ended = true;
    for (const auto* each : {&m_guest, &m_own})
        ended = (!*each || (*each)->end(deadline)) && ended;
    return ended;
}

Place SideBySide::besideFirst() const
{
    Place place = m_first.place();
    // Two equal panes would say nothing.
    if (!m_otherModel && !m_otherPicture && m_first.trace() && m_first.trace()->layers() > 1)
        place.layer += place.layer + 1 < m_first.trace()->layers() ? 1 : -1;
    return place;
}

void SideBySide::start(const Place& place)
{
    m_active = true;
    m_source = m_otherModel || (m_otherPicture && isMadeForItsPicture()) ? &own() : m_otherPicture ? &guest() : nullptr;
    if (m_guest && m_source != m_guest.get())
        m_guest->stop();
    if (m_own && m_source != m_own.get())
        m_own->unload();
    m_second.setTrace(nullptr);
    m_second.followDisplay(m_first.display());
    m_view->link().setLinked(false);
    m_second.beginAt(place);
    m_view->linkAction()->setChecked(true);
    m_view->link().setLinked(true);
    const ModelSource model = m_otherModel.value_or(m_model);
    offerModels();
    if (m_source && m_source == m_own.get()
        && (!m_own->model() || m_own->model()->source.key() != model.key() || m_own->isLoading()))
        m_own->loadModel(model);
    if (const PictureSource& picture = m_otherPicture ? *m_otherPicture : m_picture; m_source && !picture.isNull())
        m_source->submit(picture);
    if (!m_source) {
        if (!m_image.empty())
            m_view->setPicture(CompareView::Second, m_image, m_picture.name);
        followFirst();
    }
    Q_EMIT changed();
}

void SideBySide::compareLayers()
{
    m_otherModel.reset();
    m_otherPicture.reset();
    start(besideFirst());
    Q_EMIT begun();
}

void SideBySide::compareBundled()
{
    const std::optional<ModelSource> other = m_models.otherBundled();
    if (!other)
        return compareLayers();
    compareModel(*other);
    Q_EMIT begun();
}

void SideBySide::compareNextPicture()
{
    const int row = m_pictures.rowOf(m_picture);
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
    start(besideFirst());
}

void SideBySide::comparePicture(const PictureSource& picture)
{
    m_otherPicture = picture.key() == m_picture.key() ? std::nullopt : std::optional(picture);
    start(besideFirst());
}

std::optional<Comparison> SideBySide::state() const
{
    if (!m_active)
        return std::nullopt;
    return Comparison{m_otherModel,
                      m_otherPicture ? m_otherPicture->path : QString(),
                      m_second.place(),
                      m_view->linkAction()->isChecked(),
                      m_view->scaleAction()->isChecked(),
                      m_view->differenceAction()->isChecked()};
}

void SideBySide::restore(const std::optional<Comparison>& comparison)
{
    if (!comparison) {
        if (m_active)
            stop();
        return;
    }
    m_otherModel = comparison->model && comparison->model->key() != m_model.key() ? comparison->model : std::nullopt;
    m_otherPicture = comparison->picture.isEmpty() || comparison->picture == m_picture.path
                         ? std::nullopt
                         : std::optional(PictureSource::fromFile(comparison->picture));
    start(comparison->place);
    m_view->linkAction()->setChecked(comparison->linked);
    m_view->scaleAction()->setChecked(comparison->oneScale);
    m_view->differenceAction()->setChecked(comparison->difference);
}

void SideBySide::offerModels()
{
    const ModelSource& other = m_otherModel ? *m_otherModel : m_model;
    QList<std::pair<QString, QString>> offers = m_models.offers();
    for (const QString& shown : {m_model.nameOrPath, other.nameOrPath})
        if (!shown.isEmpty() && std::ranges::none_of(offers, [&](const auto& offer) { return offer.second == shown; }))
            offers.append({QFileInfo(shown).fileName(), shown});
    for (const auto& [side, shown] :
         {std::pair(CompareView::First, m_model.nameOrPath), std::pair(CompareView::Second, other.nameOrPath)}) {
        m_view->pane(side).offerModels(offers);
        m_view->pane(side).showModel(shown);
    }
}

void SideBySide::setModel(const ModelSource& model)
{
    const bool isOther = model.key() != m_model.key();
    m_model = model;
    offerModels();
    if (m_otherModel && m_otherModel->key() == model.key() && m_active && isOther)
        compareModel(model);  // one network is enough for both
    // One that is made for each picture is not shared, and one that is not may be.
    if (m_active && isOther && m_otherPicture && !m_otherModel && (m_source == m_own.get() || isMadeForItsPicture()))
        start(m_second.place());
}

void SideBySide::stop()
{
    m_active = false;
    m_source = nullptr;
    m_view->link().setLinked(false);
    for (const auto* each : {&m_guest, &m_own})
        if (*each)
            (*each)->stop();
    m_second.setTrace(nullptr);
    m_second.beginAt({});
    Q_EMIT changed();
    Q_EMIT ended();
}

void SideBySide::setPicture(const Image& image, const PictureSource& source)
{
    m_image = image;
    m_picture = source;
    // Also while nobody looks: its trace comes after it, not again when the comparison starts.
    m_view->setPicture(CompareView::First, image, source.name);
    if (!m_active || m_otherPicture)
        return;
    if (m_source)
        m_source->submit(source);
    else
        m_view->setPicture(CompareView::Second, image, source.name);
}

void SideBySide::followFirst()
{
    if (m_active && !m_source)
        m_second.setTrace(m_first.trace());
}

}  // namespace vitrine
