// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QToolButton>
#include <QWhatsThis>

#include "ui/panels/canvas_panel.h"
#include "ui/panels/cheat_sheet.h"
#include "ui/panels/command_palette.h"
#include "ui/panels/display_menu.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/go_to_dialog.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/palette_places.h"
#include "ui/panels/picture_strip.h"
#include "ui/panels/side_panel.h"
#include "ui/panels/tour.h"
#include "ui/panels/workspace.h"
#include "ui/views/compare/compare_view.h"
#include "ui/views/predictions/predictions_view.h"
#include "ui/views/canvas/value_bar.h"

namespace vitrine {

QAction* MainWindow::addKey(QMenu* menu, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run)
{
    QAction* action = menu->addAction(text);
    action->setShortcuts(keys);
    connect(action, &QAction::triggered, this, std::move(run));
    return action;
}

void MainWindow::buildMenus()
{
    buildFileMenu();
    buildExploreMenu();
    buildModelMenu();
    buildViewMenu();
    buildHelpMenu();
}

void MainWindow::buildFileMenu()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    addKey(file, tr("&Open pictures…"), {QKeySequence::Open}, [this] { openPictureDialog(); });
    QMenu* recent = file->addMenu(tr("Open &recent"));
    fillRecent(recent);
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { fillRecent(recent); });
    addKey(file, tr("Open a &model…"), {Qt::CTRL | Qt::SHIFT | Qt::Key_O}, [this] { openModelDialog(); });
    addKey(file, tr("Open class &names…"), {}, [this] { openLabelDialog(); });
    addKey(file, tr("&Paste a picture"), {QKeySequence::Paste}, [this] { paste(); });
    addKey(file, tr("Save the &session…"), {Qt::CTRL | Qt::SHIFT | Qt::Key_S}, [this] { saveSessionDialog(); });
    file->addSeparator();
    addKey(file, tr("Previous picture"), {Qt::CTRL | Qt::Key_PageUp}, [this] { m_strip->step(-1); });
    addKey(file, tr("Next picture"), {Qt::CTRL | Qt::Key_PageDown}, [this] { m_strip->step(1); });
    file->addSeparator();
    m_export = addKey(file, tr("&Export…"), {Qt::CTRL | Qt::Key_E}, [this] { exportView(); });
    addKey(file, tr("Export again"), {QKeySequence::Save}, [this] { exportAgain(); });
    m_canvasMenu += addKey(file, tr("&Copy the picture"), {QKeySequence::Copy}, [this] { copyPicture(); });
    m_canvasMenu += addKey(file, tr("Copy the numbers"), {Qt::CTRL | Qt::SHIFT | Qt::Key_C}, [this] { copyNumbers(); });
    m_canvasMenu += m_export;
    file->addSeparator();
    addKey(file, tr("&Quit"), {QKeySequence::Quit}, [this] { close(); });

    auto* spacer = new QWidget(m_bar);
    spacer->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_bar->addWidget(spacer);
    m_play = m_bar->addAction(tr("▶"));
    auto* display = new DisplayMenu(m_exploration, m_canvas->canvas(), this);
    m_bar->addMenu(tr("Display"), tr("How maps lie over the picture: opacity, colours, scale, outliers"), display);
    m_bar->addAction(m_export);
    QAction* find = m_bar->addAction(tr("Find"));
    find->setToolTip(tr("Find a command, a layer, a head, a method, a class or a picture (Ctrl+K)"));
    connect(find, &QAction::triggered, this, &MainWindow::openPalette);
}

