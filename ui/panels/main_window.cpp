// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QComboBox>
#include <QMenuBar>
#include <QMouseEvent>
#include <QSettings>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QStatusBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <utility>

#include "ui/panels/appearance.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/commands.h"
#include "ui/panels/display_menu.h"
#include "ui/panels/doubt_bar.h"
#include "ui/panels/explore_menu.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/figure_output.h"
#include "ui/panels/figure_page.h"
#include "ui/panels/file_intake.h"
#include "ui/panels/help_menu.h"
#include "ui/panels/key_table.h"
#include "ui/panels/keys_dialog.h"
#include "ui/panels/model_choice.h"
#include "ui/panels/model_menu.h"
#include "ui/panels/overlays.h"
#include "ui/panels/pages.h"
#include "ui/panels/palette_places.h"
#include "ui/panels/picture_strip.h"
#include "ui/panels/recent_files.h"
#include "ui/panels/sessions.h"
#include "ui/panels/side_by_side.h"
#include "ui/panels/tour.h"
#include "ui/panels/view_menu.h"
#include "ui/panels/work_flow.h"
#include "ui/panels/workspace.h"
#include "ui/panels/zoom_readout.h"
#include "ui/session/background.h"
#include "ui/session/remember.h"

namespace vitrine {

MainWindow::MainWindow(WindowSetup setup)
    : m_setup(std::move(setup))
    , m_controller(m_setup.engines)
    , m_messages(new MessageBar)
    , m_doubts(new DoubtBar)
    , m_bar(new ExploreBar(m_exploration, m_setup.models, this))
    , m_strip(new PictureStrip(m_pictures, this))
    , m_recent(new RecentFiles(m_setup.persistent, this))
    , m_models(new ModelChoice(m_controller, *m_messages, *m_recent, m_setup.models, this))
    , m_files(new FileIntake(m_pictures, *m_strip, m_controller, *m_messages, *m_recent, this))
    , m_compare(new SideBySide(m_exploration, m_controller, m_setup.engines, *m_models, m_pictures, this))
    , m_pages(new Pages(m_exploration, *m_compare, buildPictures(), this))
    , m_work(new WorkFlow(m_exploration, m_controller, *m_models, *m_pages, *m_compare, *m_messages, *statusBar()))
    , m_sessions(new Sessions(
          m_exploration, *m_compare, m_controller, m_pictures, *m_files, *m_models, *m_messages,
          {[this] { return m_pages->state(); }, [this](const QJsonObject& state) { m_pages->restore(state); }}, this))
    , m_output(new FigureOutput(
          m_pages->views(), [this]() -> const ViewEntry& { return m_pages->current(); }, m_pages->figure(), m_exploration,
          m_controller, *m_messages, this))
    , m_appearance(new Appearance(*this, m_pages->workspace()))
    , m_tour(new TourCard(&m_pages->workspace(), m_pages->workspace().pages()))
{
    setWindowTitle(QStringLiteral("Vitrine"));
    setContextMenuPolicy(Qt::NoContextMenu);  // a toolbar that was hidden by it was lost
    resize(1440, 900);
    // A few patches without content draw most of the attention of many models: marked, but not what sets the scale.
    changeDisplay(m_exploration, [](DisplaySettings& display) {
        display.ignoreOutliers = display.byValue = true;
        display.opacity = 0.9;
    });
    m_history.add(m_exploration);
    m_history.add(m_compare->second());
    buildCentre();
    buildMenus();
    buildToolBar();
    connectMenus();
    connectModels();
    connectCompare();
    m_appearance->setTheme(Theme::System);
    if (m_setup.persistent)
        keepState();
    m_keys = std::make_unique<KeyTable>(actionGroups(*menuBar()), m_setup.persistent, *this);
    // What a tooltip says answers "What is this?" as well.
    for (QWidget* widget : findChildren<QWidget*>())
        if (widget->whatsThis().isEmpty() && !widget->toolTip().isEmpty())
            widget->setWhatsThis(widget->toolTip());
    canvasPanel().canvas().setFocus();
}

MainWindow::~MainWindow()
{
    // Its threads end before anything else goes.
    m_controller.end(QDeadlineTimer::Forever);
    // The views refer to the exploration, a member, which would go before QWidget's destructor deletes them.
    hide();
    qDeleteAll(findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly));
}

