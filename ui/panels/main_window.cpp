// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QLabel>
#include <QMimeData>
#include <QProgressBar>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/panels/canvas_panel.h"
#include "ui/panels/dropped_files.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/picture_strip.h"
#include "ui/picture/decode.h"
#include "ui/views/anatomy_view.h"
#include "ui/views/attention_matrix_view.h"
#include "ui/views/compare_view.h"
#include "ui/views/head_sheet_view.h"
#include "ui/views/inner_view.h"
#include "ui/views/positions_view.h"
#include "ui/views/predictions_view.h"

namespace vitrine {

namespace {

/// Long enough for a small model to answer: its maps change at once instead of going away and coming back.
constexpr int staleAfterMilliseconds = 150;

} // namespace

MainWindow::MainWindow(WindowSetup setup)
    : m_setup(std::move(setup))
    , m_centre(new QStackedWidget(this))
    , m_canvas(new CanvasPanel(m_exploration))
    , m_compare(new SideBySide(m_exploration, m_setup.engines, this))
    , m_messages(new MessageBar)
    , m_doubts(new MessageBar)
    , m_bar(new ExploreBar(m_exploration, m_setup.models, this))
    , m_strip(new PictureStrip(m_pictures, this))
    , m_progress(new QProgressBar(this))
    , m_pictureStatus(new QLabel(this))
    , m_runStatus(new QLabel(this))
    , m_controller(m_setup.engines)
{
    setWindowTitle(QStringLiteral("Vitrine"));
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks | GroupedDragging);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    addToolBar(m_bar);

    auto* centre = new QWidget(this);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_messages);
    column->addWidget(m_doubts);
    column->addWidget(m_centre, 1);
    m_centre->addWidget(m_canvas);
    m_centre->addWidget(&m_compare->view());
    setCentralWidget(centre);

    m_progress->setMaximumWidth(220);
    m_progress->setRange(0, 1000);
    m_progress->setAccessibleName(tr("Progress"));
    m_progress->hide();
    m_pictureStatus->setTextFormat(Qt::PlainText);
    m_pictureStatus->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_runStatus->setTextFormat(Qt::PlainText);
    statusBar()->addWidget(m_pictureStatus, 1);
    statusBar()->addPermanentWidget(m_progress);
    statusBar()->addPermanentWidget(m_runStatus);

    // A few patches without content draw most of the attention of many models: marked, but not what sets the scale.
    DisplaySettings display;
    display.ignoreOutliers = true;
    m_exploration.setDisplay(display);
    buildViews();
    buildMenus();
    connectController();
    connectViews();
    restoreState();
    applyTheme(m_theme);
    // What a tooltip says answers "What is this?" as well.
    for (const ViewEntry& view : m_views) {
        view.widget->installEventFilter(this);
        for (QWidget* part : view.widget->findChildren<QWidget*>())
            part->installEventFilter(this);
    }
    for (QWidget* widget : findChildren<QWidget*>())
        if (widget->whatsThis().isEmpty() && !widget->toolTip().isEmpty())
            widget->setWhatsThis(widget->toolTip());
    m_canvas->canvas().setFocus();
}

MainWindow::~MainWindow()
{
    // The views refer to the exploration, a member, which would go before QWidget's destructor deletes them.
    hide();
    qDeleteAll(findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly));
}

void MainWindow::addView(const QString& name, const QString& title, QWidget* widget, Qt::DockWidgetArea area,
                         std::function<Figure()> figure)
{
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(name);
    dock->setWidget(widget);
    addDockWidget(area, dock);
    m_views.push_back({name, title, widget, dock, std::move(figure)});
}

