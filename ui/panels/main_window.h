// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QSet>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

#include "ui/figure/figure.h"
#include "ui/panels/explore_bar.h"
#include "ui/panels/export_dialog.h"
#include "ui/panels/file_opener.h"
#include "ui/panels/picture_list.h"
#include "ui/panels/settings_dialog.h"
#include "ui/panels/side_by_side.h"
#include "ui/session/inference_controller.h"
#include "ui/session/playback.h"
#include "ui/session/session_file.h"

class QActionGroup;
class QLabel;

namespace vitrine {

class BusyCard;
class CanvasPanel;
class DropFrame;
class MessageBar;
class PictureStrip;
class MethodSheetView;
class PositionsView;
class SessionKeeper;
class SidePanel;
class TourCard;
class Veil;
class Workspace;

/// What the window gets from the program: it knows neither LibTorch nor where resources lie.
struct WindowSetup {
    EngineFactory engines;
    std::vector<BundledModel> models;
    std::function<std::vector<DeviceChoice>()> devices;  ///< may be slow: asked when the menu opens
    bool persistent = true;  ///< keep what is looked at, remember the layout, size, recent files and theme
};

/// A view that can be shown, focused and exported.
struct ViewEntry {
    QString name;  ///< "heads": what --view takes
    QString title;
    QWidget* widget = nullptr;
    std::function<Figure()> figure;
};

/// The window: pages in the middle, the picture first. Owns what is looked at and the controller of the work.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(WindowSetup setup);
    ~MainWindow() override;

    Exploration& exploration() { return m_exploration; }
    InferenceController& controller() { return m_controller; }
    CanvasPanel& canvasPanel() { return *m_canvas; }
    MessageBar& messages() { return *m_messages; }
    /// What is doubtful about the model.
    MessageBar& doubts() { return *m_doubts; }
    PictureList& pictures() { return m_pictures; }
    const std::vector<ViewEntry>& views() const { return m_views; }

    /// Pictures, folders, checkpoints, label files: whatever a person gives. The first new picture is shown.
    /// Shows what a session file says, as soon as its model and its picture are there.
    void openSession(const QString& path);
    void saveSession(const QString& path);
    /// Shows what was looked at when the program ended; false where nothing was kept.
    bool openKept();
    void openFiles(const QStringList& paths);
    void addPicture(const PictureSource& source);
    void loadModel(const ModelSource& source);
    Workspace& workspace() { return *m_workspace; }
    /// Raises a view by its name; false when there is none, or the model has none.
    bool showView(const QString& name);
    void setTheme(Theme theme);
    /// Tells of an error that nobody expected; the window goes on.
    void showMishap(const QString& message);
    /// Nothing is under way: no load, no run, in neither pane, and no folder is being read.
    bool isIdle() const { return !m_controller.busy() && !m_compare->busy() && !m_opener.busy(); }
    /// Stops all work for good; false when something (a decoder, a network being loaded) has not ended by then.
    bool end(QDeadlineTimer deadline);
    /// The other bundled model beside the present one, or back to one pane.
    void setComparing(bool comparing, bool otherModel);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;
    /// Ctrl+drag takes the figure of any view out of the window.
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    // main_window.cpp
    void buildViews();
    void buildWorkspace();
    void connectViews();
    void takePage(const QString& page);
    void saveState() const;
    void restoreState();

    // main_window_work.cpp
    void connectController();
    void showPicture(quint64 id, const Image& image);
    void showResult(std::shared_ptr<const Trace> trace);
    /// Goes where the first result has something to show.
    void begin();
    void restorePending();
    void showFailure(quint64 id, const QString& message);
    void showModelFailure(const QString& message);
    void takeModel(const LoadedModel& model);
    void noteModel(const LoadedModel& model);
    /// Asks for the map that is missed most: the shown one, the second pane's, one of the sheet of methods.
    void askForMap();
    void showBusy(bool busy);
    /// What is shown is of the picture or the model before.
    void setStale(bool stale);
    QString nameOf(const ModelSource& model) const;
    void stopWork();