void MainWindow::buildExploreMenu()
{
    QMenu* explore = menuBar()->addMenu(tr("&Explore"));
    addKey(explore, tr("&Back"), {Qt::ALT | Qt::Key_Left, QKeySequence::Undo}, [this] { m_exploration.goBack(); });
    addKey(explore, tr("&Forward"), {Qt::ALT | Qt::Key_Right, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z)},
           [this] { m_exploration.goForward(); });
    explore->addSeparator();
    addKey(explore, tr("Layer deeper"), {Qt::Key_PageDown}, [this] { stepLayer(m_exploration, 1); });
    addKey(explore, tr("Layer back"), {Qt::Key_PageUp}, [this] { stepLayer(m_exploration, -1); });
    addKey(explore, tr("Next head"), {Qt::Key_Period}, [this] { stepHead(m_exploration, 1); });
    addKey(explore, tr("Previous head"), {Qt::Key_Comma}, [this] { stepHead(m_exploration, -1); });
    addKey(explore, tr("Mean of heads or head"), {Qt::Key_M}, [this] { toggleMean(m_exploration); });
    m_canvasMenu += addKey(explore, tr("Looks at or looked at by"), {Qt::Key_X}, [this] { swapDirection(m_exploration); });
    buildMethodMenu(explore->addMenu(tr("&Map")));
    addKey(explore, tr("Next method"), {Qt::Key_J}, [this] { stepMethod(m_exploration, 1); });
    addKey(explore, tr("Previous method"), {Qt::SHIFT | Qt::Key_J}, [this] { stepMethod(m_exploration, -1); });
    QAction* erase = addKey(explore, tr("Erase patches with the mouse"), {Qt::Key_E},
                            [this] { m_canvas->canvas().setErasing(!m_canvas->canvas().isErasing()); });
    erase->setCheckable(true);
    connect(&m_canvas->canvas(), &CanvasView::erasingChanged, erase, &QAction::setChecked);
    buildErasureMenu(explore->addMenu(tr("What erased patches become")));
    addKey(explore, tr("Restore what was erased and switched off"), {Qt::SHIFT | Qt::Key_E},
           [this] { m_exploration.restore(); });
    addKey(explore, tr("CLS as query"), {Qt::Key_C}, [this] { queryCls(m_exploration); });
    explore->addSeparator();
    m_play->setCheckable(true);
    m_play->setToolTip(tr("Walk through the layers or the queries; Esc stops"));
    QAction* walk = explore->addAction(tr("Walk"));
    connect(walk, &QAction::triggered, m_play, &QAction::trigger);
    connect(m_play, &QAction::triggered, this, [this] {
        m_playback.toggle(m_walkQueries->isChecked() ? Playback::Walk::Queries : Playback::Walk::Layers);
        m_play->setChecked(m_playback.isPlaying());
    });
    m_walkQueries = explore->addAction(tr("Walk queries instead of layers"));
    m_walkQueries->setCheckable(true);
    connect(m_walkQueries, &QAction::toggled, this, [this](bool queries) {
        if (m_playback.isPlaying())
            m_playback.play(queries ? Playback::Walk::Queries : Playback::Walk::Layers);
    });
    addKey(explore, tr("Go to…"), {Qt::CTRL | Qt::Key_G}, [this] { GoToDialog(m_exploration, this).exec(); });
    addKey(explore, tr("Find a class…"), {QKeySequence::Find}, [this] {
        showView(QStringLiteral("predictions"));
        m_side->predictions().find();
    });
    addKey(explore, tr("Step back: stop, unpin, leave full screen"), {Qt::Key_Escape}, [this] { escape(); });
}

void MainWindow::buildMethodMenu(QMenu* menu)
{
    addKey(menu, tr("attention of a token"), {}, [this] { m_exploration.setTokenMap(TokenMap::Attention); });
    addKey(menu, tr("similarity to a token"), {}, [this] { m_exploration.setTokenMap(TokenMap::Similarity); });
    addKey(menu, tr("token norms"), {}, [this] { m_exploration.setTokenMap(TokenMap::Norm); });
    menu->addSeparator();
    for (const Method& method : methods())
        addKey(menu, QString::fromUtf8(method.id), {}, [this, &method] {
            const auto& trace = m_exploration.trace();
            if (const std::string why = trace ? whyNot(method, *trace->model) : std::string(); !why.empty())
                m_messages->showMessage(MessageBar::Kind::Note, QString::fromStdString(why));
            else
                m_exploration.setMethod(&method);
        });
}