QWidget* MainWindow::buildPictures()
{
    auto* pictures = new QWidget;
    auto* column = new QVBoxLayout(pictures);
    column->setContentsMargins(0, 4, 0, 4);
    column->addWidget(m_strip, 1);
    auto* more = new QToolButton(pictures);
    more->setText(QStringLiteral("+"));
    more->setAutoRaise(true);
    more->setToolTip(tr("Open pictures ({Open pictures}), or drop them anywhere"));
    more->setAccessibleName(tr("Open pictures"));
    connect(more, &QToolButton::clicked, m_files, &FileIntake::openPictures);
    column->addWidget(more, 0, Qt::AlignHCenter);
    return pictures;
}

void MainWindow::buildCentre()
{
    addToolBar(m_bar);
    workspace().addBar(m_messages);
    workspace().addBar(m_doubts);
    setCentralWidget(&workspace());
    connect(new DropFrame(this), &DropFrame::dropped, m_files, &FileIntake::take);
    connect(m_strip, &PictureStrip::folderAsked, m_output, &FigureOutput::showFolder);
    connect(m_output, &FigureOutput::pageRequested, this, [this] { showView(QStringLiteral("figure")); });
    m_pages->figure().setFiles([this] { return m_sessions->now(); },
                               [this](const QString& view) { return m_output->nameFor(view); });
    connect(m_pages, &Pages::pageChanged, m_sessions, &Sessions::touch);
    connect(m_work, &WorkFlow::pictureShown, this,
            [this](const QString& name) { setWindowTitle(tr("%1 – Vitrine").arg(name)); });
    connect(m_work, &WorkFlow::resultShown, this, &MainWindow::takeResult);
}

void MainWindow::buildMenus()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    m_files->addCommands(file);
    addCommand(file, tr("Save the &session…"), {Qt::CTRL | Qt::SHIFT | Qt::Key_S}, [this] { m_sessions->saveAs(); });
    file->addSeparator();
    addCommand(file, tr("Previous picture"), {Qt::CTRL | Qt::Key_PageUp}, [this] { m_strip->step(-1); });
    addCommand(file, tr("Next picture"), {Qt::CTRL | Qt::Key_PageDown}, [this] { m_strip->step(1); });
    file->addSeparator();
    m_output->addCommands(file);
    file->addSeparator();
    addCommand(file, tr("&Quit"), {QKeySequence::Quit}, [this] { close(); });

    CanvasView& canvas = canvasPanel().canvas();
    m_exploreMenu = new ExploreMenu(m_exploration, m_history, canvas, m_playback, this);
    auto* model = new ModelMenu(*m_models, m_controller, *m_appearance, m_setup.devices, this);
    m_viewMenu = new ViewMenu(m_exploration, canvas, workspace(), views(), *m_compare, this);
    addCommand(model, tr("&Keys…"), {}, [this] { KeysDialog(*m_keys, this).exec(); });
    const auto places = [this](QObject* owner) {
        return placesToGo(
            m_exploration, m_pictures, [this](int row) { m_strip->setCurrentRow(row); }, owner);
    };
    m_helpMenu = new HelpMenu(*menuBar(), places, this);
    for (QMenu* menu : std::initializer_list<QMenu*>{m_exploreMenu, model, m_viewMenu, m_helpMenu})
        menuBar()->addMenu(menu);
    statusBar()->addPermanentWidget(new ZoomReadout(canvas, statusBar()));
    canvasPanel().setCommands(m_output->ofCanvas() + m_exploreMenu->ofCanvas() + m_viewMenu->ofCanvas());
}

