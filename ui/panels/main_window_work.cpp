// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QComboBox>
#include <QFileInfo>
#include <QSettings>
#include <QThreadPool>

#include "core/explain/opening.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/overlays.h"
#include "ui/panels/picture_strip.h"
#include "ui/panels/side_by_side.h"
#include "ui/panels/session_keeper.h"
#include "ui/panels/side_panel.h"
#include "ui/views/parts/method_sheet_view.h"
#include "ui/views/positions/positions_view.h"

namespace vitrine {

namespace {

/// Long enough for a small model to answer: its maps change at once instead of being dimmed before.
constexpr int staleAfterMilliseconds = 150;

}  // namespace

void MainWindow::connectController()
{
    connect(&m_controller, &InferenceController::imageReady, this, &MainWindow::showPicture);
    connect(&m_controller, &InferenceController::finished, this,
            [this](quint64, const std::shared_ptr<const Trace>& trace) { showResult(trace); });
    connect(&m_controller, &InferenceController::failed, this, &MainWindow::showFailure);
    connect(&m_controller, &InferenceController::modelFailed, this, &MainWindow::showModelFailure);
    connect(&m_controller, &InferenceController::modelLoaded, this,
            [this](const std::shared_ptr<const LoadedModel>& model) { takeModel(*model); });
    connect(&m_controller, &InferenceController::progressed, m_busy, &BusyCard::setProgress);
    connect(&m_controller, &InferenceController::busyChanged, this, &MainWindow::showBusy);
    connect(m_busy, &BusyCard::stopped, this, &MainWindow::stopWork);
    connect(&m_controller, &InferenceController::attentionReady, this,
            [this](const std::shared_ptr<const Trace>& trace, int layer, const NdArray& attention) {
                m_exploration.provideAttention(trace.get(), layer, attention);
            });
    connect(&m_controller, &InferenceController::attentionFailed, this,
            [this](const QString& message) { m_messages->showMessage(MessageBar::Kind::Error, message); });
    connect(&m_exploration, &Exploration::attentionMissing, this,
            [this](int layer) { m_controller.requestAttention(m_exploration.trace(), layer); });
    connect(&m_exploration, &Exploration::passMissing, this,
            [this] { m_controller.requestChanged(m_exploration.base(), *m_exploration.missingPass()); });
    connect(&m_controller, &InferenceController::changedReady, this,
            [this](const std::shared_ptr<const Trace>& base, const WhatIf& change,
                   const std::shared_ptr<const Trace>& changed) { m_exploration.provideChanged(base.get(), change, changed); });
    connect(&m_controller, &InferenceController::changedFailed, this, [this](const QString& message) {
        m_exploration.restore();
        m_messages->showMessage(MessageBar::Kind::Error, message);
    });
    connect(&m_exploration, &Exploration::mapMissing, this, &MainWindow::askForMap);
    connect(m_compare, &SideBySide::mapMissing, this, &MainWindow::askForMap);
    for (MethodSheetView* sheet : m_sheets)
        connect(sheet, &MethodSheetView::mapMissing, this, &MainWindow::askForMap);
    connect(&m_controller, &InferenceController::mapProgressed, this,
            [this](double fraction) { m_canvas->setMapProgress(fraction); });
    connect(&m_controller, &InferenceController::mapReady, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray& values) {
                m_exploration.provideMap(trace.get(), request, {values, {}});
                askForMap();
            });
    connect(&m_controller, &InferenceController::judged, this,
            [this](const std::shared_ptr<const Trace>& trace, const Judgement& judgement) {
                m_exploration.provideJudgement(trace.get(), judgement);
                askForMap();
            });
    connect(&m_controller, &InferenceController::mapFailed, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const QString& message) {
                m_exploration.provideMap(trace.get(), request, {{}, message});
                askForMap();
            });
    connect(&m_controller, &InferenceController::thumbnailReady, this,
            [this](const QString& key, const QImage& image, const QString& message) {
                m_pictures.setThumbnail(key, image, message);
                if (image.isNull() && m_batch.contains(key))
                    tellFailure(message);
            });
    connect(&m_pictures, &PictureList::thumbnailsWanted, &m_controller, &InferenceController::requestThumbnails);
    connect(&m_opener, &FileOpener::found, this, &MainWindow::takeFiles);
    m_stale.setSingleShot(true);
    m_stale.setInterval(staleAfterMilliseconds);
    connect(&m_stale, &QTimer::timeout, this, [this] { setStale(true); });
}

