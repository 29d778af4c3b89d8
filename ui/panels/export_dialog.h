// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include <functional>
#include <vector>

class QComboBox;
class QDialogButtonBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;

namespace vitrine {

struct ViewEntry;

/// What is exported, and where to.
struct ExportChoice {
    QString view;
    QString path;      ///< the suffix names the format
    double scale = 2;  ///< pixels for each logical pixel; counts for PNG only
};

/// Asks which view goes where, in which format and how large, shows what it will look like, and saves it: an error is told
/// here, where it can be mended.
class ExportDialog : public QDialog {
    Q_OBJECT

public:
    /// `names` proposes a file for a view, without a suffix. A choice without a path proposes one.
    ExportDialog(const std::vector<ViewEntry>& views, ExportChoice choice, std::function<QString(const QString&)> names,
                 QWidget* parent = nullptr);

    ExportChoice choice() const;

private:
    void addForm(const ExportChoice& choice);
    void takeView();
    void takeFormat();
    void takePath();
    void showPreview();
    void browse();
    void save();
    void tell(const QString& problem);
    const ViewEntry& view() const;
    QString suffix() const;

    const std::vector<ViewEntry>& m_views;
    std::function<QString(const QString&)> m_names;
    QString m_proposed;   ///< the path that was proposed last: another view proposes another one
    QString m_confirmed;  ///< the path whose file may be replaced
    QComboBox* m_view;
    QComboBox* m_format;
    QDoubleSpinBox* m_scale;
    QLineEdit* m_path;
    QLabel* m_size;
    QLabel* m_preview;
    QLabel* m_problem;
    QDialogButtonBox* m_buttons;
};

/// The folder to propose: the last one, else the first that exists of pictures, documents and home.
QString exportFolder(const QString& last);

}  // namespace vitrine