void MainWindow::connectMenus()
{
    connect(m_exploreMenu, &ExploreMenu::said, m_messages, &MessageBar::note);
    connect(m_exploreMenu, &ExploreMenu::findClassRequested, m_pages, &Pages::findClass);
    connect(m_exploreMenu, &ExploreMenu::stepBackRequested, this, &MainWindow::stepBack);
    connect(m_viewMenu, &ViewMenu::viewChosen, this, [this](const QString& name) {
        if (!showView(name))
            m_messages->note(
                name == QStringLiteral("positions")
                    ? tr("This model has learnt no positions: it turns queries and keys by the places of their patches.")
                    : tr("This model is a ViT: it has no tokens inside a patch. Choose a TNT to look inside."));
    });
    connect(m_viewMenu, &ViewMenu::stepRequested, m_pages, &Pages::focusNext);
    connect(m_viewMenu, &ViewMenu::themeChosen, m_appearance, &Appearance::setTheme);
    connect(m_appearance, &Appearance::themeChanged, m_viewMenu, &ViewMenu::showTheme);
    connect(m_helpMenu, &HelpMenu::tourRequested, this, &MainWindow::beginTour);
}

void MainWindow::buildToolBar()
{
    auto* spacer = new QWidget(m_bar);
    spacer->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_bar->addWidget(spacer);
    m_bar->addAction(m_exploreMenu->play());
    m_bar->addMenu(tr("Display"), tr("How maps lie over the picture: opacity, colours, scale, outliers"),
                   new DisplayMenu(m_exploration, canvasPanel().canvas(), this));
    m_bar->addAction(m_output->exportAction());
    QAction* find = m_bar->addAction(tr("Find"));
    find->setToolTip(tr("Find a command, a layer, a head, a method, a class or a picture ({Find a command})"));
    connect(find, &QAction::triggered, m_helpMenu, &HelpMenu::openPalette);
    connect(m_bar, &ExploreBar::findClassRequested, m_pages, &Pages::findClass);
    connect(m_bar, &ExploreBar::bothChosen, this,
            [this](bool both) { both ? m_compare->compareBundled() : m_compare->stop(); });
    connect(m_bar, &ExploreBar::assumptionsWanted, this,
            [this] { m_messages->note(describe(*m_controller.model()->spec).join(QStringLiteral(" · "))); });
}

void MainWindow::connectModels()
{
    connect(m_bar, &ExploreBar::modelChosen, m_models, &ModelChoice::choose);
    connect(m_bar, &ExploreBar::openModelRequested, this, [this] {
        if (m_controller.model())
            m_bar->setModel(*m_controller.model());
        m_files->openModel();
    });
    connect(m_files, &FileIntake::modelFilesGiven, m_models, &ModelChoice::useFiles);
    connect(m_files, &FileIntake::modelGivenAlone, this, [this] { openFiles(m_setup.samples); });
    connect(m_files, &FileIntake::labelsGiven, m_models, &ModelChoice::useLabels);
    connect(m_files, &FileIntake::sessionGiven, m_sessions, &Sessions::open);
    connect(m_models, &ModelChoice::openRequested, m_files, &FileIntake::openModel);
    connect(m_models, &ModelChoice::shown, this, [this](const LoadedModel& model) {
        m_bar->setModel(model);
        m_bar->showSwitch(model.source.nameOrPath, m_compare->isOfBundled());
        const auto& trace = m_exploration.trace();
        m_doubts->tell(*model.spec, trace ? &trace->picture : nullptr, m_controller.transparency());
    });
    connect(m_models, &ModelChoice::noneShown, this, [this] { m_bar->modelChooser()->setCurrentIndex(-1); });
}

void MainWindow::connectCompare()
{
    connect(m_compare, &SideBySide::said, m_messages, &MessageBar::note);
    connect(m_compare, &SideBySide::changed, this,
            [this] { m_bar->showSwitch(m_models->wanted().nameOrPath, m_compare->isOfBundled()); });
    connect(m_compare, &SideBySide::firstModelChosen, this,
            [this](const QString& name) { name.isEmpty() ? m_files->openModel() : m_models->choose(name); });
    connect(m_compare, &SideBySide::firstPictureChosen, m_strip, &PictureStrip::setCurrentRow);
}