void MainWindow::buildErasureMenu(QMenu* menu)
{
    const std::initializer_list<std::pair<std::optional<Baseline>, QString>> all{
        {Baseline::Zero, tr("The mean colour of the training pictures")},
        {Baseline::Mean, tr("The mean colour of this picture")},
        {Baseline::Blur, tr("Blurred")},
        {std::nullopt, tr("Tokens that no other token sees")}};
    auto* group = new QActionGroup(menu);
    for (const auto& [with, text] : all) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(group);
        connect(menu, &QMenu::aboutToShow, action,
                [this, action, with = with] { action->setChecked(m_exploration.place().change.with == with); });
        connect(action, &QAction::triggered, this, [this, with = with] {
            WhatIf change = m_exploration.place().change;
            change.with = with;
            m_exploration.setChange(change);
        });
    }
}

void MainWindow::buildModelMenu()
{
    QMenu* model = menuBar()->addMenu(tr("&Model"));
    for (const BundledModel& bundled : m_setup.models)
        addKey(model, bundled.title, {}, [this, name = bundled.name] { Q_EMIT m_bar->modelChosen(name); });
    model->addSeparator();
    if (m_setup.devices) {
        QMenu* devices = model->addMenu(tr("&Device"));
        connect(devices, &QMenu::aboutToShow, this, [this, devices] { fillDevices(devices); });
    }
    QMenu* precisions = model->addMenu(tr("&Precision"));
    connect(precisions, &QMenu::aboutToShow, this, [this, precisions] { fillPrecisions(precisions); });
    addKey(model, tr("&Settings…"), {QKeySequence(Qt::CTRL | Qt::Key_Comma)}, [this] { openSettings(); });
}

void MainWindow::buildViewMenu()
{
    QMenu* view = menuBar()->addMenu(tr("&View"));
    CanvasView& canvas = m_canvas->canvas();
    addKey(view, tr("Zoom in"), {Qt::Key_Plus, Qt::Key_Equal, QKeySequence::ZoomIn}, [&canvas] { canvas.zoomBy(1.25); });
    addKey(view, tr("Zoom out"), {Qt::Key_Minus, QKeySequence::ZoomOut}, [&canvas] { canvas.zoomBy(0.8); });
    m_canvasMenu += addKey(view, tr("&Fit"), {Qt::Key_F}, [&canvas] { canvas.fit(); });
    addKey(view, tr("100 %"), {Qt::CTRL | Qt::Key_0}, [&canvas] { canvas.actualSize(); });
    m_canvasMenu += addKey(view, tr("Close-up of the patch"), {Qt::Key_Z}, [&canvas] { canvas.toggleCloseUp(); });
    addKey(view, tr("Crop, whole picture, model's pixels"), {Qt::Key_W},
           [&canvas] { canvas.setArea(static_cast<CanvasArea>((static_cast<int>(canvas.area()) + 1) % 3)); });
    view->addSeparator();
    buildMapMenu(view->addMenu(tr("&Map")));
    for (std::size_t i = 0; i < m_views.size(); ++i) {
        // The last one is the comparison, which has commands of its own.
        const QKeySequence keys = i < 8 ? QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)) : QKeySequence();
        if (m_views[i].widget != &m_compare->view())
            addKey(view, m_views[i].title, {keys}, [this, name = m_views[i].name] {
                if (!showView(name))
                    m_messages->showMessage(
                        MessageBar::Kind::Note,
                        tr("This model is a ViT: it has no tokens inside a patch. Choose a TNT to look inside."));
            });
    }
    addKey(view, tr("Next view"), {Qt::Key_F6}, [this] { focusNextView(1); });
    addKey(view, tr("Previous view"), {Qt::SHIFT | Qt::Key_F6}, [this] { focusNextView(-1); });
    buildPanelMenu(view->addMenu(tr("&Panels")));
    buildThemeMenu(view->addMenu(tr("&Colours of the window")));
    buildCompareActions(view->addMenu(tr("&Side by side")));
    addKey(view, tr("Full screen"), {Qt::Key_F11}, [this] { isFullScreen() ? showNormal() : showFullScreen(); });
}

