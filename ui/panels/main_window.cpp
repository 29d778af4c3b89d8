// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QLabel>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>

#include "ui/panels/canvas_panel.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/overlays.h"
#include "ui/panels/picture_strip.h"
#include "ui/views/anatomy/anatomy_view.h"
#include "ui/views/matrix/attention_matrix_view.h"
#include "ui/views/compare/compare_view.h"
#include "ui/views/heads/head_sheet_view.h"
#include "ui/views/inner/inner_view.h"
#include "ui/views/parts/method_sheet_view.h"
#include "ui/views/positions/positions_view.h"
#include "ui/views/predictions/predictions_view.h"
#include "ui/views/parts/statistics_view.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

MainWindow::MainWindow(WindowSetup setup)
    : m_setup(std::move(setup))
    , m_centre(new QStackedWidget(this))
    , m_canvas(new CanvasPanel(m_exploration))
    , m_compare(new SideBySide(m_exploration, m_setup.engines, this))
    , m_messages(new MessageBar)
    , m_doubts(new MessageBar)
    , m_bar(new ExploreBar(m_exploration, m_setup.models, this))
    , m_strip(new PictureStrip(m_pictures, this))
    , m_pictureStatus(makeReadout(this))
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
    m_busy = new BusyCard(m_centre);
    m_dropFrame = new DropFrame(this);

    m_runStatus->setTextFormat(Qt::PlainText);
    statusBar()->addWidget(m_pictureStatus, 1);
    statusBar()->addPermanentWidget(m_runStatus);

    // A few patches without content draw most of the attention of many models: marked, but not what sets the scale.
    DisplaySettings display;
    display.ignoreOutliers = true;
    display.byValue = true;
    display.opacity = 0.9;
    m_exploration.setDisplay(display);
    buildViews();
    buildMenus();
    connectController();
    connectViews();
    restoreState();
    applyTheme(m_theme);
    // What a tooltip says answers "What is this?" as well.
    for (const ViewEntry& view : m_views) {
        m_veils.push_back(new Veil(view.widget));
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
    // In the order of Ctrl+1 to Ctrl+8; predictions have Ctrl+F.
    auto* heads = add(QStringLiteral("heads"), tr("Heads"), new HeadSheetView(m_exploration), Qt::BottomDockWidgetArea);
    auto* matrix = add(QStringLiteral("matrix"), tr("Matrix"), new AttentionMatrixView(m_exploration),
                       Qt::BottomDockWidgetArea);
    auto* inside = add(QStringLiteral("inside"), tr("Inside the patch"), m_inner, Qt::RightDockWidgetArea);
    auto* positions = add(QStringLiteral("positions"), tr("Positions"), m_positions, Qt::RightDockWidgetArea);
    auto* anatomy = add(QStringLiteral("anatomy"), tr("Anatomy"), new AnatomyView(m_exploration),
                        Qt::BottomDockWidgetArea);
    m_methods = new MethodSheetView(m_exploration);
    auto* methods = add(QStringLiteral("methods"), tr("Methods"), m_methods, Qt::BottomDockWidgetArea);
    auto* statistics = add(QStringLiteral("statistics"), tr("Statistics"), new StatisticsView(m_exploration), Qt::BottomDockWidgetArea);
    auto* predictions = add(QStringLiteral("predictions"), tr("Predictions"), m_predictions, Qt::RightDockWidgetArea);
    m_views.push_back({QStringLiteral("compare"), tr("Side by side"), &m_compare->view(), nullptr,
                       [this] { return m_compare->view().figure(); }});
    splitDockWidget(predictions, inside, Qt::Vertical);
    tabifyDockWidget(inside, positions);
    tabifyDockWidget(heads, methods);
    tabifyDockWidget(methods, matrix);
    tabifyDockWidget(matrix, anatomy);
    tabifyDockWidget(anatomy, statistics);
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

void MainWindow::connectViews()
{
    m_controller.setThumbnailSize(qRound(PictureStrip::thumbnailSize() * devicePixelRatioF()));
    connect(m_strip, &PictureStrip::picked, this, [this](int row) { m_controller.submit(m_pictures.source(row)); });
    connect(m_strip, &PictureStrip::folderAsked, this, &MainWindow::showFolder);
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

void MainWindow::showMishap(const QString& message)
{
    const QString text = tr("That did not work: %1").arg(message);
    // A view that cannot be painted is painted again when the message moves it: once is enough.
    if (m_messages->text() != text)
        m_messages->showMessage(MessageBar::Kind::Error, text);
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

void MainWindow::closeEvent(QCloseEvent* event)
{
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
    // The smallest size was noted while the docks stood beside one another.
    layout()->invalidate();
    layout()->activate();
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