    // main_window_menus.cpp
    void buildMenus();
    void buildFileMenu();
    void buildViewMenu();
    void buildPanelMenu(QMenu* menu);
    void buildThemeMenu(QMenu* menu);
    void buildMapMenu(QMenu* menu);
    void buildModelMenu();
    void buildExploreMenu();
    void buildCompareActions(QMenu* menu);
    void buildErasureMenu(QMenu* menu);
    void buildMethodMenu(QMenu* menu);
    void buildHelpMenu();
    void openPalette();
    void openSettings();
    void beginTour();
    void showCanvasMenu(const QPoint& position);
    /// An action with its key, which acts wherever the focus is: text fields keep their letters.
    QAction* addKey(QMenu* menu, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run);
    void fillDevices(QMenu* menu);
    void fillPrecisions(QMenu* menu);
    void addEngineChoice(QMenu* menu, const QString& text, bool checked, std::function<void(EngineOptions&)> choose);

    // main_window_files.cpp
    void takeFiles(const FoundFiles& found);
    void takeModelFiles(const DroppedFiles& files);
    void useLabels(const QString& path);
    void saveSessionDialog();
    Session session() const;
    /// Page, part of the picture and number of classes.
    QJsonObject viewState() const;
    void restoreViews(const QJsonObject& state);
    /// One message for all of a batch.
    void tellFailure(const QString& message);
    void askForFiles(const QString& title, const QStringList& filters, bool many);
    void openPictureDialog();
    void openModelDialog();
    void openLabelDialog();
    void paste();
    void fillRecent(QMenu* menu);
    void remember(const QString& kind, const QString& path) const;
    void rememberPicture(const PictureSource& picture);
    void rememberModel(const LoadedModel& model) const;

    // main_window_actions.cpp
    void escape();
    /// What is under way was asked for by the person.
    bool isAskedFor() const;
    void focusNextView(int by);
    ViewEntry& currentView();
    void exportView();
    void exportAgain();
    /// Folder and name for a view's figure, without a suffix.
    QString exportName(const QString& view) const;
    void tellSaved();
    void showFolder(const QString& folder);
    void copyPicture();
    void copyNumbers();
    void dragOut(const ViewEntry& view);
    void compareNextPicture();
    void connectCompare();
    std::optional<ModelSource> otherBundled() const;
    void updateStatus();
    void tellDoubts(const ModelSpec& spec);

    WindowSetup m_setup;
    Exploration m_exploration;
    PictureList m_pictures;
    CanvasPanel* m_canvas;
    SideBySide* m_compare;
    MessageBar* m_messages;
    MessageBar* m_doubts;
    ExploreBar* m_bar;
    PictureStrip* m_strip;
    SidePanel* m_side;
    Workspace* m_workspace = nullptr;
    PositionsView* m_positions = nullptr;
    std::vector<MethodSheetView*> m_sheets;  ///< of methods: the one beside the picture, the page
    BusyCard* m_busy = nullptr;
    DropFrame* m_dropFrame = nullptr;
    TourCard* m_tour = nullptr;
    std::unique_ptr<SessionKeeper> m_keeper;  ///< none where nothing is kept
    QString m_pageOfResult;                   ///< to be shown when the model that it needs has run
    std::vector<Veil*> m_veils;
    QLabel* m_pictureStatus;
    QLabel* m_runStatus;
    std::vector<ViewEntry> m_views;
    QAction* m_play = nullptr;
    QAction* m_walkQueries = nullptr;
    QAction* m_split = nullptr;
    QAction* m_export = nullptr;
    QList<QAction*> m_canvasMenu;  ///< what a right click on the canvas offers
    QTimer m_stale;                ///< dims the maps of the picture before when the new ones take long
    bool m_isStale = false;
    Playback m_playback{m_exploration};
    QStringList m_failures;               ///< of this batch of files
    QSet<QString> m_batch;                ///< keys of its first pictures
    bool m_picked = false;                ///< one of its pictures was
    QString m_toRemember;                 ///< path of a picture that becomes a recent one when it opens
    bool m_modelMessage = false;          ///< the message tells of a model that could not be loaded
    bool m_fallingBack = false;           ///< the model being loaded stands in for one that could not be
    std::optional<Session> m_pending;     ///< a session whose picture has not run yet
    QStringList m_toldDoubts;             ///< about which model, and what; told once, for it may have been closed
    QString m_shownKey;                   ///< of the picture on the canvas
    bool m_bothModels = false;            ///< the comparison is of the two bundled models
    bool m_begun = false;                 ///< there was a result
    std::optional<QPoint> m_ctrlPressed;  ///< where on the screen, while the button is down
    ExportChoice m_lastExport;
    ModelSource m_wanted;  ///< the model asked for last, with device and overrides
    Theme m_theme = Theme::System;
    int m_pasted = 0;
    FileOpener m_opener;
    InferenceController m_controller;  ///< last: its threads end before anything else goes
};

}  // namespace vitrine