void MainWindow::buildViews()
{
    m_views.push_back({QStringLiteral("canvas"), tr("Picture"), m_canvas, nullptr,
                       [this] { return m_canvas->canvas().figure(); }});
    auto* strip = new QDockWidget(tr("Pictures"), this);
    strip->setObjectName(QStringLiteral("pictures"));
    strip->setWidget(m_strip);
    addDockWidget(Qt::LeftDockWidgetArea, strip);

    const auto add = [this](const QString& name, const QString& title, auto* view, Qt::DockWidgetArea area) {
        addView(name, title, view, area, [view] { return view->figure(); });
        return m_views.back().dock;
    };
    m_predictions = new PredictionsView(m_exploration);
    m_inner = new InnerView(m_exploration);
    m_positions = new PositionsView(m_exploration);
    // In the order of Ctrl+1 to Ctrl+6; predictions have Ctrl+F.
    auto* heads = add(QStringLiteral("heads"), tr("Heads"), new HeadSheetView(m_exploration), Qt::BottomDockWidgetArea);
    auto* matrix = add(QStringLiteral("matrix"), tr("Matrix"), new AttentionMatrixView(m_exploration),
                       Qt::BottomDockWidgetArea);
    auto* inside = add(QStringLiteral("inside"), tr("Inside the patch"), m_inner, Qt::RightDockWidgetArea);
    auto* positions = add(QStringLiteral("positions"), tr("Positions"), m_positions, Qt::RightDockWidgetArea);
    auto* anatomy = add(QStringLiteral("anatomy"), tr("Anatomy"), new AnatomyView(m_exploration),
                        Qt::BottomDockWidgetArea);
    auto* predictions = add(QStringLiteral("predictions"), tr("Predictions"), m_predictions, Qt::RightDockWidgetArea);
    m_views.push_back({QStringLiteral("compare"), tr("Side by side"), &m_compare->view(), nullptr,
                       [this] { return m_compare->view().figure(); }});
    splitDockWidget(predictions, inside, Qt::Vertical);
    tabifyDockWidget(inside, positions);
    tabifyDockWidget(heads, matrix);
    tabifyDockWidget(matrix, anatomy);
    heads->raise();
    inside->raise();
    for (const QDockWidget* dock : findChildren<QDockWidget*>()) {
        const auto later = [this] { QTimer::singleShot(0, this, &MainWindow::hideRepeatedTitles); };
        connect(dock, &QDockWidget::topLevelChanged, this, later);
        connect(dock, &QDockWidget::dockLocationChanged, this, later);
        connect(dock, &QDockWidget::visibilityChanged, this, later);
    }
}

void MainWindow::hideRepeatedTitles()
{
    for (QDockWidget* dock : findChildren<QDockWidget*>()) {
        const bool tabbed = !dock->isFloating() && !tabifiedDockWidgets(dock).isEmpty();
        QWidget* hidden = dock->titleBarWidget();
        if (tabbed == (hidden != nullptr))
            continue;
        QWidget* empty = nullptr;
        if (tabbed) {
            empty = new QWidget(dock);
            (new QHBoxLayout(empty))->setContentsMargins(0, 0, 0, 0);  // without one its size would be invalid
        }
        dock->setTitleBarWidget(empty);
        delete hidden;
    }
}

void MainWindow::connectController()
{
    connect(&m_controller, &InferenceController::imageReady, this, &MainWindow::showPicture);
    connect(&m_controller, &InferenceController::finished, this,
            [this](quint64, const std::shared_ptr<const Trace>& trace) { showResult(trace); });
    connect(&m_controller, &InferenceController::failed, this, &MainWindow::showFailure);
    connect(&m_controller, &InferenceController::modelFailed, this, [this](const QString& message) {
        m_messages->showMessage(MessageBar::Kind::Error, message);
        if (m_controller.model())
            noteModel(*m_controller.model());
    });
    connect(&m_controller, &InferenceController::modelLoaded, this,
            [this](const std::shared_ptr<const LoadedModel>& model) { noteModel(*model); });
    connect(&m_controller, &InferenceController::progressed, this, [this](double fraction, const QString& what) {
        m_progress->setValue(qRound(fraction * m_progress->maximum()));
        m_progress->setFormat(what);
    });
    connect(&m_controller, &InferenceController::busyChanged, this, [this](bool busy) {
        if (busy && !m_progress->isVisible())
            m_progress->reset();
        m_progress->setVisible(busy);
    });
    connect(&m_controller, &InferenceController::attentionReady, this,
            [this](const std::shared_ptr<const Trace>& trace, int layer, const NdArray& attention) {
                m_exploration.provideAttention(trace.get(), layer, attention);
            });
    connect(&m_exploration, &Exploration::attentionMissing, this,
            [this](int layer) { m_controller.requestAttention(m_exploration.trace(), layer); });
    connect(&m_controller, &InferenceController::thumbnailReady, &m_pictures, &PictureList::setThumbnail);
    connect(&m_pictures, &PictureList::thumbnailWanted, this, [this](const PictureSource& source) {
        m_controller.requestThumbnail(source, qRound(PictureStrip::thumbnailSize() * devicePixelRatioF()));
    });
    m_stale.setSingleShot(true);
    m_stale.setInterval(staleAfterMilliseconds);
    connect(&m_stale, &QTimer::timeout, this, [this] { m_exploration.setTrace(nullptr); });
}