void MainWindow::askForMap()
{
    std::optional<MapRequest> wanted = m_exploration.missingMap();
    if (!wanted)
        wanted = m_compare->missingMap();
    for (MethodSheetView* sheet : m_sheets)
        if (!wanted)
            wanted = sheet->missingMap();
    if (wanted) {
        m_controller.requestMap(m_exploration.trace(), *wanted);
        return;
    }
    for (MethodSheetView* sheet : m_sheets)
        if (const std::optional<MapRequest> unjudged = sheet->missingJudgement()) {
            m_controller.requestJudgement(m_exploration.trace(), *unjudged, m_exploration.answer(*unjudged)->values,
                                          *m_exploration.shownClass());
            return;
        }
}

void MainWindow::loadModel(const ModelSource& source)
{
    m_wanted = source;
    m_controller.loadModel(source);
}

void MainWindow::takeModel(const LoadedModel& model)
{
    // A newer one is under way: what was asked for last stays the wish.
    if (!m_controller.isLoading())
        m_wanted = model.source;
    if (!std::exchange(m_fallingBack, false) && m_modelMessage)
        m_messages->clear();
    m_modelMessage = m_modelMessage && !m_messages->text().isEmpty();
    rememberModel(model);
    noteModel(model);
}

void MainWindow::noteModel(const LoadedModel& model)
{
    m_bar->setModel(model);
    m_positions->setPositions(model.positions, model.spec);
    m_compare->setModel(model.source);
    m_bar->showSwitch(model.source.nameOrPath, m_compare->isActive() && m_bothModels);
    tellDoubts(*model.spec);
    updateStatus();
}

void MainWindow::showModelFailure(const QString& message)
{
    QString consequence;
    std::optional<ModelSource> instead;
    ModelSource wanted = m_wanted;
    if (m_controller.model()) {
        m_wanted = m_controller.model()->source;
        noteModel(*m_controller.model());
    } else if (std::exchange(wanted.overrides.labels, std::nullopt)) {
        consequence = tr(" The names of the model are kept.");
        instead = wanted;
    } else if (!m_setup.models.empty() && wanted.nameOrPath != m_setup.models.front().name) {
        consequence = tr(" The bundled %1 is shown.").arg(m_setup.models.front().title);
        instead = ModelSource{m_setup.models.front().name, {}, wanted.options};
    } else {
        m_bar->modelChooser()->setCurrentIndex(-1);
    }
    tellFailure(message + consequence);
    m_messages->setAction(tr("Open another…"), [this] { openModelDialog(); });
    m_modelMessage = true;
    m_fallingBack = instead.has_value();
    if (instead)
        loadModel(*instead);
}

void MainWindow::showPicture(quint64, const Image& image)
{
    const QString key = m_controller.picture().key();
    if (key == m_shownKey)
        return;
    m_shownKey = key;
    for (CanvasView* canvas : {&m_canvas->canvas(), &m_side->picture()})
        canvas->setPicture(image, m_controller.picture().name);
    m_compare->setPicture(image, m_controller.picture());
    setWindowTitle(tr("%1 – Vitrine").arg(m_controller.picture().name));
    rememberPicture(m_controller.picture());
}