void MainWindow::buildPanelMenu(QMenu* menu)
{
    const auto add = [&](const QString& text, QWidget* panel) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        connect(action, &QAction::triggered, panel, &QWidget::setVisible);
        connect(menu, &QMenu::aboutToShow, action, [action, panel] { action->setChecked(!panel->isHidden()); });
    };
    add(tr("Pictures"), m_strip->parentWidget());
    add(tr("What it sees"), m_side);
    menu->addSeparator();
    connect(menu->addAction(tr("As at first")), &QAction::triggered, m_workspace, &Workspace::resetState);
}

void MainWindow::buildThemeMenu(QMenu* menu)
{
    auto* group = new QActionGroup(this);
    for (const auto& [theme, text] : {std::pair(Theme::System, tr("As the system")), std::pair(Theme::Dark, tr("Dark")),
                                      std::pair(Theme::Light, tr("Light")), std::pair(Theme::Contrast, tr("High contrast"))}) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(group);
        connect(action, &QAction::triggered, this, [this, theme = theme] { setTheme(theme); });
        connect(menu, &QMenu::aboutToShow, action, [this, action, theme = theme] { action->setChecked(theme == m_theme); });
    }
}

void MainWindow::buildMapMenu(QMenu* menu)
{
    const auto toggle = [&](const QString& text, const QList<QKeySequence>& keys, bool DisplaySettings::*which) {
        QAction* action = addKey(menu, text, keys, [this, which] {
            changeDisplay(m_exploration, [which](auto& display) { display.*which = !(display.*which); });
        });
        action->setCheckable(true);
        const auto show = [this, action, which] { action->setChecked(m_exploration.display().*which); };
        connect(&m_exploration, &Exploration::displayChanged, action, show);
        show();
    };
    toggle(tr("Heat map"), {Qt::Key_V}, &DisplaySettings::heatmap);
    toggle(tr("Grid"), {Qt::Key_G}, &DisplaySettings::grid);
    toggle(tr("Smooth instead of cells"), {Qt::Key_U}, &DisplaySettings::smooth);
    toggle(tr("Opacity grows with the weight"), {Qt::SHIFT | Qt::Key_V}, &DisplaySettings::byValue);
    toggle(tr("One scale for all maps"), {Qt::SHIFT | Qt::Key_N}, &DisplaySettings::sharedScale);
    toggle(tr("Ignore outlier patches"), {Qt::Key_T}, &DisplaySettings::ignoreOutliers);
    menu->addSeparator();
    addKey(menu, tr("Fit the scale once"), {Qt::Key_N}, [this] { fitRange(m_exploration); });
    addKey(menu, tr("Reset the scale"), {Qt::Key_R}, [this] { resetRange(m_exploration); });
    addKey(menu, tr("Less opacity"), {Qt::Key_I}, [this] { changeOpacity(m_exploration, -0.1); });
    addKey(menu, tr("More opacity"), {Qt::Key_O}, [this] { changeOpacity(m_exploration, 0.1); });
    addKey(menu, tr("Less of the attention"), {Qt::SHIFT | Qt::Key_I}, [this] { changeMass(m_exploration, -0.05); });
    addKey(menu, tr("More of the attention"), {Qt::SHIFT | Qt::Key_O}, [this] { changeMass(m_exploration, 0.05); });
    addKey(menu, tr("Next colour map"), {Qt::Key_L}, [this] { stepColours(m_exploration, 1); });
    addKey(menu, tr("Previous colour map"), {Qt::SHIFT | Qt::Key_L}, [this] { stepColours(m_exploration, -1); });
}

void MainWindow::buildCompareActions(QMenu* menu)
{
    m_split = addKey(menu, tr("Side by side: two layers or heads"), {Qt::Key_S},
                     [this] { setComparing(!m_compare->isActive(), false); });
    m_split->setCheckable(true);
    addKey(menu, tr("Side by side: the two bundled models"), {}, [this] { setComparing(true, true); });
    addKey(menu, tr("Side by side: the next picture"), {}, [this] { compareNextPicture(); });
    for (QAction* action : {m_compare->view().linkAction(), m_compare->view().scaleAction(),
                            m_compare->view().differenceAction(), m_compare->view().blinkAction()})
        menu->addAction(action);
}