void MainWindow::connectViews()
{
    connect(m_strip, &PictureStrip::picked, this, [this](int row) { m_controller.submit(m_pictures.source(row)); });
    connect(m_bar, &ExploreBar::modelChosen, this, [this](const QString& name) {
        ModelSource source = m_wanted;
        // Overrides were said about another checkpoint.
        if (name != source.nameOrPath)
            source.overrides = {};
        source.nameOrPath = name;
        loadModel(source);
    });
    connect(m_bar, &ExploreBar::openModelRequested, this, [this] {
        if (m_controller.model())
            m_bar->setModel(*m_controller.model());
        openModelDialog();
    });
    connect(&m_canvas->canvas(), &QWidget::customContextMenuRequested, this, &MainWindow::showCanvasMenu);
    connect(&m_playback, &Playback::playingChanged, m_play, &QAction::setChecked);
    connect(m_compare, &SideBySide::failed, this,
            [this](const QString& message) { m_messages->showMessage(MessageBar::Kind::Error, message); });
    connect(m_bar, &ExploreBar::assumptionsWanted, this, [this] {
        m_messages->showMessage(MessageBar::Kind::Note, describe(*m_controller.model()->spec).join(QStringLiteral(" · ")));
    });
}

void MainWindow::openFiles(const QStringList& paths)
{
    m_messages->clear();
    const DroppedFiles files = sortFiles(paths);
    m_failures = files.failures;
    if (files.models.size() > 1)
        m_failures.append(tr("Only one checkpoint can be loaded at a time: %1 was taken.").arg(files.models.first()));
    m_messages->showFailures(m_failures);
    if (!files.models.isEmpty()) {
        ModelSource source = m_wanted;
        source.overrides = {};
        source.nameOrPath = files.models.first();
        loadModel(source);
        remember(source.nameOrPath);
    }
    if (!files.labels.isEmpty())
        useLabels(files.labels.first());
    int first = -1;
    for (const QString& path : files.pictures) {
        const int row = m_pictures.add(PictureSource::fromFile(path));
        first = first < 0 ? row : first;
    }
    if (files.pictures.size() == 1)
        remember(files.pictures.first());
    if (first >= 0)
        m_strip->setCurrentRow(first);
}

void MainWindow::addPicture(const PictureSource& source)
{
    m_strip->setCurrentRow(m_pictures.add(source));
}

void MainWindow::loadModel(const ModelSource& source)
{
    m_wanted = source;
    m_controller.loadModel(source);
}

void MainWindow::useLabels(const QString& path)
{
    ModelSource source = m_wanted;
    source.overrides.labels = path.toStdString();
    loadModel(source);
}

void MainWindow::noteModel(const LoadedModel& model)
{
    m_wanted = model.source;
    m_bar->setModel(model);
    m_positions->setPositions(model.positions, model.spec);
    m_bothModels->setVisible(otherBundled().has_value());
    tellDoubts(*model.spec);
    updateStatus();
}