void MainWindow::showBusy(bool busy)
{
    if (busy && m_controller.renewsResult()) {
        m_busy->begin(m_controller.isLoading() ? tr("Loading %1…").arg(nameOf(m_wanted))
                                               : tr("Running %1…").arg(nameOf(m_wanted)));
        if (!m_isStale && !m_stale.isActive())
            m_stale.start();
        return;
    }
    m_busy->end();
    setStale(false);
    // The maps would be of another picture, or of another model.
    if (!busy && !m_controller.hasResult() && m_exploration.trace()) {
        m_exploration.setTrace(nullptr);
        updateStatus();
    }
}

void MainWindow::setStale(bool stale)
{
    m_stale.stop();
    if (stale == m_isStale)
        return;
    m_isStale = stale;
    for (Veil* veil : m_veils) {
        veil->setVisible(stale && m_exploration.trace());
        veil->raise();
    }
    updateStatus();
}

QString MainWindow::nameOf(const ModelSource& model) const
{
    for (const BundledModel& bundled : m_setup.models)
        if (bundled.name == model.nameOrPath)
            return bundled.title;
    return QFileInfo(model.nameOrPath).fileName();
}

void MainWindow::stopWork()
{
    for (MethodSheetView* sheet : m_sheets)
        sheet->stop();
    m_controller.stop();
    // What is named is what is shown.
    if (m_exploration.missingPass())
        m_exploration.restore();
    if (m_exploration.missingMap())
        m_exploration.setMethod(nullptr);
    if (m_controller.model()) {
        m_wanted = m_controller.model()->source;
        noteModel(*m_controller.model());
    }
}

bool MainWindow::end(QDeadlineTimer deadline)
{
    // All are told before any is waited for.
    bool ended = true;
    for (const bool last : {false, true}) {
        const QDeadlineTimer until = last ? deadline : QDeadlineTimer(0);
        ended = m_controller.end(until) & m_compare->end(until) & m_opener.end(until);
    }
    return QThreadPool::globalInstance()->waitForDone(static_cast<int>(deadline.remainingTime())) && ended;
}

void MainWindow::showResult(std::shared_ptr<const Trace> trace)
{
    setStale(false);
    m_exploration.setTrace(std::move(trace));
    const bool begins = !std::exchange(m_begun, true) && m_exploration.place() == Place{};
    if (m_pending && !m_controller.isLoading()
        && (m_pending->picture == m_controller.picture().path || !QFileInfo::exists(m_pending->picture)))
        restorePending();
    else if (begins)
        begin();
    if (const QString page = std::exchange(m_pageOfResult, {}); !page.isEmpty())
        showView(page);
    updateStatus();
}

void MainWindow::restorePending()
{
    const Session session = *std::exchange(m_pending, std::nullopt);
    m_exploration.beginAt(session.place);
    restoreViews(session.window);
}

void MainWindow::begin()
{
    const Trace& trace = *m_exploration.trace();
    Place start;
    start.layer = trace.layers() - 1;  // what the model decides from
    if (const std::optional<Opening> found = opening(trace)) {
        start.layer = found->layer;
        start.pinned = trace.model->prefixTokens() + found->patch;
    }
    // Where nothing is decided, what is alike is the first thing to see.
    if (trace.logits.empty())
        start.tokenMap = TokenMap::Similarity;
    m_exploration.beginAt(start);
    if (!m_keeper)
        return;
    if (const QString before = m_keeper->cutOff(); !before.isEmpty()) {
        m_messages->showMessage(MessageBar::Kind::Note, tr("Vitrine did not come to its end last time."));
        m_messages->setAction(tr("Go on where it was"), [this, before] { openSession(before); });
    }
    if (!QSettings().value(QStringLiteral("window/toured")).toBool())
        beginTour();
}

void MainWindow::showFailure(quint64, const QString& message)
{
    tellFailure(message);
    // The picture that failed had stopped what the present one still needs.
    const std::shared_ptr<const Trace>& trace = m_exploration.trace();
    if (trace && !m_controller.renewsResult() && m_exploration.attention(m_exploration.layer()).empty())
        m_controller.requestAttention(trace, m_exploration.layer());
}

}  // namespace vitrine
