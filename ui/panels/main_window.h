// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>

#include <functional>
#include <memory>
#include <vector>

#include "ui/figure/figure_style.h"
#include "ui/panels/explore_bar.h"
#include "ui/panels/picture_list.h"
#include "ui/panels/settings_dialog.h"
#include "ui/panels/view_entry.h"
#include "ui/session/history.h"
#include "ui/session/inference_controller.h"
#include "ui/session/playback.h"
#include "ui/session/session_file.h"

namespace vitrine {

class Appearance;
class CanvasPanel;
class DoubtBar;
class ExploreMenu;
class FigureOutput;
class FileIntake;
class HelpMenu;
class KeyTable;
class MessageBar;
class ModelChoice;
class Pages;
class PictureStrip;
class RecentFiles;
class Sessions;
class SideBySide;
class TourCard;
class ViewMenu;
class WorkFlow;
class Workspace;

/// What the window gets from the program: it knows neither LibTorch nor where resources lie.
struct WindowSetup {
    EngineFactory engines;
    std::vector<BundledModel> models;
    std::function<std::vector<DeviceChoice>()> devices;  ///< may be slow: asked when the menu opens
    QStringList samples{};                               ///< pictures for a model that comes without one
    bool persistent = true;  ///< keep what is looked at, remember the layout, size, recent files and theme
};

/// The window: pages in the middle, the picture first. Owns what is looked at and the controller of the work; builds what
/// does the rest and connects it.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(WindowSetup setup);
    ~MainWindow() override;

    Exploration& exploration() { return m_exploration; }
    InferenceController& controller() { return m_controller; }
    CanvasPanel& canvasPanel();
    MessageBar& messages() { return *m_messages; }
    /// What is doubtful about the model.
    DoubtBar& doubts() { return *m_doubts; }
    PictureList& pictures() { return m_pictures; }
    Workspace& workspace();
    const std::vector<ViewEntry>& views() const;

    /// Pictures, folders, checkpoints, label files, sessions: whatever a person gives. The first new picture is shown.
    void openFiles(const QStringList& paths);
    void saveSession(const QString& path);
    /// What is looked at, and the same again.
    Session session() const;
    void showSession(const Session& session);
    /// See FigurePage.
    Figure figureOf(const QString& view, const FigureStyle& style) const;
    /// Shows what was looked at when the program ended; false where nothing was kept.
    bool openKept();
    void loadModel(const ModelSource& source);
    /// Raises a view by its name; false when there is none, or the model has none.
    bool showView(const QString& name);
    void setTheme(Theme theme);
    /// Tells of an error that nobody expected; the window goes on.
    void showMishap(const QString& message);
    /// Nothing is under way: no load, no run, in neither pane, and no folder is being read.
    bool isIdle() const;
    /// Stops all work for good; false when something (a decoder, a network being loaded) has not ended by then.
    bool end(QDeadlineTimer deadline);

protected:
    void closeEvent(QCloseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    QWidget* buildPictures();
    void buildCentre();
    void buildMenus();
    void buildToolBar();
    void connectMenus();
    void connectModels();
    void connectCompare();
    void keepState();

    /// A session's place, or what the first result has to show.
    void takeResult();
    /// Escape: one thing after another, until nothing is left to step back from.
    void stepBack();
    void beginTour();

    WindowSetup m_setup;
    Exploration m_exploration;
    History m_history;
    PictureList m_pictures;
    Playback m_playback{m_exploration};
    InferenceController m_controller;

    MessageBar* m_messages;
    DoubtBar* m_doubts;
    ExploreBar* m_bar;
    PictureStrip* m_strip;
    RecentFiles* m_recent;
    ModelChoice* m_models;
    FileIntake* m_files;
    SideBySide* m_compare;
    Pages* m_pages;
    WorkFlow* m_work;
    Sessions* m_sessions;
    FigureOutput* m_output;
    std::unique_ptr<KeyTable> m_keys;
    Appearance* m_appearance;
    TourCard* m_tour;
    ExploreMenu* m_exploreMenu = nullptr;
    ViewMenu* m_viewMenu = nullptr;
    HelpMenu* m_helpMenu = nullptr;
    QString m_pageOfResult;  ///< to be shown when the model that it needs has run
    bool m_begun = false;    ///< there was a result
    bool m_untoured = false;
};

}  // namespace vitrine
