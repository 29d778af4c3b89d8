// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include <vector>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;

namespace vitrine {

struct ViewEntry;

/// Asks which view goes where, in which format and how large; shows what it will look like.
class ExportDialog : public QDialog {
    Q_OBJECT

public:
    /// `lastPath`: where the export before went; the suffix names the format.
    ExportDialog(const std::vector<ViewEntry>& views, const QString& viewName, const QString& lastPath,
                 QWidget* parent = nullptr);

    QString viewName() const;
    QString path() const;
    /// Pixels for each logical pixel; counts for PNG only.
    double scale() const;

private:
    void showPreview();
    void takeFormat();
    void browse();
    QString suffix() const;

    const std::vector<ViewEntry>& m_views;
    QComboBox* m_view;
    QComboBox* m_format;
    QDoubleSpinBox* m_scale;
    QLineEdit* m_path;
    QLabel* m_size;
    QLabel* m_preview;
};

} // namespace vitrine