void MainWindow::buildHelpMenu()
{
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    addKey(help, tr("&Tour"), {}, [this] { beginTour(); });
    addKey(help, tr("&All keys"), {Qt::Key_Question, QKeySequence::HelpContents},
           [this] { CheatSheet(actionGroups(*menuBar()), this).exec(); });
    addKey(help, tr("&Find a command…"), {Qt::CTRL | Qt::SHIFT | Qt::Key_P, Qt::CTRL | Qt::Key_K}, [this] { openPalette(); });
    addKey(help, tr("What is this?"), {QKeySequence::WhatsThis}, [] { QWhatsThis::enterWhatsThisMode(); });
    addKey(help, tr("A&bout Vitrine"), {}, [this] {
        QMessageBox::about(this, tr("About Vitrine"),
                           tr("Vitrine %1: look inside Vision Transformers.\n\nFree software under the GNU General Public "
                              "License, version 3 or later. It comes with no warranty.\n\nQt %2")
                               .arg(QCoreApplication::applicationVersion(), QString::fromLatin1(qVersion())));
    });
}

void MainWindow::beginTour()
{
    m_tour->begin(tourSteps(
        m_exploration, [this](const QString& view) { showView(view); },
        [this] {
            m_pageOfResult = QStringLiteral("inside");
            Q_EMIT m_bar->modelChosen(QStringLiteral("tnt"));
        }));
}

void MainWindow::openSettings()
{
    SettingsDialog dialog({m_wanted, m_theme}, m_controller.model() ? m_controller.model()->spec.get() : nullptr,
                          m_setup.devices ? m_setup.devices() : std::vector<DeviceChoice>(), this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    const Settings settings = dialog.settings();
    if (settings.theme != m_theme)
        setTheme(settings.theme);
    if (settings.model.key() != m_wanted.key())
        loadModel(settings.model);
}

void MainWindow::openPalette()
{
    QObject places;
    std::vector<ActionGroup> groups = actionGroups(*menuBar());
    for (ActionGroup& group : placesToGo(
             m_exploration, m_pictures, [this](int row) { m_strip->setCurrentRow(row); }, &places))
        groups.push_back(std::move(group));
    CommandPalette(groups, this).exec();
}

void MainWindow::showCanvasMenu(const QPoint& position)
{
    QMenu menu(this);
    if (m_exploration.pinned())
        menu.addAction(tr("Unpin\tEsc"), this, [this] { m_exploration.pin(std::nullopt); });
    else if (m_exploration.hovered())
        menu.addAction(
            tr("Pin %1\tP").arg(QString::fromStdString(m_exploration.trace()->model->tokenName(*m_exploration.hovered()))),
            this, [this, token = m_exploration.hovered()] { m_exploration.pin(token); });
    menu.addActions(m_canvasMenu);
    menu.exec(m_canvas->canvas().mapToGlobal(position));
}

/// Loads the model again with options that `choose` has changed.
void MainWindow::addEngineChoice(QMenu* menu, const QString& text, bool checked, std::function<void(EngineOptions&)> choose)
{
    QAction* action = menu->addAction(text);
    action->setCheckable(true);
    action->setChecked(checked);
    connect(action, &QAction::triggered, this, [this, choose = std::move(choose)] {
        ModelSource source = m_wanted;
        choose(source.options);
        loadModel(source);
    });
}

void MainWindow::fillDevices(QMenu* menu)
{
    menu->clear();
    for (const DeviceChoice& device : m_setup.devices())
        addEngineChoice(menu, device.name, m_controller.model() && m_controller.model()->deviceId == device.id,
                        [id = device.id.toStdString()](EngineOptions& options) { options.device = id; });
}

void MainWindow::fillPrecisions(QMenu* menu)
{
    menu->clear();
    for (const Precision precision : {Precision::Float32, Precision::BFloat16, Precision::Float16})
        addEngineChoice(menu, QString::fromStdString(toString(precision)),
                        m_controller.model() && m_controller.model()->precision == precision,
                        [precision](EngineOptions& options) { options.precision = precision; });
}

}  // namespace vitrine