CanvasPanel& MainWindow::canvasPanel()
{
    return m_pages->canvas();
}

Workspace& MainWindow::workspace()
{
    return m_pages->workspace();
}

const std::vector<ViewEntry>& MainWindow::views() const
{
    return m_pages->views();
}

void MainWindow::openFiles(const QStringList& paths)
{
    m_files->open(paths);
}

void MainWindow::saveSession(const QString& path)
{
    m_sessions->save(path);
}

Session MainWindow::session() const
{
    return m_sessions->now();
}

void MainWindow::showSession(const Session& session)
{
    m_sessions->show(session, session.picture);
}

Figure MainWindow::figureOf(const QString& view, const FigureStyle& style) const
{
    return m_pages->figure().figureOf(view, style);
}

bool MainWindow::openKept()
{
    return m_sessions->openKept();
}

void MainWindow::loadModel(const ModelSource& source)
{
    m_models->load(source);
}

bool MainWindow::showView(const QString& name)
{
    return m_pages->show(name);
}

void MainWindow::setTheme(Theme theme)
{
    m_appearance->setTheme(theme);
}

bool MainWindow::isIdle() const
{
    return !m_controller.busy() && !m_compare->busy() && !m_files->busy();
}

bool MainWindow::end(QDeadlineTimer deadline)
{
    // All are told before any is waited for.
    bool ended = true;
    for (const bool last : {false, true}) {
        const QDeadlineTimer until = last ? deadline : QDeadlineTimer(0);
        ended = m_controller.end(until) & m_compare->end(until) & m_files->end(until);
    }
    return backgroundPool().waitForDone(static_cast<int>(deadline.remainingTime())) && ended;
}

void MainWindow::showMishap(const QString& message)
{
    const QString text = tr("That did not work: %1").arg(message);
    // A view that cannot be painted is painted again when the message moves it: once is enough.
    if (m_messages->text() != text)
        m_messages->showMessage(MessageBar::Kind::Error, text);
}

void MainWindow::takeResult()
{
    m_doubts->tell(*m_exploration.trace()->model, &m_exploration.trace()->picture, m_controller.transparency());
    const bool begins = !std::exchange(m_begun, true) && m_exploration.place() == Place{};
    if (!m_sessions->takeResult() && begins) {
        m_exploration.beginAt(openingPlace(*m_exploration.trace()));
        m_sessions->offerCutOff();
        if (m_untoured)
            beginTour();
    }
    if (const QString page = std::exchange(m_pageOfResult, {}); !page.isEmpty())
        showView(page);
}

void MainWindow::stepBack()
{
    CanvasView& canvas = canvasPanel().canvas();
    if (m_playback.isPlaying())
        m_playback.stop();
    else if (m_work->isAskedFor())
        m_work->stop();
    else if (canvas.isErasing())
        canvas.setErasing(false);
    else if (!m_pages->isShown(QStringLiteral("canvas")))
        showView(QStringLiteral("canvas"));
    else if (!letGo(m_exploration) && isFullScreen())
        showNormal();
}

void MainWindow::beginTour()
{
    m_tour->begin(tourSteps(
        m_exploration, [this](const QString& view) { showView(view); },
        [this] {
            m_pageOfResult = QStringLiteral("inside");
            m_models->choose(QStringLiteral("tnt"));
        }));
}

void MainWindow::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::BackButton)
        m_history.goBack();
    else if (event->button() == Qt::ForwardButton)
        m_history.goForward();
    else
        QMainWindow::mousePressEvent(event);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_setup.persistent)
        m_appearance->save();
    m_sessions->close();
    QMainWindow::closeEvent(event);
}

void MainWindow::keepState()
{
    m_appearance->restore();
    m_sessions->keepIn(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation));
    m_untoured = !QSettings().value(QStringLiteral("window/toured")).toBool();
    connect(m_tour, &TourCard::ended, this, [] { remember(QStringLiteral("window/toured"), true); });
}

}  // namespace vitrine