void MainWindow::showPicture(quint64, const Image& image)
{
    const QString key = m_controller.picture().key();
    if (key != m_shownKey) {
        m_shownKey = key;
        m_canvas->canvas().setPicture(image, m_controller.picture().name);
        m_compare->setPicture(image, m_controller.picture());
        setWindowTitle(tr("%1 – Vitrine").arg(m_controller.picture().name));
    }
    m_stale.start();
}

void MainWindow::showResult(std::shared_ptr<const Trace> trace)
{
    m_stale.stop();
    m_exploration.setTrace(std::move(trace));
    if (!m_begun && m_exploration.place() == Place{}) {
        Place start;
        start.layer = m_exploration.trace()->layers() - 1;  // what the model decides from
        m_exploration.beginAt(start);
    }
    m_begun = true;
    updateStatus();
}

void MainWindow::showFailure(quint64, const QString& message)
{
    m_failures.append(message);
    m_messages->showFailures(m_failures);
}

bool MainWindow::showView(const QString& name)
{
    for (ViewEntry& view : m_views) {
        if (view.name != name)
            continue;
        if (view.dock) {
            view.dock->show();
            view.dock->raise();
        } else if (view.widget == m_canvas) {
            setComparing(false, false);
        } else if (!m_compare->isActive()) {
            setComparing(true, false);
        }
        view.widget->setFocus(Qt::ShortcutFocusReason);
        return true;
    }
    return false;
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source() != nullptr)
        return;  // our own figure on its way out
    if (event->mimeData()->hasUrls() || event->mimeData()->hasImage())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            paths.append(url.toLocalFile());
    if (!paths.isEmpty())
        openFiles(paths);
    else if (event->mimeData()->hasImage())
        addPicture(PictureSource::fromPixels(toImage(event->mimeData()->imageData().value<QImage>()),
                                             tr("dropped picture %1").arg(++m_pasted)));
    else
        m_messages->showMessage(MessageBar::Kind::Error,
                                tr("Only files of this computer can be dropped: save the picture first, then drop the file."));
    event->acceptProposedAction();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_controller.stop();
    saveState();
    QMainWindow::closeEvent(event);
}

void MainWindow::setTheme(Theme theme)
{
    m_theme = theme;
    applyTheme(theme);
}

bool MainWindow::event(QEvent* event)
{
    if (event->type() == QEvent::ThemeChange && m_theme == Theme::System)
        applyTheme(Theme::System);
    return QMainWindow::event(event);
}

void MainWindow::showEvent(QShowEvent* event)
{
    QMainWindow::showEvent(event);
    if (!m_restored)
        arrangeDocks();
}

void MainWindow::arrangeDocks()
{
    m_restored = true;
    const auto dock = [this](const QString& name) { return findChild<QDockWidget*>(name); };
    const int side = std::clamp(width() / 4, 250, 380);
    resizeDocks({dock(QStringLiteral("pictures")), dock(QStringLiteral("predictions"))},
                {m_strip->sizeHint().width(), side}, Qt::Horizontal);
    const int predictions = std::clamp(height() / 3, 190, 270);
    resizeDocks({dock(QStringLiteral("predictions")), dock(QStringLiteral("inside"))},
                {predictions, height() - predictions}, Qt::Vertical);
    resizeDocks({dock(QStringLiteral("heads"))}, {std::clamp(height() * 2 / 5, 250, 460)}, Qt::Vertical);
}

void MainWindow::saveState() const
{
    if (!m_setup.persistent)
        return;
    QSettings settings;
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/docks"), QMainWindow::saveState());
    settings.setValue(QStringLiteral("window/theme"), static_cast<int>(m_theme));
}

void MainWindow::restoreState()
{
    resize(1440, 900);
    if (!m_setup.persistent)
        return;
    resize(size().boundedTo(screen()->availableSize()));
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    m_restored = QMainWindow::restoreState(settings.value(QStringLiteral("window/docks")).toByteArray());
    m_theme = static_cast<Theme>(settings.value(QStringLiteral("window/theme")).toInt());
}

} // namespace vitrine
