// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>
#include <vector>

#include "ui/views/figure/canvas_figure.h"
#include "ui/views/figure/figure_recipe.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace vitrine {

class FigurePreview;
struct ViewEntry;

/// A figure for a paper: which view, or which looks at pictures side by side, how large, with which words; what it will look
/// like; where it goes. Saving tells what went wrong here, where it can be mended.
class FigurePage : public QWidget {
    Q_OBJECT

public:
    /// `part`: of the picture, as it is shown.
    FigurePage(Exploration& exploration, const std::vector<ViewEntry>& views, std::function<CanvasPart()> part,
               QWidget* parent = nullptr);
    /// What is looked at, for a figure's recipe; folder and name for a view's figure, without a suffix.
    void setFiles(std::function<Session()> session, std::function<QString(const QString& view)> named);

    /// Which view the figure is of.
    void choose(const QString& view);
    /// As it would be saved now. Nothing to paint where the view has nothing.
    Figure figure() const;
    /// Of a view as it is now, but not of the panels that were added. Throws Error where there is no such view.
    Figure figureOf(const QString& view, const FigureStyle& style) const;
    /// Saves as the last time; false where there was none.
    bool saveAgain();
    /// Of the file that was saved last.
    const QString& lastPath() const { return m_lastPath; }

Q_SIGNALS:
    void saved();

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildForm();
    void addSizeRows(QFormLayout& form);
    void addTextRows(QFormLayout& form);
    void addFileRows(QFormLayout& form);
    void fillViews();
    void addPanel();
    void removePanel();
    void propose();
    void takeView();
    void takeFormat();
    void takePath();
    /// Soon: several changes in a row are one picture.
    void refresh();
    /// Shows the controls that the figure has.
    void fitForm();
    void showFigure();
    void browse();
    void save();
    bool write(const QString& path);
    void tell(const QString& problem);
    /// What is to be known before it is saved; empty: nothing.
    QString hint() const;
    /// Whether the figure is of maps over pictures, which can be several.
    bool isOfPictures() const;
    QString suffix() const;
    FigureStyle style() const;
    FigureRecipe recipe() const;
    Session sessionNow() const;

    struct Panel {
        CanvasPart part;
        Session session;
    };

    Exploration& m_exploration;
    const std::vector<ViewEntry>& m_views;
    std::function<CanvasPart()> m_part;
    std::function<Session()> m_session;
    std::function<QString(const QString&)> m_named;
    std::vector<Panel> m_panels;  ///< empty: what is shown
    QString m_wanted = QStringLiteral("canvas");
    QString m_proposed;   ///< the path that was proposed last: another view proposes another one
    QString m_confirmed;  ///< the path whose file may be replaced
    QString m_lastPath;
    bool m_isWhole = true;  ///< the figure that is shown
    QTimer m_soon;
    FigurePreview* m_preview;
    QComboBox *m_view, *m_preset, *m_format;
    QDoubleSpinBox *m_width, *m_dpi, *m_font;
    QLineEdit *m_title, *m_labels, *m_caption, *m_path;
    QCheckBox *m_bar, *m_grid, *m_marks, *m_oneScale, *m_transparent;
    QListWidget* m_list;
    QPushButton *m_add, *m_remove, *m_save;
    QLabel *m_now, *m_problem;
    QFormLayout* m_form;
};

/// The folder to propose: the last one, else the first that exists of pictures, documents and home.
QString exportFolder(const QString& last);

}  // namespace vitrine
