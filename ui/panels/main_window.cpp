// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QLabel>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QStatusBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/panels/canvas_panel.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/overlays.h"
#include "ui/panels/picture_strip.h"
#include "ui/panels/session_keeper.h"
#include "ui/panels/side_panel.h"
#include "ui/panels/tour.h"
#include "ui/panels/workspace.h"
#include "ui/views/anatomy/anatomy_view.h"
#include "ui/views/matrix/attention_matrix_view.h"
#include "ui/views/compare/compare_view.h"
#include "ui/views/heads/head_sheet_view.h"
#include "ui/views/heads/entropy_bars.h"
#include "ui/views/inner/inside_page.h"
#include "ui/views/parts/method_sheet_view.h"
#include "ui/views/positions/positions_view.h"
#include "ui/views/predictions/predictions_view.h"
#include "ui/views/parts/statistics_view.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

/// What lies under the picture.
class Navigator : public QWidget {
public:
    /// Shown only where there is room for it beside the maps.
    void setWide(QWidget* part) { m_wide = part; }

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QWidget::resizeEvent(event);
        constexpr int wide = 720;
        if (m_wide)
            m_wide->setVisible(width() >= wide);
    }

private:
    QWidget* m_wide = nullptr;
};

}  // namespace

MainWindow::MainWindow(WindowSetup setup)
    : m_setup(std::move(setup))
    , m_canvas(new CanvasPanel(m_exploration))
    , m_compare(new SideBySide(m_exploration, m_setup.engines, this))
    , m_messages(new MessageBar)
    , m_doubts(new MessageBar)
    , m_bar(new ExploreBar(m_exploration, m_setup.models, this))
    , m_strip(new PictureStrip(m_pictures, this))
    , m_side(new SidePanel(m_exploration, this))
    , m_pictureStatus(makeReadout(this))
    , m_runStatus(new QLabel(this))
    , m_controller(m_setup.engines)
{
    setWindowTitle(QStringLiteral("Vitrine"));
    setAcceptDrops(true);
    addToolBar(m_bar);
    setContextMenuPolicy(Qt::NoContextMenu);  // a toolbar that was hidden by it was lost

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
    buildWorkspace();
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

void MainWindow::buildViews()
{
    m_views.push_back({QStringLiteral("canvas"), tr("Picture"), m_canvas, [this] { return m_canvas->canvas().figure(); }});
    const auto add = [this](const QString& name, const QString& title, auto* view) {
        m_views.push_back({name, title, view, [view] { return view->figure(); }});
        return view;
    };
    // In the order of Ctrl+1 to Ctrl+8; predictions have Ctrl+F.
    add(QStringLiteral("heads"), tr("Heads"), new HeadSheetView(m_exploration));
    add(QStringLiteral("matrix"), tr("Matrix"), new AttentionMatrixView(m_exploration));
    add(QStringLiteral("inside"), tr("Inside"), new InsidePage(m_exploration));
    m_positions = add(QStringLiteral("positions"), tr("Positions"), new PositionsView(m_exploration));
    add(QStringLiteral("anatomy"), tr("Anatomy"), new AnatomyView(m_exploration));
    m_sheets = {&m_side->why(), add(QStringLiteral("methods"), tr("Methods"), new MethodSheetView(m_exploration))};
    add(QStringLiteral("statistics"), tr("Statistics"), new StatisticsView(m_exploration));
    add(QStringLiteral("predictions"), tr("Predictions"), &m_side->predictions());
    add(QStringLiteral("compare"), tr("Compare"), &m_compare->view());
}

void MainWindow::buildWorkspace()
{
    auto* pictures = new QWidget;
    auto* column = new QVBoxLayout(pictures);
    column->setContentsMargins(0, 4, 0, 4);
    column->addWidget(m_strip, 1);
    auto* more = new QToolButton(pictures);
    more->setText(QStringLiteral("+"));
    more->setAutoRaise(true);
    more->setToolTip(tr("Open pictures (Ctrl+O), or drop them anywhere"));
    more->setAccessibleName(tr("Open pictures"));
    connect(more, &QToolButton::clicked, this, &MainWindow::openPictureDialog);
    column->addWidget(more, 0, Qt::AlignHCenter);

    auto* navigator = new Navigator;
    auto* row = new QHBoxLayout(navigator);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(new HeadSheetView(m_exploration, HeadSheetView::Form::Navigator), 3);
    auto* through = new EntropyBars(m_exploration);
    row->addWidget(through, 2);
    navigator->setWide(through);
    m_workspace = new Workspace(pictures, navigator, m_side, this);
    m_workspace->addBar(m_messages);
    m_workspace->addBar(m_doubts);
    for (const ViewEntry& view : m_views)
        if (view.widget != &m_side->predictions())
            m_workspace->addPage(view.name, view.title, view.widget->whatsThis(), view.widget);
    m_workspace->setAvailable(QStringLiteral("inside"), false);
    setCentralWidget(m_workspace);
    m_busy = new BusyCard(&m_workspace->pages());
    m_dropFrame = new DropFrame(this);
    m_tour = new TourCard(&m_workspace->pages());
    m_veils.push_back(new Veil(navigator));
    m_veils.push_back(new Veil(m_side));
    connect(m_workspace, &Workspace::pageChosen, this, &MainWindow::showView);
    connect(m_workspace, &Workspace::pageChanged, this, &MainWindow::takePage);
}

void MainWindow::takePage(const QString& page)
{
    m_side->setBesidePicture(page == QStringLiteral("canvas"));
    if (page == QStringLiteral("compare") && !m_compare->isActive())
        setComparing(true, false);
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
    connect(m_bar, &ExploreBar::bothChosen, this, [this](bool both) { setComparing(both, true); });
    connect(m_bar, &ExploreBar::findClassRequested, this, [this] {
        showView(QStringLiteral("predictions"));
        m_side->predictions().find();
    });
    connect(&m_exploration, &Exploration::traceChanged, this, [this] {
        const auto& trace = m_exploration.trace();
        if (trace)
            m_workspace->setAvailable(QStringLiteral("inside"), !trace->innerAttention.empty());
    });
    for (CanvasView* canvas : {&m_canvas->canvas(), &m_side->picture()})
        connect(canvas, &CanvasView::patchOpened, this, [this](int patch) {
            m_exploration.pin(m_exploration.trace()->model->prefixTokens() + patch);
            showView(QStringLiteral("inside"));
        });
    connect(&m_playback, &Playback::playingChanged, m_play, &QAction::setChecked);
    connectCompare();
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
    if (name == QStringLiteral("predictions")) {
        m_side->show();
        m_side->predictions().setFocus(Qt::ShortcutFocusReason);
        return true;
    }
    if (!m_workspace->isAvailable(name))
        return false;
    m_workspace->setPage(name);
    m_workspace->pages().currentWidget()->setFocus(Qt::ShortcutFocusReason);
    return true;
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    saveState();
    if (m_keeper)
        m_keeper->close();
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

void MainWindow::saveState() const
{
    if (!m_setup.persistent)
        return;
    QSettings settings;
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/parts"), m_workspace->saveState());
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
    m_workspace->restoreState(settings.value(QStringLiteral("window/parts")).toByteArray());
    m_theme = static_cast<Theme>(settings.value(QStringLiteral("window/theme")).toInt());
    m_keeper = std::make_unique<SessionKeeper>(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation),
                                               [this] { return session(); });
    const auto touch = [this] { m_keeper->touch(); };
    for (const auto signal : {&Exploration::placeChanged, &Exploration::displayChanged, &Exploration::traceChanged})
        connect(&m_exploration, signal, this, touch);
    connect(m_workspace, &Workspace::pageChanged, this, touch);
    connect(m_tour, &TourCard::ended, this, [] { QSettings().setValue(QStringLiteral("window/toured"), true); });
}

}  // namespace vitrine
